/** Vector groups of the format `proposal-envelope`: entry data around a proposal, and the two contexts. */
import { z } from 'zod';
import { hex, u64 } from '../values.js';
import { format, group } from './format.js';

const proposal = { proposal_id: u64, payload: hex };

export const proposalEnvelope = format('proposal-envelope', 'Entry data around a proposal; read and membership-change contexts.', {
  'encode': group('Build entry data.', proposal, { entry_data: hex }),
  'decode': group('Split entry data that is a proposal.', { entry_data: hex }, proposal),
  'decode-rejects': group('Refuse entry data that is no proposal.', { entry_data: hex }, proposal),
  'read-context': group('Encode or decode the context of a linearizable read.',
    { operation: z.enum(['encode', 'decode']), request_id: u64.optional(), context: hex.optional() },
    { request_id: u64, context: hex }),
  'conf-change-context': group('Encode or decode the context of a membership change.',
    {
      operation: z.enum(['encode', 'decode']),
      request_id: u64.optional(), peer_node_id: u64.optional(), peer_id: z.string().optional(), peer_address: z.string().optional(),
      context: hex.optional(),
    },
    { request_id: u64, peer_node_id: u64, peer_id: z.string(), peer_address: z.string(), context: hex }),
});
