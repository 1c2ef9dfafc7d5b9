/**
 * Snapshots: taking one, and installing one so that no crash leaves half of it.
 *
 * Implements the order of repair/snapshot-adoption (spec/repair/snapshot-adoption.md); the numbers are those of its steps. What an install
 * makes of cutover, switch and sidecar are decisions of the composition. Header and body stand one behind the other.
 */
import type { SidecarAtPath } from '../base/applier.js';
import { concat } from '../base/bytes.js';
import { Refusal, refuse } from '../base/errors.js';
import type { LocalEpoch, RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import { PeekableSource } from '../base/peekable-source.js';
import type { ReplicaLog } from '../base/replica-log.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';
import type { SnapshotBody } from '../base/snapshot-body.js';
import type { SnapshotHeader } from '../base/snapshot-header.js';
import type { Operations } from './compose.js';
import type { AdoptedSidecar } from './sealing.js';
import type { ReplicaStateMachine, Snapshot } from './state-machine.js';

const CLAUSE = 'repair/snapshot-adoption';

/** The parts of a replica that a snapshot is taken from, or installed into. */
export interface SnapshotParts {
  readonly log: ReplicaLog;
  readonly machine: ReplicaStateMachine;
  readonly sidecar: SidecarAtPath;
  readonly keys: KeyStore | null;
  /** The epochs of this load; all 0 before a start has raised them. */
  readonly epochs: Readonly<Record<Purpose, LocalEpoch>>;
  readonly sync: boolean;
}

/**
 * The header of a snapshot that is taken now. What a writer remembers of its load, the source still says: neither the recorded cutover nor the
 * applied index ever falls back.
 *
 * @clause repair/snapshot-carries-cutover base/snapshot-header-writer
 */
export const headerNow = (ops: Operations, { applied, leaseCeiling }: Pick<ReplicaStateMachine, 'applied' | 'leaseCeiling'>, cutover: RaftIndex): Uint8Array =>
  ops.writeSnapshotHeader(0n as RaftIndex, ops.snapshotCutover(cutover, applied), leaseCeiling).header;

/**
 * A snapshot of all that is applied.
 *
 * @clause repair/snapshot-adoption repair/snapshot-carries-cutover
 * @throws Refusal `log-unreadable`
 */
export function takeSnapshot(ops: Operations, { log, machine }: Pick<SnapshotParts, 'log' | 'machine'>, cutover: RaftIndex): Snapshot {
  const { body } = machine;
  const term = log.termAt(body.applied) ?? refuse('log-unreadable', { clause: CLAUSE, field: 'log', expected: `an entry at ${body.applied}, which is applied`, got: 'none' });
  return { index: body.applied, term, data: concat(headerNow(ops, machine, cutover), ops.encodeSnapshotBody({ ...body, term })) };
}

/** A snapshot that was read. */
export interface ReadSnapshot {
  readonly header: SnapshotHeader;
  readonly body: SnapshotBody;
}

/**
 * Step 1: a snapshot, whole, before anything changes.
 *
 * @clause repair/snapshot-adoption base/snapshot-header-layout
 * @throws Refusal of the header; `snapshot-body`
 */
export function readSnapshot(ops: Operations, { index, term, data }: Snapshot): ReadSnapshot {
  let at = 0;
  const source = new PeekableSource({ read: (max) => data.subarray(at, at += Math.min(max, data.length - at)) });
  const header = ops.readSnapshotHeader(source);
  const body = ops.decodeSnapshotBody(data.subarray(source.consumed));
  if (body.applied !== index || body.term !== term) {
    refuse('snapshot-body', { clause: CLAUSE, field: 'body', expected: `the state at ${index} of term ${term}`, got: `that at ${body.applied} of term ${body.term}` });
  }
  // Nobody applies a cutover entry without the active key that it names, and no start takes a cutover without one.
  if (header.cutover !== 0n && body.keys.active.raft === 0) {
    refuse('snapshot-body', { clause: CLAUSE, field: 'active raft key', expected: `one, beside the cutover at ${header.cutover}`, got: 'none' });
  }
  return { header, body };
}

/**
 * The sidecar that a snapshot leaves, and the cutover in it. Nothing is changed.
 *
 * @clause repair/snapshot-adoption
 * @throws Refusal `local-epoch-exhausted`
 */
export function sidecarBehind(ops: Operations, before: SidecarState | null, { header, body }: ReadSnapshot, epochs: SnapshotParts['epochs']): AdoptedSidecar {
  const cutover = ops.cutoverAfterInstall(before?.raftEnvelopeCutover ?? 0n as RaftIndex, header.cutover);
  return { before, cutover, after: ops.sidecarAfterInstall(before, { cutover, keys: body.keys, mark: body.sidecarMark, epochs }) };
}

/**
 * Steps 1 to 3: refuses a snapshot that may not be installed. Nothing is changed.
 *
 * @clause repair/snapshot-adoption repair/key-present
 * @throws Refusal `snapshot-old`, of the header, `snapshot-body`, `cutover-divergence`, `snapshot-key-missing`, `local-epoch-exhausted`; of a sidecar that cannot be read, or could
 *   not be written
 */
export function checkSnapshot(ops: Operations, { machine, sidecar, keys, epochs }: SnapshotParts, snapshot: Snapshot): ReadSnapshot {
  // 1. It says more than is applied, and can be read.
  if (snapshot.index <= machine.applied) {
    refuse('snapshot-old', { clause: CLAUSE, field: 'index', expected: `above ${machine.applied}, which is applied`, got: `${snapshot.index}` });
  }
  const read = ops.readSnapshot(snapshot);
  // 2. Its cutover.
  const before = sidecar.read();
  ops.checkSnapshotCutover({ recorded: before?.raftEnvelopeCutover ?? 0n as RaftIndex, carried: read.header.cutover, index: snapshot.index });
  // 3. Its keys; and the sidecar that it leaves is one that can be written.
  ops.checkSnapshotKeys(read.body.keys.active, keys?.ids() ?? []);
  const { after } = sidecarBehind(ops, before, read, epochs);
  if (after !== null) ops.serialiseSidecar(after);
  return read;
}

/**
 * Steps 5 to 7, of a snapshot that was put aside.
 *
 * @clause repair/snapshot-adoption
 * @throws Refusal `store-failure`, `write-failed`, `unsupported-filesystem`, `log-unreadable`: the next start goes on
 */
export async function finishInstall(
  ops: Operations, { log, machine, sidecar, epochs, sync }: SnapshotParts, snapshot: Snapshot, read: ReadSnapshot,
): Promise<AdoptedSidecar> {
  // 5. The sidecar, where it changes.
  const adopted = sidecarBehind(ops, sidecar.read(), read, epochs);
  if (adopted.after !== null && adopted.after !== adopted.before) sidecar.write(adopted.after);
  // 6. The log.
  await log.cut(snapshot, sync);
  // 7. The state.
  const { ceiling } = ops.restoreSnapshotHeader({ ceiling: machine.leaseCeiling, cutover: adopted.cutover }, read.header);
  await machine.adopt(read.body, ceiling, sync);
  return adopted;
}

/**
 * Installs a snapshot that was checked. What is in memory beside the state is the caller's: step 8.
 *
 * @clause repair/snapshot-adoption
 * @throws Refusal as `finishInstall`
 */
export async function installSnapshot(ops: Operations, parts: SnapshotParts, snapshot: Snapshot, read: ReadSnapshot): Promise<AdoptedSidecar> {
  // 4. The whole of it, put aside.
  await parts.machine.stage(snapshot, parts.sync);
  return ops.finishInstall(parts, snapshot, read);
}

/** An install that a crash cut short, and the directory as it will be when it is finished. */
export interface UnfinishedInstall {
  readonly snapshot: Snapshot;
  readonly read: ReadSnapshot;
  /** The sidecar that it leaves; null: none. */
  readonly sidecar: SidecarState | null;
  /** The entries of the log that it leaves. */
  readonly first: RaftIndex;
  readonly last: RaftIndex;
}

/**
 * What a start finds put aside; null when there is nothing. Nothing is changed.
 *
 * @clause repair/snapshot-adoption base/start
 * @throws Refusal `log-unreadable`
 */
export function unfinishedInstall(ops: Operations, { log, machine }: Pick<SnapshotParts, 'log' | 'machine'>, found: SidecarState | null): UnfinishedInstall | null {
  const snapshot = machine.staged;
  if (snapshot === null) return null;
  try {
    const read = ops.readSnapshot(snapshot);
    const { after } = sidecarBehind(ops, found, read, { storage: 0 as LocalEpoch, raft: 0 as LocalEpoch });
    return { snapshot, read, sidecar: after, first: snapshot.index + 1n as RaftIndex, last: log.behind(snapshot).last };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse('log-unreadable', { clause: CLAUSE, field: 'snapshot that is put aside', expected: 'one that was checked', got: error.reason });
  }
}
