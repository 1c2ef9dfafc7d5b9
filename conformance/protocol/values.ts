/**
 * Values of the protocol and the vectors: how bytes and numbers are written in JSON.
 *
 * Bytes are lower-case hex. u64 quantities are decimal strings, since a JSON number loses them above 2^53; smaller
 * ones are numbers. `null` means "none". Everything here is expressed so that JSON Schema can say it too.
 */
import { z } from 'zod';

/** Bytes: lower-case hexadecimal digits in pairs. */
export const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/).meta({ id: 'Hex', description: 'Bytes as lower-case hex.' });

/** The 12 bytes of a nonce where another length cannot be asked for. */
export const nonce = z.string().regex(/^(?:[0-9a-f]{2}){12}$/).meta({ id: 'Nonce', description: '12 bytes as lower-case hex.' });

// 18446744073709551615, digit by digit, so that the published schema refuses what the type cannot hold.
const U64 = /^(?:0|[1-9][0-9]{0,18}|1[0-7][0-9]{18}|18[0-3][0-9]{17}|184[0-3][0-9]{16}|1844[0-5][0-9]{15}|18446[0-6][0-9]{14}|184467[0-3][0-9]{13}|1844674[0-3][0-9]{12}|184467440[0-6][0-9]{10}|1844674407[0-2][0-9]{9}|18446744073[0-6][0-9]{8}|1844674407370[0-8][0-9]{6}|18446744073709[0-4][0-9]{5}|184467440737095[0-4][0-9]{4}|18446744073709550[0-9]{3}|18446744073709551[0-5][0-9]{2}|1844674407370955160[0-9]|1844674407370955161[0-5])$/;
const POSITIVE_U64 = new RegExp(U64.source.replace('(?:0|', '(?:'));

/** A u64 as a decimal string without leading zeros. */
export const u64 = z.string().regex(U64).meta({ id: 'U64', description: 'A u64 as a decimal string.' });
/** A u64 from 1 on. */
export const positiveU64 = z.string().regex(POSITIVE_U64).meta({ id: 'PositiveU64', description: 'A u64 other than 0 as a decimal string.' });
/** A u32. */
export const u32 = z.int().min(0).max(0xffff_ffff).meta({ id: 'U32' });
/** A u16. */
export const u16 = z.int().min(0).max(0xffff).meta({ id: 'U16' });
/** A byte. */
export const u8 = z.int().min(0).max(0xff).meta({ id: 'U8' });

/** Where a file of class file lies. */
export const path = z.string().meta({ id: 'Path', description: 'An absolute path, in a directory that the suite has made.' });
/** Permission bits. */
export const mode = z.string().regex(/^0[0-7]{3}$/).meta({ id: 'Mode', description: 'Permission bits as four octal digits.' });

/** A data key and its id. Keys in published vectors are no secret; a node's own keys never travel. */
export const loadedKey = z.object({ key_id: u32, key: hex }).meta({ id: 'LoadedKey' });
/** The keys of a store that a vector fills; no more than that, so that what an adapter has to do for one vector stays small. */
export const loadedKeys = z.array(loadedKey).max(64);
/** A row of the writer registry as it is stored. */
export const registryRow = z.object({ key: hex, value: hex }).meta({ id: 'RegistryRow', description: 'A row of the writer registry as it is stored.' });
