/**
 * The AEAD port over node:crypto.
 *
 * Implements base/aead-algorithm. The platform would take other lengths of nonce and tag as well, so the lengths are
 * checked here before it is called; a wrong one is an error of the caller, who has refused bad input before.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH, type Aead, type AeadKey } from './aead.js';

const ALGORITHM = 'aes-256-gcm';
// Without it the platform accepts a tag of four bytes.
const OPTIONS = { authTagLength: TAG_LENGTH } as const;

// The port hands keys around unseen; in here they are key objects, which the platform need not expand anew on every call.
const opaque = (key: KeyObject): AeadKey => key as unknown as AeadKey;
const keyObject = (key: AeadKey): KeyObject => key as unknown as KeyObject;

const checkNonce = (nonce: Uint8Array): void => {
  if (nonce.length !== NONCE_LENGTH) throw new RangeError(`nonce: expected ${NONCE_LENGTH} bytes, got ${nonce.length}`);
};

/**
 * AES-256-GCM of the platform.
 *
 * @clause base/aead-algorithm
 */
export const nodeAead: Aead = {
  name: 'node',

  importKey(bytes) {
    if (bytes.length !== KEY_LENGTH) throw new RangeError(`key: expected ${KEY_LENGTH} bytes, got ${bytes.length}`);
    return opaque(createSecretKey(bytes));
  },

  seal(key, nonce, aad, plaintext, head) {
    checkNonce(nonce);
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
    checkNonce(nonce);
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
