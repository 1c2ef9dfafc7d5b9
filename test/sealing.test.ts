/**
 * Sealing: what a load wraps, from when on, and under which epoch; and what 6E-1 alone leaves to the whole design.
 */
import test from 'ava';
import { hex } from '../src/base/bytes.js';
import { localEpoch, proposalId, raftIndex, type KeyId } from '../src/base/ids.js';
import type { LogEntry } from '../src/base/log-entry.js';
import type { Operations } from '../src/node/compose.js';
import { Replica, type ReplicaPorts } from '../src/node/replica.js';
import { proposalRules, repairedRules, type Rules } from '../src/node/rules.js';
import type { FaultyDisk } from '../src/ports/files-faulty.js';
import {
  applied, bootstrap, cutover, kek, logOf, machine, n1, NEXT, operations, outcomes, RAFT, refused, request, rotation, sound, wrapped,
} from './replica-logs.js';

const SIDECAR = '/n1/encryption/keys.json';
const openedAs = (ports: ReplicaPorts, ops: Operations = sound): Promise<Replica> => Replica.open(ops, ports, { directory: '/n1', raftId: 'n1', kek });

/** The raft core and the leader side of one replica, as far as sealing goes. */
class Leading {
  readonly log: LogEntry[];
  #replica: Replica;
  #term = 1n;

  constructor(replica: Replica, log: readonly LogEntry[]) {
    this.#replica = replica;
    this.log = [...log];
  }

  /** Everything committed and applied. */
  async catchUp(): Promise<string> {
    const from = Number(this.#replica.state().log.last);
    if (from < this.log.length) await this.#replica.append(this.log.slice(from));
    this.#replica.commit(raftIndex(BigInt(this.log.length)));
    return outcomes(await this.#replica.apply());
  }

  async lead(): Promise<void> {
    this.#term += 1n;
    this.#replica.sealing.termBegins();
    this.#add(new Uint8Array());
    await this.catchUp();
    this.#replica.sealing.termApplied();
  }

  async propose(payload: Uint8Array): Promise<{ readonly key: KeyId | null; readonly nonce: string; readonly outcome: string }> {
    const sealed = this.#replica.sealing.seal(payload);
    this.#add(sound.encodeProposal({ id: proposalId(BigInt(this.log.length + 1)), payload: sealed.payload }));
    return { key: sealed.key, nonce: sealed.key === null ? '' : hex(sealed.payload.subarray(6, 18)), outcome: (await this.catchUp()).split(' ').at(-1) as string };
  }

  #add(data: Uint8Array): void {
    this.log.push({ index: raftIndex(BigInt(this.log.length + 1)), term: this.#term, type: 'normal', data });
  }
}

const nonce = (epoch: number, count: number): string => hex(sound.encodeNonce({ nodeId16: sound.narrowNodeId(n1), localEpoch: localEpoch(epoch) }, BigInt(count) as never));

// ── The switch ──────────────────────────────────────────────────────────────────────────────────────────────

test('off, a payload goes out as it is; on, only what a registered load proposes, and its own registration', async (t) => {
  const replica = await openedAs(machine().ports);
  const leading = new Leading(replica, logOf([bootstrap()]));
  await leading.catchUp();
  await leading.lead();
  t.deepEqual(replica.sealing.seal(request('a')), { payload: request('a'), key: null });
  const early = replica.sealing.sealAnyway(request('a'));
  t.is(early.key, RAFT);
  t.is(hex(sound.raftUnwrap(keysOf(), early.payload)), hex(request('a')));
  // The row of the bootstrap is of before its term: who wrote it is not known.
  t.deepEqual(replica.sealing.proposer(), { dekId: RAFT, fullNodeId: n1, localEpoch: localEpoch(1) });
  leading.log.push(...logOf(['empty', 'empty', cutover()]).slice(2));
  await leading.catchUp();
  t.true(replica.sealing.on);
  await refused(t, () => replica.sealing.seal(request('a')), 'writer-not-registered');
});

function keysOf(): ReturnType<typeof sound.keyStore> {
  const keys = sound.keyStore();
  for (const id of [RAFT, NEXT]) keys.set(id, Buffer.alloc(32, id));
  return keys;
}

/** A node that has cut over and was closed, and an image of its disk from before its last load. */
async function cutOver(ops: Operations): Promise<{ readonly ports: ReplicaPorts; readonly log: LogEntry[]; restore(): void }> {
  const { ports, stores } = machine();
  const disk = ports.files as FaultyDisk;
  const first = await openedAs(ports, ops);
  await applied(first, logOf([bootstrap()]));
  await first.close();
  const image = { files: disk.paths().map((path) => [path, disk.contents(path) as Uint8Array] as const), stores: stores.paths().map((path) => [path, stores.image(path) as Uint8Array] as const) };
  return {
    ports, log: logOf([bootstrap()]),
    restore() {
      for (const path of disk.paths()) disk.drop(path);
      for (const [path, bytes] of image.files) disk.put(path, bytes);
      for (const [path, bytes] of image.stores) stores.restore(path, bytes);
    },
  };
}

test('a leader wraps when it has applied the first entry of its term, has registered, and counts its own nonces', async (t) => {
  const { ports, log } = await cutOver(sound);
  const replica = await openedAs(ports);
  const leading = new Leading(replica, log);
  await leading.catchUp();
  replica.sealing.termBegins();
  await refused(t, () => replica.sealing.proposer(), 'leader-not-ready');
  await leading.lead();
  const own = replica.sealing.proposer();
  t.deepEqual(own, { dekId: RAFT, fullNodeId: n1, localEpoch: localEpoch(1) });
  await leading.propose(Uint8Array.of(0x05, ...sound.encodeRotation({ subTag: 0x05, dekId: RAFT, purpose: 2, wrapped: new Uint8Array(), proposer: own })));
  // Its own cutover entry has registered it.
  t.deepEqual(await leading.propose(request('a')), { key: RAFT, nonce: nonce(1, 1), outcome: 'apply' });
  // A second term, in which nothing was applied yet.
  replica.sealing.termBegins();
  await refused(t, () => replica.sealing.seal(request('a')), 'leader-not-ready');
  await leading.lead();
  t.is((await leading.propose(request('b'))).nonce, nonce(1, 2), 'the row is its own');
  // A rotation by this node registers it under the new key; the count goes on.
  const rotated = sound.encodeRotation({ subTag: 0x01, dekId: NEXT, purpose: 2, wrapped: wrapped(NEXT), proposer: { ...own, dekId: NEXT } });
  t.is((await leading.propose(Uint8Array.of(0x05, ...rotated))).nonce, nonce(1, 3));
  t.deepEqual(await leading.propose(request('c')), { key: NEXT, nonce: nonce(1, 4), outcome: 'apply' });
  // Another load: another epoch, and not registered.
  await replica.close();
  const again = await openedAs(ports);
  const next = new Leading(again, leading.log);
  await next.catchUp();
  await next.lead();
  await refused(t, () => again.sealing.seal(request('d')), 'writer-not-registered');
  t.is((await next.propose(again.sealing.registration())).nonce, nonce(2, 1));
  t.is((await next.propose(request('d'))).nonce, nonce(2, 2));
});

test('before a bootstrap there is no key, and a leader has nothing to register', async (t) => {
  const replica = await openedAs(machine().ports);
  await new Leading(replica, []).lead();
  await refused(t, () => replica.sealing.registration(), 'not-bootstrapped');
});

/** What a node wraps first that was put back to an older image: a nonce, or why it wraps nothing. */
async function afterRestore(rules: Rules): Promise<readonly string[]> {
  const ops = operations(rules);
  const { ports, log, restore } = await cutOver(ops);
  const lost = await openedAs(ports, ops);
  const before = new Leading(lost, log);
  await before.catchUp();
  await before.lead();
  await before.propose(Uint8Array.of(0x05, ...sound.encodeRotation({ subTag: 0x05, dekId: RAFT, purpose: 2, wrapped: new Uint8Array(), proposer: lost.sealing.proposer() })));
  if (!lost.sealing.on) lost.sealing.confirm();
  const used = [(await before.propose(request('a'))).nonce];
  await lost.close();
  restore();
  const restored = await openedAs(ports, ops);
  const behind = new Leading(restored, before.log);
  await behind.catchUp();
  await behind.lead();
  if (!restored.sealing.on) restored.sealing.confirm();
  for (const payload of [request('b'), restored.sealing.registration(), request('b')]) {
    try {
      used.push((await behind.propose(payload)).nonce);
    } catch (error) {
      used.push((error as { reason: string }).reason);
    }
  }
  return used;
}

test('a node that is put back to an older image repeats no nonce: its epoch is raised above its row', async (t) => {
  t.deepEqual(await afterRestore(repairedRules), [nonce(1, 1), 'writer-not-registered', nonce(2, 1), nonce(2, 2)]);
  // As proposed the equal row is taken for its own, and it counts again from 1.
  t.deepEqual(await afterRestore(proposalRules), [nonce(0, 1), nonce(0, 1), nonce(0, 2), nonce(0, 3)]);
  // Without the raise its own registration repeats one; without the third rule all that follows does.
  const raisesEpoch = (): boolean => false;
  t.deepEqual((await afterRestore({ ...repairedRules, raisesEpoch })).slice(1, 3), ['writer-not-registered', nonce(1, 1)]);
  t.is((await afterRestore({ ...repairedRules, raisesEpoch, countsAsRegistered: () => true }))[1], nonce(1, 1));
});

test('an epoch that cannot be raised is told, and wraps nothing', async (t) => {
  for (const [row, fails, reason] of [[0xffff, false, 'local-epoch-exhausted'], [9, true, 'write-failed']] as const) {
    const { ports } = machine();
    const replica = await openedAs(ports);
    const leading = new Leading(replica, logOf([bootstrap(), rotation(0x05, RAFT, 2, row, false)]));
    await leading.catchUp();
    const disk = ports.files as FaultyDisk;
    if (fails) disk.fail('rename', 1, 'EIO');
    await leading.lead();
    for (const attempt of [(): unknown => replica.sealing.seal(request('a')), (): unknown => replica.sealing.proposer()]) await refused(t, attempt, reason);
    t.is(replica.state().epochs.raft, localEpoch(0));
    if (!fails) continue;
    await leading.lead();
    t.is(replica.state().epochs.raft, localEpoch(10), 'the next term tries again');
    t.is(sound.sidecarAtPath(ports.files, SIDECAR).read()?.keys?.get(`${RAFT}`)?.localEpoch, localEpoch(10));
  }
});

// ── Keys from a snapshot ────────────────────────────────────────────────────────────────────────────────────

test('a key that becomes active by a snapshot is used in an epoch that no load has used', async (t) => {
  const log = logOf([bootstrap(), rotation(0x01, NEXT, 2), cutover(0, NEXT)]);
  const taker = await openedAs(machine().ports);
  await applied(taker, log);
  for (const [had, starts, expected] of [[0, 3, 3], [6, 1, 7]] as const) {
    const { ports } = machine();
    let replica = await openedAs(ports);
    await applied(replica, log.slice(0, 1));
    await replica.close();
    // The operator brought the key, with what this node has used it in.
    const file = sound.sidecarAtPath(ports.files, SIDECAR);
    const state = file.read() as NonNullable<ReturnType<typeof file.read>>;
    file.write({ ...state, keys: new Map(state.keys).set(`${NEXT}`, { purpose: 'raft', wrapped: wrapped(NEXT), created: '', localEpoch: localEpoch(had) }) });
    for (let start = 0; start < starts; start += 1) {
      replica = await openedAs(ports);
      if (start + 1 < starts) await replica.close();
    }
    await replica.installSnapshot(taker.takeSnapshot());
    t.like(replica.state(), { wrap: true, cutover: 3n, epochs: { raft: expected } });
    t.deepEqual(replica.state().keys.find(({ id }) => id === NEXT), { id: NEXT, purpose: 'raft', epoch: localEpoch(expected), loaded: true, active: true });
    const leading = new Leading(replica, log);
    await leading.lead();
    t.deepEqual(await leading.propose(replica.sealing.registration()), { key: NEXT, nonce: nonce(expected, 1), outcome: 'apply' });
    await replica.close();
  }
});

// ── No early index ──────────────────────────────────────────────────────────────────────────────────────────

test('what 6E-1 alone left is refused at the start, and as proposed it is opened and halts', async (t) => {
  // 6E-1 alone records N, dispatches by none and goes on writing plain.
  const alone = operations({ ...proposalRules, dispatchBoundary: () => 0xffff_ffff_ffff_ffffn as never, switchAtStart: () => false });
  for (const [last, reason] of [[request('plain'), 'early-cutover-index'], [Uint8Array.of(0x01, 0x0a, ...Buffer.alloc(60)), 'early-cutover-index'], ['empty', null], ['no proposal', null]] as const) {
    const { ports } = machine();
    let replica = await openedAs(ports, alone);
    await applied(replica, logOf([bootstrap(), cutover(), last]));
    t.is(replica.state().applied, raftIndex(3n));
    await replica.close();
    const ops = operations({ ...repairedRules, logIdentity: proposalRules.logIdentity });
    const before = (ports.files as FaultyDisk).contents(SIDECAR);
    if (reason === null) {
      await (await openedAs(ports, ops)).close();
      continue;
    }
    for (let start = 0; start < 2; start += 1) await refused(t, openedAs(ports, ops), reason);
    t.deepEqual((ports.files as FaultyDisk).contents(SIDECAR), before);
    replica = await openedAs(ports, operations(proposalRules));
    replica.commit(raftIndex(3n));
    t.regex(outcomes(await replica.apply()), /^3 halt/);
    await replica.close();
  }
});

test('an envelope is none for another flag or a damage: it is opened, or halts', async (t) => {
  const { ports } = machine();
  let replica = await openedAs(ports);
  const log = logOf([bootstrap(), cutover(), { sealed: request('a') }, { sealed: request('b') }]);
  const [flagged, damaged] = [log[2], log[3]] as [LogEntry, LogEntry];
  flagged.data[10] = 0x7f;
  damaged.data[damaged.data.length - 1] = (damaged.data.at(-1) as number) ^ 1;
  t.is(await applied(replica, log), '1 apply, 2 apply, 3 apply, 4 halt authentication-failed+raft-unwrap-failed');
  await replica.close();
  replica = await openedAs(ports);
  replica.commit(raftIndex(4n));
  t.is(outcomes(await replica.apply()), '4 halt authentication-failed+raft-unwrap-failed');
});
