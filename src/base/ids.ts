/**
 * Ids, indices and counters: one branded type for each quantity of the spec, so that an epoch cannot be passed where
 * a key id is meant; and the derivation of node ids from a raft id.
 *
 * Implements base/node-id, base/node-id16.
 */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Id of a data key, u32; 0 means none. */
export type KeyId = Branded<number, 'KeyId'>;
/** Epoch of one process load under one data key, u16. */
export type LocalEpoch = Branded<number, 'LocalEpoch'>;
/** Low 16 bits of a full node id. */
export type NodeId16 = Branded<number, 'NodeId16'>;
/** 64-bit id of a node. */
export type FullNodeId = Branded<bigint, 'FullNodeId'>;
/** Id of a proposal or a request within one process load, u64. */
export type ProposalId = Branded<bigint, 'ProposalId'>;
/** Index of an entry of the raft log, u64. */
export type RaftIndex = Branded<bigint, 'RaftIndex'>;
/** Number of nonces that a factory has handed out, u64. */
export type WriteCount = Branded<bigint, 'WriteCount'>;
/** Milliseconds, u64: commit timestamps, expiries, lease ceilings. */
export type Millis = Branded<bigint, 'Millis'>;

const U64_MAX = 0xffff_ffff_ffff_ffffn;

function unsigned(what: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${what}: expected 0 to ${max}, got ${value}`);
  return value;
}

function unsigned64(what: string, value: bigint): bigint {
  if (value < 0n || value > U64_MAX) throw new RangeError(`${what}: expected 0 to ${U64_MAX}, got ${value}`);
  return value;
}

/** @clause base/big-endian @throws RangeError unless it is a u32 */
export const keyId = (value: number): KeyId => unsigned('key id', value, 0xffff_ffff) as KeyId;
/** @clause base/big-endian @throws RangeError unless it is a u16 */
export const localEpoch = (value: number): LocalEpoch => unsigned('local epoch', value, 0xffff) as LocalEpoch;
/** @clause base/node-id16 @throws RangeError unless it is a u16 */
export const nodeId16 = (value: number): NodeId16 => unsigned('node_id16', value, 0xffff) as NodeId16;
/** @clause base/node-id @throws RangeError unless it is a u64 */
export const fullNodeId = (value: bigint): FullNodeId => unsigned64('full node id', value) as FullNodeId;
/** @clause base/proposal-layout @throws RangeError unless it is a u64 */
export const proposalId = (value: bigint): ProposalId => unsigned64('proposal id', value) as ProposalId;
/** @clause base/big-endian @throws RangeError unless it is a u64 */
export const raftIndex = (value: bigint): RaftIndex => unsigned64('raft index', value) as RaftIndex;
/** @clause base/nonce-layout @throws RangeError unless it is a u64 */
export const writeCount = (value: bigint): WriteCount => unsigned64('write count', value) as WriteCount;
/** @clause base/big-endian @throws RangeError unless it is a u64 */
export const millis = (value: bigint): Millis => unsigned64('milliseconds', value) as Millis;

const FNV_OFFSET_BASIS = 0xcbf2_9ce4_8422_2325n;
const FNV_PRIME = 0x0000_0100_0000_01b3n;

/**
 * The full node id of a raft id: FNV-1a, 64 bits, over its UTF-8 bytes.
 *
 * @clause base/node-id
 * @example deriveNodeId('n1') // 0x08b37b07b558d4c0n
 */
export function deriveNodeId(raftId: string): FullNodeId {
  // 1. The empty id has no node id.
  if (raftId === '') return 0n as FullNodeId;
  // 2. Hash the UTF-8 bytes.
  let hash = FNV_OFFSET_BASIS;
  for (const byte of new TextEncoder().encode(raftId)) hash = ((hash ^ BigInt(byte)) * FNV_PRIME) & U64_MAX;
  // 3. 0 means "no id", so a hash of 0 becomes 1.
  return (hash === 0n ? 1n : hash) as FullNodeId;
}

/**
 * The 16 bits of a node id that stand in nonces and registry keys. Two nodes may share them: that is refused at
 * start and when a member is added.
 *
 * @clause base/node-id16
 */
export const narrowNodeId = (id: FullNodeId): NodeId16 => Number(id & 0xffffn) as NodeId16;
