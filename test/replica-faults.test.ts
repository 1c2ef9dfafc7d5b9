/**
 * A replica on a machine whose calls fail: what it refuses, where it stops, and that nothing is lost, leaked or left open.
 */
import test from 'ava';
import { hex } from '../src/base/bytes.js';
import { Refusal, systemCode } from '../src/base/errors.js';
import { raftIndex, type LocalEpoch, type Millis, type RaftIndex } from '../src/base/ids.js';
import { Replica, type ReplicaPorts } from '../src/node/replica.js';
import { proposalRules } from '../src/node/rules.js';
import { FaultyDisk, type FileCall } from '../src/ports/files-faulty.js';
import type { Store, StoreChange } from '../src/ports/store.js';
import {
  applied, bootstrap, cutover, kek, lasting, lease, logOf, machine, opened, operations, outcomes, refused, registration, request, sound, type Machine,
} from './replica-logs.js';

const CUT = logOf([bootstrap(), cutover(), { sealed: request('a') }]);
const SIDECAR = '/n1/encryption/keys.json';
const IDENTITY = '/n1/encryption/log-id';

type StoreCall = 'open' | 'get' | 'rows' | 'batch' | 'close';

/** A machine whose stores can be made to fail: the n-th call from now on, once. */
interface FailingMachine extends Machine {
  readonly disk: FaultyDisk;
  fail(call: StoreCall, nth: number, error?: Error): void;
  /** Takes back what has not failed yet; true when there was something. */
  heal(): boolean;
  readonly batches: { readonly path: string; readonly changes: readonly StoreChange[] }[];
}

function failingMachine(): FailingMachine {
  const disk = new FaultyDisk();
  const { stores, ports } = machine({ files: disk });
  let planned: { readonly call: StoreCall; readonly error: Error; left: number } | null = null;
  const batches: { readonly path: string; readonly changes: readonly StoreChange[] }[] = [];
  const step = (call: StoreCall): void => {
    if (planned?.call !== call) return;
    planned.left -= 1;
    if (planned.left > 0) return;
    const { error } = planned;
    planned = null;
    throw error;
  };
  const openStore = async (path: string): Promise<Store> => {
    step('open');
    const store = await ports.openStore(path);
    return {
      get: (key) => { step('get'); return store.get(key); },
      rows: async (from, to) => { step('rows'); return store.rows(from, to); },
      batch: async (changes, options) => { step('batch'); batches.push({ path, changes }); return store.batch(changes, options); },
      // What is closed and says that it failed is closed all the same.
      close: async () => { await store.close(); step('close'); },
    };
  };
  return {
    disk, stores, ports: { ...ports, openStore }, batches,
    fail(call, nth, error = Object.assign(new Error('the store says so'), { code: 'EIO' })) { planned = { call, error, left: nth }; },
    heal() {
      const unreached = planned !== null;
      planned = null;
      return unreached;
    },
  };
}

// ── A sidecar that was there is missed ──────────────────────────────────────────────────────────────────────

test('a sidecar is missed behind an older copy of the store that was caught up, and behind a crash before the batch', async (t) => {
  const { ports, stores } = machine();
  let replica = await opened(ports);
  const fresh = stores.image('/n1/fsm') as Uint8Array;
  await applied(replica, CUT);
  await replica.close();
  stores.restore('/n1/fsm', fresh);
  replica = await opened(ports);
  replica.commit(raftIndex(3n));
  t.is(outcomes(await replica.apply()), '1 apply, 2 apply, 3 apply');
  await replica.close();
  ports.files.remove(SIDECAR);
  await refused(t, opened(ports), 'sidecar-missing');

  const crashed = failingMachine();
  replica = await opened(crashed.ports);
  crashed.fail('batch', 2);
  t.is(await applied(replica, CUT), '1 halt store-failure');
  t.not(crashed.disk.contents(SIDECAR), null);
  await replica.close();
  replica = await opened(crashed.ports);
  replica.commit(raftIndex(3n));
  t.is(outcomes(await replica.apply()), '1 apply, 2 apply, 3 apply');
  await replica.close();
  crashed.disk.drop(SIDECAR);
  await refused(t, opened(crashed.ports), 'sidecar-missing');
});

// ── The identity ────────────────────────────────────────────────────────────────────────────────────────────

test('what stands in the file of the identity is never told', async (t) => {
  for (const contents of [Buffer.alloc(32, 0x4b), Buffer.from('K'.repeat(16)), Buffer.from(`${'4b'.repeat(16)}\n`), Buffer.from(`${'4b'.repeat(16)}`)]) {
    for (const gone of [false, true]) {
      const { ports, stores } = machine();
      await (await opened(ports)).close();
      if (gone) for (const store of ['/n1/log', '/n1/fsm']) stores.remove(store);
      (ports.files as FaultyDisk).put(IDENTITY, contents);
      const error = await t.throwsAsync(opened(ports), { instanceOf: Refusal });
      for (const text of [error?.message, error?.expected, error?.got, error?.field]) t.notRegex(text ?? '', /4b4b|KK/i);
    }
  }
});

test('an identity that cannot be read is not taken for none', async (t) => {
  const { ports, stores } = machine();
  const disk = ports.files as FaultyDisk;
  await (await opened(ports)).close();
  const before = disk.contents(IDENTITY);
  stores.remove('/n1/log');
  for (const code of ['EACCES', 'EIO', 'EISDIR', 'ENOTDIR']) {
    // The first file that is opened is the sidecar.
    disk.fail('openToRead', 2, code);
    await refused(t, opened(ports), 'log-unreadable');
    t.deepEqual(disk.contents(IDENTITY), before);
  }
});

test('a start that is refused has changed nothing, also where an identity waits to be finished', async (t) => {
  const { ports } = machine();
  const disk = ports.files as FaultyDisk;
  const replica = await opened(ports);
  await applied(replica, CUT);
  await replica.close();
  const identity = disk.contents(IDENTITY) as Uint8Array;
  disk.drop(IDENTITY);
  disk.put(`${IDENTITY}.tmp`, identity);
  disk.put(SIDECAR, Buffer.from(Buffer.from(disk.contents(SIDECAR) as Uint8Array).toString().replace('"raft": 8', '"raft": 0')));
  const names = disk.paths();
  await refused(t, opened(ports), 'raft-key-absent');
  t.deepEqual(disk.paths(), names);
});

test('a start that is refused for the epoch of one key raises none', async (t) => {
  const { ports } = machine();
  const disk = ports.files as FaultyDisk;
  const replica = await opened(ports);
  await applied(replica, CUT);
  await replica.close();
  const text = Buffer.from(disk.contents(SIDECAR) as Uint8Array).toString();
  const at = text.indexOf('"8": {');
  disk.put(SIDECAR, Buffer.from(text.slice(0, at) + text.slice(at).replace('"local_epoch": 0', '"local_epoch": 65535')));
  const before = disk.contents(SIDECAR);
  for (let start = 0; start < 2; start += 1) await refused(t, opened(ports), 'local-epoch-exhausted');
  t.deepEqual(disk.contents(SIDECAR), before);
});

// ── Every call of a start ───────────────────────────────────────────────────────────────────────────────────

const FILE_CALLS: readonly FileCall[] = [
  'openToRead', 'facts', 'read', 'create', 'write', 'sync', 'close', 'rename', 'remove', 'makeDirectory', 'list', 'openDirectory', 'syncDirectory', 'closeDirectory',
];
const STORE_CALLS: readonly StoreCall[] = ['open', 'get', 'rows', 'batch', 'close'];

/** Where a start can begin from, and whether what was applied is to be there after it. */
const BEGINNINGS: readonly (readonly [name: string, prepare: (at: FailingMachine) => Promise<void>])[] = [
  ['nothing', async () => {}],
  ['a replica that has cut over', async ({ ports }) => {
    const replica = await opened(ports);
    await applied(replica, CUT);
    await replica.close();
  }],
  ['a log without an identity', async ({ ports }) => {
    const replica = await opened(ports, operations(proposalRules));
    await applied(replica, CUT.slice(0, 1));
    await replica.close();
  }],
  ['an identity that was being made', async ({ ports, disk }) => {
    const replica = await opened(ports);
    await applied(replica, CUT);
    await replica.close();
    disk.put(`${IDENTITY}.tmp`, disk.contents(IDENTITY) as Uint8Array);
    disk.drop(IDENTITY);
  }],
];

const told = (replica: Replica): unknown => lasting(replica.state());

for (const [name, prepare] of BEGINNINGS) {
  test(`whichever call of a start fails, it refuses or comes to be, and the next one works: ${name}`, async (t) => {
    const sure = failingMachine();
    await prepare(sure);
    const expected = told(await opened(sure.ports));

    let attempts = 0;
    const attempt = async (call: string, arm: (at: FailingMachine) => void, unreached: (at: FailingMachine) => boolean): Promise<boolean> => {
      const at = failingMachine();
      await prepare(at);
      arm(at);
      let done = true;
      try {
        const replica = await opened(at.ports);
        done = unreached(at);
        t.deepEqual(told(replica), expected, call);
        await replica.close().catch(() => {});
      } catch (error) {
        done = unreached(at);
        t.true(error instanceof Refusal, `${call}: ${String(error)}`);
      }
      if (!done) attempts += 1;
      // No store is left open, and the next start works.
      for (const path of at.stores.paths()) await (await at.stores.open(path)).close();
      const again = await opened(at.ports);
      t.deepEqual(told(again), expected, `${call}, next start`);
      await again.close();
      return !done;
    };
    for (const call of FILE_CALLS) {
      for (let nth = 1; await attempt(`${call} ${nth}`, ({ disk }) => disk.fail(call, nth, 'EIO'), ({ disk }) => disk.heal() > 0); nth += 1);
    }
    for (const call of STORE_CALLS) {
      for (let nth = 1; await attempt(`store ${call} ${nth}`, (at) => at.fail(call, nth), (at) => at.heal()); nth += 1);
    }
    t.true(attempts > 20);
  });
}

test('a refused start leaves no store open, whatever closing them comes to, and its own refusal is told', async (t) => {
  const at = failingMachine();
  await (await opened(at.ports)).close();
  at.disk.put(SIDECAR, Buffer.from('{'));
  at.fail('close', 1);
  await refused(t, opened(at.ports), 'json-syntax');
  for (const path of ['/n1/log', '/n1/fsm']) await (await at.stores.open(path)).close();
  at.disk.drop(SIDECAR);
  const replica = await opened(at.ports);
  at.fail('close', 1);
  await refused(t, replica.close(), 'store-failure');
  for (const path of ['/n1/log', '/n1/fsm']) await (await at.stores.open(path)).close();
});

test('nothing is left of an identity that could not be made', async (t) => {
  for (const call of ['write', 'sync', 'close'] as const) {
    const at = failingMachine();
    // The probe makes the first file.
    at.disk.fail(call, 2, 'ENOSPC');
    await refused(t, opened(at.ports), 'write-failed');
    t.deepEqual(at.disk.paths(), []);
  }
});

// ── While it runs ───────────────────────────────────────────────────────────────────────────────────────────

test('a store that fails under an append halts the replica', async (t) => {
  for (const [call, again] of [['batch', false], ['get', true]] as const) {
    const at = failingMachine();
    const replica = await opened(at.ports);
    const log = logOf([request('a'), request('b')]);
    await applied(replica, log.slice(0, 1));
    at.fail(call, 1);
    await refused(t, replica.append(again ? log : log.slice(1)), 'store-failure');
    t.deepEqual(replica.state().halted, ['store-failure']);
    await refused(t, replica.append(log.slice(1)), 'replica-halted');
    const error = await t.throwsAsync(replica.apply(), { instanceOf: Refusal });
    t.is(error?.got, 'one that halted before 2');
    await replica.close();
    const next = await opened(at.ports);
    t.is(await applied(next, log), '2 apply');
    await next.close();
  }
});

test('a log that cannot be read while it is applied halts, with what was applied so far', async (t) => {
  const at = failingMachine();
  const replica = await opened(at.ports);
  const log = logOf(Array.from({ length: 300 }, (_, index) => request(`${index}`)));
  await replica.append(log);
  replica.commit(raftIndex(300n));
  at.fail('rows', 2);
  const { results, halted, applied: reached } = await replica.apply();
  t.is(results.length, 256);
  t.is(reached, 256n as RaftIndex);
  t.is(halted?.index, 257n as RaftIndex);
  t.is(halted?.refusal.reason, 'log-unreadable');
});

test('an entry that is missing, or another, is not passed over', async (t) => {
  const { ports } = machine();
  let log: Store | null = null;
  const openStore: ReplicaPorts['openStore'] = async (path) => {
    const store = await ports.openStore(path);
    if (path.endsWith('log')) log = store;
    return store;
  };
  const replica = await opened({ ...ports, openStore });
  await replica.append(logOf([request('a'), request('b'), request('c')]));
  replica.commit(raftIndex(3n));
  await (log as Store | null)?.batch([{ key: Buffer.from('650000000000000002', 'hex'), value: null }], { sync: true });
  t.is(outcomes(await replica.apply()), '1 apply, 2 halt log-unreadable');
});

test('one entry at a time reads one entry', async (t) => {
  const at = failingMachine();
  const read: number[] = [];
  const openStore: ReplicaPorts['openStore'] = async (path) => {
    const store = await at.ports.openStore(path);
    return {
      get: (key) => store.get(key), batch: (changes, options) => store.batch(changes, options), close: () => store.close(),
      rows: async (from, to) => {
        const rows = await store.rows(from, to);
        if (path.endsWith('log')) read.push(rows.length);
        return rows;
      },
    };
  };
  const replica = await opened({ ...at.ports, openStore });
  await replica.append(logOf([request('a'), request('b'), request('c')]));
  replica.commit(raftIndex(3n));
  read.length = 0;
  t.is(outcomes(await replica.apply({ step: true })), '1 apply');
  t.deepEqual(read, [1]);
});

test('a batch that failed leaves nothing of its entry in memory', async (t) => {
  for (const log of [logOf([bootstrap(), registration(4)]), logOf([bootstrap(), lease(5n)])]) {
    const at = failingMachine();
    const replica = await opened(at.ports);
    await applied(replica, log.slice(0, 1));
    const { registry, chain } = replica.state();
    at.fail('batch', 2);
    t.is(await applied(replica, log), '2 halt store-failure');
    t.deepEqual(replica.state().registry, registry);
    t.is(replica.state().leaseMs, 0n as Millis);
    t.is(hex(replica.state().chain), hex(chain));
  }
});

test('a batch that failed leaves the leases of the entries before it', async (t) => {
  const at = failingMachine();
  const replica = await opened(at.ports);
  const log = logOf([lease(5n), 'empty', lease(9n)]);
  await applied(replica, log.slice(0, 1));
  at.fail('batch', 2);
  t.is(await applied(replica, log), '2 halt store-failure');
  t.is(replica.state().leaseMs, 5n as Millis);
});

// ── What is a failure of the system ─────────────────────────────────────────────────────────────────────────

test('a bug is no failure of the system', async (t) => {
  t.is(systemCode(Object.assign(new TypeError('a path with a zero in it'), { code: 'ERR_INVALID_ARG_VALUE' })), null);
  t.is(systemCode(Object.assign(new Error('gone'), { code: 'ENOENT' })), 'ENOENT');
  t.is(systemCode(new Error('no code')), null);
  t.is(systemCode(new DOMException('stopped', 'AbortError')), null);
  const at = failingMachine();
  const replica = await opened(at.ports);
  await replica.append(logOf([request('a')]));
  replica.commit(raftIndex(1n));
  at.fail('batch', 1, new TypeError('a bug'));
  await t.throwsAsync(replica.apply(), { instanceOf: TypeError });
});

test('a start raises the epochs that it can, and only then', async (t) => {
  const { ports } = machine();
  const replica = await opened(ports);
  await applied(replica, CUT);
  await replica.close();
  const next = await Replica.open(sound, ports, { directory: '/n1', kek });
  t.deepEqual(next.state().epochs, { storage: 1 as LocalEpoch, raft: 1 as LocalEpoch });
});
