/**
 * Follows a scenario step by step without a node: what stands in each log, which node is open, what was kept.
 *
 * The lint refuses by it what no run could come to (a log with a hole, an edit under an open node), and the runner and
 * the invariants read from it at which index an entry stands.
 */
import type { Expected, Scenario, ScenarioCheckSpec, Step } from './schema.js';

export type OutcomeKind = 'ok' | 'refused' | 'halted';

/** An entry at its index. */
export interface Placed { readonly index: bigint; readonly entry: string; readonly term: bigint }

/** What is known of a node before a step. */
export interface NodeState {
  /** From index 1 on, without a hole; null after an edit that leaves it unknown. */
  readonly log: readonly Placed[] | null;
  /** The same, and after such an edit what stood there before: where the names of a check lead. */
  readonly named: readonly Placed[];
  /** Volatile. */
  readonly commit: bigint;
  readonly open: 'open' | 'closed' | 'unknown';
  readonly halted: boolean;
}

/** A step with what is known before it. */
export interface Followed {
  readonly step: Step;
  /** From 1. */
  readonly number: number;
  /** Of the node of the step. */
  readonly before: NodeState;
  readonly after: NodeState;
  /** Outcomes that the step may come to. */
  readonly kinds: ReadonlySet<OutcomeKind>;
  /** Where the entries of an append go, whether they are let in or not; empty for other steps. */
  readonly placed: readonly Placed[];
}

const FRESH: NodeState = { log: [], named: [], commit: 0n, open: 'closed', halted: false };

const kindOf = (expected: Expected): OutcomeKind => 'ok' in expected ? 'ok' : 'refused' in expected ? 'refused' : 'halted';
const allowedBy = ({ expect, any_of: anyOf }: ScenarioCheckSpec): OutcomeKind[] => [...(expect === undefined ? [] : [expect]), ...(anyOf ?? [])].map(kindOf);

/** What a step may come to: as it says, else as its checks allow, else `ok`. */
export function outcomesOf(step: Step): ReadonlySet<OutcomeKind> {
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
export const putInto = (log: readonly Placed[], placed: readonly Placed[]): readonly Placed[] => {
  const from = placed[0]?.index ?? 1n;
  return [...log.filter(({ index }) => index < from), ...placed];
};

/** Steps with what is known before and after each. */
export function follow({ steps }: Scenario): Followed[] {
  const nodes = new Map<string, NodeState>();
  const copies = new Map<string, NodeState['log']>();
  return steps.map((step, at) => {
    const before = nodes.get(step.on) ?? FRESH;
    const kinds = outcomesOf(step);
    const placed = placedBy(step, before);
    const next = 'file' in step ? { ...before, log: editedLog(step, before, copies) } : stepped(step, before, kinds, placed);
    const after = { ...next, named: next.log ?? before.named };
    nodes.set(step.on, after);
    return { step, number: at + 1, before, after, kinds, placed };
  });
}

function placedBy(step: Step, { log }: NodeState): readonly Placed[] {
  if (!('op' in step) || step.op !== 'append') return [];
  const from = step.at !== undefined ? BigInt(step.at) : lastOf(log ?? []) + 1n;
  return step.entries.map((entry, offset) => ({ entry, index: from + BigInt(offset), term: BigInt(step.term ?? '1') }));
}

function stepped(step: Step, before: NodeState, kinds: ReadonlySet<OutcomeKind>, placed: readonly Placed[]): NodeState {
  if (!('op' in step)) return before;
  switch (step.op) {
    case 'open': return { ...before, commit: 0n, halted: false, open: !kinds.has('ok') ? 'closed' : kinds.size === 1 ? 'open' : 'unknown' };
    case 'close': case 'crash.now': return { ...before, commit: 0n, open: 'closed' };
    case 'append': {
      const { log } = before;
      if (!kinds.has('ok') || log === null) return before;
      // Where it may be refused too and would leave a hole, it is refused.
      return (placed[0]?.index ?? 1n) > lastOf(log) + 1n ? before : { ...before, log: putInto(log, placed) };
    }
    case 'commit': {
      const to = kinds.has('ok') ? indexNamed(step.to, before.log) ?? 0n : 0n;
      return { ...before, commit: to > before.commit ? to : before.commit };
    }
    case 'apply': return { ...before, halted: kinds.size === 1 && kinds.has('halted') };
    case 'state': case 'snapshot.header': return before;
  }
}

/** The log of a node after an edit of a file. */
function editedLog(step: Extract<Step, { file: unknown }>, { log }: NodeState, copies: Map<string, NodeState['log']>): NodeState['log'] {
  if (step.file !== 'log') return log;
  const { edit } = step;
  if ('keep' in edit) copies.set(edit.keep, log);
  if ('keep' in edit || 'temporary' in edit) return log;
  if ('remove' in edit) return [];
  return 'restore' in edit ? copies.get(edit.restore) ?? null : null;
}
