/** Integers whose bytes stand the other way round: what a mutant makes of a big-endian field. */
import { u16be, u32be, u64be, view } from '../../src/base/bytes.js';

/** Of a u16. */
export const swapped16 = <Id extends number>(value: Id): Id => view(u16be(value)).getUint16(0, true) as Id;
/** Of a u32. */
export const swapped32 = <Id extends number>(value: Id): Id => view(u32be(value)).getUint32(0, true) as Id;
/** Of a u64. */
export const swapped64 = <Id extends bigint>(value: Id): Id => view(u64be(value)).getBigUint64(0, true) as Id;
