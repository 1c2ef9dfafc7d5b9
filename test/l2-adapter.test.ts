/**
 * The reference at level L2, as a process that is spoken to over its stdin and stdout: it leads, takes and appends, runs the cutover step by
 * step, loses its term, dies on the way, and gives and takes snapshots. The dialogues of docs/leader.md are held with it word by word.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { snapshotHeader } from '../conformance/oracle/chain.js';
import { PURPOSES, request as requestPayload, rotation, SUB_TAGS } from '../conformance/oracle/entries.js';
import { packageRoot } from '../conformance/package-root.js';
import { LeaderAnswers } from '../conformance/protocol/coherence.js';
import { CALLERS, leaderOperations } from '../conformance/protocol/leader-operations.js';
import { isOperation, operations, type LogEntryMessage, type OperationName } from '../conformance/protocol/operations.js';
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

async function hold(t: ExecutionContext, adapter: Adapter, dialogue: readonly [Message, Message][]): Promise<void> {
  const answers = new LeaderAnswers();
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

  const second = await greeted(home);
  await second.ok('open', VIRTUAL);
  await second.ok('append', { entries: [entry(1, bootstrapPayload)] });
  await second.ok('role', { is: 'leader', term: '2' });
  await settle(second, '2');
  await hold(t, second, cutOver ?? []);
  await second.leave();
});

test('the guide names every operation of the level, and every state of a ticket', (t) => {
  const guide = readFileSync(join(packageRoot(), 'docs/leader.md'), 'utf8');
  t.deepEqual(Object.keys(leaderOperations).filter((name) => !guide.includes(`\`${name}\``) && !guide.includes(`${name.split('.')[1]}`)), []);
  for (const state of ['accepted', 'admitted', 'done', 'refused', 'cancelled', 'lost', 'unknown']) t.true(guide.includes(`\`${state}\``), state);
});
