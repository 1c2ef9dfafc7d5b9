/**
 * Talks with one adapter process: a request becomes an answer, or the breakdown that came instead of it.
 *
 * Input: a command and requests. Output: answers, and the events of the run. A client whose process broke down gives
 * the same breakdown to every further request; whoever owns it ends it and starts another.
 */
import { randomInt } from 'node:crypto';
import { request as requestSchema, MAX_LINE, vecArgs, type OutcomeKind, type Reply } from '../protocol/messages.js';
import type { FailureKind, RunEvent } from '../report/events.js';
import { printable } from '../report/text.js';
import { limitsFor, STDERR_LIMIT, type Limits } from './limits.js';
import { LineSplitter, readLine, type Line } from './lines.js';
import type { Asked } from './plan.js';
import { AdapterProcess, type Exit, type RunningAdapter, type StartAdapter } from './process.js';
import { StderrLog } from './stderr.js';

export type BreakdownKind = Extract<FailureKind, 'timed-out' | 'exited' | 'closed-stdout' | 'closed-stdin' | 'garbage' | 'line-too-long' | 'wrong-id' | 'stderr-flood'>;
/** What the process did instead of answering; `detail` goes on from "the adapter". */
export interface Breakdown {
  readonly kind: BreakdownKind;
  readonly detail: string;
  /** The last that it wrote to stderr. */
  readonly lastWords?: string;
  /** The status with which it exited. */
  readonly code?: number;
}

export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly outcome: OutcomeKind }
  /** A reply to this request that is not one of the protocol. */
  | { readonly kind: 'malformed'; readonly detail: string }
  /** The request was not sent: `suite-fault` our bug, `not-sent` longer than the adapter takes. */
  | { readonly kind: 'suite-fault' | 'not-sent'; readonly detail: string }
  | { readonly kind: 'breakdown'; readonly breakdown: Breakdown };

export interface ClientOptions {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** How the command is started: as a process of its own, unless it says otherwise. */
  readonly start?: StartAdapter;
  readonly slow?: number;
  /** Number of the process within the run, for the events. */
  readonly number?: number;
  /** Directory of the report, for the log of stderr; null or absent: it is not kept. */
  readonly out?: string | null;
  readonly onEvent?: (event: RunEvent) => void;
  /** Ends the process group. */
  readonly signal?: AbortSignal;
  /** A second reply to the request of this case. True: the case answers for it; otherwise the process broke down. */
  readonly onAnsweredTwice?: (item: Asked) => boolean;
}

interface Pending { readonly id: number; readonly item: Asked | undefined; readonly sent: number; readonly timer: NodeJS.Timeout; readonly settle: (answer: Answer) => void }

const NOTED_EVENTS = 100;
const EXIT_AFTER_STDOUT_MS = 250;
const EXITED_WELL = 'exited with code 0';

export class Client {
  readonly number: number;
  readonly limits: Limits;
  /** The longest line that the adapter takes; the handshake may lower it. */
  maxLine = MAX_LINE;
  readonly #options: ClientOptions;
  readonly #splitter = new LineSplitter();
  readonly #answered = new Map<number, Asked | undefined>();
  readonly #stderr: StderrLog;
  #process!: RunningAdapter;
  #exit: Exit | null = null;
  #pending: Pending | null = null;
  #broken: Breakdown | null = null;
  #told = false;
  #nextId = 0;
  #stderrOfRequest = 0;
  #notedEvents = 0;
  #ended: Promise<void> | undefined;
  /** It answered the good-bye: to end now is right. */
  #leaving = false;
  #outputJudged: Promise<void> | undefined;

  private constructor(options: ClientOptions) {
    this.#options = options;
    this.number = options.number ?? 1;
    this.limits = limitsFor(options.slow ?? 1);
    this.#stderr = new StderrLog(options.out ?? null, this.number);
  }

  /** Starts the process group. @throws SpawnError when there is nothing to start */
  static async start(options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    client.#process = await (options.start ?? AdapterProcess.start)(options.command, {
      onStdout: (chunk) => client.#read(chunk),
      onStderr: (chunk) => client.#readStderr(chunk),
      onStdoutEnd: () => { client.#outputJudged = client.#stdoutOver(); },
      onStdinClosed: () => void client.#stdinClosed(),
    }, options.env);
    void client.#process.exited.then((exit) => { client.#exit = exit; });
    options.signal?.addEventListener('abort', client.#onAbort, { once: true });
    client.#emit({ type: 'start', process: client.number, pid: client.#process.pid });
    return client;
  }

  /** It broke down, and an answer said so. Until then the next request will, so that no breakdown goes unnoticed. */
  get over(): boolean {
    return this.#broken !== null && this.#told;
  }

  /** The last lines that it wrote to stderr. */
  stderrTail(lines = 5): string[] {
    return this.#stderr.tail(lines);
  }

  /** Sends one request and waits for its answer, at most `limitMs`. `item`: the case that it belongs to; `node`: the node that is meant. */
  request(op: string, args: Readonly<Record<string, unknown>>, limitMs = this.limits.hardMs, item?: Asked, node?: string): Promise<Answer> {
    const id = this.#nextId;
    // Not simply the next number: an adapter that counts for itself instead of repeating ours must not get by.
    this.#nextId += randomInt(1, 10);
    const parsed = requestSchema.safeParse({ id, op, args, ...(node !== undefined && { node }) });
    if (!parsed.success) return Promise.resolve({ kind: 'suite-fault', detail: `our request "${op}" is not one of the protocol: ${parsed.error.issues[0]?.message ?? ''}` });
    const line = `${JSON.stringify(parsed.data)}\n`;
    const bytes = Buffer.byteLength(line);
    if (bytes > this.maxLine) return Promise.resolve({ kind: 'not-sent', detail: `needs a line of ${bytes} bytes, and the adapter takes ${this.maxLine}` });

    if (this.#broken !== null) {
      this.#told = true;
      return Promise.resolve({ kind: 'breakdown', breakdown: this.#broken });
    }
    this.#emit({ type: 'request', process: this.number, id, op, args: parsed.data.args, ...(node !== undefined && { node }), ...(item !== undefined && { case: item.case.id }), ...(item?.step !== undefined && { step: item.step }) });
    this.#stderrOfRequest = 0;
    return new Promise((settle) => {
      const timer = setTimeout(() => this.#break('timed-out', `did not answer "${op}" within ${limitMs / 1000} s`), limitMs);
      this.#pending = { id, item, sent: performance.now(), timer, settle };
      this.#process.write(line);
    });
  }

  /** Asks for one vector. */
  vec(args: { readonly format: string; readonly group: string; readonly input: Readonly<Record<string, unknown>> }, limitMs?: number, item?: Asked): Promise<Answer> {
    const parsed = vecArgs.safeParse(args);
    if (!parsed.success) return Promise.resolve({ kind: 'suite-fault', detail: `our vector is not one of the protocol: ${parsed.error.issues[0]?.message ?? ''}` });
    return this.request('vec', parsed.data, limitMs, item);
  }

  /**
   * Says good-bye, lets it end by itself, and then sweeps its group. Gives the breakdown that no answer told of; to exit
   * with code 0 is none here.
   */
  async close(): Promise<Breakdown | null> {
    const known = this.over;
    if (this.#broken === null) {
      const answer = await this.request('bye', {}, this.limits.goodbyeMs);
      if (answer.kind !== 'breakdown') {
        this.#leaving = true;
        this.#process.closeInput();
        if (await this.#process.exitedWithin(this.limits.goodbyeMs) !== null) await this.#process.stdoutRead;
        await this.#outputJudged;
      }
    }
    const broken = known || this.#broken?.detail === EXITED_WELL ? null : this.#broken;
    await this.end();
    return broken;
  }

  /** Ends the process group now. Resolves when none of it is left. */
  end(): Promise<void> {
    return this.#ended ??= this.#end();
  }

  readonly #onAbort = (): void => void this.end();

  async #end(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#broken ??= { kind: 'exited', detail: 'was ended by the runner' };
    this.#settle({ kind: 'breakdown', breakdown: this.#broken });
    await this.#process.end(this.limits.termMs);
    this.#exit ??= await this.#process.exitedWithin(100);
    this.#stderr.close();
    this.#emit({
      type: 'stop', process: this.number, code: this.#exit?.code ?? null, signal: this.#exit?.signal ?? null,
      stderr_bytes: this.#stderr.bytes, stderr: this.#stderr.file,
    });
  }

  // ── What the process does ───────────────────────────────────────────────────────────────────────────────────

  #read(chunk: Buffer): void {
    for (const bytes of this.#splitter.push(chunk)) {
      if (this.#broken !== null) return;
      this.#take(readLine(bytes));
    }
  }

  #take(line: Line): void {
    if ('problem' in line) return this.#break(line.problem.kind, `printed ${line.problem.detail}`);
    if ('event' in line) {
      this.#notedEvents += 1;
      if (this.#notedEvents <= NOTED_EVENTS) this.#emit({ type: 'adapter-event', process: this.number, event: printable(line.event) });
      return;
    }
    const id = 'malformed' in line ? line.malformed : line.reply.id;
    const pending = this.#pending;
    if (pending?.id !== id) {
      if (!this.#answered.has(id)) return this.#break('wrong-id', `answered with id ${id}, which nobody asked with${pending === null ? '' : `, where ${pending.id} was due`}`);
      this.#emit({ type: 'answered-twice', process: this.number, id });
      const item = this.#answered.get(id);
      if (item === undefined || this.#options.onAnsweredTwice?.(item) !== true) this.#break('wrong-id', `answered again to id ${id}`);
      return;
    }
    const ms = Math.round((performance.now() - pending.sent) * 1000) / 1000;
    this.#answered.set(id, pending.item);
    this.#emit({ type: 'reply', process: this.number, id, ms, ...('malformed' in line ? { malformed: line.detail } : { reply: line.reply }) });
    if (ms > this.limits.softMs) this.#emit({ type: 'slow', process: this.number, id, ms });
    this.#settle('malformed' in line ? { kind: 'malformed', detail: line.detail } : { kind: 'reply', reply: line.reply, outcome: line.outcome });
  }

  #readStderr(chunk: Buffer): void {
    this.#stderr.push(chunk);
    this.#stderrOfRequest += chunk.length;
    if (this.#stderrOfRequest > STDERR_LIMIT) this.#break('stderr-flood', `wrote more than ${STDERR_LIMIT} bytes to stderr during one request`);
  }

  async #stdoutOver(): Promise<void> {
    if (this.#broken !== null) return;
    const rest = this.#splitter.rest();
    const midLine = rest.length === 0 ? '' : ` in the middle of a line: ${printable(rest.toString('latin1'))}`;
    const exit = this.#exit ?? await this.#process.exitedWithin(EXIT_AFTER_STDOUT_MS);
    if (this.#leaving && midLine === '' && (exit === null || exit.code === 0)) return;
    if (exit === null) return this.#break('closed-stdout', `closed its stdout and lived on${midLine}`);
    await this.#process.stderrRead();
    const how = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
    this.#break('exited', how + midLine, exit.code);
  }

  async #stdinClosed(): Promise<void> {
    // Most often the process is just exiting, and its exit says more. What it wrote before is read first.
    const exit = await this.#process.exitedWithin(EXIT_AFTER_STDOUT_MS);
    if (exit === null && !this.#leaving) this.#break('closed-stdin', 'closed its stdin and lived on');
  }

  #break(kind: BreakdownKind, detail: string, code: number | null = null): void {
    if (this.#broken !== null) return;
    const lastWords = this.stderrTail(1)[0];
    this.#broken = { kind, detail, ...(lastWords !== undefined && { lastWords }), ...(code !== null && { code }) };
    this.#emit({ type: 'breakdown', process: this.number, id: this.#pending?.id ?? null, kind, detail });
    this.#settle({ kind: 'breakdown', breakdown: this.#broken });
    void this.end();
  }

  #settle(answer: Answer): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    if (answer.kind === 'breakdown') this.#told = true;
    clearTimeout(pending.timer);
    pending.settle(answer);
  }

  #emit(event: RunEvent): void {
    this.#options.onEvent?.(event);
  }
}
