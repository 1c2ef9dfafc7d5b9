/**
 * Snapshots: taken on one replica and installed on another, cut off between any two durable effects, and refused.
 */
import test from 'ava';
import fc from 'fast-check';
import { equal, hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { raftIndex, type RaftIndex } from '../src/base/ids.js';
import type { LogEntry } from '../src/base/log-entry.js';
import type { Operations } from '../src/node/compose.js';
import type { Replica, ReplicaPorts } from '../src/node/replica.js';
import { proposalRules, repairedRules, upstreamRules } from '../src/node/rules.js';
import type { Snapshot } from '../src/node/state-machine.js';
import type { FaultyDisk } from '../src/ports/files-faulty.js';
import { anyLog, Cut, dying } from './dying-machine.js';
import {
  bootstrap, cutover, lasting, lease, logOf, machine, NEXT, opened, operations, outcomes, refused, registration, request, rotation, sound, STORAGE,
} from './replica-logs.js';

const SIDECAR = '/n1/encryption/keys.json';

/** A replica that has applied a log up to an index, and holds it up to another. */
async function at(ports: ReplicaPorts, log: readonly LogEntry[], upTo: number, held = upTo, ops: Operations = sound): Promise<Replica> {
  const replica = await opened(ports, ops);
  if (held > 0) await replica.append(log.slice(0, held));
  replica.commit(raftIndex(BigInt(upTo)));
  await replica.apply();
  return replica;
}

/** The rest of a log goes on in a replica that has the beginning, as raft has it: from the first entry that it lacks. */
async function goOn(replica: Replica, log: readonly LogEntry[]): Promise<string> {
  const from = Number(replica.state().log.last);
  if (from < log.length) await replica.append(log.slice(from));
  replica.commit(raftIndex(BigInt(log.length)));
  const { halted } = await replica.apply();
  return halted === null ? 'whole' : outcomes({ results: [], applied: halted.index, halted });
}

async function snapshotAt(log: readonly LogEntry[], index: number): Promise<Snapshot> {
  return (await at(machine().ports, log, index)).takeSnapshot();
}

/** Entries that another leader left, and that never commit. */
const ofAnotherTerm = (log: readonly LogEntry[]): LogEntry[] => log.map((entry) => ({ ...entry, term: 2n }));

const WHOLE = logOf([
  'empty', bootstrap(), request('a'), lease(100n), rotation(0x04, STORAGE, 1, 0, false), registration(1), cutover(),
  { sealed: request('b') }, 'membership', { sealed: lease(200n) }, { sealed: request('c') }, { sealed: registration(3) }, 'empty', { sealed: request('d') },
]);
const N = 7;

// ── One takes it, another installs it ───────────────────────────────────────────────────────────────────────

test('any log: what one takes and another installs makes them equal, and equal they go on', async (t) => {
  await fc.assert(fc.asyncProperty(anyLog, fc.nat(), fc.nat(), fc.nat(), fc.constantFrom('its own', 'another term'), async (payloads, first, second, third, tail) => {
    const log = logOf(payloads);
    const upTo = first % (log.length + 1);
    const behind = second % (upTo + 1);
    const taker = await at(machine().ports, log, upTo);
    const { ports } = machine();
    let other = await at(ports, log, behind);
    const held = log.slice(behind, behind + third % (log.length - behind + 1));
    if (held.length > 0) await other.append(tail === 'its own' ? held : ofAnotherTerm(held));
    const snapshot = taker.takeSnapshot();
    t.is(snapshot.index, raftIndex(BigInt(upTo)));

    const before = lasting(other.state());
    const due = upTo <= behind ? 'snapshot-old' : activeAt(payloads, upTo).every((id) => other.state().keys.some((key) => key.id === id)) ? null : 'snapshot-key-missing';
    if (due !== null) {
      await refused(t, other.installSnapshot(snapshot), due);
      t.deepEqual(lasting(other.state()), before);
      return;
    }
    t.is(await other.installSnapshot(snapshot), snapshot.index);
    t.deepEqual(lasting(other.state()), lasting(taker.state()));
    const last = tail === 'its own' ? Math.max(upTo, behind + held.length) : upTo;
    t.like(other.state().log, { first: BigInt(upTo + 1), last: BigInt(last), commit: BigInt(upTo) });
    t.deepEqual(other.takeSnapshot(), snapshot, 'and it says of itself what it was told');

    t.is(await goOn(taker, log), 'whole');
    t.is(await goOn(other, log), 'whole');
    t.deepEqual(lasting(other.state()), lasting(taker.state()));
    await other.close();
    other = await opened(ports);
    t.is(await goOn(other, log), 'whole');
    t.deepEqual(lasting(other.state()), lasting(taker.state()));
  }), { numRuns: 200 });
});

/** The keys that are active behind an entry of a log of the property. */
function activeAt(payloads: readonly unknown[], upTo: number): number[] {
  const reached = payloads.slice(0, upTo);
  if (reached.length === 0) return [];
  const rotated = reached.some((payload) => {
    const plain = payload instanceof Uint8Array ? payload : payload !== null && typeof payload === 'object' && 'sealed' in payload ? payload.sealed as Uint8Array : new Uint8Array();
    return plain[0] === 0x05 && plain[2] === 0x01;
  });
  return [STORAGE, rotated ? NEXT : 8];
}

test('one that joins with the keys alone takes all from the snapshot, and one without a sidecar where none is due', async (t) => {
  const taker = await at(machine().ports, WHOLE, 12);
  const { ports } = machine();
  // The sidecar that an operator copied before the cutover: its index means nothing in the new log.
  const helper = machine();
  await at(helper.ports, WHOLE, 2);
  ports.files.makeDirectory('/n1/encryption');
  (ports.files as FaultyDisk).put(SIDECAR, (helper.ports.files as FaultyDisk).contents(SIDECAR) as Uint8Array);
  const learner = await opened(ports);
  await learner.installSnapshot(taker.takeSnapshot());
  t.deepEqual(lasting(learner.state()), lasting(taker.state()));
  t.is(await goOn(learner, WHOLE), 'whole');

  const bare = await opened(machine().ports);
  await bare.installSnapshot(await snapshotAt(logOf([request('a'), lease(7n)]), 2));
  t.like(bare.state(), { applied: 2n, leaseMs: 7n, sidecar: null });
  await refused(t, (await opened(machine().ports)).installSnapshot(await snapshotAt(WHOLE, 2)), 'snapshot-key-missing');
});

test('a sidecar that is further than the snapshot keeps what it has', async (t) => {
  const log = logOf([bootstrap(), request('a'), rotation(0x01, NEXT, 2), cutover(0, NEXT), { sealed: request('b'), under: NEXT }]);
  const { ports, stores } = machine();
  let replica = await at(ports, log, 1, 5);
  const older = stores.image('/n1/fsm') as Uint8Array;
  replica.commit(raftIndex(5n));
  await replica.apply();
  const whole = lasting(replica.state());
  await replica.close();
  stores.restore('/n1/fsm', older);
  replica = await opened(ports);
  await replica.installSnapshot(await snapshotAt(log, 2));
  t.like(replica.state(), { applied: 2n, cutover: 4n, sidecar: { index: 4n, cutover: 4n } });
  // The state of before N carries none, and the keys of before the rotation.
  t.deepEqual(replica.takeSnapshot(), await snapshotAt(log, 2));
  t.is(await goOn(replica, log), 'whole');
  t.deepEqual(lasting(replica.state()), whole);
});

test('behind an install the log takes what raft gives again, and compares what it has', async (t) => {
  const { ports } = machine();
  let replica = await at(ports, WHOLE, 3);
  await replica.installSnapshot(await snapshotAt(WHOLE, 12));
  for (let start = 0; start < 2; start += 1) {
    t.is(await replica.append(WHOLE.slice(0, 13)), 13n as RaftIndex, 'what the snapshot stands for is passed over');
    t.is(await replica.append(ofAnotherTerm(WHOLE.slice(4, 8))), 13n as RaftIndex);
    t.like(replica.state().log, { first: 13n, last: 13n });
    await refused(t, replica.append([{ ...(WHOLE[13] as LogEntry), index: raftIndex(15n) }]), 'log-gap');
    await refused(t, () => replica.commit(raftIndex(14n)), 'commit-beyond-log');
    replica.commit(raftIndex(13n));
    await refused(t, replica.append(ofAnotherTerm(WHOLE.slice(11, 13))), 'log-committed');
    t.is(outcomes(await replica.apply()), start === 0 ? '13 skip' : '');
    await replica.close();
    replica = await opened(ports);
  }
  t.is(await goOn(replica, WHOLE), 'whole');
});

test('a log whose beginning is gone refuses the start, and so does one that has entries before it', async (t) => {
  const { ports, stores } = machine();
  let replica = await at(ports, WHOLE, 3);
  const older = stores.image('/n1/fsm') as Uint8Array;
  await replica.installSnapshot(await snapshotAt(WHOLE, 12));
  await replica.close();
  const state = stores.image('/n1/fsm') as Uint8Array;
  stores.restore('/n1/fsm', older);
  for (const key of ['650000000000000005', '62617365']) {
    await refused(t, opened(ports), 'log-unreadable');
    stores.restore('/n1/fsm', state);
    replica = await opened(ports);
    await replica.close();
    const log = await ports.openStore('/n1/log');
    await log.batch([{ key: Buffer.from(key, 'hex'), value: Buffer.alloc(9) }], { sync: true });
    await log.close();
    if (key !== '62617365') {
      await refused(t, opened(ports), 'log-unreadable');
      const again = await ports.openStore('/n1/log');
      await again.batch([{ key: Buffer.from(key, 'hex'), value: null }], { sync: true });
      await again.close();
      stores.restore('/n1/fsm', older);
    }
  }
  await refused(t, opened(ports), 'log-unreadable');
});

test('rows that the snapshot does not have are gone, in memory and in the store', async (t) => {
  const { ports } = machine();
  let replica = await at(ports, WHOLE, 3);
  await replica.close();
  const store = await ports.openStore('/n1/fsm');
  await store.batch([{ key: sound.encodeRegistryKey({ dekId: NEXT, nodeId16: 9 as never }), value: Buffer.alloc(12) }], { sync: true });
  await store.close();
  replica = await opened(ports);
  const taker = await at(machine().ports, WHOLE, 12);
  t.is(replica.state().registry.length, taker.state().registry.length + 1);
  await replica.installSnapshot(taker.takeSnapshot());
  for (let start = 0; start < 2; start += 1) {
    t.deepEqual(replica.state().registry, taker.state().registry);
    await replica.close();
    replica = await opened(ports);
  }
});

// ── Crashes ─────────────────────────────────────────────────────────────────────────────────────────────────

for (const power of [null, 'lose', 'reorder', 'torn'] as const) {
  test(`a crash between any two durable effects of an install leaves all of it or nothing: ${power ?? 'the process dies'}`, async (t) => {
    const snapshot = await snapshotAt(WHOLE, 12);
    const whole = await at(machine().ports, WHOLE, 12);
    // A replica that is far behind, one whose log reaches into the snapshot, one that holds entries behind it, and one with a tail of nobody's.
    for (const [behind, held, foreign] of [[3, 3, false], [8, 10, false], [2, 14, false], [6, 14, true]] as const) {
      let effects = 0;
      for (let done = false; !done; effects += 1) {
        const { ports, stores, disk, dieAfter, revive } = dying(Infinity);
        const replica = await at(ports, WHOLE, behind, foreign ? behind : held);
        if (foreign) await replica.append(ofAnotherTerm(WHOLE.slice(behind, held)));
        const before = lasting(replica.state());
        dieAfter(effects);
        try {
          await replica.installSnapshot(snapshot);
          done = true;
        } catch (error) {
          if (!(error instanceof Cut)) throw error;
        }
        stores.crash();
        if (power !== null) {
          stores.losePower(0);
          disk.losePower(power, effects);
        }
        revive();
        let again = await opened(ports);
        const state = again.state();
        const has = state.applied === 12n;
        t.true(has || !done, `an install that answered, at ${effects}`);
        if (has) {
          t.deepEqual(lasting(state), { ...lasting(whole.state()) as object, wrap: true });
          t.like(state.log, { first: 13n, last: foreign ? 12n : BigInt(Math.max(held, 12)) });
        } else {
          t.like(state, { applied: BigInt(behind), log: { first: 1n, last: BigInt(held) } });
          t.like(lasting(state), { n: (before as { n: RaftIndex }).n, sidecar: (before as { sidecar: object }).sidecar });
          await again.installSnapshot(snapshot);
        }
        t.is(await goOn(again, WHOLE), 'whole');
        const end = lasting(again.state());
        await again.close();
        again = await opened(ports);
        t.is(await goOn(again, WHOLE), 'whole');
        t.deepEqual(lasting(again.state()), end);
        await again.close();
      }
      t.true(effects > (behind < N ? 6 : 2), `only ${effects} effects`);
    }
  });
}

test('a start that dies while it finishes an install leaves it to the next one', async (t) => {
  const snapshot = await snapshotAt(WHOLE, 12);
  const whole = await at(machine().ports, WHOLE, 12);
  for (let first = 1; first < 8; first += 1) {
    let done = false;
    for (let second = 0; !done; second += 1) {
      const { ports, stores, dieAfter, revive } = dying(Infinity);
      const replica = await at(ports, WHOLE, 4);
      dieAfter(first);
      await replica.installSnapshot(snapshot).catch(() => {});
      stores.crash();
      dieAfter(second);
      try {
        const again = await opened(ports);
        await again.close();
        done = true;
      } catch (error) {
        if (!(error instanceof Cut)) throw error;
      }
      stores.crash();
      revive();
      const again = await opened(ports);
      t.deepEqual(lasting(again.state()), lasting(whole.state()), `${first}, ${second}`);
      await again.close();
    }
  }
});

test('a disk that fails under an install halts the replica, and the next start knows what it has', async (t) => {
  const snapshot = await snapshotAt(WHOLE, 12);
  for (const call of ['create', 'sync', 'rename', 'syncDirectory'] as const) {
    const { ports } = machine();
    const replica = await at(ports, WHOLE, 3);
    (ports.files as FaultyDisk).fail(call, 1, 'EIO');
    await t.throwsAsync(replica.installSnapshot(snapshot), { instanceOf: Refusal });
    await refused(t, replica.installSnapshot(snapshot), 'replica-halted');
    await refused(t, () => replica.takeSnapshot(), 'replica-halted');
    t.is(replica.state().applied, 3n as RaftIndex);
    await replica.close();
    const again = await opened(ports);
    t.like(again.state(), { applied: 12n, cutover: BigInt(N), wrap: true });
    await again.close();
  }
});

// ── What is refused ─────────────────────────────────────────────────────────────────────────────────────────

const headerOf = (n: bigint): Uint8Array => n === 0n ? sound.encodeSnapshotHeaderV1(1n as never) : sound.encodeSnapshotHeaderV2({ ceiling: 1n as never, cutover: raftIndex(n) });

/** A snapshot with another header over the same body. */
function withCutover(snapshot: Snapshot, n: bigint): Snapshot {
  const length = snapshot.data[7] === 0x31 ? 16 : 26;
  return { ...snapshot, data: Uint8Array.of(...headerOf(n), ...snapshot.data.subarray(length)) };
}

test('another cutover than the recorded one is refused, and so is one that the index denies; nothing changes', async (t) => {
  const above = await snapshotAt(WHOLE, 12);
  const below = await snapshotAt(WHOLE, 5);
  for (const [behind, snapshot, carried] of [[8, above, 6n], [8, above, 8n], [8, above, 0n], [3, below, 7n], [3, above, 13n]] as const) {
    const { ports } = machine();
    const replica = await at(ports, WHOLE, behind);
    const [before, file] = [lasting(replica.state()), (ports.files as FaultyDisk).contents(SIDECAR) as Uint8Array];
    await refused(t, replica.installSnapshot(withCutover(snapshot, carried)), 'cutover-divergence');
    t.deepEqual(lasting(replica.state()), before);
    t.true(equal((ports.files as FaultyDisk).contents(SIDECAR) as Uint8Array, file));
  }
});

test('a snapshot that is cut short, too long or of another point is refused, wherever that shows, and nothing changes', async (t) => {
  const snapshot = await snapshotAt(WHOLE, 12);
  const replica = await at(machine().ports, WHOLE, 3);
  const before = lasting(replica.state());
  const reasons = new Set<string>();
  for (let length = 0; length < snapshot.data.length; length += 1) {
    const error = await t.throwsAsync(replica.installSnapshot({ ...snapshot, data: snapshot.data.subarray(0, length) }), { instanceOf: Refusal });
    reasons.add((error as Refusal).reason);
  }
  t.deepEqual([...reasons].sort(), ['snapshot-body', 'stream-ended', 'stream-truncated']);
  const changed = (at_: number, to: number): Snapshot => ({ ...snapshot, data: Uint8Array.from(snapshot.data, (byte, nth) => nth === at_ ? to : byte) });
  // The first row in the place of the second one.
  const twice = { ...snapshot, data: Uint8Array.from(snapshot.data) };
  twice.data.copyWithin(26 + 85 + 39, 26 + 85, 26 + 85 + 39);
  for (const bad of [
    { ...snapshot, data: Uint8Array.of(...snapshot.data, 0) }, { ...snapshot, index: raftIndex(13n) }, { ...snapshot, term: 2n },
    changed(26, 2), changed(26 + 49, 1), changed(26 + 85, 0x20), changed(26 + 85 + 39 + 24, 0), twice,
  ]) await refused(t, replica.installSnapshot(bad), 'snapshot-body');
  await refused(t, replica.installSnapshot(await snapshotAt(WHOLE, 3)), 'snapshot-old');
  t.deepEqual(lasting(replica.state()), before);
  await replica.installSnapshot(snapshot);
  await refused(t, replica.installSnapshot(snapshot), 'snapshot-old');
});

test('no change of a byte makes an install throw anything but a refusal', async (t) => {
  const snapshot = await snapshotAt(WHOLE, 12);
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(snapshot.data.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), async (changes) => {
    const data = Uint8Array.from(snapshot.data);
    for (const [place, byte] of changes) data[place] = byte;
    const { ports } = machine();
    const replica = await at(ports, WHOLE, 3);
    try {
      await replica.installSnapshot({ ...snapshot, data });
    } catch (error) {
      t.true(error instanceof Refusal, String(error));
      t.is(replica.state().halted, null);
    }
    await replica.close();
    await (await opened(ports)).close();
    // The active raft key taken out of the body, beside a cutover in the header.
  }), { numRuns: 120, examples: [[[[98, 0]]]] });
});

// ── The compositions ────────────────────────────────────────────────────────────────────────────────────────

test('N from a snapshot: dispatch and switch where it is repaired, the dispatch alone as proposed, nothing in the Go implementation', async (t) => {
  for (const [rules, n, wrap] of [[repairedRules, BigInt(N), true], [proposalRules, BigInt(N), false], [upstreamRules, 0n, false]] as const) {
    const ops = operations(rules);
    const taker = await at(machine().ports, WHOLE, 12, 12, ops);
    const { ports } = machine();
    let follower = await at(ports, WHOLE, 4, 4, ops);
    await follower.installSnapshot(taker.takeSnapshot());
    t.like(follower.state(), { applied: 12n, cutover: n, wrap, sidecar: { cutover: n } });
    t.is(hex(follower.state().chain), hex(taker.state().chain));
    // The snapshot that it takes next says what it has adopted, so that one who adopted nothing hides the loss.
    t.is(hex(follower.takeSnapshot().data).slice(14, 16), n === 0n ? '31' : '32');
    t.is(await goOn(taker, WHOLE), 'whole');
    t.is(await goOn(follower, WHOLE), 'whole');
    // What is not unwrapped is taken for a request: the applied index moves on, and the state is another.
    t.is(hex(follower.state().chain) === hex(taker.state().chain), n !== 0n);
    await follower.close();
    follower = await opened(ports, ops);
    t.is(follower.state().wrap, n !== 0n, 'a start sets the switch');
    await follower.close();
  }
});
