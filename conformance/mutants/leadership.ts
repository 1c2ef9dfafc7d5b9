/** Mutants of a change of leader: who leads, what of a term goes on in the next, and what a call is told behind it. */
import { basename } from 'node:path';
import { refuse } from '../../src/base/errors.js';
import type { RaftIndex } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import type { CallReport } from '../../src/node/cutover-calls.js';
import { openLeader, type Leader } from '../../src/node/leader.js';
import type { Store, StoreChange } from '../../src/ports/store.js';
import { instead, leading } from './leading.js';
import type { Mutant } from './mutant.js';
import { over, starting } from './over.js';

const format = 'scenarios';

const busy = (): never => refuse('cutover-in-progress', { clause: 'repair/gate', field: 'gate', expected: 'an open one', got: 'a closed one' });

/** The log of a node takes what it is given, unless this refuses it. */
const appending = (sound: Operations, look: (type: 'normal' | 'conf-change', unapplied: boolean) => void): Partial<Operations> => starting(sound, (started) => {
  const { log, machine } = started;
  return {
    ...started,
    log: over(log, {
      append: (entries, fixed, sync) => {
        for (const { type } of entries) look(type, machine.applied < log.last);
        return log.append(entries, fixed, sync);
      },
    }),
  };
});

/** A leader whose proposals are plain or not as the switch has it, or plain whenever this says so; and nothing asks for their form when they are appended. */
const plainWhen = (sound: Operations, when: (at: { readonly term: bigint; readonly caller: string; readonly led: number }) => boolean): Partial<Operations> => {
  const rules = { formIsDue: () => true };
  return {
    ...rules,
    openLeader: async (replica, prefix) => {
      const at = { term: 0n, caller: '', led: 0 };
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

/** What a leader is told of cutover entries in its log: none of those that it has not appended itself. */
const knowingItsOwn = (sound: Operations): Partial<Operations> => ({
  openLeader: (replica, prefix) => openLeader(sound, over(replica, {
    unapplied: async function* () { /* none */ },
    watch: (watcher) => { replica.watch(over(watcher, { appended: (entries) => { if ((watcher as Leader).state().role === 'leader') watcher.appended(entries); } })); },
  }), prefix),
});

/** A store that writes what it is given when it is read, or closed. */
function lateStore(store: Store): Store {
  let late: readonly StoreChange[] = [];
  const write = async (): Promise<void> => {
    const changes = late;
    late = [];
    if (changes.length > 0) await store.batch(changes, { sync: true });
  };
  return {
    get: (key) => late.findLast((change) => Buffer.compare(change.key, key) === 0)?.value ?? store.get(key),
    rows: async (from, to) => {
      await write();
      return await store.rows(from, to);
    },
    batch: (changes) => {
      late = [...late, ...changes];
      return Promise.resolve();
    },
    close: async () => {
      await write();
      await store.close();
    },
  };
}

export const leadershipMutants: readonly Mutant[] = [
  {
    id: 'empty-entry-by-the-rule', wrong: 'asks the rule of the append of the empty entry of a term too, and does not lead', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({ lead: (term) => leader.state().gate.admins ? leader.lead(term) : busy() })),
    claims: [{ check: 'append/what-is-free/empty-behind-unapplied', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'membership-by-the-rule', wrong: 'takes no membership change of the raft core while entries stand unapplied', clause: 'base/log-append', format,
    replace: (sound) => appending(sound, (type, unapplied) => { if (type === 'conf-change' && unapplied) busy(); }),
    claims: [{ check: 'append/what-is-free/membership-behind-unapplied', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'leads-in-a-term-of-the-past', wrong: 'leads in a term that is over', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader, replica) => ({
      lead: (term) => instead('term-old', () => leader.lead(term), async () => {
        const entry = { index: replica.last + 1n as RaftIndex, term, type: 'normal' as const, data: new Uint8Array() };
        await replica.append([entry]);
        return entry;
      }),
    })),
    claims: [{ check: 'leader/before-the-call/term-of-the-past', answers: { result: 'ok' } }],
  },
  {
    id: 'leads-for-ever', wrong: 'goes on as a leader when it is told that it leads no more', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, () => ({ follow: () => Promise.resolve() })),
    claims: [{ check: 'leader/before-the-call/no-call-on-a-follower', answers: { result: 'ok' } }],
  },
  {
    id: 'own-cutover-entries-alone', wrong: 'knows of no cutover entry in its log but those that it has appended itself in this load', clause: 'repair/append-rule', format,
    replace: knowingItsOwn,
    claims: [{ check: 'append/behind-an-unapplied-cutover/nothing-is-appended', answers: { result: 'ok' } }],
  },
  {
    id: 'gate-is-the-hold-alone', wrong: 'has no gate but the hold of a call', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: () => false, mayBegin: ({ held }) => !held }),
    claims: [{ check: 'leader/re-elected-inside-the-call/closed-by-its-own-entry', answers: { result: 'ok' } }],
  },
  {
    id: 'new-leader-takes-admins', wrong: 'takes registrations behind an unapplied cutover entry, in a term of which it has applied nothing', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: (tag) => tag === 'user', mayWrapInTerm: () => true }),
    claims: [{ check: 'leader/applied-on-the-old-leader-alone/admins-wait', answers: { result: 'ok' } }],
  },
  {
    id: 'opens-at-step-6-alone', wrong: 'holds users behind an unapplied cutover entry until a call of its own has come to its last step', clause: 'repair/gate', format,
    replace: (sound) => leading(sound, (leader) => {
      let closed = false;
      const look = (): void => { closed ||= !leader.state().gate.admins; };
      return {
        step: async (call) => {
          const report = await leader.step(call);
          look();
          if (report.phase === 'idle') closed = false;
          return report;
        },
        propose: (caller, data) => {
          look();
          return closed && sound.sourceTag(caller) === 'user' ? busy() : leader.propose(caller, data);
        },
      };
    }),
    claims: [{ check: 'leader/applied-on-the-old-leader-alone/users-go-on', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'closed-until-the-next-start', wrong: 'keeps its gate closed for good when a term ends in which a call held it', clause: 'repair/gate', format,
    replace: (sound) => leading(sound, (leader) => {
      let closed = false;
      return {
        follow: (term) => {
          const { role, gate } = leader.state();
          closed ||= role === 'leader' && !gate.users && gate.admins;
          return leader.follow(term);
        },
        propose: (caller, data) => closed && sound.sourceTag(caller) === 'user' ? busy() : leader.propose(caller, data),
      };
    }),
    claims: [{ check: 'leader/during-the-hold/open-again', answers: { result: 'refused', reason: 'cutover-in-progress' } }],
  },
  {
    id: 'holds-from-step-2-on', wrong: 'closes the gate when the drain has ended, and not before it', clause: '6E-2/barrier-1-block', format,
    replace: (sound) => {
      let drained = false;
      return leading(sound, (leader) => ({
        begin: () => {
          drained = false;
          return leader.begin();
        },
        step: async (call) => {
          const report = await leader.step(call);
          drained ||= report.phase !== 'gated';
          return report;
        },
      }), { holdStops: (tag) => drained && tag === 'user' });
    },
    claims: [{ check: 'leader/during-the-hold/held', answers: { result: 'ok' } }],
  },
  {
    id: 'term-lost-means-not-appended', wrong: 'says "not appended" when the term is lost, also behind the append', clause: 'repair/honest-outcomes', format,
    replace: (sound) => ({ fateOfCall: (end, appended) => end === 'term-lost' ? 'not-appended' : sound.fateOfCall(end, appended) }),
    claims: [{ check: 'leader/entry-in-the-old-log-alone/fate-unknown', answers: { result: 'ok' } }],
  },
  {
    id: 'caller-gone-means-not-appended', wrong: 'says "not appended" when the caller goes, also behind the append', clause: 'repair/honest-outcomes', format,
    replace: (sound) => ({ fateOfCall: (end, appended) => end === 'expired' ? 'not-appended' : sound.fateOfCall(end, appended) }),
    claims: [{ check: 'append/second-cutover/caller-gone-behind-the-append', answers: { result: 'ok' } }],
  },
  {
    id: 'unknown-before-the-append', wrong: 'says "unknown" of a call that never came to its append', clause: 'repair/honest-outcomes', format,
    replace: () => ({ fateOfCall: () => 'unknown' }),
    claims: [{ check: 'leader/during-the-hold/not-appended', answers: { result: 'ok' } }],
  },
  {
    id: 'finds-it-as-its-own', wrong: 'answers a call that finds a recorded cutover as if it had recorded it', clause: 'repair/honest-outcomes', format,
    replace: (sound) => leading(sound, (leader) => {
      const own = <R extends CallReport>(report: R): R => report.answer?.is === 'applied' ? { ...report, answer: { ...report.answer, already: false } } : report;
      return { begin: async () => own(await leader.begin()), step: async (call) => own(await leader.step(call)), poll: async (call) => own(await leader.poll(call)) };
    }),
    claims: [{ check: 'leader/applied-on-the-old-leader-alone/retry-finds-it', answers: { result: 'ok' } }],
  },
  {
    id: 'ends-as-if-found', wrong: 'answers a call that has cut over as if it had found the cutover recorded', clause: '6E-2/barrier-6-open', format,
    replace: (sound) => leading(sound, (leader) => {
      const found = <R extends CallReport>(report: R): R => report.answer?.is === 'applied' ? { ...report, answer: { ...report.answer, already: true } } : report;
      return { step: async (call) => found(await leader.step(call)), poll: async (call) => found(await leader.poll(call)) };
    }),
    claims: [{ check: 'leader/after-the-cutover/done', answers: { result: 'ok' } }],
  },
  {
    id: 'switches-where-the-call-ran', wrong: 'turns the switch on at step 5, where the call runs, and on no other node before its next start', clause: 'repair/switch-by-apply', format,
    replace: () => ({ switchAfterApply: (before) => before, switchAtStep5: () => true }),
    claims: [{ check: 'leader/after-the-cutover/switched-on-every-replica', answers: { result: 'ok' } }],
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
    id: 'switches-at-the-append', wrong: 'turns the switch on when it appends the cutover entry', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => leading(sound, (leader, { sealing }) => ({
      step: async (call) => {
        const report = await leader.step(call);
        if (report.entry !== null) sealing.confirm();
        return report;
      },
    }), { switchAtStep5: () => true }),
    claims: [{ check: 'leader/entry-in-the-old-log-alone/overwritten-without-trace', answers: { result: 'ok' } }],
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
    claims: [{ check: 'leader/after-the-cutover/registers-sealed-on-n2', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-writes', wrong: 'proposes the writes of clients plain, also behind the cutover', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ caller }) => caller === 'client-write'),
    claims: [{ check: 'leader/after-the-cutover/writes-sealed-on-n2', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-from-the-third-term-on', wrong: 'seals in the first two terms only', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ term }) => term > 2n),
    claims: [{ check: 'leader/after-the-cutover/registers-sealed-on-n3', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-writes-from-the-third-term-on', wrong: 'seals the writes of clients in the first two terms only', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ term, caller }) => term > 2n && caller === 'client-write'),
    claims: [{ check: 'leader/after-the-cutover/writes-sealed-on-n3', answers: { result: 'ok' } }],
  },
  {
    id: 'plain-when-it-leads-again', wrong: 'seals in the first term that it leads only', clause: 'repair/switch-by-apply', format,
    replace: (sound) => plainWhen(sound, ({ led }) => led > 1),
    claims: [{ check: 'leader/after-the-cutover/writes-sealed-when-it-leads-again', answers: { result: 'ok' } }],
  },
  {
    id: 'log-written-when-it-is-read', wrong: 'keeps what is appended in memory until somebody reads its log', clause: 'base/log-append', format,
    replace: (sound) => ({
      startReplica: (ports, options) => sound.startReplica({
        ...ports,
        openStore: async (path) => {
          const store = await ports.openStore(path);
          return basename(path) === 'log' ? lateStore(store) : store;
        },
      }, options),
    }),
    claims: [{ check: 'leader/crashed-behind-the-append/entry-is-still-there', answers: { result: 'ok' } }],
  },
];
