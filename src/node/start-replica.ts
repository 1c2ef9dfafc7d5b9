/**
 * Starting a replica: what it reads from its directory, in which order it refuses, and what it makes durable before it takes
 * its first entry.
 *
 * Implements base/start and base/start-raises-epochs (spec/base/replica.md); the numbers are those of its steps.
 */
import type { SidecarAtPath } from '../base/applier.js';
import { quietly, Refusal, refuse, refusingSystem, refusingSystemLater } from '../base/errors.js';
import type { KeyId, LocalEpoch, RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import { ReplicaLog } from '../base/replica-log.js';
import type { Purpose } from '../base/sidecar.js';
import type { Files } from '../ports/files.js';
import type { Store } from '../ports/store.js';
import type { Operations } from './compose.js';
import { replicaPaths } from './replica-paths.js';
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
  /** The active raft key; 0: none. */
  readonly raftKey: KeyId;
  readonly wrap: boolean;
  /** Closes all that is open, whatever fails. @throws Refusal `store-failure`, the first failure */
  readonly close: () => Promise<void>;
}

/**
 * Starts a replica.
 *
 * @clause base/start base/start-raises-epochs 6E-2/start-up-sets-switch repair/log-identity repair/sidecar-in-place repair/fresh-epoch-at-start repair/key-present
 *   repair/snapshot-adoption repair/no-early-index
 * @throws Refusal with a start-up reason; what was opened is closed again
 */
export async function startReplica(ops: Operations, ports: ReplicaPorts, options: ReplicaOptions): Promise<Started> {
  const opened: Store[] = [];
  const close = (): Promise<void> => closeAll(opened.splice(0).reverse());
  try {
    return { ...await start(ops, ports, options, opened), close };
  } catch (error) {
    // What refused the start is told, whatever closing comes to.
    await close().catch(() => {});
    throw error;
  }
}

async function start(ops: Operations, ports: ReplicaPorts, { directory, kek }: ReplicaOptions, opened: Store[]): Promise<Omit<Started, 'close'>> {
  const { files, random } = ports;
  const paths = replicaPaths(directory);
  // 1. The directories and the stores. What is not there is made, and its name is durable before anything is put into it.
  refusingSystem(() => files.makeDirectory(paths.encryption),
    (got) => new Refusal('write-failed', { clause: 'base/start', field: 'directory', expected: 'one that can be made', got }));
  const logStore = await openStore(ports, paths.log, opened);
  const log = await ReplicaLog.open(logStore);
  const machine = await ReplicaStateMachine.open(ops, await openStore(ports, paths.fsm, opened));
  ops.syncStoreNames(files, directory);
  // 2. The sidecar: none, or one that can be read. Where a crash cut the install of a snapshot short, the start looks at the directory that it leaves.
  const sidecar = ops.sidecarAtPath(files, paths.sidecar);
  const found = sidecar.read();
  const unfinished = ops.unfinishedInstall({ log, machine }, found);
  let state = unfinished === null ? found : unfinished.sidecar;
  const { first, last } = unfinished ?? log;
  // 3. The identity of the log.
  const places = { files, path: paths.identity, log: logStore };
  const identity = ops.logIdentity({ ...ops.findIdentity(places), sidecar: found, sidecarDue: machine.sidecarMark > 0n });
  // 4. A log that ends before what was applied has lost entries, and so has one that begins behind it.
  if (last < machine.applied) {
    refuse('log-unreadable', { clause: 'base/start', field: 'log', expected: `entries up to ${machine.applied}, which is applied`, got: `up to ${last}` });
  }
  if (unfinished === null && log.base.index > machine.applied) {
    refuse('log-unreadable', { clause: 'base/start', field: 'log', expected: `entries behind ${machine.applied}, which is applied`, got: `from ${first} on` });
  }
  // 5. The sidecar stands between what the store has taken over and the end of the log.
  ops.checkSidecarPlace(found, { mark: machine.sidecarMark, last: identity === 'keep' || identity === 'finish' ? last : null });
  // 6. A recorded cutover needs a raft key.
  if (state !== null) ops.checkCutoverKey(state);
  // 7. The keys.
  const keys = kek === null ? null : ops.keyStore();
  if (kek !== null && keys !== null && state !== null) ops.hydrateKeyStore(keys, kek, state);
  const raised = kek === null || state === null ? [] : ops.epochsRaisedAtStart(state);
  // 8. What was applied above a recorded cutover.
  const cutover = state?.raftEnvelopeCutover ?? 0n as RaftIndex;
  if (cutover !== 0n) await ops.checkEarlyIndex(log.entries(later(cutover + 1n, first), machine.applied), cutover, keys);
  // 9. All that the directory says fits together. From here on the disk has to keep what is written.
  if (kek !== null) ops.probeFilesystem(files, paths.sidecar, random);
  // 10. The identity, where it is to be made or named.
  if (identity === 'adopt') {
    // The sidecar before the identity: a crash between them leaves a log that has none yet.
    const adopted = state && ops.sidecarInLog(state, log.last);
    if (adopted !== null) sidecar.write(adopted);
    await ops.adoptIdentity(places, random);
  }
  if (identity === 'finish') ops.publishIdentity(places);
  const epochs: Record<Purpose, LocalEpoch> = { storage: 0 as LocalEpoch, raft: 0 as LocalEpoch };
  // 11. The install that a crash cut short.
  if (unfinished !== null) ({ after: state } = await ops.finishInstall({ log, machine, sidecar, keys, epochs, sync: ports.sync }, unfinished.snapshot, unfinished.read));
  // 12. The epochs of this load, raised before anything can be wrapped in them.
  if (state !== null) for (const purpose of raised) epochs[purpose] = ops.bumpSidecarEpoch(files, paths.sidecar, state.active[purpose]);
  // 13. The recorded cutover and the wrap switch.
  return { log, machine, keys, sidecar, epochs, cutover, raftKey: state?.active.raft ?? 0 as KeyId, wrap: ops.switchAtStart(cutover) };
}

/**
 * The names of the stores are durable: what a store has synced is lost with its directory.
 *
 * @clause base/start
 * @throws Refusal `unsupported-filesystem`, `write-failed`
 */
export function syncStoreNames(files: Files, directory: string): void {
  const clause = 'base/start';
  const opened = refusingSystem(() => files.openDirectory(directory),
    (got) => new Refusal('write-failed', { clause, field: 'directory', expected: 'one that can be opened', got }));
  try {
    refusingSystem(() => opened.sync(), (got) => new Refusal('unsupported-filesystem', { clause, field: 'directory', expected: 'names that can be synced', got }));
  } finally {
    quietly(() => opened.close());
  }
}

const later = (index: bigint, than: RaftIndex): RaftIndex => (index > than ? index : than) as RaftIndex;

/** @throws Refusal `log-unreadable` for what the store throws */
async function openStore({ openStore: openAt }: ReplicaPorts, path: string, opened: Store[]): Promise<Store> {
  const store = await refusingSystemLater(() => openAt(path),
    (got) => new Refusal('log-unreadable', { clause: 'base/log-append', field: 'store', expected: 'one that opens', got }));
  opened.push(store);
  return store;
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  const closed = await Promise.allSettled(stores.map((store) => refusingSystemLater(() => store.close(),
    (got) => new Refusal('store-failure', { clause: 'base/start', field: 'store', expected: 'one that closes', got }))));
  const failed = closed.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
