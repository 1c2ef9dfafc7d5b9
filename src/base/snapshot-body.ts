/**
 * Snapshot body: the state of a state machine behind the snapshot header, in a form of our own.
 *
 * Implements what repair/snapshot-adoption says of a snapshot's content (spec/repair/snapshot-adoption.md). The bytes are nobody
 * else's: what another implementation puts behind its header is its own affair.
 */
import { concat, equal, hexByte, u32be, u64be, view } from './bytes.js';
import { Refusal, refuse } from './errors.js';
import type { RaftIndex } from './ids.js';
import { decodeReplicatedKeys, encodeReplicatedKeys, REPLICATED_KEYS_LENGTH, type ReplicatedKeys } from './replicated-keys.js';
import type { decodeRegistryKey, decodeRegistryValue } from './writer-registry.js';

const VERSION = 0x01;
const CHAIN_LENGTH = 32;
const ROW_KEY_LENGTH = 27;
const ROW_VALUE_LENGTH = 12;
const ROW_LENGTH = ROW_KEY_LENGTH + ROW_VALUE_LENGTH;
/** Where each field begins; what follows the last one are the rows. */
const AT = { applied: 1, term: 9, chain: 17, rowsMark: 49, sidecarMark: 57, keys: 65, count: 65 + REPLICATED_KEYS_LENGTH, rows: 69 + REPLICATED_KEYS_LENGTH } as const;

/** A row of the writer registry as the store has it. */
export interface StoredRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** All that a state machine has applied. */
export interface SnapshotBody {
  /** Index and term of the last entry in it. */
  readonly applied: RaftIndex;
  readonly term: bigint;
  readonly chain: Uint8Array;
  /** The marks of repair/replay: the last entry that wrote rows, and the last one that left a sidecar. */
  readonly rowsMark: RaftIndex;
  readonly sidecarMark: RaftIndex;
  readonly keys: ReplicatedKeys;
  /** By ascending key. */
  readonly rows: readonly StoredRow[];
}

/**
 * The bytes of a body.
 *
 * @clause repair/snapshot-adoption
 */
export const encodeSnapshotBody = ({ applied, term, chain, rowsMark, sidecarMark, keys, rows }: SnapshotBody): Uint8Array => concat(
  Uint8Array.of(VERSION), u64be(applied), u64be(term), chain, u64be(rowsMark), u64be(sidecarMark), encodeReplicatedKeys(keys),
  u32be(rows.length), ...rows.flatMap(({ key, value }) => [key, value]),
);

/** The decoders of a row. */
export interface RowDecoders {
  readonly decodeRegistryKey: typeof decodeRegistryKey;
  readonly decodeRegistryValue: typeof decodeRegistryValue;
}

/**
 * Takes a body apart, whole before anything of it is used.
 *
 * @clause repair/snapshot-adoption
 * @throws Refusal `snapshot-body`
 */
export function decodeSnapshotBody(ops: RowDecoders, body: Uint8Array): SnapshotBody {
  const malformed = (field: string, expected: string, got: string): never => refuse('snapshot-body', { clause: 'repair/snapshot-adoption', field, expected, got });
  // 1. Room for the fixed part, and its version.
  if (body.length < AT.rows) malformed('body', `at least ${AT.rows} bytes`, `${body.length}`);
  if (body[0] !== VERSION) malformed('version of the body', '01', hexByte(body[0]));
  // 2. As many rows as are said, and nothing behind them.
  const fields = view(body);
  const count = fields.getUint32(AT.count);
  const length = AT.rows + count * ROW_LENGTH;
  if (body.length !== length) malformed('body', `${length} bytes for ${count} rows`, `${body.length}`);
  // 3. Rows of the registry's layout, each key once.
  const rows = Array.from({ length: count }, (_, nth): StoredRow => {
    const at = AT.rows + nth * ROW_LENGTH;
    return { key: body.slice(at, at + ROW_KEY_LENGTH), value: body.slice(at + ROW_KEY_LENGTH, at + ROW_LENGTH) };
  });
  for (const [nth, { key, value }] of rows.entries()) {
    try {
      ops.decodeRegistryKey(key);
      ops.decodeRegistryValue(value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      malformed('row', 'one of the layout of the registry', error.reason);
    }
    const before = rows[nth - 1];
    if (before !== undefined && Buffer.compare(before.key, key) >= 0) malformed('row', 'a key above the one before it', equal(before.key, key) ? 'the same one' : 'a lower one');
  }
  // 4. Nothing in it is of an entry behind it.
  const indexAt = (at: number): RaftIndex => fields.getBigUint64(at) as RaftIndex;
  const [applied, rowsMark, sidecarMark] = [indexAt(AT.applied), indexAt(AT.rowsMark), indexAt(AT.sidecarMark)];
  const keys = decodeReplicatedKeys(body.subarray(AT.keys, AT.keys + REPLICATED_KEYS_LENGTH));
  for (const [field, index] of [['mark of the rows', rowsMark], ['mark of the sidecar', sidecarMark], ['storage cutover', keys.storageCutover]] as const) {
    if (index > applied) malformed(field, `at most ${applied}, which is applied`, `${index}`);
  }
  return { applied, term: fields.getBigUint64(AT.term), chain: body.slice(AT.chain, AT.chain + CHAIN_LENGTH), rowsMark, sidecarMark, keys, rows };
}
