/**
 * Golden files for tests: the published ones turned back into the form in which they came, a small one to spoil, and
 * directories to put them in.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasons, type Reason } from '../spec/reasons.js';
import { expandInput } from '../conformance/vectors/expand.js';
import { sortCase } from '../conformance/vectors/import.js';
import { readPublishedFiles, vectorsDirectory } from '../conformance/vectors/library.js';
import type { Expectation, VectorCase, VectorFile } from '../conformance/vectors/schema.js';
import { sorting } from '../conformance/vectors/sort/index.js';

export const published = readPublishedFiles(vectorsDirectory());
export const golden = published.filter(({ path }) => path.startsWith('golden/')).map(({ file }) => file);

/** For what a test takes for granted. */
export const absent = (what: string): never => {
  throw new Error(`${what} is missing`);
};

/** A place for directories, to be cleaned up at the end. */
export function scratch(): { readonly root: string; readonly directory: (files: Readonly<Record<string, unknown>>) => string; readonly clean: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'cutcheck-vectors-'));
  let directories = 0;
  return {
    root,
    directory: (files) => {
      const path = join(root, String(directories += 1));
      mkdirSync(path);
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(path, name), typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content));
      }
      return path;
    },
    clean: () => rmSync(root, { recursive: true, force: true }),
  };
}

export type Json = Record<string, unknown>;
export type GoldenFile = { format: string; source: Json; groups: { id: string; description: string; cases: Json[] }[] };

/** Published cases in the form of golden files again. */
export function asGolden({ format, source: { sha256: _sha256, ...source }, groups }: VectorFile): GoldenFile {
  return {
    format, source,
    groups: groups.map((group) => ({ id: group.id, description: group.description, cases: group.cases.map((one) => goldenCase(format, group.id, one)) })),
  };
}

function goldenCase(format: string, group: string, one: VectorCase): Json {
  const { id, input } = one;
  if (one.sort === 'not-judged') return { id, input, ...one.original };
  if (one.sort === 'not-ours') return { id, input, result: 'invalid', expect: {} };
  const { result, observed = {}, ...causes } = one.sort === 'normative' ? one.expect : goldenAlternative(format, group, one);
  const names = (slugs: readonly string[]): string[] => slugs.map((slug) => reasons[slug as Reason].error ?? absent(`the error name of ${slug}`));
  const expect = {
    ...unpublished(observed),
    ...(causes.reasons !== undefined && { error_matches: names(causes.reasons) }),
    ...(causes.reasons_any_of !== undefined && (causes.reasons_any_of.some((set) => set.includes('stream-ended'))
      ? { error_matches: ['io.EOF'] } : { error_any_of: causes.reasons_any_of.flatMap(names) })),
  };
  return { id, input, result, expect };
}

function goldenAlternative(format: string, group: string, one: Extract<VectorCase, { sort: 'choice' }>): Expectation {
  const rules = sorting[format]?.[group];
  const rule = rules !== undefined && 'rules' in rules ? sortCase(rules.rules, expandInput(one.input)) : undefined;
  const name = rule?.sort === 'choice' ? Object.entries(rule.alternatives).find(([, form]) => form === 'golden')?.[0] : undefined;
  return one.alternatives[name ?? ''] ?? absent(one.id);
}

function unpublished(observed: Json): Json {
  const value = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(value);
    if (typeof inner !== 'object' || inner === null) return inner;
    const { reasons: slugs, response_reasons: answered, ...rest } = inner as Json;
    if (typeof rest['result'] !== 'string' && typeof rest['outcome'] !== 'string') return unpublished(inner as Json);
    const errors = (of: unknown): (string | null)[] => Array.isArray(of) ? of.map((slug) => reasons[slug as Reason].error) : [];
    return {
      ...unpublished(rest),
      ...(Array.isArray(slugs) && { error: errors(slugs)[0], error_matches: errors(slugs) }),
      ...(Array.isArray(answered) && { response_error: errors(answered)[0] }),
    };
  };
  return Object.fromEntries(Object.entries(observed).flatMap(([name, inner]) => {
    const { head, length, tail } = (inner ?? {}) as Json;
    return typeof head === 'string' ? [[`${name}_head`, head], [`${name}_length`, length], ...(tail === undefined ? [] : [[`${name}_tail`, tail]])] : [[name, value(inner)]];
  }));
}

/** The golden files that the published ones came from, by file name. */
export const goldenFiles = (): Record<string, GoldenFile> => Object.fromEntries(golden.map((file) => [`${file.format}.json`, asGolden(file)]));

/** A small golden file that imports; `change` spoils a copy of it. */
export function spoiled(change: (file: GoldenFile) => void): Json {
  const file: GoldenFile = {
    format: 'proposal-envelope', source: { project: 'x', how: 'by hand' },
    groups: [
      { id: 'decode', description: 'd', cases: [{ id: 'decode/a', input: { entry_data: '010000000000000001ff' }, result: 'valid', expect: { proposal_id: '1', payload: 'ff' } }] },
      { id: 'conf-change-context', description: 'd', cases: [{
        id: 'conf-change-context/long', input: { operation: 'encode', request_id: '1', peer_node_id: '2', peer_id: { repeat: 'x', count: 65536 }, peer_address: '' },
        result: 'invalid', reason: 'text-too-long', error: 'errConfChangeContextTooLarge', expect: { error_matches: ['errConfChangeContextTooLarge'] },
      }] },
    ],
  };
  change(file);
  return file as unknown as Json;
}
export const firstCase = (file: GoldenFile, group = 0): Json => file.groups[group]?.cases[0] ?? absent('case');
export const firstGroup = (file: GoldenFile): GoldenFile['groups'][number] => file.groups[0] ?? absent('group');
