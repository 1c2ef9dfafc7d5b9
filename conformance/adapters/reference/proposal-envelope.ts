/** Answers the vectors of the format `proposal-envelope` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { fullNodeId, proposalId } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import type { proposalEnvelope } from '../../protocol/formats/proposal-envelope.js';
import { bytes, needed, type Handlers } from './handlers.js';

export const proposalEnvelopeHandlers = (ops: Operations): Handlers<typeof proposalEnvelope> => {
  const decode = ({ entry_data }: { entry_data: string }) => {
    const { id, payload } = ops.decodeProposal(bytes(entry_data));
    return { proposal_id: `${id}`, payload: hex(payload) };
  };
  return {
    'encode': ({ proposal_id, payload }) => ({ entry_data: hex(ops.encodeProposal({ id: proposalId(BigInt(proposal_id)), payload: bytes(payload) })) }),
    'decode': decode,
    'decode-rejects': decode,
    'read-context': ({ operation, request_id, context }) => operation === 'encode'
      ? { context: hex(ops.encodeReadContext(proposalId(BigInt(needed('request_id', request_id))))) }
      : { request_id: `${ops.decodeReadContext(bytes(needed('context', context)))}` },
    'conf-change-context': ({ operation, context, ...input }) => {
      if (operation === 'encode') {
        return {
          context: hex(ops.encodeConfChangeContext({
            requestId: proposalId(BigInt(needed('request_id', input.request_id))),
            peerNodeId: fullNodeId(BigInt(needed('peer_node_id', input.peer_node_id))),
            peerId: needed('peer_id', input.peer_id),
            peerAddress: needed('peer_address', input.peer_address),
          })),
        };
      }
      const change = ops.decodeConfChangeContext(bytes(needed('context', context)));
      return { request_id: `${change.requestId}`, peer_node_id: `${change.peerNodeId}`, peer_id: change.peerId, peer_address: change.peerAddress };
    },
  };
};
