/** Mutants of the gate: who closes it, for whom, until when, and what leadership does meanwhile. */
import type { HoldEvent } from '../../src/6E-2/quiescence-barrier.js';
import { refuse } from '../../src/base/errors.js';
import { leading } from './leading.js';
import type { Mutant } from './mutant.js';

const format = 'scenarios';

const notReleasedBy = (...events: HoldEvent[]) => (): { holdReleased: (event: HoldEvent) => boolean } => ({ holdReleased: (event) => !events.includes(event) });

export const gateMutants: readonly Mutant[] = [
  {
    id: 'hold-stops-nobody', wrong: 'lets everybody through while a call holds', clause: '6E-2/barrier-1-block', format,
    replace: () => ({ holdStops: () => false }),
    claims: [],
  },
  {
    id: 'hold-stops-everybody', wrong: 'lets nobody through while a call holds, its own entry neither', clause: '6E-2/admin-exempt', format,
    replace: () => ({ holdStops: () => true }),
    claims: [],
  },
  {
    id: 'hold-lasts-to-step-6', wrong: 'keeps the hold of a call until its last step', clause: 'repair/gate', format,
    replace: notReleasedBy('appended'),
    claims: [],
  },
  {
    id: 'hold-stays-at-the-end', wrong: 'keeps the hold behind the last step of a call', clause: '6E-2/barrier-6-open', format,
    replace: notReleasedBy('appended', 'finished'),
    claims: [],
  },
  {
    id: 'hold-stays-when-the-caller-goes', wrong: 'keeps the hold of a call whose caller went before the append', clause: '6E-2/barrier-2-drain', format,
    replace: notReleasedBy('expired'),
    claims: [],
  },
  {
    id: 'hold-stays-with-an-unknown-fate', wrong: 'keeps the hold for good when the caller goes behind the append', clause: 'repair/ok-means-writable', format,
    replace: notReleasedBy('appended', 'abandoned', 'finished'),
    claims: [],
  },
  {
    id: 'hold-stays-without-effect', wrong: 'keeps the hold of a call whose entry had no effect', clause: '6E-1/stale-key-no-op', format,
    replace: notReleasedBy('appended', 'no-effect'),
    claims: [],
  },
  {
    id: 'hold-outlives-the-term', wrong: 'keeps the hold of a call whose term is over', clause: 'repair/gate', format,
    replace: notReleasedBy('term-lost'),
    claims: [],
  },
  {
    id: 'hold-of-anybody', wrong: 'lets a second call begin, and open the gate that the first one holds', clause: 'repair/gate', format,
    replace: () => ({ mayBegin: () => true, mayRelease: () => true }),
    claims: [],
  },
  {
    id: 'calls-beside-each-other', wrong: 'lets any number of calls begin', clause: 'repair/gate', format,
    replace: () => ({ mayBegin: () => true }),
    claims: [],
  },
  {
    id: 'calls-behind-an-unapplied-entry', wrong: 'lets a call begin that finds a cutover entry unapplied in the log', clause: 'repair/gate', format,
    replace: () => ({ mayBegin: ({ held }) => !held }),
    claims: [],
  },
  {
    id: 'gate-never-of-the-log', wrong: 'opens the gate at the append, whatever stands in the log', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: () => false }),
    claims: [],
  },
  {
    id: 'admins-pass-the-log', wrong: 'lets what changes encryption through behind an unapplied cutover entry', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: (tag) => tag === 'user' }),
    claims: [],
  },
  {
    id: 'users-pass-the-log', wrong: 'lets users through behind an unapplied cutover entry', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: (tag) => tag !== 'user' }),
    claims: [],
  },
  {
    id: 'time-opens-the-gate', wrong: 'opens the gate behind the append when the bound of the hold has passed', clause: 'repair/gate', format,
    replace: (sound) => {
      let age = 0n;
      return leading(sound, (leader) => ({
        tick: async (ms) => { age += ms; await leader.tick(ms); },
        begin: () => { age = 0n; return leader.begin(); },
      }), { pendingStops: () => age < 5_000n });
    },
    claims: [],
  },
  {
    id: 'hold-without-bound', wrong: 'holds for as long as nobody steps the call', clause: 'repair/bounded-hold', format,
    replace: () => ({ holdRunsOut: () => false }),
    claims: [],
  },
  {
    id: 'hold-as-long-as-a-lease', wrong: 'holds until the lease window has passed', clause: 'repair/bounded-hold', format,
    replace: () => ({ holdRunsOut: (ageMs) => ageMs >= 10_000n }),
    claims: [],
  },
  {
    id: 'transfers-at-any-time', wrong: 'hands its leadership over behind an unapplied cutover entry', clause: 'repair/no-transfer', format,
    replace: () => ({ mayTransfer: () => true }),
    claims: [],
  },
  {
    id: 'transfers-never', wrong: 'never hands its leadership over', clause: 'repair/no-transfer', format,
    replace: () => ({ mayTransfer: () => false }),
    claims: [],
  },
  {
    id: 'gate-of-the-cluster', wrong: 'closes the gate of every node at the append, until one has come to the end of its call', clause: 'repair/gate', format,
    replace: (sound) => {
      let closed = false;
      const busy = () => refuse('cutover-in-progress', { clause: 'repair/gate', field: 'gate', expected: 'open', got: 'closed by another node' });
      return leading(sound, (leader, replica) => ({
        step: async (call) => {
          const report = await leader.step(call);
          if (report.entry !== null) closed = true;
          return report;
        },
        propose: (caller, data) => closed && replica.recorded === 0n ? busy() : leader.propose(caller, data),
        state: () => ({ ...leader.state(), ...(closed && replica.recorded === 0n && { gate: { users: false, admins: false } }) }),
      }));
    },
    claims: [],
  },
  {
    id: 'nothing-but-the-hold', wrong: 'has neither the rule of the append nor a gate that follows the log, and any call opens it', clause: 'repair/append-rule', format,
    replace: () => ({ pendingStops: () => false, mayAppendBehind: () => true, formIsDue: () => true, mayBegin: () => true, mayRelease: () => true }),
    claims: [],
  },
];
