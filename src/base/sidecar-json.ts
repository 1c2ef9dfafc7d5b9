/**
 * Sidecar JSON: the bytes of a sidecar file taken apart into a state, u64 numbers without loss; the strict alternative.
 *
 * Implements base/sidecar-json-syntax, base/sidecar-base64, base/sidecar-json (strict), base/sidecar-types,
 * base/sidecar-u64 and base/sidecar-defaults (spec/base/sidecar-json.md, spec/base/sidecar.md). What the state then
 * says is checked in sidecar.ts.
 */
import { parse, type MemberNode, type ObjectNode, type ValueNode } from '@humanwhocodes/momoa';
import { refuse } from './errors.js';
import type { KeyId, LocalEpoch, RaftIndex } from './ids.js';
import type { SidecarEntry, SidecarState } from './sidecar.js';

const DEPTH_LIMIT = 64;
const I64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const U64 = { min: 0n, max: 2n ** 64n - 1n };
const U32 = { min: 0n, max: 2n ** 32n - 1n };
const U16 = { min: 0n, max: 2n ** 16n - 1n };
const LONGEST_INTEGER = 20; // digits and sign of the least and of the greatest number above

const DOCUMENT = [
  'version', 'raft_applied_index', 'storage_envelope_active', 'storage_envelope_cutover_index', 'raft_envelope_cutover_index', 'active', 'keys',
] as const;
const ACTIVE = ['storage', 'raft'] as const;
const ENTRY = ['purpose', 'wrapped', 'created', 'local_epoch'] as const;

const strict = (field: string, expected: string, got: string): never => refuse('json-strict', { clause: 'base/sidecar-json', field, expected, got });
const syntax = (expected: string, got: string): never => refuse('json-syntax', { clause: 'base/sidecar-json-syntax', field: 'document', expected, got });

/**
 * The state that a sidecar file says, its members of the right types and forms, and nothing else checked.
 *
 * @clause base/sidecar-json-syntax base/sidecar-json base/sidecar-types base/sidecar-u64 base/sidecar-base64 base/sidecar-defaults
 * @throws Refusal `json-syntax`, `json-depth`, `json-strict`, `json-type`, `json-number`, `base64`
 */
export function parseSidecarJson(file: Uint8Array): SidecarState {
  // 1. Syntax of the whole document, and the strict rules that hold anywhere in it.
  const text = decodeUtf8(file);
  checkCharacters(text);
  const root = parseText(text);
  checkNames(root);
  // 2. Types, number forms, ranges and base64 of the known members. A document that is null has no members.
  const reader = new MemberReader(text);
  const document = root.type === 'Null' ? new Map<string, ValueNode>() : reader.known('document', root, DOCUMENT);
  const active = reader.object(document, 'active', ACTIVE);
  return {
    version: Number(reader.integer(document, 'version', I64)),
    raftAppliedIndex: reader.integer(document, 'raft_applied_index', U64) as RaftIndex,
    storageEnvelopeActive: reader.boolean(document, 'storage_envelope_active'),
    storageEnvelopeCutover: reader.integer(document, 'storage_envelope_cutover_index', U64) as RaftIndex,
    raftEnvelopeCutover: reader.integer(document, 'raft_envelope_cutover_index', U64) as RaftIndex,
    active: {
      storage: Number(reader.integer(active, 'storage', U32)) as KeyId,
      raft: Number(reader.integer(active, 'raft', U32)) as KeyId,
    },
    keys: readKeys(reader, document.get('keys')),
  };
}

function readKeys(reader: MemberReader, node: ValueNode | undefined): SidecarState['keys'] {
  if (node === undefined) return null;
  const keys = new Map<string, SidecarEntry>();
  for (const member of asObject('keys', node).members) {
    const entry = member.value.type === 'Null' ? new Map<string, ValueNode>() : reader.known('entry', member.value, ENTRY);
    keys.set(nameOf(member), {
      purpose: reader.string(entry, 'purpose') ?? '',
      wrapped: readWrapped(reader, entry),
      created: reader.string(entry, 'created') ?? '',
      localEpoch: Number(reader.integer(entry, 'local_epoch', U16)) as LocalEpoch,
    });
  }
  return keys;
}

// ── The document as a whole ─────────────────────────────────────────────────────────────────────────────────

function decodeUtf8(file: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    return strict('document', 'UTF-8', 'other bytes');
  }
}

/** Before anything is parsed: the parser recurses once a level, and would let control characters in strings pass. */
function checkCharacters(text: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character < 0x20) syntax('no raw control character in a string', 'one');
      if (character === 0x5c /* \ */) at += 1;
      else if (character === 0x22 /* " */) inString = false;
    } else if (character === 0x22) {
      inString = true;
    } else if (character === 0x5b /* [ */ || character === 0x7b /* { */) {
      depth += 1;
      if (depth > DEPTH_LIMIT) refuse('json-depth', { clause: 'base/sidecar-json', field: 'document', expected: `a depth of at most ${DEPTH_LIMIT}`, got: 'more' });
    } else if (character === 0x5d /* ] */ || character === 0x7d /* } */) {
      depth -= 1;
    }
  }
}

function parseText(text: string): ValueNode {
  try {
    return parse(text, { mode: 'json', ranges: true }).body;
  } catch {
    return syntax('one JSON value', 'another text'); // The parser's own message may quote the document.
  }
}

const nameOf = ({ name }: MemberNode): string => name.type === 'String' ? name.value : name.name;

/** In every object each name once, escapes resolved, and no half of a surrogate pair in any name or string. */
function checkNames(node: ValueNode): void {
  if (node.type === 'String') checkWhole(node.value);
  if (node.type === 'Array') for (const { value } of node.elements) checkNames(value);
  if (node.type !== 'Object') return;
  const names = new Set<string>();
  for (const member of node.members) {
    const name = nameOf(member);
    checkWhole(name);
    if (names.has(name)) strict('member', 'each name once', 'one repeated');
    names.add(name);
    checkNames(member.value);
  }
}

function checkWhole(text: string): void {
  if (!text.isWellFormed()) strict('string', 'whole surrogate pairs', 'half of one');
}

// ── Members ─────────────────────────────────────────────────────────────────────────────────────────────────

type Members = ReadonlyMap<string, ValueNode>;

/** A letter of a known name, and whatever folds onto it: there are two characters beyond A to Z that do. */
const folded = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replaceAll('\u017f', 's').replaceAll('\u212a', 'k');

const wrongType = (field: string, expected: string, node: ValueNode): never =>
  refuse('json-type', { clause: 'base/sidecar-types', field, expected, got: node.type.toLowerCase() });

const asObject = (field: string, node: ValueNode): ObjectNode => node.type === 'Object' ? node : wrongType(field, 'an object', node);

/** Members by name and type. One that is missing or null has its zero value. */
class MemberReader {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The known members of an object that are not null. Unknown ones are ignored. */
  known(field: string, node: ValueNode, names: readonly string[]): Members {
    const found = new Map<string, ValueNode>();
    for (const member of asObject(field, node).members) {
      const name = nameOf(member);
      if (!names.includes(name) && names.includes(folded(name))) strict(field, `"${folded(name)}"`, 'another spelling of it');
      if (names.includes(name) && member.value.type !== 'Null') found.set(name, member.value);
    }
    return found;
  }

  object(members: Members, name: string, names: readonly string[]): Members {
    const node = members.get(name);
    return node === undefined ? new Map() : this.known(name, node, names);
  }

  boolean(members: Members, name: string): boolean {
    const node = members.get(name);
    if (node === undefined) return false;
    return node.type === 'Boolean' ? node.value : wrongType(name, 'true or false', node);
  }

  string(members: Members, name: string): string | null {
    const node = members.get(name);
    if (node === undefined) return null;
    return node.type === 'String' ? node.value : wrongType(name, 'a string', node);
  }

  /** Read from the text of the number: its value as the parser gives it is a double. */
  integer(members: Members, name: string, range: { readonly min: bigint; readonly max: bigint }): bigint {
    const clause = 'base/sidecar-u64';
    const node = members.get(name);
    if (node === undefined) return 0n;
    if (node.type !== 'Number' || node.range === undefined) return wrongType(name, 'a number', node);
    const raw = this.#text.slice(...node.range);
    // 1. Plain digits; a sign only where there are numbers below 0, so that -0 is no index.
    if (!/^-?[0-9]+$/.test(raw) || (raw === '-0' && range.min === 0n)) refuse('json-number', { clause, field: name, expected: 'plain digits', got: 'another form' });
    // 2. Within the range of the member.
    const value = raw.length > LONGEST_INTEGER ? range.max + 1n : BigInt(raw);
    if (value < range.min || value > range.max) refuse('json-type', { clause, field: name, expected: `${range.min} to ${range.max}`, got: 'a number out of range' });
    return value;
  }
}

/** Padded base64 of the standard alphabet, exactly as it is written; null when there is none. */
function readWrapped(reader: MemberReader, entry: Members): Uint8Array | null {
  const field = 'wrapped';
  if (entry.get(field)?.type === 'Array') strict(field, 'base64', 'an array');
  const text = reader.string(entry, field);
  if (text === null) return null;
  const bytes = Buffer.from(text, 'base64');
  const written = bytes.toString('base64');
  if (written === text) return Uint8Array.from(bytes);
  if (/[\r\n]/.test(text)) strict(field, 'base64 on one line', 'a line break');
  if (hasSpareBits(text, written)) strict(field, 'spare bits of 0', 'others');
  return refuse('base64', { clause: 'base/sidecar-base64', field, expected: 'padded base64', got: 'another text' });
}

/** Whether a text is the written form of its bytes but for the last digit before the padding. */
function hasSpareBits(text: string, written: string): boolean {
  const last = written.indexOf('=') - 1;
  return last > 0 && text.slice(0, last) === written.slice(0, last) && /[A-Za-z0-9+/]/.test(text.charAt(last)) && text.slice(last + 1) === written.slice(last + 1);
}
