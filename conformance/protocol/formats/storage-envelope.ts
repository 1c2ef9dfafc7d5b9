/** Vector groups of the format `storage-envelope`: stored values, how they are written and how they are read. */
import { z } from 'zod';
import { hex, loadedKeys, positiveU64, u16, u32, u64, u8 } from '../values.js';
import { format, group } from './format.js';

const header = {
  tombstone: z.boolean(),
  state: z.int().min(0).max(3).describe('0 clear, 1 sealed.'),
  expire_at: u64.describe('Milliseconds; 0 = never.'),
};
const value = { user_key: hex, value: hex, expire_at: u64 };
const deletion = { user_key: hex, delete: z.literal(true).describe('Neither value nor expiry.') };
const gate = z.boolean().nullable().describe('true open, false shut, `null` not there.');
/** Under which key a value is sealed, and the first nonce. */
const sealing = { key_id: u32, node_id16: u16, local_epoch: u16, write_count: positiveU64 };
/** The same, where it has no effect. */
const unused = { key_id: u32.optional(), node_id16: u16.optional(), local_epoch: u16.optional(), write_count: positiveU64.optional() };

export const storageEnvelope = format('storage-envelope', 'A value as the store keeps it: header, additional data, writes and reads.', {
  'value-encode': group('Build a stored value from its parts.', { ...header, body: hex }, { stored: hex }),
  'value-decode': group('Split a stored value, or refuse it.', { stored: hex }, { ...header, body: hex }),
  'store-key': group('The key in the store.', { user_key: hex, commit_ts: u64 }, { store_key: hex }),
  'aad': group('The additional data of a sealed value, and the header bytes in it.',
    { version: u8, flag: u8, key_id: u32, ...header, store_key: hex },
    { aad: hex, header: hex }),
  'write': group('What is stored for one value, a deletion, or a batch of both. Sealed items take consecutive nonces from `write_count` on.',
    z.union([
      z.strictObject({ keys: loadedKeys, ...sealing, commit_ts: u64, ...value }),
      z.strictObject({ keys: loadedKeys, ...sealing, commit_ts: u64, batch: z.array(z.union([z.strictObject(value), z.strictObject(deletion)])) }),
      z.strictObject({ keys: z.null().describe('The store has no cipher.'), ...unused, commit_ts: u64, ...value }),
      z.strictObject({ keys: loadedKeys.nullable(), ...unused, commit_ts: u64, ...deletion }),
      z.strictObject({ keys: z.null(), ...unused, commit_ts: u64, batch: z.array(z.union([z.strictObject(value), z.strictObject(deletion)])) }),
    ]),
    { store_key: hex, stored: z.union([hex, z.array(hex)]).describe('A list for a batch, in its order.') }),
  'value-size': group('The test of length before a plaintext value is written.', { value_length: z.int().min(0) }, {}),
  'read': group('Read one version at `read_ts`. Not found is no refusal.',
    { keys: loadedKeys.nullable().describe('null: the store has no cipher.'), user_key: hex, commit_ts: u64, stored: hex, read_ts: u64 },
    { found: z.boolean(), value: hex.describe('When found.') }),
  'write-decision': group('Write a value, and tell whether it was sealed. Key, value and nonces are the adapter\'s own.',
    {
      has_cipher: z.boolean(),
      active_key: z.enum(['loaded', 'not loaded', 'none']).describe('`not loaded`: there is an active id, and the store does not hold it.'),
      cutover_gate: gate,
      registration_gate: gate,
      path: z.enum(['direct', 'replicated']).describe('The store\'s own put and expiry calls, or out of a committed entry.'),
      factory: z.literal('exhausted').optional().describe('No nonce is left.'),
    },
    {
      sealed: z.boolean(),
      nonces_used: z.int().min(0).describe('Nonces that were asked for; an output of a refusal too.'),
    }),
});
