/**
 * What in a sidecar document falls under the choice base/sidecar-json, found without the reference: it decides which
 * cases bind all implementations and which only those that declared one alternative.
 *
 * A document that is not JSON has no features: it is refused under both alternatives. Bytes that are not UTF-8 count as
 * U+FFFD, so that they are a feature inside a string and a fault of the syntax elsewhere.
 */
import { isUtf8 } from 'node:buffer';
import { isJson, jsonTree, type JsonNode } from './json-tree.js';

/** A row of the table in the clause. */
export type JsonFeature =
  | 'repeated-name' | 'folded-name' | 'wrapped-array' | 'line-break' | 'spare-bits' | 'invalid-utf8' | 'lone-surrogate' | 'nesting';

/** The deepest nesting that is no feature. */
const DEPTH = 64;

/** The known names of each place. */
export const SIDECAR_NAMES = {
  document: [
    'version', 'raft_applied_index', 'storage_envelope_active', 'storage_envelope_cutover_index', 'raft_envelope_cutover_index', 'active', 'keys',
  ],
  active: ['storage', 'raft'],
  entry: ['purpose', 'wrapped', 'created', 'local_epoch'],
} as const;

/** A document as the oracle sees it. */
export interface SidecarDocument {
  readonly text: string;
  /** Null for what is not JSON, and for what is nested too deep. */
  readonly root: JsonNode | null;
  readonly json: boolean;
  readonly features: readonly JsonFeature[];
}

/** Looks at the bytes of a document. Total: any bytes do. */
export function sidecarDocument(bytes: Uint8Array): SidecarDocument {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (!isJson(text)) return { text, root: null, json: false, features: [] };
  const root = jsonTree(text, DEPTH);
  const found = new Set<JsonFeature>(isUtf8(bytes) ? [] : ['invalid-utf8']);
  if (root === null) found.add('nesting');
  else for (const feature of [...featuresAnywhere(root), ...featuresByPlace(root)]) found.add(feature);
  return { text, root, json: true, features: [...found] };
}

/** Features that count wherever they stand. */
function* featuresAnywhere(node: JsonNode): Iterable<JsonFeature> {
  if (node.kind === 'string' && !node.value.isWellFormed()) yield 'lone-surrogate';
  if (node.kind === 'array') for (const item of node.items) yield* featuresAnywhere(item);
  if (node.kind !== 'object') return;
  const names = node.members.map(({ name }) => name);
  if (new Set(names).size < names.length) yield 'repeated-name';
  if (names.some((name) => !name.isWellFormed())) yield 'lone-surrogate';
  for (const { value } of node.members) yield* featuresAnywhere(value);
}

/** Features of known members. A place under a folded name need not be looked into: the name is a feature already. */
function* featuresByPlace(root: JsonNode): Iterable<JsonFeature> {
  yield* foldedNames(root, SIDECAR_NAMES.document);
  for (const active of membersNamed(root, 'active')) yield* foldedNames(active, SIDECAR_NAMES.active);
  for (const keys of membersNamed(root, 'keys')) {
    for (const { value: entry } of keys.kind === 'object' ? keys.members : []) {
      yield* foldedNames(entry, SIDECAR_NAMES.entry);
      for (const wrapped of membersNamed(entry, 'wrapped')) {
        if (wrapped.kind === 'array') yield 'wrapped-array';
        if (wrapped.kind === 'string') yield* base64Features(wrapped.value);
      }
    }
  }
}

/** The values of all members of that name; none for what is no object. */
export const membersNamed = (node: JsonNode, wanted: string): JsonNode[] =>
  node.kind === 'object' ? node.members.filter(({ name }) => name === wanted).map(({ value }) => value) : [];

/** Every character and what it folds to, where that is a letter of a known name. */
const FOLDS: ReadonlyMap<string, string> = new Map([
  ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter): [string, string] => [letter, letter.toLowerCase()]),
  ['\u017f', 's'], ['\u212a', 'k'],
]);

function* foldedNames(node: JsonNode, known: readonly string[]): Iterable<JsonFeature> {
  for (const { name } of node.kind === 'object' ? node.members : []) {
    const fold = Array.from(name, (character) => FOLDS.get(character) ?? character).join('');
    if (fold !== name && known.includes(fold)) yield 'folded-name';
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function* base64Features(text: string): Iterable<JsonFeature> {
  if (text.includes('\r') || text.includes('\n')) yield 'line-break';
  const form = base64Form(text.replaceAll('\r', '').replaceAll('\n', ''));
  if (form === 'spare-bits') yield 'spare-bits';
}

/** Whether a text is padded base64, with spare bits of 0 or others. */
export function base64Form(text: string): 'canonical' | 'spare-bits' | 'none' {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.slice(0, text.length - padding);
  if (text.length % 4 !== 0 || Array.from(digits).some((digit) => !DIGITS.includes(digit))) return 'none';
  // Two padding characters leave four spare bits in the digit before them, one leaves two.
  const spare = padding === 0 ? 0 : DIGITS.indexOf(digits.slice(-1)) % (padding === 2 ? 16 : 4);
  return spare === 0 ? 'canonical' : 'spare-bits';
}
