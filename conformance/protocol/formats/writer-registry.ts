/** Vector groups of the format `writer-registry`: keys and values of its rows, and the entries that write them. */
import { z } from 'zod';
import { hex, registryRow, u16, u32, u64 } from '../values.js';
import { format, group } from './format.js';

const key = { dek_id: u32, node_id16: u16 };
const value = { full_node_id: u64, first_seen_epoch: u16, last_seen_epoch: u16 };

export const writerRegistry = format('writer-registry', 'Rows of the writer registry: who may have sealed under which data key, and in which epochs.', {
  'key': group('Build the key of a row.', key, { key: hex }),
  'prefix': group('Build the prefix that the keys of all rows of one data key share.', { dek_id: u32 }, { prefix: hex }),
  'key-decode': group('Read the key of a row, or refuse what is none.', { key: hex }, key),
  'value': group('Build the value of a row.', value, { value: hex }),
  'value-decode': group('Read the value of a row, or refuse what is none.', { value: hex }, value),
  'node-id16': group('Narrow a node id to the 16 bits that stand in a row key.', { full_node_id: u64 }, { node_id16: u16 }),
  'apply': group(
    'Apply registrations to a registry, up to the first that halts. The applier is asked itself: its refusals do not carry the mark of the dispatch.',
    {
      rows: z.array(registryRow).max(64),
      entries: z.array(z.strictObject({ dek_id: u32, full_node_id: u64, local_epoch: u16 })).max(64),
      store_fault: z.enum(['read', 'write']).optional().describe('The store fails at every read, or at every write.'),
    },
    {
      outcomes: z.array(z.object({
        result: z.enum(['valid', 'halt']),
        reasons: z.array(z.string()).optional(),
        written: z.boolean().describe('Was a row written?'),
      })),
      rows: z.array(registryRow).describe('Afterwards, by ascending key. An output of a halt too.'),
    }),
  'pre-registration': group(
    'Find out what has to be registered before a member is added.',
    {
      full_node_id: u64,
      storage_dek_id: u32.nullable().describe('The active storage key; `null` where there is none.'),
      storage_row: hex.nullable().describe('The value of the row of the member under that key; `null` is no row.'),
      sidecar: z.enum(['present', 'absent', 'broken', 'unset']).describe('`broken` has version 3; `unset` is no path.'),
      raft_dek_id: u32.nullable().describe('The active raft key in the sidecar; `null` where there is none.'),
      raft_row: hex.nullable(),
    },
    { proposals: z.int().min(0).describe('The registrations that have to be proposed.') }),
});
