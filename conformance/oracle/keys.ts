/**
 * The suite's own keys and ids: data keys by name, their wrapped form under the KEK of a run, the ids of nodes.
 *
 * Restates base/kek-wrap-layout, base/node-id and base/node-id16 with node:crypto alone, so that what a scenario sends
 * and expects does not come from the implementation under test. The keys follow from their names: no run keeps a
 * secret, and two runs of a scenario send the same bytes under the same KEK.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The 32 bytes of a data key. */
export const dataKey = (name: string): Buffer => digest(`cutcheck data key ${name}`);

/** A data key under the KEK: nonce, ciphertext, tag; no additional data. A real node draws the nonce; here it follows from a text. */
export function wrapped(kek: Uint8Array, key: Uint8Array, nonceText: string): Buffer {
  const nonce = digest(nonceText).subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', kek, nonce, { authTagLength: 16 });
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** The data key in a wrapped one; null when it does not open. */
export function unwrapped(kek: Uint8Array, bytes: Uint8Array): Buffer | null {
  if (bytes.length !== 60) return null;
  const cipher = createDecipheriv('aes-256-gcm', kek, bytes.subarray(0, 12), { authTagLength: 16 }).setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
  } catch {
    return null;
  }
}

/** FNV-1a over the UTF-8 bytes of a raft id, 0 replaced by 1; the empty text alone has the id 0. */
export function fullNodeId(raftId: string): bigint {
  if (raftId === '') return 0n;
  const hash = Buffer.from(raftId).reduce((at, byte) => BigInt.asUintN(64, (at ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n);
  return hash === 0n ? 1n : hash;
}

/** The low 16 bits. */
export const nodeId16 = (full: bigint): number => Number(full & 0xffffn);
