/**
 * Does the steps of level L2: who leads, proposals, the cutover step by step, snapshots, and the carrying of entries from
 * log to log, which is the suite's part.
 *
 * Tickets and calls live in the memory of a node: one that was given before the node was started again is never asked for.
 */
import { PHASES, type CutoverAnswerMessage, type Phase } from '../protocol/leader-operations.js';
import type { LogEntryMessage, OperationName } from '../protocol/operations.js';
import { printable } from '../report/text.js';
import type { Followed } from '../scenarios/follow.js';
import type { Given, Ticket } from '../scenarios/log-book.js';
import type { LeaderOp, Step } from '../scenarios/schema.js';
import { readings, type Maker, type Standing } from '../scenarios/standing.js';
import { neverCame, unknownIndex, type Acting } from './acting.js';
import type { Stop, Told } from './nodes.js';
import type { Done, Performed } from './played.js';

type LeaderStep<Op extends LeaderOp = LeaderOp> = Extract<Step, { op: Op }>;

/** The phases in the order in which a call goes through them; the last leads back to rest. */
const ORDER: readonly Phase[] = [...PHASES.slice(1), ...PHASES.slice(0, 1)];
/** Requests of one step with `until`: more than there are phases. */
const MOST_STEPS = 2 * ORDER.length;

type Members = Readonly<Record<string, unknown>>;
interface StepMembers { readonly phase: Phase; readonly waits?: string; readonly entry?: LogEntryMessage & { readonly form?: string }; readonly answer?: CutoverAnswerMessage }

const okOf = (told: Told): Members | null => 'outcome' in told && 'ok' in told.outcome ? told.outcome['ok'] as Members : null;

export class Leading {
  readonly #acting: Acting;
  /** The start of its node in which a ticket or a call was given. */
  readonly #given = new Map<string, number>();
  /** The calls whose callers have their answer. */
  readonly #told = new Set<string>();

  constructor(acting: Acting) {
    this.#acting = acting;
  }

  /** @throws NotDriven, Interrupted */
  async perform(followed: Followed, step: Step): Promise<Performed> {
    const acting = this.#acting;
    const before = acting.book.log(step.on).entries;
    const one = (told: Told, more: Partial<Done> = {}): Performed =>
      'outcome' in told ? { outcome: told.outcome, parts: [acting.part(step.on, (step as LeaderStep).op, told.outcome, before, undefined, more)] } : told;
    const ask = (args: Members): Promise<Told> => acting.answered(step.on, (step as LeaderStep).op as OperationName, args);
    const at = step as LeaderStep;
    switch (at.op) {
      case 'role': {
        const term = followed.term;
        return this.#making(await ask({ is: at.is, ...(term !== null && { term: `${term}` }) }), at.on, { name: at.entry ?? `the first entry of term ${term ?? '?'} of ${at.on}`, by: null, proposed: null }, one);
      }
      case 'propose': {
        const proposed = acting.expanded.proposed.get(at.ticket) ?? null;
        const told = await ask({ source: at.source, ...(proposed !== null && { data: proposed }) });
        const ok = okOf(told);
        if (ok !== null) {
          acting.book.ticket({ name: at.ticket, node: at.on, id: String(ok['ticket']), proposed });
          this.#given.set(at.ticket, acting.starts.get(at.on) ?? 0);
        }
        return one(told, { proposed });
      }
      case 'admit': {
        const ticket = this.#ticket(at.ticket, at.on);
        if ('kind' in ticket) return { stop: ticket };
        return this.#making(await ask({ ticket: ticket.id }), at.on, { name: at.entry, by: ticket.name, proposed: ticket.proposed }, one);
      }
      case 'cancel': {
        const ticket = this.#ticket(at.ticket, at.on);
        return 'kind' in ticket ? { stop: ticket } : one(await ask({ ticket: ticket.id }));
      }
      case 'cutover.begin': {
        const told = await ask({});
        const ok = okOf(told);
        if (ok !== null) {
          acting.book.call({ name: at.call, node: at.on, id: String(ok['call']) });
          this.#given.set(at.call, acting.starts.get(at.on) ?? 0);
          if (ok['answer'] !== undefined) this.#told.add(at.call);
        }
        return one(told);
      }
      case 'cutover.step': return this.#steps(at, one, ask);
      case 'cutover.poll': case 'cutover.expire': {
        const call = this.#call(at.call, at.on);
        if ('kind' in call) return { stop: call };
        const told = await ask({ call: call.id });
        if (okOf(told)?.['answer'] !== undefined) this.#told.add(at.call);
        return one(told);
      }
      case 'transfer': return one(await ask({ to: at.to }));
      case 'tick': return one(await ask({ ms: at.ms }));
      case 'snapshot.take': {
        const told = await ask({});
        const ok = okOf(told);
        if (ok !== null) acting.book.taken(at.on, at.snapshot, { index: String(ok['index']), term: String(ok['term']), data: String(ok['data']) });
        return one(told);
      }
      case 'snapshot.install': {
        const snapshot = acting.book.snapshots.get(at.snapshot);
        if (snapshot === undefined) return { stop: neverCame('snapshot', at.snapshot) };
        const told = await ask({ ...snapshot.message });
        if (okOf(told) !== null) this.installed(at);
        return one(told);
      }
      case 'replicate': return this.#replicate(at);
    }
  }

  /** The node has the snapshot. */
  installed({ on, snapshot: name }: LeaderStep<'snapshot.install'>): { readonly applied: string } {
    const { book } = this.#acting;
    const snapshot = book.snapshots.get(name);
    if (snapshot !== undefined) book.installed(on, snapshot);
    const applied = snapshot?.message.index ?? '0';
    this.#acting.committed(on, BigInt(applied));
    this.#acting.logged(on);
    return { applied };
  }

  // ── What nodes append by themselves ───────────────────────────────────────────────────────────────────────

  /** Of `role` and `admit`: the entry that was made goes into the log book, and its form into the answer. */
  #making(told: Told, node: string, maker: Maker, one: (told: Told, more?: Partial<Done>) => Performed): Performed {
    const ok = okOf(told);
    if (ok === null) return one(told);
    const inside = ok['entry'] as LogEntryMessage | undefined;
    const message = inside ?? (ok['data'] === undefined ? null : { ...ok, type: 'normal' } as unknown as LogEntryMessage);
    if (message === null) return one(told);
    const made = this.#made(node, message, maker);
    if ('kind' in made) return { stop: made };
    return one({ outcome: { ok: inside === undefined ? { ...ok, ...readings(made) } : { ...ok, entry: { ...inside, ...readings(made) } } } }, { made });
  }

  #made(node: string, message: LogEntryMessage, maker: Maker): Standing | Stop {
    const { book } = this.#acting;
    const wrong = book.misplaced(node, message);
    return wrong === null ? book.make(node, message, maker) : { kind: 'malformed', got: printable(`an answer that is not one of the protocol: ${wrong}`) };
  }

  /** One request, or with `until` one after the other. */
  async #steps(step: LeaderStep<'cutover.step'>, one: (told: Told, more?: Partial<Done>) => Performed, ask: (args: Members) => Promise<Told>): Promise<Performed> {
    const call = this.#call(step.call, step.on);
    if ('kind' in call) return { stop: call };
    let made: Standing | null = null;
    let entry: object | null = null;
    for (let left = MOST_STEPS; left > 0; left -= 1) {
      const told = await ask({ call: call.id });
      const ok = okOf(told) as StepMembers | null;
      if (ok === null) return one(told, { made });
      if (ok.entry !== undefined) {
        const found = this.#made(step.on, ok.entry, { name: step.entry ?? `${step.call}'s entry`, by: step.call, proposed: null });
        if ('kind' in found) return { stop: found };
        made = found;
        entry = { ...ok.entry, ...readings(found) };
      }
      // What a caller was told before ends nothing any more.
      const answered = ok.answer !== undefined && !this.#told.has(step.call);
      if (ok.answer !== undefined) this.#told.add(step.call);
      if (step.until === undefined || answered || ok.waits !== undefined || ORDER.indexOf(ok.phase) >= ORDER.indexOf(step.until)) {
        return one({ outcome: { ok: { ...ok, ...(entry !== null && { entry }) } } }, { made });
      }
    }
    return { stop: { kind: 'setup', got: `${step.on}.cutover.step neither waits nor comes to "${step.until ?? ''}" in ${MOST_STEPS} requests` } };
  }

  // ── The suite's part ──────────────────────────────────────────────────────────────────────────────────────

  /** Appends what the log lacks, then commits and applies, as asked; each is a part of its own. */
  async #replicate({ on, from, to: named = 'last', commit, apply }: LeaderStep<'replicate'>): Promise<Performed> {
    const acting = this.#acting;
    const { book } = acting;
    const to = book.index(from, named);
    if (to === null) return { stop: unknownIndex(from, named, book) };
    const lacks = book.lacking(on, { from, to });
    if (typeof lacks === 'string') return { stop: { kind: 'setup', got: printable(lacks) } };
    const requests: [op: string, request: () => ReturnType<Acting['applyAll']>][] = [
      ...lacks.length === 0 ? [] : [['append', () => acting.append(on, lacks)] as [string, () => Promise<Told>]],
      ...commit === true || apply === true ? [['commit', () => acting.commit(on, to)] as [string, () => Promise<Told>]] : [],
      ...apply === true ? [['apply', () => acting.applyAll(on, to)] as [string, () => ReturnType<Acting['applyAll']>]] : [],
    ];
    const parts: Done[] = [];
    for (const [op, request] of requests) {
      const before = book.log(on).entries;
      const told = await request();
      if (!('outcome' in told)) return told;
      parts.push(acting.part(on, op, told.outcome, before, told.states));
      if (!('ok' in told.outcome)) break;
    }
    const log = book.log(on).entries;
    return { outcome: parts.at(-1)?.outcome ?? { ok: { last: `${book.last(on)}` } }, parts: parts.length > 0 ? parts : [acting.part(on, 'replicate', { ok: {} }, log)] };
  }

  // ── Names ─────────────────────────────────────────────────────────────────────────────────────────────────

  #ticket(name: string, node: string): Ticket | Stop {
    return this.#living('ticket', name, node, this.#acting.book.tickets.get(name));
  }

  #call(name: string, node: string): Given | Stop {
    return this.#living('call', name, node, this.#acting.book.calls.get(name));
  }

  #living<Of extends Given>(what: string, name: string, node: string, given: Of | undefined): Of | Stop {
    if (given === undefined) return neverCame(what, name);
    if (given.node !== node) return { kind: 'setup', got: `the ${what} "${name}" is one of ${given.node}, and not of ${node}` };
    return this.#given.get(name) === this.#acting.starts.get(node) ? given : { kind: 'setup', got: `the ${what} "${name}" was given before ${node} was started again` };
  }
}
