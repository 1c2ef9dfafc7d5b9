/**
 * The enable-raft-envelope call: what a leader looks at before it holds or proposes anything. Of the checks of the call, these
 * are the ones that the barrier itself needs; those of the request, the members and the groups stand in front of it.
 *
 * Implements 6E-1/follower-call (it refuses), 6E-1/not-bootstrapped and 6E-1/already-active (spec/6E-1/enable-raft-envelope.md); the
 * numbers are those of its steps that this milestone has.
 */
import { refuse } from '../base/errors.js';
import type { KeyId, RaftIndex } from '../base/ids.js';
import { checkLeads, checkReady } from '../base/leader-role.js';

/** What keeps a gate busy. */
export interface BusyGate {
  /** Another call holds it. */
  readonly held: boolean;
  /** Another call has not answered yet. */
  readonly waiting: boolean;
  /** The cutover entry that stands unapplied in the own log. */
  readonly pending: RaftIndex | null;
}

/** What a leader knows when it is called. */
export interface CallFacts extends BusyGate {
  readonly leads: boolean;
  readonly raftKey: KeyId;
  readonly recorded: RaftIndex;
  /** Has it applied the first entry of its term? */
  readonly ownTermApplied: boolean;
}

/** The decisions that the checks leave open. */
export interface CallRules {
  readonly mayBegin: (busy: BusyGate) => boolean;
  readonly alreadyActive: (recorded: RaftIndex) => boolean;
  readonly mayRecord: () => boolean;
  readonly mayBeginInTerm: (ownTermApplied: boolean) => boolean;
}

/**
 * A recorded cutover answers the call.
 *
 * @clause 6E-1/already-active
 */
export const alreadyActive = (recorded: RaftIndex): boolean => recorded !== 0n;

/**
 * The checks of the call, in their order: it goes on to step 1 of the barrier, or was active already.
 *
 * @clause 6E-1/follower-call 6E-1/not-bootstrapped 6E-1/already-active repair/no-early-index repair/gate
 * @throws Refusal `not-leader`, `not-bootstrapped`, `cutover-in-progress`, `cutover-without-6e-2`, `leader-not-ready`; nothing is held and nothing was proposed
 */
export function checkCall(ops: CallRules, facts: CallFacts): 'begins' | 'active' {
  // 1. It leads.
  checkLeads(facts.leads, '6E-1/follower-call');
  // 2. There is a key to cut over to.
  if (facts.raftKey === 0) refuse('not-bootstrapped', { clause: '6E-1/not-bootstrapped', field: 'active.raft', expected: 'a key', got: 'none' });
  // 3. Nobody else is at it. Before the record is looked at: what is recorded may not be applied yet, and then the gate is closed.
  if (!ops.mayBegin(facts)) {
    const got = facts.pending === null ? 'another call' : `an unapplied cutover entry at ${facts.pending}`;
    refuse('cutover-in-progress', { clause: 'repair/gate', field: 'gate', expected: 'one that nothing keeps closed', got });
  }
  // 4. It is done already.
  if (ops.alreadyActive(facts.recorded)) return 'active';
  // 5. What is recorded will be heeded (step 1 of repair/no-early-index).
  if (!ops.mayRecord()) refuse('cutover-without-6e-2', { clause: 'repair/no-early-index', field: 'milestone', expected: '6E-2, which heeds the index', got: '6E-1 alone' });
  // 6. The leader knows its own log. As repaired this waits until step 3 of the barrier.
  checkReady(ops.mayBeginInTerm(facts.ownTermApplied), 'repair/append-rule');
  return 'begins';
}
