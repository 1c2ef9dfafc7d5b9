/**
 * Follows a scenario step by step without a node: what stands in each log, who leads, which node is open, what was kept.
 *
 * The lint refuses by it what no run could come to (a log with a hole, an edit under an open node, a proposal to a node
 * that follows). Where a node decides what is appended, the log is not known from there on: what really stood where is
 * in the log book of a run (log-book.ts), and from here come only the names, in their order.
 */
import { isLeaderOp, onEach, type Expected, type Scenario, type ScenarioCheckSpec, type Step, type WrittenStep } from './schema.js';

export type OutcomeKind = 'ok' | 'refused' | 'halted';

/** An entry at its index. */
export interface Placed { readonly index: bigint; readonly entry: string; readonly term: bigint }

/** What is known of a node before a step. */
export interface NodeState {
  /** From index 1 on, without a hole; null where an edit, or what a node decides, leaves it unknown. */
  readonly log: readonly Placed[] | null;
  /** The same, and where that is not known the entries that may stand there: where the names of a check lead. */
  readonly named: readonly Placed[];
  /** Volatile. */
  readonly commit: bigint;
  readonly open: 'open' | 'closed' | 'unknown';
  readonly halted: boolean;
  /** Volatile. */
  readonly role: 'leader' | 'follower' | 'unknown';
  /** The term that it leads, or led last. */
  readonly term: bigint;
}

/** A step with what is known before it; one on several nodes once for each. */
export interface Followed {
  readonly step: Step;
  /** From 1. */
  readonly number: number;
  /** Of the node of the step. */
  readonly before: NodeState;
  readonly after: NodeState;
  /** Outcomes that the step may come to. */
  readonly kinds: ReadonlySet<OutcomeKind>;
  /** It comes to `ok` and is not passed over, or the scenario goes no further. */
  readonly sure: boolean;
  /** Where the entries of an append go, whether they are let in or not; empty for other steps. */
  readonly placed: readonly Placed[];
  /** The term that a `role` step names, or that the suite chooses for it; null for a follower of no term, and for other steps. */
  readonly term: bigint | null;
}

const FRESH: NodeState = { log: [], named: [], commit: 0n, open: 'closed', halted: false, role: 'follower', term: 0n };

const kindOf = (expected: Expected): OutcomeKind => 'ok' in expected ? 'ok' : 'refused' in expected ? 'refused' : 'halted';
const allowedBy = ({ expect, any_of: anyOf }: ScenarioCheckSpec): OutcomeKind[] => [...(expect === undefined ? [] : [expect]), ...(anyOf ?? [])].map(kindOf);

/** What a step may come to: as it says, else as its checks allow, else `ok`. */
export function outcomesOf(step: Step | WrittenStep): ReadonlySet<OutcomeKind> {
  const may = 'may' in step ? step.may : undefined;
  if (may !== undefined) return new Set(may);
  const kinds = new Set(('checks' in step ? step.checks ?? [] : []).flatMap(allowedBy));
  return kinds.size === 0 ? new Set(['ok']) : kinds;
}

/** Index of the last entry of a log. */
export const lastOf = (log: readonly Placed[]): bigint => log.at(-1)?.index ?? 0n;

/** The indices of the entries of a log by name; of one that stands more than once, the last. */
export const indicesOf = (log: readonly Placed[]): ReadonlyMap<string, bigint> => new Map(log.map(({ entry, index }) => [entry, index]));

/** The index that `to` names; null when it cannot be known. */
export function indexNamed(to: string, log: readonly Placed[] | null): bigint | null {
  if (/^\d/.test(to)) return BigInt(to);
  if (log === null) return null;
  return to === 'last' ? lastOf(log) : indicesOf(log).get(to) ?? null;
}

/** A log into which entries were put from an index on: what stood from there on is gone. */
export const putInto = <Entry extends Placed>(log: readonly Entry[], placed: readonly Entry[]): readonly Entry[] => {
  const from = placed[0]?.index ?? lastOf(log) + 1n;
  return [...log.filter(({ index }) => index < from), ...placed];
};

/** Steps with what is known before and after each. */
export function follow({ steps }: Scenario): Followed[] {
  const walk = new Walk();
  return steps.flatMap((written, at) => onEach(written).map((step) => walk.take(step, at + 1)));
}

/** Where the entries of an append go. */
export function placedBy(step: Step, log: readonly Placed[]): readonly Placed[] {
  if (!('op' in step) || step.op !== 'append') return [];
  const from = step.at !== undefined ? BigInt(step.at) : lastOf(log) + 1n;
  return step.entries.map((entry, offset) => ({ entry, index: from + BigInt(offset), term: BigInt(step.term ?? '1') }));
}

class Walk {
  readonly #nodes = new Map<string, NodeState>();
  readonly #copies = new Map<string, readonly Placed[] | null>();
  readonly #snapshots = new Map<string, readonly Placed[]>();
  /** The highest term that a step named or was given. */
  #highest = 0n;

  take(step: Step, number: number): Followed {
    const before = this.#of(step.on);
    const kinds = outcomesOf(step);
    const sure = kinds.size === 1 && kinds.has('ok') && !('if' in step && step.if !== undefined);
    const placed = placedBy(step, before.log ?? []);
    const term = this.#term(step);
    const after = this.#after(step, before, { kinds, sure, placed, term });
    this.#nodes.set(step.on, after);
    return { step, number, before, after, kinds, sure, placed, term };
  }

  #of(node: string): NodeState {
    return this.#nodes.get(node) ?? FRESH;
  }

  #term(step: Step): bigint | null {
    if (!('op' in step)) return null;
    const named = step.op === 'append' ? step.term ?? '1' : step.op === 'role' ? step.term : undefined;
    const term = named !== undefined ? BigInt(named) : step.op === 'role' && step.is === 'leader' ? this.#highest + 1n : null;
    if (term !== null && term > this.#highest) this.#highest = term;
    return step.op === 'role' ? term : null;
  }

  #after(step: Step, before: NodeState, known: Pick<Followed, 'kinds' | 'sure' | 'placed' | 'term'>): NodeState {
    if ('file' in step) return withLog(before, editedLog(step, before.log, this.#copies));
    if (!('op' in step)) return before;
    if (isLeaderOp(step.op)) return known.kinds.has('ok') ? this.#led(step, before, known) : before;
    const { kinds, sure, placed } = known;
    switch (step.op) {
      case 'open': return { ...before, commit: 0n, halted: false, role: 'follower', open: !kinds.has('ok') ? 'closed' : kinds.size === 1 ? 'open' : 'unknown' };
      case 'close': case 'crash.now': return { ...before, commit: 0n, open: 'closed', role: 'follower' };
      case 'append': {
        const { log } = before;
        if (!kinds.has('ok') || log === null) return log === null && kinds.has('ok') ? { ...before, named: [...before.named, ...placed] } : before;
        // Where it may be refused too and would leave a hole, it is refused.
        if ((placed[0]?.index ?? 1n) > lastOf(log) + 1n) return before;
        return 'if' in step && step.if !== undefined && !sure ? unknownWith(before, placed) : withLog(before, putInto(log, placed));
      }
      case 'commit': {
        const to = kinds.has('ok') ? indexNamed(step.to, before.log) ?? 0n : 0n;
        return { ...before, commit: to > before.commit ? to : before.commit };
      }
      case 'apply': return { ...before, halted: kinds.size === 1 && kinds.has('halted') };
      default: return before;
    }
  }

  /** After a step of level L2 that may come to `ok`. */
  #led(step: Extract<Step, { op: unknown }>, before: NodeState, { sure, term }: Pick<Followed, 'sure' | 'term'>): NodeState {
    switch (step.op) {
      case 'role': {
        const next: NodeState = { ...before, role: sure ? step.is : 'unknown', term: term ?? before.term };
        return step.entry === undefined ? next : appended(next, { entry: step.entry, term: next.term }, sure);
      }
      case 'admit': return appended(before, { entry: step.entry, term: before.term }, sure);
      // Which of its steps appends is the node's affair.
      case 'cutover.step': return step.entry === undefined ? before : appended(before, { entry: step.entry, term: before.term }, false);
      case 'snapshot.take': {
        this.#snapshots.set(step.snapshot, before.named);
        return before;
      }
      case 'snapshot.install': return unknownWith(before, this.#snapshots.get(step.snapshot) ?? []);
      case 'replicate': {
        const { log, named } = this.#of(step.from);
        const to = step.to === undefined || log === null ? lastOf(log ?? []) : indexNamed(step.to, log);
        if (log === null || before.log === null || to === null || !sure) return unknownWith(before, named);
        const next = withLog(before, carriedOver(before.log, log.filter(({ index }) => index <= to)));
        return { ...next, commit: (step.commit === true || step.apply === true) && to > next.commit ? to : next.commit };
      }
      default: return before;
    }
  }
}

const withLog = (state: NodeState, log: readonly Placed[] | null): NodeState => ({ ...state, log, named: log ?? state.named });

/** The log is not known any more; these may stand in it too. */
function unknownWith(state: NodeState, placed: readonly Placed[]): NodeState {
  const there = new Set(state.named.map(({ entry }) => entry));
  return { ...state, log: null, named: [...state.named, ...placed.filter(({ entry }) => !there.has(entry))] };
}

/** The node has put an entry behind its last, or may have. */
function appended(state: NodeState, { entry, term }: Pick<Placed, 'entry' | 'term'>, sure: boolean): NodeState {
  const placed = { entry, term, index: lastOf(state.log ?? state.named) + 1n };
  return sure && state.log !== null ? withLog(state, [...state.log, placed]) : unknownWith(state, [placed]);
}

/** A log into which another was carried over, from the first difference on. */
function carriedOver(own: readonly Placed[], other: readonly Placed[]): readonly Placed[] {
  const at = other.findIndex(({ entry, term }, offset) => own[offset]?.entry !== entry || own[offset].term !== term);
  return at === -1 ? own : putInto(own, other.slice(at));
}

/** The log of a node after an edit of a file. */
export function editedLog<Entry extends Placed>(
  { file, edit }: Extract<Step, { file: unknown }>, log: readonly Entry[] | null, copies: Map<string, readonly Entry[] | null>,
): readonly Entry[] | null {
  if (file !== 'log') return log;
  if ('keep' in edit) copies.set(edit.keep, log);
  if ('keep' in edit || 'temporary' in edit) return log;
  if ('remove' in edit) return [];
  return 'restore' in edit ? copies.get(edit.restore) ?? null : null;
}
