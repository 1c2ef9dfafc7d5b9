/** Vector groups of the format `raft-envelope`: wrap, unwrap, nonces and node ids. */
import { z } from 'zod';
import { hex, loadedKeys, u16, u32, u64, u8 } from '../values.js';
import { format, group, outcome } from './format.js';

const wrap = { keys: loadedKeys, key_id: u32, nonce: hex, payload: hex };
const unwrap = { keys: loadedKeys, envelope: hex };

/** One operation on the wrapper of a node. */
const wrapperOperation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('propose'), payload: hex }),
  z.strictObject({ op: z.literal('mark'), dek_id: u32, local_epoch: u16 }).describe('A registration of this node has committed.'),
  z.strictObject({ op: z.literal('install'), cutover: u64, raft_dek_id: u32 }).describe('A cutover entry was applied, or met again.'),
  z.strictObject({ op: z.literal('rotate'), raft_dek_id: u32 }).describe('A raft key was rotated; before the cutover that changes nothing.'),
]);
export type WrapperOperation = z.infer<typeof wrapperOperation>;

export const raftEnvelope = format('raft-envelope', 'What a payload becomes above the cutover, and the nonces and node ids that it needs.', {
  'aad': group('The additional data.', { version: u8, key_id: u32 }, { aad: hex }),
  'wrap': group('Seal a payload.', wrap, { envelope: hex }),
  'wrap-rejects': group('Refuse to seal.', wrap, { envelope: hex }),
  'unwrap': group('Open an envelope.', unwrap, { payload: hex }),
  'unwrap-rejects': group('Refuse to open. `keys: []` is a cipher over an empty store.', unwrap, { payload: hex }),
  'nonce': group('Make a factory whose counter stands at `consumed_before` and call it; one outcome a call. The case itself is valid.',
    { node_id16: u16, local_epoch: u16, consumed_before: u64, calls: z.int().min(0).max(10_000) },
    { outcomes: z.array(outcome({ nonce: hex.optional() })) }),
  'node-id': group('Derive the ids of a node from its raft id.', { raft_id: z.string() },
    { full_node_id: u64, full_node_id_hex: hex, node_id16: u16 }),
  'proposal-wrapping': group('The wrapper of one node from its start on; one outcome an operation. `invalid` when it does not start.', {
    raft_id: z.string(), raft_epoch: u16.describe('Of this load.'), keys: loadedKeys,
    start_cutover: u64.describe('0 is none.'), start_raft_dek_id: u32.describe('0 is none.'),
    commits: z.enum(['unset', 'known', 'unknown']).describe('What the registry says when a key is installed: `known`, that the registration of this load has committed.'),
    operations: z.array(wrapperOperation).max(64).optional(),
  }, {
    outcomes: z.array(outcome({
      dispatch_cutover: u64.describe('The index above which entries are unwrapped from now on; 18446744073709551615 is none.'),
      sent: z.enum(['clear', 'sealed']).optional().describe('Of a proposal: the form in which the payload goes out.'),
      envelope: hex.optional(),
    })),
  }),
});
