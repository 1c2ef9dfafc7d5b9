/** Vector groups of the format `writer-registry`: keys and values of its rows. */
import { hex, u16, u32, u64 } from '../values.js';
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
});
