/**
 * Cipher: seal and open under a key of the store, and the order of the checks before.
 *
 * Implements base/cipher-check-order and base/cipher-authenticates (spec/base/cipher.md) over a provider of
 * base/aead-algorithm.
 */
import { NONCE_LENGTH, TAG_LENGTH, type Aead, type AeadKey } from '../ports/aead.js';
import { refuse } from './errors.js';
import type { KeyId } from './ids.js';
import type { KeyStore } from './key-store.js';

const NOTHING = new Uint8Array(0);

/** What seal and open build on. */
export interface CipherParts {
  readonly aead: Aead;
  readonly cipherKey: typeof cipherKey;
}

/** `seal`, bound to its parts. */
export type Seal = (keys: KeyStore, keyId: KeyId, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, head?: Uint8Array) => Uint8Array;
/** `open`, bound to its parts. */
export type Open = (keys: KeyStore, keyId: KeyId, nonce: Uint8Array, aad: Uint8Array, body: Uint8Array) => Uint8Array;

/**
 * The key for one use, after the checks that seal and open share.
 *
 * @clause base/cipher-check-order
 * @throws Refusal `key-id-reserved`, `nonce-length`, `key-not-loaded`
 */
export function cipherKey(keys: KeyStore, keyId: KeyId, nonce: Uint8Array): AeadKey {
  const clause = 'base/cipher-check-order';
  // 1. Key id 0 means "no key".
  if (keyId === 0) refuse('key-id-reserved', { clause, field: 'key id', expected: '1 or more', got: '0' });
  // 2. A nonce of another length.
  if (nonce.length !== NONCE_LENGTH) refuse('nonce-length', { clause, field: 'nonce', expected: `${NONCE_LENGTH} bytes`, got: `${nonce.length}` });
  // 3. No key under this id.
  return keys.aeadKey(keyId) ?? refuse('key-not-loaded', { clause, field: 'key id', expected: 'a loaded key', got: `${keyId}` });
}

/**
 * Seals a plaintext: `head ‖ ciphertext ‖ tag`. The head is put in front as it is and is not authenticated.
 *
 * @clause base/aead-algorithm base/cipher-check-order
 * @throws Refusal as {@link cipherKey}
 */
export const seal = (
  ops: CipherParts, keys: KeyStore, keyId: KeyId, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, head: Uint8Array = NOTHING,
): Uint8Array => ops.aead.seal(ops.cipherKey(keys, keyId, nonce), nonce, aad, plaintext, head);

/**
 * Opens a body, ciphertext then tag.
 *
 * @clause base/cipher-authenticates base/cipher-check-order
 * @throws Refusal as {@link cipherKey}; `authentication-failed`, which gives out no byte of what the body holds
 */
export function open(ops: CipherParts, keys: KeyStore, keyId: KeyId, nonce: Uint8Array, aad: Uint8Array, body: Uint8Array): Uint8Array {
  const key = ops.cipherKey(keys, keyId, nonce);
  // 4. No room for a tag, or a tag that does not verify.
  const plaintext = body.length < TAG_LENGTH ? null : ops.aead.open(key, nonce, aad, body);
  return plaintext ?? refuse('authentication-failed', { clause: 'base/cipher-authenticates', field: 'tag', expected: 'one that verifies', got: 'another' });
}
