/** Vector groups of the format `aead-envelope`: the layout of envelopes, the checks of the cipher, the key store. */
import { z } from 'zod';
import { hex, loadedKeys, u32, u8 } from '../values.js';
import { format, group, outcome } from './format.js';

const header = { version: u8, flag: u8, key_id: u32 };
const fields = { ...header, nonce: hex, body: hex };
const use = { keys: loadedKeys, key_id: u32, nonce: hex, aad: hex };

const operation = z.object({
  op: z.enum(['set', 'get', 'delete', 'ids']),
  key_id: u32.optional().describe('Of all but `ids`.'),
  key: hex.optional().describe('Of `set`; of any length.'),
}).strict();

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
    { operation: z.enum(['encrypt', 'decrypt']), ...use, plaintext: hex.optional(), body: hex.optional() },
    { body: hex, plaintext: hex }),
  'key-store': group('Run the operations in order on one key store that is empty at first; one outcome each. The case itself is valid.',
    { store: z.literal('empty'), operations: z.array(operation) },
    { outcomes: z.array(done) }),
});
