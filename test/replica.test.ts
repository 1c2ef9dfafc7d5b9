/**
 * The replica: on real stores and in memory, cut at any step of any log, opened again, and halting again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { hex } from '../src/base/bytes.js';
import { localEpoch, raftIndex, type Millis, type RaftIndex } from '../src/base/ids.js';
import type { LogEntry } from '../src/base/log-entry.js';
import { Replica, type ReplicaPorts } from '../src/node/replica.js';
import { posixFiles } from '../src/ports/files-posix.js';
import { openLevelStore } from '../src/ports/store-level.js';
import type { Store } from '../src/ports/store.js';
import { anyLog, Cut, dying } from './dying-machine.js';
import {
  clock, random, sound, kek, STORAGE, RAFT, NEXT, wrapped, n1, machine, opened, bootstrap, rotation, cutover, registration, lease, request, logOf, outcomes, applied, lasting, refused,
} from './replica-logs.js';

// ── A whole log ─────────────────────────────────────────────────────────────────────────────────────────────

const WHOLE = logOf([
  'empty', bootstrap(), request('a'), lease(100n), rotation(0x04, STORAGE, 1, 0, false), registration(1), cutover(),
  { sealed: request('b') }, 'empty', 'no proposal', 'membership', { sealed: lease(200n) }, { sealed: rotation(0x01, NEXT, 2) }, { sealed: request('c'), under: NEXT },
]);

for (const [kind, portsOf] of [
  ['in memory', (): { ports: ReplicaPorts; end(): void } => ({ ports: machine().ports, end() {} })],
  ['on the disk', (): { ports: ReplicaPorts; directory: string; end(): void } => {
    const directory = mkdtempSync(join(tmpdir(), 'cutcheck-replica-'));
    return { ports: { files: posixFiles, openStore: openLevelStore, clock, random, sync: true }, directory, end: () => rmSync(directory, { recursive: true }) };
  }],
] as const) {
  test(`a whole log goes through, and a restart finds it applied: ${kind}`, async (t) => {
    const place = portsOf();
    const directory = 'directory' in place ? (place as { directory: string }).directory : '/n1';
    const open = (): Promise<Replica> => Replica.open(sound, place.ports, { directory, kek });
    let replica = await open();
    t.is(await applied(replica, WHOLE), '1 skip, 2 apply, 3 apply, 4 apply, 5 apply, 6 apply, 7 apply, 8 apply, 9 skip, 10 skip, 11 skip, 12 apply, 13 apply, 14 apply');
    const before = replica.state();
    t.like(before, { applied: 14n, cutover: 7n, wrap: true, halted: null, leaseMs: 200n, sidecar: { index: 13n, cutover: 7n, storage: true, storageCutover: 5n } });
    t.deepEqual(before.keys.map(({ id, active, loaded }) => [id, active, loaded]), [[7, true, true], [8, false, true], [9, true, true]]);
    t.is(hex(replica.snapshotHeader()), '454b5654484c4332001000000000000000c80000000000000007');
    await replica.close();

    replica = await open();
    t.is(replica.state().leaseMs, 0n as Millis, 'the ceiling lives in memory');
    t.deepEqual(replica.state().epochs, { storage: 1, raft: 1 });
    replica.commit(raftIndex(14n));
    // The membership entry moves the start of replay back: what stands behind it goes through the hook again.
    t.is(outcomes(await replica.apply()), '4 reapply, 11 drop, 12 reapply, 13 drop, 14 drop');
    t.deepEqual(lasting(replica.state()), lasting(before));
    await replica.close();
    place.end();
  });
}

// ── Cuts ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whatever way led to it: behind a bootstrap the sidecar is missed when it is gone. */
async function missed(t: ExecutionContext, replica: Replica, ports: ReplicaPorts): Promise<void> {
  await replica.close();
  ports.files.remove('/n1/encryption/keys.json');
  await refused(t, opened(ports), 'sidecar-missing');
}

test('any log, cut at any step and applied again, ends in the state of an uncut run', async (t) => {
  await fc.assert(fc.asyncProperty(anyLog, fc.nat(80), fc.option(fc.constantFrom('lose', 'reorder', 'torn')), fc.nat(), async (payloads, after, power, seed) => {
    const log = logOf(payloads);
    const uncut = await opened(machine().ports);
    await applied(uncut, log);

    const { ports, stores, disk, revive } = dying(after);
    try {
      const replica = await opened(ports);
      await applied(replica, log);
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
    stores.crash();
    if (power !== null) {
      stores.losePower(0);
      disk.losePower(power, seed);
    }
    revive();
    const again = await opened(ports);
    await again.append(log);
    again.commit(raftIndex(BigInt(log.length)));
    const { halted } = await again.apply();
    t.is(halted, null);
    t.deepEqual(lasting(again.state()), lasting(uncut.state()));
    await missed(t, again, ports);
  }), { numRuns: 150 });
});

test('any log applied from an older state of the state machine ends in the same state', async (t) => {
  await fc.assert(fc.asyncProperty(anyLog, fc.nat(14), async (payloads, older) => {
    const log = logOf(payloads);
    const { ports, stores } = machine();
    let replica = await opened(ports);
    await replica.append(log);
    replica.commit(raftIndex(BigInt(log.length)));
    await replica.apply({ to: raftIndex(BigInt(older)) });
    const image = stores.image('/n1/fsm');
    await replica.apply();
    const whole = lasting(replica.state());
    await replica.close();
    if (image !== null) stores.restore('/n1/fsm', image);
    replica = await opened(ports);
    replica.commit(raftIndex(BigInt(log.length)));
    t.is((await replica.apply()).halted, null);
    t.deepEqual(lasting(replica.state()), whole);
    await missed(t, replica, ports);
  }), { numRuns: 80 });
});

// ── Halts ───────────────────────────────────────────────────────────────────────────────────────────────────

test('a replica that halts applies nothing more, and halts again after every restart', async (t) => {
  const { ports } = machine();
  let replica = await opened(ports);
  const log = logOf([bootstrap(), cutover(), { sealed: request('a') }, { sealed: request('damaged') }, { sealed: request('b') }]);
  const { data } = log[3] as LogEntry;
  data[data.length - 1] = (data.at(-1) as number) ^ 1;
  const halt = '4 halt authentication-failed+raft-unwrap-failed';
  t.is(await applied(replica, log), `1 apply, 2 apply, 3 apply, ${halt}`);
  t.like(replica.state(), { applied: 3n, halted: ['authentication-failed', 'raft-unwrap-failed'] });
  await refused(t, replica.apply(), 'replica-halted');
  await refused(t, replica.append(log), 'replica-halted');
  await refused(t, () => replica.commit(raftIndex(5n)), 'replica-halted');
  await refused(t, () => replica.snapshotHeader(), 'replica-halted');
  for (let start = 0; start < 3; start += 1) {
    await replica.close();
    replica = await opened(ports);
    t.is(replica.state().halted, null);
    replica.commit(raftIndex(5n));
    t.is(outcomes(await replica.apply()), halt);
    t.is(replica.state().applied, 3n as RaftIndex);
  }
});

test('an entry that counts as applied and does not open any more halts at every start', async (t) => {
  const { ports } = machine();
  let replica = await opened(ports);
  const log = logOf([bootstrap(), cutover(), { sealed: request('a') }, { sealed: lease(7n) }]);
  await applied(replica, log);
  await replica.close();
  // Without its KEK the node has no cipher.
  for (let start = 0; start < 2; start += 1) {
    replica = await opened(ports, sound, null);
    replica.commit(raftIndex(4n));
    t.is(outcomes(await replica.apply()), '3 halt raft-unwrap-failed');
    t.is(replica.state().applied, 4n as RaftIndex);
    await replica.close();
  }
});

test('an encryption entry that cannot be applied halts, and what it did before stays', async (t) => {
  const replica = await opened(machine().ports);
  const rowOfAnother = Uint8Array.of(0x04, ...sound.encodeBootstrap({
    storageDekId: STORAGE, wrappedStorage: wrapped(STORAGE), raftDekId: RAFT, wrappedRaft: wrapped(RAFT),
    rows: [{ dekId: RAFT, fullNodeId: n1, localEpoch: localEpoch(0) }, { dekId: RAFT, fullNodeId: (n1 + 0x10000n) as typeof n1, localEpoch: localEpoch(0) }],
  }));
  t.is(await applied(replica, logOf([rowOfAnother])), '1 halt apply-refused');
  const state = replica.state();
  t.like(state, { applied: 0n, sidecar: { index: 1n } });
  t.is(state.registry.length, 1);
});

// ── The log ─────────────────────────────────────────────────────────────────────────────────────────────────

test('a log takes no hole and no other bytes where it is committed, and replaces what is not', async (t) => {
  const { ports } = machine();
  let replica = await opened(ports);
  const entry = (index: bigint, text: string, term = 1n): LogEntry => ({ ...(logOf([request(text)])[0] as LogEntry), index: raftIndex(index), term });
  await refused(t, replica.append([entry(2n, 'a')]), 'log-gap');
  await refused(t, replica.append([entry(0n, 'a')]), 'log-gap');
  t.is(await replica.append([1n, 2n, 3n, 4n, 5n].map((index) => entry(index, 'a'))), 5n as RaftIndex);
  await refused(t, replica.append([entry(6n, 'a'), entry(8n, 'a')]), 'log-gap');
  await refused(t, () => replica.commit(raftIndex(6n)), 'commit-beyond-log');
  replica.commit(raftIndex(2n));
  replica.commit(raftIndex(1n));
  t.like(replica.state().log, { first: 1n, last: 5n, commit: 2n });
  await refused(t, replica.append([entry(2n, 'other'), entry(3n, 'a')]), 'log-committed');
  await refused(t, replica.append([entry(2n, 'a', 2n)]), 'log-committed');
  t.is(await replica.append([entry(1n, 'a'), entry(2n, 'a')]), 5n as RaftIndex, 'the same bytes change nothing');
  t.is(await replica.append([entry(2n, 'a'), entry(3n, 'b', 2n)]), 3n as RaftIndex, 'what stood behind is gone');
  await replica.close();
  replica = await opened(ports);
  t.like(replica.state().log, { first: 1n, last: 3n, commit: 0n });
  replica.commit(raftIndex(3n));
  t.is(outcomes(await replica.apply({ step: true })), '1 apply');
  t.is(outcomes(await replica.apply({ to: raftIndex(2n) })), '2 apply');
  t.is(outcomes(await replica.apply()), '3 apply');
  t.is(outcomes(await replica.apply()), '');
});

test('a log with a hole, and a state that is none, refuse the start', async (t) => {
  for (const [path, key, value] of [
    ['/n1/log', Buffer.from('650000000000000009', 'hex'), Buffer.alloc(9)],
    ['/n1/log', Buffer.from('650000000000000001', 'hex'), Buffer.alloc(3)],
    ['/n1/fsm', Buffer.from('applied'), Buffer.alloc(3)],
    ['/n1/fsm', Buffer.from('!encryption|writers|x'), Buffer.alloc(3)],
  ] as const) {
    const { ports } = machine();
    const store = await ports.openStore(path);
    await store.batch([{ key, value }], { sync: true });
    await store.close();
    await refused(t, opened(ports), 'log-unreadable');
    // What was opened was closed again.
    await (await ports.openStore('/n1/log')).close();
  }
  const { ports } = machine();
  const replica = await opened(ports);
  await refused(t, opened(ports), 'log-unreadable');
  await replica.close();
});

test('a store that fails under an entry halts before it', async (t) => {
  let fails = false;
  const { ports } = machine();
  const openStore = async (path: string): Promise<Store> => {
    const store = await ports.openStore(path);
    return {
      get: (key) => store.get(key), rows: (from, to) => store.rows(from, to), close: () => store.close(),
      batch: (changes, options) => fails ? Promise.reject(Object.assign(new Error('no room'), { code: 'ENOSPC' })) : store.batch(changes, options),
    };
  };
  const replica = await opened({ ...ports, openStore });
  const log = logOf([request('a'), request('b')]);
  await replica.append(log);
  replica.commit(raftIndex(2n));
  await replica.apply({ step: true });
  const { chain } = replica.state();
  fails = true;
  t.is(outcomes(await replica.apply()), '2 halt store-failure');
  t.like(replica.state(), { applied: 1n, chain });
});
