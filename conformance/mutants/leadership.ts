/** Mutants of a change of leader: who leads, what of a term goes on in the next, and what a call is told behind it. */
import { isCutoverEntry } from '../../src/6E-1/cutover-entry.js';
import { refuse } from '../../src/base/errors.js';
import type { RaftIndex } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import type { CallReport } from '../../src/node/cutover-calls.js';
import { openLeader, type Leader } from '../../src/node/leader.js';
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

/** What a leader is told of cutover entries in its log: none of those that it has not appended itself. */
const knowingItsOwn = (sound: Operations): Partial<Operations> => ({
  openLeader: (replica, prefix) => openLeader(sound, over(replica, {
    unapplied: async function* () { /* none */ },
    watch: (watcher) => { replica.watch(over(watcher, { appended: (entries) => { if ((watcher as Leader).state().role === 'leader') watcher.appended(entries); } })); },
  }), prefix),
});

export const leadershipMutants: readonly Mutant[] = [
  {
    id: 'empty-entry-by-the-rule', wrong: 'asks the rule of the append of the empty entry of a term too, and does not lead', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({ lead: (term) => leader.state().gate.admins ? leader.lead(term) : busy() })),
    claims: [
      { check: 'append/behind-an-unapplied-cutover/behind-the-cutover-entry', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'append/what-is-free/empty-behind-unapplied', answers: { result: 'refused', reason: 'cutover-in-progress' } },
    ],
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
    replace: (sound) => leading(sound, (leader) => {
      // It appends nothing more: that it would be told at once.
      let told = false;
      return {
        lead: (term) => {
          told = false;
          return leader.lead(term);
        },
        follow: () => {
          told = true;
          return Promise.resolve();
        },
        admit: (name) => told ? refuse('not-leader', { clause: 'base/leader-role', field: 'role', expected: 'leader', got: 'follower' }) : leader.admit(name),
        step: async (call) => told ? { ...await leader.poll(call), waits: 'leadership', entry: null } : await leader.step(call),
      };
    }),
    claims: [
      { check: 'leader/before-the-call/no-call-on-a-follower', answers: { result: 'ok' } },
      { check: 'leader/before-the-call/no-proposal-on-a-follower', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'leader/before-the-call/no-transfer-on-a-follower', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'own-cutover-entries-alone', wrong: 'knows of no cutover entry in its log but those that it has appended itself in this load', clause: 'repair/append-rule', format,
    replace: knowingItsOwn,
    claims: [
      { check: 'append/behind-an-unapplied-cutover/nothing-is-appended', answers: { result: 'ok' } },
      { check: 'holes/h2/no-replica-halts', answers: { result: 'ok' } },
      { check: 'leader/crashed-behind-the-append/applied-everywhere', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'gate-is-the-hold-alone', wrong: 'has no gate but the hold of a call', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: () => false, mayBegin: ({ held }) => !held }),
    claims: [
      { check: 'append/second-cutover/refused-while-unapplied', answers: { result: 'ok' } },
      { check: 'leader/applied-on-the-old-leader-alone/calls-wait', answers: { result: 'ok' } },
      { check: 'leader/applied-on-the-old-leader-alone/gate-closed', answers: { result: 'ok' } },
      { check: 'leader/applied-on-the-old-leader-alone/users-wait', answers: { result: 'ok' } },
      { check: 'leader/committed-unknown-to-the-new-leader/calls-wait', answers: { result: 'ok' } },
      { check: 'leader/committed-unknown-to-the-new-leader/gate-closed', answers: { result: 'ok' } },
      { check: 'leader/committed-unknown-to-the-new-leader/users-wait', answers: { result: 'ok' } },
      { check: 'leader/crashed-behind-the-append/gate-read-off-the-log', answers: { result: 'ok' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/calls-wait', answers: { result: 'ok' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/gate-closed', answers: { result: 'ok' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/users-wait', answers: { result: 'ok' } },
      { check: 'leader/re-elected-inside-the-call/closed-by-its-own-entry', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'new-leader-takes-admins', wrong: 'takes registrations behind an unapplied cutover entry, in a term of which it has applied nothing', clause: 'repair/gate', format,
    replace: () => ({ pendingStops: (tag) => tag === 'user', mayWrapInTerm: () => true }),
    claims: [
      { check: 'leader/applied-on-the-old-leader-alone/admins-wait', answers: { result: 'ok' } },
      { check: 'leader/committed-unknown-to-the-new-leader/admins-wait', answers: { result: 'ok' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/admins-wait', answers: { result: 'ok' } },
    ],
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
    claims: [
      { check: 'append/second-cutover/open-without-its-caller', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'leader/applied-on-the-old-leader-alone/users-go-on', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'leader/committed-unknown-to-the-new-leader/users-go-on', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'leader/entry-in-the-old-log-alone/old-leader-is-open', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/users-go-on', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'leader/re-elected-inside-the-call/open-behind-it', answers: { result: 'refused', reason: 'cutover-in-progress' } },
      { check: 'leader/switched-and-not-opened/open-when-it-leads-again', answers: { result: 'refused', reason: 'cutover-in-progress' } },
    ],
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
    claims: [
      { check: 'leader/entry-in-the-old-log-alone/answer-stays', answers: { result: 'ok' } },
      { check: 'leader/entry-in-the-old-log-alone/fate-unknown', answers: { result: 'ok' } },
      { check: 'leader/re-elected-inside-the-call/first-answer-stays', answers: { result: 'ok' } },
      { check: 'leader/switched-and-not-opened/applied-or-unknown', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'caller-gone-means-not-appended', wrong: 'says "not appended" when the caller goes, also behind the append', clause: 'repair/honest-outcomes', format,
    replace: (sound) => ({ fateOfCall: (end, appended) => end === 'expired' ? 'not-appended' : sound.fateOfCall(end, appended) }),
    claims: [{ check: 'append/second-cutover/caller-gone-behind-the-append', answers: { result: 'ok' } }],
  },
  {
    id: 'unknown-before-the-append', wrong: 'says "unknown" of a call that never came to its append', clause: 'repair/honest-outcomes', format,
    replace: () => ({ fateOfCall: () => 'unknown' }),
    claims: [
      { check: 'leader/during-the-hold/first-stays', answers: { result: 'ok' } },
      { check: 'leader/during-the-hold/not-appended', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'finds-it-as-its-own', wrong: 'answers a call that finds a recorded cutover as if it had recorded it', clause: 'repair/honest-outcomes', format,
    replace: (sound) => leading(sound, (leader) => {
      const own = <R extends CallReport>(report: R): R => report.answer?.is === 'applied' ? { ...report, answer: { ...report.answer, already: false } } : report;
      return { begin: async () => own(await leader.begin()), step: async (call) => own(await leader.step(call)), poll: async (call) => own(await leader.poll(call)) };
    }),
    claims: [
      { check: 'append/second-cutover/answered-when-applied', answers: { result: 'ok' } },
      { check: 'leader/applied-on-the-old-leader-alone/retry-finds-it', answers: { result: 'ok' } },
      { check: 'leader/committed-unknown-to-the-new-leader/retry-finds-it', answers: { result: 'ok' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/retry-finds-it', answers: { result: 'ok' } },
      { check: 'leader/re-elected-inside-the-call/retry-answers', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'ends-as-if-found', wrong: 'answers a call that has cut over as if it had found the cutover recorded', clause: '6E-2/barrier-6-open', format,
    replace: (sound) => leading(sound, (leader) => {
      const found = <R extends CallReport>(report: R): R => report.answer?.is === 'applied' ? { ...report, answer: { ...report.answer, already: true } } : report;
      return { step: async (call) => found(await leader.step(call)), poll: async (call) => found(await leader.poll(call)) };
    }),
    claims: [
      { check: 'leader/after-the-cutover/done', answers: { result: 'ok' } },
      { check: 'leader/before-the-call/next-leader-cuts-over', answers: { result: 'ok' } },
      { check: 'leader/during-the-hold/another-call-succeeds', answers: { result: 'ok' } },
      { check: 'leader/entry-in-the-old-log-alone/retried-elsewhere', answers: { result: 'ok' } },
      { check: 'milestones/whole-cutover/comes-to-its-end', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'recorded-from-the-log', wrong: 'takes a cutover entry that it finds in its log at a start for a recorded cutover', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => ({
      startReplica: async (ports, options) => {
        const started = await sound.startReplica(ports, options);
        for await (const entries of started.log.entries(started.machine.applied + 1n as RaftIndex, started.log.last)) {
          const found = entries.find((entry) => isCutoverEntry(sound, entry));
          if (found !== undefined && started.cutover === 0n) return { ...started, cutover: found.index };
        }
        return started;
      },
    }),
    claims: [{ check: 'leader/crashed-behind-the-append/not-recorded-by-a-start', answers: { result: 'ok' } }],
  },
];
