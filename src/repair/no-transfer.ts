/**
 * No transfer: leadership stays where the cutover entry is about to be applied.
 *
 * Implements repair/no-transfer (spec/repair/gate.md).
 */
import { refuse } from '../base/errors.js';
import type { RaftIndex } from '../base/ids.js';

/**
 * May leadership be handed over beside this unapplied cutover entry?
 *
 * @clause repair/no-transfer
 */
export const transferWhenApplied = (pending: RaftIndex | null): boolean => pending === null;

/**
 * Refuses a transfer.
 *
 * @clause repair/no-transfer
 * @throws Refusal `cutover-in-progress`
 */
export function checkTransfer(ops: { readonly mayTransfer: (pending: RaftIndex | null) => boolean }, pending: RaftIndex | null): void {
  if (!ops.mayTransfer(pending)) {
    refuse('cutover-in-progress', { clause: 'repair/no-transfer', field: 'log', expected: 'no unapplied cutover entry', got: `one at ${pending ?? 0n}` });
  }
}
