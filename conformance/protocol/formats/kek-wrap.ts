/** Vector groups of the format `kek-wrap`: data keys under the key-encryption key. */
import { z } from 'zod';
import { hex, u32 } from '../values.js';
import { format, group } from './format.js';

const unwrap = { kek: hex, wrapped: hex };

export const kekWrap = format('kek-wrap', 'Data keys wrapped under the key-encryption key.', {
  'unwrap': group('Unwrap a data key.', unwrap, { dek: hex }),
  'unwrap-rejects': group('Refuse bytes that do not unwrap.', unwrap, { dek: hex }),
  'wrap-rejects': group('Refuse to wrap what is no data key.', { kek: hex, dek: hex }, {}),
  'wrap': group(
    'Wrap the same data key so many times and say what the results have in common. Every one has to unwrap to the key; if one does not, the answer is `invalid`.',
    { kek: hex, dek: hex, times: z.int().min(0).max(1000) },
    { wrapped_length: u32.describe('In bytes, of each.'), all_outputs_differ: z.boolean(), all_nonces_differ: z.boolean() }),
});
