/** Vector groups of the format `snapshot-header`: the first bytes of a snapshot stream, written and restored, and the token that names a snapshot. */
import { z } from 'zod';
import { hex, path, u32, u64 } from '../values.js';
import { fileGroup, format, group } from './format.js';

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

const nameOf = z.strictObject({ operation: z.literal('name'), index: u64 });
const token = u32.nullable().describe('The checksum that the token names; `null` is no token.');

export const snapshotHeader = format('snapshot-header',
  'The header of a state-machine snapshot, and the token that names one. How a stream is cut into chunks makes no difference.', {
  'read': group('Read the header off a stream; a stream without one gives zeros and loses nothing.', stream, header),
  'read-rejects': group('Refuse a stream whose header is cut short or unusable, or whose source fails.', stream, header),
  'write': group('Take snapshots one after the other in one load, and give their headers.',
    {
      has_source: z.boolean().describe('Is there anybody to say what the cutover is?'),
      snapshots: z.array(z.strictObject({
        ceiling_ms: u64, cutover: u64.optional().describe('What the source says at this moment; left out where there is none.'),
      })).max(64),
    },
    { headers: z.array(hex) }),
  'restore': group(
    'Restore a snapshot: this header, and behind it a store stream of the adapter\'s own, or one that is unusable. '
      + 'The outputs but `next_header` are those of a refusal too.',
    {
      header: hex,
      inner_ok: z.boolean().describe('Is the store stream behind the header usable?'),
      start_ceiling_ms: u64.describe('The lease ceiling before.'),
      start_cutover: u64.describe('The restored cutover before.'),
    },
    {
      ceiling_ms: u64,
      restored_cutover: u64,
      next_header: hex.describe('The header of a snapshot that is taken next, where nobody says what the cutover is.'),
    }),
  'token': group('Build a token, or read one. `is_token` is the looser test that tells tokens from payloads; it is an output also when the token is refused.',
    z.discriminatedUnion('operation', [
      z.strictObject({ operation: z.literal('encode'), index: u64, crc32c: u32 }),
      z.strictObject({ operation: z.literal('decode'), token: hex }),
    ]),
    { token: hex, index: u64, crc32c: u32, is_token: z.boolean() }),
  'payload-file': fileGroup('Name a payload file by its index, write one, or check one against the checksum of a token.', {
    input: z.discriminatedUnion('operation', [
      nameOf,
      z.strictObject({ operation: z.literal('write'), path, payload: hex }),
      z.strictObject({ operation: z.literal('verify'), path, token_crc32c: token }),
    ]),
    observed: { file_name: z.string(), crc32c: u32.describe('Of the payload that was written.') },
    laid: z.discriminatedUnion('operation', [
      nameOf,
      z.strictObject({ operation: z.literal('write'), payload: hex }),
      z.strictObject({ operation: z.literal('verify'), file: hex, token_crc32c: token }),
    ]),
    seen: { file: hex.describe('What was written.') },
  }),
});
