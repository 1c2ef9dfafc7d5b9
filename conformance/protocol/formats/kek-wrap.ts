/** Vector groups of the format `kek-wrap`: data keys under the key-encryption key, and the file that holds it. */
import { z } from 'zod';
import { hex, mode, path, u32 } from '../values.js';
import { fileGroup, format, group } from './format.js';

const unwrap = { kek: hex, wrapped: hex };

export const kekWrap = format('kek-wrap', 'Data keys wrapped under the key-encryption key.', {
  'file-checks': fileGroup('Load a key-encryption key from the file at a path, or refuse what is there.', {
    input: z.strictObject({ path }),
    observed: { provider_name: z.string().describe('`file:` and the path, as it was given.') },
    laid: z.strictObject({
      path: z.string().regex(/^[\w-][\w.-]*$/),
      kind: z.enum(['file', 'directory', 'fifo', 'symlink', 'nothing']).describe('`symlink` leads to a file.'),
      content: hex.optional(),
      mode: mode.optional().describe('Of the file; behind a link of the one that it leads to.'),
    }),
  }),
  'unwrap': group('Unwrap a data key.', unwrap, { dek: hex }),
  'unwrap-rejects': group('Refuse bytes that do not unwrap.', unwrap, { dek: hex }),
  'wrap-rejects': group('Refuse to wrap what is no data key.', { kek: hex, dek: hex }, {}),
  'wrap': group(
    'Wrap the same data key so many times and say what the results have in common. Every one has to unwrap to the key; if one does not, the answer is `invalid`.',
    { kek: hex, dek: hex, times: z.int().min(0).max(1000) },
    { wrapped_length: u32.describe('In bytes, of each.'), all_outputs_differ: z.boolean(), all_nonces_differ: z.boolean() }),
});
