/**
 * The record of decisions: everything that a design of the cutover can decide otherwise, one member a decision, each a
 * pure function that names its clause where it is written.
 *
 * A node is built from one such record, so that a composition is one object and a mutant is `{ ...base, oneRule: another }`.
 * The names of the members are the seams of the rule table (spec/rules.ts) and the switches of the models.
 */
import { cutoverVerdict, type CutoverFacts, type CutoverVerdict } from '../6E-1/apply-cutover-entry.js';
import { alreadyActive, type BusyGate } from '../6E-1/enable-raft-envelope.js';
import { dispatchBoundary, mustUnwrap, onOrdinaryError, onUndecodable, onUnwrapFailure } from '../6E-2/apply-hook.js';
import { sourceTag, type CallerClass, type SourceTag } from '../6E-2/caller-classes.js';
import { neverDoneBefore, onDuplicate } from '../6E-2/cold-start.js';
import {
  countedFromAcceptance, countedUntilAppended, countedUntilApplied, diesWithTerm, formBySwitch, standsWhereAppended, type Standing,
} from '../6E-2/intake.js';
import {
  awaited, confirmsSwitch, cutoverForm, drained, holdStopsUsers, keyAtAppend, keyOfTheCall, setsSwitch, type CallEnd, type HoldEvent,
} from '../6E-2/quiescence-barrier.js';
import { epochsAtCutover, switchAtStart } from '../6E-2/start-up.js';
import { switchStays } from '../6E-2/wrap-on-propose.js';
import { durableOrder, movesApplied } from '../base/applied-index.js';
import { epochZero } from '../base/apply-bootstrap.js';
import type { KeyId, LocalEpoch, RaftIndex } from '../base/ids.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';
import { cutoverAsRecorded } from '../base/snapshot-header.js';
import { behindNone, whileNoneRecorded, wrappedWhenRecorded, type DueForm } from '../repair/append-rule.js';
import { holdRunsOut } from '../repair/bounded-hold.js';
import { afterOwnTerm, epochsAtEveryStart, keepEpoch, raisedByForeignRow, registersAfterComparison, type EpochMeeting } from '../repair/fresh-epoch.js';
import { everyEventReleases, mayBeginAlone, pendingStopsAll, releasesOwn } from '../repair/gate.js';
import { fateByAppend } from '../repair/honest-outcomes.js';
import { checkSidecarPlace, logIdentity, type SidecarBounds } from '../repair/log-identity.js';
import type { FoundIdentity } from '../repair/log-identity-places.js';
import { refusesEarlyIndex } from '../repair/no-early-index.js';
import { transferWhenApplied } from '../repair/no-transfer.js';
import { doneBefore } from '../repair/replay.js';
import {
  checkSnapshotCutover, checkSnapshotKeys, cutoverAdopted, cutoverReached, sidecarAdopted, switchAdopted, type Brought, type CutoverMeeting,
} from '../repair/snapshot-adoption.js';
import { switchByApply } from '../repair/switch-by-apply.js';
import {
  always, anyCutover, anyKeys, anyPlace, cutoverInSidecar, fateAsProposed, headerIgnored, never, noIdentity,
  notWhileAnotherWaits, ordinaryEntriesMoveApplied, ownTermApplied, returnReleases, returnReleasesUnlessUnknown,
  switchNotAdopted, takenAfterReadIndex, upstreamTag,
} from './departures.js';

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
  /** May a snapshot with this cutover be installed beside the recorded one? @throws Refusal */
  readonly checkSnapshotCutover: (meeting: CutoverMeeting) => void;
  /** May a snapshot with these active keys be installed where these are loaded? @throws Refusal */
  readonly checkSnapshotKeys: (active: SidecarState['active'], loaded: readonly KeyId[]) => void;
  /** What an install makes of the recorded cutover, from the one that the header carries (0: none). */
  readonly cutoverAfterInstall: (recorded: RaftIndex, carried: RaftIndex) => RaftIndex;
  /** What an install makes of the wrap switch, from the recorded cutover behind it. */
  readonly switchAfterInstall: (before: boolean, cutover: RaftIndex) => boolean;
  /** What an install makes of the sidecar (null: none). @throws Refusal, before anything changes */
  readonly sidecarAfterInstall: (before: SidecarState | null, brought: Brought) => SidecarState | null;
  // Epochs
  /** The purposes whose active keys' epochs are raised at a start. @throws Refusal, which refuses the start before any is */
  readonly epochsRaisedAtStart: (sidecar: Pick<SidecarState, 'active' | 'raftEnvelopeCutover' | 'keys'>) => readonly Purpose[];
  /** The epoch that a bootstrap writes for a key, from the one that stands there (null: none). */
  readonly bootstrapEpoch: (before: LocalEpoch | null) => LocalEpoch;
  /** May a leader wrap, or name its epoch in an entry, before it has applied the first entry of its term? */
  readonly mayWrapInTerm: (ownTermApplied: boolean) => boolean;
  /** Does a row of its node raise the epoch of a leader that has applied the first entry of its term? */
  readonly raisesEpoch: (meeting: EpochMeeting) => boolean;
  /** Does a row of exactly the epoch of this load register it, once that epoch was compared with the rows of before, or not? */
  readonly countsAsRegistered: (compared: boolean) => boolean;
  // Replay
  /** Was the entry applied before, as far as this mark tells? Then it rebuilds what lives in memory and changes nothing. */
  readonly doneBefore: (index: RaftIndex, mark: RaftIndex) => boolean;
  // Identity of the log
  /** Is the identity kept as found, finished, made now, or not kept at all? @throws Refusal, which refuses the start */
  readonly logIdentity: (found: FoundIdentity) => 'keep' | 'finish' | 'adopt' | 'none';
  /** May this sidecar stand beside this store and this log? @throws Refusal, which refuses the start */
  readonly checkSidecarPlace: (sidecar: Pick<SidecarState, 'raftAppliedIndex'> | null, bounds: SidecarBounds) => void;
  /** Does a plain proposal above a recorded cutover refuse the start? */
  readonly refusesEarlyIndex: () => boolean;

  // 6E-2, intake
  readonly sourceTag: (caller: CallerClass) => SourceTag;
  /** From when on a user proposal is counted in flight, and until when. */
  readonly countedFrom: () => 'acceptance' | 'append';
  readonly countedUntil: () => 'append' | 'apply';
  /** The form that a proposal gets when it is accepted, from the wrap switch. */
  readonly formAtAcceptance: (wrap: boolean) => 'plain' | 'sealed';
  /** May a leader take a proposal of this caller, before or after it has applied the first entry of its term? */
  readonly mayTakeInTerm: (caller: CallerClass, ownTermApplied: boolean) => boolean;
  /** Does a proposal that is accepted and not appended outlive the term of its leader? */
  readonly outlivesTerm: () => boolean;
  /** Is the entry that was applied the one that was appended for the proposal? */
  readonly isOwnEntry: (appended: Standing, applied: Standing) => boolean;
  // The append rule
  /** May anything be appended while a cutover entry stands unapplied in the own log (its index, or null)? */
  readonly mayAppendBehind: (pending: RaftIndex | null) => boolean;
  /** May a cutover entry be appended beside this recorded cutover? */
  readonly mayAppendCutover: (recorded: RaftIndex) => boolean;
  /** May another entry be appended that is wrapped under this key (null: plain)? */
  readonly formIsDue: (key: KeyId | null, due: DueForm) => boolean;
  // 6E-1, the checks of the call
  /** May a call begin beside the hold of another one, or an unapplied cutover entry in the own log? */
  readonly mayBegin: (busy: BusyGate) => boolean;
  readonly alreadyActive: (recorded: RaftIndex) => boolean;
  /** May a cutover be recorded at all? */
  readonly mayRecord: () => boolean;
  /** May a call begin before this leader has applied the first entry of its term? */
  readonly mayBeginInTerm: (ownTermApplied: boolean) => boolean;
  // 6E-2, the barrier
  /** Does a hold stop a proposal of this tag? */
  readonly holdStops: (tag: SourceTag) => boolean;
  /** Step 2: may the cutover entry be proposed beside so many user proposals in flight? */
  readonly drained: (inFlight: number) => boolean;
  /** Step 3: the key of the cutover entry, from the one that was active when the call began and the one that is active now. */
  readonly cutoverKey: (atBegin: KeyId, now: KeyId) => KeyId;
  readonly cutoverForm: () => 'plain' | 'sealed';
  /** Step 4: is the wait for the entry over? */
  readonly awaited: (entry: RaftIndex, applied: RaftIndex) => boolean;
  /** Step 5: what it makes of the wrap switch. */
  readonly switchAtStep5: (before: boolean) => boolean;
  // The gate
  /** Does an unapplied cutover entry in the own log stop a proposal of this tag? */
  readonly pendingStops: (tag: SourceTag) => boolean;
  /** Does this event of a call release its hold? Step 6 is one of them. */
  readonly holdReleased: (event: HoldEvent) => boolean;
  /** May a call release a hold that is its own, or that is not? */
  readonly mayRelease: (own: boolean) => boolean;
  readonly holdRunsOut: (ageMs: bigint) => boolean;
  /** What a call answers whose caller goes, whose term ends or whose replica halts, before or behind the append. */
  readonly fateOfCall: (end: CallEnd, appended: boolean) => 'not-appended' | 'unknown';
  readonly mayTransfer: (pending: RaftIndex | null) => boolean;
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
  checkSnapshotCutover: anyCutover, checkSnapshotKeys: anyKeys,
  cutoverAfterInstall: cutoverAdopted, switchAfterInstall: switchNotAdopted, sidecarAfterInstall: cutoverInSidecar,
  bootstrapEpoch: epochZero,
  // A leader wraps from the first moment on, in the epoch that its start has left it, beside whatever row is there (hole H24).
  mayWrapInTerm: always, raisesEpoch: never, countsAsRegistered: always,
  doneBefore: neverDoneBefore,
  logIdentity: noIdentity,
  checkSidecarPlace: anyPlace,
  // What 6E-1 alone left is opened, and halts (hole H25).
  refusesEarlyIndex: never,
  sourceTag, countedFrom: countedFromAcceptance, countedUntil: countedUntilApplied, formAtAcceptance: formBySwitch,
  mayTakeInTerm: always, outlivesTerm: always, isOwnEntry: standsWhereAppended,
  mayAppendBehind: always, mayAppendCutover: always, formIsDue: always,
  mayBegin: always, alreadyActive, mayRecord: always, mayBeginInTerm: always,
  holdStops: holdStopsUsers, drained, cutoverKey: keyOfTheCall, cutoverForm, awaited, switchAtStep5: setsSwitch,
  pendingStops: never, holdReleased: returnReleases, mayRelease: always, holdRunsOut: never, fateOfCall: fateAsProposed, mayTransfer: always,
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
  cutoverAfterInstall: headerIgnored,
  sourceTag: upstreamTag, mayTakeInTerm: takenAfterReadIndex, mayBeginInTerm: ownTermApplied,
  mayBegin: notWhileAnotherWaits, holdReleased: returnReleasesUnlessUnknown,
};

/**
 * The proposal as the repair rules complete it: the reference as it ships.
 *
 * @clause repair/switch-by-apply repair/fresh-epoch-at-start repair/replay repair/log-identity repair/sidecar-in-place repair/snapshot-carries-cutover
 *   repair/append-rule repair/gate repair/honest-outcomes repair/bounded-hold repair/no-transfer repair/fresh-epoch repair/snapshot-adoption
 */
export const repairedRules: Rules = {
  ...proposalRules,
  switchAfterApply: switchByApply,
  snapshotCutover: cutoverReached,
  checkSnapshotCutover, checkSnapshotKeys,
  switchAfterInstall: switchAdopted, sidecarAfterInstall: sidecarAdopted,
  epochsRaisedAtStart: epochsAtEveryStart,
  bootstrapEpoch: keepEpoch,
  mayWrapInTerm: afterOwnTerm, raisesEpoch: raisedByForeignRow, countsAsRegistered: registersAfterComparison,
  doneBefore,
  logIdentity,
  checkSidecarPlace,
  refusesEarlyIndex,
  countedUntil: countedUntilAppended, outlivesTerm: diesWithTerm,
  mayAppendBehind: behindNone, mayAppendCutover: whileNoneRecorded, formIsDue: wrappedWhenRecorded,
  mayBegin: mayBeginAlone, cutoverKey: keyAtAppend, switchAtStep5: confirmsSwitch,
  pendingStops: pendingStopsAll, holdReleased: everyEventReleases, mayRelease: releasesOwn, holdRunsOut, fateOfCall: fateByAppend, mayTransfer: transferWhenApplied,
};
