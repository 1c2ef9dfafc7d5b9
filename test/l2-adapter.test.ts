/**
 * The reference at level L2, as a process that is spoken to over its stdin and stdout: it leads, takes and appends, runs the cutover step by
 * step, loses its term, dies on the way, and gives and takes snapshots. The dialogues of docs/leader.md are held with it word by word.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { snapshotHeader } from '../conformance/oracle/chain.js';
import { PURPOSES, request as requestPayload, rotation, SUB_TAGS } from '../conformance/oracle/entries.js';
import { packageRoot } from '../conformance/package-root.js';
import { LeaderAnswers } from '../conformance/protocol/coherence.js';
import { CALLERS, leaderOperations } from '../conformance/protocol/leader-operations.js';
import { helloReply } from '../conformance/protocol/messages.js';
import { isOperation, type LogEntryMessage, type OperationName } from '../conformance/protocol/operations.js';
import { Adapter, bootstrapPayload, entry, fault, greeted, home, N1, place, RAFT } from './adapter-process.js';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const request = (text: string): string => hexOf(requestPayload(text));
const write = (text: string): object => ({ source: 'client-write', data: request(text) });
const cutoverOf = (epoch: number): string =>
  hexOf(rotation({ subTag: SUB_TAGS.cutover, keyId: RAFT, purpose: PURPOSES.raft, wrapped: new Uint8Array(), proposer: { keyId: RAFT, node: N1, epoch } }));
/** The payload in the data of a proposal. */
const payloadOf = (data: unknown): string => String(data).slice(18);

const VIRTUAL = { disk: 'virtual', directory: 'n1', sync: true };

/** A node that leads in term 2 over a log that begins with the bootstrap, and has applied all of it. */
async function leading(profile = 'repaired', node = 'n1', ...args: string[]): Promise<Adapter> {
  const adapter = new Adapter(...args);
  await adapter.greet(home, profile);
  await lead(adapter, node);
  return adapter;
}

async function lead(adapter: Adapter, node = 'n1'): Promise<void> {
  await adapter.ok('open', { ...VIRTUAL, directory: node }, node);
  await adapter.ok('append', { entries: [entry(1, bootstrapPayload)] }, node);
  await adapter.ok('role', { is: 'leader', term: '2' }, node);
  await settle(adapter, '2', node);
}

/** Commits and applies up to an index. */
async function settle(adapter: Adapter, to: string, node = 'n1'): Promise<Record<string, unknown>> {
  await adapter.ok('commit', { to }, node);
  return adapter.ok('apply', {}, node);
}

/** Runs a call until it waits or ends; the answers, in their order. */
async function steps(adapter: Adapter, call: unknown): Promise<Record<string, unknown>[]> {
  const answers: Record<string, unknown>[] = [];
  do answers.push(await adapter.ok('cutover.step', { call }));
  while (answers.at(-1)?.waits === undefined && answers.at(-1)?.answer === undefined);
  return answers;
}

const ticketsOf = async (adapter: Adapter): Promise<unknown> =>
  ((await adapter.ok('state')).tickets as { ticket: string; state: string }[]).map(({ ticket, state }) => [ticket, state]);

// ── The guide ───────────────────────────────────────────────────────────────────────────────────────────────────

type Message = Readonly<Record<string, unknown>>;

/** The dialogues of the guide: requests with their replies. */
const dialogues = [...readFileSync(join(packageRoot(), 'docs/leader.md'), 'utf8').matchAll(/```text\n((?:→ .*\n← .*\n)+)```/g)]
  .map(([, text = '']) => text.trim().split('\n').map((line) => JSON.parse(line.slice(2)) as Message))
  .map((messages) => messages.flatMap((asked, at): [Message, Message][] => at % 2 === 0 ? [[asked, messages[at + 1] ?? {}]] : []));

/** What the guide leaves out stands there as `…`, and may be anything. */
function withoutOmissions(shown: unknown, said: unknown): unknown {
  if (shown === '…') return shown;
  if (Array.isArray(said)) return said.map((item, at) => withoutOmissions((shown as unknown[] | undefined)?.[at], item));
  if (typeof said !== 'object' || said === null) return said;
  return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, withoutOmissions((shown as Message | undefined)?.[name], value)]));
}

async function hold(t: ExecutionContext, adapter: Adapter, dialogue: readonly [Message, Message][], answers = new LeaderAnswers()): Promise<void> {
  for (const [{ op, args, node }, shown] of dialogue) {
    const said = { ...await adapter.ask(String(op), args as object, String(node)) } as Message & { refused?: object };
    if (said.refused !== undefined) delete (said.refused as { detail?: string }).detail;
    t.deepEqual({ ...withoutOmissions(shown, said) as object, id: shown['id'] }, shown, `${String(op)} ${JSON.stringify(args)}`);
    if (said['ok'] !== undefined && isOperation(String(op))) t.is(answers.problem(op as OperationName, args as Message, said['ok'] as Message), null);
  }
}

test('the dialogues of the guide are held as they stand there', async (t) => {
  const [led, cutOver] = dialogues;
  t.deepEqual([dialogues.length, led?.length, cutOver?.length], [2, 8, 12]);
  const { root, directory } = place();
  const first = await greeted(root);
  await first.ok('open', { disk: 'dir', directory, sync: false });
  await hold(t, first, led ?? []);
  await first.leave();

  const second = await leading();
  const answers = new LeaderAnswers();
  answers.logged(1n);
  t.is(answers.problem('role', { is: 'leader', term: '2' }, { entry: { index: '2', term: '2', type: 'normal', data: '' } }), null);
  await hold(t, second, cutOver ?? [], answers);
  await second.leave();
});

test('the guide names every operation of the level, and every state of a ticket', (t) => {
  const guide = readFileSync(join(packageRoot(), 'docs/leader.md'), 'utf8');
  t.deepEqual(Object.keys(leaderOperations).filter((name) => !guide.includes(`\`${name}\``) && !guide.includes(`${name.split('.')[1]}`)), []);
  for (const state of ['accepted', 'admitted', 'done', 'refused', 'cancelled', 'lost', 'unknown']) t.true(guide.includes(`\`${state}\``), state);
});

// ── Leading ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('a node follows until it is told to lead, and a term is led once', async (t) => {
  const adapter = await greeted(home);
  await adapter.ok('open', VIRTUAL);
  t.like(await adapter.ok('state'), { role: { is: 'follower', term: '0' }, gate: { users: 'open', admins: 'open' }, in_flight: 0, tickets: [] });
  for (const [op, args] of [['propose', write('early')], ['cutover.begin', {}], ['transfer', { to: 'n2' }]] as const) {
    t.like(await adapter.ask(op, args, 'n1'), { refused: { reasons: ['not-leader'] } }, op);
  }
  t.deepEqual(await adapter.ok('role', { is: 'leader', term: '3' }), { entry: { index: '1', term: '3', type: 'normal', data: '' } });
  t.like(await adapter.ask('role', { is: 'leader', term: '3' }, 'n1'), { refused: { reasons: ['term-old'] } });
  t.like(await adapter.ok('state'), { role: { is: 'leader', term: '3' }, log: { last: '1' } });
  t.deepEqual(await adapter.ok('role', { is: 'follower', term: '5' }), {});
  t.like(await adapter.ask('role', { is: 'leader', term: '4' }, 'n1'), { refused: { reasons: ['term-old'] } });
  t.like(await adapter.ok('state'), { role: { is: 'follower', term: '5' } });
  // What it led is gone with the start; what stands in its log is not.
  await adapter.ok('close');
  await adapter.ok('open', VIRTUAL);
  t.like(await adapter.ok('state'), { role: { is: 'follower', term: '0' }, log: { last: '1' } });
  t.like(await adapter.ask('role', { is: 'leader', term: '3' }, 'n1'), { refused: { reasons: ['term-old'] } });
  await adapter.leave();
});

test('a proposal of every class of callers is taken and appended plain below the cutover', async (t) => {
  const adapter = await leading();
  const sources = Object.keys(CALLERS).filter((source) => source !== 'registration');
  for (const source of sources) {
    const { ticket } = await adapter.ok('propose', { source, data: request(source) });
    const { data, term } = await adapter.ok('admit', { ticket });
    t.deepEqual([payloadOf(data), term], [request(source), '2'], source);
  }
  const { ticket } = await adapter.ok('propose', { source: 'registration' });
  t.regex(payloadOf((await adapter.ok('admit', { ticket })).data), /^03/);
  await adapter.leave();
});

test('tickets end as the table of the guide says', async (t) => {
  const adapter = await leading();
  const given = async (text: string): Promise<unknown> => (await adapter.ok('propose', write(text))).ticket;
  const [done, cancelled, waits, left, gone] = [await given('done'), await given('cancelled'), await given('waits'), await given('left'), await given('gone')];
  t.like(await adapter.ok('state'), { in_flight: 5 });
  for (const ticket of [done, left, gone]) await adapter.ok('admit', { ticket });
  await adapter.ok('cancel', { ticket: cancelled });
  t.like(await adapter.ask('admit', { ticket: cancelled }, 'n1'), { refused: { reasons: ['call-expired'] } });
  await adapter.ok('cancel', { ticket: left });
  await settle(adapter, '3');
  t.deepEqual(await ticketsOf(adapter), [[done, 'done'], [cancelled, 'cancelled'], [waits, 'accepted'], [left, 'unknown'], [gone, 'admitted']]);
  // Another leads, and its entries stand where two of ours stood: those whose callers went or were told stay what they are.
  await adapter.ok('role', { is: 'follower', term: '3' });
  t.deepEqual(await ticketsOf(adapter), [[done, 'done'], [cancelled, 'cancelled'], [waits, 'lost'], [left, 'unknown'], [gone, 'unknown']]);
  await adapter.ok('append', { entries: [{ ...entry(4, requestPayload('other')), term: '3' }, { ...entry(5, requestPayload('another')), term: '3' }] });
  await settle(adapter, '5');
  t.deepEqual(((await ticketsOf(adapter)) as string[][]).map(([, state]) => state), ['done', 'cancelled', 'lost', 'unknown', 'unknown']);
  await adapter.ok('cancel', { ticket: done });
  t.regex(fault(await adapter.ask('admit', { ticket: 'nobody' }, 'n1')), /nobody/);
  await adapter.leave();
});

test('a proposal is resolved by its own entry, with the refusal of the state machine', async (t) => {
  const adapter = await leading();
  const { ticket } = await adapter.ok('propose', { source: 'lease-renewal', data: '02ff' });
  await adapter.ok('admit', { ticket });
  await settle(adapter, '3');
  t.like((await adapter.ok('state')).tickets, [{ ticket, state: 'done', index: '3', refused: ['lease-length'] }]);
  await adapter.leave();
});

// ── The cutover ─────────────────────────────────────────────────────────────────────────────────────────────────

test('the six steps, each alone; behind them everything is sealed', async (t) => {
  const adapter = await leading();
  const waiting = (await adapter.ok('propose', write('waits'))).ticket;
  const { call, phase } = await adapter.ok('cutover.begin');
  t.is(phase, 'gated');
  t.like(await adapter.ok('state'), { gate: { users: 'closed', admins: 'open' }, in_flight: 1 });
  t.like(await adapter.ask('cutover.begin', {}, 'n1'), { refused: { reasons: ['cutover-in-progress'] } });
  t.deepEqual(await adapter.ok('cutover.step', { call }), { phase: 'gated', waits: 'drain' });
  await adapter.ok('admit', { ticket: waiting });
  t.deepEqual(await adapter.ok('cutover.step', { call }), { phase: 'drained' });
  const { entry: appended } = await adapter.ok('cutover.step', { call }) as { entry: LogEntryMessage };
  t.deepEqual([appended.index, appended.term, payloadOf(appended.data)], ['4', '2', cutoverOf(1)]);
  t.like(await adapter.ok('state'), { gate: { users: 'closed', admins: 'closed' }, cutover: '0', wrap: false });
  t.like(await adapter.ask('transfer', { to: 'n2' }, 'n1'), { refused: { reasons: ['cutover-in-progress'] } });
  t.deepEqual(await adapter.ok('cutover.step', { call }), { phase: 'proposed', waits: 'commit' });
  await adapter.ok('commit', { to: '4' });
  t.deepEqual(await adapter.ok('cutover.step', { call }), { phase: 'proposed', waits: 'apply' });
  await adapter.ok('apply');
  const told = { is: 'applied', index: '4', already: false };
  t.deepEqual(await steps(adapter, call), [{ phase: 'applied' }, { phase: 'switched' }, { phase: 'idle', answer: told }]);
  t.deepEqual(await adapter.ok('cutover.poll', { call }), { phase: 'idle', answer: told });
  t.like(await adapter.ok('state'), { gate: { users: 'open', admins: 'open' }, cutover: '4', wrap: true });
  t.like(await adapter.ok('cutover.begin'), { phase: 'idle', answer: { ...told, already: true } });
  const { ticket } = await adapter.ok('propose', write('sealed'));
  const sealed = payloadOf((await adapter.ok('admit', { ticket })).data);
  t.false(sealed.includes(request('sealed').slice(2)));
  t.regex(sealed, /^0100/);
  await settle(adapter, '5');
  t.like((await adapter.ok('state')).tickets, [{ ticket: waiting, state: 'done' }, { ticket, state: 'done' }]);
  t.deepEqual(await adapter.ok('transfer', { to: 'n2' }), {});
  await adapter.leave();
});

test('a caller that goes is told no before the append, and nothing certain behind it', async (t) => {
  const adapter = await leading();
  const early = (await adapter.ok('cutover.begin')).call;
  await adapter.ok('cutover.step', { call: early });
  const no = { phase: 'idle', answer: { is: 'not-appended', reasons: ['call-expired'] } };
  t.deepEqual(await adapter.ok('cutover.expire', { call: early }), no);
  t.deepEqual(await adapter.ok('cutover.poll', { call: early }), no);
  t.like(await adapter.ok('state'), { gate: { users: 'open' }, log: { last: '2' } });

  const held = (await adapter.ok('cutover.begin')).call;
  t.deepEqual(await adapter.ok('tick', { ms: 1000 }), {});
  t.like(await adapter.ok('cutover.poll', { call: held }), { phase: 'gated' });
  await adapter.ok('tick', { ms: 9000 });
  t.like(await adapter.ok('cutover.poll', { call: held }), { phase: 'idle', answer: { is: 'not-appended', reasons: ['hold-expired'] } });

  const late = (await adapter.ok('cutover.begin')).call;
  t.like((await steps(adapter, late)).at(-1), { phase: 'proposed', waits: 'commit' });
  t.deepEqual(await adapter.ok('cutover.expire', { call: late }), { phase: 'proposed', answer: { is: 'unknown' } });
  await settle(adapter, '3');
  t.deepEqual((await steps(adapter, late)).at(-1)?.answer, { is: 'unknown' });
  t.like(await adapter.ok('cutover.begin'), { phase: 'idle', answer: { is: 'applied', index: '3', already: true } });
  t.regex(fault(await adapter.ask('cutover.poll', { call: 'nobody' }, 'n1')), /nobody/);
  await adapter.leave();
});

test('with the term a call ends, and its answer is honest under the repair rules alone', async (t) => {
  for (const [profile, is] of [['repaired', 'unknown'], ['proposal', 'not-appended']] as const) {
    const adapter = await leading(profile);
    const { call } = await adapter.ok('cutover.begin');
    await adapter.ok('cutover.step', { call });
    t.like(await adapter.ok('cutover.step', { call }), { phase: 'proposed' });
    await adapter.ok('role', { is: 'follower', term: '3' });
    t.like(await adapter.ok('cutover.poll', { call }), { phase: 'idle', answer: { is } }, profile);
    await adapter.leave();
  }
});

test('a replica that halts leads no more, and resolves nothing as done', async (t) => {
  const adapter = await leading();
  const { call } = await adapter.ok('cutover.begin');
  const { ticket } = await adapter.ok('propose', { source: 'rotation', data: '0501ff' });
  await adapter.ok('admit', { ticket });
  await adapter.ok('commit', { to: '3' });
  t.like(await adapter.ask('apply', {}, 'n1'), { halted: { index: '3' } });
  t.like(await adapter.ok('state'), { role: { is: 'follower' }, tickets: [{ ticket, state: 'unknown' }] });
  for (const [op, args] of [['role', { is: 'leader', term: '9' }], ['propose', write('late')], ['admit', { ticket }], ['cutover.begin', {}], ['snapshot.take', {}]] as const) {
    t.like(await adapter.ask(op, args, 'n1'), { refused: { reasons: ['replica-halted'] } }, op);
  }
  const ended = await adapter.ok('cutover.poll', { call }) as { phase: string; answer: { is: string; reasons: string[] } };
  t.like(ended, { phase: 'idle', answer: { is: 'not-appended' } });
  t.deepEqual(await adapter.ok('cutover.step', { call }), ended);
  await adapter.leave();
});

// ── Crashes ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('a process dies while its leader appends; the entry is there or it is not, and the node follows', async (t) => {
  const { root, directory } = place();
  const opening = { disk: 'dir', directory, sync: true };
  const first = await greeted(root);
  await first.ok('open', opening);
  await first.ok('role', { is: 'leader', term: '1' });
  const { ticket } = await first.ok('propose', write('dies'));
  await first.ok('crash.arm', { point: 'log.appended', nth: 1 });
  t.is(await first.ask('admit', { ticket }, 'n1'), null);
  const second = await greeted(root);
  await second.ok('open', opening);
  t.like(await second.ok('state'), { role: { is: 'follower', term: '0' }, tickets: [], log: { last: '2' } });
  await second.leave();
});

test('on a virtual disk a node dies in role, admit and cutover.step, and each names of a later start is new', async (t) => {
  const adapter = await leading();
  const call = (await adapter.ok('cutover.begin')).call;
  await adapter.ok('cutover.step', { call });
  await adapter.ok('crash.arm', { point: 'log.appended', nth: 1, power: true });
  t.deepEqual(await adapter.ok('cutover.step', { call }), { crashed: 'log.appended' });
  t.regex(fault(await adapter.ask('cutover.poll', { call }, 'n1')), /not open/);
  await adapter.ok('open', VIRTUAL);
  // The cutover entry is durable, and stands unapplied: whoever leads next knows of it.
  t.like(await adapter.ok('state'), { log: { last: '3' }, gate: { users: 'closed', admins: 'closed' } });
  await adapter.ok('crash.arm', { point: 'log.appended', nth: 1 });
  t.deepEqual(await adapter.ok('role', { is: 'leader', term: '3' }), { crashed: 'log.appended' });
  await adapter.ok('open', VIRTUAL);
  await adapter.ok('role', { is: 'leader', term: '4' });
  t.like(await adapter.ask('cutover.begin', {}, 'n1'), { refused: { reasons: ['cutover-in-progress'] } });
  await settle(adapter, '5');
  const again = await adapter.ok('cutover.begin');
  t.like(again, { phase: 'idle', answer: { is: 'applied', index: '3', already: true } });
  t.not(again.call, call);
  await adapter.leave();
});

// ── Snapshots ───────────────────────────────────────────────────────────────────────────────────────────────────

test('a fresh node takes over the snapshot of another across the cutover, and goes on from there', async (t) => {
  const adapter = await leading();
  const { call } = await adapter.ok('cutover.begin');
  await steps(adapter, call);
  await settle(adapter, '3');
  await steps(adapter, call);
  const { ticket } = await adapter.ok('propose', write('sealed'));
  const { data } = await adapter.ok('admit', { ticket });
  await settle(adapter, '4');
  const snapshot = await adapter.ok('snapshot.take');
  t.like(snapshot, { index: '4', term: '2' });
  t.true(String(snapshot.data).startsWith(hexOf(snapshotHeader(0n, 3n))));
  const state = await adapter.ok('state');

  // A node that knows the keys from an earlier life takes it; one without them does not.
  const behind = { ...VIRTUAL, directory: 'n2' };
  await adapter.ok('open', behind, 'n2');
  t.like(await adapter.ask('snapshot.install', snapshot, 'n2'), { refused: { reasons: ['snapshot-key-missing'] } });
  await adapter.ok('append', { entries: [entry(1, bootstrapPayload)] }, 'n2');
  await settle(adapter, '1', 'n2');
  const cut = { ...snapshot, data: String(snapshot.data).slice(0, -2) };
  t.like(await adapter.ask('snapshot.install', cut, 'n2'), { refused: { reasons: ['snapshot-body'] } });
  t.like(await adapter.ok('state', {}, 'n2'), { applied: '1', cutover: '0', log: { first: '1', last: '1' } });
  t.deepEqual(await adapter.ok('snapshot.install', snapshot, 'n2'), { applied: '4' });
  t.like(await adapter.ok('state', {}, 'n2'), { applied: '4', cutover: '3', wrap: true, chain: state.chain, log: { first: '5', last: '4' } });
  t.like(await adapter.ask('snapshot.install', snapshot, 'n2'), { refused: { reasons: ['snapshot-old'] } });
  const next = (await adapter.ok('propose', write('next'))).ticket;
  const entered = await adapter.ok('admit', { ticket: next });
  await settle(adapter, '5');
  await adapter.ok('append', { entries: [{ ...entered, type: 'normal' }] }, 'n2');
  await settle(adapter, '5', 'n2');
  t.is((await adapter.ok('state', {}, 'n2')).chain, (await adapter.ok('state')).chain);
  t.not(data, entered.data);
  await adapter.leave();
});

test('a crash at every passage of an install leaves the node as before or as after it', async (t) => {
  const adapter = await leading();
  const { call } = await adapter.ok('cutover.begin');
  await steps(adapter, call);
  await settle(adapter, '3');
  const snapshot = await adapter.ok('snapshot.take');
  const { crashPoints } = helloReply.parse(await greeting());
  const seen = new Set<string>();
  for (const power of [false, true]) {
    for (const point of crashPoints) {
      for (let nth = 1, node = 10; ; nth += 1, node += 1) {
        const id = `n${node}-${point}-${power}`;
        await adapter.ok('open', { ...VIRTUAL, directory: id }, id);
        await adapter.ok('append', { entries: [entry(1, bootstrapPayload)] }, id);
        await settle(adapter, '1', id);
        await adapter.ok('crash.arm', { point, nth, power }, id);
        const answer = await adapter.ok('snapshot.install', snapshot, id);
        if (answer.crashed === undefined) break;
        seen.add(point);
        await adapter.ok('open', { ...VIRTUAL, directory: id }, id);
        const { applied, cutover, log } = await adapter.ok('state', {}, id);
        const after = JSON.stringify([applied, cutover, log]);
        t.true(['["1","0",{"first":"1","last":"1","commit":"0"}]', '["3","3",{"first":"4","last":"3","commit":"0"}]', '["3","3",{"first":"4","last":"3","commit":"3"}]'].includes(after), `${id} ${nth}: ${after}`);
        if (applied === '1') await adapter.ok('snapshot.install', snapshot, id);
        t.like(await adapter.ok('state', {}, id), { applied: '3', cutover: '3', wrap: true });
      }
    }
  }
  for (const point of ['fsm.batch-written', 'sidecar.renamed', 'log.cut']) t.true(seen.has(point), point);
  await adapter.leave();

  async function greeting(): Promise<unknown> {
    const other = new Adapter();
    const hello = await other.greet(home);
    await other.leave();
    return hello;
  }
});
