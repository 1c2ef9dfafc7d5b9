/**
 * The reference as a process that a test speaks with over its stdin and stdout: what an answer is, and where its nodes are. And the keys and
 * the bootstrap with which their logs begin, made by the suite's own codec.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bootstrap } from '../conformance/oracle/entries.js';
import { proposal } from '../conformance/oracle/envelope.js';
import { dataKey, fullNodeId, wrapped } from '../conformance/oracle/keys.js';
import { replySchema, type Reply } from '../conformance/protocol/messages.js';
import { operations, type LogEntryMessage, type OperationName } from '../conformance/protocol/operations.js';

// ── How a log begins ────────────────────────────────────────────────────────────────────────────────────────────

export const KEK = Buffer.from('5a'.repeat(32), 'hex');
export const STORAGE = 7;
export const RAFT = 8;
export const N1 = fullNodeId('n1');

export const bootstrapPayload = bootstrap({
  storage: { keyId: STORAGE, wrapped: wrapped(KEK, dataKey('storage'), 'storage') }, raft: { keyId: RAFT, wrapped: wrapped(KEK, dataKey('raft'), 'raft') },
  rows: [{ keyId: STORAGE, node: N1, epoch: 0 }, { keyId: RAFT, node: N1, epoch: 0 }],
});
/** A proposal of the suite, at an index of the first term. */
export const entry = (index: number, payload: Uint8Array): LogEntryMessage =>
  ({ index: `${index}`, term: '1', type: 'normal', data: proposal(BigInt(0x100 + index), payload).toString('hex') });

// ── Speaking with a process ─────────────────────────────────────────────────────────────────────────────────────

export const home = mkdtempSync(join(tmpdir(), 'cutcheck-adapter-'));
const running = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

let directories = 0;
/** A directory for one node, and the root that it lies in. */
export function place(): { root: string; directory: string } {
  const root = join(home, `root-${directories += 1}`);
  mkdirSync(join(root, 'n1'), { recursive: true });
  return { root, directory: join(root, 'n1') };
}

export class Adapter {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown[]>;
  #id = 0;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [fileURLToPath(new URL('../conformance/adapters/reference/main.js', import.meta.url)), ...args]);
    running.add(this.#child);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#exit = once(this.#child, 'exit').finally(() => running.delete(this.#child));
  }

  /** The reply to a request, or null when the process ended instead. */
  async ask(op: string, args: object = {}, node?: string): Promise<Reply | null> {
    this.#child.stdin.write(`${JSON.stringify({ id: this.#id += 1, op, args, ...(node !== undefined && { node }) })}\n`);
    const { done, value } = await this.#lines.next();
    return done === true ? null : replySchema.parse(JSON.parse(value as string));
  }

  /** The members of `ok`, as the schema of the operation has them. */
  async ok<Name extends OperationName>(op: Name, args: object = {}, node = 'n1'): Promise<Record<string, unknown>> {
    const reply = await this.ask(op, args, node);
    if (reply === null || !('ok' in reply)) throw new Error(`${op}: ${JSON.stringify(reply)}`);
    return operations[op].ok.parse(reply.ok) as Record<string, unknown>;
  }

  async greet(dataRoot: string, profile = 'repaired'): Promise<Record<string, unknown>> {
    const reply = await this.ask('hello', {
      protocol: { min: 1, max: 1 }, suite: '0', digest: 'sha256:0', profile, seed: '5eed', dataRoot, kek: KEK.toString('hex'), nodeIds: ['n1', 'n2', 'n3'],
    });
    if (reply === null || !('ok' in reply)) throw new Error(`hello: ${JSON.stringify(reply)}`);
    return reply.ok;
  }

  /** Exit code or signal. */
  async ended(): Promise<unknown> {
    const [code, signal] = await this.#exit;
    return code ?? signal;
  }

  kill(): Promise<unknown> {
    this.#child.kill('SIGKILL');
    return this.ended();
  }

  async leave(): Promise<unknown> {
    await this.ask('bye');
    return this.ended();
  }
}

export async function greeted(root: string, ...args: string[]): Promise<Adapter> {
  const adapter = new Adapter(...args);
  await adapter.greet(root);
  return adapter;
}

export const fault = (reply: Reply | null): string => reply !== null && 'fault' in reply ? reply.fault.message : JSON.stringify(reply);
