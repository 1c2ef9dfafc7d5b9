/**
 * The appliers: the golden cases under every composition, what the repair rules change of them, and properties of replay that no
 * list of cases can show.
 */
import test from 'ava';
import fc from 'fast-check';
import { vectorAnswerer } from '../conformance/adapters/reference/vectors.js';
import type { VecReply } from '../conformance/protocol/messages.js';
import { expandInput } from '../conformance/vectors/expand.js';
import { importFile } from '../conformance/vectors/import.js';
import { judge } from '../conformance/vectors/judge.js';
import { goldenFiles } from './golden-files.js';
import type { Applied, ApplierParts, RegistryRows, SidecarAtPath, StorageView } from '../src/base/applier.js';
import { hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { PURPOSE, SUB_TAG, type Bootstrap, type Rotation, type WriterRow } from '../src/base/fsm-entries.js';
import { deriveNodeId, fullNodeId, keyId, localEpoch, narrowNodeId, raftIndex, type KeyId, type RaftIndex } from '../src/base/ids.js';
import type { KeyStore } from '../src/base/key-store.js';
import type { SidecarState } from '../src/base/sidecar.js';
import { composeOperations, type Operations } from '../src/node/compose.js';
import { proposalRules, repairedRules, upstreamRules } from '../src/node/rules.js';
import { nodeAead } from '../src/ports/aead-node.js';
import { nobleAead } from '../src/ports/aead-noble.js';

const compositions = { proposal: proposalRules, upstream: upstreamRules, repaired: repairedRules } as const;
const repaired = composeOperations(nodeAead, {}, repairedRules);
const proposal = composeOperations(nodeAead, {}, proposalRules);

// ── Golden cases ────────────────────────────────────────────────────────────────────────────────────────────

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'fsm-entries': ['first-byte', 'applier-script'],
  'writer-registry': ['apply', 'pre-registration'],
  'storage-envelope': ['write-decision'],
  'snapshot-header': ['write', 'restore'],
};

const sources = goldenFiles();
const cases = Object.entries(GROUPS).flatMap(([format, groups]) => {
  const file = importFile({ name: format, bytes: Buffer.from(JSON.stringify(sources[`${format}.json`])) });
  return file.groups.filter(({ id }) => groups.includes(id))
    .flatMap((group) => group.cases.flatMap((one) => one.sort === 'normative' ? [{ format, group: group.id, one }] : []));
});

/** The first difference between what a composition answers to a case and what was recorded; null when there is none. */
function differs(operations: Operations, { format, group, one }: (typeof cases)[number]): unknown {
  const answer = vectorAnswerer(operations)({ format, group, input: expandInput(one.input) });
  return judge(one.expect, JSON.parse(JSON.stringify({ reasons: [], observed: {}, ...answer })) as VecReply, {});
}

for (const [name, rules] of Object.entries(compositions)) {
  test(`every golden case of the appliers holds under ${name}, but for those that a repair changes`, (t) => {
    t.true(cases.length >= 200);
    for (const aead of [nodeAead, nobleAead]) {
      const operations = composeOperations(aead, {}, rules);
      for (const each of cases) {
        const changed = name === 'repaired' && each.one.profile === 'proposal';
        const difference = differs(operations, each);
        if (changed) t.not(difference, null, `${each.format} ${each.one.id} is sorted as changed, and is not`);
        else t.is(difference, null, `${each.format} ${each.one.id}: ${JSON.stringify(difference)}`);
      }
    }
  });
}

// ── A node of the tests ─────────────────────────────────────────────────────────────────────────────────────

const kek = repaired.importKek('test', new Uint8Array(32).fill(7));
const dataKey = (id: number): Uint8Array => new Uint8Array(32).fill(id);
// A fixed nonce, so that the same key always wraps to the same bytes.
const wrapped = (id: number): Uint8Array => repaired.kekWrap(kek, dataKey(id), (length) => new Uint8Array(length).fill(id));

/** What is durable: the sidecar, and the store with its own mark. */
interface Durable { sidecar: SidecarState | null; rows: ReadonlyMap<string, string>; mark: RaftIndex }
const NOTHING: Durable = { sidecar: null, rows: new Map(), mark: 0n as RaftIndex };

type Entry = { readonly payload: Uint8Array; readonly index: RaftIndex };

class Node {
  readonly #ops: Operations;
  durable: Durable;
  readonly keys: KeyStore;
  readonly installed: [RaftIndex, KeyId][] = [];
  view: StorageView;
  /** The part of the rows' store that fails. */
  fault: 'get' | 'put' | null = null;
  now = new Date('2026-02-04T10:07:07.891Z');

  constructor(ops: Operations, durable: Durable) {
    this.#ops = ops;
    this.durable = { ...durable };
    this.keys = ops.keyStore();
    if (durable.sidecar !== null) ops.hydrateKeyStore(this.keys, kek, durable.sidecar);
    this.view = ops.storageView(durable.sidecar);
  }

  /** Applies an entry; its rows and their mark become durable together, unless the power goes between sidecar and store. */
  apply({ payload, index }: Entry, { losesStore = false } = {}): { refusal: Refusal | null; applied: Applied | null } {
    const before = this.durable;
    const rows = new Map(before.rows);
    const registry: RegistryRows = {
      get: (key) => {
        if (this.fault === 'get') throw Object.assign(new Error('no'), { code: 'EIO' });
        const value = rows.get(hex(key));
        return value === undefined ? null : Uint8Array.from(Buffer.from(value, 'hex'));
      },
      put: (key, value) => {
        if (this.fault === 'put') throw Object.assign(new Error('no'), { code: 'EIO' });
        rows.set(hex(key), hex(value));
      },
      mark: before.mark,
    };
    const sidecar: SidecarAtPath = {
      read: () => this.durable.sidecar,
      write: (state) => { this.durable = { ...this.durable, sidecar: this.#ops.readSidecar(new TextEncoder().encode(this.#ops.serialiseSidecar(state))) }; },
    };
    const parts: ApplierParts = {
      kek, keys: this.keys, sidecar, rows: registry, epochs: { storage: localEpoch(3), raft: localEpoch(4) }, clock: { now: () => this.now },
      installer: (cutover, key) => { this.installed.push([cutover, key]); }, keepView: (view) => { this.view = view; },
    };
    const dispatched = this.#ops.dispatchPayload<Applied>(
      { request: () => ({ cutover: null }), lease: () => ({ cutover: null }), entries: this.#ops.entryHandlers(parts) }, payload, index);
    if (losesStore) return { refusal: null, applied: null };
    const halted = dispatched.verdict !== 'answered';
    this.durable = { ...this.durable, rows, mark: halted ? before.mark : this.#ops.raiseAppliedIndex(before.mark, index) };
    return halted ? { refusal: dispatched.refusal, applied: null } : { refusal: null, applied: dispatched.answer };
  }

  /** All that a node is, in a form that can be compared. */
  get all(): unknown {
    const { sidecar, rows, mark } = this.durable;
    return { sidecar, rows: [...rows].sort(), mark, loaded: this.keys.ids().map((id) => [id, hex(this.keys.get(id) ?? new Uint8Array())]), view: this.view };
  }
}

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────

const NODES = [deriveNodeId('n1'), deriveNodeId('n2')] as const;
const payloadOf = (opcode: number, body: Uint8Array): Uint8Array => Uint8Array.of(opcode, ...body);
const registration = (row: WriterRow): Uint8Array => payloadOf(0x03, repaired.encodeRegistration(row));
const bootstrap = (entry: Bootstrap): Uint8Array => payloadOf(0x04, repaired.encodeBootstrap(entry));
const rotation = (entry: Rotation): Uint8Array => payloadOf(0x05, repaired.encodeRotation(entry));
const rowOf = (id: number, node = 0, epoch = 0): WriterRow => ({ dekId: keyId(id), fullNodeId: NODES[node] ?? NODES[0], localEpoch: localEpoch(epoch) });
const firstKeys = (rows: readonly WriterRow[] = []): Uint8Array =>
  bootstrap({ storageDekId: keyId(1), wrappedStorage: wrapped(1), raftDekId: keyId(2), wrappedRaft: wrapped(2), rows });
const newKey = (id: number, purpose: number, proposer = rowOf(id)): Uint8Array =>
  rotation({ subTag: SUB_TAG.rotateDek, dekId: keyId(id), purpose, wrapped: wrapped(id), proposer });
const enabling = (subTag: number, purpose: number) => (id: number, proposer = rowOf(id)): Uint8Array =>
  rotation({ subTag, dekId: keyId(id), purpose, wrapped: new Uint8Array(), proposer });
const storageCutover = enabling(SUB_TAG.enableStorageEnvelope, PURPOSE.storage);
const raftCutover = enabling(SUB_TAG.enableRaftEnvelope, PURPOSE.raft);

const at = (index: number | bigint, payload: Uint8Array): Entry => ({ payload, index: raftIndex(BigInt(index)) });

const someRow = fc.record({ id: fc.integer({ min: 1, max: 5 }), node: fc.integer({ min: 0, max: 1 }), epoch: fc.integer({ min: 0, max: 4 }) })
  .map(({ id, node, epoch }) => rowOf(id, node, epoch));
const proposerOf = (id: number): fc.Arbitrary<WriterRow> => someRow.map((row) => ({ ...row, dekId: keyId(id) }));
const someId = fc.integer({ min: 1, max: 5 });
const someEntry: fc.Arbitrary<Uint8Array> = fc.oneof(
  someRow.map(registration),
  fc.array(fc.tuple(fc.constantFrom(1, 2), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 2 })), { maxLength: 3 })
    .map((rows) => firstKeys(rows.map(([id, node, epoch]) => rowOf(id, node, epoch)))),
  fc.tuple(someId, fc.constantFrom(PURPOSE.storage, PURPOSE.raft)).chain(([id, purpose]) => proposerOf(id).map((row) => newKey(id, purpose, row))),
  someId.chain((id) => proposerOf(id).map((row) => storageCutover(id, row))),
  someId.chain((id) => proposerOf(id).map((row) => raftCutover(id, row))),
);

/** A log that applies whole: of given entries those that are not refused, at indexes with holes of other entries between. */
function soundLog(ops: Operations, payloads: readonly Uint8Array[]): Entry[] {
  const log: Entry[] = [];
  let node = new Node(ops, NOTHING);
  for (const payload of payloads) {
    const entry = at(10 + log.length * 3, payload);
    if (node.apply(entry).refusal === null) log.push(entry);
    else {
      // What the refused entry left is no part of the log.
      node = new Node(ops, NOTHING);
      for (const each of log) node.apply(each);
    }
  }
  return log;
}
const someLog = (ops: Operations): fc.Arbitrary<Entry[]> => fc.array(someEntry, { minLength: 1, maxLength: 12 })
  .map((payloads) => soundLog(ops, [firstKeys([rowOf(1), rowOf(2)]), ...payloads]));

/** The node after every prefix of a log: what was durable then. */
function states(ops: Operations, log: readonly Entry[]): Durable[] {
  const node = new Node(ops, NOTHING);
  return [node.durable, ...log.map((entry) => {
    node.apply(entry);
    return node.durable;
  })];
}
const after = (ops: Operations, log: readonly Entry[]): unknown => {
  const node = new Node(ops, NOTHING);
  for (const entry of log) node.apply(entry);
  return node.all;
};

// ── Replay ──────────────────────────────────────────────────────────────────────────────────────────────────

const RUNS = { numRuns: 80 };

test('repaired: any part of the log that is applied again changes nothing and halts nowhere', (t) => {
  fc.assert(fc.property(someLog(repaired), fc.nat(), (log, from) => {
    const expected = after(repaired, log);
    const node = new Node(repaired, states(repaired, log).at(-1) ?? NOTHING);
    node.now = new Date('2027-01-01T00:00:00Z');
    for (const entry of log.slice(from % log.length)) t.is(node.apply(entry).refusal, null);
    t.deepEqual(node.all, expected);
  }), RUNS);
});

test('repaired: an entry that comes twice in a row is one that comes once', (t) => {
  fc.assert(fc.property(someLog(repaired), (log) => {
    const node = new Node(repaired, NOTHING);
    for (const entry of log) {
      t.is(node.apply(entry).refusal, null);
      const once = node.all;
      t.is(node.apply(entry).refusal, null);
      t.deepEqual(node.all, once);
    }
  }), RUNS);
});

test('repaired: a store that is older than the sidecar catches up', (t) => {
  fc.assert(fc.property(someLog(repaired), fc.nat(), (log, cut) => {
    const was = states(repaired, log);
    const from = cut % (log.length + 1);
    const node = new Node(repaired, { ...was[from] ?? NOTHING, sidecar: was.at(-1)?.sidecar ?? null });
    for (const entry of log.slice(from)) t.is(node.apply(entry).refusal, null);
    t.deepEqual(node.all, after(repaired, log));
  }), RUNS);
});

for (const [name, ops] of [['proposal', proposal], ['repaired', repaired]] as const) {
  test(`${name}: the power may go between sidecar and store, at any entry`, (t) => {
    fc.assert(fc.property(someLog(ops), fc.nat(), (log, cut) => {
      const lost = cut % log.length;
      const node = new Node(ops, NOTHING);
      for (const entry of log.slice(0, lost)) node.apply(entry);
      const entry = log[lost];
      if (entry === undefined) return;
      node.apply(entry, { losesStore: true });
      const opened = new Node(ops, node.durable);
      for (const again of log.slice(lost)) t.is(opened.apply(again).refusal, null);
      t.deepEqual(opened.all, after(ops, log));
    }), RUNS);
  });
}

test('proposal: a bootstrap that is met again after a rotation halts, and so does a registration after its own later epoch', (t) => {
  const rotated = new Node(proposal, NOTHING);
  const log = [at(1, firstKeys()), at(2, newKey(3, PURPOSE.storage))];
  for (const entry of log) t.is(rotated.apply(entry).refusal, null);
  t.deepEqual(log.map((entry) => rotated.apply(entry).refusal?.reasons), [['apply-refused'], undefined]);
  const registered = new Node(proposal, NOTHING);
  const epochs = [at(1, registration(rowOf(1, 0, 0))), at(2, registration(rowOf(1, 0, 1)))];
  for (const entry of epochs) t.is(registered.apply(entry).refusal, null);
  t.deepEqual(epochs.map((entry) => registered.apply(entry).refusal?.reasons), [['apply-refused'], undefined]);
});

// ── The cutover ─────────────────────────────────────────────────────────────────────────────────────────────

test('in every composition the cutover is recorded once, at the index of its entry, whatever comes behind it', (t) => {
  for (const rules of Object.values(compositions)) {
    const ops = composeOperations(nodeAead, {}, rules);
    fc.assert(fc.property(someLog(ops), (log) => {
      const node = new Node(ops, NOTHING);
      let recorded = 0n;
      for (const entry of log) {
        const { applied } = node.apply(entry);
        const now = node.durable.sidecar?.raftEnvelopeCutover ?? 0n;
        if (recorded !== 0n) t.is<bigint, bigint>(now, recorded);
        else if (now !== 0n) t.is<bigint, bigint>(now, entry.index);
        recorded = now;
        // The replica hears of it, and the installer too.
        if (applied !== null && applied.cutover !== null) t.deepEqual(node.installed.at(-1), [applied.cutover, node.durable.sidecar?.active.raft]);
        t.true((applied?.cutover ?? recorded) === recorded);
      }
    }), { numRuns: 60 });
  }
});

test('only the entry at the recorded index finds its row again, and leaves one that was raised since', (t) => {
  for (const ops of [proposal, repaired]) {
    for (const [entry, own] of [[storageCutover(1), 1], [raftCutover(2), 2]] as const) {
      const cut = new Node(ops, NOTHING);
      for (const each of [at(1, firstKeys()), at(2, entry)]) t.is(cut.apply(each).refusal, null);
      const withoutRow: Durable = { ...cut.durable, rows: new Map(), mark: raftIndex(1n) };
      const lost = new Node(ops, withoutRow);
      t.is(lost.apply(at(2, entry)).refusal, null);
      t.deepEqual(lost.durable.rows, cut.durable.rows);
      const other = new Node(ops, withoutRow);
      t.is(other.apply(at(3, entry)).refusal, null);
      t.is(other.durable.rows.size, 0);
      t.is(cut.apply(at(4, registration(rowOf(own, 0, 9)))).refusal, null);
      // The mark of the rows tells so.
      const met = new Node(ops, cut.durable);
      t.is(met.apply(at(2, entry)).refusal, null);
      t.deepEqual(met.durable.rows, cut.durable.rows);
    }
  }
});

// ── Refusals ────────────────────────────────────────────────────────────────────────────────────────────────

test('an entry that halts leaves the sidecar as it was or as an applied one would, never lowers its index and forgets no key and no row', (t) => {
  const flawed = fc.tuple(someEntry, fc.nat(), fc.integer({ min: 0, max: 255 }))
    .map(([payload, place, byte]) => payload.map((old, where) => where === place % payload.length ? byte : old));
  fc.assert(fc.property(someLog(proposal), fc.oneof(someEntry, flawed), (log, payload) => {
    const node = new Node(proposal, NOTHING);
    for (const entry of log) node.apply(entry);
    const { sidecar, rows } = node.durable;
    const loaded = node.keys.ids();
    const { refusal } = node.apply(at(1000, payload));
    fc.pre(refusal !== null && [0x03, 0x04, 0x05].includes(payload[0] ?? 0));
    t.true(refusal?.reasons.includes('apply-refused'));
    t.true((node.durable.sidecar?.raftAppliedIndex ?? 0n) >= (sidecar?.raftAppliedIndex ?? 0n));
    if (node.durable.sidecar?.raftAppliedIndex !== 1000n) t.deepEqual(node.durable.sidecar, sidecar);
    t.deepEqual(node.view, proposal.storageView(node.durable.sidecar));
    t.true(loaded.every((id) => node.keys.get(id) !== null));
    t.true([...rows.keys()].every((key) => node.durable.rows.has(key)));
  }), { numRuns: 150 });
});

test('a cause whose slug is only informative gives way to the mark, and leaves its details', (t) => {
  for (const fault of ['get', 'put'] as const) {
    const node = new Node(repaired, NOTHING);
    node.fault = fault;
    const { refusal } = node.apply(at(1, registration(rowOf(1))));
    t.deepEqual(refusal?.reasons, ['apply-refused']);
    t.is(refusal?.clause, 'base/registration-cases');
  }
  const spoiled = newKey(3, PURPOSE.storage);
  spoiled[20] = (spoiled[20] ?? 0) ^ 1;
  const node = new Node(repaired, NOTHING);
  node.apply(at(1, firstKeys()));
  const { refusal } = node.apply(at(2, spoiled));
  t.deepEqual([refusal?.reasons, refusal?.clause], [['apply-refused'], 'base/kek-unwrap-checks']);
});

test('a key is created in whole seconds of UTC', (t) => {
  const node = new Node(repaired, NOTHING);
  node.apply(at(1, firstKeys()));
  t.is(node.durable.sidecar?.keys?.get('1')?.created, '2026-02-04T10:07:07Z');
});

// ── Pre-registration ────────────────────────────────────────────────────────────────────────────────────────

test('before a member is added the storage row is asked for first, and a foreign raft row is met only behind it', (t) => {
  const node = new Node(repaired, NOTHING);
  node.apply(at(1, firstKeys()));
  const member = fullNodeId(deriveNodeId('n3'));
  const rows = (values: Readonly<Record<number, bigint>>) => ({
    get: (key: Uint8Array) => {
      const { dekId, nodeId16 } = repaired.decodeRegistryKey(key);
      t.is(nodeId16, narrowNodeId(member));
      const owner = values[dekId];
      return owner === undefined ? null : repaired.encodeRegistryValue({ fullNodeId: fullNodeId(owner), firstSeen: localEpoch(0), lastSeen: localEpoch(5) });
    },
  });
  const asked = (values: Readonly<Record<number, bigint>>) =>
    repaired.preRegistrations({ storageKey: keyId(1), sidecar: { read: () => node.durable.sidecar }, rows: rows(values) }, member);
  t.deepEqual([...asked({})], [1, 2].map((id) => ({ dekId: keyId(id), fullNodeId: member, localEpoch: localEpoch(0) })));
  t.deepEqual([...asked({ 1: member })].map(({ dekId }) => dekId), [keyId(2)]);
  t.deepEqual([...asked({ 1: member, 2: member })], []);
  const foreign = asked({ 2: member ^ 0x1_0000n });
  t.is(foreign.next().value?.dekId, keyId(1));
  t.is(t.throws(() => foreign.next(), { instanceOf: Refusal })?.reason, 'node-id16-taken');
});
