/** Entries, snapshot headers, tokens and registry rows: properties of their codecs, and of the decision on a registration. */
import test from 'ava';
import fc from 'fast-check';
import { hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import type { Bootstrap, Rotation, WriterRow } from '../src/base/fsm-entries.js';
import { fullNodeId, keyId, localEpoch, millis, nodeId16, proposalId, raftIndex } from '../src/base/ids.js';
import type { SnapshotHeader } from '../src/base/snapshot-header.js';
import type { RegistryValue } from '../src/base/writer-registry.js';
import { composeOperations } from '../src/node/compose.js';
import { nodeAead } from '../src/ports/aead-node.js';
import { PeekableSource } from '../src/base/peekable-source.js';
import type { ByteSource } from '../src/ports/byte-source.js';

const ops = composeOperations(nodeAead);

const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 0xff });
const dekId = fc.integer({ min: 0, max: 0xffff_ffff }).map(keyId);
const blob = fc.uint8Array({ maxLength: 80 });
const row: fc.Arbitrary<WriterRow> = fc.record({ dekId, fullNodeId: u64.map(fullNodeId), localEpoch: u16.map(localEpoch) });
const bootstrap: fc.Arbitrary<Bootstrap> = fc.record({
  storageDekId: dekId, wrappedStorage: blob, raftDekId: dekId, wrappedRaft: blob, rows: fc.array(row, { maxLength: 5 }),
});
const rotation: fc.Arbitrary<Rotation> = fc.record({ subTag: fc.constantFrom(1, 4, 5), dekId, purpose: fc.constantFrom(1, 2), wrapped: blob, proposer: row });
const header: fc.Arbitrary<SnapshotHeader> = fc.record({ ceiling: u64.map(millis), cutover: u64.map(raftIndex) });
const value: fc.Arbitrary<RegistryValue> = fc.record({ fullNodeId: u64.map(fullNodeId), firstSeen: u16.map(localEpoch), lastSeen: u16.map(localEpoch) });

/** What an operation came to, in a form that can be compared. */
const verdict = (operation: () => unknown): unknown => {
  try {
    return { valid: operation() };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.reasons };
    throw error;
  }
};
/** Compared as hex, since a view into a larger buffer and a copy of it are the same bytes. */
const plain = (entry: unknown): unknown => JSON.parse(JSON.stringify(entry, (_, part: unknown) =>
  part instanceof Uint8Array ? hex(part) : typeof part === 'bigint' ? `${part}` : part));

/** Gives the bytes in chunks of the given sizes, over and over, then ends or fails. */
function chunked(content: Uint8Array, sizes: readonly number[], fails = false): ByteSource {
  let [at, turn] = [0, 0];
  return {
    read(max) {
      if (at === content.length && fails) throw new Error('failed');
      const chunk = content.subarray(at, at + Math.min(max, sizes[turn % sizes.length] ?? max));
      turn += 1;
      at += chunk.length;
      return chunk;
    },
  };
}

function drain(stream: PeekableSource): string {
  let all = '';
  for (let chunk = stream.read(7); chunk.length > 0; chunk = stream.read(7)) all += hex(chunk);
  return all;
}

// ── Codecs ──────────────────────────────────────────────────────────────────────────────────────────────────

test('what is encoded decodes to the same', (t) => {
  const same = <T>(values: fc.Arbitrary<T>, encode: (value: T) => Uint8Array, decode: (bytes: Uint8Array) => unknown): void => {
    fc.assert(fc.property(values, (input) => { t.deepEqual(plain(decode(encode(input))), plain(input)); }), { numRuns: 50 });
  };
  same(fc.record({ id: u64.map(proposalId), payload: blob }), ops.encodeProposal, ops.decodeProposal);
  same(row, ops.encodeRegistration, ops.decodeRegistration);
  same(bootstrap, ops.encodeBootstrap, ops.decodeBootstrap);
  same(rotation, ops.encodeRotation, ops.decodeRotation);
  same(header, ops.encodeSnapshotHeaderV2, (encoded) => ops.readSnapshotHeader(new PeekableSource(chunked(encoded, [100]))));
  same(fc.record({ index: u64.map(raftIndex), checksum: dekId }), ops.encodeSnapshotToken, ops.decodeSnapshotToken);
  same(fc.record({ dekId, nodeId16: u16.map(nodeId16) }), ops.encodeRegistryKey, ops.decodeRegistryKey);
  same(value, ops.encodeRegistryValue, ops.decodeRegistryValue);
  same(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), ops.encodeLease, ops.decodeLease);
  same(blob, ops.sealPayloadFile, (file) => ops.openPayloadFile(file, null));
});

/** Arbitrary bytes; a valid body with some bytes changed, cut off or added; and a valid beginning with any end. */
const damaged = (valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> => fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.tuple(valid, fc.nat(), u8).map(([body, at, byte]) => body.map((old, place) => place === at % (body.length + 1) ? byte : old)),
  fc.tuple(valid, fc.nat(), blob).map(([body, at, end]) => Uint8Array.of(...body.subarray(0, at % (body.length + 1)), ...end)),
);

test('a decoder that is given any bytes answers or refuses, and never ends in another way', (t) => {
  const never = (valid: fc.Arbitrary<Uint8Array>, decode: (bytes: Uint8Array) => unknown): void => {
    fc.assert(fc.property(damaged(valid), (input) => {
      try {
        decode(input);
      } catch (error) {
        t.true(error instanceof Refusal, String(error));
      }
    }), { numRuns: 200 });
  };
  never(fc.record({ id: u64.map(proposalId), payload: blob }).map(ops.encodeProposal), ops.decodeProposal);
  never(u64.map(proposalId).map(ops.encodeReadContext), ops.decodeReadContext);
  const change = fc.record({ requestId: u64.map(proposalId), peerNodeId: u64.map(fullNodeId), peerId: fc.string(), peerAddress: fc.string() });
  never(change.map(ops.encodeConfChangeContext), ops.decodeConfChangeContext);
  never(row.map(ops.encodeRegistration), ops.decodeRegistration);
  never(bootstrap.map(ops.encodeBootstrap), ops.decodeBootstrap);
  never(rotation.map(ops.encodeRotation), ops.decodeRotation);
  never(header.map(ops.encodeSnapshotHeaderV2), (stream) => ops.readSnapshotHeader(new PeekableSource(chunked(stream, [5]))));
  never(header.map(({ ceiling }) => ops.encodeSnapshotHeaderV1(ceiling)), (stream) => ops.readSnapshotHeader(new PeekableSource(chunked(stream, [5], true))));
  never(fc.record({ index: u64.map(raftIndex), checksum: dekId }).map(ops.encodeSnapshotToken), ops.decodeSnapshotToken);
  never(fc.record({ dekId, nodeId16: u16.map(nodeId16) }).map(ops.encodeRegistryKey), ops.decodeRegistryKey);
  never(value.map(ops.encodeRegistryValue), ops.decodeRegistryValue);
  never(u64.map(ops.encodeLease), ops.decodeLease);
  never(blob.map(ops.sealPayloadFile), (file) => ops.openPayloadFile(file, 7));
});

test('a bootstrap holds as many rows as the cap allows, and is refused above it without counting bytes', (t) => {
  const one: WriterRow = { dekId: keyId(1), fullNodeId: fullNodeId(2n), localEpoch: localEpoch(3) };
  const withRows = (count: number): Uint8Array => ops.encodeBootstrap({
    storageDekId: keyId(1), wrappedStorage: new Uint8Array(), raftDekId: keyId(2), wrappedRaft: new Uint8Array(), rows: Array.from({ length: count }, () => one),
  });
  t.is(ops.decodeBootstrap(withRows(16384)).rows.length, 16384);
  const refusal = t.throws(() => ops.decodeBootstrap(withRows(16385).subarray(0, 21)), { instanceOf: Refusal });
  t.is(refusal?.clause, 'base/bootstrap-row-cap');
});

test('CRC-32C gives the check value of its polynomial', (t) => {
  t.is(ops.crc32c(new TextEncoder().encode('123456789')), 0xe306_9283);
});

// ── Snapshot streams ────────────────────────────────────────────────────────────────────────────────────────

test('how a stream is chunked changes neither the verdict nor what is left of it', (t) => {
  const starts = fc.oneof(
    header.map(ops.encodeSnapshotHeaderV2), header.map(({ ceiling }) => ops.encodeSnapshotHeaderV1(ceiling)),
    blob, fc.constantFrom(...['EKVTHLC', 'EKVTHLC2\0\x18', 'EKVTHLC2\0\x0f', 'EKVTHLC9', 'EKVPBBL1'].map((text) => new TextEncoder().encode(text))),
  );
  const streams = fc.tuple(starts, blob, fc.nat({ max: 120 })).map(([start, rest, cut]) => Uint8Array.of(...start, ...rest).subarray(0, cut));
  const reading = (stream: PeekableSource): unknown => verdict(() => {
    const read = ops.readSnapshotHeader(stream);
    return { ...read, consumed: stream.consumed, rest: drain(stream) };
  });
  fc.assert(fc.property(streams, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (content, sizes) => {
    const whole = reading(new PeekableSource(chunked(content, [1000])));
    t.deepEqual(reading(new PeekableSource(chunked(content, sizes))), whole);
    const { valid } = whole as { valid?: { consumed: number; rest: string } };
    if (valid !== undefined) t.is(hex(content).slice(valid.consumed * 2), valid.rest);
  }), { numRuns: 200 });
});

test('a failure of the source is met where its bytes are needed, and not behind the header', (t) => {
  const encoded = ops.encodeSnapshotHeaderV2({ ceiling: millis(5n), cutover: raftIndex(9n) });
  for (let length = 0; length <= encoded.length; length += 1) {
    const stream = new PeekableSource(chunked(encoded.subarray(0, length), [3], true));
    const expected = length < encoded.length ? { refused: ['source-failure'] } : { valid: { ceiling: 5n, cutover: 9n } };
    t.deepEqual(verdict(() => ops.readSnapshotHeader(stream)), expected, `${length} bytes`);
  }
});

// ── Registration ────────────────────────────────────────────────────────────────────────────────────────────

/** A row after a registration, or the refusal. */
const register = (before: RegistryValue | null, entry: WriterRow): { row: RegistryValue | null; effect: string } => {
  try {
    const decision = ops.decideRegistration(before, entry);
    return { row: decision.effect === 'done' ? before : decision.row, effect: decision.effect };
  } catch (error) {
    if (error instanceof Refusal && error.reason === 'apply-refused') return { row: before, effect: 'refused' };
    throw error;
  }
};

test('a registration that succeeded is done when it comes again', (t) => {
  fc.assert(fc.property(fc.option(value), row, (before, entry) => {
    const once = register(before, before === null ? entry : { ...entry, fullNodeId: before.fullNodeId });
    fc.pre(once.effect !== 'refused' && once.row !== null);
    t.deepEqual(register(once.row, { ...entry, fullNodeId: once.row?.fullNodeId ?? entry.fullNodeId }), { row: once.row, effect: 'done' });
  }));
});

test('no sequence of registrations lowers last seen, changes first seen or gives a row to another node', (t) => {
  const entry = fc.record({ dekId, fullNodeId: fc.constantFrom(1n, 0x1_0001n).map(fullNodeId), localEpoch: fc.integer({ min: 0, max: 4 }).map(localEpoch) });
  fc.assert(fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), (entries) => {
    let before: RegistryValue | null = null;
    for (const each of entries) {
      const { row: after, effect }: { row: RegistryValue | null; effect: string } = register(before, each);
      if (before !== null && after !== null) {
        t.is(after.fullNodeId, before.fullNodeId);
        t.is(after.firstSeen, before.firstSeen);
        t.true(after.lastSeen >= before.lastSeen);
        t.is(effect === 'refused', each.fullNodeId !== before.fullNodeId || each.localEpoch < before.lastSeen);
      }
      before = after;
    }
  }));
});
