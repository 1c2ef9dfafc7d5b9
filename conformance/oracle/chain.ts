/**
 * What the suite expects a node to say of its state: the chain over what was handed to the state machine, and the header
 * of a snapshot.
 *
 * Restates the member `chain` of `state` and base/snapshot-header-layout, with node:crypto and nothing of src/. By the
 * chain two replicas are compared without a store that both would have to have.
 */
import { createHash } from 'node:crypto';
import { u16, u64 } from './envelope.js';

/** The chain of a state machine to which nothing was handed. */
export const EMPTY_CHAIN: Uint8Array = Buffer.alloc(32);

/** The chain after a payload was handed over at an index. */
export const chained = (before: Uint8Array, index: bigint, payload: Uint8Array): Buffer =>
  createHash('sha256').update(before).update(u64(index)).update(payload).digest();

/** The header of a snapshot: version 2 when there is a cutover, else version 1. */
export const snapshotHeader = (ceiling: bigint, cutover: bigint): Buffer => cutover === 0n
  ? Buffer.concat([Buffer.from('EKVTHLC1'), u64(ceiling)])
  : Buffer.concat([Buffer.from('EKVTHLC2'), u16(16), u64(ceiling), u64(cutover)]);
