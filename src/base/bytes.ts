/**
 * Byte strings: joining, comparing, and the integers inside them.
 *
 * Implements base/big-endian: every integer is unsigned and big-endian; the few little-endian fields say so in the
 * name of their helper.
 */

/**
 * Joins byte strings.
 *
 * @clause base/big-endian
 */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Equal byte for byte. Not for secrets that an attacker may probe: it stops at the first difference.
 *
 * @clause base/big-endian
 */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at]);

/**
 * Lower-case hexadecimal text.
 *
 * @clause base/big-endian
 */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

/**
 * One byte as two hexadecimal digits, for messages; a byte that is not there reads "nothing".
 *
 * @clause base/big-endian
 */
export const hexByte = (byte: number | undefined): string => byte === undefined ? 'nothing' : byte.toString(16).padStart(2, '0');

/**
 * A view with the integer accessors of the platform over the same bytes.
 *
 * @clause base/big-endian
 */
export const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @clause base/big-endian */
export function u16be(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  view(bytes).setUint16(0, value);
  return bytes;
}

/** @clause base/big-endian */
export function u32be(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  view(bytes).setUint32(0, value);
  return bytes;
}

/**
 * A u32 in its place, big-endian. Envelopes and additional data are made anew for every entry, and a view for the
 * platform's own accessor would cost more than the four bytes.
 *
 * @clause base/big-endian
 */
export function putU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

/** @clause base/big-endian */
export function u64be(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  view(bytes).setBigUint64(0, value);
  return bytes;
}

/**
 * The little-endian exception: the expiry in the header of a stored value.
 *
 * @clause base/value-header
 */
export function u64le(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  view(bytes).setBigUint64(0, value, true);
  return bytes;
}
