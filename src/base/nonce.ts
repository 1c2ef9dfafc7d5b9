/**
 * Nonces: who seals, in which load of the process, for the how-many-th time.
 *
 * Implements base/nonce-layout, base/nonce-counter and base/nonce-exhaustion (spec/base/nonce.md). Nothing is stored:
 * after a restart the count begins again, under a later epoch.
 */
import { NONCE_LENGTH } from '../ports/aead.js';
import { putU32 } from './bytes.js';
import { refuse } from './errors.js';
import type { LocalEpoch, NodeId16, WriteCount } from './ids.js';

const LAST = 0xffff_ffff_ffff_ffffn;

/** For whom a factory counts: fixed for its life. */
export interface NoncePin {
  readonly nodeId16: NodeId16;
  readonly localEpoch: LocalEpoch;
}

/**
 * The 12 bytes.
 *
 * @clause base/nonce-layout
 * @example hex(encodeNonce({ nodeId16: nodeId16(0xd4c0), localEpoch: localEpoch(1) }, writeCount(1n))) // d4c0 0001 0000000000000001
 */
export function encodeNonce({ nodeId16, localEpoch }: NoncePin, writeCount: WriteCount): Uint8Array {
  const nonce = new Uint8Array(NONCE_LENGTH);
  putU32(nonce, 0, nodeId16 << 16 | localEpoch);
  putU32(nonce, 4, Number(writeCount >> 32n));
  putU32(nonce, 8, Number(writeCount & 0xffff_ffffn));
  return nonce;
}

/** What a factory builds on. */
export interface NonceParts { readonly encodeNonce: typeof encodeNonce }

/**
 * Hands out the nonces of one load, each once.
 *
 * @clause base/nonce-counter base/nonce-exhaustion
 */
export class NonceFactory {
  readonly #parts: NonceParts;
  readonly #pin: NoncePin;
  #consumed: WriteCount;

  constructor(parts: NonceParts, pin: NoncePin, consumed: WriteCount) {
    this.#parts = parts;
    this.#pin = pin;
    this.#consumed = consumed;
  }

  /** @throws Refusal `write-count-exhausted`, from the call after the last count on and for good */
  next(): Uint8Array {
    // The last count was handed out: it stays the last, so no later call can come around to 0.
    if (this.#consumed === LAST) {
      refuse('write-count-exhausted', { clause: 'base/nonce-exhaustion', field: 'write count', expected: `at most ${LAST}`, got: 'one more' });
    }
    // Raise, then use: the first nonce carries 1.
    this.#consumed = this.#consumed + 1n as WriteCount;
    return this.#parts.encodeNonce(this.#pin, this.#consumed);
  }
}

/**
 * A factory for one node and epoch.
 *
 * @clause base/nonce-counter
 * @param consumed how many nonces were handed out before; 0 at the start of a load
 */
export const nonceFactory = (ops: NonceParts, pin: NoncePin, consumed: WriteCount = 0n as WriteCount): NonceFactory => new NonceFactory(ops, pin, consumed);
