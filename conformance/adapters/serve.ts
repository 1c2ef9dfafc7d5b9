/**
 * The loop of an adapter in TypeScript: JSON lines in on stdin, JSON lines out on stdout, one request at a time.
 *
 * The reference and the mutants run on it, and so can any adapter in TypeScript. A handler returns the members of
 * `ok`; what it throws becomes another outcome: `Refused`, `Halted`, `Unknown` and `Unsupported` those of their names, everything
 * else a `fault`. A refusal of the operation under test in a vector is no exception: it is data in the answer to `vec`.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { helloArgs, MAX_LINE, PROTOCOL, request, vecArgs, type HelloAnswer, type Reply, type Request, type VecAnswer } from '../protocol/messages.js';
import { isOperation, operations, type AppliedMessage, type OperationAnswer, type OperationArgs, type OperationName } from '../protocol/operations.js';

type Awaitable<T> = T | Promise<T>;
export type HelloArgs = z.infer<typeof helloArgs>;
export type VecArgs = z.infer<typeof vecArgs>;
/** What an adapter says of itself; the protocol number is agreed on by the loop. */
export type Declaration = Omit<HelloAnswer, 'protocol'>;
export type { VecAnswer };

/** The operations of nodes, those of the levels from L1 on and those of capabilities, by name. The arguments are checked before a handler sees them. */
export type OperationHandlers = { readonly [Name in OperationName]?: (args: OperationArgs<Name>, node: string) => Awaitable<OperationAnswer<Name>> };

/** The handlers of an adapter. At level L0 it has no `operations`. `reset` and `bye` are answered with `ok` where they are left out. */
export interface AdapterHandlers {
  hello(args: HelloArgs): Awaitable<Declaration>;
  vec(args: VecArgs): Awaitable<VecAnswer>;
  readonly operations?: OperationHandlers;
  reset?(): Awaitable<void>;
  bye?(): Awaitable<void>;
}

/** Thrown by a handler for what the adapter does not do. */
export class Unsupported extends Error {}

/** Reasons of a no: the cause first, then its outer marks. There is at least one. */
export type Reasons = readonly [string, ...string[]];

/** Thrown by a handler where the node says no, and nothing happened: a correct answer. */
export class Refused extends Error {
  readonly reasons: Reasons;
  /** Why, in words; it may be left out. */
  readonly detail: string | undefined;
  constructor(reasons: Reasons, detail?: string) {
    super(detail ?? reasons.join(', '));
    this.reasons = reasons;
    this.detail = detail;
  }
}

/** Thrown by a handler where the node stopped: before which index, and what became of the entries before it. */
export class Halted extends Error {
  readonly reasons: Reasons;
  /** As a u64 of the protocol. */
  readonly index: string;
  readonly results: readonly AppliedMessage[];
  readonly detail: string | undefined;
  constructor(reasons: Reasons, index: string, results: readonly AppliedMessage[] = [], detail?: string) {
    super(detail ?? reasons.join(', '));
    this.reasons = reasons;
    this.index = index;
    this.results = results;
    this.detail = detail;
  }
}

/** Thrown by a handler that cannot say whether it happened: lawful of proposals and of the cutover alone. */
export class Unknown extends Error {
  readonly detail: string | undefined;
  constructor(detail?: string) {
    super(detail ?? 'it may or may not have happened');
    this.detail = detail;
  }
}

/** What the loop reads and writes: the process's own stdin and stdout, unless a test says otherwise. */
export interface Streams {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Serves until `bye` or the end of stdin; then nothing holds the process, and it ends with exit code 0.
 *
 * @throws Error on what can have no reply: a line that is no request, or one that is longer than the protocol allows
 */
export async function serve(handlers: AdapterHandlers, { input, output }: Streams = { input: process.stdin, output: process.stdout }): Promise<void> {
  // A runner that went away takes the reader of our stdout with it: there is nobody left to tell.
  output.on('error', () => process.exit(1));
  for await (const line of lines(input)) {
    const asked = parseRequest(line);
    const outcome = await answer(handlers, asked);
    // Backpressure: the next request is not read before this reply was taken.
    if (!output.write(`${JSON.stringify({ id: asked.id, ...outcome })}\n`)) await once(output, 'drain');
    if (asked.op === 'bye') return;
  }
}

/** The lines of a stream without their line breaks; bytes behind the last line break are no line. */
async function* lines(input: Readable): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      held.push(chunk.subarray(from, end));
      bounded(length + end - from + 1);
      yield utf8.decode(held.length === 1 ? held[0] : Buffer.concat(held));
      [held, length, from] = [[], 0, end + 1];
    }
    held.push(chunk.subarray(from));
    length += chunk.length - from;
    bounded(length);
  }
}

function bounded(length: number): void {
  if (length > MAX_LINE) throw new Error(`a request of more than ${MAX_LINE} bytes`);
}

function parseRequest(line: string): Request {
  const parsed = request.safeParse(JSON.parse(line));
  if (!parsed.success) throw new Error(`not a request of the protocol: ${problems(parsed.error)}`);
  return parsed.data;
}

type Outcome = Reply extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;

async function answer(handlers: AdapterHandlers, asked: Request): Promise<Outcome> {
  try {
    switch (asked.op) {
      case 'hello': {
        const args = checked(helloArgs, asked);
        const protocol = Math.min(args.protocol.max, PROTOCOL.max);
        if (protocol < Math.max(args.protocol.min, PROTOCOL.min)) throw new Unsupported(`protocol ${args.protocol.min} to ${args.protocol.max}`);
        return { ok: { protocol, ...await handlers.hello(args) } };
      }
      case 'vec':
        return { ok: { ...await handlers.vec(checked(vecArgs, asked)) } };
      case 'reset':
        await handlers.reset?.();
        return { ok: {} };
      case 'bye':
        await handlers.bye?.();
        return { ok: {} };
      default:
        return { ok: { ...await operate(handlers.operations ?? {}, asked) } };
    }
  } catch (error) {
    return outcomeOf(error);
  }
}

/** @throws what the handler throws; Unsupported where there is none; Error when the request is not one of the operation */
async function operate(handlers: OperationHandlers, asked: Request): Promise<object> {
  const { op } = asked;
  if (!isOperation(op)) throw new Unsupported(op);
  // What the schema of the operation lets through is what its handler takes: the types cannot say that over all names at once.
  const handler = handlers[op] as ((args: unknown, node: string) => Awaitable<object>) | undefined;
  if (handler === undefined) throw new Unsupported(op);
  const args = checked(operations[op].args, asked);
  if (asked.node === undefined) throw new Error(`${op} names no node`);
  return handler.call(handlers, args, asked.node);
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof Unsupported) return { unsupported: { what: error.message } };
  const detail = error instanceof Refused || error instanceof Halted || error instanceof Unknown ? { ...(error.detail !== undefined && { detail: error.detail }) } : {};
  if (error instanceof Refused) return { refused: { reasons: [...error.reasons], ...detail } };
  if (error instanceof Halted) return { halted: { reasons: [...error.reasons], index: error.index, results: [...error.results], ...detail } };
  if (error instanceof Unknown) return { unknown: detail };
  // The message and not the stack: enough to find the place, and nothing of what the adapter was working on.
  return { fault: { message: error instanceof Error ? error.message : String(error) } };
}

function checked<T extends z.ZodType>(schema: T, asked: Request): z.output<T> {
  const parsed = schema.safeParse(asked.args);
  if (!parsed.success) throw new Error(`the arguments of ${asked.op} are not those of the protocol: ${problems(parsed.error)}`);
  return parsed.data;
}

/** The problems of a message by member, without its values. */
export const problems = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.length === 0 ? 'the message' : issue.path.join('.')}: ${issue.message}`).join('; ');
