/** Mutants of the barrier: the checks of a call, its steps, and what its caller is told. */
import type { RaftIndex } from '../../src/base/ids.js';
import { keyOfTheCall } from '../../src/6E-2/quiescence-barrier.js';
import { leading, instead, stating } from './leading.js';
import type { Mutant } from './mutant.js';
import { over } from './over.js';

const format = 'scenarios';

export const barrierMutants: readonly Mutant[] = [
  {
    id: 'begins-without-a-key', wrong: 'begins a call before the bootstrap, and holds the gate', clause: '6E-1/not-bootstrapped', format,
    replace: (sound) => leading(sound, (leader) => {
      let held = false;
      return {
        begin: () => instead('not-bootstrapped', () => leader.begin(), () => { held = true; return { call: 'nowhere', phase: 'gated' as const, answer: null }; }),
        state: () => ({ ...leader.state(), ...(held && { gate: { users: false, admins: true } }) }),
      };
    }),
    claims: [],
  },
  {
    id: 'begins-as-a-follower', wrong: 'begins a call on a node that follows, and holds its gate', clause: '6E-1/follower-call', format,
    replace: (sound) => leading(sound, (leader) => {
      let begun = 0;
      return {
        begin: () => instead('not-leader', () => leader.begin(), () => ({ call: `nowhere-${begun += 1}`, phase: 'gated' as const, answer: null })),
        state: () => ({ ...leader.state(), ...(begun > 0 && { gate: { users: false, admins: true } }) }),
      };
    }),
    claims: [],
  },
  {
    id: 'begins-never', wrong: 'refuses every call, as if its leader were new', clause: '6E-2/barrier-1-block', format,
    replace: () => ({ mayBeginInTerm: () => false }),
    claims: [],
  },
  {
    id: 'begins-where-one-is-recorded', wrong: 'does not find the cutover that is recorded, and begins another', clause: '6E-1/already-active', format,
    replace: () => ({ alreadyActive: () => false }),
    claims: [],
  },
  {
    id: 'drains-but-one', wrong: 'ends the drain when one write is left', clause: '6E-2/barrier-2-drain', format,
    replace: () => ({ drained: (inFlight) => inFlight <= 1 }),
    claims: [],
  },
  {
    id: 'drains-but-two', wrong: 'ends the drain when something has finished', clause: '6E-2/barrier-2-drain', format,
    replace: () => ({ drained: (inFlight) => inFlight <= 2 }),
    claims: [],
  },
  {
    id: 'drains-never', wrong: 'waits for ever in the drain', clause: '6E-2/barrier-2-drain', format,
    replace: () => ({ drained: () => false }),
    claims: [],
  },
  {
    id: 'cutover-entry-wrapped', wrong: 'wraps the cutover entry under the active key', clause: '6E-2/barrier-3-propose', format,
    replace: () => ({ cutoverForm: () => 'sealed' }),
    claims: [],
  },
  {
    id: 'waits-for-nothing', wrong: 'goes on as soon as the cutover entry is appended', clause: '6E-2/barrier-4-wait', format,
    replace: () => ({ awaited: () => true }),
    claims: [],
  },
  {
    id: 'waits-for-ever', wrong: 'does not see that its entry is applied', clause: '6E-2/barrier-4-wait', format,
    replace: () => ({ awaited: () => false }),
    claims: [],
  },
  {
    id: 'polls-the-end', wrong: 'answers a poll of a call that goes on as if it were over', clause: '6E-2/barrier-4-wait', format,
    replace: (sound) => leading(sound, (leader) => ({ poll: async (call) => ({ ...await leader.poll(call), phase: 'idle' as const, answer: { is: 'unknown' as const } }) })),
    claims: [],
  },
  {
    id: 'steps-back', wrong: 'waits in step 5 and 6 as if there were nothing to do', clause: '6E-2/barrier-5-switch', format,
    replace: (sound) => leading(sound, (leader) => ({
      step: async (call) => {
        const { phase, answer } = await leader.poll(call);
        return phase === 'applied' || phase === 'switched' ? { phase, answer, waits: 'nothing', entry: null } : await leader.step(call);
      },
    })),
    claims: [],
  },
  {
    id: 'cutover-without-effect', wrong: 'takes every cutover entry for one with a stale key', clause: '6E-1/cutover-recorded', format,
    replace: () => ({ cutoverVerdict: () => 'stale' }),
    claims: [],
  },
  {
    id: 'cutover-under-any-key', wrong: 'records a cutover also under a key that is not the active one', clause: '6E-1/stale-key-no-op', format,
    replace: () => ({ cutoverVerdict: ({ recorded }) => recorded === 0n ? 'records' : 'recorded' }),
    claims: [],
  },
  {
    id: 'key-of-the-call', wrong: 'names in the cutover entry the key that the call found', clause: '6E-2/barrier-3-propose', format,
    replace: () => ({ cutoverKey: keyOfTheCall }),
    claims: [],
  },
  {
    id: 'stale-as-unknown', wrong: 'names the key that the call found, and says "unknown" where that was stale', clause: '6E-1/stale-key-no-op', format,
    replace: (sound) => leading(sound, (leader) => ({
      step: async (call) => {
        const report = await leader.step(call);
        return report.answer?.is === 'not-appended' && report.answer.refusal.reason === 'cutover-key-stale' ? { ...report, answer: { is: 'unknown' as const } } : report;
      },
    }), { cutoverKey: keyOfTheCall }),
    claims: [],
  },
  {
    id: 'switches-at-the-append', wrong: 'turns the wrap switch on when the cutover entry is appended', clause: '6E-2/barrier-5-switch', format,
    replace: (sound) => leading(sound, (leader, { sealing }) => ({
      step: async (call) => {
        const report = await leader.step(call);
        if (report.entry !== null) sealing.confirm();
        return report;
      },
    }), { switchAtStep5: () => true }),
    claims: [],
  },
  {
    id: 'switch-off-when-applied', wrong: 'leaves the wrap switch to step 5 of a call', clause: 'repair/switch-by-apply', format,
    replace: () => ({ switchAfterApply: (before) => before, switchAtStep5: () => true }),
    claims: [],
  },
  {
    id: 'switch-off-after-restart', wrong: 'starts with the wrap switch off', clause: '6E-2/start-up-sets-switch', format,
    replace: () => ({ switchAtStart: () => false }),
    claims: [],
  },
  {
    id: 'unknown-whatever-happened', wrong: 'answers "unknown" also where nothing was appended', clause: 'repair/honest-outcomes', format,
    replace: () => ({ fateOfCall: () => 'unknown' }),
    claims: [],
  },
  {
    id: 'not-appended-whatever-happened', wrong: 'answers "not appended" also behind the append', clause: 'repair/honest-outcomes', format,
    replace: () => ({ fateOfCall: () => 'not-appended' }),
    claims: [],
  },
  {
    id: 'caller-takes-the-section-along', wrong: 'ends the critical section when the caller goes', clause: '6E-2/barrier-4-wait', format,
    replace: (sound) => leading(sound, (leader) => {
      const gone = new Set<string>();
      return {
        expire: (call) => { gone.add(call); return leader.expire(call); },
        step: async (call) => gone.has(call) ? { ...await leader.poll(call), waits: 'caller', entry: null } : await leader.step(call),
      };
    }),
    claims: [],
  },
  {
    id: 'flight-outlives-the-start', wrong: 'counts what an earlier start had in flight', clause: '6E-2/intake', format,
    replace: (sound) => {
      let before = 0;
      return leading(sound, (leader) => {
        const kept = before;
        return {
          propose: async (caller, data) => {
            const taken = await leader.propose(caller, data);
            before = leader.state().inFlight;
            return taken;
          },
          state: () => ({ ...leader.state(), inFlight: leader.state().inFlight + kept }),
        };
      });
    },
    claims: [],
  },
  {
    id: 'start-forgets-the-log', wrong: 'does not look at its start for cutover entries in the log', clause: 'repair/gate', format,
    replace: (sound) => ({
      openLeader: (replica, prefix) => sound.openLeader(over(replica, { unapplied: async function* () { /* It finds none. */ } }), prefix),
    }),
    claims: [],
  },
  {
    id: 'closed-behind-a-recorded-cutover', wrong: 'keeps its gate closed after a start that finds a cutover, until a call', clause: '6E-2/barrier-6-open', format,
    replace: (sound) => leading(sound, (leader, replica) => {
      let called = false;
      const closed = replica.recorded !== 0n;
      return {
        begin: () => { called = true; return leader.begin(); },
        state: () => ({ ...leader.state(), ...(closed && !called && { gate: { users: false, admins: false } }) }),
      };
    }),
    claims: [],
  },
  {
    id: 'cutover-known-before-its-apply', wrong: 'answers a call "active" when the cutover entry stands in the log', clause: 'repair/gate', format,
    replace: (sound) => leading(sound, (leader, { last }) => {
      let asked = 0;
      return {
        begin: () => instead('cutover-in-progress', () => leader.begin(), () =>
          ({ call: `early-${asked += 1}`, phase: 'idle' as const, answer: { is: 'applied' as const, index: last + 1n as RaftIndex, already: true } })),
      };
    }),
    claims: [],
  },
  {
    id: 'answers-without-the-index', wrong: 'answers a call behind the cutover with the end of its log', clause: '6E-1/already-active', format,
    replace: (sound) => leading(sound, (leader, replica) => ({
      begin: async () => {
        const begun = await leader.begin();
        return begun.answer?.is === 'applied' ? { ...begun, answer: { ...begun.answer, index: replica.last + 1n as RaftIndex } } : begun;
      },
    })),
    claims: [],
  },
  {
    id: 'gate-closed-when-recorded', wrong: 'says that its gate is closed, where a cutover is recorded', clause: '6E-2/barrier-6-open', format,
    replace: (sound) => stating(sound, (state, { recorded }) => recorded === 0n ? state : { ...state, gate: { users: false, admins: false } }),
    claims: [],
  },
];
