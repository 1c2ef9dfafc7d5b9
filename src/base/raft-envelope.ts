/**
 * Raft envelope: what the payload of a proposal becomes above the cutover.
 *
 * Implements base/raft-aad, base/raft-wrap, base/raft-wrap-checks, base/raft-unwrap, base/raft-unwrap-checks,
 * base/raft-unwrap-authenticates and base/raft-flag-ignored (spec/base/raft-envelope.md).
 */
import { NONCE_LENGTH } from '../ports/aead.js';
import { ENVELOPE_VERSION, type envelopeHead, type viewEnvelope } from './aead-envelope.js';
import { putU32 } from './bytes.js';
import type { Open, Seal } from './cipher.js';
import { refuse } from './errors.js';
import type { KeyId } from './ids.js';
import type { KeyStore } from './key-store.js';

const PURPOSE = 0x52; // R
const AAD_LENGTH = 6;
const FLAG = 0x00;

/** What wrapping builds on. */
export interface RaftWrapParts {
  readonly raftAad: typeof raftAad;
  readonly envelopeHead: typeof envelopeHead;
  readonly seal: Seal;
}

/** What unwrapping builds on. */
export interface RaftUnwrapParts {
  readonly raftAad: typeof raftAad;
  readonly viewEnvelope: typeof viewEnvelope;
  readonly open: Open;
}

/**
 * The additional data: purpose byte, version, key id. Without the flag; and without a place in the log, since the index
 * has already decided whether an entry is opened. It differs from that of the storage layer on purpose, so that an
 * envelope moved between the layers does not open.
 *
 * @clause base/raft-aad
 * @example hex(raftAad(1, keyId(0xcafebabe))) // 5201cafebabe
 */
export function raftAad(version: number, keyId: KeyId): Uint8Array {
  // From the platform's pool, all six bytes written: it lives for one call, and is made on every one.
  const aad = Buffer.allocUnsafe(AAD_LENGTH);
  aad[0] = PURPOSE;
  aad[1] = version;
  putU32(aad, 2, keyId);
  return aad;
}

/**
 * Seals a payload. The nonce must never have been used under this key.
 *
 * @clause base/raft-wrap base/raft-wrap-checks
 * @throws Refusal `nonce-length`, `key-id-reserved`, `key-not-loaded`
 * @example
 * const operations = composeOperations(nodeAead);
 * const keys = operations.keyStore();
 * keys.set(keyId(8), Uint8Array.from({ length: 32 }, (_, at) => at));
 * const nonces = operations.nonceFactory({ nodeId16: operations.narrowNodeId(operations.deriveNodeId('n1')), localEpoch: localEpoch(1) });
 * const envelope = operations.raftWrap(keys, keyId(8), nonces.next(), new TextEncoder().encode('hello'));
 * hex(envelope) // 01 00 00000008 d4c000010000000000000001 05ab38642f e814ea8a30651812b8991ae028eb277c
 * new TextDecoder().decode(operations.raftUnwrap(keys, envelope)) // hello
 */
export function raftWrap(ops: RaftWrapParts, keys: KeyStore, keyId: KeyId, nonce: Uint8Array, payload: Uint8Array): Uint8Array {
  // 1. The nonce, before the key id: here alone, the cipher has them the other way round.
  if (nonce.length !== NONCE_LENGTH) {
    refuse('nonce-length', { clause: 'base/raft-wrap-checks', field: 'nonce', expected: `${NONCE_LENGTH} bytes`, got: `${nonce.length}` });
  }
  // 2. and 3. are the cipher's. The head goes in so that head, ciphertext and tag are joined once.
  return ops.seal(keys, keyId, nonce, ops.raftAad(ENVELOPE_VERSION, keyId), payload, ops.envelopeHead(ENVELOPE_VERSION, FLAG, keyId, nonce));
}

/**
 * Opens an envelope and gives back the payload.
 *
 * @clause base/raft-unwrap base/raft-unwrap-checks base/raft-unwrap-authenticates base/raft-flag-ignored
 * @throws Refusal `envelope-too-short`, `envelope-version-unknown`, `key-id-reserved`, `key-not-loaded`, `authentication-failed`
 */
export function raftUnwrap(ops: RaftUnwrapParts, keys: KeyStore, envelope: Uint8Array): Uint8Array {
  // 1. and 2. Length, then version. The flag is not looked at.
  const { version, keyId, nonce, body } = ops.viewEnvelope(envelope);
  // 3. to 5. Key id, key and tag are the cipher's.
  return ops.open(keys, keyId, nonce, ops.raftAad(version, keyId), body);
}
