/** Mutants of the gate: who closes it, for whom, until when, and what leadership does meanwhile. */
import type { HoldEvent } from '../../src/6E-2/quiescence-barrier.js';
import { refuse } from '../../src/base/errors.js';
import { leading } from './leading.js';
import type { Mutant } from './mutant.js';

const format = 'scenarios';

const busy = (): never => refuse('cutover-in-progress', { clause: 'repair/gate', field: 'gate', expected: 'an open one', got: 'a closed one' });

const notReleasedBy = (...events: HoldEvent[]) => (): { holdReleased: (event: HoldEvent) => boolean } => ({ holdReleased: (event) => !events.includes(event) });

export const gateMutants: readonly Mutant[] = [
  {
    id: 'hold-stops-nobody', wrong: 'lets everybody through while a call holds', clause: '6E-2/barrier-1-block', format,
    replace: () => ({ holdStops: () => false }),
    claims: [
      { check: 'barrier/waits-one-by-one/held-when-drained', answers: { result: 'ok' } },
      { check: 'intake/callers-at-a-hold/users-closed-admins-open', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'hold-stops-everybody', wrong: 'lets nobody through while a call holds, its own entry neither', clause: '6E-2/admin-exempt', format,
    replace: () => ({ holdStops: () => true }),
    claims: [
      { check: 'barrier/second-call/first-goes-on', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-3-passes-the-hold', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'hold-lasts-to-step-6', wrong: 'keeps the hold of a call until its last step', clause: 'repair/gate', format,
    replace: notReleasedBy('appended'),
    claims: [{ check: 'intake/callers-behind-an-unapplied-cutover/open-when-applied', answers: { result: 'ok' } }],
  },
  {
    id: 'hold-stays-at-the-end', wrong: 'keeps the hold behind the last step of a call', clause: '6E-2/barrier-6-open', format,
    replace: notReleasedBy('appended', 'finished'),
    claims: [
      { check: 'barrier/second-call/already-active', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'barrier/six-steps/step-6-opens', answers: { result: 'refused', reason: 'cutover-in-progress' } },
    ],
  },
  {
    id: 'hold-stays-when-the-caller-goes', wrong: 'keeps the hold of a call whose caller went before the append', clause: '6E-2/barrier-2-drain', format,
    replace: notReleasedBy('expired'),
    claims: [
      { check: 'barrier/drain-that-fails/opens-again', answers: { result: 'ok' } },
      { check: 'barrier/drain-that-fails/takes-writes-again', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'gate/owner/open-to-users', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'gate/owner/opened-by-its-owner', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'hold-stays-with-an-unknown-fate', wrong: 'keeps the hold for good when the caller goes behind the append', clause: 'repair/ok-means-writable', format,
    replace: notReleasedBy('appended', 'abandoned', 'finished'),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/next-call-finds-the-cutover', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'holes/h12/retry-finds-it', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'holes/h12/write-is-taken', answers: { result: 'refused', reason: 'cutover-in-progress' } },
    ],
  },
  {
    id: 'hold-stays-without-effect', wrong: 'keeps the hold of a call whose entry had no effect', clause: '6E-1/stale-key-no-op', format,
    replace: notReleasedBy('appended', 'no-effect'),
    claims: [{ check: 'barrier/stale-key/no-trace-of-it', answers: { result: 'ok' } }],
  },
  {
    id: 'hold-outlives-the-term', wrong: 'keeps the hold of a call whose term is over', clause: 'repair/gate', format,
    replace: notReleasedBy('term-lost'),
    claims: [
      { check: 'barrier/term-lost-at-each-phase/hold-ended-with-its-term', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'gate/ends-with-the-term/a-follower-holds-nobody', answers: { result: 'ok' } },
      { check: 'gate/ends-with-the-term/open-when-it-leads-again', answers: { result: 'refused', reason: 'cutover-in-progress' } },
    ],
  },
  {
    id: 'hold-of-the-same-leader', wrong: 'keeps the hold when the same leader goes on in a later term', clause: 'repair/gate', format,
    replace: (sound) => leading(sound, (leader) => {
      let kept = false;
      return {
        lead: (term) => {
          const { role, gate } = leader.state();
          kept = role === 'leader' && !gate.users;
          return leader.lead(term);
        },
        propose: (caller, data) => kept ? busy() : leader.propose(caller, data),
      };
    }),
    claims: [{ check: 'gate/ends-with-the-term/a-new-term-ends-the-hold', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'hold-stops-appends', wrong: 'appends nothing while a call holds, also of what was accepted before', clause: '6E-2/intake', format,
    replace: (sound) => leading(sound, (leader) => ({ admit: async (name) => leader.state().gate.users ? await leader.admit(name) : busy() })),
    claims: [
      { check: 'barrier/rotation-inside-the-call/rotation-passes-the-hold', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'barrier/six-steps/keeps-its-form', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'intake/callers-at-a-hold/appended-during-the-hold', answers: { result: 'refused', reason: 'cutover-in-progress' } },
    ],
  },
  {
    id: 'hold-of-anybody', wrong: 'lets a second call begin, and open the gate that the first one holds', clause: 'repair/gate', format,
    replace: () => ({ mayBegin: () => true, mayRelease: () => true }),
    claims: [{ check: 'gate/owner/opened-by-its-owner-alone', answers: { result: 'ok' } }],
  },
  {
    id: 'calls-beside-each-other', wrong: 'lets any number of calls begin', clause: 'repair/gate', format,
    replace: () => ({ mayBegin: () => true }),
    claims: [
      { check: 'barrier/second-call/one-call-holds-when-drained', answers: { result: 'ok' } },
      { check: 'gate/owner/held-when-drained', answers: { result: 'ok' } },
      { check: 'gate/owner/opened-by-its-owner-alone', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'calls-behind-an-unapplied-entry', wrong: 'lets a call begin that finds a cutover entry unapplied in the log', clause: 'repair/gate', format,
    replace: () => ({ mayBegin: ({ held }) => !held }),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/next-call-waits', answers: { result: 'ok' } },
      { check: 'barrier/second-call/unapplied-entry-refuses', answers: { result: 'ok' } },
      { check: 'gate/behind-the-log/next-leader-refuses-the-call', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'gate-never-of-the-log', wrong: 'opens the gate at the append, whatever stands in the log', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: () => false }),
    claims: [{ check: 'gate/behind-the-log/closed-where-it-was-appended', answers: { result: 'ok' } }],
  },
  {
    id: 'admins-pass-the-log', wrong: 'lets what changes encryption through behind an unapplied cutover entry', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: (tag) => tag === 'user' }),
    claims: [
      { check: 'gate/behind-the-log/closed-on-the-next-leader', answers: { result: 'ok' } },
      { check: 'gate/behind-the-log/closed-where-it-was-appended', answers: { result: 'ok' } },
      { check: 'intake/callers-behind-an-unapplied-cutover/closed-to-everybody', answers: { result: 'ok' } },
      { check: 'intake/callers-behind-an-unapplied-cutover/pre-registration-waits', answers: { result: 'ok' } },
      { check: 'intake/callers-behind-an-unapplied-cutover/registration-waits', answers: { result: 'ok' } },
      { check: 'intake/callers-behind-an-unapplied-cutover/rotation-waits', answers: { result: 'ok' } },
      { check: 'intake/callers-behind-an-unapplied-cutover/storage-cutover-waits', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'users-pass-the-log', wrong: 'lets users through behind an unapplied cutover entry', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: (tag) => tag !== 'user' }),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/users-wait-for-the-log', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/held-when-proposed', answers: { result: 'ok' } },
      { check: 'gate/behind-the-log/next-leader-holds-users', answers: { result: 'ok' } },
      { check: 'intake/callers-behind-an-unapplied-cutover/client-write-waits', answers: { result: 'ok' } },
      { check: 'intake/callers-behind-an-unapplied-cutover/lease-waits', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'time-opens-the-gate', wrong: 'opens the gate behind the append when the bound of the hold has passed', clause: 'repair/gate', format,
    replace: (sound) => {
      let age = 0n;
      return leading(sound, (leader) => ({
        tick: async (ms) => {
          age += ms;
          await leader.tick(ms);
        },
        begin: () => {
          age = 0n;
          return leader.begin();
        },
      }), { pendingStops: () => age < 5_000n });
    },
    claims: [{ check: 'gate/bounded-hold/time-opens-nothing-behind-the-append', answers: { result: 'ok' } }],
  },
  {
    id: 'hold-without-bound', wrong: 'holds for as long as nobody steps the call', clause: 'repair/bounded-hold', format,
    replace: () => ({ holdRunsOut: () => false }),
    claims: [
      { check: 'gate/bounded-hold/nothing-afterwards', answers: { result: 'ok' } },
      { check: 'gate/bounded-hold/opens-within-the-lease-window', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'hold-as-long-as-a-lease', wrong: 'holds until the lease window has passed', clause: 'repair/bounded-hold', format,
    replace: () => ({ holdRunsOut: (ageMs) => ageMs >= 10_000n }),
    claims: [
      { check: 'gate/bounded-hold/hold-expired', answers: { result: 'ok' } },
      { check: 'gate/bounded-hold/lease-gets-through', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'gate/bounded-hold/nothing-afterwards', answers: { result: 'ok' } },
      { check: 'gate/bounded-hold/opens-within-the-lease-window', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'transfers-at-any-time', wrong: 'hands its leadership over behind an unapplied cutover entry', clause: 'repair/no-transfer', format,
    replace: () => ({ mayTransfer: () => true }),
    claims: [
      { check: 'gate/transfer/nor-on-the-next-leader', answers: { result: 'ok' } },
      { check: 'gate/transfer/not-behind-an-unapplied-entry', answers: { result: 'ok' } },
      { check: 'holes/h21/transfer-refused', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'transfers-never', wrong: 'never hands its leadership over', clause: 'repair/no-transfer', format,
    replace: () => ({ mayTransfer: () => false }),
    claims: [
      { check: 'gate/transfer/again-when-applied', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'gate/transfer/before', answers: { result: 'refused', reason: 'cutover-in-progress' } },
    ],
  },
  {
    id: 'gate-of-the-cluster', wrong: 'closes the gate of every node at the append, until one has come to the end of its call', clause: 'repair/gate', format,
    replace: (sound) => {
      let closed = false;
      return leading(sound, (leader, replica) => {
        if (replica.last === 0n) closed = false;
        return {
          step: async (call) => {
            const report = await leader.step(call);
            if (report.entry !== null) closed = true;
            return report;
          },
          propose: (caller, data) => closed && replica.recorded === 0n ? busy() : leader.propose(caller, data),
          state: () => ({ ...leader.state(), ...(closed && replica.recorded === 0n && { gate: { users: false, admins: false } }) }),
        };
      });
    },
    claims: [
      { check: 'barrier/truncated/open-on-the-next-leader', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'gate/behind-the-log/open-where-it-is-not', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'nothing-but-the-hold', wrong: 'has neither the rule of the append nor a gate that follows the log, and any call opens it', clause: 'repair/append-rule', format,
    replace: () => ({ pendingStops: () => false, mayAppendBehind: () => true, formIsDue: () => true, mayBegin: () => true, mayRelease: () => true }),
    claims: [
      { check: 'holes/h17/goes-on', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
      { check: 'holes/h21/goes-on', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
      { check: 'holes/h6-owner/goes-on', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
      { check: 'holes/h6-time-out/goes-on', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
    ],
  },
];
