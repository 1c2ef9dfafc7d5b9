/**
 * Applying a rotation with sub-tag 01: a new active key of one purpose.
 *
 * Implements base/apply-rotation (spec/base/apply-entries.md).
 */
import {
  appliedBefore, APPLIED, checkProposerKey, createdText, neededParts, readNeeded, recordSidecar, type Applied, type ApplierParts, type ApplierSteps,
} from './applier.js';
import { registerWriter, type RegistrationParts } from './apply-registration.js';
import { PURPOSE, type Rotation } from './fsm-entries.js';
import type { LocalEpoch, RaftIndex } from './ids.js';
import type { Kek } from './kek.js';
import type { Purpose, SidecarState } from './sidecar.js';

/** What applying a rotation builds on. */
export interface RotationParts extends ApplierSteps, RegistrationParts {
  readonly kekUnwrap: (kek: Kek, wrapped: Uint8Array) => Uint8Array;
}

const CLAUSE = 'base/apply-rotation';

/**
 * Applies a rotation.
 *
 * @clause base/apply-rotation repair/replay
 * @throws Refusal of any step: the replica halts, and what the steps before did stays
 */
export function applyRotation(ops: RotationParts, parts: ApplierParts, entry: Rotation, index: RaftIndex): Applied {
  // 1. A part is missing.
  const { kek, keys, sidecar } = neededParts(parts, CLAUSE);
  // 2. The proposer registers for another key.
  checkProposerKey(entry, CLAUSE);
  // 3. The key is loaded, whatever follows.
  keys.set(entry.dekId, ops.kekUnwrap(kek, entry.wrapped));
  // 4. The sidecar, which must be there.
  const before = readNeeded(sidecar, CLAUSE);
  // 5. The key is the active one of its purpose. An entry that was applied before only finds its view again.
  const purpose = entry.purpose === PURPOSE.raft ? 'raft' : 'storage';
  const replayed = appliedBefore(ops, index, before.raftAppliedIndex);
  const after = replayed ? before : rotated(before, entry, purpose, createdText(parts.clock), parts.epochs[purpose]);
  if (replayed) parts.keepView(ops.storageView(after));
  else recordSidecar(ops, parts, sidecar, after, index);
  // 6. The row of the proposer.
  if (!appliedBefore(ops, index, parts.rows.mark)) registerWriter(ops, parts.rows, entry.proposer);
  // 7. After the cutover the part that seals proposals goes over to the active raft key.
  if (purpose === 'raft' && after.raftEnvelopeCutover !== 0n) parts.installer?.(after.raftEnvelopeCutover, after.active.raft);
  return APPLIED;
}

/** The sidecar after a rotation: the entries of older keys stay. */
const rotated = (before: SidecarState, { dekId, wrapped }: Rotation, purpose: Purpose, created: string, localEpoch: LocalEpoch): SidecarState => ({
  ...before,
  active: { ...before.active, [purpose]: dekId },
  keys: new Map([...before.keys ?? [], [`${dekId}`, { purpose, wrapped: Uint8Array.from(wrapped), created, localEpoch }]]),
});
