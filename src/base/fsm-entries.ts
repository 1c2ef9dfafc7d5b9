/**
 * Encryption entries: the bodies of the state-machine payloads 03 (registration), 04 (bootstrap) and 05 (rotation),
 * without the opcode byte in front.
 *
 * Implements base/registration-layout, base/registration-checks, base/bootstrap-layout, base/bootstrap-checks,
 * base/bootstrap-row-cap, base/rotation-layout, base/rotation-checks, base/rotation-sub-tags (spec/base/fsm-entries.md).
 * Every body begins with version 01, and no decoder looks at the range of an id: that is the applier's part.
 */
import type { ClauseId } from '../../spec/clauses.js';
import { concat, hexByte, u16be, u32be, u64be, view } from './bytes.js';
import { refuse } from './errors.js';
import type { FullNodeId, KeyId, LocalEpoch } from './ids.js';

const VERSION = 0x01;
const ROW_LENGTH = 14; // dek_id, full_node_id, local_epoch
const REGISTRATION_LENGTH = 15; // version, row
const ROW_CAP = 16384;

/** One writer of one data key: the row of a registration, of a bootstrap, and of the proposer of a rotation. */
export interface WriterRow {
  readonly dekId: KeyId;
  readonly fullNodeId: FullNodeId;
  readonly localEpoch: LocalEpoch;
}

/** The first two data keys of a cluster, wrapped, and the writers that exist already. */
export interface Bootstrap {
  readonly storageDekId: KeyId;
  readonly wrappedStorage: Uint8Array;
  readonly raftDekId: KeyId;
  readonly wrappedRaft: Uint8Array;
  readonly rows: readonly WriterRow[];
}

/**
 * The first byte of a payload, in front of the body.
 *
 * @clause base/first-byte-dispatch
 */
export const OPCODE = { registration: 0x03, bootstrap: 0x04, rotation: 0x05 } as const;
/** @clause base/rotation-sub-tags */
export const SUB_TAG = { rotateDek: 0x01, enableStorageEnvelope: 0x04, enableRaftEnvelope: 0x05 } as const;
/** @clause base/rotation-layout */
export const PURPOSE = { storage: 1, raft: 2 } as const;

/** Sub-tag and purpose are any bytes here, since the encoder checks nothing. */
export interface Rotation {
  readonly subTag: number;
  readonly dekId: KeyId;
  readonly purpose: number;
  readonly wrapped: Uint8Array;
  readonly proposer: WriterRow;
}

/** The codec of one row, on which all three bodies build. */
export interface RowCodec {
  readonly encodeWriterRow: typeof encodeWriterRow;
  readonly decodeWriterRow: typeof decodeWriterRow;
}

/**
 * The 14 bytes of a row.
 *
 * @clause base/bootstrap-layout base/rotation-layout base/registration-layout
 */
export const encodeWriterRow = ({ dekId, fullNodeId, localEpoch }: WriterRow): Uint8Array =>
  concat(u32be(dekId), u64be(fullNodeId), u16be(localEpoch));

/**
 * The row in exactly 14 bytes; callers have counted them.
 *
 * @clause base/bootstrap-layout base/rotation-layout base/registration-layout
 */
export function decodeWriterRow(bytes: Uint8Array): WriterRow {
  const fields = view(bytes);
  return { dekId: fields.getUint32(0) as KeyId, fullNodeId: fields.getBigUint64(4) as FullNodeId, localEpoch: fields.getUint16(12) as LocalEpoch };
}

/**
 * The 15 bytes of a registration.
 *
 * @clause base/registration-layout
 * @example
 * const operations = composeOperations(nodeAead);
 * hex(operations.encodeRegistration({ dekId: keyId(7), fullNodeId: fullNodeId(0xcafebaben), localEpoch: localEpoch(3) }))
 * // 01 00000007 00000000cafebabe 0003
 */
export const encodeRegistration = (ops: RowCodec, row: WriterRow): Uint8Array => concat(Uint8Array.of(VERSION), ops.encodeWriterRow(row));

/**
 * The payload that registers a writer: the opcode, then the body.
 *
 * @clause base/registration-layout base/first-byte-dispatch
 */
export const registrationPayload = (ops: { readonly encodeRegistration: (row: WriterRow) => Uint8Array }, row: WriterRow): Uint8Array =>
  concat(Uint8Array.of(OPCODE.registration), ops.encodeRegistration(row));

/**
 * The row in a registration.
 *
 * @clause base/registration-checks base/registration-layout
 * @throws Refusal `wire-malformed`, `wire-version`
 */
export function decodeRegistration(ops: RowCodec, body: Uint8Array): WriterRow {
  const clause = 'base/registration-checks';
  // 1. Any other length, before the version is looked at.
  if (body.length !== REGISTRATION_LENGTH) {
    refuse('wire-malformed', { clause, field: 'registration', expected: `${REGISTRATION_LENGTH} bytes`, got: `${body.length}` });
  }
  // 2. Any other version.
  checkVersion(clause, body[0]);
  return ops.decodeWriterRow(body.subarray(1));
}

/**
 * The body of a bootstrap, with any number of rows.
 *
 * @clause base/bootstrap-layout
 */
export function encodeBootstrap(ops: RowCodec, entry: Bootstrap): Uint8Array {
  const rows = new Uint8Array(entry.rows.length * ROW_LENGTH);
  entry.rows.forEach((row, at) => rows.set(ops.encodeWriterRow(row), at * ROW_LENGTH));
  return concat(
    Uint8Array.of(VERSION),
    u32be(entry.storageDekId), u32be(entry.wrappedStorage.length), entry.wrappedStorage,
    u32be(entry.raftDekId), u32be(entry.wrappedRaft.length), entry.wrappedRaft,
    u32be(entry.rows.length), rows,
  );
}

/**
 * Splits a bootstrap. The wrapped keys are views into the body.
 *
 * @clause base/bootstrap-checks base/bootstrap-row-cap base/bootstrap-layout
 * @throws Refusal `wire-malformed`, `wire-version`
 */
export function decodeBootstrap(ops: RowCodec, body: Uint8Array): Bootstrap {
  const fields = new Fields('base/bootstrap-checks', body);
  // 1. and 2. No version, or another one, even when the rest is missing.
  checkVersion('base/bootstrap-checks', fields.u8('version'));
  // 3. Both keys and the row count; what is cut short is refused where it is cut.
  const storageDekId = fields.u32('storage dek_id') as KeyId;
  const wrappedStorage = fields.text('wrapped storage key');
  const raftDekId = fields.u32('raft dek_id') as KeyId;
  const wrappedRaft = fields.text('wrapped raft key');
  const count = fields.u32('row count');
  // 4. Too many rows, before anything is multiplied or made room for.
  if (count > ROW_CAP) {
    refuse('wire-malformed', { clause: 'base/bootstrap-row-cap', field: 'row count', expected: `at most ${ROW_CAP}`, got: `${count}` });
  }
  // 5. Fewer bytes than the rows have.
  const rowBytes = fields.take('rows', count * ROW_LENGTH);
  const rows = Array.from({ length: count }, (_, at) => ops.decodeWriterRow(rowBytes.subarray(at * ROW_LENGTH, (at + 1) * ROW_LENGTH)));
  // 6. Anything behind them.
  fields.end();
  return { storageDekId, wrappedStorage, raftDekId, wrappedRaft, rows };
}

/**
 * The body of a rotation. Checks nothing: a sub-tag or purpose that no decoder takes is written as well.
 *
 * @clause base/rotation-layout
 */
export const encodeRotation = (ops: RowCodec, entry: Rotation): Uint8Array => concat(
  Uint8Array.of(VERSION, entry.subTag), u32be(entry.dekId), Uint8Array.of(entry.purpose),
  u32be(entry.wrapped.length), entry.wrapped, ops.encodeWriterRow(entry.proposer),
);

/**
 * Splits a rotation. The wrapped key is a view into the body. Sub-tag, purpose and wrapped length are not tied to each other here.
 *
 * @clause base/rotation-checks base/rotation-sub-tags base/rotation-layout
 * @throws Refusal `wire-malformed`, `wire-version`, `wire-subtag`
 */
export function decodeRotation(ops: RowCodec, body: Uint8Array): Rotation {
  const clause = 'base/rotation-checks';
  const fields = new Fields(clause, body);
  // 1. and 2. No version, or another one.
  checkVersion(clause, fields.u8('version'));
  // 3. and 4. No sub-tag, or an unknown one, before anything behind it is looked at.
  const subTag = fields.u8('sub-tag');
  if (!Object.values<number>(SUB_TAG).includes(subTag)) {
    refuse('wire-subtag', { clause: 'base/rotation-sub-tags', field: 'sub-tag', expected: '01, 04 or 05', got: hexByte(subTag) });
  }
  // 5. The key id, and that there is a purpose.
  const dekId = fields.u32('dek_id') as KeyId;
  const purpose = fields.u8('purpose');
  // 6. Another purpose than storage and raft.
  if (!Object.values<number>(PURPOSE).includes(purpose)) {
    refuse('wire-malformed', { clause, field: 'purpose', expected: '01 or 02', got: hexByte(purpose) });
  }
  // 7. The wrapped key, then the row of the proposer.
  const wrapped = fields.text('wrapped key');
  const proposer = ops.decodeWriterRow(fields.take('proposer row', ROW_LENGTH));
  // 8. Anything behind it.
  fields.end();
  return { subTag, dekId, purpose, wrapped, proposer };
}

function checkVersion(clause: ClauseId, version: number | undefined): void {
  if (version !== VERSION) refuse('wire-version', { clause, field: 'version', expected: '01', got: hexByte(version) });
}

/** Takes the fields of a body from its front, and refuses `wire-malformed` where the body is cut short. */
class Fields {
  readonly #clause: ClauseId;
  #rest: Uint8Array;

  constructor(clause: ClauseId, body: Uint8Array) {
    this.#clause = clause;
    this.#rest = body;
  }

  take(field: string, length: number): Uint8Array {
    if (this.#rest.length < length) {
      refuse('wire-malformed', { clause: this.#clause, field, expected: `${length} bytes`, got: `${this.#rest.length}` });
    }
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  u8(field: string): number {
    return view(this.take(field, 1)).getUint8(0);
  }

  u32(field: string): number {
    return view(this.take(field, 4)).getUint32(0);
  }

  /** A byte string behind its length. */
  text(field: string): Uint8Array {
    return this.take(field, this.u32(`length of the ${field}`));
  }

  end(): void {
    if (this.#rest.length > 0) {
      refuse('wire-malformed', { clause: this.#clause, field: 'body', expected: 'no byte behind its last field', got: `${this.#rest.length}` });
    }
  }
}
