/**
 * Storage envelope: a value as the store keeps it. A nine-byte header, then the value itself, clear or sealed over that
 * header and the place in the store.
 *
 * Implements base/value-header, base/value-header-checks, base/store-key, base/storage-aad, base/storage-seal,
 * base/storage-clear and base/value-size-limit (spec/base/storage-envelope.md). Whether a write is sealed is decided in
 * write-decision.ts; how a value is read stands in storage-read.ts.
 */
import { ENVELOPE_VERSION, type envelopeHead, type headerAad } from './aead-envelope.js';
import { concat, hexByte, u64be, u64le, view } from './bytes.js';
import type { Seal } from './cipher.js';
import { refuse } from './errors.js';
import type { KeyId, Millis } from './ids.js';
import type { KeyStore } from './key-store.js';

const TOMBSTONE = 0x01;
const RESERVED_BITS = 0xf8;
const FLAG = 0x00;
const NOTHING = new Uint8Array(0);
const NEVER = 0n as Millis;

/** @clause base/value-header */
export const VALUE_HEADER_LENGTH = 9; // flags, expire_at
/** @clause base/value-header */
export const VALUE_STATE = { clear: 0, sealed: 1 } as const;
/** @clause base/value-size-limit */
export const VALUE_SIZE_LIMIT = 256 * 1024 * 1024;

/** The header of a stored value. */
export interface ValueHeader {
  readonly tombstone: boolean;
  /** Two bits: {@link VALUE_STATE}, or a reserved one, which can be built and not split. */
  readonly state: number;
  /** 0 = never. */
  readonly expireAt: Millis;
}

/** A stored value in its parts. */
export interface StoredValue extends ValueHeader {
  /** The value, or an envelope, as the state says. */
  readonly body: Uint8Array;
}

/** What a caller wants stored. */
export interface PlainValue {
  readonly value: Uint8Array;
  readonly expireAt: Millis;
}

/**
 * The nine header bytes. Checks nothing.
 *
 * @clause base/value-header
 */
export const encodeValueHeader = ({ tombstone, state, expireAt }: ValueHeader): Uint8Array =>
  concat(Uint8Array.of((tombstone ? TOMBSTONE : 0) | state << 1), u64le(expireAt));

/** The header, on which everything that is stored builds. */
export interface ValueHeaderEncoder { readonly encodeValueHeader: typeof encodeValueHeader }

/**
 * A stored value from its parts. Checks nothing.
 *
 * @clause base/value-header
 */
export const encodeValue = (ops: ValueHeaderEncoder, { body, ...header }: StoredValue): Uint8Array => concat(ops.encodeValueHeader(header), body);

/**
 * Splits a stored value; the body is a view into it.
 *
 * @clause base/value-header-checks base/value-header
 * @throws Refusal `value-too-short`, `value-header-reserved`
 */
export function decodeValue(stored: Uint8Array): StoredValue {
  const clause = 'base/value-header-checks';
  // 1. No room for the header.
  if (stored.length < VALUE_HEADER_LENGTH) {
    refuse('value-too-short', { clause, field: 'stored value', expected: `at least ${VALUE_HEADER_LENGTH} bytes`, got: `${stored.length}` });
  }
  const flags = stored[0] ?? 0;
  // 2. One of the bits 3 to 7.
  if ((flags & RESERVED_BITS) !== 0) refuse('value-header-reserved', { clause, field: 'flags', expected: 'bits 3 to 7 unset', got: hexByte(flags) });
  // 3. State 2 or 3.
  const state = flags >>> 1;
  if (state > VALUE_STATE.sealed) refuse('value-header-reserved', { clause, field: 'state', expected: '0 or 1', got: `${state}` });
  // 4. The parts. A sealed tombstone is well-formed, though no writer makes one.
  return {
    tombstone: (flags & TOMBSTONE) !== 0, state,
    expireAt: view(stored).getBigUint64(1, true) as Millis,
    body: stored.subarray(VALUE_HEADER_LENGTH),
  };
}

/**
 * The key in the store. The complement makes later versions of a user key sort first.
 *
 * @clause base/store-key
 * @example hex(storeKey(new TextEncoder().encode('k1'), millis(100n))) // 6b31 ffffffffffffff9b
 */
export const storeKey = (userKey: Uint8Array, commitTs: Millis): Uint8Array => concat(userKey, u64be(BigInt.asUintN(64, ~commitTs)));

/** The fields of an envelope that its additional data repeats. */
export interface AuthenticatedFields {
  readonly version: number;
  readonly flag: number;
  readonly keyId: KeyId;
}

/**
 * The additional data of a sealed value.
 *
 * @clause base/storage-aad
 * @param header the nine bytes exactly as stored
 */
export const storageAad = (
  ops: { readonly headerAad: typeof headerAad }, { version, flag, keyId }: AuthenticatedFields, header: Uint8Array, key: Uint8Array,
): Uint8Array => concat(ops.headerAad(version, flag, keyId), header, key);

/** `storageAad`, bound to its parts. */
export type StorageAad = (fields: AuthenticatedFields, header: Uint8Array, key: Uint8Array) => Uint8Array;

/** What sealing a value builds on. */
export interface ValueSealParts extends ValueHeaderEncoder {
  readonly checkValueSize: typeof checkValueSize;
  readonly storageAad: StorageAad;
  readonly envelopeHead: typeof envelopeHead;
  readonly seal: Seal;
}

/**
 * A value as it is stored sealed: 43 bytes longer. The nonce must never have been used under this key.
 *
 * @clause base/storage-seal
 * @throws Refusal `value-too-large`, `key-id-reserved`, `nonce-length`, `key-not-loaded`
 */
export function sealValue(ops: ValueSealParts, keys: KeyStore, keyId: KeyId, nonce: Uint8Array, key: Uint8Array, { value, expireAt }: PlainValue): Uint8Array {
  ops.checkValueSize(value.length);
  // 1. The header: state 1, no tombstone bit, the caller's expiry.
  const header = ops.encodeValueHeader({ tombstone: false, state: VALUE_STATE.sealed, expireAt });
  // 2. The nonce was taken by the caller. 3. Seal over flag 00, this header and the store key.
  const aad = ops.storageAad({ version: ENVELOPE_VERSION, flag: FLAG, keyId }, header, key);
  // 4. Header and envelope, joined with ciphertext and tag at once.
  return ops.seal(keys, keyId, nonce, aad, value, concat(header, ops.envelopeHead(ENVELOPE_VERSION, FLAG, keyId, nonce)));
}

/** What storing a value clear builds on. */
export interface ClearValueParts {
  readonly checkValueSize: typeof checkValueSize;
  readonly encodeValue: (value: StoredValue) => Uint8Array;
}

/**
 * A value as it is stored clear. It keeps the caller's expiry.
 *
 * @clause base/storage-clear
 * @throws Refusal `value-too-large`
 */
export function clearValue(ops: ClearValueParts, { value, expireAt }: PlainValue): Uint8Array {
  ops.checkValueSize(value.length);
  return ops.encodeValue({ tombstone: false, state: VALUE_STATE.clear, expireAt, body: value });
}

/**
 * What a deletion stores, whatever keys are loaded.
 *
 * @clause base/storage-clear
 */
export const deletion = (ops: Pick<ClearValueParts, 'encodeValue'>): Uint8Array =>
  ops.encodeValue({ tombstone: true, state: VALUE_STATE.clear, expireAt: NEVER, body: NOTHING });

/**
 * The test of length before a plaintext value is written.
 *
 * @clause base/value-size-limit
 * @throws Refusal `value-too-large`
 */
export function checkValueSize(length: number): void {
  if (length > VALUE_SIZE_LIMIT) {
    refuse('value-too-large', { clause: 'base/value-size-limit', field: 'value', expected: `at most ${VALUE_SIZE_LIMIT} bytes`, got: `${length}` });
  }
}
