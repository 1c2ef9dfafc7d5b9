/** Where a node of the reference keeps its files, below its directory. */
import type { FileRole } from '../../protocol/operations.js';

export const SIDECAR_FILE = 'encryption/keys.json';
export const IDENTITY_FILE = 'encryption/log-id';
export const LOG_DIRECTORY = 'log';
export const FSM_DIRECTORY = 'fsm';

/** The same by role, as the handshake declares it. */
export const files: Readonly<Record<FileRole, string>> = {
  sidecar: SIDECAR_FILE, identity: IDENTITY_FILE, log: `${LOG_DIRECTORY}/**`, fsm: `${FSM_DIRECTORY}/**`,
};
