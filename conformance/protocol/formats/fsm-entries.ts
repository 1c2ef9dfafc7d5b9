/** Vector groups of the format `fsm-entries`: the encryption entries, their bodies, their dispatch and what applying them does. */
import { z } from 'zod';
import { hex, loadedKey, loadedKeys, registryRow, u16, u32, u64, u8 } from '../values.js';
import { format, group } from './format.js';

const row = z.object({ dek_id: u32, full_node_id: u64, local_epoch: u16 }).meta({ id: 'WriterRow', description: 'One writer of one data key.' });
const bootstrap = z.object({ storage_dek_id: u32, wrapped_storage: hex, raft_dek_id: u32, wrapped_raft: hex, rows: z.array(row) }).meta({ id: 'BootstrapFields' });
const rotation = z.object({ sub_tag: u8, dek_id: u32, purpose: u8, wrapped: hex, proposer: row }).meta({ id: 'RotationFields' });

/** A call of the applier. Of a registration the index is not told: by the chapters of the proposal nothing depends on it. */
const handed = z.discriminatedUnion('call', [
  z.object({ call: z.literal('registration'), fields: row }),
  z.object({ call: z.literal('bootstrap'), fields: bootstrap, raft_index: u64 }),
  z.object({ call: z.literal('rotation'), fields: rotation, raft_index: u64 }),
]);

const setup = z.strictObject({
  kek: hex,
  has_kek: z.boolean(),
  has_key_store: z.boolean(),
  has_sidecar_path: z.boolean(),
  document: z.string().nullable().describe('The text of the sidecar when the node starts; `null` is no file.'),
  document_later: z.string().optional().describe('The text that is put in its place once the node has started.'),
  rows: z.array(registryRow).max(64),
  store_fault: z.enum(['read', 'write']).optional().describe('The registry fails at every read, or at every write.'),
  preloaded: loadedKeys,
  storage_epoch: u16.describe('The epoch of this load under the storage key.'),
  raft_epoch: u16,
  installer: z.enum(['none', 'accepts', 'refuses']).describe('`refuses` refuses every call, without a reason of its own.'),
}).meta({ id: 'ApplierSetup', description: 'The parts of a node, and what is in them.' });

export type ApplierSetup = z.infer<typeof setup>;
export type RowFields = z.infer<typeof registryRow>;

const step = z.strictObject({
  raft_index: u64.describe('0: not known.'),
  clock: z.string().regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$/)
    .describe('The time that the clock of the node tells, UTC.'),
  entry: hex.describe('With its opcode byte.'),
});

const stepOutcome = z.object({
  outcome: z.enum(['apply', 'halt']),
  reasons: z.array(z.string()).optional(),
  installer_calls: z.array(z.object({ cutover_index: u64, raft_dek_id: u32 })).describe('The calls of the installer in this step.'),
  cached_has_storage_dek: z.boolean(),
  cached_storage_dek_id: u32.describe('0 where the view of the node has none.'),
  cached_storage_active: z.boolean(),
});

/** Bodies with more rows than this are answered with `row_count`, `first_row` and `last_row` instead of `fields`. */
export const MOST_ROWS = 64;

export const fsmEntries = format('fsm-entries', 'Encryption entries of the state machine: bodies of the payloads 03, 04 and 05 without the opcode byte, and what becomes of them.', {
  'registration-encode': group('Build the body of a registration.', { fields: row }, { body: hex }),
  'registration-decode': group('Read the body of a registration, or refuse it.', { body: hex }, { fields: row }),
  'bootstrap-encode': group('Build the body of a bootstrap.', { fields: bootstrap }, { body: hex }),
  'bootstrap-decode': group(
    `Read the body of a bootstrap, or refuse it. The output is \`fields\`; for more than ${MOST_ROWS} rows it is \`row_count\`, \`first_row\` `
      + 'and `last_row` in their place, so that the answer fits a line.',
    { body: hex }, { fields: bootstrap, row_count: u32, first_row: row, last_row: row }),
  'rotation-encode': group('Build the body of a rotation. Nothing is checked: an unusable sub-tag or purpose is written as well.',
    { fields: rotation }, { body: hex }),
  'rotation-decode': group('Read the body of a rotation, or refuse it.', { body: hex }, { fields: rotation }),
  'first-byte': group(
    'Hand a payload to a state machine whose applier is a test double. `halt` where it asks for a halt, `invalid` where it refuses by an ordinary answer.',
    {
      payload: hex.describe('With its opcode byte.'),
      raft_index: u64,
      applier: z.enum(['none', 'recording', 'failing']).describe('Not wired; takes everything; refuses everything, without a reason of its own.'),
      start_lease_ms: u64.describe('The lease ceiling before.'),
    },
    {
      handed: handed.nullable().describe('The call of the applier; `null` where there was none.'),
      lease_ms: u64.describe('The lease ceiling afterwards.'),
      volatile: z.boolean().describe('Is the payload of the class that is applied again after a restart?'),
      kv_write: z.boolean().describe('Did a request write?'),
    }),
  'applier-script': group(
    'Start a node with the given parts, and hand it entries through its state machine, up to the first halt. All outputs are outputs of a halt too.',
    { setup, steps: z.array(step).max(64) },
    {
      construction: z.literal('refused').describe('Where the node does not start; nothing else is an output then.'),
      outcomes: z.array(stepOutcome),
      sidecar: z.string().nullable().describe('The text of the sidecar afterwards; `null` is no file.'),
      rows: z.array(registryRow).describe('By ascending key.'),
      loaded: z.array(loadedKey).describe('By ascending id.'),
    }),
});
