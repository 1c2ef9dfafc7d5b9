/**
 * A fresh epoch: no load wraps under an epoch that another load may have wrapped under.
 *
 * Implements repair/fresh-epoch-at-start and repair/fresh-epoch (spec/repair/fresh-epoch.md); the numbers at what a leader does are those of
 * the second.
 */
import type { SidecarAtPath } from '../base/applier.js';
import { refuse } from '../base/errors.js';
import type { KeyId, LocalEpoch } from '../base/ids.js';
import { epochAbove } from '../base/sidecar-epochs.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';

/**
 * The purposes whose epochs a start raises: every one that has a key. A node that starts before the cutover may apply it
 * in the same load, and wrap from then on. A start that is refused for one of them uses up no epoch of the other.
 *
 * @clause repair/fresh-epoch-at-start base/start-raises-epochs
 * @throws Refusal `local-epoch-exhausted`
 */
export function epochsAtEveryStart({ active, keys }: Pick<SidecarState, 'active' | 'keys'>): readonly Purpose[] {
  const raised = (['storage', 'raft'] as const).filter((purpose) => active[purpose] !== 0);
  for (const purpose of raised) {
    const name = `${active[purpose]}`;
    const epoch = keys?.get(name)?.localEpoch;
    if (epoch !== undefined) epochAbove(epoch, name, 'base/start-raises-epochs');
  }
  return raised;
}

/**
 * The epoch that a bootstrap writes for a key: it never lowers one that is there.
 *
 * @clause repair/fresh-epoch-at-start
 */
export const keepEpoch = (before: LocalEpoch | null): LocalEpoch => before ?? (0 as LocalEpoch);

/**
 * 1. May a leader wrap anything, or name its epoch in an entry, that has applied the first entry of its own term or has not?
 *
 * @clause repair/fresh-epoch
 */
export const afterOwnTerm = (ownTermApplied: boolean): boolean => ownTermApplied;

/** The epoch of a load beside a row of its node. */
export interface EpochMeeting {
  readonly row: LocalEpoch;
  readonly epoch: LocalEpoch;
  /** Did this load write the row? */
  readonly own: boolean;
}

/**
 * 2. Does a row of its node, which a leader finds when it has applied the first entry of its own term, raise its epoch? One that it did not write itself, and that
 * is not below.
 *
 * @clause repair/fresh-epoch
 */
export const raisedByForeignRow = ({ row, epoch, own }: EpochMeeting): boolean => row >= epoch && !own;

/**
 * 3. Does a row of exactly the epoch of this load register it? Once its epoch was compared with all rows of before its own term: nobody else
 * writes one after that.
 *
 * @clause repair/fresh-epoch
 */
export const registersAfterComparison = (compared: boolean): boolean => compared;

/**
 * Raises the epoch of a key above a row; the sidecar that says so is durable by then.
 *
 * @clause repair/fresh-epoch
 * @throws Refusal `local-epoch-exhausted`, `key-not-in-sidecar`; as reading and writing the sidecar refuse
 */
export function raiseEpochAbove(sidecar: SidecarAtPath, id: KeyId, row: LocalEpoch): LocalEpoch {
  const clause = 'repair/fresh-epoch';
  const state = sidecar.read();
  const name = `${id}`;
  const entry = state?.keys?.get(name);
  if (!state || entry === undefined) return refuse('key-not-in-sidecar', { clause, field: 'key id', expected: 'the id of an entry', got: name });
  const raised = epochAbove(row > entry.localEpoch ? row : entry.localEpoch, name, clause);
  sidecar.write({ ...state, keys: new Map(state.keys).set(name, { ...entry, localEpoch: raised }) });
  return raised;
}
