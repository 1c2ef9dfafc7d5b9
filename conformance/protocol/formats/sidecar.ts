/** Vector groups of the format `sidecar`: the state beside the store, its text and its file, and the filling of a key store from it. */
import { z } from 'zod';
import { hex, loadedKey, loadedKeys, mode, path, u16, u32, u64 } from '../values.js';
import { fileGroup, format, group } from './format.js';

const entry = z.object({
  purpose: z.string().describe('Any text: what to do about it is the question.'),
  wrapped: hex.nullable().describe('`null` is none at all, which is not the same as empty.'),
  created: z.string(),
  local_epoch: u16,
}).meta({ id: 'SidecarEntry', description: 'One data key of a sidecar.' });

export const sidecarState = z.object({
  version: z.int(),
  raft_applied_index: u64,
  storage_envelope_active: z.boolean(),
  storage_envelope_cutover_index: u64,
  raft_envelope_cutover_index: u64,
  active: z.object({ storage: u32, raft: u32 }),
  keys: z.record(z.string(), entry).nullable().describe('By key id as it is written. `null` is no map at all, which is not the same as empty.'),
}).meta({ id: 'SidecarState', description: 'What a sidecar says, member by member.' });

/** A file, as its text or, where that is not UTF-8, as its bytes; and what else a group takes. */
const file = <More extends z.core.$ZodLooseShape>(more: More) => z.union([
  z.strictObject({ document: z.string().describe('The text of the file, to be encoded as UTF-8.'), ...more }),
  z.strictObject({ document_hex: hex.describe('Its bytes, where they are not UTF-8.'), ...more }),
]);
const document = file({});
const read = {
  state: sidecarState,
  rewritten: z.string().describe('The text that a writer would write for this state.'),
};

// No path out of the directory, and nothing hidden in it.
const name = z.string().regex(/^[\w-][\w.-]*$/);
/** Something in a directory before a write. */
const before = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), name, mode }),
  z.strictObject({ kind: z.literal('symlink'), name, to: name }),
  z.strictObject({ kind: z.literal('directory'), name, contains: name.optional().describe('A file in it; absent: it is empty.') }),
]);
/** Something in a directory after a write. */
const after = z.object({
  name: z.string(),
  kind: z.enum(['file', 'symlink', 'directory', 'other']),
  mode: mode.optional(),
  content: z.enum(['new-state', 'other']).optional().describe('Is it the text of the state that was written?'),
});
const notFound = z.boolean().describe('Was it refused because nothing is there?');
const u32Id = { dek_id: u32 };

export const sidecar = format('sidecar', 'The sidecar: its text, how it is read and validated, and the key store that is filled from it.', {
  'serialise': group('Write a state. The version that is written is 2, whatever the state says.', { state: sidecarState }, { text: z.string() }),
  'serialise-rejects': group('Refuse to write a state that a reader would refuse.', { state: sidecarState }, { text: z.string() }),
  'read-accepts': group('Read a document, and write again what it says.', document, read),
  'read-rejects': group('Refuse a document: its text, its version, an entry or an active id.', document, read),
  'json-rules': group(
    'Read a document, or refuse it, by the rules of JSON. Where the choice `base/sidecar-json` leaves room, the declared alternative binds.', document, read),
  'hydrate': group('Unwrap every key of a sidecar and set it in a key store. `loaded` is the store afterwards, by ascending id.',
    file({ kek: hex, preloaded: loadedKeys.describe('What is in the store before.') }), { loaded: z.array(loadedKey) }),
  'file-state': fileGroup('Read the sidecar at a path where there is none that can be read. `not_found` is an output of the refusal.', {
    input: z.strictObject({ path }),
    observed: { not_found: notFound },
    laid: z.strictObject({ at_path: z.enum(['nothing', 'directory', 'parent directory missing']) }),
  }),
  'write-effects': fileGroup('Write a state to a path, durably.', {
    input: z.strictObject({ path, state: sidecarState }),
    observed: {},
    laid: z.strictObject({ before: z.array(before).max(16), file_name: z.string().regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)?$/), state: sidecarState }),
    seen: { after: z.array(after).describe('What is in the directory afterwards, by name.') },
  }),
  'bump-epoch': fileGroup('Raise the epoch of one key in the sidecar at a path by 1. A refusal leaves the file as it was.', {
    input: z.strictObject({ path: path.or(z.literal('')).describe('Empty: no path at all.'), ...u32Id }),
    observed: { local_epoch: u16.describe('The new epoch.'), not_found: notFound },
    laid: z.union([file(u32Id), z.strictObject({ path: z.literal(''), ...u32Id }), z.strictObject({ at_path: z.enum(['nothing', 'directory']), ...u32Id })]),
    seen: { text: z.string().describe('The file afterwards.') },
  }),
});
