/**
 * Writer registry: who may have sealed under which data key, and in which epochs. One row a key and node_id16, kept in
 * the store beside the data; and the decision that a registration entry comes to against the row that it meets.
 *
 * Implements base/registry-key, base/registry-prefix, base/registry-key-checks, base/registry-value,
 * base/registry-value-checks and base/registration-cases (spec/base/writer-registry.md).
 */
import { concat, equal, hexByte, u16be, u32be, u64be, view } from './bytes.js';
import { refuse } from './errors.js';
import type { WriterRow } from './fsm-entries.js';
import type { FullNodeId, KeyId, LocalEpoch, NodeId16 } from './ids.js';

const PREFIX = new TextEncoder().encode('!encryption|writers|');
const SEPARATOR = 0x7c;
const KEY_LENGTH = 27; // prefix, dek_id, separator, node_id16
const VALUE_LENGTH = 12; // full_node_id, first_seen, last_seen

/** What the key of a row says. */
export interface RegistryKey {
  readonly dekId: KeyId;
  readonly nodeId16: NodeId16;
}

/** What the value of a row says. First seen may exceed last seen: no decoder minds. */
export interface RegistryValue {
  readonly fullNodeId: FullNodeId;
  readonly firstSeen: LocalEpoch;
  readonly lastSeen: LocalEpoch;
}

/**
 * The first 25 bytes of the keys of all rows of one data key.
 *
 * @clause base/registry-prefix
 */
export const registryPrefix = (dekId: KeyId): Uint8Array => concat(PREFIX, u32be(dekId), Uint8Array.of(SEPARATOR));

/**
 * The 27 bytes of a row key.
 *
 * @clause base/registry-key
 */
export const encodeRegistryKey = (ops: { readonly registryPrefix: typeof registryPrefix }, { dekId, nodeId16 }: RegistryKey): Uint8Array =>
  concat(ops.registryPrefix(dekId), u16be(nodeId16));

/**
 * Splits a row key. Key id 0 is not refused.
 *
 * @clause base/registry-key-checks base/registry-key
 * @throws Refusal `registry-key-malformed`
 */
export function decodeRegistryKey(key: Uint8Array): RegistryKey {
  const clause = 'base/registry-key-checks';
  const malformed = (field: string, expected: string, got: string): never => refuse('registry-key-malformed', { clause, field, expected, got });
  // 1. Another length.
  if (key.length !== KEY_LENGTH) malformed('row key', `${KEY_LENGTH} bytes`, `${key.length}`);
  // 2. Another beginning.
  if (!equal(key.subarray(0, PREFIX.length), PREFIX)) malformed('prefix', 'that of the registry', 'another');
  // 3. Another separator.
  const separatorAt = PREFIX.length + 4;
  if (key[separatorAt] !== SEPARATOR) malformed('separator', '7c', hexByte(key[separatorAt]));
  const fields = view(key);
  return { dekId: fields.getUint32(PREFIX.length) as KeyId, nodeId16: fields.getUint16(separatorAt + 1) as NodeId16 };
}

/**
 * The 12 bytes of a row value.
 *
 * @clause base/registry-value
 */
export const encodeRegistryValue = ({ fullNodeId, firstSeen, lastSeen }: RegistryValue): Uint8Array =>
  concat(u64be(fullNodeId), u16be(firstSeen), u16be(lastSeen));

/**
 * Splits a row value.
 *
 * @clause base/registry-value-checks base/registry-value
 * @throws Refusal `registry-value-malformed`
 */
export function decodeRegistryValue(value: Uint8Array): RegistryValue {
  if (value.length !== VALUE_LENGTH) {
    refuse('registry-value-malformed', { clause: 'base/registry-value-checks', field: 'row value', expected: `${VALUE_LENGTH} bytes`, got: `${value.length}` });
  }
  const fields = view(value);
  return { fullNodeId: fields.getBigUint64(0) as FullNodeId, firstSeen: fields.getUint16(8) as LocalEpoch, lastSeen: fields.getUint16(10) as LocalEpoch };
}

/** What a registration does: writes a new row, writes the row with a later epoch, or finds itself done. */
export type Registration =
  | { readonly effect: 'insert' | 'raise'; readonly row: RegistryValue }
  | { readonly effect: 'done' };

/**
 * What a registration comes to against the row under its data key and node_id16. No id is checked for range, and a
 * registration for an unknown data key is inserted.
 *
 * @clause base/registration-cases
 * @param row the row that stands there; null where there is none
 * @throws Refusal `apply-refused`, on which the replica halts
 */
export function decideRegistration(row: RegistryValue | null, { fullNodeId, localEpoch }: WriterRow): Registration {
  const clause = 'base/registration-cases';
  // Case 1. No row.
  if (row === null) return { effect: 'insert', row: { fullNodeId, firstSeen: localEpoch, lastSeen: localEpoch } };
  // Case 4. The row of another node with the same 16 bits, before the epoch is looked at.
  if (row.fullNodeId !== fullNodeId) {
    refuse('apply-refused', { clause, field: 'full_node_id', expected: `${row.fullNodeId}, whose row it is`, got: `${fullNodeId}` });
  }
  // Case 2. A later epoch: first seen stays.
  if (localEpoch > row.lastSeen) return { effect: 'raise', row: { ...row, lastSeen: localEpoch } };
  // Case 2, again. The same epoch: a success without a write.
  if (localEpoch === row.lastSeen) return { effect: 'done' };
  // Case 3. An epoch behind the last one seen.
  return refuse('apply-refused', { clause, field: 'local_epoch', expected: `${row.lastSeen} or later`, got: `${localEpoch}` });
}
