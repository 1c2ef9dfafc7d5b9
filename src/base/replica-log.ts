/**
 * Replica log: the entries that a replica was given, over a store, from the first index that no snapshot stands for.
 *
 * Implements base/log-append (spec/base/replica.md), and the log's part of repair/snapshot-adoption.
 */
import type { Store, StoreChange, StoreRow } from '../ports/store.js';
import { concat, equal, u64be, view } from './bytes.js';
import { Refusal, refuse, refusingSystem, refusingSystemLater } from './errors.js';
import type { RaftIndex } from './ids.js';
import type { LogEntry } from './log-entry.js';

const CLAUSE = 'base/log-append';
const KEY_TAG = 0x65; // e
const HEAD_LENGTH = 9; // term, type
const TYPES = ['normal', 'conf-change'] as const;
/** So many entries are read from the store at a time. */
const CHUNK = 256n;

const keyOf = (index: bigint): Uint8Array => concat(Uint8Array.of(KEY_TAG), u64be(index));
/** Behind the keys of all entries. */
const END = Uint8Array.of(KEY_TAG + 1);
/** The key of the base. */
const BASE = new TextEncoder().encode('base');
const BASE_LENGTH = 16; // index, term

/** Index and term of an entry. */
export interface LogPoint {
  readonly index: RaftIndex;
  readonly term: bigint;
}

/** Before the first entry that there ever is. */
const BEGINNING: LogPoint = { index: 0n as RaftIndex, term: 0n };

const valueOf = ({ term, type, data }: LogEntry): Uint8Array => concat(u64be(term), Uint8Array.of(TYPES.indexOf(type)), data);

const unreadable = (field: string, expected: string, got: string): never => refuse('log-unreadable', { clause: CLAUSE, field, expected, got });

function entryOf([key, value]: StoreRow): LogEntry {
  const type = TYPES[value[HEAD_LENGTH - 1] ?? TYPES.length];
  if (key.length !== 9 || type === undefined) return unreadable('row of the log', 'an entry under its index', 'something else');
  return { index: view(key).getBigUint64(1) as RaftIndex, term: view(value).getBigUint64(0), type, data: value.subarray(HEAD_LENGTH) };
}

function baseOf(store: Store): LogPoint {
  const found = refusingSystem(() => store.get(BASE), unread);
  if (found === null) return BEGINNING;
  if (found.length !== BASE_LENGTH) unreadable('base of the log', `${BASE_LENGTH} bytes`, `${found.length}`);
  return { index: view(found).getBigUint64(0) as RaftIndex, term: view(found).getBigUint64(8) };
}

/**
 * The log of one replica. Up to its base a snapshot stands for the entries; a log that nothing has cut off has its base at index 0.
 *
 * @clause base/log-append repair/snapshot-adoption
 */
export class ReplicaLog {
  readonly #store: Store;
  #base: LogPoint;
  #last: RaftIndex;

  private constructor(store: Store, base: LogPoint, last: RaftIndex) {
    this.#store = store;
    this.#base = base;
    this.#last = last;
  }

  /**
   * The log that a store holds.
   *
   * @throws Refusal `log-unreadable` when it has a hole, a row that is no entry, or cannot be read
   */
  static async open(store: Store): Promise<ReplicaLog> {
    const base = baseOf(store);
    if ((await readRows(store, keyOf(0n), keyOf(base.index + 1n))).length > 0) unreadable('log', `its beginning behind ${base.index}`, 'entries before it');
    let last: bigint = base.index;
    for (;;) {
      const rows = await readRows(store, keyOf(last + 1n), keyOf(last + 1n + CHUNK));
      for (const row of rows) {
        const { index } = entryOf(row);
        if (index !== last + 1n) unreadable('log', `an entry at ${last + 1n}`, `one at ${index}`);
        last = index;
      }
      if (BigInt(rows.length) < CHUNK) break;
    }
    if ((await readRows(store, keyOf(last + 1n), END)).length > 0) unreadable('log', `its end behind ${last}`, 'entries behind a hole');
    return new ReplicaLog(store, base, last as RaftIndex);
  }

  /** Index and term of the last entry that a snapshot stands for; 0 and 0 when there is none. */
  get base(): LogPoint {
    return this.#base;
  }

  /** Index of the first entry, or behind the base the one that it will have; 0 when there was never any. */
  get first(): RaftIndex {
    return (this.#last === 0n ? 0n : this.#base.index + 1n) as RaftIndex;
  }

  /** Index of the last entry, or of the base when there is none behind it. */
  get last(): RaftIndex {
    return this.#last;
  }

  /**
   * The term at an index; null where the log knows none: before its base, and behind its end.
   *
   * @throws Refusal `log-unreadable`
   */
  termAt(index: RaftIndex): bigint | null {
    if (index === this.#base.index) return this.#base.term;
    if (index < this.#base.index || index > this.#last) return null;
    const stored = refusingSystem(() => this.#store.get(keyOf(index)), unread);
    return stored === null || stored.length < HEAD_LENGTH ? unreadable('log', `an entry at ${index}`, 'none') : view(stored).getBigUint64(0);
  }

  /**
   * Puts entries into the log; they are durable when it answers, with the index of the last entry.
   *
   * @param fixed index up to which entries are committed or applied; what lies at or below the base is
   * @throws Refusal `log-gap`, `log-committed`, and then nothing has changed; `store-failure`, and then nobody knows what the store has
   */
  async append(entries: readonly LogEntry[], fixed: RaftIndex, sync: boolean): Promise<RaftIndex> {
    // 1. One after the other, and the first of them not above the end.
    let before = (entries[0]?.index ?? 1n) - 1n;
    if (before < 0n || before > this.#last) {
      refuse('log-gap', { clause: CLAUSE, field: 'first index', expected: `1 to ${this.#last + 1n}`, got: `${before + 1n}` });
    }
    for (const { index } of entries) {
      if (index !== before + 1n) refuse('log-gap', { clause: CLAUSE, field: 'index', expected: `${before + 1n}`, got: `${index}` });
      before = index;
    }
    // 2. What is committed or applied stays; the same bytes again are no conflict.
    let same = 0;
    for (const entry of entries) {
      if (entry.index > this.#base.index && (entry.index > fixed || entry.index > this.#last)) break;
      same += 1;
      // What a snapshot stands for cannot be compared any more.
      if (entry.index <= this.#base.index) continue;
      const stored = refusingSystem(() => this.#store.get(keyOf(entry.index)), failed);
      if (stored === null || !equal(stored, valueOf(entry))) {
        refuse('log-committed', { clause: CLAUSE, field: `entry at ${entry.index}`, expected: 'the bytes that the log has there', got: 'others' });
      }
    }
    const taken = entries.slice(same);
    const [first, last] = [taken[0], taken.at(-1)];
    if (first === undefined || last === undefined) return this.#last;
    // 3. The rest, and the removal of what stood behind it, in one batch.
    const changes: StoreChange[] = taken.map((entry) => ({ key: keyOf(entry.index), value: valueOf(entry) }));
    for (let index = last.index + 1n; index <= this.#last; index += 1n) changes.push({ key: keyOf(index), value: null });
    await refusingSystemLater(() => this.#store.batch(changes, { sync }), failed);
    this.#last = last.index;
    return this.#last;
  }

  /**
   * What the log is behind a snapshot at this point: its entries behind it, where the one at the index has the term, since logs that agree there agree before; none
   * otherwise.
   *
   * @throws Refusal `log-unreadable`
   */
  behind(point: LogPoint): { readonly last: RaftIndex; readonly keepsTail: boolean } {
    const keepsTail = this.termAt(point.index) === point.term;
    return { last: keepsTail ? this.#last : point.index, keepsTail };
  }

  /**
   * Cuts the log off up to a snapshot; durable when it answers. A log that begins behind it already stays as it is.
   *
   * @throws Refusal `log-unreadable`; `store-failure`, and then nobody knows what the store has
   */
  async cut(point: LogPoint, sync: boolean): Promise<void> {
    if (point.index <= this.#base.index) return;
    const { last, keepsTail } = this.behind(point);
    const changes: StoreChange[] = [{ key: BASE, value: concat(u64be(point.index), u64be(point.term)) }];
    const removedTo = keepsTail ? point.index : this.#last;
    for (let index = this.#base.index + 1n; index <= removedTo; index += 1n) changes.push({ key: keyOf(index), value: null });
    await refusingSystemLater(() => this.#store.batch(changes, { sync }), failed);
    this.#base = point;
    this.#last = last;
  }

  /**
   * The entries from one index up to another, both included, so many at a time.
   *
   * @throws Refusal `log-unreadable`, also where an entry is missing
   */
  async* entries(from: RaftIndex, to: RaftIndex, atATime: bigint = CHUNK): AsyncGenerator<readonly LogEntry[]> {
    for (let first: bigint = from; first <= to; first += atATime) {
      const end = first + atATime - 1n < to ? first + atATime - 1n : to;
      const entries = (await readRows(this.#store, keyOf(first), keyOf(end + 1n))).map(entryOf);
      const before = entries.findIndex(({ index }, at) => index !== first + BigInt(at));
      const whole = before === -1 ? entries : entries.slice(0, before);
      if (whole.length > 0) yield whole;
      if (first + BigInt(whole.length) <= end) unreadable('log', `an entry at ${first + BigInt(whole.length)}`, 'none');
    }
  }
}

const failed = (got: string): Refusal => new Refusal('store-failure', { clause: CLAUSE, field: 'store of the log', expected: 'one that works', got });

const unread = (got: string): Refusal => new Refusal('log-unreadable', { clause: CLAUSE, field: 'log', expected: 'a store that can be read', got });

/** @throws Refusal `log-unreadable` for what the store throws */
const readRows = (store: Store, from: Uint8Array, to: Uint8Array): Promise<readonly StoreRow[]> => refusingSystemLater(() => store.rows(from, to), unread);
