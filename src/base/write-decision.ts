/**
 * Write decision: is a value that is about to be stored sealed, left clear, or held back?
 *
 * Implements base/write-decision (spec/base/storage-envelope.md). The decision itself is a pure function of what is
 * wired and what the gates say; deletions never come here.
 */
import { refuse } from './errors.js';
import type { KeyId } from './ids.js';
import type { KeyStore } from './key-store.js';
import type { NonceFactory } from './nonce.js';
import type { PlainValue } from './storage-envelope.js';

/** What a decision looks at. A gate that is null is not there, and holds nothing back. */
export interface WriteCircumstances {
  readonly hasCipher: boolean;
  /** The active storage key; null or 0 when there is none. */
  readonly activeKey: KeyId | null;
  /** Has the storage cutover been applied? */
  readonly cutoverGate: boolean | null;
  /** Has this load's own registration committed? */
  readonly registrationGate: boolean | null;
  /** `direct`: the store's own put and expiry calls; `replicated`: out of a committed entry. */
  readonly path: 'direct' | 'replicated';
}

/** Sealed under a key, or clear. */
export type WriteDecision = { readonly sealed: true; readonly keyId: KeyId } | { readonly sealed: false };

const CLEAR: WriteDecision = { sealed: false };

/**
 * Decides; the first that fits does.
 *
 * @clause base/write-decision
 * @throws Refusal `writer-not-registered`
 */
export function decideWrite({ hasCipher, activeKey, cutoverGate, registrationGate, path }: WriteCircumstances): WriteDecision {
  // 1. No cipher.
  if (!hasCipher) return CLEAR;
  // 2. No active storage key.
  if (activeKey === null || activeKey === 0) return CLEAR;
  // 3. A cutover gate that is shut.
  if (cutoverGate === false) return CLEAR;
  // 4. A direct write before the registration: held back before a nonce is taken. A committed entry is never held back.
  if (path === 'direct' && registrationGate === false) {
    refuse('writer-not-registered', { clause: 'base/write-decision', field: 'registration', expected: 'a committed one of this load', got: 'none' });
  }
  return { sealed: true, keyId: activeKey };
}

/** What writing a value builds on. */
export interface WriteParts {
  readonly decideWrite: typeof decideWrite;
  readonly clearValue: (value: PlainValue) => Uint8Array;
  readonly sealValue: (keys: KeyStore, keyId: KeyId, nonce: Uint8Array, key: Uint8Array, value: PlainValue) => Uint8Array;
}

/** Where a value is written: the keys of a store, the nonces of its layer, its gates. */
export interface WriteSite extends Omit<WriteCircumstances, 'hasCipher'> {
  /** Null for a store without a cipher. */
  readonly keys: KeyStore | null;
  readonly nonces: Pick<NonceFactory, 'next'>;
}

/**
 * The bytes to be stored under a store key.
 *
 * @clause base/write-decision
 * @throws Refusal `writer-not-registered`, `write-count-exhausted`, `key-not-loaded`, `value-too-large`
 */
export function writeValue(ops: WriteParts, { keys, nonces, ...site }: WriteSite, key: Uint8Array, value: PlainValue): Uint8Array {
  // 1. to 4. Sealed or clear.
  const decision = ops.decideWrite({ hasCipher: keys !== null, ...site });
  if (keys === null || !decision.sealed) return ops.clearValue(value);
  // 5. and 6. A nonce, then the seal. A refusal from here on leaves the nonce used up.
  return ops.sealValue(keys, decision.keyId, nonces.next(), key, value);
}
