/** Vector groups of the format `raft-envelope`: wrap, unwrap, nonces and node ids. */
import { z } from 'zod';
import { hex, loadedKeys, u16, u32, u64, u8 } from '../values.js';
import { format, group, outcome } from './format.js';

const wrap = { keys: loadedKeys, key_id: u32, nonce: hex, payload: hex };
const unwrap = { keys: loadedKeys, envelope: hex };

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
});
