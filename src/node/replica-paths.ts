/**
 * Where a replica keeps its files, below its directory.
 */
import { join } from 'node:path';

/**
 * The layout of a replica's directory: the sidecar and the identity of the log beside it, the stores of log and state machine,
 * and the directory of the first two.
 *
 * @clause base/start
 */
export const REPLICA_LAYOUT = {
  encryption: 'encryption', sidecar: 'encryption/keys.json', identity: 'encryption/log-id', log: 'log', fsm: 'fsm',
} as const;

/** The same as paths. */
export type ReplicaPaths = Readonly<Record<keyof typeof REPLICA_LAYOUT, string>>;

/**
 * The files and directories of the replica in a directory.
 *
 * @clause base/start
 */
export const replicaPaths = (directory: string): ReplicaPaths => ({
  encryption: join(directory, REPLICA_LAYOUT.encryption),
  sidecar: join(directory, REPLICA_LAYOUT.sidecar),
  identity: join(directory, REPLICA_LAYOUT.identity),
  log: join(directory, REPLICA_LAYOUT.log),
  fsm: join(directory, REPLICA_LAYOUT.fsm),
});
