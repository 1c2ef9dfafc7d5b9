/** Answers the vectors of the format `writer-registry` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { Refusal } from '../../../src/base/errors.js';
import { fullNodeId, keyId, localEpoch, nodeId16, raftIndex } from '../../../src/base/ids.js';
import { NO_SIDECAR } from '../../../src/base/apply-bootstrap.js';
import type { Operations } from '../../../src/node/compose.js';
import type { writerRegistry } from '../../protocol/formats/writer-registry.js';
import { RowsInMemory, SidecarInMemory } from './applier-doubles.js';
import { toRow } from './fsm-machine.js';
import { bytes, Verdict, type Handlers } from './handlers.js';

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
  'apply': (input) => {
    const rows = new RowsInMemory(input.rows, input.store_fault);
    const outcomes: { result: 'valid' | 'halt'; reasons?: string[]; written: boolean }[] = [];
    for (const entry of input.entries) {
      const before = rows.writes;
      try {
        ops.applyRegistration({ rows }, toRow(entry), raftIndex(0n));
        outcomes.push({ result: 'valid', written: rows.writes > before });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        outcomes.push({ result: 'halt', reasons: [...error.reasons], written: rows.writes > before });
        return new Verdict('halt', error, { outcomes, rows: rows.all() });
      }
    }
    return { outcomes, rows: rows.all() };
  },
  'pre-registration': (input) => {
    const member = fullNodeId(BigInt(input.full_node_id));
    const rowUnder = (dekId: number | null, value: string | null) => dekId === null || value === null ? []
      : [{ key: hex(ops.encodeRegistryKey({ dekId: keyId(dekId), nodeId16: ops.narrowNodeId(member) })), value }];
    const raft = keyId(input.raft_dek_id ?? 0);
    const entry = { purpose: 'raft', wrapped: new Uint8Array(), created: '', localEpoch: localEpoch(0) };
    const documents = {
      present: ops.serialiseSidecar({ ...NO_SIDECAR, active: { ...NO_SIDECAR.active, raft }, keys: new Map(raft === 0 ? [] : [[`${raft}`, entry]]) }),
      absent: null, unset: null, broken: '{"version":3}',
    };
    const registrations = ops.preRegistrations({
      storageKey: input.storage_dek_id === null ? null : keyId(input.storage_dek_id),
      sidecar: input.sidecar === 'unset' ? null : new SidecarInMemory(ops, documents[input.sidecar]),
      rows: new RowsInMemory([...rowUnder(input.storage_dek_id, input.storage_row), ...rowUnder(input.raft_dek_id, input.raft_row)]),
    }, member);
    return { proposals: [...registrations].length };
  },
});
