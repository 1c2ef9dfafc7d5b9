/**
 * The port to stores: an ordered map of bytes to bytes that changes by whole batches. A replica has two, its log and the
 * state of its state machine.
 *
 * Methods throw errors of the system as they come; whoever calls them turns them into refusals.
 */

/** One change of a batch. A value of null removes the key. */
export interface StoreChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Key and value. */
export type StoreRow = readonly [key: Uint8Array, value: Uint8Array];

/** A store that is open. Keys are ordered by their bytes. */
export interface Store {
  /** Null when the key is not there. */
  get(key: Uint8Array): Uint8Array | null;
  /** The rows from `from` on (included) up to `to` (not included; null: to the end), in order. */
  rows(from: Uint8Array, to: Uint8Array | null): Promise<readonly StoreRow[]>;
  /**
   * All of it or nothing. With `sync` it is durable when it answers, and with it every batch before; without, the last batches can be
   * lost with the power, in order, the latest first.
   */
  batch(changes: readonly StoreChange[], options: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Opens a store at a path, and makes it when there is none. @throws what the system throws, when it is in use or broken */
export type OpenStore = (path: string) => Promise<Store>;
