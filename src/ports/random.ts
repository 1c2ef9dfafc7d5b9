/**
 * The port of randomness.
 *
 * Implements the source that base/kek-wrap-fresh-nonce asks for. Nothing else of the wire formats is random: the nonces
 * of the envelopes are counted.
 */
import { randomBytes } from 'node:crypto';

/** So many bytes that nobody can predict, others every time. */
export type RandomBytes = (length: number) => Uint8Array;

/**
 * The randomness of the platform.
 *
 * @clause base/kek-wrap-fresh-nonce
 */
export const systemRandom: RandomBytes = (length) => randomBytes(length);
