/**
 * A fresh epoch: no load wraps under an epoch that another load may have wrapped under.
 *
 * Implements the part of repair/fresh-epoch that a replica has (spec/repair/fresh-epoch.md).
 */
import type { LocalEpoch } from '../base/ids.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';

/**
 * The purposes whose epochs a start raises: every one that has a key. A node that starts before the cutover may apply it
 * in the same load, and wrap from then on.
 *
 * @clause repair/fresh-epoch
 */
export const epochsAtEveryStart = ({ active }: Pick<SidecarState, 'active'>): readonly Purpose[] =>
  (['storage', 'raft'] as const).filter((purpose) => active[purpose] !== 0);

/**
 * The epoch that a bootstrap writes for a key: it never lowers one that is there.
 *
 * @clause repair/fresh-epoch
 */
export const keepEpoch = (before: LocalEpoch | null): LocalEpoch => before ?? (0 as LocalEpoch);
