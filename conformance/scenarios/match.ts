/**
 * Holds what came against what a check expects: patterns over the members of an answer, and the outcomes beside them.
 *
 * Pure. What a pattern looks up (the index of an entry, the chain, a header, what an earlier step saved) is worked out
 * here, from the scenario and the suite's own codec, never asked of the implementation.
 */
import { isReason } from '../../spec/reasons.js';
import { chained, EMPTY_CHAIN, snapshotHeader } from '../oracle/chain.js';
import { nodeIdOf, type ExpandedScenario } from './expand.js';
import { messageOf, type Standing } from './standing.js';
import { describeExpected, operator, show, type Members } from './words.js';
import type { Expected, Pattern, ScenarioCheckSpec } from './schema.js';

/** What patterns are looked up in. */
export interface MatchContext {
  readonly expanded: ExpandedScenario;
  /** What the names of entries stand for at the node that answered. */
  readonly names: ReadonlyMap<string, Standing>;
  /** The members of `ok` that steps kept, by name. */
  readonly saved: ReadonlyMap<string, unknown>;
  /** The implementation's own names of reasons to those of the table. */
  readonly reasons?: Readonly<Record<string, string>>;
}

/** A reply without its id: exactly one of the members of the protocol's six outcomes. */
export type Outcome = Readonly<Record<string, unknown>>;

/** How an outcome differs from what a check allows. */
export interface ExpectMismatch {
  /** `outcome`: another one; `reasons`; `member`: a member of the answer; `absent`: one that the answer does not have; `never`: a forbidden answer came; `lookup`: the pattern has nothing to be compared with. */
  readonly kind: 'outcome' | 'reasons' | 'member' | 'absent' | 'never' | 'lookup';
  /** Path of the member, such as `keys[1].epoch`. */
  readonly member?: string;
  readonly expected: string;
  readonly got: string;
}

/** Something that a pattern names and that did not come about in this run. */
class LookupFailed extends Error {
  override readonly name = 'LookupFailed';
}

type Difference = Omit<ExpectMismatch, 'kind'> & { readonly kind: 'member' | 'absent' };

/** Where and how a value differs from a pattern; null when it matches. */
export function matchPattern(pattern: Pattern, value: unknown, context: MatchContext): string | null {
  try {
    const found = difference(pattern, value, '', context);
    return found === null ? null : `${found.member === undefined ? '' : `${found.member}: `}expected ${found.expected}, got ${found.got}`;
  } catch (error) {
    if (error instanceof LookupFailed) return `expected a value to compare with, got ${error.message}`;
    throw error;
  }
}

/** Null: the outcome is one that the check allows. */
export function judgeExpected(check: ScenarioCheckSpec, outcome: Outcome, context: MatchContext): ExpectMismatch | null {
  try {
    for (const forbidden of check.never ?? []) {
      if (judgeOne(forbidden, outcome, context) === null) return { kind: 'never', expected: `never ${describeExpected(forbidden)}`, got: describeOutcome(outcome) };
    }
    if (check.expect !== undefined) return judgeOne(check.expect, outcome, context);
    const all = (check.any_of ?? []).map((one) => judgeOne(one, outcome, context));
    if (all.length === 0 || all.includes(null)) return null;
    return { kind: 'outcome', expected: (check.any_of ?? []).map(describeExpected).join(', or '), got: describeOutcome(outcome) };
  } catch (error) {
    if (error instanceof LookupFailed) return { kind: 'lookup', expected: 'a value to compare with', got: error.message };
    throw error;
  }
}

function judgeOne(expected: Expected, outcome: Outcome, context: MatchContext): ExpectMismatch | null {
  const other = (): ExpectMismatch => ({ kind: 'outcome', expected: describeExpected(expected), got: describeOutcome(outcome) });
  if ('ok' in expected) return isMembers(outcome['ok']) ? difference(expected.ok, outcome['ok'], '', context) : other();
  const kind = 'refused' in expected ? 'refused' : 'halted';
  const no = outcome[kind];
  if (!isMembers(no)) return other();
  const reasons = judgeReasons('refused' in expected ? expected.refused : expected.halted.reasons, no['reasons'], context);
  if (reasons !== null || 'refused' in expected) return reasons;
  const { at, results } = expected.halted;
  return (at === undefined ? null : difference(at, no['index'], 'index', context))
    ?? (results === undefined ? null : difference(results, no['results'], 'results', context));
}

function judgeReasons(wanted: 'any' | { readonly exactly: readonly string[] } | { readonly one_of: readonly string[] }, given: unknown, { reasons = {} }: MatchContext): ExpectMismatch | null {
  const got = (Array.isArray(given) ? given.map(String) : []).map((name) => (Object.hasOwn(reasons, name) ? reasons[name] : undefined) ?? name);
  const stranger = got.find((name) => !isReason(name));
  if (stranger !== undefined) return { kind: 'reasons', expected: 'reasons of the published table', got: show(stranger) };
  if (wanted === 'any') return null;
  const names = 'exactly' in wanted ? wanted.exactly : wanted.one_of;
  const fits = 'exactly' in wanted ? new Set(names).size === new Set(got).size && names.every((name) => got.includes(name)) : names.some((name) => got.includes(name));
  return fits ? null : { kind: 'reasons', expected: names.join('exactly' in wanted ? ' + ' : ' or '), got: got.length === 0 ? 'none' : got.join(' + ') };
}

// ── Patterns ────────────────────────────────────────────────────────────────────────────────────────────────

function difference(pattern: Pattern, value: unknown, path: string, context: MatchContext): Difference | null {
  const differs = (expected: string, at = path): Difference =>
    ({ kind: value === undefined ? 'absent' : 'member', ...(at !== '' && { member: at }), expected, got: show(value) });
  const found = operator(pattern);
  if (found !== null) return compared(found, pattern, value, differs, path, context);
  if (Array.isArray(pattern)) {
    const items = pattern as readonly Pattern[];
    if (!Array.isArray(value)) return differs(show(pattern));
    for (const [at, item] of items.entries()) {
      if (at >= value.length) break;
      const inner = difference(item, value[at], `${path}[${at}]`, context);
      if (inner !== null) return inner;
    }
    return items.length === value.length ? null : differs(`${items.length} items`);
  }
  if (isMembers(pattern)) {
    if (!isMembers(value)) return differs(show(pattern));
    for (const [name, inner] of Object.entries(pattern as Members)) {
      const deeper = difference(inner, Object.hasOwn(value, name) ? value[name] : undefined, path === '' ? name : `${path}.${name}`, context);
      if (deeper !== null) return deeper;
    }
    return null;
  }
  return same(pattern, value, context) ? null : differs(show(pattern));
}

/** A text may also stand for it under the implementation's own name of a reason. */
const same = (pattern: unknown, value: unknown, { reasons = {} }: MatchContext): boolean =>
  pattern === value || (typeof pattern === 'string' && isReason(pattern) && typeof value === 'string' && Object.hasOwn(reasons, value) && reasons[value] === pattern);

type Differs = (expected: string) => Difference;

function compared([name, operand]: readonly [string, Pattern], pattern: Pattern, value: unknown, differs: Differs, path: string, context: MatchContext): Difference | null {
  const fits = (inner: Pattern, item: unknown): boolean => difference(inner, item, path, context) === null;
  const list = Array.isArray(operand) ? operand as readonly Pattern[] : [];
  const items = Array.isArray(value) ? value as readonly unknown[] : null;
  const when = (holds: boolean, words = show(pattern)): Difference | null => holds ? null : differs(words);
  switch (name) {
    // What is not there is not compared: its absence is no answer.
    case '$not': return when(value !== undefined && !fits(operand, value));
    case '$oneOf': return when(list.some((one) => fits(one, value)));
    case '$has': return when(items !== null && eachItsOwn(list, items, fits));
    case '$none': return when(items !== null && !items.some((item) => fits(operand, item)));
    case '$set': return when(items !== null && items.length === list.length && eachItsOwn(list, items, fits));
    case '$absent': return (value === undefined) === operand ? null : { ...differs(operand === true ? 'no such member' : 'this member'), kind: 'member' };
    case '$count': return when(items !== null && items.length === operand);
    case '$above': return when(isNumeric(value) && BigInt(value) > integer(lookedUp(operand, context)), `more than ${show(lookedUp(operand, context))}`);
    default: {
      const wanted = lookedUp(pattern, context);
      return difference(wanted, value, path, context);
    }
  }
}

/** Can every pattern have an item of its own? A pattern whose items are all taken makes the holder of one look for another. */
function eachItsOwn(patterns: readonly Pattern[], items: readonly unknown[], fits: (pattern: Pattern, item: unknown) => boolean): boolean {
  const fitting = patterns.map((one) => [...items.keys()].filter((at) => fits(one, items[at])));
  const holders = new Map<number, number>();
  const place = (pattern: number, tried: Set<number>): boolean => (fitting[pattern] ?? []).some((at) => {
    if (tried.has(at)) return false;
    tried.add(at);
    const holder = holders.get(at);
    if (holder !== undefined && !place(holder, tried)) return false;
    holders.set(at, pattern);
    return true;
  });
  return patterns.every((_, pattern) => place(pattern, new Set()));
}

const isNumeric = (value: unknown): value is string | number => typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^\d+$/.test(value);

function integer(value: unknown): bigint {
  if (!isNumeric(value)) throw new LookupFailed(`${show(value)}, where a number is needed`);
  return BigInt(value);
}

// ── What a pattern looks up ─────────────────────────────────────────────────────────────────────────────────

/** The value that a pattern of one member `$…` stands for; any other pattern stands for itself. */
function lookedUp(pattern: Pattern, context: MatchContext): Pattern {
  const found = operator(pattern);
  if (found === null) return pattern;
  const [name, operand] = found;
  switch (name) {
    case '$index': return `${indexOf(operand, context)}`;
    case '$before': return `${indexOf(operand, context) - 1n}`;
    case '$chain': return chainOf(operand, context);
    case '$entry': return { ...messageOf(standingOf(operand, context)) };
    case '$key': return keyId(operand, context);
    case '$node': return `${nodeIdOf(String(operand))}`;
    case '$hex': return Buffer.from(String(operand)).toString('hex');
    case '$saved': return savedValue(String(operand), context);
    case '$header': {
      const { ceiling = '0', cutover = '0' } = isMembers(operand) ? operand as Members : {};
      const named = typeof cutover === 'string' && /^[a-z]/.test(cutover);
      return snapshotHeader(integer(lookedUp(ceiling, context)), named ? indexOf(cutover, context) : integer(lookedUp(cutover, context))).toString('hex');
    }
    default: throw new LookupFailed(`${name}, which looks nothing up`);
  }
}

function standingOf(entry: Pattern, { names }: MatchContext): Standing {
  const found = names.get(String(entry));
  if (found === undefined) throw new LookupFailed(`the entry ${show(entry)}, which is not in the log of this node`);
  return found;
}

const indexOf = (entry: Pattern, context: MatchContext): bigint => standingOf(entry, context).index;

function keyId(name: Pattern, { expanded }: MatchContext): number {
  const found = expanded.keys.get(String(name));
  if (found === undefined) throw new LookupFailed(`the key ${show(name)}, which the scenario does not have`);
  return found.id;
}

function chainOf(operand: Pattern, context: MatchContext): string {
  const links = (Array.isArray(operand) ? operand as readonly Pattern[] : []).map((item) => {
    const standing = isMembers(item) ? (item as Members)['standing'] : undefined;
    const entry = standingOf(standing ?? item, context);
    const payload = standing === undefined ? entry.plain : entry.standing;
    if (payload === null) throw new LookupFailed(`the entry ${show(standing ?? item)}, which has no payload`);
    return { index: entry.index, payload: Buffer.from(payload, 'hex') };
  });
  return Buffer.from(links.reduce<Uint8Array>((chain, { index, payload }) => chained(chain, index, payload), EMPTY_CHAIN)).toString('hex');
}

function savedValue(path: string, { saved }: MatchContext): Pattern {
  const [name = '', ...members] = path.split('.');
  const found = members.reduce<unknown>((at, member) => typeof at === 'object' && at !== null && Object.hasOwn(at, member) ? (at as Record<string, unknown>)[member] : undefined, saved.get(name));
  if (found === undefined) throw new LookupFailed(`"${path}", which no step kept`);
  return found as Pattern;
}

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An outcome in a few words. */
export function describeOutcome(outcome: Outcome): string {
  const [kind = 'nothing', detail] = Object.entries(outcome).find(([name]) => name !== 'id') ?? [];
  if (kind === 'ok') return `ok ${show(detail)}`;
  const { reasons, index } = isMembers(detail) ? detail : {};
  const words = Array.isArray(reasons) ? ` (${reasons.map(String).join(' + ')})` : '';
  return `${kind}${index === undefined ? '' : ` before ${show(index)}`}${words}`;
}
