/** Mutants of the snapshot header and token. */
import { concat, view } from '../../src/base/bytes.js';
import { Refusal, refuse } from '../../src/base/errors.js';
import type { Millis, RaftIndex } from '../../src/base/ids.js';
import { PeekableSource } from '../../src/base/peekable-source.js';
import type { SnapshotHeader } from '../../src/base/snapshot-header.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';

const format = 'snapshot-header';
const NO_HEADER: SnapshotHeader = { ceiling: 0n as Millis, cutover: 0n as RaftIndex };
const magicOf = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes.subarray(0, 8));

/** The length field of a version 2 header ahead; null where there is none. */
function lengthAhead(stream: PeekableSource): number | null {
  if (magicOf(stream.peek(8)) !== 'EKVTHLC2') return null;
  const ahead = stream.peek(10);
  return ahead.length === 10 ? view(ahead).getUint16(8) : null;
}

/** A reader that has its own way with some streams and leaves the others to the sound one. */
const reading = (own: (stream: PeekableSource, sound: Operations) => SnapshotHeader | null) => (sound: Operations): Partial<Operations> => ({
  readSnapshotHeader: (stream) => own(stream, sound) ?? sound.readSnapshotHeader(stream),
});

export const snapshotHeaderMutants: readonly Mutant[] = [
  {
    id: 'snapshot-cutover-before-ceiling', wrong: 'takes the first field of version 2 for the cutover', clause: 'base/snapshot-header-layout', format,
    replace: (sound) => ({
      readSnapshotHeader: (stream) => {
        const version2 = lengthAhead(stream) !== null;
        const { ceiling, cutover } = sound.readSnapshotHeader(stream);
        return version2 ? { ceiling: cutover as bigint as Millis, cutover: ceiling as bigint as RaftIndex } : { ceiling, cutover };
      },
    }),
    claims: [{ check: 'snapshot-header/read/snapshot-header-layout', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-extension-left-in-stream', wrong: 'leaves the extension bytes of version 2 to the store', clause: 'base/snapshot-header-layout', format,
    replace: reading((stream) => {
      const length = lengthAhead(stream);
      if (length === null || length <= 16 || length > 1024 || stream.peek(10 + length).length < 10 + length) return null;
      const header = view(stream.take(26));
      return { ceiling: header.getBigUint64(10) as Millis, cutover: header.getBigUint64(18) as RaftIndex };
    }),
    claims: [{ check: 'snapshot-header/read/snapshot-header-layout', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-short-prefix-refused', wrong: 'refuses a stream that ends inside the shared seven bytes or right behind them',
    clause: 'base/snapshot-peek', format,
    replace: reading((stream) => {
      const ahead = magicOf(stream.peek(8));
      return ahead.length < 8 && ahead !== '' && 'EKVTHLC'.startsWith(ahead)
        ? refuse('stream-truncated', { clause: 'base/snapshot-header-cut', field: 'magic', expected: '8 bytes', got: `${ahead.length}` }) : null;
    }),
    claims: [{ check: 'snapshot-header/read/snapshot-peek', answers: { result: 'invalid', reason: 'stream-truncated' } }],
  },
  {
    id: 'snapshot-peek-takes', wrong: 'takes the eight bytes that it looked at from a stream without a header', clause: 'base/snapshot-peek', format,
    replace: (sound) => ({
      readSnapshotHeader: (stream) => {
        const header = sound.readSnapshotHeader(stream);
        if (stream.consumed === 0) stream.take(8);
        return header;
      },
    }),
    claims: [{ check: 'snapshot-header/read/snapshot-peek', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-length-limit-1023', wrong: 'refuses a version 2 length of 1024', clause: 'base/snapshot-header-length', format,
    replace: reading((stream) => lengthAhead(stream) === 1024
      ? refuse('snapshot-header-length', { clause: 'base/snapshot-header-length', field: 'length', expected: 'at most 1023', got: '1024' }) : null),
    claims: [{ check: 'snapshot-header/read/snapshot-header-length', answers: { result: 'invalid', reason: 'snapshot-header-length' } }],
  },
  {
    id: 'snapshot-length-after-fields', wrong: 'reads as many bytes as the length says before it tests the length', clause: 'base/snapshot-header-length', format,
    replace: reading((stream) => {
      const length = lengthAhead(stream);
      return length !== null && stream.peek(10 + length).length < 10 + length
        ? refuse('stream-truncated', { clause: 'base/snapshot-header-cut', field: 'fields', expected: `${length} bytes`, got: 'fewer' }) : null;
    }),
    claims: [{ check: 'snapshot-header/read-rejects/snapshot-header-length', answers: { result: 'invalid', reason: 'stream-truncated' } }],
  },
  {
    id: 'snapshot-unknown-magic-headerless', wrong: 'takes an unknown version for a stream without a header', clause: 'base/snapshot-header-magic', format,
    replace: reading((stream) => /^EKVTHLC[^12]$/su.test(magicOf(stream.peek(8))) ? NO_HEADER : null),
    claims: [{ check: 'snapshot-header/read-rejects/snapshot-header-magic', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-cut-header-headerless', wrong: 'takes a header that is cut short for none', clause: 'base/snapshot-header-cut', format,
    replace: (sound) => ({
      readSnapshotHeader: (stream) => {
        try {
          return sound.readSnapshotHeader(stream);
        } catch (error) {
          if (error instanceof Refusal && error.clause === 'base/snapshot-header-cut') return NO_HEADER;
          throw error;
        }
      },
    }),
    claims: [{ check: 'snapshot-header/read-rejects/snapshot-header-cut', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-failure-taken-for-end', wrong: 'takes a failure of the source for its end', clause: 'base/snapshot-source-failure', format,
    replace: (sound) => ({
      readSnapshotHeader: (stream) => {
        let at = 0;
        const ending = new PeekableSource({
          read: (max) => {
            try {
              const chunk = stream.peek(at + max).subarray(at);
              at += chunk.length;
              return chunk;
            } catch {
              return new Uint8Array();
            }
          },
        });
        const header = sound.readSnapshotHeader(ending);
        stream.take(ending.consumed);
        return header;
      },
    }),
    claims: [{ check: 'snapshot-header/read-rejects/snapshot-source-failure', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-reads-ahead', wrong: 'meets a failure of the source that lies behind the header', clause: 'base/snapshot-source-failure', format,
    replace: reading((stream) => {
      stream.peek(1024);
      return null;
    }),
    claims: [{ check: 'snapshot-header/read/snapshot-source-failure', answers: { result: 'invalid', reason: 'source-failure' } }],
  },
  {
    id: 'token-version-ignored', wrong: 'reads a token of any version', clause: 'base/snapshot-token', format,
    replace: (sound) => ({
      decodeSnapshotToken: (data) => sound.decodeSnapshotToken(sound.isSnapshotToken(data)
        ? concat(data.subarray(0, 4), Uint8Array.of(0x01), data.subarray(5)) : data),
    }),
    claims: [{ check: 'snapshot-header/token/snapshot-token', answers: { result: 'valid' } }],
  },
  {
    id: 'token-test-by-magic-alone', wrong: 'takes bytes of any length that begin with EKVT for a token', clause: 'base/snapshot-token-test', format,
    replace: (sound) => ({
      isSnapshotToken: (data) => magicOf(data.subarray(0, 4)) === 'EKVT',
      decodeSnapshotToken: sound.decodeSnapshotToken,
    }),
    claims: [{ check: 'snapshot-header/token/snapshot-token-test', answers: { result: 'invalid', reason: 'snapshot-token' } }],
  },
  {
    id: 'snapshot-writer-falls-back', wrong: 'writes version 1 again once the source has fallen back to 0', clause: 'base/snapshot-header-writer', format,
    replace: (sound) => ({ writeSnapshotHeader: (_remembered, current, ceiling) => sound.writeSnapshotHeader(0n as RaftIndex, current, ceiling) }),
    claims: [{ check: 'snapshot-header/write/snapshot-header-writer', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-writer-keeps-largest', wrong: 'remembers the largest cutover, and not the last', clause: 'base/snapshot-header-writer', format,
    replace: (sound) => ({
      writeSnapshotHeader: (remembered, current, ceiling) => sound.writeSnapshotHeader(remembered, current > remembered ? current : remembered, ceiling),
    }),
    claims: [{ check: 'snapshot-header/write/snapshot-header-writer', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-restore-lowers-ceiling', wrong: 'puts the lease ceiling where the header has it, below what it was too', clause: 'base/snapshot-restore', format,
    replace: (sound) => ({ restoreSnapshotHeader: (before, header) => ({ ...sound.restoreSnapshotHeader(before, header), ceiling: header.ceiling }) }),
    claims: [{ check: 'snapshot-header/restore/snapshot-restore', answers: { result: 'valid' } }],
  },
  {
    id: 'snapshot-restore-keeps-cutover', wrong: 'keeps the restored cutover when the header has none', clause: 'base/snapshot-restore', format,
    replace: (sound) => ({
      restoreSnapshotHeader: (before, header) => {
        const after = sound.restoreSnapshotHeader(before, header);
        return header.cutover === 0n ? { ...after, cutover: before.cutover } : after;
      },
    }),
    claims: [{ check: 'snapshot-header/restore/snapshot-restore', answers: { result: 'valid' } }],
  },
];
