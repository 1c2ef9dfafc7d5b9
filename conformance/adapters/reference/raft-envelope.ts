/** Answers the vectors of the format `raft-envelope` with the reference. */
import { hex, u64be } from '../../../src/base/bytes.js';
import { keyId, localEpoch, nodeId16, writeCount } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import type { raftEnvelope } from '../../protocol/formats/raft-envelope.js';
import { loadKeys } from './aead-envelope.js';
import { attempt, bytes, type Handlers } from './handlers.js';
import { proposalWrappingHandler } from './proposal-wrapping.js';

type Keys = readonly { readonly key_id: number; readonly key: string }[];

export const raftEnvelopeHandlers = (ops: Operations): Handlers<typeof raftEnvelope> => {
  const wrap = ({ keys, key_id, nonce, payload }: { keys: Keys; key_id: number; nonce: string; payload: string }) =>
    ({ envelope: hex(ops.raftWrap(loadKeys(ops, keys), keyId(key_id), bytes(nonce), bytes(payload))) });
  const unwrap = ({ keys, envelope }: { keys: Keys; envelope: string }) => ({ payload: hex(ops.raftUnwrap(loadKeys(ops, keys), bytes(envelope))) });
  return {
    'aad': ({ version, key_id }) => ({ aad: hex(ops.raftAad(version, keyId(key_id))) }),
    'wrap': wrap,
    'wrap-rejects': wrap,
    'unwrap': unwrap,
    'unwrap-rejects': unwrap,
    'nonce': ({ node_id16, local_epoch, consumed_before, calls }) => {
      const pin = { nodeId16: nodeId16(node_id16), localEpoch: localEpoch(local_epoch) };
      const factory = ops.nonceFactory(pin, writeCount(BigInt(consumed_before)));
      return { outcomes: Array.from({ length: calls }, () => attempt(() => ({ nonce: hex(factory.next()) }))) };
    },
    'node-id': ({ raft_id }) => {
      const id = ops.deriveNodeId(raft_id);
      return { full_node_id: `${id}`, full_node_id_hex: hex(u64be(id)), node_id16: ops.narrowNodeId(id) };
    },
    ...proposalWrappingHandler(ops),
  };
};
