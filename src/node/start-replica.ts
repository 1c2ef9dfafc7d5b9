/**
 * Starting a replica: what it reads from its directory, in which order it refuses, and what it makes durable before it takes
 * its first entry.
 *
 * Implements what 6E-2/start-up-sets-switch, repair/log-identity and base/sidecar-bump-epoch say of a start, and calls what
 * base/sidecar-hydrate and base/filesystem-probe describe. The files of a replica lie below its directory:
 * `encryption/keys.json` (the sidecar), `encryption/log-id` (the identity of the log), `log/` and `fsm/` (its stores).
 */
import { join } from 'node:path';
import type { SidecarAtPath } from '../base/applier.js';
import { Refusal, refuse, systemCode } from '../base/errors.js';
import type { LocalEpoch, RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import { adoptIdentity, findIdentity } from '../base/log-identity.js';
import { ReplicaLog } from '../base/replica-log.js';
import type { Purpose } from '../base/sidecar.js';
import type { Store } from '../ports/store.js';
import type { Operations } from './compose.js';
import type { ReplicaOptions, ReplicaPorts } from './replica.js';
import { ReplicaStateMachine } from './state-machine.js';

/** A replica that has started, before it is told anything. */
export interface Started {
  readonly log: ReplicaLog;
  readonly machine: ReplicaStateMachine;
  readonly keys: KeyStore | null;
  readonly sidecar: SidecarAtPath;
  readonly epochs: Readonly<Record<Purpose, LocalEpoch>>;
  readonly cutover: RaftIndex;
  readonly wrap: boolean;
  readonly close: () => Promise<void>;
}

/**
 * Starts a replica.
 *
 * @clause 6E-2/start-up-sets-switch repair/log-identity base/sidecar-bump-epoch repair/fresh-epoch repair/key-present
 * @throws Refusal with a start-up reason; what was opened is closed again
 */
export async function startReplica(ops: Operations, ports: ReplicaPorts, options: ReplicaOptions): Promise<Started> {
  const opened: Store[] = [];
  const close = async (): Promise<void> => {
    for (const store of opened.splice(0).reverse()) await store.close();
  };
  try {
    return { ...await start(ops, ports, options, opened), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(ops: Operations, ports: ReplicaPorts, { directory, kek }: ReplicaOptions, opened: Store[]): Promise<Omit<Started, 'close'>> {
  const { files, random } = ports;
  const sidecarPath = join(directory, 'encryption', 'keys.json');
  // 1. The stores. Opening one that is not there makes it.
  files.makeDirectory(join(directory, 'encryption'));
  const logStore = await openStore(ports, join(directory, 'log'), opened);
  const log = await ReplicaLog.open(logStore);
  const machine = await ReplicaStateMachine.open(ops, await openStore(ports, join(directory, 'fsm'), opened));
  // 2. The sidecar: none, or one that can be read.
  const sidecar = ops.sidecarAtPath(files, sidecarPath);
  const state = sidecar.read();
  // 3. The identity of the log.
  const places = { files, path: join(directory, 'encryption', 'log-id'), log: logStore };
  const identity = ops.logIdentity({ ...findIdentity(places), sidecar: state, sidecarDue: machine.sidecarDue });
  // A log that ends before what was applied has lost entries.
  if (log.last < machine.applied) {
    refuse('log-unreadable', { clause: 'base/log-append', field: 'log', expected: `entries up to ${machine.applied}, which is applied`, got: `up to ${log.last}` });
  }
  // 4. A recorded cutover needs a raft key.
  if (state !== null) ops.checkCutoverKey(state);
  // 5. The keys.
  const keys = kek === null ? null : ops.keyStore();
  if (kek !== null && keys !== null && state !== null) ops.hydrateKeyStore(keys, kek, state);
  // 6. Nothing was changed so far. From here on the disk has to keep what is written.
  if (kek !== null) ops.probeFilesystem(files, sidecarPath, random);
  if (identity === 'adopt') {
    // The sidecar before the identity: a crash between them leaves a log that has none yet.
    const adopted = state && ops.sidecarInLog(state, log.last);
    if (adopted !== null) sidecar.write(adopted);
    await adoptIdentity(places, random);
  }
  // 7. The epochs of this load, raised before anything can be wrapped in them.
  const epochs: Record<Purpose, LocalEpoch> = { storage: 0 as LocalEpoch, raft: 0 as LocalEpoch };
  if (kek !== null && state !== null) {
    for (const purpose of ops.epochsRaisedAtStart(state)) epochs[purpose] = ops.bumpSidecarEpoch(files, sidecarPath, state.active[purpose]);
  }
  // 8. The recorded cutover and the wrap switch.
  const cutover = state?.raftEnvelopeCutover ?? 0n as RaftIndex;
  return { log, machine, keys, sidecar, epochs, cutover, wrap: ops.switchAtStart(cutover) };
}

/** @throws Refusal `log-unreadable` for what the store throws */
async function openStore({ openStore: openAt }: ReplicaPorts, path: string, opened: Store[]): Promise<Store> {
  try {
    const store = await openAt(path);
    opened.push(store);
    return store;
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof Refusal || code === null) throw error;
    return refuse('log-unreadable', { clause: 'base/log-append', field: 'store', expected: 'one that opens', got: code });
  }
}
