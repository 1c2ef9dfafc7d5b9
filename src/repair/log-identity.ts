/**
 * Log identity: an index means something in one log only, so a log and what stands beside it name each other.
 *
 * Implements repair/log-identity (spec/repair/log-identity.md). Where the two copies are kept, and how they are made
 * durable, is in log-identity of base.
 */
import { equal, hex } from '../base/bytes.js';
import { refuse } from '../base/errors.js';
import type { RaftIndex } from '../base/ids.js';
import type { FoundIdentity } from '../base/log-identity.js';
import type { SidecarState } from '../base/sidecar.js';

/**
 * Keeps an identity that fits, has one made where there is none yet, and refuses everything else.
 *
 * @clause repair/log-identity
 * @throws Refusal `log-identity-missing`, `log-identity-differs`, `sidecar-missing`
 */
export function logIdentity({ inLog, besideSidecar, sidecar, sidecarDue }: FoundIdentity): 'keep' | 'adopt' {
  const clause = 'repair/log-identity';
  // 1. One of the two is missing.
  if ((inLog === null) !== (besideSidecar === null)) {
    refuse('log-identity-missing', {
      clause, field: inLog === null ? 'identity in the log' : 'identity beside the sidecar', expected: `${hex(inLog ?? besideSidecar ?? new Uint8Array())}`, got: 'none',
    });
  }
  // 2. They differ.
  if (inLog !== null && besideSidecar !== null && !equal(inLog, besideSidecar)) {
    refuse('log-identity-differs', { clause, field: 'identity of the log', expected: hex(besideSidecar), got: hex(inLog) });
  }
  // 3. The sidecar that was there is missing.
  if (sidecar === null && sidecarDue) refuse('sidecar-missing', { clause, field: 'sidecar', expected: 'one beside the log that wrote it', got: 'none' });
  // 4. Both are there.
  if (inLog !== null) return 'keep';
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
