/**
 * Snapshot header: the first bytes of a state-machine snapshot, which carry the lease ceiling and the cutover.
 *
 * Implements base/snapshot-header-layout, base/snapshot-peek, base/snapshot-header-length, base/snapshot-header-magic,
 * base/snapshot-header-cut, base/snapshot-source-failure, base/snapshot-header-writer and base/snapshot-restore
 * (spec/base/snapshot-header.md). The stream of the store follows at once.
 */
import { concat, equal, hexByte, u16be, u64be, view } from './bytes.js';
import { refuse } from './errors.js';
import type { Millis, RaftIndex } from './ids.js';
import type { raiseCeiling } from './lease.js';
import type { PeekableSource } from './peekable-source.js';

const MAGIC = new TextEncoder().encode('EKVTHLC'); // shared by both versions; the eighth byte tells them apart
const MAGIC_LENGTH = 8;
const V1 = 0x31;
const V2 = 0x32;
const V1_LENGTH = 16; // magic, ceiling
const V2_FIELDS_LENGTH = 16; // ceiling, cutover
const V2_LENGTH_LIMIT = 1024;

/** What a snapshot says of the state that lies beside the store. A cutover of 0 means none. */
export interface SnapshotHeader {
  readonly ceiling: Millis;
  readonly cutover: RaftIndex;
}

const NO_HEADER: SnapshotHeader = { ceiling: 0n as Millis, cutover: 0n as RaftIndex };

/**
 * Reads the header off a stream and leaves the stream at the first byte of the store.
 *
 * @clause base/snapshot-header-layout base/snapshot-peek base/snapshot-header-length base/snapshot-header-magic
 *   base/snapshot-header-cut base/snapshot-source-failure
 * @throws Refusal `snapshot-header-length`, `snapshot-header-magic`, `stream-ended`, `stream-truncated`, `source-failure`
 */
export function readSnapshotHeader(stream: PeekableSource): SnapshotHeader {
  // 1. and 2. Look at eight bytes. Fewer before the end, or another beginning: no header, and nothing is taken.
  const magic = stream.peek(MAGIC_LENGTH);
  if (magic.length < MAGIC_LENGTH || !equal(magic.subarray(0, MAGIC.length), MAGIC)) return NO_HEADER;
  switch (magic[MAGIC.length]) {
    // 3. Version 1: sixteen bytes in all.
    case V1: {
      const header = view(exactly(stream, V1_LENGTH, 'header'));
      return { ceiling: header.getBigUint64(MAGIC_LENGTH) as Millis, cutover: NO_HEADER.cutover };
    }
    // 4. Version 2: the length, checked before the bytes behind it are read; what exceeds the two fields is ignored.
    case V2: {
      stream.take(MAGIC_LENGTH);
      const length = view(exactly(stream, 2, 'length')).getUint16(0);
      if (length < V2_FIELDS_LENGTH || length > V2_LENGTH_LIMIT) {
        refuse('snapshot-header-length',
          { clause: 'base/snapshot-header-length', field: 'length', expected: `${V2_FIELDS_LENGTH} to ${V2_LENGTH_LIMIT}`, got: `${length}` });
      }
      const fields = view(exactly(stream, length, 'fields'));
      return { ceiling: fields.getBigUint64(0) as Millis, cutover: fields.getBigUint64(8) as RaftIndex };
    }
    // 5. The shared beginning and an unknown version.
    default:
      return refuse('snapshot-header-magic',
        { clause: 'base/snapshot-header-magic', field: 'eighth byte', expected: '31 or 32', got: hexByte(magic[MAGIC.length]) });
  }
}

function exactly(stream: PeekableSource, length: number, field: string): Uint8Array {
  const bytes = stream.take(length);
  if (bytes.length < length) {
    refuse(bytes.length === 0 ? 'stream-ended' : 'stream-truncated',
      { clause: 'base/snapshot-header-cut', field, expected: `${length} bytes`, got: `${bytes.length}` });
  }
  return bytes;
}

/**
 * The 16 bytes of a version 1 header.
 *
 * @clause base/snapshot-header-layout
 */
export const encodeSnapshotHeaderV1 = (ceiling: Millis): Uint8Array => concat(MAGIC, Uint8Array.of(V1), u64be(ceiling));

/**
 * The 26 bytes of a version 2 header, without extension bytes.
 *
 * @clause base/snapshot-header-layout
 */
export const encodeSnapshotHeaderV2 = ({ ceiling, cutover }: SnapshotHeader): Uint8Array =>
  concat(MAGIC, Uint8Array.of(V2), u16be(V2_FIELDS_LENGTH), u64be(ceiling), u64be(cutover));

/** The two layouts, on which the writer builds. */
export interface SnapshotHeaderEncoders {
  readonly encodeSnapshotHeaderV1: typeof encodeSnapshotHeaderV1;
  readonly encodeSnapshotHeaderV2: typeof encodeSnapshotHeaderV2;
}

/**
 * As proposed, a snapshot carries the cutover that is recorded when it is taken.
 *
 * @clause base/snapshot-header-writer
 */
export const cutoverAsRecorded = (recorded: RaftIndex): RaftIndex => recorded;

/** What the writer of one load remembers: the last cutover other than 0, or 0. Not persisted, not set by a restore. */
export type RememberedCutover = RaftIndex;

/**
 * The header of a snapshot that is taken now, and what the writer remembers after it.
 *
 * @clause base/snapshot-header-writer
 * @param current what the source of the cutover says at this moment; 0 where there is none
 */
export function writeSnapshotHeader(
  ops: SnapshotHeaderEncoders, remembered: RememberedCutover, current: RaftIndex, ceiling: Millis,
): { readonly remembered: RememberedCutover; readonly header: Uint8Array } {
  // A cutover other than 0 replaces the remembered one: the last, not the largest.
  const cutover = current === 0n ? remembered : current;
  // Version 2 once there was one, also when the source has fallen back to 0.
  const header = cutover === 0n ? ops.encodeSnapshotHeaderV1(ceiling) : ops.encodeSnapshotHeaderV2({ ceiling, cutover });
  return { remembered: cutover, header };
}

/**
 * The state after a header was restored: the ceiling is raised, never lowered, and the restored cutover is replaced,
 * by 0 as well. Both stay when the stream behind the header turns out to be unusable; a header that refuses never
 * comes here and changes nothing.
 *
 * @clause base/snapshot-restore
 */
export const restoreSnapshotHeader = (ops: { readonly raiseCeiling: typeof raiseCeiling }, before: SnapshotHeader, header: SnapshotHeader): SnapshotHeader =>
  ({ ceiling: ops.raiseCeiling(before.ceiling, header.ceiling), cutover: header.cutover });
