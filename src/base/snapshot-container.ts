/**
 * Snapshot container: the token by which the raft core names a snapshot of the state machine, and the file that holds
 * the snapshot's payload.
 *
 * Implements base/snapshot-token, base/snapshot-token-test and base/snapshot-payload-file
 * (spec/base/snapshot-container.md).
 */
import { concat, equal, hexByte, u32be, u64be, view } from './bytes.js';
import { refuse } from './errors.js';
import type { RaftIndex } from './ids.js';

const MAGIC = new TextEncoder().encode('EKVT');
const VERSION = 0x01;
const TOKEN_LENGTH = 17; // magic, version, index, checksum
const FOOTER_LENGTH = 4; // checksum of the payload

/** Names the payload file of one snapshot. A checksum of 0 stands for "not known" and is never compared. */
export interface SnapshotToken {
  readonly index: RaftIndex;
  readonly checksum: number;
}

/**
 * The 17 bytes of a token.
 *
 * @clause base/snapshot-token
 */
export const encodeSnapshotToken = ({ index, checksum }: SnapshotToken): Uint8Array =>
  concat(MAGIC, Uint8Array.of(VERSION), u64be(index), u32be(checksum));

/**
 * Whether the data of a raft snapshot are a token; if not they are the payload itself, as older versions wrote it.
 * The version is not looked at, so that a token of a later version is refused and not taken for a payload.
 *
 * @clause base/snapshot-token-test
 */
export const isSnapshotToken = (data: Uint8Array): boolean => data.length === TOKEN_LENGTH && equal(data.subarray(0, MAGIC.length), MAGIC);

/**
 * Index and checksum of a token.
 *
 * @clause base/snapshot-token
 * @throws Refusal `snapshot-token`
 */
export function decodeSnapshotToken(ops: { readonly isSnapshotToken: typeof isSnapshotToken }, data: Uint8Array): SnapshotToken {
  const clause = 'base/snapshot-token';
  // 1. Another length or magic.
  if (!ops.isSnapshotToken(data)) {
    refuse('snapshot-token', { clause, field: 'token', expected: `${TOKEN_LENGTH} bytes that begin with EKVT`, got: `${data.length} bytes` });
  }
  // 2. Another version.
  if (data[MAGIC.length] !== VERSION) refuse('snapshot-token', { clause, field: 'version', expected: '01', got: hexByte(data[MAGIC.length]) });
  const fields = view(data);
  return { index: fields.getBigUint64(MAGIC.length + 1) as RaftIndex, checksum: fields.getUint32(MAGIC.length + 9) };
}

/**
 * The name of a payload file: the index as 16 hexadecimal digits.
 *
 * @clause base/snapshot-payload-file
 * @example payloadFileName(raftIndex(908n)) // 000000000000038c.fsm
 */
export const payloadFileName = (index: RaftIndex): string => `${index.toString(16).padStart(16, '0')}.fsm`;

/** The checksum that guards payload files. */
export interface Checksum {
  readonly crc32c: (bytes: Uint8Array) => number;
}

/**
 * The content of a payload file: the payload and its checksum.
 *
 * @clause base/snapshot-payload-file
 */
export const sealPayloadFile = (ops: Checksum, payload: Uint8Array): Uint8Array => concat(payload, u32be(ops.crc32c(payload)));

/**
 * The payload of a file, as a view into it. Step 1, to find the file, is whoever has the directory's.
 *
 * @clause base/snapshot-payload-file
 * @param token the checksum that the token names; null where there is no token
 * @throws Refusal `snapshot-file-too-small`, `snapshot-file-crc`, `snapshot-token-crc`
 */
export function openPayloadFile(ops: Checksum, file: Uint8Array, token: number | null): Uint8Array {
  const clause = 'base/snapshot-payload-file';
  // 2. No room for the footer.
  if (file.length < FOOTER_LENGTH) refuse('snapshot-file-too-small', { clause, field: 'file', expected: `at least ${FOOTER_LENGTH} bytes`, got: `${file.length}` });
  const payload = file.subarray(0, file.length - FOOTER_LENGTH);
  const checksum = ops.crc32c(payload);
  // 3. A footer that does not fit the payload, before the token is looked at.
  if (view(file).getUint32(payload.length) !== checksum) {
    refuse('snapshot-file-crc', { clause, field: 'footer', expected: 'the checksum of the payload', got: 'another' });
  }
  // 4. Another payload than the token names; a token checksum of 0 names none.
  if (token !== null && token !== 0 && token !== checksum) {
    refuse('snapshot-token-crc', { clause, field: 'token', expected: 'the checksum of the payload', got: 'another' });
  }
  return payload;
}
