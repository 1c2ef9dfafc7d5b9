/**
 * Holds the patterns of a scenario against the shape of the answer that they are about: a member that no answer has, or a
 * value that it can never have, would make a check that always fails or, where it is forbidden, one that cannot fail.
 */
import { z } from 'zod';
import { isReason } from '../../spec/reasons.js';
import { logEntry, operations } from '../protocol/operations.js';
import { hex, u16, u32, u64 } from '../protocol/values.js';
import { inner } from './form.js';
import type { Pattern, Step, WrittenStep } from './schema.js';
import { operator, OPERATORS, show, type Members } from './words.js';

/** What the suite reads in the data of an entry that a node made: its form, and of a sealed one key, nonce and epoch. It stands beside what the node says. */
const read = { form: z.enum(['empty', 'plain', 'sealed', 'cutover', 'other']), key: u32.optional(), nonce: hex.optional(), epoch: u16.optional() };
const withReadings = z.object({ ...logEntry.shape, ...read });

/** The members of `ok` that a step can be answered with. */
export function answerOf(step: Step | WrittenStep): z.ZodType {
  if ('file' in step || 'find' in step) return z.object({ found: z.boolean() });
  switch (step.op) {
    case 'role': return z.object({ entry: withReadings.optional() });
    case 'admit': return z.object({ ...membersOf(operations.admit.ok), ...read });
    case 'cutover.step': return z.object({ ...membersOf(operations['cutover.step'].ok), entry: withReadings.optional() });
    case 'replicate': return membersFrom(step.apply === true ? operations.apply.ok : step.commit === true ? operations.commit.ok : operations.append.ok);
    default: return membersFrom(operations[step.op].ok);
  }
}

/** The members of an answer by name; where a node that died answers otherwise, those of one that lives. */
const membersOf = (ok: z.ZodType): Readonly<Record<string, z.ZodType>> => {
  const shape = (ok instanceof z.ZodUnion ? ok.options.at(-1) : ok) as z.ZodObject;
  return Object.fromEntries(Object.entries(shape.shape as Readonly<Record<string, z.ZodType>>).filter(([name]) => name !== 'crashed'));
};
const membersFrom = (ok: z.ZodType): z.ZodType => z.object({ ...membersOf(ok) });

/** The results in a halt. */
export const resultsShape: z.ZodType = operations.apply.ok.shape.results;
/** An index in a halt. */
export const indexShape: z.ZodType = u64;

/** One value of the kind that a lookup gives; none for what earlier steps saved. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  $index: '1', $before: '1', $entry: { index: '1', term: '1', type: 'normal', data: '' }, $key: 1, $node: '1', $chain: '00'.repeat(32), $header: '00', $hex: '00',
};

const allows = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (path: string, text: string): string => `${path === '' ? '' : `${path}: `}${text}`;

/** What no answer of that shape can match; null when one can. */
export function answerProblem(given: z.ZodType, pattern: Pattern, path = ''): string | null {
  const schema = inner(given);
  const found = operator(pattern);
  if (found !== null) return operatorProblem(given, found, path);
  if (isObject(pattern)) {
    const odd = Object.keys(pattern).find((name) => name.startsWith('$'));
    if (odd !== undefined) return at(path, `expected "${odd}" alone in its object, got it beside others`);
    if (schema instanceof z.ZodUnion) return unionProblem(schema, pattern, path);
    if (!(schema instanceof z.ZodObject)) return at(path, `expected ${kindOf(given)}, got an object`);
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
    for (const [name, member] of Object.entries(pattern)) {
      const known = Object.hasOwn(shape, name) ? shape[name] : undefined;
      const below = path === '' ? name : `${path}.${name}`;
      if (known === undefined) return at(below, `expected a member that the answer has (${Object.keys(shape).join(', ') || 'it has none'}), got "${name}"`);
      const problem = answerProblem(known, member, below);
      if (problem !== null) return problem;
    }
    return null;
  }
  if (Array.isArray(pattern)) {
    if (!(schema instanceof z.ZodArray)) return at(path, `expected ${kindOf(given)}, got a list`);
    return firstProblem(pattern as readonly Pattern[], (item, index) => answerProblem(schema.element as z.ZodType, item, `${path}[${index}]`));
  }
  if (!allows(given, pattern)) return at(path, `expected ${kindOf(given)}, got ${show(pattern)}`);
  if (typeof pattern === 'string' && /(^|\.)(halted|refused|reasons)\[/.test(path) && !isReason(pattern)) return at(path, `expected a reason of the published table, got ${show(pattern)}`);
  return null;
}

/** Of forms that a member tells apart, the one that the pattern names; where it names none, the one that has most of its members. */
function unionProblem({ options }: z.ZodUnion, pattern: Members, path: string): string | null {
  const found = options.map((option) => ({ problem: answerProblem(option as z.ZodType, pattern, path), shared: shared(option, pattern) }));
  if (found.some(({ problem }) => problem === null)) return null;
  return found.reduce((best, one) => one.shared > best.shared ? one : best).problem;
}

/** How much a form has in common with a pattern: what tells it apart weighs most. */
const shared = (option: unknown, pattern: Members): number => !(option instanceof z.ZodObject) ? 0
  : Object.entries(pattern).reduce((sum, [name, value]) => {
    const member: unknown = Object.hasOwn(option.shape, name) ? option.shape[name] : undefined;
    return sum + (member === undefined ? 0 : member instanceof z.ZodLiteral && allows(member, value) ? 10 : 1);
  }, 0);

function operatorProblem(given: z.ZodType, [name, operand]: readonly [string, Pattern], path: string): string | null {
  const schema = inner(given);
  if (!Object.hasOwn(OPERATORS, name)) return at(path, `expected one of ${Object.keys(OPERATORS).join(', ')}, got "${name}"`);
  const items = Array.isArray(operand) ? operand as readonly Pattern[] : null;
  const element = schema instanceof z.ZodArray ? schema.element as z.ZodType : null;
  const needsList = (): string => at(path, `expected a list for "${name}" to look into, got ${kindOf(given)}`);
  switch (name) {
    case '$not': return answerProblem(given, operand, path);
    case '$oneOf':
      if (items === null || items.length === 0) return at(path, `expected a list of patterns behind "${name}", got ${show(operand)}`);
      return firstProblem(items, (item) => answerProblem(given, item, path));
    case '$has': case '$set':
      if (items === null) return at(path, `expected a list of patterns behind "${name}", got ${show(operand)}`);
      return element === null ? needsList() : firstProblem(items, (item, index) => reasonProblem(item, path) ?? answerProblem(element, item, `${path}[${index}]`));
    case '$absent':
      if (typeof operand !== 'boolean') return at(path, `expected true or false behind "${name}", got ${show(operand)}`);
      return allows(given, undefined) ? null : at(path, `expected a member that an answer may leave out behind "${name}", got one that every answer has`);
    case '$none': return element === null ? needsList() : answerProblem(element, operand, `${path}[0]`);
    case '$count':
      if (typeof operand !== 'number' || !Number.isInteger(operand) || operand < 0) return at(path, `expected a number of items behind "${name}", got ${show(operand)}`);
      return element === null ? needsList() : null;
    case '$above':
      if (!allows(given, '1') && !allows(given, 1)) return at(path, `expected ${kindOf(given)}, got "${name}", which compares numbers`);
      return operator(operand) !== null || allows(u64, String(operand)) ? null : at(path, `expected a number behind "${name}", got ${show(operand)}`);
    default: {
      if (name === '$saved') return null;
      return allows(given, SAMPLES[name]) ? null : at(path, `expected ${kindOf(given)}, got "${name}", which stands for another kind of value`);
    }
  }
}

const reasonProblem = (item: Pattern, path: string): string | null =>
  typeof item === 'string' && /(^|\.)(halted|refused|reasons)$/.test(path) && !isReason(item) ? at(path, `expected a reason of the published table, got ${show(item)}`) : null;

function firstProblem<T>(items: readonly T[], problem: (item: T, index: number) => string | null): string | null {
  for (const [index, item] of items.entries()) {
    const found = problem(item, index);
    if (found !== null) return found;
  }
  return null;
}

/** The kind of value that a schema takes, in words. */
function kindOf(given: z.ZodType): string {
  const nothing = allows(given, null) ? ', or null' : '';
  const schema = inner(given);
  if (schema instanceof z.ZodUnion) return `an object with ${[...new Set(schema.options.flatMap((option) => option instanceof z.ZodObject ? Object.keys(option.shape) : []))].join(', ')}${nothing}`;
  if (schema instanceof z.ZodObject) return `an object with ${Object.keys(schema.shape).join(', ')}${nothing}`;
  if (schema instanceof z.ZodArray) return `a list${nothing}`;
  if (schema instanceof z.ZodEnum) return `${schema.options.map((one) => JSON.stringify(one)).join(' or ')}${nothing}`;
  if (allows(given, true)) return 'true or false';
  if (allows(given, 1)) return 'a number';
  return allows(given, '1') && !allows(given, 'x') ? 'a u64 as a decimal string' : allows(given, 'ff') && !allows(given, 'f') ? 'bytes as lower-case hex' : 'a text';
}

/** Whether a pattern matches every answer. */
export const matchesAll = (pattern: Pattern): boolean => isObject(pattern) && Object.keys(pattern).length === 0;
