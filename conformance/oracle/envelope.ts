/**
 * The suite's own codec of what stands around a payload in the log: proposal envelope, nonce, raft envelope.
 *
 * A second codec, since a suite that built its entries with the reference would expect of every implementation whatever
 * the reference does, its faults too. node:crypto, and nothing of src/. It restates base/proposal-layout,
 * base/proposal-decode, base/nonce-layout, base/envelope-layout, base/raft-aad, base/raft-wrap and base/raft-unwrap;
 * its test compares it with the golden vectors. It judges nothing: an envelope that is damaged is damaged afterwards.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Big-endian integers of the wire. */
export const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

/** `01`, the proposal id, the payload. */
export const proposal = (id: bigint, payload: Uint8Array): Buffer => Buffer.concat([Uint8Array.of(0x01), u64(id), payload]);

/** What stands behind the nine bytes of a proposal; null for data that are none. */
export const proposalPayload = (data: Uint8Array): Buffer | null => data.length >= 9 && data[0] === 0x01 ? Buffer.from(data.subarray(9)) : null;

/** Low 16 bits of the node id, epoch, count. */
export const nonce = (nodeId16: number, epoch: number, count: bigint): Buffer => Buffer.concat([u16(nodeId16), u16(epoch), u64(count)]);

/** `R`, version, key id. The flag is not in it. */
const additionalData = (version: number, keyId: number): Buffer => Buffer.concat([Buffer.from('R'), Uint8Array.of(version), u32(keyId)]);

/** The parts of a raft envelope before it is sealed. */
export interface Sealing {
  readonly key: Uint8Array;
  /** As it is written, in the additional data too. */
  readonly keyId: number;
  readonly nonce: Uint8Array;
  readonly payload: Uint8Array;
  readonly flag?: number;
}

/** Version, flag, key id, nonce, ciphertext, tag. */
export function sealed({ key, keyId, nonce: used, payload, flag = 0 }: Sealing): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, used, { authTagLength: 16 }).setAAD(additionalData(0x01, keyId));
  return Buffer.concat([Uint8Array.of(0x01, flag), u32(keyId), used, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
}

/** The payload in an envelope, by the key that it names; null when it does not open. */
export function opened(envelope: Uint8Array, keyOf: (id: number) => Uint8Array | undefined): Buffer | null {
  const bytes = Buffer.from(envelope);
  if (bytes.length < 34 || bytes[0] !== 0x01) return null;
  const id = bytes.readUInt32BE(2);
  const key = id === 0 ? undefined : keyOf(id);
  if (key === undefined) return null;
  const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(6, 18), { authTagLength: 16 })
    .setAAD(additionalData(0x01, id)).setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([cipher.update(bytes.subarray(18, -16)), cipher.final()]);
  } catch {
    return null;
  }
}
