/**
 * What a sidecar document has against it, by the rules that bind under both alternatives of base/sidecar-json, found
 * without the reference. A document with neither feature nor fault is accepted.
 *
 * All faults are found, not only the one that an implementation reports: the sorting tells by them which rule a case is
 * about.
 */
import { base64Form, membersNamed, SIDECAR_NAMES, type SidecarDocument } from './json-features.js';
import type { JsonNode } from './json-tree.js';

/** The kinds of faults, by the stage of validation at which they are found. */
export type SidecarFault = 'syntax' | 'type' | 'number' | 'base64' | 'version' | 'key-id' | 'purpose' | 'active';

/** The faults of a document, and what the sorting wants to know of one that has none. */
export interface SidecarFindings {
  readonly faults: ReadonlySet<SidecarFault>;
  readonly version: bigint;
  /** All index values. */
  readonly indexes: readonly bigint[];
  readonly ids: readonly string[];
  /** A wrapped key is `null` or empty. */
  readonly emptyWrapped: boolean;
  /** Every member is there, in the order of writing, and no other. */
  readonly complete: boolean;
}

const U64 = 2n ** 64n;

/** Finds the faults of a document without features. Total: with features it finds some, and the rest is of no use. */
export function sidecarFindings({ root }: SidecarDocument): SidecarFindings {
  const faults = new Set<SidecarFault>();
  if (root === null) return { faults: new Set(['syntax']), version: 0n, indexes: [], ids: [], emptyWrapped: false, complete: false };

  /** The first member of that name which is not null. */
  const member = (node: JsonNode, name: string): JsonNode | undefined => membersNamed(node, name).find(({ kind }) => kind !== 'null');
  const typed = (node: JsonNode | undefined, kind: JsonNode['kind']): boolean => {
    if (node !== undefined && node.kind !== kind) faults.add('type');
    return node === undefined || node.kind === kind;
  };
  /** Its value, or null when it has a fault. */
  const integer = (node: JsonNode | undefined, min: bigint, limit: bigint): bigint | null => {
    if (!typed(node, 'number')) return null;
    if (node?.kind !== 'number') return 0n;
    const value = /^-?\d+$/.test(node.text) && node.text.length <= 20 && (min < 0n || !node.text.startsWith('-')) ? BigInt(node.text) : null;
    if (value !== null && value >= min && value < limit) return value;
    faults.add('number');
    return null;
  };

  const version = integer(member(root, 'version'), -(2n ** 63n), 2n ** 63n);
  if (root.kind !== 'object' && root.kind !== 'null') faults.add('type');
  else if (version !== null && version !== 1n && version !== 2n) faults.add('version');
  const indexes = SIDECAR_NAMES.document.filter((name) => name.endsWith('_index')).map((name) => integer(member(root, name), 0n, U64));
  typed(member(root, 'storage_envelope_active'), 'boolean');

  const keys = member(root, 'keys');
  typed(keys, 'object');
  const entries = keys?.kind === 'object' ? keys.members : [];
  const purposes = new Map<string, string | null>();
  for (const { name, value: entry } of entries) {
    if (!isKeyId(name)) faults.add('key-id');
    if (entry.kind !== 'object' && entry.kind !== 'null') faults.add('type');
    const purpose = member(entry, 'purpose');
    const known = typed(purpose, 'string') && (entry.kind === 'object' || entry.kind === 'null');
    const text = purpose?.kind === 'string' ? purpose.value : '';
    if (known && text !== 'storage' && text !== 'raft') faults.add('purpose');
    purposes.set(name, known ? text : null);
    typed(member(entry, 'created'), 'string');
    integer(member(entry, 'local_epoch'), 0n, 2n ** 16n);
    const wrapped = member(entry, 'wrapped');
    if (typed(wrapped, 'string') && wrapped?.kind === 'string' && base64Form(wrapped.value) === 'none') faults.add('base64');
  }

  const active = member(root, 'active');
  typed(active, 'object');
  for (const slot of SIDECAR_NAMES.active) {
    const id = active === undefined ? 0n : integer(member(active, slot), 0n, 2n ** 32n);
    const purpose = purposes.get(`${id}`);
    // Of keys or a purpose of the wrong type nothing more can be said.
    if (id !== null && id !== 0n && purpose !== null && (keys === undefined || keys.kind === 'object') && purpose !== slot) faults.add('active');
  }

  return {
    faults, version: version ?? 0n, indexes: indexes.map((index) => index ?? 0n), ids: entries.map(({ name }) => name),
    emptyWrapped: entries.some(({ value }) => membersNamed(value, 'wrapped').some((wrapped) => wrapped.kind === 'null' || ('value' in wrapped && wrapped.value === ''))),
    complete: hasExactly(root, SIDECAR_NAMES.document) && active !== undefined && hasExactly(active, SIDECAR_NAMES.active)
      && entries.every(({ value }) => hasExactly(value, SIDECAR_NAMES.entry)),
  };
}

function isKeyId(name: string): boolean {
  const digits = name.replace(/^0+/, '');
  return /^[0-9]{1,10}$/.test(digits) && Number(digits) < 2 ** 32;
}

const hasExactly = (node: JsonNode, names: readonly string[]): boolean =>
  node.kind === 'object' && node.members.map(({ name }) => name).join() === names.join();
