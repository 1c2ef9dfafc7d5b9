/** Answers the vectors of the format `proposal-envelope` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { fullNodeId, proposalId } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import type { proposalEnvelope } from '../../protocol/formats/proposal-envelope.js';
import { bytes, type Handlers } from './handlers.js';

export const proposalEnvelopeHandlers = (ops: Operations): Handlers<typeof proposalEnvelope> => {
  const decode = ({ entry_data }: { entry_data: string }) => {
    const { id, payload } = ops.decodeProposal(bytes(entry_data));
    return { proposal_id: `${id}`, payload: hex(payload) };
  };
  return {
    'encode': ({ proposal_id, payload }) => ({ entry_data: hex(ops.encodeProposal({ id: proposalId(BigInt(proposal_id)), payload: bytes(payload) })) }),
    'decode': decode,
    'decode-rejects': decode,
    'read-context': (input) => input.operation === 'encode'
      ? { context: hex(ops.encodeReadContext(proposalId(BigInt(input.request_id)))) }
      : { request_id: `${ops.decodeReadContext(bytes(input.context))}` },
    'conf-change-context': (input) => {
      if (input.operation === 'encode') {
        const { request_id, peer_node_id, peer_id: peerId, peer_address: peerAddress } = input;
        const ids = { requestId: proposalId(BigInt(request_id)), peerNodeId: fullNodeId(BigInt(peer_node_id)) };
        return { context: hex(ops.encodeConfChangeContext({ ...ids, peerId, peerAddress })) };
      }
      const change = ops.decodeConfChangeContext(bytes(input.context));
      return { request_id: `${change.requestId}`, peer_node_id: `${change.peerNodeId}`, peer_id: change.peerId, peer_address: change.peerAddress };
    },
  };
};
