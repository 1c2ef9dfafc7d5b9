/**
 * Peekable source: a buffer over a stream of bytes that can look ahead without taking.
 *
 * Implements what base/snapshot-peek and base/snapshot-source-failure ask of a reader (spec/base/snapshot-header.md):
 * that nothing is consumed by a look, and that a source which failed is told apart from one that ended.
 */
import type { ByteSource } from '../ports/byte-source.js';
import { concat } from './bytes.js';
import { refuse } from './errors.js';

/**
 * A source that can be looked into. It never asks the source for more than was asked of it, so that a failure behind
 * the wanted bytes is not met.
 *
 * @clause base/snapshot-peek base/snapshot-source-failure
 */
export class PeekableSource implements ByteSource {
  readonly #source: ByteSource;
  #ahead: Uint8Array = new Uint8Array();
  #consumed = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes taken so far. */
  get consumed(): number {
    return this.#consumed;
  }

  /** The next `length` bytes, fewer only at the end; they stay. @throws Refusal `source-failure` */
  peek(length: number): Uint8Array {
    while (this.#ahead.length < length) {
      const chunk = this.#next(length - this.#ahead.length);
      if (chunk.length === 0) break;
      this.#ahead = concat(this.#ahead, chunk);
    }
    return this.#ahead.subarray(0, length);
  }

  /** The same, taking them. @throws Refusal `source-failure` */
  take(length: number): Uint8Array {
    const taken = this.peek(length);
    this.#ahead = this.#ahead.subarray(taken.length);
    this.#consumed += taken.length;
    return taken;
  }

  /** As of any source: what was peeked and not taken comes first, then a chunk as it comes. @throws Refusal `source-failure` */
  read(max: number): Uint8Array {
    if (this.#ahead.length > 0) return this.take(Math.min(max, this.#ahead.length));
    const chunk = this.#next(max);
    this.#consumed += chunk.length;
    return chunk;
  }

  #next(max: number): Uint8Array {
    try {
      return this.#source.read(max);
    } catch {
      return refuse('source-failure', { clause: 'base/snapshot-source-failure', field: 'source', expected: 'bytes or its end', got: 'a failure' });
    }
  }
}
