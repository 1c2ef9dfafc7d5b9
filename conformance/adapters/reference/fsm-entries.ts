/** Answers the vectors of the format `fsm-entries` with the reference. */
import type { z } from 'zod';
import { hex } from '../../../src/base/bytes.js';
import type { WriterRow } from '../../../src/base/fsm-entries.js';
import { fullNodeId, keyId, localEpoch } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import { MOST_ROWS, type fsmEntries } from '../../protocol/formats/fsm-entries.js';
import { bytes, type Handlers } from './handlers.js';

type RowFields = z.infer<(typeof fsmEntries)['groups']['registration-encode']['input']>['fields'];

const toRow = ({ dek_id, full_node_id, local_epoch }: RowFields): WriterRow =>
  ({ dekId: keyId(dek_id), fullNodeId: fullNodeId(BigInt(full_node_id)), localEpoch: localEpoch(local_epoch) });
const fromRow = ({ dekId, fullNodeId: id, localEpoch: epoch }: WriterRow): RowFields => ({ dek_id: dekId, full_node_id: `${id}`, local_epoch: epoch });

export const fsmEntriesHandlers = (ops: Operations): Handlers<typeof fsmEntries> => ({
  'registration-encode': ({ fields }) => ({ body: hex(ops.encodeRegistration(toRow(fields))) }),
  'registration-decode': ({ body }) => ({ fields: fromRow(ops.decodeRegistration(bytes(body))) }),
  'bootstrap-encode': ({ fields }) => ({
    body: hex(ops.encodeBootstrap({
      storageDekId: keyId(fields.storage_dek_id), wrappedStorage: bytes(fields.wrapped_storage),
      raftDekId: keyId(fields.raft_dek_id), wrappedRaft: bytes(fields.wrapped_raft),
      rows: fields.rows.map(toRow),
    })),
  }),
  'bootstrap-decode': ({ body }) => {
    const { storageDekId, wrappedStorage, raftDekId, wrappedRaft, rows } = ops.decodeBootstrap(bytes(body));
    const [first, last] = [rows[0], rows.at(-1)];
    if (rows.length > MOST_ROWS && first !== undefined && last !== undefined) {
      return { row_count: rows.length, first_row: fromRow(first), last_row: fromRow(last) };
    }
    return {
      fields: {
        storage_dek_id: storageDekId, wrapped_storage: hex(wrappedStorage),
        raft_dek_id: raftDekId, wrapped_raft: hex(wrappedRaft),
        rows: rows.map(fromRow),
      },
    };
  },
  'rotation-encode': ({ fields }) => ({
    body: hex(ops.encodeRotation({
      subTag: fields.sub_tag, dekId: keyId(fields.dek_id), purpose: fields.purpose, wrapped: bytes(fields.wrapped), proposer: toRow(fields.proposer),
    })),
  }),
  'rotation-decode': ({ body }) => {
    const { subTag, dekId, purpose, wrapped, proposer } = ops.decodeRotation(bytes(body));
    return { fields: { sub_tag: subTag, dek_id: dekId, purpose, wrapped: hex(wrapped), proposer: fromRow(proposer) } };
  },
});
