/**
 * State machine: what a replica applies its log to. Requests are opaque to it, so that all it keeps of them is a chain of
 * digests; the rows of the writer registry lie in its store, and the lease ceiling in memory.
 *
 * Implements base/applied-index as far as the store goes (spec/base/replica.md): all that an entry changes, and the applied
 * index, in one batch.
 */
import { createHash } from 'node:crypto';
import { APPLIED, type Applied, type RegistryRows } from '../base/applier.js';
import { concat, hex, u64be, view } from '../base/bytes.js';
import { Refusal, refuse, refusingSystem, refusingSystemLater } from '../base/errors.js';
import type { Dispatched, EntryHandlers } from '../base/fsm-dispatch.js';
import type { Millis, RaftIndex } from '../base/ids.js';
import { decodeReplicatedKeys, encodeReplicatedKeys, keysAfter, NO_KEYS, REPLICATED_KEYS_LENGTH, type ReplicatedKeys } from '../base/replicated-keys.js';
import type { SnapshotBody } from '../base/snapshot-body.js';
import type { RegistryKey, RegistryValue } from '../base/writer-registry.js';
import type { StateMachine } from '../6E-2/apply-hook.js';
import type { Store, StoreChange } from '../ports/store.js';
import type { Operations } from './compose.js';

const text = (key: string): Uint8Array => new TextEncoder().encode(key);
/** The keys beside the rows of the registry, whose keys begin with "!". */
const KEY = {
  applied: text('applied'), chain: text('chain'), rowsMark: text('rows-mark'), sidecarMark: text('sidecar-mark'), keys: text('keys'),
  // Of a snapshot: the ceiling in its header, and the whole of one that is being installed.
  ceiling: text('snapshot-ceiling'), staged: text('snapshot'),
} as const;
const ROWS = { from: text('!encryption|writers|'), to: text('!encryption|writers}') } as const;
const CHAIN_LENGTH = 32;

const unreadable = (field: string, expected: string, got: string): never =>
  refuse('log-unreadable', { clause: 'base/applied-index', field, expected, got });

const unread = (got: string): Refusal => new Refusal('log-unreadable', { clause: 'base/applied-index', field: 'state', expected: 'a store that can be read', got });

/** What of an entry is to be made durable beside the rows that it wrote. */
export interface Moved {
  readonly index: RaftIndex;
  /** The payload that was handed over; null when there was none. */
  readonly payload: Uint8Array | null;
}

/** A snapshot as the raft core hands it over: index and term of the last entry in it, and its bytes. */
export interface Snapshot {
  readonly index: RaftIndex;
  readonly term: bigint;
  readonly data: Uint8Array;
}

const STAGED_HEAD_LENGTH = 16; // index, term

/**
 * The state of one replica.
 *
 * @clause base/applied-index base/first-byte-dispatch base/lease-entry repair/replay repair/snapshot-adoption
 */
export class ReplicaStateMachine implements StateMachine<Applied>, RegistryRows {
  readonly #ops: Operations;
  readonly #store: Store;
  readonly #rows: Map<string, Uint8Array>;
  /** The rows of the entry that is being applied, with what stood under their keys. */
  #written: { readonly key: Uint8Array; readonly value: Uint8Array; readonly before: Uint8Array | undefined }[] = [];
  #applied: RaftIndex;
  #chain: Uint8Array;
  /** The chain that the store has. */
  #storedChain: Uint8Array;
  #rowsMark: RaftIndex;
  #sidecarMark: RaftIndex;
  #keys: ReplicatedKeys;
  #leaseCeiling: Millis;
  /** The ceiling before the last payload that was applied, and at which index that was. */
  #ceilingBefore = { at: 0n as RaftIndex, ceiling: 0n as Millis };
  #index = 0n as RaftIndex;
  #entries: EntryHandlers<Applied> | null = null;

  private constructor(ops: Operations, store: Store, rows: Map<string, Uint8Array>) {
    this.#ops = ops;
    this.#store = store;
    this.#rows = rows;
    this.#applied = u64At(store, KEY.applied, 'applied index');
    this.#rowsMark = u64At(store, KEY.rowsMark, 'mark of the rows');
    this.#sidecarMark = u64At(store, KEY.sidecarMark, 'mark of the sidecar');
    this.#chain = bytesAt(store, KEY.chain, CHAIN_LENGTH, 'chain') ?? new Uint8Array(CHAIN_LENGTH);
    this.#storedChain = this.#chain;
    const keys = bytesAt(store, KEY.keys, REPLICATED_KEYS_LENGTH, 'active keys');
    this.#keys = keys === null ? NO_KEYS : decodeReplicatedKeys(keys);
    // The leases behind it are found in the log; those before it stand in no log any more.
    this.#leaseCeiling = u64At(store, KEY.ceiling, 'ceiling of a snapshot') as bigint as Millis;
  }

  /** The state that a store holds. @throws Refusal `log-unreadable` */
  static async open(ops: Operations, store: Store): Promise<ReplicaStateMachine> {
    const machine = await refusingSystemLater(async () => {
      const rows = await store.rows(ROWS.from, ROWS.to);
      return new ReplicaStateMachine(ops, store, new Map(rows.map(([key, value]) => [hex(key), value])));
    }, unread);
    try {
      machine.registry();
      return machine;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return unreadable('registry', 'rows of their layout', error.reason);
    }
  }

  /** What takes the encryption entries. It needs the rows, so that it is wired after them. */
  wire(entries: EntryHandlers<Applied>): void {
    this.#entries = entries;
  }

  get applied(): RaftIndex {
    return this.#applied;
  }

  get chain(): Uint8Array {
    return this.#chain;
  }

  get leaseCeiling(): Millis {
    return this.#leaseCeiling;
  }

  /** The last entry that was applied and leaves a sidecar; 0: none was. */
  get sidecarMark(): RaftIndex {
    return this.#sidecarMark;
  }

  /** The snapshot whose installation is not done; null when there is none. @throws Refusal `log-unreadable` */
  get staged(): Snapshot | null {
    const found = refusingSystem(() => this.#store.get(KEY.staged), unread);
    if (found === null) return null;
    if (found.length < STAGED_HEAD_LENGTH) unreadable('snapshot', `at least ${STAGED_HEAD_LENGTH} bytes`, `${found.length}`);
    return { index: view(found).getBigUint64(0) as RaftIndex, term: view(found).getBigUint64(8), data: found.subarray(STAGED_HEAD_LENGTH) };
  }

  /** All of it that a snapshot holds. */
  get body(): Omit<SnapshotBody, 'term'> {
    const rows = this.#sortedRows().map(([key, value]) => ({ key: Uint8Array.from(Buffer.from(key, 'hex')), value }));
    return { applied: this.#applied, chain: this.#chain, rowsMark: this.#rowsMark, sidecarMark: this.#sidecarMark, keys: this.#keys, rows };
  }

  // The state machine as the apply hook sees it

  isVolatile(payload: Uint8Array): boolean {
    return this.#ops.isVolatilePayload(payload);
  }

  setIndex(index: RaftIndex): void {
    this.#index = index;
  }

  apply(payload: Uint8Array): Dispatched<Applied> {
    this.#ceilingBefore = { at: this.#index, ceiling: this.#leaseCeiling };
    return this.#ops.dispatchPayload({
      request: () => APPLIED,
      lease: (asked) => {
        this.#leaseCeiling = this.#ops.raiseCeiling(this.#leaseCeiling, asked);
        return APPLIED;
      },
      entries: this.#entries,
    }, payload, this.#index);
  }

  // The rows of the registry as the appliers see them

  get mark(): RaftIndex {
    return this.#rowsMark;
  }

  get(key: Uint8Array): Uint8Array | null {
    return this.#rows.get(hex(key)) ?? null;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const name = hex(key);
    this.#written.push({ key, value, before: this.#rows.get(name) });
    this.#rows.set(name, value);
  }

  /** The rows, by key id and then by node_id16. */
  registry(): readonly (RegistryKey & RegistryValue)[] {
    return this.#sortedRows().map(([key, value]) => ({ ...this.#ops.decodeRegistryKey(Buffer.from(key, 'hex')), ...this.#ops.decodeRegistryValue(value) }));
  }

  #sortedRows(): [string, Uint8Array][] {
    return [...this.#rows].sort(([left], [right]) => left < right ? -1 : 1);
  }

  // What becomes durable

  /**
   * Step 3 of base/applied-index: one batch of state, rows and applied index. In memory they change with it.
   *
   * @throws Refusal `store-failure`, and then neither rows nor lease of the entry are left in memory
   */
  async move({ index, payload }: Moved, sync: boolean): Promise<void> {
    const changes: StoreChange[] = [];
    const applied = later(index, this.#applied);
    const chain = payload === null ? this.#chain : createHash('sha256').update(this.#chain).update(u64be(index)).update(payload).digest();
    const kind = payload === null ? 'empty' : this.#ops.classifyPayload(payload);
    // Whatever of the kind was applied leaves a sidecar, whether it was written for it or found as it left it.
    const leavesSidecar = kind === 'bootstrap' || kind === 'rotation';
    const encryptionEntry = leavesSidecar || kind === 'registration';
    const rowsMark = encryptionEntry ? later(index, this.#rowsMark) : this.#rowsMark;
    const sidecarMark = leavesSidecar ? later(index, this.#sidecarMark) : this.#sidecarMark;
    if (rowsMark !== this.#rowsMark) changes.push({ key: KEY.rowsMark, value: u64be(rowsMark) });
    if (sidecarMark !== this.#sidecarMark) changes.push({ key: KEY.sidecarMark, value: u64be(sidecarMark) });
    // An entry that is met again changed them when it was met first.
    const keys = sidecarMark !== this.#sidecarMark && payload !== null ? keysAfter(this.#ops, this.#keys, payload, index) : this.#keys;
    if (keys !== this.#keys) changes.push({ key: KEY.keys, value: encodeReplicatedKeys(keys) });
    // Chain and applied index move together: both with this entry, or both with a later one.
    const moves = this.#ops.movesApplied(encryptionEntry);
    if (moves) {
      changes.push({ key: KEY.applied, value: u64be(applied) });
      if (chain !== this.#storedChain) changes.push({ key: KEY.chain, value: chain });
    }
    try {
      await this.#keepRows(changes, sync);
    } catch (error) {
      if (this.#ceilingBefore.at === index) this.#leaseCeiling = this.#ceilingBefore.ceiling;
      throw error;
    }
    this.#applied = applied;
    this.#chain = chain;
    if (moves) this.#storedChain = chain;
    this.#rowsMark = rowsMark;
    this.#sidecarMark = sidecarMark;
    this.#keys = keys;
  }

  /**
   * What an entry on which the replica halts has written before: it stays, and nothing counts as applied.
   *
   * @throws Refusal `store-failure`
   */
  keep(sync: boolean): Promise<void> {
    return this.#keepRows([], sync);
  }

  /**
   * Puts a snapshot aside, whole: a start that finds it there goes on with its installation.
   *
   * @throws Refusal `store-failure`
   */
  stage({ index, term, data }: Snapshot, sync: boolean): Promise<void> {
    return this.#keepRows([{ key: KEY.staged, value: concat(u64be(index), u64be(term), data) }], sync);
  }

  /**
   * Takes the state of a snapshot in the place of its own, and what was put aside away, in one batch. In memory they change with it.
   *
   * @throws Refusal `store-failure`
   */
  async adopt({ applied, chain, rowsMark, sidecarMark, keys, rows }: SnapshotBody, ceiling: Millis, sync: boolean): Promise<void> {
    const adopted = new Map(rows.map(({ key, value }) => [hex(key), value]));
    const gone = [...this.#rows.keys()].filter((key) => !adopted.has(key));
    await this.#keepRows([
      ...gone.map((key) => ({ key: Buffer.from(key, 'hex'), value: null })), ...rows,
      { key: KEY.applied, value: u64be(applied) }, { key: KEY.chain, value: chain }, { key: KEY.rowsMark, value: u64be(rowsMark) },
      { key: KEY.sidecarMark, value: u64be(sidecarMark) }, { key: KEY.keys, value: encodeReplicatedKeys(keys) },
      { key: KEY.ceiling, value: u64be(ceiling) }, { key: KEY.staged, value: null },
    ], sync);
    this.#rows.clear();
    for (const [key, value] of adopted) this.#rows.set(key, value);
    this.#applied = applied;
    this.#chain = chain;
    this.#storedChain = chain;
    this.#rowsMark = rowsMark;
    this.#sidecarMark = sidecarMark;
    this.#keys = keys;
    this.#leaseCeiling = ceiling;
  }

  /** Stores the rows of the entry with other changes, or takes the rows back. */
  async #keepRows(changes: readonly StoreChange[], sync: boolean): Promise<void> {
    const written = this.#written;
    this.#written = [];
    const batch = [...written.map(({ key, value }) => ({ key, value })), ...changes];
    if (batch.length === 0) return;
    try {
      await refusingSystemLater(() => this.#store.batch(batch, { sync }),
        (got) => new Refusal('store-failure', { clause: 'base/applied-index', field: 'store', expected: 'one that works', got }));
    } catch (error) {
      for (const { key, before } of written.reverse()) {
        if (before === undefined) this.#rows.delete(hex(key));
        else this.#rows.set(hex(key), before);
      }
      throw error;
    }
  }
}

const later = (index: RaftIndex, than: RaftIndex): RaftIndex => index > than ? index : than;

function bytesAt(store: Store, key: Uint8Array, length: number, field: string): Uint8Array | null {
  const found = store.get(key);
  if (found !== null && found.length !== length) unreadable(field, `${length} bytes`, `${found.length}`);
  return found;
}

function u64At(store: Store, key: Uint8Array, field: string): RaftIndex {
  const found = bytesAt(store, key, 8, field);
  return (found === null ? 0n : view(found).getBigUint64(0)) as RaftIndex;
}
