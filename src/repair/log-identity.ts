/**
 * Log identity: an index means something in one log only, so a log and what stands beside it name each other.
 *
 * Implements repair/log-identity and repair/sidecar-in-place (spec/repair/log-identity.md). Where the two copies are kept, and
 * how they are made durable, is in log-identity-places.ts. No identity is ever told: what stands in its place may be anything.
 */
import { equal } from '../base/bytes.js';
import { refuse } from '../base/errors.js';
import type { RaftIndex } from '../base/ids.js';
import type { SidecarState } from '../base/sidecar.js';
import type { FoundIdentity } from './log-identity-places.js';

/**
 * Keeps an identity that fits, has one made where there is none yet, and refuses everything else.
 *
 * @clause repair/log-identity
 * @throws Refusal `log-identity-missing`, `log-identity-differs`, `sidecar-missing`
 */
export function logIdentity({ inLog, besideSidecar, unfinished, sidecar, sidecarDue }: FoundIdentity): 'keep' | 'finish' | 'adopt' {
  const clause = 'repair/log-identity';
  // 1. One of the two is missing.
  if ((inLog === 'none') !== (besideSidecar === 'none')) {
    refuse('log-identity-missing', { clause, field: inLog === 'none' ? 'identity in the log' : 'identity beside the sidecar', expected: 'one, as in the other place', got: 'none' });
  }
  // 2. They differ. What is none differs from every one.
  if (inLog === 'other' || besideSidecar === 'other' || (inLog !== 'none' && besideSidecar !== 'none' && !equal(inLog, besideSidecar))) {
    const got = besideSidecar === 'other' || inLog === 'other' ? 'something else' : 'another one';
    refuse('log-identity-differs', { clause, field: 'identity of the log', expected: 'the same one in the log and beside the sidecar', got });
  }
  // 3. The sidecar that was there is missing.
  if (sidecar === null && sidecarDue) refuse('sidecar-missing', { clause, field: 'sidecar', expected: 'one, which an applied entry left', got: 'none' });
  // 4. Both are there, though the file may still have to be named.
  if (inLog !== 'none') return unfinished ? 'finish' : 'keep';
  // 5. Both are missing: made, unless a cutover is recorded.
  if (sidecar !== null && sidecar.raftEnvelopeCutover !== 0n) {
    refuse('log-identity-missing', { clause, field: 'identity of the log', expected: `one, for the cutover at ${sidecar.raftEnvelopeCutover}`, got: 'none' });
  }
  return 'adopt';
}

/**
 * The sidecar beside a log whose identity is being made. An index behind the end of the log is of another log: what this one
 * says at it has not been applied.
 *
 * @clause repair/log-identity
 * @returns null where the sidecar stays as it is
 */
export const sidecarInLog = (state: SidecarState, last: RaftIndex): SidecarState | null =>
  state.raftAppliedIndex > last ? { ...state, raftAppliedIndex: last } : null;

/** Where a sidecar has to stand: at or behind all that the store has taken over, and within the log. */
export interface SidecarBounds {
  /** The mark of the store: the last entry that it has taken over and that leaves a sidecar; 0 is none. */
  readonly mark: RaftIndex;
  /** The end of the log, where its identity says that the sidecar is of this one; else null. */
  readonly last: RaftIndex | null;
}

/**
 * Refuses a sidecar that was put back, or is another node's: the sidecar is written before the store and behind the log, so
 * that its applied index never lies below what the store has taken over, nor above the end of the log.
 *
 * @clause repair/sidecar-in-place
 * @throws Refusal `sidecar-behind-log`, `log-unreadable`
 */
export function checkSidecarPlace(sidecar: Pick<SidecarState, 'raftAppliedIndex'> | null, { mark, last }: SidecarBounds): void {
  const clause = 'repair/sidecar-in-place';
  if (sidecar === null) return;
  const { raftAppliedIndex: index } = sidecar;
  // 1. An older one.
  if (index < mark) refuse('sidecar-behind-log', { clause, field: 'raft_applied_index', expected: `at least ${mark}, which the store has taken over`, got: `${index}` });
  // 2. One of a longer log.
  if (last !== null && index > last) {
    refuse('log-unreadable', { clause, field: 'log', expected: `entries up to ${index}, which the sidecar has seen`, got: `up to ${last}` });
  }
}
