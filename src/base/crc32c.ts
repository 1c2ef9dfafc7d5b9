/**
 * CRC-32C (Castagnoli): the checksum of snapshot payload files. The platform has CRC-32 with another polynomial only.
 *
 * Implements the checksum of base/snapshot-payload-file.
 */
const POLYNOMIAL = 0x82f6_3b78; // 1edc6f41, bits reversed

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  return remainder >>> 0;
});

/**
 * The checksum of a byte string, a u32.
 *
 * @clause base/snapshot-payload-file
 * @example crc32c(new TextEncoder().encode('123456789')) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array): number {
  let remainder = 0xffff_ffff;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ byte) & 0xff] ?? 0);
  return (remainder ^ 0xffff_ffff) >>> 0;
}
