/**
 * The suite's own codec of the payloads of a state machine: request, lease, registration, bootstrap, the rotation family.
 *
 * Restates base/lease-entry, base/registration-layout, base/bootstrap-layout, base/rotation-layout and
 * base/rotation-sub-tags, and nothing of what an applier makes of them. It writes any values, wrong ones too: that is
 * what scenarios are for. node:crypto would be allowed and is not needed; nothing of src/ is.
 */
import { u16, u32, u64 } from './envelope.js';

/** A row of the writer registry, as entries name it. */
export interface Row { readonly keyId: number; readonly node: bigint; readonly epoch: number }

const row = ({ keyId, node, epoch }: Row): Buffer => Buffer.concat([u32(keyId), u64(node), u16(epoch)]);
const counted = (bytes: Uint8Array): Buffer => Buffer.concat([u32(bytes.length), bytes]);
const WIRE_VERSION = 0x01;

/** A single request; its text stands for a protobuf that the suite has no need to know. */
export const request = (text: string): Buffer => Buffer.concat([Uint8Array.of(0x00), Buffer.from(text)]);

/** A lease: milliseconds, signed. */
export const lease = (milliseconds: bigint): Buffer => Buffer.concat([Uint8Array.of(0x02), u64(BigInt.asUintN(64, milliseconds))]);

export const registration = (of: Row): Buffer => Buffer.concat([Uint8Array.of(0x03, WIRE_VERSION), row(of)]);

export interface Bootstrap {
  readonly storage: { readonly keyId: number; readonly wrapped: Uint8Array };
  readonly raft: { readonly keyId: number; readonly wrapped: Uint8Array };
  readonly rows: readonly Row[];
}

export const bootstrap = ({ storage, raft, rows }: Bootstrap): Buffer => Buffer.concat([
  Uint8Array.of(0x04, WIRE_VERSION), u32(storage.keyId), counted(storage.wrapped), u32(raft.keyId), counted(raft.wrapped), u32(rows.length), ...rows.map(row),
]);

/** What tells the members of the rotation family apart. */
export const SUB_TAGS = { rotation: 0x01, storageCutover: 0x04, cutover: 0x05 } as const;
/** What a key is for, as a byte. */
export const PURPOSES = { storage: 1, raft: 2 } as const;

export interface Rotation {
  readonly subTag: number;
  readonly keyId: number;
  readonly purpose: number;
  readonly wrapped: Uint8Array;
  readonly proposer: Row;
}

/** Rotation, storage cutover or cutover, by the sub-tag. */
export const rotation = ({ subTag, keyId, purpose, wrapped, proposer }: Rotation): Buffer => Buffer.concat([
  Uint8Array.of(0x05, WIRE_VERSION, subTag), u32(keyId), Uint8Array.of(purpose), counted(wrapped), row(proposer),
]);

/** Whether a payload is one that changes keys: first byte 03 to 07, the reserved ones too. */
export const isEncryptionEntry = (payload: Uint8Array): boolean => payload[0] !== undefined && payload[0] >= 0x03 && payload[0] <= 0x07;
