/**
 * Sidecar JSON: the bytes of a sidecar file taken apart into a state, u64 numbers without loss; the strict alternative.
 *
 * Implements base/sidecar-base64, base/sidecar-types, base/sidecar-u64, base/sidecar-defaults and, of base/sidecar-json,
 * the strict rules about known members (spec/base/sidecar-json.md, spec/base/sidecar.md). The document as a whole is
 * strict-json.ts's; what the state then says is checked in sidecar.ts.
 */
import type { ObjectNode, ValueNode } from '@humanwhocodes/momoa';
import { refuse } from './errors.js';
import type { KeyId, LocalEpoch, RaftIndex } from './ids.js';
import type { SidecarEntry, SidecarState } from './sidecar.js';
import { nameOf, parseStrictJson } from './strict-json.js';

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

/**
 * The state that a sidecar file says, its members of the right types and forms, and nothing else checked.
 *
 * @clause base/sidecar-json base/sidecar-types base/sidecar-u64 base/sidecar-base64 base/sidecar-defaults
 * @throws Refusal `json-syntax`, `json-depth`, `json-strict`, `json-type`, `json-number`, `base64`
 */
export function parseSidecarJson(file: Uint8Array): SidecarState {
  // 1. Syntax of the whole document, and the strict rules that hold anywhere in it.
  const { text, root } = parseStrictJson(file);
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
    // Plain digits; a sign only where there are numbers below 0, so that -0 is no index.
    if (!/^-?[0-9]+$/.test(raw) || (raw === '-0' && range.min === 0n)) refuse('json-number', { clause, field: name, expected: 'plain digits', got: 'another form' });
    // Within the range of the member.
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
