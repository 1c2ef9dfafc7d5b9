/** Patterns, expectations and values in words short enough for a console. */
import type { Expected, Pattern } from './schema.js';

export type Members = Readonly<Record<string, Pattern>>;

/** What a pattern with one member `$…` does: `lookup` stands for a value, `compare` holds the value against its operand. */
export const OPERATORS = {
  $index: 'lookup', $before: 'lookup', $entry: 'lookup', $chain: 'lookup', $key: 'lookup', $node: 'lookup', $header: 'lookup', $saved: 'lookup', $hex: 'lookup',
  $not: 'compare', $oneOf: 'compare', $has: 'compare', $none: 'compare', $set: 'compare', $count: 'compare', $above: 'compare', $absent: 'compare',
} as const;
export type Operator = keyof typeof OPERATORS;

/** Name and operand of a pattern that is one member beginning with `$`; null for any other. */
export function operator(pattern: Pattern): readonly [string, Pattern] | null {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) return null;
  const [first, ...others] = Object.entries(pattern as Members);
  return first !== undefined && others.length === 0 && first[0].startsWith('$') ? first : null;
}

/** An expectation in one line. */
export function describeExpected(expected: Expected): string {
  if ('ok' in expected) return isEmpty(expected.ok) ? 'ok' : `ok ${compact(expected.ok)}`;
  if ('refused' in expected) return `refused${describeReasons(expected.refused)}`;
  const { at, reasons, results } = expected.halted;
  return `halted${at === undefined ? '' : ` before ${compact(at)}`}${describeReasons(reasons)}${results === undefined ? '' : `, results ${compact(results)}`}`;
}

const describeReasons = (reasons: 'any' | { exactly: readonly string[] } | { one_of: readonly string[] }): string => {
  if (reasons === 'any') return '';
  return 'exactly' in reasons ? ` (${reasons.exactly.join(' + ')})` : ` (one of ${reasons.one_of.join(', ')})`;
};

const isEmpty = (pattern: Pattern): boolean => typeof pattern === 'object' && pattern !== null && Object.keys(pattern).length === 0;

/** JSON with a space behind commas and colons, and names without quotes. */
export function compact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  return `{${Object.entries(value).map(([name, inner]) => `${name}: ${compact(inner)}`).join(', ')}}`;
}

const SHOWN = 96;

/** A value as it came, cut to what fits a line. Long texts are cut first: of a key no more than eight bytes are ever shown. */
export function show(value: unknown, most = SHOWN): string {
  const short = (inner: unknown): unknown => {
    if (typeof inner === 'string') return inner.length > 40 ? `${inner.slice(0, 16)}…` : inner;
    if (Array.isArray(inner)) return inner.map(short);
    return typeof inner === 'object' && inner !== null ? Object.fromEntries(Object.entries(inner).map(([name, deeper]) => [name, short(deeper)])) : inner;
  };
  const text = value === undefined ? 'nothing' : compact(short(value));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
