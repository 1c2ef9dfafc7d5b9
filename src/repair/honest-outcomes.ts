/**
 * Honest outcomes: "definitely not appended", "applied at N" and "unknown" are three answers, and none is given for another.
 *
 * Implements repair/honest-outcomes (spec/repair/gate.md).
 */
import type { CallEnd } from '../6E-2/quiescence-barrier.js';

/**
 * What a call answers that ends before its cutover entry was applied: behind the append nobody knows, however it ended.
 *
 * @clause repair/honest-outcomes repair/no-means-never
 */
export const fateByAppend = (_end: CallEnd, appended: boolean): 'not-appended' | 'unknown' => appended ? 'unknown' : 'not-appended';
