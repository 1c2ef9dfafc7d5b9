/** Where a node of the reference keeps its files, below its directory: by role, as the handshake declares it. */
import { REPLICA_LAYOUT } from '../../../src/node/replica-paths.js';
import type { FileRole } from '../../protocol/operations.js';

export const files: Readonly<Record<FileRole, string>> = {
  sidecar: REPLICA_LAYOUT.sidecar, identity: REPLICA_LAYOUT.identity, log: `${REPLICA_LAYOUT.log}/**`, fsm: `${REPLICA_LAYOUT.fsm}/**`,
};
