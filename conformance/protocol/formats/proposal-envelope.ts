/** Vector groups of the format `proposal-envelope`: entry data around a proposal, and the two contexts. */
import { z } from 'zod';
import { hex, u64 } from '../values.js';
import { format, group } from './format.js';

const proposal = { proposal_id: u64, payload: hex };
const read = { request_id: u64 };
const change = { request_id: u64, peer_node_id: u64, peer_id: z.string(), peer_address: z.string() };

/** Both ways of a codec of contexts. */
const codec = <Fields extends z.core.$ZodLooseShape>(fields: Fields) => z.discriminatedUnion('operation', [
  z.strictObject({ operation: z.literal('encode'), ...fields }),
  z.strictObject({ operation: z.literal('decode'), context: hex }),
]);

export const proposalEnvelope = format('proposal-envelope', 'Entry data around a proposal; read and membership-change contexts.', {
  'encode': group('Build entry data.', proposal, { entry_data: hex }),
  'decode': group('Split entry data that is a proposal.', { entry_data: hex }, proposal),
  'decode-rejects': group('Refuse entry data that is no proposal.', { entry_data: hex }, proposal),
  'read-context': group('Encode or decode the context of a linearizable read.', codec(read), { ...read, context: hex }),
  'conf-change-context': group('Encode or decode the context of a membership change.', codec(change), { ...change, context: hex }),
});
