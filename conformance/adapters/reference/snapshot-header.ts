/** Answers the vectors of the format `snapshot-header` with the reference. */
import { concat, hex } from '../../../src/base/bytes.js';
import { Refusal } from '../../../src/base/errors.js';
import { raftIndex } from '../../../src/base/ids.js';
import { PeekableSource } from '../../../src/base/peekable-source.js';
import type { Operations } from '../../../src/node/compose.js';
import type { ByteSource } from '../../../src/ports/byte-source.js';
import type { snapshotHeader } from '../../protocol/formats/snapshot-header.js';
import { bytes, RefusedWith, type Handlers } from './handlers.js';

/** The bytes of a vector as a source, which ends or fails behind them. */
function sourceOf(content: Uint8Array, fails: boolean): ByteSource {
  let at = 0;
  return {
    read(max) {
      if (at === content.length && fails) throw new Error('the source of the vector fails here');
      const chunk = content.subarray(at, at + max);
      at += chunk.length;
      return chunk;
    },
  };
}

/** All that is left, up to the end or to a failure. */
function drain(stream: PeekableSource): Uint8Array {
  const chunks: Uint8Array[] = [];
  try {
    for (let chunk = stream.read(4096); chunk.length > 0; chunk = stream.read(4096)) chunks.push(chunk);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  return concat(...chunks);
}

export const snapshotHeaderHandlers = (ops: Operations): Handlers<typeof snapshotHeader> => {
  const read = (input: { stream: string; source_fails?: boolean | undefined }) => {
    const stream = new PeekableSource(sourceOf(bytes(input.stream), input.source_fails === true));
    const { ceiling, cutover } = ops.readSnapshotHeader(stream);
    return { ceiling_ms: `${ceiling}`, cutover: `${cutover}`, consumed: stream.consumed, remaining: hex(drain(stream)) };
  };
  return {
    'read': read,
    'read-rejects': read,
    'token': (input) => {
      if (input.operation === 'encode') {
        return { token: hex(ops.encodeSnapshotToken({ index: raftIndex(BigInt(input.index)), checksum: input.crc32c })) };
      }
      const data = bytes(input.token);
      const is_token = ops.isSnapshotToken(data);
      try {
        const decoded = ops.decodeSnapshotToken(data);
        return { index: `${decoded.index}`, crc32c: decoded.checksum, is_token };
      } catch (error) {
        if (error instanceof Refusal) return new RefusedWith(error, { is_token });
        throw error;
      }
    },
  };
};
