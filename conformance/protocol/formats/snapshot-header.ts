/** Vector groups of the format `snapshot-header`: the first bytes of a snapshot stream, and the token that names it. */
import { z } from 'zod';
import { hex, u32, u64 } from '../values.js';
import { format, group } from './format.js';

const stream = {
  kind: z.enum(['v1', 'v2', 'headerless', 'unknown']).optional().describe('The family of the case; for readers, not for the adapter.'),
  stream: hex,
  source_fails: z.boolean().optional().describe('The source fails behind these bytes, instead of ending.'),
};
const header = {
  ceiling_ms: u64,
  cutover: u64,
  consumed: z.int().min(0).describe('Bytes that the header took.'),
  remaining: hex.describe('What is still to be read behind the header.'),
};

export const snapshotHeader = format('snapshot-header',
  'The header of a state-machine snapshot, and the token that names one. How a stream is cut into chunks makes no difference.', {
  'read': group('Read the header off a stream; a stream without one gives zeros and loses nothing.', stream, header),
  'read-rejects': group('Refuse a stream whose header is cut short or unusable, or whose source fails.', stream, header),
  'token': group('Build a token, or read one. `is_token` is the looser test that tells tokens from payloads; it is an output also when the token is refused.',
    z.discriminatedUnion('operation', [
      z.strictObject({ operation: z.literal('encode'), index: u64, crc32c: u32 }),
      z.strictObject({ operation: z.literal('decode'), token: hex }),
    ]),
    { token: hex, index: u64, crc32c: u32, is_token: z.boolean() }),
});
