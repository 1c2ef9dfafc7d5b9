/** Vector groups of the format `fsm-entries`: bodies of the encryption entries, without the opcode byte. */
import { z } from 'zod';
import { hex, u16, u32, u64, u8 } from '../values.js';
import { format, group } from './format.js';

const row = z.object({ dek_id: u32, full_node_id: u64, local_epoch: u16 }).meta({ id: 'WriterRow', description: 'One writer of one data key.' });
const bootstrap = z.object({ storage_dek_id: u32, wrapped_storage: hex, raft_dek_id: u32, wrapped_raft: hex, rows: z.array(row) }).meta({ id: 'BootstrapFields' });
const rotation = z.object({ sub_tag: u8, dek_id: u32, purpose: u8, wrapped: hex, proposer: row }).meta({ id: 'RotationFields' });

/** Bodies with more rows than this are answered with `row_count`, `first_row` and `last_row` instead of `fields`. */
export const MOST_ROWS = 64;

export const fsmEntries = format('fsm-entries', 'Encryption entries of the state machine: bodies of the payloads 03, 04 and 05, without the opcode byte.', {
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
});
