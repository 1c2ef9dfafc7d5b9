/**
 * The lease: a payload 02 that raises the ceiling up to which a leader may hand out timestamps.
 *
 * Implements base/lease-entry (spec/base/fsm-dispatch.md). The ceiling is kept as u64 milliseconds and travels as a
 * signed number; what is 0 or below when read as signed never raises it.
 */
import { u64be, view } from './bytes.js';
import { refuse } from './errors.js';
import type { Millis } from './ids.js';

const BODY_LENGTH = 8;

/**
 * The body of a lease payload, without its opcode.
 *
 * @clause base/lease-entry
 */
export const encodeLease = (ceiling: bigint): Uint8Array => u64be(BigInt.asUintN(64, ceiling));

/**
 * The ceiling that a lease asks for; may be 0 or negative.
 *
 * @clause base/lease-entry
 * @throws Refusal `lease-length`
 */
export function decodeLease(body: Uint8Array): bigint {
  // 1. Another length.
  if (body.length !== BODY_LENGTH) {
    refuse('lease-length', { clause: 'base/lease-entry', field: 'lease', expected: `${BODY_LENGTH} bytes`, got: `${body.length}` });
  }
  return view(body).getBigInt64(0);
}

/**
 * The ceiling after something asked for `asked`: it never falls, and 0 or below asks for nothing. A u64 above 2^63−1,
 * as a snapshot header can hold it, is negative when read as signed.
 *
 * @clause base/lease-entry base/snapshot-restore
 */
export function raiseCeiling(ceiling: Millis, asked: bigint): Millis {
  const signed = BigInt.asIntN(64, asked);
  // 2. and 3. What is 0 or below, or not above the ceiling, changes nothing.
  return signed > 0n && signed > ceiling ? (signed as Millis) : ceiling;
}
