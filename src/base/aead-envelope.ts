/**
 * AEAD envelope: the container of every sealed byte string, on disk and in the log. Layout only; nothing here seals or
 * opens (cipher.ts does).
 *
 * Implements base/envelope-layout, base/envelope-encode-checks, base/envelope-decode-checks and base/header-aad
 * (spec/base/aead-envelope.md).
 */
import { NONCE_LENGTH, TAG_LENGTH } from '../ports/aead.js';
import { concat, hexByte, putU32 } from './bytes.js';
import { refuse } from './errors.js';
import type { KeyId } from './ids.js';

/** @clause base/envelope-layout */
export const ENVELOPE_VERSION = 0x01;
/** @clause base/envelope-layout */
export const ENVELOPE_HEAD_LENGTH = 18; // version, flag, key id, nonce
const HEADER_LENGTH = 6; // version, flag, key id
/**
 * What an envelope is longer than its plaintext, and so the length of the shortest.
 *
 * @clause base/envelope-layout
 */
export const ENVELOPE_OVERHEAD = ENVELOPE_HEAD_LENGTH + TAG_LENGTH;

/** The five fields. The body is the ciphertext followed by the tag. */
export interface Envelope {
  readonly version: number;
  /** Any byte at this layer; writers set 00. */
  readonly flag: number;
  readonly keyId: KeyId;
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * What stands before the body: 18 bytes. Checks nothing.
 *
 * @clause base/envelope-layout
 */
export function envelopeHead(version: number, flag: number, keyId: KeyId, nonce: Uint8Array): Uint8Array {
  const head = new Uint8Array(ENVELOPE_HEAD_LENGTH);
  putHeader(head, version, flag, keyId);
  head.set(nonce, HEADER_LENGTH);
  return head;
}

/**
 * The header bytes that the storage layer authenticates: the first six of an envelope with these fields.
 *
 * @clause base/header-aad
 * @example hex(headerAad(0x55, 0xac, keyId(0xc2374e9a))) // 55acc2374e9a
 */
export function headerAad(version: number, flag: number, keyId: KeyId): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  putHeader(header, version, flag, keyId);
  return header;
}

function putHeader(into: Uint8Array, version: number, flag: number, keyId: KeyId): void {
  into[0] = version;
  into[1] = flag;
  putU32(into, 2, keyId);
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

/** The operation on which encoding builds. */
export interface EnvelopeEncoder { readonly envelopeHead: typeof envelopeHead }

/**
 * An envelope from its fields. The nonce is taken as 12 bytes without a look.
 *
 * @clause base/envelope-encode-checks base/envelope-layout
 * @throws Refusal `envelope-version-unknown`, `envelope-too-short`
 */
export function encodeEnvelope(ops: EnvelopeEncoder, { version, flag, keyId, nonce, body }: Envelope): Uint8Array {
  const clause = 'base/envelope-encode-checks';
  // 1. Another version than 01.
  if (version !== ENVELOPE_VERSION) refuse('envelope-version-unknown', { clause, field: 'version', expected: '01', got: hexByte(version) });
  // 2. A body that cannot hold a tag.
  if (body.length < TAG_LENGTH) refuse('envelope-too-short', { clause, field: 'body', expected: `at least ${TAG_LENGTH} bytes`, got: `${body.length}` });
  return concat(ops.envelopeHead(version, flag, keyId, nonce), body);
}

/**
 * Splits an envelope; nonce and body are views into it, for a caller that uses them up at once. The tag is not verified.
 *
 * @clause base/envelope-decode-checks base/envelope-layout
 * @throws Refusal `envelope-too-short`, `envelope-version-unknown`
 */
export function viewEnvelope(envelope: Uint8Array): Envelope {
  const clause = 'base/envelope-decode-checks';
  // 1. Fewer than 34 bytes, whatever the first one is.
  if (envelope.length < ENVELOPE_OVERHEAD) {
    refuse('envelope-too-short', { clause, field: 'envelope', expected: `at least ${ENVELOPE_OVERHEAD} bytes`, got: `${envelope.length}` });
  }
  // 2. Another version than 01.
  const version = byteAt(envelope, 0);
  if (version !== ENVELOPE_VERSION) refuse('envelope-version-unknown', { clause, field: 'version', expected: '01', got: hexByte(version) });
  // 3. Everything else is accepted: any flag, key id 0, any nonce.
  const keyId = byteAt(envelope, 2) * 0x100_0000 + (byteAt(envelope, 3) << 16 | byteAt(envelope, 4) << 8 | byteAt(envelope, 5));
  return {
    version,
    flag: byteAt(envelope, 1),
    keyId: keyId as KeyId,
    nonce: envelope.subarray(HEADER_LENGTH, HEADER_LENGTH + NONCE_LENGTH),
    body: envelope.subarray(ENVELOPE_HEAD_LENGTH),
  };
}

/**
 * Splits an envelope into fields of their own, which stay as they are when the bytes change later.
 *
 * @clause base/envelope-decode-checks
 * @throws Refusal `envelope-too-short`, `envelope-version-unknown`
 */
export function decodeEnvelope(ops: { readonly viewEnvelope: typeof viewEnvelope }, envelope: Uint8Array): Envelope {
  const { nonce, body, ...header } = ops.viewEnvelope(envelope);
  return { ...header, nonce: Uint8Array.from(nonce), body: Uint8Array.from(body) };
}
