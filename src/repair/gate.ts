/**
 * The gate of a leader: closed while a call holds it, and while a cutover entry stands unapplied in the leader's own log. The
 * first half belongs to a call and a term, the second to the log and to nobody.
 *
 * Implements repair/gate (spec/repair/gate.md).
 */
import { refuse } from '../base/errors.js';
import type { RaftIndex } from '../base/ids.js';
import type { BusyGate } from '../6E-1/enable-raft-envelope.js';
import type { SourceTag } from '../6E-2/caller-classes.js';
import type { HoldEvent } from '../6E-2/quiescence-barrier.js';

/** What holds a gate: a call, for so long. */
export interface Hold {
  readonly call: string;
  readonly ageMs: bigint;
}

/** The two halves. */
export interface GateFacts {
  readonly hold: Hold | null;
  readonly pending: RaftIndex | null;
}

/**
 * A call begins only at a gate that nothing keeps closed.
 *
 * @clause repair/gate
 */
export const mayBeginAlone = ({ held, pending }: BusyGate): boolean => !held && pending === null;

/**
 * Every event of a call releases its hold: behind the append the log keeps the gate closed.
 *
 * @clause repair/gate 6E-2/barrier-6-open
 */
export const everyEventReleases = (_event: HoldEvent): boolean => true;

/**
 * A call releases its own hold and no other.
 *
 * @clause repair/gate
 */
export const releasesOwn = (own: boolean): boolean => own;

/**
 * An unapplied cutover entry in the own log stops everybody.
 *
 * @clause repair/gate repair/append-rule
 */
export const pendingStopsAll = (_tag: SourceTag): boolean => true;

/** The decisions of the gate. */
export interface GateRules {
  readonly holdStops: (tag: SourceTag) => boolean;
  readonly pendingStops: (tag: SourceTag) => boolean;
  readonly holdReleased: (event: HoldEvent) => boolean;
  readonly mayRelease: (own: boolean) => boolean;
}

/**
 * Is the gate closed for proposals of a tag?
 *
 * @clause repair/gate 6E-2/barrier-1-block 6E-2/admin-exempt
 */
export function gateStops(ops: Pick<GateRules, 'holdStops' | 'pendingStops'>, { hold, pending }: GateFacts, tag: SourceTag): boolean {
  const held = hold !== null && ops.holdStops(tag);
  return held || (pending !== null && ops.pendingStops(tag));
}

/**
 * The gate on one proposal.
 *
 * @clause 6E-2/barrier-1-block repair/gate
 * @throws Refusal `cutover-in-progress`: it is not counted, and worth a retry
 */
export function passGate(ops: Pick<GateRules, 'holdStops' | 'pendingStops'>, facts: GateFacts, tag: SourceTag): void {
  if (gateStops(ops, facts, tag)) {
    const got = facts.pending === null ? 'one that a call holds' : `one behind the cutover entry at ${facts.pending}`;
    refuse('cutover-in-progress', { clause: '6E-2/barrier-1-block', field: 'gate', expected: `one that is open to ${tag}`, got });
  }
}

/**
 * The hold after an event of a call.
 *
 * @clause repair/gate
 */
export function holdAfter(ops: Pick<GateRules, 'holdReleased' | 'mayRelease'>, hold: Hold | null, call: string, event: HoldEvent): Hold | null {
  const released = hold === null || (ops.holdReleased(event) && ops.mayRelease(hold.call === call));
  return released ? null : hold;
}
