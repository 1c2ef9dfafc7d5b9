/**
 * The puppet: an adapter that misbehaves on command, to try the runner with.
 *
 * `puppet.js --misbehave KIND --at FORMAT/GROUP|NODE [--pids FILE]`. It answers rightly, by looking the input up in the
 * published vectors of one small format and with nodes that know plain entries and can lead, except where it is told to misbehave. It
 * appends the ids of the processes that it is and makes to FILE, so that one can see afterwards whether any of them was left
 * behind.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../package-root.js';
import type { Request } from '../protocol/messages.js';
import { CRASH_STATUS } from '../protocol/operations.js';
import { expandInput } from '../vectors/expand.js';
import type { VectorFile } from '../vectors/schema.js';
import { isAtLeader, isAtNode, isMisbehaviour, type AtNode, type AtVector } from './misbehaviours.js';
import { misbehaveAtLeader, PuppetLeader } from './puppet-leader.js';
import { PUPPET_POINT, PuppetNode } from './puppet-node.js';

const FORMAT = 'proposal-envelope';

// ── Knowing the right answers ───────────────────────────────────────────────────────────────────────────────────

/** A long output is published by its ends alone; zeros between them are as right as what stood there. */
function written(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('head' in value) || !('length' in value)) return value;
  const { head, length, tail = '' } = value as { head: string; length: number; tail?: string };
  return head + '00'.repeat(length - (head.length + tail.length) / 2) + tail;
}

const outputs = (observed: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(expandInput(observed)).map(([name, value]) => [name, written(value)]));

const keyOf = (group: string, input: Readonly<Record<string, unknown>>): string => `${group} ${JSON.stringify(Object.entries(input).sort())}`;

/** Input to right answer, of every judged case of the format. */
function knownAnswers(): ReadonlyMap<string, object> {
  const files = ['golden', 'own'].map((folder) => join(packageRoot(), 'conformance/vectors', folder, `${FORMAT}.json`)).filter((path) => existsSync(path));
  const groups = files.flatMap((path) => (JSON.parse(readFileSync(path, 'utf8')) as VectorFile).groups);
  return new Map(groups.flatMap((group) => group.cases.flatMap((each): [string, object][] => {
    if (each.sort !== 'normative') return [];
    const { result, reasons, reasons_any_of: anyOf, observed = {} } = each.expect;
    return [[keyOf(group.id, expandInput(each.input)), { result, reasons: reasons ?? anyOf?.[0] ?? [], observed: outputs(observed) }]];
  })));
}

// ── Misbehaving ─────────────────────────────────────────────────────────────────────────────────────────────────

const { values } = parseArgs({ options: { misbehave: { type: 'string', default: '' }, at: { type: 'string', default: '' }, pids: { type: 'string' } } });
const kind = isMisbehaviour(values.misbehave) ? values.misbehave : undefined;
const noted = (pid: number | undefined): void => { if (values.pids !== undefined && pid !== undefined) appendFileSync(values.pids, `${pid}\n`); };
const write = (text: string | Uint8Array): void => { process.stdout.write(text); };
/** Holds the process for ever: only a signal ends it. */
const stay = (): Promise<never> => new Promise(() => { setInterval(() => undefined, 60_000); });
const line = (message: object): string => `${JSON.stringify(message)}\n`;

/** Writes so many blocks, no faster than they are read. */
async function flood(stream: NodeJS.WriteStream, block: string, blocks: number): Promise<void> {
  for (let left = blocks; left > 0; left -= 1) {
    if (!stream.write(block)) await once(stream, 'drain');
  }
}

const KIB_OF_LOG = `${'x'.repeat(1023)}\n`;

/** What to do in the place of the reply `right`, which is a whole line. */
const misbehave: Readonly<Record<AtVector, (right: string, id: number) => Promise<void> | void>> = {
  'hangs': stay,
  'ignores-sigterm': () => {
    process.on('SIGTERM', () => undefined);
    noted(spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 60000)'], { stdio: 'inherit' }).pid);
    return stay();
  },
  'crashes': () => process.exit(7),
  'crashes-mid-line': (right) => {
    write(right.slice(0, right.length / 2));
    process.exit(7);
  },
  'garbage': (right) => write(`INFO vector done\n${right}`),
  'wrong-id': (right, id) => write(right.replace(`"id":${id}`, `"id":${id + 1000}`)),
  'answers-twice': (right) => write(right + right),
  'answers-twice-late': (right) => {
    write(right);
    late = right;
  },
  'long-line': (_, id) => write(line({ id, ok: { result: 'valid', observed: { payload: '00'.repeat(1 << 20) } } })),
  'endless-line': () => flood(process.stdout, '0'.repeat(1 << 16), Infinity),
  'closes-stdout': () => {
    closeSync(1);
    return stay();
  },
  'invalid-utf8': (right) => write(Buffer.concat([Buffer.from(right.slice(0, -2)), Buffer.from(',"note":"\xff"}\n', 'latin1')])),
  'deep-nesting': (right) => write(right.replace(/\}\n$/, `,"note":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`)),
  'proto-member': (right) => write(right.replace(/\}\n$/, ',"__proto__":{"ok":true}}\n')),
  'two-outcomes': (right) => write(right.replace(/\}\n$/, ',"refused":{"reasons":["too-short"]}}\n')),
  'no-outcome': (_, id) => write(line({ id })),
  'unsupported': (_, id) => write(line({ id, unsupported: { what: 'vec' } })),
  'fault': (_, id) => write(line({ id, fault: { message: 'the puppet was told to break' } })),
  'says-valid': (_, id) => write(line({ id, ok: { result: 'valid' } })),
  'floods-stderr': async (right) => {
    await flood(process.stderr, KIB_OF_LOG, 4096);
    write(right);
  },
  'talks-on-stderr': async (right) => {
    await flood(process.stderr, KIB_OF_LOG, 512);
    write(right);
  },
  'splits-line': async (right) => {
    write(right.slice(0, 5));
    await after(50);
    write(right.slice(5));
  },
  'sends-event': (right) => write(line({ event: 'trace', action: 'Vector' }) + right),
};

/** What to do about an operation of a node: another answer than the right one, or null for that. */
const misbehaveAtNode: Readonly<Record<AtNode, (op: string, right: object, node: PuppetNode) => Promise<object> | object | null>> = {
  'node-hangs': (op) => op === 'apply' ? stay() : null,
  'node-exits-86': (op) => op === 'apply' ? process.exit(CRASH_STATUS) : null,
  'node-crashes-unasked': (op) => op === 'apply' ? { ok: { crashed: PUPPET_POINT } } : null,
  'node-state-is-none': (op) => op === 'state' ? { ok: { applied: 2 } } : null,
  'node-state-lies': (op, right) => op === 'state' ? { ok: { ...right, applied: '0' } } : null,
  'node-halts-without-reason': (op) => op === 'apply' ? { halted: { reasons: [], index: '1' } } : null,
  'node-unknown': (op) => op === 'apply' ? { unknown: {} } : null,
  'node-unsupported': (op) => op === 'append' ? { unsupported: { what: op } } : null,
  'node-disarms-nonsense': (op) => op === 'crash.disarm' ? { ok: { reached: 'perhaps' } } : null,
  'node-says-reached': (op) => op === 'crash.disarm' ? { ok: { reached: true } } : null,
  'node-exits-on-virtual': (_, right) => 'crashed' in right ? process.exit(CRASH_STATUS) : null,
  'node-comes-back-wrong': (op, right, { died }) => op === 'state' && died ? { ok: { ...right, chain: 'ab'.repeat(32) } } : null,
  'node-cannot-forget': () => null,
};

// ── Answering ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A reply to be sent once more, while the next request is open. */
let late = '';
const answers = knownAnswers();

function hello(id: number): string {
  if (kind === 'bad-hello') return line({ id, ok: { protocol: 1, implementation: 'puppet' } });
  return line({ id, ok: {
    protocol: kind === 'no-common-version' ? 99 : 1, implementation: { name: 'puppet' }, profile: 'repaired', formats: { [FORMAT]: ['codec'] },
    ...(kind !== undefined && isAtNode(kind) ? { level: isAtLeader(kind) ? 'L2' : 'L1', caps: ['disk.virtual', 'crash.points'], crashPoints: [PUPPET_POINT] } : { level: 'L0' }),
  } });
}

function vector({ id, args }: Request): string {
  const { format, group, input } = args as { format: string; group: string; input: Record<string, unknown> };
  const known = format === FORMAT ? answers.get(keyOf(group, input)) : undefined;
  return line(known === undefined ? { id, unsupported: { what: `vec ${format}/${group}` } } : { id, ok: known });
}

const nodes = new Map<string, PuppetNode>();

/** The reply to an operation of a node, or null where it is none. */
async function atNode({ id, op, node = '', args }: Request): Promise<string | null> {
  if (kind === undefined || !isAtNode(kind)) return null;
  const asked = nodes.get(node) ?? (isAtLeader(kind) ? new PuppetLeader() : new PuppetNode());
  const right = asked.answer(op, args);
  if (right === null) return null;
  nodes.set(node, asked);
  const wrong = node !== values.at ? null : isAtLeader(kind) ? misbehaveAtLeader[kind](op, { ...right }) : await misbehaveAtNode[kind](op, right, asked);
  return line({ id, ...wrong ?? { ok: right } });
}

async function main(): Promise<void> {
  noted(process.pid);
  if (kind === 'refuses-to-start') {
    process.stderr.write('puppet: the key file is missing\n');
    process.exit(3);
  }
  for await (const text of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(text) as Request;
    if (late !== '') write(late);
    late = '';
    if (asked.op === 'hello') {
      if (kind === 'stays-silent') await stay();
      write(hello(asked.id));
    } else if (asked.op === 'vec') {
      const here = values.at === '' || values.at === `${String(asked.args['format'])}/${String(asked.args['group'])}`;
      const act = here && kind !== undefined && Object.hasOwn(misbehave, kind) ? misbehave[kind as AtVector] : write;
      await act(vector(asked), asked.id);
    } else if (asked.op === 'bye' || (asked.op === 'reset' && kind !== 'node-cannot-forget')) {
      nodes.clear();
      write(line({ id: asked.id, ok: {} }));
      if (asked.op === 'bye') break;
    } else {
      const ofNode = await atNode(asked);
      write(ofNode ?? line(kind === 'claims-operation' ? { id: asked.id, ok: {} } : { id: asked.id, unsupported: { what: asked.op } }));
    }
  }
}

await main();
