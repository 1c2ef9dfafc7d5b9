/**
 * The nodes of one scenario: their directories, what is asked of them, and what became of it.
 *
 * Every answer is held to the protocol here, so that what comes out is an outcome that a check can judge, a planned
 * death, or the one sentence that says what broke. A death counts as planned only where it was asked for: exit status 86
 * of a process on real files, or `crashed` in the answer of a node on a virtual disk.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HelloReply, OutcomeKind, Reply } from '../protocol/messages.js';
import { CRASH_STATUS, operations, type DiskFault, type OperationName, type StateMessage } from '../protocol/operations.js';
import type { FailureKind } from '../report/events.js';
import { printable } from '../report/text.js';
import type { Outcome } from '../scenarios/match.js';
import { shapeProblem } from '../vectors/declared.js';
import type { Client } from './client.js';
import type { Asked } from './plan.js';
import type { Sessions } from './sessions.js';
import { hint } from './verdict.js';

/** The disk that nodes are opened on. */
export type Disk = 'dir' | 'virtual';

/** How a node dies: alone, with the power and all that was not synced, or with the power and a part of it. */
export type Death = 'node' | 'power' | 'power-in-part';

/** A passage at which a node is to die; `chance` is the text from which a loss in part is drawn. */
export interface Armed { readonly point: string; readonly nth: number; readonly death: Death; readonly chance: string }

/** Something that ends a scenario before its last step. `got` says what came. */
export interface Stop { readonly kind: FailureKind; readonly got: string }

/** What became of a request. */
export type Told =
  | { readonly outcome: Outcome }
  /** The node died as it was asked to; on real files all nodes of its process with it. */
  | { readonly crashed: string }
  | { readonly stop: Stop };

export interface NodesOptions {
  readonly sessions: Sessions;
  /** The case that answers for what its requests bring. */
  readonly asked: Asked;
  readonly disk: Disk;
  /** A directory of this run of the scenario alone, made here where the disk is a real one. */
  readonly directory: string;
  readonly sync: boolean;
  /** A time-out of the soft limit is enough. */
  readonly impatient?: boolean;
  /** The moment, as of performance.now(), at which the scenario has had its time. */
  readonly until?: number;
}

/** Operations of which nobody may know whether they happened: those of a proposal, and of the cutover. */
const MAY_BE_UNKNOWN: ReadonlySet<OperationName> = new Set(['propose', 'admit', 'cutover.begin', 'cutover.step', 'cutover.expire']);

/** An outcome by its kind. */
export const kindOf = (outcome: Outcome): OutcomeKind => Object.keys(outcome)[0] as OutcomeKind;
/** The reasons of a no. */
export function reasonsOf(outcome: Outcome): readonly string[] {
  const no = 'refused' in outcome ? outcome.refused : 'halted' in outcome ? outcome.halted : null;
  return no === null ? [] : (no as { readonly reasons: readonly string[] }).reasons;
}

export class Nodes {
  readonly disk: Disk;
  readonly hello: HelloReply;
  readonly #options: NodesOptions;
  readonly #client: Client;
  /** A point is armed, and nobody has died of it. */
  #armed = false;

  private constructor(options: NodesOptions, client: Client, hello: HelloReply) {
    this.#options = options;
    this.#client = client;
    this.hello = hello;
    this.disk = options.disk;
  }

  /** The nodes of the running process, or of a fresh one. @throws NotDriven, Interrupted */
  static async of(options: NodesOptions): Promise<Nodes> {
    const { client, hello } = await options.sessions.current();
    return new Nodes(options, client, hello);
  }

  /** The same nodes in the process that follows one that died. What lived in memory is gone. @throws NotDriven, Interrupted */
  next(): Promise<Nodes> {
    return Nodes.of(this.#options);
  }

  /** From now on requests are sent for this step; null: for none. */
  at(step: number | null): void {
    this.#options.asked.step = step ?? undefined;
  }

  /** Notes what was done to the files of a node in its real directory. */
  noteFiles(node: string, does: Readonly<Record<string, unknown>>, got: Readonly<Record<string, unknown>>): void {
    const { sessions, asked: { case: { id }, step } } = this.#options;
    if (this.disk === 'dir') sessions.note({ type: 'files', node, case: id, ...(step !== undefined && { step }), does: { ...does }, got: { ...got } });
  }

  /** Of one node: on a real disk its path below the data root, else its name. */
  directoryOf(node: string): string {
    return this.disk === 'dir' ? join(this.#options.directory, node) : node;
  }

  /** @param fails what its disk refuses in this load */
  open(node: string, fails?: DiskFault): Promise<Told> {
    const directory = this.directoryOf(node);
    if (this.disk === 'dir') mkdirSync(directory, { recursive: true });
    return this.ask('open', { disk: this.disk, directory, sync: this.#options.sync, ...(fails !== undefined && { fails }) }, node);
  }

  /** From now on a death is what may come. */
  async arm(node: string, { point, nth, death, chance }: Armed): Promise<Stop | null> {
    const told = await this.ask('crash.arm', { point, nth, ...(death !== 'node' && { power: true }), ...(death === 'power-in-part' && { chance }) }, node);
    this.#armed = true;
    return stopUnlessOk('crash.arm', told);
  }

  /** Whether the armed point was reached, and forgets it. */
  async disarm(node: string): Promise<Stop | { readonly reached: boolean }> {
    this.#armed = false;
    const told = await this.ask('crash.disarm', {}, node);
    const stop = stopUnlessOk('crash.disarm', told);
    return stop ?? { reached: ('outcome' in told && 'ok' in told.outcome && (told.outcome.ok as { reached?: boolean }).reached) === true };
  }

  /** What a node says of itself. */
  async state(node: string): Promise<Stop | StateMessage> {
    const told = await this.ask('state', {}, node);
    const stop = stopUnlessOk('state', told);
    return stop ?? (told as { outcome: { ok: StateMessage } }).outcome.ok;
  }

  /** Sends one request. @throws Interrupted */
  async ask(op: OperationName, args: Readonly<Record<string, unknown>>, node?: string): Promise<Told> {
    const { sessions, asked, impatient = false, until = Infinity } = this.#options;
    const { softMs, hardMs, groupMs } = this.#client.limits;
    const left = until - performance.now();
    if (left <= 0) return { stop: { kind: 'not-run', got: `not run: the scenario had taken its ${groupMs / 1000} s` } };
    const due = this.#armed || op === 'crash.now';
    const answer = await this.#client.request(op, args, Math.min(left, impatient ? softMs : hardMs), asked, node);
    sessions.throwIfInterrupted();
    switch (answer.kind) {
      case 'reply': return this.#read(op, answer.reply, answer.outcome, due);
      case 'malformed': return { stop: { kind: 'malformed', got: answer.detail } };
      case 'not-sent': return { stop: { kind: 'not-sent', got: `not sent: ${answer.detail}` } };
      case 'suite-fault': return { stop: { kind: 'suite-fault', got: `not sent, a fault of the suite and not of the adapter: ${answer.detail}` } };
      case 'breakdown': {
        const { breakdown } = answer;
        const planned = breakdown.code === CRASH_STATUS;
        if (planned && due && this.disk === 'dir') return { crashed: `exit status ${CRASH_STATUS}` };
        const unasked = planned ? `, the status of a planned crash, ${due ? 'where the disk was a virtual one' : 'and nobody had asked for one'}` : '';
        return { stop: { kind: breakdown.kind, got: `the adapter ${breakdown.detail}${unasked}${hint(breakdown)}` } };
      }
    }
  }

  #read(op: OperationName, reply: Reply, kind: OutcomeKind, due: boolean): Told {
    if (!('ok' in reply)) {
      if (kind === 'refused' || kind === 'halted' || (kind === 'unknown' && MAY_BE_UNKNOWN.has(op))) return { outcome: { [kind]: (reply as Readonly<Record<string, unknown>>)[kind] } as Outcome };
      const words = 'unsupported' in reply ? `"unsupported" (${reply.unsupported.what}), of something that the handshake declared`
        : 'fault' in reply ? `"fault": ${reply.fault.message}` : `"${kind}", which is none for ${op}`;
      return { stop: { kind: kind === 'ok' ? 'malformed' : kind, got: printable(`the outcome ${words}`) } };
    }
    const read = operations[op].ok.safeParse(reply.ok);
    if (!read.success) return { stop: { kind: 'malformed', got: printable(`an answer that is not one of the protocol: ok.${shapeProblem(read.error, reply.ok)}`) } };
    const { crashed } = read.data as { readonly crashed?: string };
    if (crashed === undefined) return { outcome: { ok: read.data } as Outcome };
    if (!due) return { stop: { kind: 'malformed', got: printable(`the answer that it crashed at "${crashed}", and nobody had asked for it`) } };
    if (op !== 'crash.now') this.#armed = false;
    return { crashed };
  }
}

/** The stop of a request that has to come to `ok`. */
export function stopUnlessOk(op: string, told: Told): Stop | null {
  if ('stop' in told) return told.stop;
  if ('crashed' in told) return { kind: 'setup', got: `${op} ended in a crash` };
  return 'ok' in told.outcome ? null : { kind: 'setup', got: `${op} came to ${outcomeText(told.outcome)} where ok was due` };
}

/** An outcome in a few words. */
export function outcomeText(outcome: Outcome): string {
  const kind = kindOf(outcome);
  const reasons = reasonsOf(outcome);
  const at = 'halted' in outcome ? (outcome.halted as { readonly index?: string }).index : undefined;
  return printable(`${kind}${reasons.length === 0 ? '' : ` (${reasons.slice(0, 6).join(' + ')})`}${at === undefined ? '' : ` at ${at}`}`);
}
