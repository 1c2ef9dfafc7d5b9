/**
 * The record of decisions: everything that a design of the cutover can decide otherwise, one member a decision, each a
 * pure function that names its clause where it is written.
 *
 * A node is built from one such record, so that a composition is one object and a mutant is `{ ...base, oneRule: another }`.
 * The names of the members are the seams of the rule table (spec/rules.ts) and the switches of the models.
 */
import type { KeyId, LocalEpoch, RaftIndex } from '../base/ids.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';

export interface Rules {
  // 6E-2, the apply hook
  /** The index above which entries are unwrapped, from the recorded cutover (0: none). */
  readonly dispatchBoundary: (recorded: RaftIndex) => RaftIndex;
  readonly mustUnwrap: (index: RaftIndex, boundary: RaftIndex) => boolean;
  /** Is the proposal envelope decoded before the unwrap? */
  readonly decodesFirst: () => boolean;
  readonly onUndecodable: () => 'skip' | 'halt';
  readonly onUnwrapFailure: () => 'halt' | 'skip';
  readonly onOrdinaryError: () => 'advance' | 'halt';
  // 6E-2, cold start
  /** What becomes of an entry that stands at or below the applied index. */
  readonly onDuplicate: (volatile: boolean) => 'reapply' | 'drop' | 'apply';
  // 6E-1, the cutover entry
  readonly cutoverVerdict: (facts: {
    readonly index: RaftIndex; readonly recorded: RaftIndex; readonly entryKey: KeyId; readonly activeRaftKey: KeyId;
  }) => 'records' | 'recorded' | 'stale';
  // The order of durable effects (base/applied-index)
  readonly durableOrder: () => 'sidecar-first' | 'store-first';
  /** Does an entry of this class move the durable applied index with what it changes? */
  readonly movesApplied: (encryptionEntry: boolean) => boolean;
  // The wrap switch
  /** What a cutover entry that was applied makes of the switch. */
  readonly switchAfterApply: (before: boolean) => boolean;
  readonly switchAtStart: (recorded: RaftIndex) => boolean;
  // Epochs
  /** The purposes whose active keys' epochs are raised at a start. */
  readonly epochsRaisedAtStart: (sidecar: Pick<SidecarState, 'active' | 'raftEnvelopeCutover'>) => readonly Purpose[];
  /** The epoch that a bootstrap writes for a key, from the one that stands there (null: none). */
  readonly bootstrapEpoch: (before: LocalEpoch | null) => LocalEpoch;
  // Replay
  /** Was the entry applied before, as far as this mark tells? Then it rebuilds what lives in memory and changes nothing. */
  readonly doneBefore: (index: RaftIndex, mark: RaftIndex) => boolean;
  // Identity of the log
  readonly logIdentity: (found: { readonly inLog: Uint8Array | null; readonly besideSidecar: Uint8Array | null; readonly sidecar: Pick<SidecarState, 'raftEnvelopeCutover'> | null }) =>
    'keep' | 'adopt' | 'none';
}
