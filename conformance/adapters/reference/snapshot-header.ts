/** Answers the vectors of the format `snapshot-header` with the reference. */
import { concat, hex } from '../../../src/base/bytes.js';
import { Refusal, refuse } from '../../../src/base/errors.js';
import { millis, raftIndex } from '../../../src/base/ids.js';
import { PeekableSource } from '../../../src/base/peekable-source.js';
import type { Operations } from '../../../src/node/compose.js';
import type { ByteSource } from '../../../src/ports/byte-source.js';
import { posixFiles } from '../../../src/ports/files-posix.js';
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

/** A store stream, as far as it matters here: it is none of the headers. */
const STORE = new TextEncoder().encode('store stream');

export const snapshotHeaderHandlers = (ops: Operations): Handlers<typeof snapshotHeader> => {
  const read = (input: { stream: string; source_fails?: boolean | undefined }) => {
    const stream = new PeekableSource(sourceOf(bytes(input.stream), input.source_fails === true));
    const { ceiling, cutover } = ops.readSnapshotHeader(stream);
    return { ceiling_ms: `${ceiling}`, cutover: `${cutover}`, consumed: stream.consumed, remaining: hex(drain(stream)) };
  };
  return {
    'read': read,
    'read-rejects': read,
    'write': ({ has_source, snapshots }) => {
      let remembered = raftIndex(0n);
      const headers = snapshots.map(({ ceiling_ms, cutover }) => {
        const current = raftIndex(has_source ? BigInt(cutover ?? '0') : 0n);
        const written = ops.writeSnapshotHeader(remembered, current, millis(BigInt(ceiling_ms)));
        ({ remembered } = written);
        return hex(written.header);
      });
      return { headers };
    },
    'restore': (input) => {
      let state = { ceiling: millis(BigInt(input.start_ceiling_ms)), cutover: raftIndex(BigInt(input.start_cutover)) };
      const observed = () => ({ ceiling_ms: `${state.ceiling}`, restored_cutover: `${state.cutover}` });
      try {
        const stream = new PeekableSource(sourceOf(concat(bytes(input.header), STORE), false));
        state = ops.restoreSnapshotHeader(state, ops.readSnapshotHeader(stream));
        // What the store makes of its stream is its own affair.
        if (!input.inner_ok) {
          refuse('inner-stream', { clause: 'base/snapshot-restore', field: 'store stream', expected: 'one that can be used', got: 'another' });
        }
      } catch (error) {
        if (error instanceof Refusal) return new RefusedWith(error, observed());
        throw error;
      }
      // What was restored is not what the writer remembers.
      return { ...observed(), next_header: hex(ops.writeSnapshotHeader(raftIndex(0n), raftIndex(0n), state.ceiling).header) };
    },
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
    'payload-file': (input) => {
      if (input.operation === 'name') return { file_name: ops.payloadFileName(raftIndex(BigInt(input.index))) };
      if (input.operation === 'verify') {
        ops.openPayloadFile(contentOf(input.path), input.token_crc32c);
        return {};
      }
      const payload = bytes(input.payload);
      const file = posixFiles.create(input.path, 0o600);
      file.write(ops.sealPayloadFile(payload));
      file.close();
      return { crc32c: ops.crc32c(payload) };
    },
  };
};

/** A whole file, which the vector has laid there. */
function contentOf(path: string): Uint8Array {
  const file = posixFiles.openToRead(path);
  try {
    const chunks: Uint8Array[] = [];
    for (let chunk = file.read(4096); chunk.length > 0; chunk = file.read(4096)) chunks.push(chunk);
    return concat(...chunks);
  } finally {
    file.close();
  }
}
