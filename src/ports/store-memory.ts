/**
 * The port to stores in memory, for tests and for a virtual disk: what is in a store outlives its handle, and the batches
 * since the last synced one can be lost with the power, from the end.
 *
 * Implements what base/log-append and base/applied-index ask of a store.
 */
import type { OpenStore, Store, StoreChange, StoreRow } from './store.js';

const U32 = 4;

/** Rows by their keys as text of one character a byte, so that the order of texts is that of the bytes. */
type Image = Map<string, Uint8Array>;

interface Held {
  readonly durable: Image;
  /** The batches since then that were not synced. */
  readonly pending: (readonly StoreChange[])[];
  readonly current: Image;
  open: boolean;
}

/**
 * The stores of one disk in memory, by their paths.
 *
 * @clause base/log-append base/applied-index
 */
export class MemoryStores {
  readonly #held = new Map<string, Held>();

  /** Opens the store at a path, and makes it where there is none. */
  readonly open: OpenStore = (path) => {
    let held = this.#held.get(path);
    if (held === undefined) this.#held.set(path, held = holding(new Map()));
    // The code that the level store has for it.
    if (held.open) return Promise.reject(Object.assign(new Error('the store is in use'), { code: 'LEVEL_LOCKED' }));
    held.open = true;
    return Promise.resolve(new Handle(held));
  };

  paths(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** What is in a store, as bytes that `restore` takes; null when there is none at the path. */
  image(path: string): Uint8Array | null {
    const held = this.#held.get(path);
    return held === undefined ? null : imageBytes(held.current);
  }

  /** Puts a store in the place of what was there, durably. @throws RangeError when the bytes are no image */
  restore(path: string, image: Uint8Array): void {
    this.#held.set(path, holding(imageOf(image)));
  }

  remove(path: string): void {
    this.#held.delete(path);
  }

  /** The process died: no handle is left, and what was written is still there. */
  crash(): void {
    for (const [path, { durable, pending }] of this.#held) this.#held.set(path, holding(durable, pending));
  }

  /** The power failed: of the batches since the last synced one the first `kept` are still there, in each store as many as it has. */
  losePower(kept: number): void {
    for (const [path, { durable, pending }] of this.#held) {
      const image = new Map(durable);
      for (const batch of pending.slice(0, kept)) change(image, batch);
      this.#held.set(path, holding(image));
    }
  }
}

function holding(durable: Image, pending: readonly (readonly StoreChange[])[] = []): Held {
  const current = new Map(durable);
  for (const batch of pending) change(current, batch);
  return { durable, pending: [...pending], current, open: false };
}

/** One open store. What a handle from before a crash still writes goes nowhere. */
class Handle implements Store {
  readonly #held: Held;
  #closed = false;

  constructor(held: Held) {
    this.#held = held;
  }

  get(key: Uint8Array): Uint8Array | null {
    const value = this.#opened().current.get(textOf(key));
    return value === undefined ? null : Uint8Array.from(value);
  }

  rows(from: Uint8Array, to: Uint8Array | null): Promise<readonly StoreRow[]> {
    const [least, end] = [textOf(from), to && textOf(to)];
    return this.#soon(() => [...this.#opened().current]
      .filter(([key]) => key >= least && (end === null || key < end))
      .sort(([left], [right]) => left < right ? -1 : 1)
      .map(([key, value]) => [bytesOf(key), Uint8Array.from(value)]));
  }

  batch(changes: readonly StoreChange[], { sync }: { readonly sync: boolean }): Promise<void> {
    // The caller's bytes may be overwritten later.
    const copied = changes.map(({ key, value }) => ({ key: Uint8Array.from(key), value: value && Uint8Array.from(value) }));
    return this.#soon(() => {
      const held = this.#opened();
      change(held.current, copied);
      held.pending.push(copied);
      if (!sync) return;
      for (const batch of held.pending.splice(0)) change(held.durable, batch);
    });
  }

  close(): Promise<void> {
    if (!this.#closed) this.#held.open = false;
    this.#closed = true;
    return Promise.resolve();
  }

  #opened(): Held {
    if (this.#closed) throw Object.assign(new Error('the store is closed'), { code: 'LEVEL_DATABASE_NOT_OPEN' });
    return this.#held;
  }

  async #soon<T>(step: () => T): Promise<T> {
    await Promise.resolve();
    return step();
  }
}

function change(image: Image, batch: readonly StoreChange[]): void {
  for (const { key, value } of batch) {
    if (value === null) image.delete(textOf(key));
    else image.set(textOf(key), value);
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

/** Key and value of each row in order, each behind its length. */
const imageBytes = (image: Image): Uint8Array => Uint8Array.from(Buffer.concat([...image].sort(([left], [right]) => left < right ? -1 : 1)
  .flatMap(([key, value]) => [Buffer.from(key, 'latin1'), value]).flatMap((part) => {
    const length = Buffer.alloc(U32);
    length.writeUInt32BE(part.length);
    return [length, part];
  })));

function imageOf(bytes: Uint8Array): Image {
  const buffer = Buffer.from(bytes);
  let at = 0;
  const part = (): Buffer => {
    const length = buffer.readUInt32BE(at);
    if (at + U32 + length > buffer.length) throw new RangeError('the image of a store is cut short');
    at += U32 + length;
    return buffer.subarray(at - length, at);
  };
  const image: Image = new Map();
  while (at < buffer.length) {
    const key = part().toString('latin1');
    image.set(key, Uint8Array.from(part()));
  }
  return image;
}
