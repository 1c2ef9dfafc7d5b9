/**
 * Reads scenario files: those of the package, and those of a directory that a user adds.
 *
 * A scenario lies in `<folder>/<slug>.json`, and that is its id. Nothing of a file is dropped in silence: an unknown
 * member, a member that stands twice, and everything that the lint finds is an error that names the file, the place,
 * what was expected and what came.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { isJson, jsonTree, type JsonNode } from '../oracle/json-tree.js';
import { packageRoot } from '../package-root.js';
import { MAX_DEPTH } from '../protocol/messages.js';
import { parseJson, reading, readJsonFiles, type SourceFile } from '../vectors/import.js';
import { formProblem } from './form.js';
import { lintScenario } from './lint.js';
import { scenario as scenarioShape, step as stepShape, stepShapes, type Scenario } from './schema.js';

export interface LoadedScenario {
  /** Its id carries `extra/` when it comes from a directory that a user adds. */
  readonly scenario: Scenario;
  /** The file by the name that messages use. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Where the package keeps its scenarios. */
export const scenariosDirectory = (): string => join(packageRoot(), 'conformance', 'scenarios');

/** All scenarios, by id in the order of their files. @throws InputError */
export function loadScenarios(options: { readonly extra?: string } = {}): LoadedScenario[] {
  const own = readDirectory(scenariosDirectory(), '');
  const extra = options.extra === undefined ? [] : readDirectory(options.extra, 'extra/');
  if (options.extra !== undefined && extra.length === 0) throw new InputError(`${options.extra}: expected scenario files (*.json, or in folders), got none`);
  const all = [...own, ...extra];
  const seen = new Map<string, string>();
  for (const { scenario: { id }, file } of all) {
    const earlier = seen.get(id);
    if (earlier !== undefined) throw new InputError(`${file}: expected an id of its own, got "${id}", which ${earlier} has`);
    seen.set(id, file);
  }
  return all;
}

/** The scenarios of a directory: in its folders, and where a user adds it in itself too. @throws InputError */
function readDirectory(directory: string, prefix: string): LoadedScenario[] {
  const entries = reading(directory, 'directory', () => readdirSync(directory, { withFileTypes: true }));
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name).sort();
  const flat = prefix !== '' && entries.some((entry) => isJsonFile(entry.name)) ? readJsonFiles(directory).map((source) => readScenario(source, prefix, '')) : [];
  return [...flat, ...folders.flatMap((folder) => {
    const inside = join(directory, folder);
    return reading(inside, 'directory', () => readdirSync(inside)).some(isJsonFile) ? readJsonFiles(inside).map((source) => readScenario(source, prefix, `${folder}/`)) : [];
  })];
}

const isJsonFile = (name: string): boolean => name.endsWith('.json') && !name.startsWith('.');

/** Reads one file. @throws InputError on a form that is none, an id that is not that of the file, and what the lint finds */
export function readScenario(source: SourceFile, prefix: string, folder: string): LoadedScenario {
  const value = parseJson(source);
  const parsed = scenarioShape.safeParse(value);
  const trouble = repeatedMember(source) ?? (parsed.success ? null : scenarioProblem(value));
  if (!parsed.success || trouble !== null) throw new InputError(`${source.name}: ${trouble ?? 'expected a scenario, got another form'}`);
  const read = parsed.data;
  const slug = /([^/\\]+)\.json$/.exec(source.name)?.[1] ?? '';
  const fits = folder === '' ? read.id.endsWith(`/${slug}`) : read.id === `${folder}${slug}`;
  if (!fits) throw new InputError(`${source.name}: id: expected "${folder === '' ? '<folder>/' : folder}${slug}", as the file lies, got "${read.id}"`);
  const [problem] = lintScenario(read);
  if (problem !== undefined) throw new InputError(`${source.name}: ${problem}`);
  return { scenario: { ...read, id: `${prefix}${read.id}` }, file: source.name, bytes: source.bytes };
}

/** What is wrong with the form of a scenario; null when nothing is. Steps are named as everywhere, by their number from 1. */
function scenarioProblem(value: unknown): string | null {
  const steps: unknown = typeof value === 'object' && value !== null && 'steps' in value ? value.steps : undefined;
  for (const [at, step] of (Array.isArray(steps) ? steps as unknown[] : []).entries()) {
    if (typeof step !== 'object' || step === null || Array.isArray(step)) return `step ${at + 1}: expected an object, got ${Array.isArray(step) ? 'a list' : JSON.stringify(step)}`;
    const op: unknown = 'op' in step ? step.op : undefined;
    const known = typeof op !== 'string' || Object.hasOwn(stepShapes, op);
    if (!known) return `step ${at + 1}: expected an op that there is (${Object.keys(stepShapes).filter((name) => name !== 'file' && name !== 'find').join(', ')}), got ${JSON.stringify(op)}`;
    const problem = formProblem(stepShape, step);
    if (problem !== null) return `step ${at + 1}: ${problem}`;
  }
  return formProblem(scenarioShape, value);
}

/** A member that stands twice in one object, of which JSON.parse would drop the first. */
function repeatedMember({ bytes }: SourceFile): string | null {
  const text = new TextDecoder().decode(bytes);
  const root = isJson(text) ? jsonTree(text, MAX_DEPTH) : null;
  return root === null ? null : repeatedIn(root, '');
}

function repeatedIn(node: JsonNode, path: string): string | null {
  if (node.kind === 'array') return node.items.reduce<string | null>((found, item, at) => found ?? repeatedIn(item, `${path}[${at}]`), null);
  if (node.kind !== 'object') return null;
  const names = new Set<string>();
  for (const { name, value } of node.members) {
    if (names.has(name)) return `${path === '' ? '' : `${path}: `}expected each member once, got "${name}" twice`;
    names.add(name);
    const found = repeatedIn(value, path === '' ? name : `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}
