/** Answers the vectors of the format `fsm-entries` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { keyId } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import { MOST_ROWS, type fsmEntries } from '../../protocol/formats/fsm-entries.js';
import { fromBootstrap, fromRotation, fromRow, fsmMachineHandlers, toRow } from './fsm-machine.js';
import { bytes, type Handlers } from './handlers.js';

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
    const decoded = ops.decodeBootstrap(bytes(body));
    const { rows } = decoded;
    const [first, last] = [rows[0], rows.at(-1)];
    if (rows.length > MOST_ROWS && first !== undefined && last !== undefined) {
      return { row_count: rows.length, first_row: fromRow(first), last_row: fromRow(last) };
    }
    return { fields: fromBootstrap(decoded) };
  },
  'rotation-encode': ({ fields }) => ({
    body: hex(ops.encodeRotation({
      subTag: fields.sub_tag, dekId: keyId(fields.dek_id), purpose: fields.purpose, wrapped: bytes(fields.wrapped), proposer: toRow(fields.proposer),
    })),
  }),
  'rotation-decode': ({ body }) => ({ fields: fromRotation(ops.decodeRotation(bytes(body))) }),
  ...fsmMachineHandlers(ops),
});
