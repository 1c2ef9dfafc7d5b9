/**
 * Key store: the data keys that a process has loaded, by their ids.
 *
 * Implements base/key-store-set, base/key-store-delete and base/key-store-ids (spec/base/key-store.md). Purposes are
 * not known here: a key opens whatever envelope names its id.
 */
import { KEY_LENGTH, type Aead, type AeadKey } from '../ports/aead.js';
import { refuse } from './errors.js';
import type { KeyId } from './ids.js';

/** A key twice: its bytes, to tell whether the same one is set again, and the form in which the provider uses it. */
interface LoadedKey {
  readonly bytes: Uint8Array;
  readonly key: AeadKey;
}

// In the time of all 32 bytes, wherever they part.
function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let at = 0; at < KEY_LENGTH; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}

/**
 * The loaded keys of one process. Empty at first.
 *
 * @clause base/key-store-set base/key-store-delete base/key-store-ids
 */
export class KeyStore {
  readonly #aead: Aead;
  readonly #loaded = new Map<KeyId, LoadedKey>();
  /** Null until somebody asks: every read of a clear value does, and the keys seldom change. */
  #ids: readonly KeyId[] | null = null;

  constructor(aead: Aead) {
    this.#aead = aead;
  }

  /**
   * Loads a key.
   *
   * @throws Refusal `key-id-reserved`, `key-length`, `key-id-rebound`
   */
  set(id: KeyId, bytes: Uint8Array): void {
    const clause = 'base/key-store-set';
    // 1. Id 0 means "no key".
    if (id === 0) refuse('key-id-reserved', { clause, field: 'key id', expected: '1 or more', got: '0' });
    // 2. Another length than 32.
    if (bytes.length !== KEY_LENGTH) refuse('key-length', { clause, field: 'key', expected: `${KEY_LENGTH} bytes`, got: `${bytes.length}` });
    const before = this.#loaded.get(id);
    if (before !== undefined) {
      // 3. Other bytes under the same id: the old key stays.
      if (!sameKey(before.bytes, bytes)) refuse('key-id-rebound', { clause, field: `key ${id}`, expected: 'the key that it holds', got: 'another' });
      // 4. The same again: nothing to do.
      return;
    }
    // 5. A new key, copied, so that the caller's buffer may change.
    this.#loaded.set(id, { bytes: Uint8Array.from(bytes), key: this.#aead.importKey(bytes) });
    this.#ids = null;
  }

  /** A copy of the 32 bytes; null when the id is not loaded. */
  get(id: KeyId): Uint8Array | null {
    const found = this.#loaded.get(id);
    return found === undefined ? null : Uint8Array.from(found.bytes);
  }

  /** The key as the provider of this store uses it; null when the id is not loaded. */
  aeadKey(id: KeyId): AeadKey | null {
    return this.#loaded.get(id)?.key ?? null;
  }

  /** Forgets a key, whether it was there or not. The id may be set again, with any key. */
  delete(id: KeyId): void {
    this.#loaded.get(id)?.bytes.fill(0);
    this.#loaded.delete(id);
    this.#ids = null;
  }

  /** The loaded ids, ascending. */
  ids(): readonly KeyId[] {
    this.#ids ??= [...this.#loaded.keys()].sort((a, b) => a - b);
    return this.#ids;
  }
}

/**
 * An empty key store over the provider of a composition.
 *
 * @clause base/key-store-set
 */
export const keyStore = (ops: { readonly aead: Aead }): KeyStore => new KeyStore(ops.aead);
