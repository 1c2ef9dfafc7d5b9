/** Mutants of the form of what a leader proposes: when its switch goes over, and what it proposes plain all the same. */
import type { CallerClass } from '../../src/6E-2/caller-classes.js';
import type { Operations } from '../../src/node/compose.js';
import { openLeader } from '../../src/node/leader.js';
import { leading } from './leading.js';
import type { Mutant } from './mutant.js';
import { over } from './over.js';

const format = 'scenarios';

/** A leader whose proposals are plain whenever this says so, and else as the switch has it; nothing asks for their form when they are appended. */
const plainWhen = (sound: Operations, when: (at: { readonly term: bigint; readonly caller: CallerClass | null; readonly led: number }) => boolean): Partial<Operations> => {
  const rules = { formIsDue: () => true };
  return {
    ...rules,
    openLeader: async (replica, prefix) => {
      const at: { term: bigint; caller: CallerClass | null; led: number } = { term: 0n, caller: null, led: 0 };
      const { sealing } = replica;
      const leader = await openLeader({ ...sound, ...rules }, over(replica, { sealing: over(sealing, { get on() { return sealing.on && !when(at); } }) }), prefix);
      return over(leader, {
        lead: (term) => {
          Object.assign(at, { term, led: at.led + 1 });
          return leader.lead(term);
        },
        propose: (caller, data) => {
          at.caller = caller;
          return leader.propose(caller, data);
        },
      });
    },
  };
};

export const leaderFormMutants: readonly Mutant[] = [
  {
    id: 'switches-where-the-call-ran', wrong: 'turns the switch on at step 5, where the call runs, and on no other node before its next start', clause: 'repair/switch-by-apply', format,
    replace: () => ({ switchAfterApply: (before) => before, switchAtStep5: () => true }),
    claims: [
      { check: 'append/second-cutover/sealed-without-its-caller', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'leader/after-the-cutover/switched-on-every-replica', answers: { result: 'ok' } },
      { check: 'snapshot/below-the-cutover/switched-by-log', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'switches-at-step-6', wrong: 'turns the switch on with the last step', clause: '6E-2/barrier-5-switch', format,
    replace: (sound) => {
      let last = false;
      return leading(sound, (leader, { sealing }) => ({
        step: async (call) => {
          const report = await leader.step(call);
          last = report.phase === 'idle';
          if (last) sealing.confirm();
          last = false;
          return report;
        },
      }), { switchAfterApply: (before) => before, switchAtStep5: (before) => before || last });
    },
    claims: [{ check: 'leader/switched-and-not-opened/switch-before-open', answers: { result: 'ok' } }],
  },
  {
    id: 'seals-behind-a-call', wrong: 'seals what it proposes once a call has begun on it, whatever became of the call', clause: '6E-2/wrap-switch', format,
    replace: (sound) => ({
      formIsDue: () => true,
      openLeader: async (replica, prefix) => {
        let begun = false;
        const { sealing } = replica;
        const leader = await openLeader({ ...sound, formIsDue: () => true }, over(replica, {
          sealing: over(sealing, { get on() { return begun || sealing.on; }, seal: (payload) => sealing.on ? sealing.seal(payload) : sealing.sealAnyway(payload) }),
        }), prefix);
        return over(leader, {
          begin: () => {
            begun = true;
            return leader.begin();
          },
        });
      },
    }),
    claims: [{ check: 'leader/during-the-hold/plain-still', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-registrations', wrong: 'proposes its own registration plain, also behind the cutover', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ caller }) => caller === 'registration'),
    claims: [
      { check: 'holes/h1/no-replica-halts', answers: { result: 'ok' } },
      { check: 'holes/h3/no-replica-halts', answers: { result: 'ok' } },
      { check: 'leader/after-the-cutover/registers-sealed-on-n2', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'plain-writes', wrong: 'proposes the writes of clients plain, also behind the cutover', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ caller }) => caller === 'client-write'),
    claims: [
      { check: 'leader/after-the-cutover/writes-sealed-on-n2', answers: { result: 'ok' } },
      { check: 'leader/applied-on-the-old-leader-alone/sealed-from-then-on', answers: { result: 'ok' } },
      { check: 'leader/committed-unknown-to-the-new-leader/sealed-from-then-on', answers: { result: 'ok' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/sealed-from-then-on', answers: { result: 'ok' } },
      { check: 'leader/re-elected-inside-the-call/sealed-behind-it', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'plain-writes-from-the-second-term-on', wrong: 'seals the writes of clients in the first term only', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => plainWhen(sound, ({ term, caller }) => term > 1n && caller === 'client-write'),
    claims: [{ check: 'snapshot/across-the-cutover/leads-and-seals', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-from-the-third-term-on', wrong: 'seals in the first two terms only', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ term }) => term > 2n),
    claims: [{ check: 'leader/after-the-cutover/registers-sealed-on-n3', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-writes-from-the-third-term-on', wrong: 'seals the writes of clients in the first two terms only', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ term, caller }) => term > 2n && caller === 'client-write'),
    claims: [
      { check: 'leader/after-the-cutover/writes-sealed-on-n3', answers: { result: 'ok' } },
      { check: 'leader/entry-in-the-old-log-alone/old-leader-seals', answers: { result: 'ok' } },
      { check: 'leader/switched-and-not-opened/sealed-when-it-leads-again', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'plain-when-it-leads-again', wrong: 'seals in the first term that it leads only', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ led }) => led > 1),
    claims: [{ check: 'leader/after-the-cutover/writes-sealed-when-it-leads-again', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-leases', wrong: 'proposes leases plain, also behind the cutover', clause: 'repair/append-rule', format,
    replace: (sound) => plainWhen(sound, ({ caller }) => caller === 'lease-renewal'),
    claims: [{ check: 'append/behind-an-unapplied-cutover/the-lease-goes-through', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-rotations', wrong: 'proposes rotations plain, also behind the cutover', clause: 'repair/append-rule', format,
    replace: (sound) => plainWhen(sound, ({ caller }) => caller === 'rotation'),
    claims: [
      { check: 'append/form-not-due/nothing-appended', answers: { result: 'ok' } },
      { check: 'append/rotated-key/rotation-is-sealed', answers: { result: 'ok' } },
    ],
  },
];
