/** Answers the vectors of the format `writer-registry` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { fullNodeId, keyId, localEpoch, nodeId16 } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import type { writerRegistry } from '../../protocol/formats/writer-registry.js';
import { bytes, type Handlers } from './handlers.js';

export const writerRegistryHandlers = (ops: Operations): Handlers<typeof writerRegistry> => ({
  'key': ({ dek_id, node_id16 }) => ({ key: hex(ops.encodeRegistryKey({ dekId: keyId(dek_id), nodeId16: nodeId16(node_id16) })) }),
  'prefix': ({ dek_id }) => ({ prefix: hex(ops.registryPrefix(keyId(dek_id))) }),
  'key-decode': ({ key }) => {
    const decoded = ops.decodeRegistryKey(bytes(key));
    return { dek_id: decoded.dekId, node_id16: decoded.nodeId16 };
  },
  'value': ({ full_node_id, first_seen_epoch, last_seen_epoch }) => ({
    value: hex(ops.encodeRegistryValue({
      fullNodeId: fullNodeId(BigInt(full_node_id)), firstSeen: localEpoch(first_seen_epoch), lastSeen: localEpoch(last_seen_epoch),
    })),
  }),
  'value-decode': ({ value }) => {
    const row = ops.decodeRegistryValue(bytes(value));
    return { full_node_id: `${row.fullNodeId}`, first_seen_epoch: row.firstSeen, last_seen_epoch: row.lastSeen };
  },
  'node-id16': ({ full_node_id }) => ({ node_id16: ops.narrowNodeId(fullNodeId(BigInt(full_node_id))) }),
});
