/**
 * The AEAD port: AES-256-GCM with a 12-byte nonce and a 16-byte tag, and nothing else.
 *
 * Implements base/aead-algorithm through its providers, aead-node.ts and aead-noble.ts, which give the same bytes.
 * Callers have checked all lengths (base/cipher-check-order) before they come here.
 */
declare const brand: unique symbol;

/** A 32-byte key in the form that its provider works with. Never printed, never compared. */
export type AeadKey = { readonly [brand]: 'AeadKey' };

/** @clause base/aead-algorithm */
export const NONCE_LENGTH = 12;
/** @clause base/aead-algorithm */
export const TAG_LENGTH = 16;
/** @clause base/aead-algorithm */
export const KEY_LENGTH = 32;

/**
 * For providers: a wrong length here is a mistake of the caller, who has refused bad input before, and no refusal.
 *
 * @clause base/aead-algorithm
 * @throws RangeError unless there are exactly so many bytes
 */
export function assertLength(what: 'key' | 'nonce', bytes: Uint8Array): void {
  const expected = what === 'key' ? KEY_LENGTH : NONCE_LENGTH;
  if (bytes.length !== expected) throw new RangeError(`${what}: expected ${expected} bytes, got ${bytes.length}`);
}

/** One provider of the algorithm. */
export interface Aead {
  readonly name: 'node' | 'noble';
  /** Takes a copy of the 32 bytes. */
  importKey(bytes: Uint8Array): AeadKey;
  /** `head ‖ ciphertext ‖ tag`. The head is not authenticated here; passing it in spares a copy of the result. */
  seal(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, head: Uint8Array): Uint8Array;
  /** The plaintext of `body` (ciphertext then tag, at least a tag long); null when the tag does not verify. */
  open(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, body: Uint8Array): Uint8Array | null;
}
