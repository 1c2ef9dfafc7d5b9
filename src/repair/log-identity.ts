/**
 * Log identity: an index means something in one log only, so a log and what stands beside it name each other.
 *
 * Implements repair/log-identity (spec/repair/log-identity.md). Where the two copies are kept, and how they are made
 * durable, is in log-identity-places.ts. No identity is ever told: what stands in its place may be anything.
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
