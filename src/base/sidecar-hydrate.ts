/**
 * Hydration: the data keys of a sidecar unwrapped into a key store, at the start of a process.
 *
 * Implements base/sidecar-hydrate (spec/base/sidecar.md).
 */
import type { KeyId } from './ids.js';
import type { Kek } from './kek.js';
import type { sidecarKeyId, SidecarState } from './sidecar.js';

/** Where the keys go: a key store, which keeps a copy of the bytes. */
export interface KeySink {
  set(id: KeyId, bytes: Uint8Array): void;
}

/**
 * Sets every key of a sidecar in a store, the active ones and the others. The first failure refuses; keys that were set
 * before it stay.
 *
 * @clause base/sidecar-hydrate
 * @throws Refusal `unwrap-length`, `kek-unwrap-failed`, `key-id-rebound`
 */
export function hydrateKeyStore(
  ops: { readonly sidecarKeyId: typeof sidecarKeyId; readonly kekUnwrap: (kek: Kek, wrapped: Uint8Array) => Uint8Array },
  store: KeySink, kek: Kek, { keys }: Pick<SidecarState, 'keys'>,
): void {
  for (const [name, { wrapped }] of keys ?? []) {
    // The number of the id: two names may stand for one.
    const id = ops.sidecarKeyId(name);
    // 1. The key; none at all counts as an empty one, and is refused by its length.
    const dek = ops.kekUnwrap(kek, wrapped ?? new Uint8Array());
    // 2. Into the store, which refuses another key under the same number.
    store.set(id, dek);
  }
}
