/**
 * Applying the cutover entry, the rotation entry with sub-tag 05: every replica records the index at which plain ends.
 *
 * Implements 6E-1/cutover-recorded, 6E-1/first-cutover-wins and 6E-1/stale-key-no-op (spec/6E-1/apply-cutover-entry.md); the
 * numbers are those of its table.
 */
import {
  appliedBefore, APPLIED, checkProposerKey, checkPurpose, checkWrapsNothing, neededParts, readNeeded, recordSidecar, type Applied, type ApplierParts,
  type ApplierSteps, type SidecarAtPath,
} from '../base/applier.js';
import { registerWriter, type RegistrationParts } from '../base/apply-registration.js';
import { refuse } from '../base/errors.js';
import { PURPOSE, type Rotation } from '../base/fsm-entries.js';
import type { KeyId, RaftIndex } from '../base/ids.js';
import type { SidecarState } from '../base/sidecar.js';

/** What the verdict on a cutover entry is taken from. */
export interface CutoverFacts {
  readonly index: RaftIndex;
  /** The cutover that the sidecar records; 0 means none. */
  readonly recorded: RaftIndex;
  readonly entryKey: KeyId;
  readonly activeRaftKey: KeyId;
}

/** It records the cutover; it meets one that is recorded; or its key is no longer the active one. */
export type CutoverVerdict = 'records' | 'recorded' | 'stale';

/**
 * The verdict on a cutover entry whose form is right.
 *
 * @clause 6E-1/first-cutover-wins 6E-1/stale-key-no-op 6E-1/cutover-recorded repair/cutover-write-once
 */
export function cutoverVerdict({ recorded, entryKey, activeRaftKey }: CutoverFacts): CutoverVerdict {
  // 4. Before the keys are compared: replay after a key rotation is no stale entry.
  if (recorded !== 0n) return 'recorded';
  // 5. and 6.
  return entryKey === activeRaftKey ? 'records' : 'stale';
}

/** What applying a cutover entry builds on. */
export interface CutoverParts extends ApplierSteps, RegistrationParts {
  readonly cutoverVerdict: (facts: CutoverFacts) => CutoverVerdict;
}

const CLAUSE = '6E-1/cutover-recorded';

/**
 * Applies a cutover entry.
 *
 * @clause 6E-1/cutover-recorded 6E-1/first-cutover-wins 6E-1/stale-key-no-op repair/replay
 * @throws Refusal of any step: the replica halts, and what the steps before did stays
 */
export function applyCutoverEntry(ops: CutoverParts, parts: ApplierParts, entry: Rotation, index: RaftIndex): Applied {
  // 1. A part is missing.
  const { sidecar } = neededParts(parts, CLAUSE);
  // 2. The form of the entry: first that its index is known, since that is what is to be recorded.
  if (index === 0n) refuse('apply-refused', { clause: CLAUSE, field: 'raft index', expected: 'that of the entry', got: '0, which means not known' });
  checkPurpose(entry, PURPOSE.raft, CLAUSE);
  checkWrapsNothing(entry, CLAUSE);
  checkProposerKey(entry, CLAUSE);
  // 3. The sidecar, which must be there.
  const before = readNeeded(sidecar, CLAUSE);
  const recorded = before.raftEnvelopeCutover;
  const replayed = appliedBefore(ops, index, before.raftAppliedIndex);
  switch (ops.cutoverVerdict({ index, recorded, entryKey: entry.dekId, activeRaftKey: before.active.raft })) {
    // 4. The index moves, and nothing else. Only the entry that recorded the cutover writes its row again, where no batch with it is in the
    // store: the rows are then as the entry found them, since the mark is behind whatever came later.
    case 'recorded':
      if (recorded === index && index > parts.rows.mark) registerWriter(ops, parts.rows, entry.proposer);
      moveIndex(ops, parts, sidecar, before, index, replayed);
      // The part that seals proposals is told the recorded cutover, and the key that is active now.
      parts.installer?.(recorded, before.active.raft);
      return { cutover: recorded };
    // 5. The index moves, and the part that seals proposals is left alone.
    case 'stale':
      moveIndex(ops, parts, sidecar, before, index, replayed);
      return APPLIED;
    case 'records':
      // Replayed, it would record: its key was stale when it was applied, and has become the active one since. It had no effect, and has none.
      if (replayed) {
        moveIndex(ops, parts, sidecar, before, index, replayed);
        return APPLIED;
      }
      // 6. The row of the proposer, then N, then the part that seals proposals.
      if (!appliedBefore(ops, index, parts.rows.mark)) registerWriter(ops, parts.rows, entry.proposer);
      recordSidecar(ops, parts, sidecar, { ...before, raftEnvelopeCutover: index }, index);
      parts.installer?.(index, entry.dekId);
      return { cutover: index };
  }
}

/** The entry changes nothing but the sidecar's applied index, and one that was applied before not even that. */
function moveIndex(
  ops: ApplierSteps, parts: Pick<ApplierParts, 'keepView'>, sidecar: SidecarAtPath, before: SidecarState, index: RaftIndex, replayed: boolean,
): void {
  if (replayed) parts.keepView(ops.storageView(before));
  else recordSidecar(ops, parts, sidecar, before, index);
}
