/**
 * Replicated keys: what the entries of the log have made of the keys and of the storage envelope, from the entries alone.
 *
 * Every replica that applied the same entries has the same, whatever its sidecar says at that moment: a sidecar can be ahead of the
 * state after a crash. So this is what a snapshot brings of the sidecar (repair/snapshot-adoption in
 * spec/repair/snapshot-adoption.md); wrapped keys are no part of it.
 */
import { concat, u32be, u64be, view } from './bytes.js';
import { PURPOSE, SUB_TAG, type Bootstrap, type Rotation } from './fsm-entries.js';
import type { KeyId, RaftIndex } from './ids.js';
import type { Purpose } from './sidecar.js';

/** Which keys are active, and whether the storage envelope is, since which index. */
export interface ReplicatedKeys {
  /** 0 means none. */
  readonly active: Readonly<Record<Purpose, KeyId>>;
  /** Index of the storage cutover that took effect; 0 means none. */
  readonly storageCutover: RaftIndex;
}

/** @clause repair/snapshot-adoption */
export const NO_KEYS: ReplicatedKeys = { active: { storage: 0 as KeyId, raft: 0 as KeyId }, storageCutover: 0n as RaftIndex };

/** @clause repair/snapshot-adoption */
export const REPLICATED_KEYS_LENGTH = 16; // active storage key, active raft key, storage cutover

/**
 * The 16 bytes of them.
 *
 * @clause repair/snapshot-adoption
 */
export const encodeReplicatedKeys = ({ active, storageCutover }: ReplicatedKeys): Uint8Array =>
  concat(u32be(active.storage), u32be(active.raft), u64be(storageCutover));

/**
 * The same from their 16 bytes; callers have counted them.
 *
 * @clause repair/snapshot-adoption
 */
export function decodeReplicatedKeys(bytes: Uint8Array): ReplicatedKeys {
  const fields = view(bytes);
  return {
    active: { storage: fields.getUint32(0) as KeyId, raft: fields.getUint32(4) as KeyId }, storageCutover: fields.getBigUint64(8) as RaftIndex,
  };
}

/** The decoders of the entries that change them. */
export interface KeyEntryDecoders {
  readonly classifyPayload: (payload: Uint8Array) => string;
  readonly decodeBootstrap: (body: Uint8Array) => Bootstrap;
  readonly decodeRotation: (body: Uint8Array) => Rotation;
}

/**
 * What an entry that was applied makes of them.
 *
 * @clause repair/snapshot-adoption
 */
export function keysAfter(ops: KeyEntryDecoders, before: ReplicatedKeys, payload: Uint8Array, index: RaftIndex): ReplicatedKeys {
  const body = payload.subarray(1);
  switch (ops.classifyPayload(payload)) {
    case 'bootstrap': {
      const { storageDekId, raftDekId } = ops.decodeBootstrap(body);
      return { ...before, active: { storage: storageDekId, raft: raftDekId } };
    }
    case 'rotation': {
      const { subTag, dekId, purpose } = ops.decodeRotation(body);
      if (subTag === SUB_TAG.rotateDek) return { ...before, active: { ...before.active, [purpose === PURPOSE.raft ? 'raft' : 'storage']: dekId } };
      // The first one whose key is the active one, as base/apply-storage-cutover has it.
      const takesEffect = subTag === SUB_TAG.enableStorageEnvelope && before.storageCutover === 0n && dekId === before.active.storage;
      return takesEffect ? { ...before, storageCutover: index } : before;
    }
    default: return before;
  }
}
