/**
 * Departures: decisions of the compositions `proposal` and `upstream` that no page of the spec demands, because a clause
 * forbids them or because they are the absence of a rule.
 *
 * Nothing here implements a clause. The chapters hold what their pages say, and what a composition does otherwise stands here.
 */
import type { BusyGate } from '../6E-1/enable-raft-envelope.js';
import { CALLER_CLASSES, type CallerClass, type SourceTag } from '../6E-2/caller-classes.js';
import type { CallEnd, HoldEvent } from '../6E-2/quiescence-barrier.js';
import type { RaftIndex } from '../base/ids.js';
import type { SidecarState } from '../base/sidecar.js';
import { cutoverRecorded, type Brought } from '../repair/snapshot-adoption.js';

/** The absence of a rule that would say no. */
export const always = (): boolean => true;

/** The absence of a rule that would say yes. */
export const never = (): boolean => false;

/**
 * In the Go implementation the rows of an encryption entry are kept apart from the applied index, which only the next ordinary
 * entry moves: against base/applied-index.
 */
export const ordinaryEntriesMoveApplied = (encryptionEntry: boolean): boolean => !encryptionEntry;

/** As proposed, a log has no identity: against repair/log-identity. */
export const noIdentity = (): 'none' => 'none';

/** As proposed, any sidecar serves beside any store until the guards of 6E-3: against repair/sidecar-in-place. */
export const anyPlace = (): void => {};

/**
 * As proposed, a call that returns opens the gate, whatever it returns for: against repair/gate. (That it sometimes knows that its
 * entry stands in the log changes nothing.)
 */
export const returnReleases = (event: HoldEvent): boolean => event !== 'appended';

/** In the Go implementation the gate stays closed, until a restart, when the call returns without knowing what came of its entry: against repair/gate. */
export const returnReleasesUnlessUnknown = (event: HoldEvent): boolean => event === 'expired' || event === 'no-effect' || event === 'finished';

/** As proposed, a call whose leader loses the term says that it does not lead, also behind the append: against repair/honest-outcomes. */
export const fateAsProposed = (end: CallEnd, appended: boolean): 'not-appended' | 'unknown' => end !== 'term-lost' && appended ? 'unknown' : 'not-appended';

/** In the Go implementation the calls of one node queue, so that one begins when the caller of the other has gone. */
export const notWhileAnotherWaits = ({ waiting }: BusyGate): boolean => !waiting;

/**
 * In the Go implementation registrations go through the gate as users do, and of the calls that change encryption only that of the
 * storage envelope passes a gate which an earlier call has left closed: against 6E-2/caller-classes.
 */
export const upstreamTag = (caller: CallerClass): SourceTag => caller === 'storage-cutover' ? CALLER_CLASSES[caller] : 'user';

/** A leader that waits until it has applied the first entry of its term. */
export const ownTermApplied = (applied: boolean): boolean => applied;

/** In the Go implementation whoever passes a ReadIndex round first waits for the first entry of the term. Leases and registrations do not. */
export const takenAfterReadIndex = (caller: CallerClass, applied: boolean): boolean =>
  applied || caller === 'lease-renewal' || caller === 'registration' || caller === 'pre-registration';

/** As proposed, nothing compares the cutover of a snapshot that is installed with the recorded one: against repair/snapshot-adoption. */
export const anyCutover = (): void => {};

/** As proposed, nobody asks whether the keys are there that the entries behind a snapshot need: against repair/snapshot-adoption. */
export const anyKeys = (): void => {};

/** As proposed, an install rebuilds the boundary of the dispatch, and the switch stays (hole H3): against repair/snapshot-adoption. */
export const switchNotAdopted = (before: boolean): boolean => before;

/** As proposed, that boundary is all that it makes of the sidecar: against repair/snapshot-adoption. */
export const cutoverInSidecar = (before: SidecarState | null, { cutover }: Brought): SidecarState | null => cutoverRecorded(before, cutover);

/** In the Go implementation the header of a snapshot changes nothing but the lease (hole H3): against repair/snapshot-adoption. */
export const headerIgnored = (recorded: RaftIndex): RaftIndex => recorded;
