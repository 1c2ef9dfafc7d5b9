/**
 * The record of decisions: everything that a design of the cutover can decide otherwise, one member a decision, each a
 * pure function that names its clause where it is written.
 *
 * A node is built from one such record, so that a composition is one object and a mutant is `{ ...base, oneRule: another }`.
 * The names of the members are the seams of the rule table (spec/rules.ts) and the switches of the models.
 */
import { cutoverVerdict, type CutoverFacts, type CutoverVerdict } from '../6E-1/apply-cutover-entry.js';
import { dispatchBoundary, mustUnwrap, onOrdinaryError, onUndecodable, onUnwrapFailure } from '../6E-2/apply-hook.js';
import { neverDoneBefore, onDuplicate } from '../6E-2/cold-start.js';
import { epochsAtCutover, switchAtStart } from '../6E-2/start-up.js';
import { switchStays } from '../6E-2/wrap-on-propose.js';
import { durableOrder, movesApplied } from '../base/applied-index.js';
import { epochZero } from '../base/apply-bootstrap.js';
import type { LocalEpoch, RaftIndex } from '../base/ids.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';
import { cutoverAsRecorded } from '../base/snapshot-header.js';
import { epochsAtEveryStart, keepEpoch } from '../repair/fresh-epoch.js';
import { logIdentity } from '../repair/log-identity.js';
import type { FoundIdentity } from '../repair/log-identity-places.js';
import { doneBefore } from '../repair/replay.js';
import { cutoverReached } from '../repair/snapshot-adoption.js';
import { switchByApply } from '../repair/switch-by-apply.js';
import { noIdentity, ordinaryEntriesMoveApplied } from './departures.js';

/** The decisions, by the names that the rule table has for them. */
export interface Rules {
  // 6E-2, the apply hook
  /** The index above which entries are unwrapped, from the recorded cutover (0: none). */
  readonly dispatchBoundary: (recorded: RaftIndex) => RaftIndex;
  readonly mustUnwrap: (index: RaftIndex, boundary: RaftIndex) => boolean;
  readonly onUndecodable: () => 'skip' | 'halt';
  readonly onUnwrapFailure: () => 'halt' | 'skip';
  readonly onOrdinaryError: () => 'advance' | 'halt';
  // 6E-2, cold start
  /** What becomes of an entry that stands at or below the applied index. */
  readonly onDuplicate: (volatile: boolean) => 'reapply' | 'drop' | 'apply';
  // 6E-1, the cutover entry
  readonly cutoverVerdict: (facts: CutoverFacts) => CutoverVerdict;
  // The order of durable effects (base/applied-index)
  readonly durableOrder: () => 'sidecar-first' | 'store-first';
  /** Does an entry of this class move the durable applied index with what it changes? */
  readonly movesApplied: (encryptionEntry: boolean) => boolean;
  // The wrap switch
  /** What a cutover entry that was applied makes of the switch. */
  readonly switchAfterApply: (before: boolean) => boolean;
  readonly switchAtStart: (recorded: RaftIndex) => boolean;
  // Snapshots
  /** The cutover that a snapshot at the applied index carries. */
  readonly snapshotCutover: (recorded: RaftIndex, applied: RaftIndex) => RaftIndex;
  // Epochs
  /** The purposes whose active keys' epochs are raised at a start. @throws Refusal, which refuses the start before any is */
  readonly epochsRaisedAtStart: (sidecar: Pick<SidecarState, 'active' | 'raftEnvelopeCutover' | 'keys'>) => readonly Purpose[];
  /** The epoch that a bootstrap writes for a key, from the one that stands there (null: none). */
  readonly bootstrapEpoch: (before: LocalEpoch | null) => LocalEpoch;
  // Replay
  /** Was the entry applied before, as far as this mark tells? Then it rebuilds what lives in memory and changes nothing. */
  readonly doneBefore: (index: RaftIndex, mark: RaftIndex) => boolean;
  // Identity of the log
  /** Is the identity kept as found, finished, made now, or not kept at all? @throws Refusal, which refuses the start */
  readonly logIdentity: (found: FoundIdentity) => 'keep' | 'finish' | 'adopt' | 'none';
}

/**
 * The proposal to the letter, in the readings that the spec fixes.
 *
 * @clause 6E-2/dispatch-is-strict 6E-2/unset-cutover-is-infinity 6E-2/start-up-sets-switch
 */
export const proposalRules: Rules = {
  dispatchBoundary, mustUnwrap, onUndecodable, onUnwrapFailure, onOrdinaryError,
  onDuplicate,
  cutoverVerdict,
  durableOrder, movesApplied,
  switchAfterApply: switchStays, switchAtStart,
  snapshotCutover: cutoverAsRecorded,
  epochsRaisedAtStart: epochsAtCutover,
  bootstrapEpoch: epochZero,
  doneBefore: neverDoneBefore,
  logIdentity: noIdentity,
};

/**
 * What the Go implementation does where it departs from the text of the proposal: the switch as the repair has it too, and
 * an applied index that breaks base/applied-index.
 *
 * @clause repair/switch-by-apply
 */
export const upstreamRules: Rules = {
  ...proposalRules,
  movesApplied: ordinaryEntriesMoveApplied,
  switchAfterApply: switchByApply,
};

/**
 * The proposal as the repair rules complete it: the reference as it ships.
 *
 * @clause repair/switch-by-apply repair/fresh-epoch-at-start repair/replay repair/log-identity repair/snapshot-carries-cutover
 */
export const repairedRules: Rules = {
  ...proposalRules,
  switchAfterApply: switchByApply,
  snapshotCutover: cutoverReached,
  epochsRaisedAtStart: epochsAtEveryStart,
  bootstrapEpoch: keepEpoch,
  doneBefore,
  logIdentity,
};
