/** Vector groups of the format `aead-envelope`: the layout of envelopes, the checks of the cipher, the key store. */
import { z } from 'zod';
import { hex, loadedKeys, nonce, u32, u8 } from '../values.js';
import { format, group, outcome } from './format.js';

const header = { version: u8, flag: u8, key_id: u32 };
const fields = { ...header, nonce, body: hex };
const use = { keys: loadedKeys, key_id: u32, nonce: hex, aad: hex };

const operation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('set'), key_id: u32, key: hex.describe('Of any length.') }),
  z.strictObject({ op: z.enum(['get', 'delete']), key_id: u32 }),
  z.strictObject({ op: z.literal('ids') }),
]);

const done = outcome({
  present: z.boolean().optional().describe('Of `get`.'),
  key: hex.optional().describe('Of `get`, when present.'),
  key_ids: z.array(u32).optional().describe('Of `ids`.'),
});

export const aeadEnvelope = format('aead-envelope', 'The envelope that both layers use: layout, cipher checks, key store.', {
  'encode': group('Build an envelope from its fields. The body is ciphertext and tag already; nothing is encrypted.', fields, { envelope: hex }),
  'encode-rejects': group('Refuse fields that make no envelope.', fields, { envelope: hex }),
  'decode': group('Split an envelope. The tag is not verified.', { envelope: hex }, fields),
  'decode-rejects': group('Refuse bytes that are no envelope.', { envelope: hex }, fields),
  'header-aad': group('The header bytes that the storage layer authenticates.', header, { aad: hex }),
  'encrypt': group('Seal under a key of the store with the nonce given.', { ...use, plaintext: hex }, { body: hex }),
  'cipher-rejects': group('Seal or open, and refuse. `keys: []` is a cipher over an empty store.',
    z.discriminatedUnion('operation', [
      z.strictObject({ operation: z.literal('encrypt'), ...use, plaintext: hex }),
      z.strictObject({ operation: z.literal('decrypt'), ...use, body: hex }),
    ]),
    { body: hex, plaintext: hex }),
  'key-store': group('Run the operations in order on one key store that is empty at first; one outcome each. The case itself is valid.',
    { store: z.literal('empty'), operations: z.array(operation).max(256) },
    { outcomes: z.array(done) }),
});
