/**
 * The AEAD port over @noble/ciphers: the same bytes in plain JavaScript, for a platform without node:crypto and as a
 * second opinion.
 *
 * Implements base/aead-algorithm.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { assertLength, TAG_LENGTH, type Aead, type AeadKey } from './aead.js';

// The port hands keys around unseen; in here they are the provider's own copy of the bytes.
const opaque = (key: Uint8Array): AeadKey => key as unknown as AeadKey;
const keyBytes = (key: AeadKey): Uint8Array => key as unknown as Uint8Array;

/**
 * AES-256-GCM of @noble/ciphers.
 *
 * @clause base/aead-algorithm
 */
export const nobleAead: Aead = {
  name: 'noble',

  importKey(bytes) {
    assertLength('key', bytes);
    return opaque(Uint8Array.from(bytes));
  },

  seal(key, nonce, aad, plaintext, head) {
    assertLength('nonce', nonce);
    const body = gcm(keyBytes(key), nonce, aad).encrypt(plaintext);
    const sealed = new Uint8Array(head.length + body.length);
    sealed.set(head);
    sealed.set(body, head.length);
    return sealed;
  },

  open(key, nonce, aad, body) {
    assertLength('nonce', nonce);
    if (body.length < TAG_LENGTH) return null;
    const cipher = gcm(keyBytes(key), nonce, aad);
    try {
      return cipher.decrypt(body);
    } catch {
      return null; // All lengths are good, so it can only be the tag.
    }
  },
};
