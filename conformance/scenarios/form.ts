/**
 * What is wrong with the form of a value, in one sentence that names the place: of a union the branch that was meant is
 * found by its members, so that a slip in one member is not reported as "none of ten forms fits".
 */
import { z } from 'zod';
import { didYouMean } from '../nearest.js';
import { shapeProblem } from '../vectors/declared.js';

/** The schema inside what may be absent or has a default. */
export function inner(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return inner(schema.unwrap());
  return schema;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null: the value fits. */
export function formProblem(schema: z.ZodType, value: unknown, path = ''): string | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? null : problem(schema, value, path);
}

const at = (path: string, text: string): string => path === '' ? text : `${path}: ${text}`;

function problem(given: z.ZodType, value: unknown, path: string): string {
  const schema = inner(given);
  if (schema instanceof z.ZodUnion && isObject(value)) {
    const options = branchesOf(schema);
    const branches = options.filter((option) => option instanceof z.ZodObject);
    const meant = branchMeant(branches, value);
    if (meant !== null) return problem(meant, value, path);
    const names = [...new Set(branches.flatMap((branch) => Object.keys(branch.shape)))];
    if (branches.length === options.length) return at(path, `expected an object with one of ${names.join(', ')}, got one with ${Object.keys(value).join(', ') || 'no members'}`);
  }
  const deeper = childProblem(schema, value, path);
  if (deeper !== null) return deeper;
  const parsed = given.safeParse(value);
  if (parsed.success) return at(path, 'has another form');
  const [first] = parsed.error.issues;
  if (first?.code === 'invalid_union') return at(path, `expected ${inWords(given) ?? (schema instanceof z.ZodUnion ? described(schema) : 'another form')}, got ${shortly(value)}`);
  const many = schema instanceof z.ZodEnum && schema.options.length > 12 && typeof value === 'string';
  return at(path, shapeProblem(parsed.error, value) + (many ? didYouMean(value, schema.options.map(String)) : ''));
}

/** The problem of a member or an item; null when it is the value's own. */
function childProblem(schema: unknown, value: unknown, path: string): string | null {
  const below = (name: string | number): string => typeof name === 'number' ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
  if (schema instanceof z.ZodObject && isObject(value)) {
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
    const stranger = Object.keys(value).find((name) => !Object.hasOwn(shape, name));
    if (stranger !== undefined) return at(path, `expected no other members than ${Object.keys(shape).join(', ')}, got "${stranger}"`);
    for (const [name, member] of Object.entries(shape)) {
      const found = formProblem(member, value[name], below(name));
      if (found !== null) return found;
    }
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = formProblem(schema.element as z.ZodType, item, below(index));
      if (found !== null) return found;
    }
  }
  if (schema instanceof z.ZodRecord && isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const found = formProblem(schema.keyType as z.ZodType, name, `${path} (the name "${name}")`) ?? formProblem(schema.valueType as z.ZodType, member, below(name));
      if (found !== null) return found;
    }
  }
  return null;
}

/** The branches of a union, those of a union in it among them. */
const branchesOf = (union: z.ZodUnion): unknown[] => union.options.flatMap((option) => option instanceof z.ZodUnion ? branchesOf(option) : [option]);

/** The branch whose `op` the value has, else the one with most members in common; null when none has any. */
function branchMeant(branches: readonly z.ZodObject[], value: Readonly<Record<string, unknown>>): z.ZodObject | null {
  const byOp = typeof value['op'] === 'string' ? branches.filter((branch) => branch.shape['op'] !== undefined) : [];
  if (byOp.length > 0) return byOp.find((branch) => (branch.shape['op'] as z.ZodType).safeParse(value['op']).success) ?? null;
  // A member that all branches have says nothing.
  const telling = Object.keys(value).filter((name) => branches.some((branch) => !Object.hasOwn(branch.shape, name)));
  const common = (branch: z.ZodObject): number => telling.filter((name) => Object.hasOwn(branch.shape, name)).length;
  const [best] = [...branches].sort((left, right) => common(right) - common(left));
  return best === undefined || common(best) === 0 ? null : best;
}

function described(union: z.ZodUnion): string {
  return branchesOf(union).map((option) => {
    const schema = inner(option);
    if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => JSON.stringify(value)).join(' or ');
    if (schema instanceof z.ZodObject) return `an object with ${Object.keys(schema.shape).join(', ')}`;
    return (schema instanceof z.ZodType ? inWords(schema) : null) ?? 'a text';
  }).join(' or ');
}

/** The description of a schema inside a sentence. */
const inWords = ({ description }: z.ZodType): string | null =>
  description === undefined ? null : `${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`;

const shortly = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 40);
