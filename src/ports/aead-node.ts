/**
 * The AEAD port over node:crypto.
 *
 * Implements base/aead-algorithm. The platform would take other lengths of nonce and tag as well, so the lengths are
 * checked before it is called.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { assertLength, TAG_LENGTH, type Aead, type AeadKey } from './aead.js';

const ALGORITHM = 'aes-256-gcm';
// Without it the platform accepts a tag of four bytes.
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

// The port hands keys around unseen; in here they are key objects, which the platform need not expand anew on every call.
const opaque = (key: KeyObject): AeadKey => key as unknown as AeadKey;
const keyObject = (key: AeadKey): KeyObject => key as unknown as KeyObject;

/**
 * AES-256-GCM of the platform.
 *
 * @clause base/aead-algorithm
 */
export const nodeAead: Aead = {
  name: 'node',

  importKey(bytes) {
    assertLength('key', bytes);
    return opaque(createSecretKey(bytes));
  },

  seal(key, nonce, aad, plaintext, head) {
    assertLength('nonce', nonce);
    const cipher = createCipheriv(ALGORITHM, keyObject(key), nonce, OPTIONS);
    cipher.setAAD(aad);
    const ciphertext = cipher.update(plaintext);
    cipher.final(); // of a stream cipher: nothing is left, the tag is made
    const tagAt = head.length + ciphertext.length;
    // Every byte is written below, so it need not be cleared before.
    const sealed = Buffer.allocUnsafe(tagAt + TAG_LENGTH);
    sealed.set(head);
    sealed.set(ciphertext, head.length);
    sealed.set(cipher.getAuthTag(), tagAt);
    return sealed;
  },

  open(key, nonce, aad, body) {
    assertLength('nonce', nonce);
    const tagAt = body.length - TAG_LENGTH;
    if (tagAt < 0) return null;
    const decipher = createDecipheriv(ALGORITHM, keyObject(key), nonce, OPTIONS);
    decipher.setAAD(aad);
    decipher.setAuthTag(body.subarray(tagAt));
    const plaintext = decipher.update(body.subarray(0, tagAt));
    try {
      decipher.final();
    } catch {
      return null; // The tag does not verify: the bytes above go no further.
    }
    return plaintext;
  },
};
