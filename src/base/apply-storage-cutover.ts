/**
 * Applying the storage cutover, the rotation entry with sub-tag 04: from its index on, values are stored sealed.
 *
 * Implements base/apply-storage-cutover (spec/base/apply-entries.md).
 */
import {
  appliedBefore, APPLIED, checkProposerKey, checkPurpose, checkWrapsNothing, neededParts, readNeeded, recordSidecar, type Applied, type ApplierParts,
  type ApplierSteps,
} from './applier.js';
import { registerWriter, type RegistrationParts } from './apply-registration.js';
import { PURPOSE, type Rotation } from './fsm-entries.js';
import type { RaftIndex } from './ids.js';

const CLAUSE = 'base/apply-storage-cutover';

/**
 * Applies a storage cutover.
 *
 * @clause base/apply-storage-cutover repair/replay
 * @throws Refusal of any step: the replica halts, and what the steps before did stays
 */
export function applyStorageCutover(ops: ApplierSteps & RegistrationParts, parts: ApplierParts, entry: Rotation, index: RaftIndex): Applied {
  // 1. A part is missing.
  const { sidecar } = neededParts(parts, CLAUSE);
  // 2. Another purpose.
  checkPurpose(entry, PURPOSE.storage, CLAUSE);
  // 3. A wrapped key.
  checkWrapsNothing(entry, CLAUSE);
  // 4. The proposer registers for another key.
  checkProposerKey(entry, CLAUSE);
  // 5. The sidecar, which must be there.
  const before = readNeeded(sidecar, CLAUSE);
  const replayed = appliedBefore(ops, index, before.raftAppliedIndex);
  const rowsDone = appliedBefore(ops, index, parts.rows.mark);
  const own = before.storageEnvelopeActive && index !== 0n && before.storageEnvelopeCutover === index;
  // 6. Not the active storage key, or active already: the index moves, and nothing else. Only the entry that made it active writes its row
  // again, where no batch with it is in the store: the rows are then as the entry found them, since the mark is behind whatever came later.
  if (replayed || before.storageEnvelopeActive || entry.dekId !== before.active.storage) {
    if (own && index > parts.rows.mark) registerWriter(ops, parts.rows, entry.proposer);
    if (replayed) parts.keepView(ops.storageView(before));
    else recordSidecar(ops, parts, sidecar, before, index);
    return APPLIED;
  }
  // 7. The row of the proposer, before the sidecar.
  if (!rowsDone) registerWriter(ops, parts.rows, entry.proposer);
  // 8. The cutover.
  recordSidecar(ops, parts, sidecar, { ...before, storageEnvelopeActive: true, storageEnvelopeCutover: index }, index);
  return APPLIED;
}
