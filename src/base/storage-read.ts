/**
 * Reading stored values: what a read does with each state, and the guard against a sealed value passed off as clear.
 *
 * Implements base/read-clear, base/read-sealed, base/read-without-cipher, base/open-before-visibility,
 * base/rebadge-guard and base/read-visibility (spec/base/storage-read.md). Gates of the writing side play no part.
 */
import { NONCE_LENGTH, type Aead } from '../ports/aead.js';
import { ENVELOPE_HEAD_LENGTH, ENVELOPE_OVERHEAD, ENVELOPE_VERSION, type viewEnvelope } from './aead-envelope.js';
import type { Open } from './cipher.js';
import { Refusal, refuse } from './errors.js';
import type { Millis } from './ids.js';
import type { KeyStore } from './key-store.js';
import {
  VALUE_HEADER_LENGTH, VALUE_STATE, type decodeValue, type StorageAad, type storeKey, type StoredValue, type ValueHeaderEncoder,
} from './storage-envelope.js';

const NONCE_AT = ENVELOPE_HEAD_LENGTH - NONCE_LENGTH;
const FLAG = 0x00;
const NEVER = 0n as Millis;

/** One version of a user key, and when it is read. */
export interface Read {
  readonly userKey: Uint8Array;
  readonly commitTs: Millis;
  readonly stored: Uint8Array;
  readonly readTs: Millis;
}

/** Not found is an answer, not a refusal. */
export type ReadResult = { readonly found: true; readonly value: Uint8Array } | { readonly found: false };

const NOT_FOUND: ReadResult = { found: false };

/** What a read builds on. */
export interface ReadParts {
  readonly storeKey: typeof storeKey;
  readonly decodeValue: typeof decodeValue;
  readonly openValue: (keys: KeyStore | null, key: Uint8Array, stored: Uint8Array, body: Uint8Array) => Uint8Array;
  readonly guardRebadged: (keys: KeyStore | null, key: Uint8Array, value: StoredValue) => void;
  readonly isVisible: typeof isVisible;
}

/**
 * Reads one version. The value of a clear one is a view into the stored bytes.
 *
 * @clause base/read-clear base/read-sealed base/open-before-visibility base/read-visibility
 * @param keys null for a store without a cipher
 * @throws Refusal as the steps do
 */
export function readValue(ops: ReadParts, keys: KeyStore | null, { userKey, commitTs, stored, readTs }: Read): ReadResult {
  // 1. A version after the read timestamp is passed over, unopened.
  if (commitTs > readTs) return NOT_FOUND;
  // 2. The header.
  const value = ops.decodeValue(stored);
  const key = ops.storeKey(userKey, commitTs);
  // 3. and 4. Open, or make sure that clear is clear: before 5., so that a changed header is not taken for a deletion.
  let plaintext = value.body;
  if (value.state === VALUE_STATE.sealed) plaintext = ops.openValue(keys, key, stored, value.body);
  else ops.guardRebadged(keys, key, value);
  // 5. Deleted or expired.
  if (!ops.isVisible(value, readTs)) return NOT_FOUND;
  // 6. Found.
  return { found: true, value: plaintext };
}

/**
 * Neither deleted nor expired at a timestamp. An expiry that equals it has passed.
 *
 * @clause base/read-visibility
 */
export const isVisible = ({ tombstone, expireAt }: StoredValue, at: Millis): boolean => !tombstone && (expireAt === NEVER || expireAt > at);

/** What opening a value builds on. */
export interface ValueOpenParts {
  readonly viewEnvelope: typeof viewEnvelope;
  readonly storageAad: StorageAad;
  readonly open: Open;
}

/**
 * The plaintext of a sealed value.
 *
 * @clause base/read-sealed base/read-without-cipher
 * @throws Refusal `cipher-absent`, `envelope-too-short`, `envelope-version-unknown`, `key-id-reserved`, `key-not-loaded`, `stored-value-integrity`
 */
export function openValue(ops: ValueOpenParts, keys: KeyStore | null, key: Uint8Array, stored: Uint8Array, body: Uint8Array): Uint8Array {
  // 1. No cipher, before the body is looked at.
  if (keys === null) return refuse('cipher-absent', { clause: 'base/read-without-cipher', field: 'cipher', expected: 'one, for a sealed value', got: 'none' });
  // 2. The envelope.
  const envelope = ops.viewEnvelope(body);
  // 3. The key. 4. The tag, over the header as it is stored and over the place that it was read from.
  const aad = ops.storageAad(envelope, stored.subarray(0, VALUE_HEADER_LENGTH), key);
  try {
    return ops.open(keys, envelope.keyId, envelope.nonce, aad, envelope.body);
  } catch (error) {
    // The refusal of the read takes the place of the cipher's; all others pass through.
    if (error instanceof Refusal && error.reason === 'authentication-failed') return integrity('base/read-sealed', 'tag', 'one that verifies', 'another');
    throw error;
  }
}

const integrity = (clause: 'base/read-sealed' | 'base/rebadge-guard', field: string, expected: string, got: string): never =>
  refuse('stored-value-integrity', { clause, field, expected, got });

/** What the guard builds on. */
export interface GuardParts extends ValueHeaderEncoder {
  readonly aead: Aead;
  readonly storageAad: StorageAad;
}

/**
 * Refuses a sealed value whose state was set to clear. It is told from a clear value by opening.
 *
 * @clause base/rebadge-guard
 * @throws Refusal `stored-value-integrity`
 */
export function guardRebadged(ops: GuardParts, keys: KeyStore | null, key: Uint8Array, { expireAt, body }: StoredValue): void {
  if (keys === null || body.length < ENVELOPE_OVERHEAD) return;
  // 1. Nonce and sealed part by their places; what stands before may have been changed, and is not looked at.
  const nonce = body.subarray(NONCE_AT, ENVELOPE_HEAD_LENGTH);
  const sealed = body.subarray(ENVELOPE_HEAD_LENGTH);
  // 2. Every key, with the expiry as stored and without one.
  const expiries = expireAt === NEVER ? [NEVER] : [expireAt, NEVER];
  const headers = expiries.map((expiry) => ops.encodeValueHeader({ tombstone: false, state: VALUE_STATE.sealed, expireAt: expiry }));
  for (const keyId of keys.ids()) {
    const aeadKey = keys.aeadKey(keyId);
    if (aeadKey === null) continue;
    for (const header of headers) {
      const aad = ops.storageAad({ version: ENVELOPE_VERSION, flag: FLAG, keyId }, header, key);
      // 3. It opens: it was sealed.
      if (ops.aead.open(aeadKey, nonce, aad, sealed) !== null) integrity('base/rebadge-guard', 'state', '1, for a body that opens', '0');
    }
  }
}
