/**
 * What the answers of one node at level L2 have to be among themselves, whatever it implements: tickets and calls are new, a leader appends
 * behind its last entry in its term, a call goes through its phases one by one, and what a caller was told stays. Fed with every
 * answered request of one start of a node, in their order; it holds nothing of the design.
 */
import { PHASES, type CutoverAnswerMessage, type Phase } from './leader-operations.js';
import type { OperationName } from './operations.js';
import type { LogEntryMessage } from './shared.js';

type Members = Readonly<Record<string, unknown>>;

/** A call of the cutover: where it stood last, and what its caller was told. */
interface Call { readonly phase: Phase; readonly told: CutoverAnswerMessage | undefined }

/** The answers of `cutover.*`: those that they have of these. */
interface CallAnswer { readonly phase: Phase; readonly waits?: string; readonly entry?: LogEntryMessage; readonly answer?: CutoverAnswerMessage }

const nextOf = (phase: Phase): Phase => PHASES[(PHASES.indexOf(phase) + 1) % PHASES.length] ?? 'idle';

/** `reasons` are a set. */
const written = (answer: CutoverAnswerMessage): string =>
  JSON.stringify(Object.entries(answer.is === 'not-appended' ? { ...answer, reasons: [...new Set(answer.reasons)].sort() } : answer).sort());

/** The answers of one node since it was opened. */
export class LeaderAnswers {
  readonly #tickets = new Set<string>();
  readonly #calls = new Map<string, Call>();
  #term: string | null = null;
  #last: bigint | null = null;

  /** The index of the last entry of its log, which somebody else has changed: by appending, or with a snapshot. */
  logged(last: bigint): void {
    this.#last = last;
  }

  /** What is incoherent in an answer `ok` that the schema of the operation lets through, in one sentence, or null. */
  problem(op: OperationName, args: Members, ok: Members): string | null {
    if (ok['crashed'] !== undefined) return null;
    switch (op) {
      case 'role': return this.#role(args, ok['entry'] as LogEntryMessage | undefined);
      case 'propose': return this.#propose(String(ok['ticket']));
      case 'admit': return this.#appended('the entry of a ticket', ok as unknown as LogEntryMessage);
      case 'cutover.begin': return this.#begin(String(ok['call']), ok as unknown as CallAnswer);
      case 'cutover.step': return this.#step(String(args['call']), ok as unknown as CallAnswer);
      case 'cutover.poll': return this.#look(String(args['call']), ok as unknown as CallAnswer) ?? this.#forgot(String(args['call']), ok['answer']);
      case 'cutover.expire': return this.#look(String(args['call']), ok as unknown as CallAnswer);
      case 'state': return this.#stated(ok['tickets'] as readonly { readonly ticket: string }[] | undefined);
      default: return null;
    }
  }

  #role({ is, term }: Members, entry: LogEntryMessage | undefined): string | null {
    this.#term = is === 'leader' ? String(term) : null;
    if (is !== 'leader') return entry === undefined ? null : 'a follower appended an entry';
    if (entry === undefined) return 'a new leader appended no entry';
    if (entry.type !== 'normal' || entry.data !== '') return 'the first entry of a new leader is not an empty one';
    return this.#appended('the first entry of a new leader', entry);
  }

  #propose(ticket: string): string | null {
    if (this.#tickets.has(ticket)) return `the ticket "${ticket}" was given before`;
    this.#tickets.add(ticket);
    return null;
  }

  #stated(tickets: readonly { readonly ticket: string }[] = []): string | null {
    const stranger = tickets.find(({ ticket }) => !this.#tickets.has(ticket));
    return stranger === undefined ? null : `it speaks of the ticket "${stranger.ticket}", which it never gave`;
  }

  #appended(what: string, { index, term }: Pick<LogEntryMessage, 'index' | 'term'>): string | null {
    const due = this.#last === null ? null : this.#last + 1n;
    this.#last = BigInt(index);
    if (due !== null && BigInt(index) !== due) return `${what} is at ${index}, and the log ended at ${due - 1n}`;
    return this.#term === null ? `${what} was appended, and the node does not lead` : term === this.#term ? null : `${what} has the term ${term}, and the node leads in ${this.#term}`;
  }

  #begin(call: string, { phase, answer }: CallAnswer): string | null {
    if (this.#calls.has(call)) return `the call "${call}" was given before`;
    this.#calls.set(call, { phase, told: answer });
    if (phase === 'idle') return answer === undefined ? 'a new call is idle, and there is no answer' : null;
    return phase === 'gated' ? null : `a new call stands at "${phase}"`;
  }

  #step(call: string, moved: CallAnswer): string | null {
    const before = this.#calls.get(call);
    if (before === undefined) return null;
    const { phase, waits, entry, answer } = moved;
    if (waits !== undefined && phase !== before.phase && answer === undefined) return `it waits, and went from "${before.phase}" to "${phase}"`;
    const steps = [before.phase, ...(before.phase === 'idle' ? [] : [nextOf(before.phase)]), ...(answer === undefined ? [] : ['idle' as const])];
    if (!steps.includes(phase)) return `one step went from "${before.phase}" to "${phase}"`;
    const appends = before.phase === 'drained' && phase === 'proposed';
    if ((entry !== undefined) !== appends) return appends ? 'the step to "proposed" appended no entry' : `the step from "${before.phase}" to "${phase}" appended an entry`;
    return this.#told(call, before, moved) ?? (entry === undefined ? null : this.#appended('the cutover entry', entry));
  }

  /** Asking changes nothing; a call that ended meanwhile has its answer. */
  #look(call: string, seen: CallAnswer): string | null {
    const before = this.#calls.get(call);
    if (before === undefined) return null;
    if (seen.phase !== before.phase && !(seen.phase === 'idle' && seen.answer !== undefined)) return `it went from "${before.phase}" to "${seen.phase}" without a step`;
    return this.#told(call, before, seen);
  }

  #forgot(call: string, answer: unknown): string | null {
    const told = this.#calls.get(call)?.told;
    return told === undefined || answer !== undefined ? null : `its caller was told "${told.is}", and now there is no answer`;
  }

  #told(call: string, { told }: Call, { phase, answer }: CallAnswer): string | null {
    this.#calls.set(call, { phase, told: told ?? answer });
    return told === undefined || answer === undefined || written(told) === written(answer) ? null
      : `its caller was told "${told.is}"${told.is === answer.is ? '' : ` and then "${answer.is}"`}: another answer than before`;
  }
}
