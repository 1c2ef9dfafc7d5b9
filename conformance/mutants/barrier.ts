/** Mutants of the barrier: the checks of a call, its steps, and what its caller is told. */
import type { RaftIndex } from '../../src/base/ids.js';
import type { CallReport } from '../../src/node/cutover-calls.js';
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
        begin: () => instead('not-bootstrapped', () => leader.begin(), () => {
          held = true;
          return { call: 'nowhere', phase: 'gated' as const, answer: null };
        }),
        state: () => ({ ...leader.state(), ...(held && { gate: { users: false, admins: true } }) }),
      };
    }),
    claims: [
      { check: 'barrier/checks-of-the-call/not-bootstrapped', answers: { result: 'ok' } },
      { check: 'barrier/checks-of-the-call/nothing-done', answers: { result: 'ok' } },
    ],
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
    claims: [
      { check: 'barrier/checks-of-the-call/call-on-a-follower', answers: { result: 'ok' } },
      { check: 'barrier/checks-of-the-call/follower-does-not-answer', answers: { result: 'ok' } },
      { check: 'barrier/checks-of-the-call/follower-holds-nothing', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'begins-never', wrong: 'refuses every call, as if its leader were new', clause: '6E-2/barrier-1-block', format,
    replace: () => ({ mayBeginInTerm: () => false }),
    claims: [
      { check: 'barrier/checks-of-the-call/begins', answers: { result: 'refused', reason: 'leader-not-ready' } },
      { check: 'barrier/six-steps/holds-users', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-1-gates', answers: { result: 'refused', reason: 'leader-not-ready' } },
    ],
  },
  {
    id: 'begins-where-one-is-recorded', wrong: 'does not find the cutover that is recorded, and begins another', clause: '6E-1/already-active', format,
    replace: () => ({ alreadyActive: () => false }),
    claims: [{ check: 'barrier/second-call/proposes-nothing', answers: { result: 'ok' } }],
  },
  {
    id: 'drains-but-one', wrong: 'ends the drain when one write is left', clause: '6E-2/barrier-2-drain', format,
    replace: () => ({ drained: (inFlight) => inFlight <= 1 }),
    claims: [
      { check: 'barrier/drains-all-that-is-in-flight/waits-for-the-last', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-2-drains', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-2-waits-for-the-drain', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-3-passes-the-hold', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-3-proposes-plain', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/drain-waits-again', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'drains-but-two', wrong: 'ends the drain when something has finished', clause: '6E-2/barrier-2-drain', format,
    replace: () => ({ drained: (inFlight) => inFlight <= 2 }),
    claims: [{ check: 'barrier/drains-all-that-is-in-flight/one-of-them-is-not-all', answers: { result: 'ok' } }],
  },
  {
    id: 'drains-never', wrong: 'waits for ever in the drain', clause: '6E-2/barrier-2-drain', format,
    replace: () => ({ drained: () => false }),
    claims: [{ check: 'barrier/six-steps/step-2-drains', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-entry-wrapped', wrong: 'wraps the cutover entry under the active key', clause: '6E-2/barrier-3-propose', format,
    replace: () => ({ cutoverForm: () => 'sealed' }),
    claims: [{ check: 'barrier/six-steps/step-3-proposes-plain', answers: { result: 'ok' } }],
  },
  {
    id: 'waits-for-nothing', wrong: 'goes on as soon as the cutover entry is appended', clause: '6E-2/barrier-4-wait', format,
    replace: () => ({ awaited: () => true }),
    claims: [
      { check: 'barrier/six-steps/step-4-sees-it-applied', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-4-waits-for-the-apply', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-5-switches', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/commit-is-not-enough', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/not-told-before-the-apply', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/one-step-at-a-time', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/waits-for-the-commit', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'waits-for-ever', wrong: 'does not see that its entry is applied', clause: '6E-2/barrier-4-wait', format,
    replace: () => ({ awaited: () => false }),
    claims: [{ check: 'barrier/six-steps/step-4-sees-it-applied', answers: { result: 'ok' } }],
  },
  {
    id: 'polls-the-end', wrong: 'answers a poll of a call that goes on as if it were over', clause: '6E-2/barrier-2-drain', format,
    replace: (sound) => leading(sound, (leader) => ({
      poll: async (call) => ({ ...await leader.poll(call), phase: 'idle' as const, answer: { is: 'unknown' as const } }),
    })),
    claims: [
      { check: 'barrier/term-lost-at-each-phase/lost-when-gated', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/poll-moves-nothing', answers: { result: 'ok' } },
      { check: 'gate/ends-with-the-term/a-new-term-ends-the-call', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'steps-back', wrong: 'waits in step 5 and 6 as if there were nothing to do', clause: '6E-2/barrier-5-switch', format,
    replace: (sound) => leading(sound, (leader) => ({
      step: async (call) => {
        const { phase, answer } = await leader.poll(call);
        return phase === 'applied' || phase === 'switched' ? { phase, answer, waits: 'apply', entry: null } : await leader.step(call);
      },
    })),
    claims: [
      { check: 'barrier/drain-that-fails/another-call-succeeds', answers: { result: 'ok' } },
      { check: 'barrier/restart-before-the-append/another-call-succeeds', answers: { result: 'ok' } },
      { check: 'barrier/second-call/first-is-answered', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-6-opens-and-answers', answers: { result: 'ok' } },
      { check: 'barrier/stale-key/may-be-made-again', answers: { result: 'ok' } },
      { check: 'barrier/truncated/cut-over-by-the-next-leader', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/over-is-over', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-5-switches', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'cutover-without-effect', wrong: 'takes every cutover entry for one with a stale key', clause: '6E-2/barrier-6-open', format,
    replace: () => ({ cutoverVerdict: () => 'stale' }),
    claims: [
      { check: 'barrier/drains-all-that-is-in-flight/all-below-the-cutover', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/all-equal', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/switch-on-before-it-opens', answers: { result: 'ok' } },
      { check: 'barrier/truncated/one-cutover-everywhere', answers: { result: 'ok' } },
      { check: 'barrier/waits-one-by-one/same-everywhere', answers: { result: 'ok' } },
      { check: 'intake/callers-at-a-hold/below-the-cutover', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/step-6-opens-and-answers', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'cutover-under-any-key', wrong: 'records a cutover also under a key that is not the active one', clause: '6E-1/stale-key-no-op', format,
    replace: () => ({ cutoverVerdict: ({ recorded }) => recorded === 0n ? 'records' : 'recorded' }),
    claims: [
      { check: 'barrier/stale-key/plain-behind-it', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/stale-key/sealed-under-the-new-key', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/stale-key/told-that-it-had-no-effect', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'key-of-the-call', wrong: 'names in the cutover entry the key that the call found', clause: '6E-2/barrier-3-propose', format,
    replace: () => ({ cutoverKey: keyOfTheCall }),
    claims: [{ check: 'barrier/rotation-inside-the-call/key-of-the-append', answers: { result: 'ok' } }],
  },
  {
    id: 'stale-as-unknown', wrong: 'names the key that the call found, and says "unknown" where that was stale', clause: '6E-1/stale-key-no-op', format,
    replace: (sound) => leading(sound, (leader) => ({
      step: async (call) => {
        const report = await leader.step(call);
        return report.answer?.is === 'not-appended' && report.answer.refusal.reason === 'cutover-key-stale' ? { ...report, answer: { is: 'unknown' as const } } : report;
      },
    }), { cutoverKey: keyOfTheCall }),
    claims: [
      { check: 'barrier/rotation-inside-the-call/applied-or-stale', answers: { result: 'ok' } },
      { check: 'barrier/stale-key/told-that-it-had-no-effect', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'switched-when-appended', wrong: 'turns the wrap switch on when the cutover entry is appended', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => leading(sound, (leader, { sealing }) => ({
      step: async (call) => {
        const report = await leader.step(call);
        if (report.entry !== null) sealing.confirm();
        return report;
      },
    }), { switchAtStep5: () => true }),
    claims: [
      { check: 'barrier/truncated/no-trace-on-the-old-leader', answers: { result: 'ok' } },
      { check: 'leader/entry-in-the-old-log-alone/overwritten-without-trace', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'switch-off-when-applied', wrong: 'leaves the wrap switch to step 5 of a call', clause: 'repair/switch-by-apply', format,
    replace: () => ({ switchAfterApply: (before) => before, switchAtStep5: () => true }),
    claims: [
      { check: 'barrier/restart-behind-the-append/applied-and-switched', answers: { result: 'ok' } },
      { check: 'barrier/six-steps/all-switched', answers: { result: 'ok' } },
      { check: 'barrier/term-lost-when-applied/open-when-it-leads-again', answers: { result: 'ok' } },
      { check: 'gate/behind-the-log/open-on-the-next-leader', answers: { result: 'ok' } },
      { check: 'gate/bounded-hold/open-when-applied', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'switch-off-after-restart', wrong: 'starts with the wrap switch off', clause: '6E-2/start-up-sets-switch', format,
    replace: () => ({ switchAtStart: () => false }),
    claims: [
      { check: 'barrier/restart-when-applied/registers-itself-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/restart-when-applied/sealed-when-registered', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'barrier/restart-when-applied/switch-on-at-the-start', answers: { result: 'ok' } },
      { check: 'intake/own-registration/next-row', answers: { result: 'ok' } },
      { check: 'intake/own-registration/own-registration-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'intake/own-registration/writes-when-registered', answers: { result: 'refused', reason: 'form-not-due' } },
    ],
  },
  {
    id: 'unknown-whatever-happened', wrong: 'answers "unknown" also where nothing was appended', clause: 'repair/honest-outcomes', format,
    replace: () => ({ fateOfCall: () => 'unknown' }),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/nothing-appended-yet', answers: { result: 'ok' } },
      { check: 'barrier/drain-that-fails/appends-nothing-any-more', answers: { result: 'ok' } },
      { check: 'barrier/drain-that-fails/not-appended', answers: { result: 'ok' } },
      { check: 'barrier/term-lost-at-each-phase/lost-when-drained', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'not-appended-whatever-happened', wrong: 'answers "not appended" also behind the append', clause: 'repair/honest-outcomes', format,
    replace: () => ({ fateOfCall: () => 'not-appended' }),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/fate-unknown', answers: { result: 'ok' } },
      { check: 'barrier/caller-goes-when-applied/never-not-appended', answers: { result: 'ok' } },
      { check: 'barrier/term-lost-at-each-phase/lost-when-proposed', answers: { result: 'ok' } },
      { check: 'barrier/term-lost-at-each-phase/stays-unknown', answers: { result: 'ok' } },
      { check: 'barrier/term-lost-when-applied/never-not-appended', answers: { result: 'ok' } },
      { check: 'barrier/truncated/answer-stays', answers: { result: 'ok' } },
      { check: 'holes/h6-answer/unknown', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'caller-takes-the-section-along', wrong: 'ends the critical section when the caller goes', clause: '6E-2/barrier-4-wait', format,
    replace: (sound) => leading(sound, (leader) => {
      const gone = new Set<string>();
      return {
        expire: (call) => {
          gone.add(call);
          return leader.expire(call);
        },
        step: async (call) => gone.has(call) ? { ...await leader.poll(call), waits: 'apply', entry: null } : await leader.step(call),
      };
    }),
    claims: [
      { check: 'barrier/caller-goes-behind-the-append/goes-on-without-its-caller', answers: { result: 'ok' } },
      { check: 'barrier/caller-goes-behind-the-append/unknown-is-final', answers: { result: 'ok' } },
      { check: 'barrier/caller-goes-behind-the-append/unknown-is-what-is-kept', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'start-begins-with-a-hold', wrong: 'begins a start behind the bootstrap with its gate closed to users, until it has begun a call', clause: '6E-2/intake', format,
    replace: (sound) => leading(sound, (leader, replica) => {
      let closed = replica.sealing.raftKey !== 0;
      return {
        begin: () => {
          closed = false;
          return leader.begin();
        },
        state: () => ({ ...leader.state(), ...(closed && { gate: { users: false, admins: true } }) }),
      };
    }),
    claims: [{ check: 'barrier/restart-before-the-append/nothing-left-of-the-call', answers: { result: 'ok' } }],
  },
  {
    id: 'start-forgets-the-log', wrong: 'does not look at its start for cutover entries in the log', clause: 'repair/gate', format,
    replace: (sound) => ({
      openLeader: (replica, prefix) => sound.openLeader(over(replica, { unapplied: async function* () { /* It finds none. */ } }), prefix),
    }),
    claims: [
      { check: 'barrier/restart-behind-the-append/goes-on', answers: { result: 'ok' } },
      { check: 'barrier/restart-behind-the-append/log-keeps-the-gate-closed', answers: { result: 'ok' } },
      { check: 'barrier/restart-behind-the-append/retry-finds-it', answers: { result: 'refused', reason: 'replica-halted' } },
      { check: 'holes/h6-restart/goes-on', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
    ],
  },
  {
    id: 'closed-behind-a-recorded-cutover', wrong: 'keeps its gate closed after a start that finds a cutover, until a call', clause: '6E-2/barrier-6-open', format,
    replace: (sound) => leading(sound, (leader, replica) => {
      let called = false;
      const closed = replica.recorded !== 0n;
      return {
        begin: () => {
          called = true;
          return leader.begin();
        },
        state: () => ({ ...leader.state(), ...(closed && !called && { gate: { users: false, admins: false } }) }),
      };
    }),
    claims: [{ check: 'barrier/restart-when-applied/open', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-known-before-its-apply', wrong: 'answers a call "active" when the cutover entry stands in the log', clause: 'repair/gate', format,
    replace: (sound) => leading(sound, (leader, { last }) => {
      const early = new Map<string, CallReport>();
      const told = async (call: string, otherwise: () => Promise<CallReport>): Promise<CallReport> => early.get(call) ?? await otherwise();
      return {
        begin: () => instead('cutover-in-progress', () => leader.begin(), () => {
          const call = `early-${early.size + 1}`;
          const report: CallReport = { phase: 'idle', answer: { is: 'applied', index: last + 1n as RaftIndex, already: true } };
          early.set(call, report);
          return { call, ...report };
        }),
        step: async (call) => early.has(call) ? { ...await told(call, () => leader.poll(call)), waits: null, entry: null } : await leader.step(call),
        poll: (call) => told(call, () => leader.poll(call)),
        expire: (call) => told(call, () => leader.expire(call)),
      };
    }),
    claims: [{ check: 'barrier/second-call/one-call-holds', answers: { result: 'ok' } }],
  },
  {
    id: 'answers-without-the-index', wrong: 'answers a call behind the cutover with the end of its log', clause: '6E-1/already-active', format,
    replace: (sound) => leading(sound, (leader, replica) => ({
      begin: async () => {
        const begun = await leader.begin();
        return begun.answer?.is === 'applied' ? { ...begun, answer: { ...begun.answer, index: replica.last + 1n as RaftIndex } } : begun;
      },
    })),
    claims: [
      { check: 'barrier/checks-of-the-call/next-leader-answers', answers: { result: 'ok' } },
      { check: 'barrier/restart-when-applied/retry-answers', answers: { result: 'ok' } },
      { check: 'barrier/term-lost-at-each-phase/retry-finds-it', answers: { result: 'ok' } },
      { check: 'barrier/term-lost-when-applied/retry-finds-it', answers: { result: 'ok' } },
      { check: 'gate/behind-the-log/call-is-answered-when-open', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'gate-closed-when-recorded', wrong: 'says that its gate is closed, where a cutover is recorded', clause: '6E-2/barrier-6-open', format,
    replace: (sound) => stating(sound, (state, { recorded }) => recorded === 0n ? state : { ...state, gate: { users: false, admins: false } }),
    claims: [
      { check: 'barrier/caller-goes-when-applied/open-and-switched', answers: { result: 'ok' } },
      { check: 'barrier/second-call/holds-nothing', answers: { result: 'ok' } },
    ],
  },
];
