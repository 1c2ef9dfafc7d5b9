/**
 * The apply path of a replica: committed entries of 1 KiB, plain below the cutover against wrapped above it, in the same run.
 *
 * Both replicas have the same store and do the same work, but for the unwrap. What is aimed at is the cost beyond the open
 * itself: (wrapped − plain − open) / plain, where open is the time of `raftUnwrap` alone over the same envelopes. And ten
 * times the entries in at most eleven times the time.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyId, localEpoch, nodeId16, proposalId, raftIndex, type RaftIndex } from '../src/base/ids.js';
import type { LogEntry } from '../src/base/log-entry.js';
import { composeOperations, type Operations } from '../src/node/compose.js';
import { Replica } from '../src/node/replica.js';
import { nodeAead } from '../src/ports/aead-node.js';
import { systemClock } from '../src/ports/clock.js';
import { posixFiles } from '../src/ports/files-posix.js';
import { systemRandom } from '../src/ports/random.js';
import { openUnsyncedLevelStore } from '../src/ports/store-level.js';
import { aim, median, table } from './figures.js';

const PAYLOAD = 1024;
const ENTRIES = 1_000;
const ROUNDS = 9;
const AIM = 0.10;

const storage = keyId(7);
const raft = keyId(8);
const KEK = Buffer.alloc(32, 0x42);

interface Logs { readonly before: readonly LogEntry[]; readonly plain: readonly LogEntry[]; readonly wrapped: readonly LogEntry[] }

function logs(operations: Operations, count: number): Logs {
  const [storageKey, raftKey] = [randomBytes(32), randomBytes(32)];
  const kek = operations.importKek('bench', KEK);
  const keys = operations.keyStore();
  keys.set(raft, raftKey);
  const nonces = operations.nonceFactory({ nodeId16: nodeId16(1), localEpoch: localEpoch(1) });
  const writer = { dekId: raft, fullNodeId: operations.deriveNodeId('n1'), localEpoch: localEpoch(0) };
  let at = 0n;
  const entry = (payload: Uint8Array): LogEntry =>
    ({ index: raftIndex(at += 1n), term: 1n, type: 'normal', data: operations.encodeProposal({ id: proposalId(at), payload }) });
  const tagged = (opcode: number, body: Uint8Array): Uint8Array => Uint8Array.of(opcode, ...body);
  const bootstrap = entry(tagged(0x04, operations.encodeBootstrap({
    storageDekId: storage, wrappedStorage: operations.kekWrap(kek, storageKey, systemRandom), raftDekId: raft, wrappedRaft: operations.kekWrap(kek, raftKey, systemRandom), rows: [writer],
  })));
  const cutover = entry(tagged(0x05, operations.encodeRotation({ subTag: 0x05, dekId: raft, purpose: 2, wrapped: new Uint8Array(), proposer: writer })));
  const payloads = Array.from({ length: count }, () => Uint8Array.of(0, ...randomBytes(PAYLOAD - 1)));
  const from = at;
  const plain = payloads.map((payload) => entry(payload));
  at = from;
  const wrapped = payloads.map((payload) => entry(operations.raftWrap(keys, raft, nonces.next(), payload)));
  // Without its cutover entry the log of the plain replica has an empty entry there.
  return { before: [bootstrap, cutover], plain, wrapped };
}

/** Microseconds an entry. */
async function applied(operations: Operations, before: readonly LogEntry[], entries: readonly LogEntry[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'cutcheck-bench-'));
  try {
    const replica = await Replica.open(operations, { files: posixFiles, openStore: openUnsyncedLevelStore, clock: systemClock, random: systemRandom, sync: false },
      { directory, kek: operations.importKek('bench', KEK) });
    await replica.append([...before, ...entries]);
    replica.commit(raftIndex(BigInt(before.length)));
    await replica.apply();
    const last = entries.at(-1)?.index as RaftIndex;
    replica.commit(last);
    const began = performance.now();
    const { applied: reached } = await replica.apply();
    const micros = (performance.now() - began) * 1_000 / entries.length;
    if (reached !== last) throw new Error('the replica did not apply the log');
    await replica.close();
    return micros;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export async function benchApply(): Promise<void> {
  const operations = composeOperations(nodeAead);
  const { before, plain, wrapped } = logs(operations, ENTRIES);
  const ten = logs(operations, 10 * ENTRIES);
  const empty = { ...before[1], data: new Uint8Array() } as LogEntry;
  const [bootstrap] = before as readonly [LogEntry];
  const times = { plain: [] as number[], wrapped: [] as number[], ten: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.plain.push(await applied(operations, [bootstrap, empty], plain));
    times.wrapped.push(await applied(operations, before, wrapped));
    if (round < 3) times.ten.push(await applied(operations, ten.before, ten.wrapped));
  }
  const opening = openingAlone(operations, before, wrapped);
  const [p, w, t] = [median(times.plain), median(times.wrapped), median(times.ten)];
  const beyond = (w - p - opening) / p;
  console.log(`\nApply path of a replica on level, ${ENTRIES} entries of ${PAYLOAD} bytes, medians, µs an entry`);
  table(['', 'µs', 'ratio', 'aim'], [
    ['plain', p.toFixed(1), '1.00', ''],
    ['wrapped', w.toFixed(1), (w / p).toFixed(2), ''],
    ['the open itself', opening.toFixed(1), (opening / p).toFixed(2), ''],
    ['wrapped beyond the open, as part of plain', (beyond * p).toFixed(1), beyond.toFixed(2), aim(beyond, AIM)],
    [`time of ${10 * ENTRIES} entries against ${ENTRIES}`, '', (10 * t / w).toFixed(1), aim(10 * t / w, 11)],
  ]);
}

/** `raftUnwrap` over the same envelopes, nothing else. */
function openingAlone(operations: Operations, before: readonly LogEntry[], wrapped: readonly LogEntry[]): number {
  const keys = operations.keyStore();
  const kek = operations.importKek('bench', KEK);
  const { raftDekId, wrappedRaft } = operations.decodeBootstrap((before[0] as LogEntry).data.subarray(10));
  keys.set(raftDekId, operations.kekUnwrap(kek, wrappedRaft));
  const envelopes = wrapped.map(({ data }) => data.subarray(9));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    for (const envelope of envelopes) operations.raftUnwrap(keys, envelope);
    return (performance.now() - began) * 1_000 / envelopes.length;
  });
  return median(rounds);
}
