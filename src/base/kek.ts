/**
 * Key-encryption key: data keys leave the process only wrapped under it.
 *
 * Implements base/kek-wrap-layout, base/kek-wrap-checks, base/kek-wrap-fresh-nonce and base/kek-unwrap-checks
 * (spec/base/kek.md). Neither the id nor the purpose of a data key is bound to its wrapped form. The KEK file is in
 * kek-file.ts.
 */
import { KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH, type Aead, type AeadKey } from '../ports/aead.js';
import type { RandomBytes } from '../ports/random.js';
import { refuse } from './errors.js';

const WRAPPED_LENGTH = NONCE_LENGTH + KEY_LENGTH + TAG_LENGTH; // 60
const NO_AAD = new Uint8Array();

/** A KEK that is loaded, and where it comes from. */
export interface Kek {
  /** Name of the provider, for messages. */
  readonly provider: string;
  readonly key: AeadKey;
}

/**
 * A KEK from its 32 bytes.
 *
 * @clause base/kek-file-checks
 * @throws Refusal `kek-length`
 */
export function importKek(ops: { readonly aead: Aead }, provider: string, bytes: Uint8Array): Kek {
  if (bytes.length !== KEY_LENGTH) {
    // A reader of a file stops one byte behind the key, so that a longer one has no length here.
    const got = bytes.length < KEY_LENGTH ? `${bytes.length}` : 'more';
    refuse('kek-length', { clause: 'base/kek-file-checks', field: `KEK ${provider}`, expected: `${KEY_LENGTH} bytes`, got });
  }
  return { provider, key: ops.aead.importKey(bytes) };
}

/**
 * A data key under the KEK: nonce ‖ ciphertext ‖ tag. The nonce is drawn anew for every wrap.
 *
 * @clause base/kek-wrap-layout base/kek-wrap-checks base/kek-wrap-fresh-nonce
 * @throws Refusal `dek-length`
 */
export function kekWrap(ops: { readonly aead: Aead }, kek: Kek, dek: Uint8Array, random: RandomBytes): Uint8Array {
  if (dek.length !== KEY_LENGTH) refuse('dek-length', { clause: 'base/kek-wrap-checks', field: 'data key', expected: `${KEY_LENGTH} bytes`, got: `${dek.length}` });
  const nonce = random(NONCE_LENGTH);
  return ops.aead.seal(kek.key, nonce, NO_AAD, dek, nonce);
}

/**
 * The data key in a wrapped one. No value of it is refused, all zeros included.
 *
 * @clause base/kek-unwrap-checks base/kek-wrap-layout
 * @throws Refusal `unwrap-length`, `kek-unwrap-failed`
 */
export function kekUnwrap(ops: { readonly aead: Aead }, kek: Kek, wrapped: Uint8Array): Uint8Array {
  const clause = 'base/kek-unwrap-checks';
  // 1. Length.
  if (wrapped.length !== WRAPPED_LENGTH) refuse('unwrap-length', { clause, field: 'wrapped key', expected: `${WRAPPED_LENGTH} bytes`, got: `${wrapped.length}` });
  // 2. Tag.
  return ops.aead.open(kek.key, wrapped.subarray(0, NONCE_LENGTH), NO_AAD, wrapped.subarray(NONCE_LENGTH))
    ?? refuse('kek-unwrap-failed', { clause, field: 'wrapped key', expected: `a key under ${kek.provider}`, got: 'another tag' });
}
