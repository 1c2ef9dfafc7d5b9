/**
 * Brings golden files into the published form: every case sorted by rule, error names turned into reasons, provenance kept.
 *
 * Nothing is guessed. A format, group, error name, reason or member that is not known, and an input that does not fit
 * what its group declares, is an error that names the file, the case, what was expected and what came.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import secureJson from 'secure-json-parse';
import { z } from 'zod';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { isReason, reasonOfError, type Reason } from '../../spec/reasons.js';
import { InputError } from '../errors.js';
import { MAX_DEPTH } from '../protocol/messages.js';
import { declaration, inputProblem, outputProblem, shapeProblem } from './declared.js';
import { expandInput } from './expand.js';
import type { Expectation, VectorCase, VectorFile, VectorGroup } from './schema.js';
import { sorting } from './sort/index.js';
import type { GroupSorting, Input, Rule } from './sort/rules.js';

const result = z.enum(['valid', 'invalid', 'skip', 'halt']);

const goldenCase = z.object({
  id: z.string().regex(/^[a-z0-9-]+\/[a-zA-Z0-9._+-]+$/),
  input: z.record(z.string(), z.unknown()),
  result,
  reason: z.string().optional(),
  error: z.string().optional(),
  expect: z.record(z.string(), z.unknown()),
}).strict();
type GoldenCase = z.infer<typeof goldenCase>;

const goldenGroup = z.object({ id: z.string().regex(/^[a-z0-9-]+$/), description: z.string().min(1), cases: z.array(z.unknown()).min(1) }).strict();

const goldenFile = z.object({
  format: z.string().regex(/^[a-z0-9-]+$/),
  // Whatever else a recorder notes of its source is left where it is.
  source: z.object({ project: z.string(), commit: z.string().optional(), how: z.string() }),
  groups: z.array(z.unknown()).min(1),
}).strict();

/** The whole form, as it is published; reading goes level by level, so that a message can name the case. */
export const goldenVectors = goldenFile.extend({ groups: z.array(goldenGroup.extend({ cases: z.array(goldenCase).min(1) })).min(1) });

/** A file by the name that its messages use, and its bytes. */
export interface SourceFile { readonly name: string; readonly bytes: Uint8Array }

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────

const TROUBLE: Readonly<Record<string, string>> = {
  ENOENT: 'nothing there', ENOTDIR: 'a file', EISDIR: 'a directory', EACCES: 'no permission', EPERM: 'no permission', ELOOP: 'links in a circle',
};

/** Reads something that the user named. @throws InputError saying what it is instead */
export function reading<T>(what: string, kind: 'file' | 'directory', read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError(`${what}: expected a ${kind} that can be read, got ${TROUBLE[code] ?? code}`);
  }
}

/** The `*.json` files of a directory in the order of their names. @throws InputError when it cannot be read or has none. */
export function readJsonFiles(directory: string): SourceFile[] {
  const names = reading(directory, 'directory', () => readdirSync(directory)).filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  if (names.length === 0) throw new InputError(`${directory}: expected vector files (*.json), got none`);
  return names.map((name) => {
    const path = join(directory, name);
    // A pipe would be waited for.
    const bytes = reading(path, 'file', () => statSync(path).isFIFO() ? null : readFileSync(path));
    if (bytes === null) throw new InputError(`${path}: expected a file that can be read, got a pipe`);
    return { name: path, bytes };
  });
}

/** The JSON of a file. @throws InputError when it is not UTF-8, not JSON, or nested beyond all measure. */
export function parseJson({ name, bytes }: SourceFile): unknown {
  let value: unknown;
  try {
    // A member named after the prototype is refused: nothing of a file is dropped in silence.
    value = secureJson.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), { protoAction: 'error', constructorAction: 'ignore' });
  } catch (error) {
    throw new InputError(`${name}: expected one JSON document in UTF-8, got ${(error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ')}`);
  }
  if (deeper(value, MAX_DEPTH)) throw new InputError(`${name}: expected at most ${MAX_DEPTH} levels of nesting, got more`);
  return value;
}

const deeper = (value: unknown, room: number): boolean =>
  typeof value === 'object' && value !== null && (room === 0 || Object.values(value).some((inner) => deeper(inner, room - 1)));

function shaped<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InputError(`${where}: ${shapeProblem(parsed.error, value)}`);
  return parsed.data;
}

/** Runs a step whose errors do not know yet where they happen. */
function at<T>(where: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${where}: ${error.message}`) : error;
  }
}

// ── Import ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A golden file in the published form, and the file that it was. */
export interface ImportedFile { readonly source: SourceFile; readonly file: VectorFile }

/** Every golden file of a directory in the published form, one a format. @throws InputError */
export function importDirectory(directory: string): ImportedFile[] {
  const seen = new Map<string, string>();
  return readJsonFiles(directory).map((source) => {
    const file = importFile(source);
    const earlier = seen.get(file.format);
    if (earlier !== undefined) throw new InputError(`${source.name}: expected one file a format, got "${file.format}", which ${earlier} has too`);
    seen.set(file.format, source.name);
    return { source, file };
  });
}

/** One golden file in the published form. @throws InputError */
export function importFile(source: SourceFile): VectorFile {
  const value = parseJson(source);
  if (typeof value === 'object' && value !== null && '$schema' in value) {
    throw new InputError(`${source.name}: expected a golden file, a recording before it is sorted, got a file that is published already (docs/vectors.md has both forms)`);
  }
  const golden = shaped(source.name, goldenFile, value);
  const groups = Object.hasOwn(sorting, golden.format) ? sorting[golden.format] : undefined;
  if (groups === undefined) throw new InputError(`${source.name}: expected a known format (${Object.keys(sorting).join(', ')}), got "${golden.format}"`);
  const seen = new Set<string>();
  return {
    $schema: SCHEMA,
    format: golden.format,
    source: { ...golden.source, sha256: createHash('sha256').update(source.bytes).digest('hex') },
    groups: golden.groups.map((raw, index) => {
      const group = shaped(`${source.name}: group ${index + 1}`, goldenGroup, raw);
      const rules = Object.hasOwn(groups, group.id) ? groups[group.id] : undefined;
      if (rules === undefined) {
        throw new InputError(`${source.name}: expected a known group of ${golden.format} (${Object.keys(groups).join(', ')}), got "${group.id}"`);
      }
      if (seen.has(group.id)) throw new InputError(`${source.name}: expected one group "${group.id}", got a second`);
      seen.add(group.id);
      return importGroup(source.name, golden.format, group, rules);
    }),
  };
}

/** What `$schema` of a published file says: the `$id` of the schema. */
export const SCHEMA = 'urn:cutcheck:schema:vectors:1';

function importGroup(file: string, format: string, group: z.infer<typeof goldenGroup>, rules: GroupSorting): VectorGroup {
  const seen = new Set<string>();
  const cases = group.cases.map((raw, index) => {
    const id = typeof raw === 'object' && raw !== null && 'id' in raw && typeof raw.id === 'string' ? raw.id.slice(0, 80) : `${index + 1} of group ${group.id}`;
    const where = `${file}: case ${id}`;
    const golden = shaped(where, goldenCase, raw);
    if (!golden.id.startsWith(`${group.id}/`)) throw new InputError(`${where}: expected an id that begins with "${group.id}/", got "${golden.id}"`);
    if (seen.has(golden.id)) throw new InputError(`${where}: expected an id of its own, got one that an earlier case has`);
    seen.add(golden.id);
    return at(where, () => importCase(format, group.id, golden, rules));
  });
  const named = 'clauses' in rules ? rules.clauses : clausesOf(cases);
  return { id: group.id, description: group.description, class: rules.class, clauses: [...named], cases };
}

/** The clauses of sorted cases, each once, in the order of the registry. */
export function clausesOf(cases: readonly VectorCase[]): ClauseId[] {
  const named = new Set(cases.flatMap((one) => 'clause' in one ? [one.clause] : []));
  return (Object.keys(clauses) as ClauseId[]).filter((clause) => named.has(clause));
}

function importCase(format: string, groupId: string, golden: GoldenCase, rules: GroupSorting): VectorCase {
  const { id, input } = golden;
  const expect = expectationOf(golden);
  if ('notJudged' in rules) {
    const { id: _id, input: _input, ...original } = golden;
    return { id, sort: 'not-judged', why: rules.notJudged, input, original };
  }
  const expanded = expandInput(input);
  const rule = sortCase(rules.rules, expanded);
  if (rule === undefined) throw new InputError(`expected an input that a sorting rule of ${format}/${groupId} fits, got one that none does`);
  if (rule.sort === 'not-ours') return { id, sort: 'not-ours', why: rule.why, input };
  const declared = declaration(format, groupId);
  if (declared === undefined) throw new InputError(`expected a group that the protocol declares, got ${format}/${groupId}`);
  const problem = inputProblem(declared, expanded) ?? outputProblem(declared, expect);
  if (problem !== null) throw new InputError(problem);
  return sorted(golden, rule, expect);
}

/** The rule that decides a case: the first whose condition fits. */
export const sortCase = (rules: readonly Rule[], expanded: Input): Rule | undefined => rules.find((rule) => rule.when === undefined || rule.when(expanded));

function sorted({ id, input }: GoldenCase, rule: Exclude<Rule, { sort: 'not-ours' }>, expect: Expectation): VectorCase {
  if (rule.sort === 'normative') {
    return { id, sort: 'normative', clause: rule.clause, why: rule.why, input, expect, ...(rule.profile !== undefined && { profile: rule.profile }) };
  }
  const alternatives = Object.fromEntries(Object.entries(rule.alternatives).map(([name, form]) =>
    [name, form === 'golden' ? expect : { result: 'invalid' as const }]));
  return { id, sort: 'choice', clause: rule.clause, why: rule.why, input, alternatives };
}

// ── Expectations ────────────────────────────────────────────────────────────────────────────────────────────

type Members = Readonly<Record<string, unknown>>;

/** Reasons that stand for no cause: outcomes of a skipped entry, and "one of several". */
const NO_CAUSE: ReadonlySet<string> = new Set(['skip', 'drop', 'reapply', 'one-of-several']);

/** The expectation of a golden case in the published form. */
function expectationOf(golden: GoldenCase): Expectation {
  const { error_matches, error_any_of, ...outputs } = golden.expect;
  const observed = published(outputs);
  return {
    result: golden.result,
    ...reasonsOf({ error: golden.error, reason: golden.reason, error_matches, error_any_of }, golden.result, ''),
    ...(Object.keys(observed).length > 0 && { observed }),
  };
}

const names = z.array(z.string());

/** The reasons that bind: those of the named errors. Without a name only the result binds. */
function reasonsOf(verdict: Members, outcome: string, path: string): { reasons?: Reason[] } | { reasons_any_of: Reason[][] } {
  const { error, reason, error_matches = [], error_any_of } = verdict;
  if (typeof reason === 'string' && !isReason(reason) && !NO_CAUSE.has(reason)) {
    throw new InputError(`${path}reason: expected a reason of the table, got "${reason}"`);
  }
  const several = error_any_of === undefined ? [] : shaped(`${path}error_any_of`, names, error_any_of).map((name) => [reasonNamed(name, path)]);
  const matches = shaped(`${path}error_matches`, names, error_matches);
  if (error !== undefined && matches.length > 0 && !matches.includes(String(error))) {
    throw new InputError(`${path}error: expected one of error_matches (${matches.join(', ')}), got "${String(error)}"`);
  }
  const all = [...new Set([...matches, ...(error === undefined ? [] : [String(error)])])].map((name) => reasonNamed(name, path));
  if ((all.length > 0 || several.length > 0) && outcome === 'valid') throw new InputError(`${path}result: expected a refusal with its error, got "valid"`);
  if (several.length > 0 && all.length > 0) throw new InputError(`${path}error_any_of: expected it without error_matches, got both`);
  // "Nothing left" and "ended part-way" may be folded together.
  const [first] = all;
  if (all.length === 1 && (first === 'stream-ended' || first === 'stream-truncated')) return { reasons_any_of: [['stream-ended'], ['stream-truncated']] };
  if (several.length === 1) return { reasons: several.flat() };
  return several.length > 0 ? { reasons_any_of: several } : all.length > 0 ? { reasons: all } : {};
}

function reasonNamed(error: string, path: string): Reason {
  const reason = reasonOfError(error);
  if (reason === null) throw new InputError(`${path}error: expected an error of the table of reasons, got "${error}"`);
  return reason;
}

/**
 * Outputs in the published form: `X_head`, `X_length` and `X_tail` become `X`, and the verdict on one operation of several
 * names reasons instead of errors.
 */
function published(outputs: Members): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).flatMap(([name, value]): [string, unknown][] => {
    const long = /^(.+)_(head|length|tail)$/.exec(name)?.[1];
    if (long !== undefined && Object.hasOwn(outputs, `${long}_head`)) {
      return name.endsWith('_head') ? [[long, {
        head: value, length: outputs[`${long}_length`], ...(Object.hasOwn(outputs, `${long}_tail`) && { tail: outputs[`${long}_tail`] }),
      }]] : [];
    }
    return [[name, publishedValue(value, name)]];
  }));
}

function publishedValue(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, index) => publishedValue(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  const verdict = VERDICTS.find((name) => Object.hasOwn(value, name));
  if (verdict === undefined) return published(value as Members);
  const { [verdict]: outcome, reason, error, error_matches, error_any_of, ...rest } = value as Members;
  // A verdict in the words of a result, or what became of a committed entry.
  if (verdict === 'result' ? !result.safeParse(outcome).success : typeof outcome !== 'string') return published(value as Members);
  const causes = reasonsOf({ reason, error, error_matches, error_any_of }, String(outcome), `${path}.`);
  return { [verdict]: outcome, ...causes, ...published(answered(rest, path)) };
}

const VERDICTS = ['result', 'outcome'] as const;

/**
 * The answer of the state machine to an entry that was handed over. Requests are opaque to this suite: what a state machine
 * answers to one is not compared.
 */
function answered(outputs: Members, path: string): Members {
  const { response, response_error: error, response_reason: _reason, ...rest } = outputs;
  if (response === undefined || isRequest(rest['payload'])) return rest;
  return { ...rest, response, ...(error !== undefined && { response_reasons: [reasonNamed(String(error), `${path}.response_`)] }) };
}

/** The first byte of a request: 00, 01, or 08 and up. */
const isRequest = (payload: unknown): boolean => typeof payload === 'string' && /^(0[0189a-f]|[1-9a-f])/.test(payload);

// ── The text of a published file ────────────────────────────────────────────────────────────────────────────

/** The text of a published file: one case on one line. */
export function publishedText({ groups, ...head }: VectorFile): string {
  const lines = Object.entries(head).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)},\n`).join('');
  const text = groups.map(({ cases, ...group }) => {
    const facts = Object.entries(group).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n  ');
    return ` {${facts},\n  "cases": [\n${cases.map((one) => `   ${JSON.stringify(one)}`).join(',\n')}\n  ]}`;
  }).join(',\n');
  return `{\n${lines}"groups": [\n${text}\n]\n}\n`;
}
