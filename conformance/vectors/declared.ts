/**
 * Does a case fit what its group declares? Inputs and expected outputs are checked against the same schemas that adapter
 * writers read, so that nothing is sent that no adapter could know of, and nothing is expected that is never compared.
 */
import { z } from 'zod';
import { InputError } from '../errors.js';
import { formats } from '../protocol/formats/index.js';
import { hex, u64 } from '../protocol/values.js';
import type { Group } from '../protocol/formats/format.js';
import { expandInput, isRun, MAX_EXPANDED } from './expand.js';
import { isLong } from './judge.js';
import type { Expectation } from './schema.js';
import type { Input } from './sort/rules.js';

/** The declaration of a group, if the protocol has one. */
export const declaration = (format: string, group: string): Group | undefined =>
  Object.hasOwn(formats, format) && Object.hasOwn(formats[format]?.groups ?? {}, group) ? formats[format]?.groups[group] : undefined;

/** What is wrong with the input of a case that was written out; null when it fits. */
export function inputProblem({ input, laid = input }: Group, expanded: Input): string | null {
  const parsed = laid.safeParse(expanded);
  return parsed.success ? null : `input ${shapeProblem(parsed.error, expanded)}`;
}

/** What is wrong with the outputs of an expectation; null when all are declared and fit. */
export function outputProblem(group: Group, expect: Expectation): string | null {
  const outputs = writtenOut(expect.observed ?? {});
  const known = [group.observed, group.seen].flatMap((part) => part instanceof z.ZodObject ? Object.keys(part.shape) : []);
  const stranger = Object.keys(outputs).find((name) => !known.includes(name));
  if (stranger !== undefined) return `expect: expected outputs named ${known.join(', ') || '(none)'}, got "${stranger}"`;
  const wrong = [group.observed, group.seen].map((part) => part?.safeParse(outputs).error).find((error) => error !== undefined);
  return wrong === undefined ? null : `expect ${shapeProblem(wrong, outputs)}`;
}

/** Expected outputs with their short forms written out; of a long output only the length and the ends are right. */
function writtenOut(outputs: Input): Input {
  const walk = (value: unknown): unknown => {
    if (isLong(value)) {
      if (value.length > MAX_EXPANDED) throw new InputError(`expect: expected a length up to ${MAX_EXPANDED}, got ${value.length}`);
      const { head, tail = '' } = value;
      return head + '00'.repeat(Math.max(0, Math.floor(value.length - (head.length + tail.length) / 2))) + tail;
    }
    if (typeof value !== 'object' || value === null || isRun(value)) return value;
    return Array.isArray(value) ? value.map(walk) : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
  };
  return expandInput(walk(outputs) as Input);
}

/** The first problem of a shape: where it is, what was expected and what came. */
export function shapeProblem(error: z.ZodError, value: unknown): string {
  const issue = deepest(error.issues[0]);
  if (issue === undefined) return 'has another shape';
  const path = issue.path.map((step) => typeof step === 'number' ? `[${step}]` : `.${String(step)}`).join('').replace(/^\./, '');
  const got = issue.path.reduce<unknown>((at, step) => typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined, value);
  return `${path === '' ? '' : `${path}: `}expected ${expectation(issue)}, got ${preview(got, issue)}`;
}

/** Inside a union, the problem of the branch that came furthest. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors.map((branch) => deepest(branch[0])).filter((found) => found !== undefined);
  const best = inner.sort((left, right) => right.path.length - left.path.length)[0];
  return best === undefined || best.path.length === 0 ? issue : { ...best, path: [...issue.path, ...best.path] };
}

/** The pattern that a text of another form is reported with. */
function patternOf(schema: z.ZodType): string {
  const issue = schema.safeParse('?').error?.issues[0];
  return issue?.code === 'invalid_format' ? issue.pattern ?? '' : '';
}

/** The forms of the protocol's values in words, by their patterns. */
const FORMS: ReadonlyMap<string, string> = new Map([
  [patternOf(hex), 'bytes as lower-case hex'],
  [patternOf(u64), 'a u64 as a decimal string'],
]);

const UNITS: Readonly<Record<string, string>> = { array: ' items', string: ' characters' };
const KINDS: Readonly<Record<string, string>> = { record: 'object', array: 'list', int: 'whole number' };

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value': return issue.values.length > 12 ? `one of ${issue.values.length} known names`
      : issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'unrecognized_keys': return 'no other members';
    case 'invalid_format': return FORMS.get(issue.pattern ?? '') ?? `text of the form ${issue.pattern ?? issue.format}`;
    case 'too_small': return `at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    case 'too_big': return `at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    default: return issue.message;
  }
}

function preview(value: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `"${key.slice(0, 40)}"`).join(', ');
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no members'}`;
  // Beyond what a double holds the digits that were sent are gone, and others must not be shown for them.
  if (typeof value === 'number' && !Number.isSafeInteger(value) && Math.abs(value) >= 2 ** 53) return 'a number above 2^53';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 24)}… (${text.length} characters)` : text;
}
