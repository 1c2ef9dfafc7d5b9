/**
 * Replica: takes a log from the raft core above it, applies what is committed, and remembers how far it came, over files
 * and stores that may fail.
 *
 * Implements base/log-append, base/applied-index and base/halted-replica (spec/base/replica.md); what opening one does is in
 * start-replica.ts, what it says of itself in replica-state.ts, what applying one entry comes to in the apply hook of 6E-2.
 */
import type { CommittedEntry, Dispatch } from '../6E-2/apply-hook.js';
import { ColdStartWalk } from '../6E-2/cold-start.js';
import type { Applied, SidecarAtPath } from '../base/applier.js';
import { Refusal, refuse } from '../base/errors.js';
import { deriveNodeId, type RaftIndex } from '../base/ids.js';
import type { Kek } from '../base/kek.js';
import type { KeyStore } from '../base/key-store.js';
import type { LogEntry } from '../base/log-entry.js';
import type { ReplicaLog } from '../base/replica-log.js';
import type { Clock } from '../ports/clock.js';
import type { Files } from '../ports/files.js';
import type { RandomBytes } from '../ports/random.js';
import type { OpenStore } from '../ports/store.js';
import type { Operations } from './compose.js';
import { EntrySidecar } from './entry-sidecar.js';
import { replicaState, type ReplicaState } from './replica-state.js';
import { Sealing } from './sealing.js';
import { headerNow } from './snapshots.js';
import type { Started } from './start-replica.js';
import type { ReplicaStateMachine, Snapshot } from './state-machine.js';

/** What a replica has of the machine that it runs on. */
export interface ReplicaPorts {
  readonly files: Files;
  readonly openStore: OpenStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** False for runs in which nothing is about the disk: no batch is synced. */
  readonly sync: boolean;
}

/** Whose replica it is, and where. */
export interface ReplicaOptions {
  readonly directory: string;
  /** The id of the node; one that never leads needs none. */
  readonly raftId?: string;
  /** Null where the node has none: then it has no cipher either. */
  readonly kek: Kek | null;
}

/** What became of one entry. */
export interface EntryResult {
  readonly index: RaftIndex;
  readonly outcome: 'apply' | 'skip' | 'drop' | 'reapply';
  /** The ordinary refusal with which the state machine answered. */
  readonly refused?: Refusal;
}

/** What became of the entries that were to be applied. */
export interface ApplyOutcome {
  readonly results: readonly EntryResult[];
  readonly applied: RaftIndex;
  /** Before which entry the replica stopped, and why. */
  readonly halted: { readonly index: RaftIndex; readonly refusal: Refusal } | null;
}

/** Who is told what becomes of the log: the leader side of the same node. It waits for nothing and refuses nothing. */
export interface LogWatcher {
  /** They are in the log, and what stood at their place or behind its end is gone. */
  appended(entries: readonly LogEntry[]): void;
  /** With the ordinary refusal with which the state machine answered. */
  applied(entry: LogEntry, refused: Refusal | null): void;
  /** A snapshot stands for what the log had in front. */
  installed(): void;
  halted(refusal: Refusal): void;
}

/**
 * One open replica. Its operations are called one after the other, each when the one before has answered, and so are those of its leader side. Two that
 * change the log or the state at once would take the same index: the second throws an `Error`, since its caller is wrong.
 *
 * @clause base/log-append base/applied-index base/halted-replica 6E-2/replay-from-applied
 */
export class Replica {
  /** The form of what this node proposes. */
  readonly sealing: Sealing;
  readonly #ops: Operations;
  readonly #ports: ReplicaPorts;
  readonly #log: ReplicaLog;
  readonly #machine: ReplicaStateMachine;
  readonly #keys: KeyStore | null;
  readonly #sidecar: SidecarAtPath;
  readonly #entrySidecar: EntrySidecar;
  readonly #close: () => Promise<void>;
  #cutover: RaftIndex;
  #commit = 0n as RaftIndex;
  /** The next entry that `apply` looks at. */
  #next: RaftIndex;
  readonly #walk = new ColdStartWalk();
  #halted: { readonly index: RaftIndex; readonly refusal: Refusal } | null = null;
  #watcher: LogWatcher | null = null;
  #busy = false;

  private constructor(ops: Operations, ports: ReplicaPorts, { kek, raftId = '' }: ReplicaOptions, started: Started) {
    this.#ops = ops;
    this.#ports = ports;
    ({ log: this.#log, machine: this.#machine, keys: this.#keys, sidecar: this.#sidecar, cutover: this.#cutover, close: this.#close } = started);
    this.#next = this.#log.base.index + 1n as RaftIndex;
    this.sealing = new Sealing(ops, { ...started, nodeId: deriveNodeId(raftId), rows: this.#machine, on: started.wrap });
    this.#entrySidecar = new EntrySidecar(this.#sidecar, ops.durableOrder() === 'store-first');
    this.#machine.wire(ops.entryHandlers({
      kek, keys: this.#keys, sidecar: this.#entrySidecar, rows: this.#machine, epochs: this.sealing.epochs, clock: ports.clock,
      installer: (cutover, raftKey) => this.sealing.install(cutover, raftKey), keepView: () => {}, // It seals no values, so nobody asks for the view.
    }));
  }

  /**
   * Starts a replica from its directory. Nothing is applied and nothing is committed.
   *
   * @throws Refusal with a start-up reason; what was opened is closed again
   */
  static async open(ops: Operations, ports: ReplicaPorts, options: ReplicaOptions): Promise<Replica> {
    return new Replica(ops, ports, options, await ops.startReplica(ports, options));
  }

  /**
   * Puts entries into the log; they are durable when it answers, with the index of the last entry. Where the store fails, nobody
   * knows what it has, and the replica halts.
   *
   * @throws Refusal `log-gap`, `log-committed`, `store-failure`, `replica-halted`
   */
  async append(entries: readonly LogEntry[]): Promise<RaftIndex> {
    this.#ops.refuseHalted(this.#halted);
    const { applied } = this.#machine;
    try {
      return await this.#alone(async () => {
        const last = await this.#log.append(entries, applied > this.#commit ? applied : this.#commit, this.#ports.sync);
        this.#watcher?.appended(entries);
        return last;
      });
    } catch (error) {
      if (error instanceof Refusal && error.reason === 'store-failure') this.#halt(this.#next, error);
      throw error;
    }
  }

  /**
   * Moves the commit index, which is volatile. A lower one changes nothing.
   *
   * @throws Refusal `commit-beyond-log`, `replica-halted`
   */
  commit(to: RaftIndex): void {
    this.#ops.refuseHalted(this.#halted);
    this.#commit = this.#ops.movedCommit(this.#commit, to, this.#log.last);
  }

  /**
   * Applies committed entries, up to an index or exactly one. After a start it begins with the first entry of the log, and
   * says of those that count as applied only what cold start makes of them.
   *
   * @throws Refusal `replica-halted`
   */
  async apply({ to, step = false }: { readonly to?: RaftIndex; readonly step?: boolean } = {}): Promise<ApplyOutcome> {
    this.#halted = this.#ops.refuseHalted(this.#halted);
    return await this.#alone(() => this.#applyUpTo(to, step));
  }

  async #applyUpTo(to: RaftIndex | undefined, step: boolean): Promise<ApplyOutcome> {
    const results: EntryResult[] = [];
    const last = to !== undefined && to < this.#commit ? to : this.#commit;
    try {
      for await (const entries of this.#log.entries(this.#next, last, ...(step ? [1n] : []))) {
        for (const entry of entries) {
          const result = await this.#applyOne(entry);
          if (this.#halted !== null) return this.#outcome(results);
          this.#next = entry.index + 1n as RaftIndex;
          if (result?.outcome === 'apply' || result?.outcome === 'skip') this.#watcher?.applied(entry, result.refused ?? null);
          if (result !== null) results.push(result);
          if (step && result !== null) return this.#outcome(results);
        }
      }
    } catch (error) {
      // A log, a store or a disk that fails on the way: the replica stops before the entry that comes next, with what it did so far.
      if (!(error instanceof Refusal)) throw error;
      this.#halt(this.#next, error);
    }
    return this.#outcome(results);
  }

  // What the leader side of the node asks of it

  /** From here on it is told what becomes of the log. */
  watch(watcher: LogWatcher): void {
    this.#watcher = watcher;
  }

  /** The entries of the log that are not applied. @throws Refusal `log-unreadable` */
  unapplied(): AsyncIterable<readonly LogEntry[]> {
    return this.#log.entries(this.#machine.applied + 1n as RaftIndex, this.#log.last);
  }

  get applied(): RaftIndex {
    return this.#machine.applied;
  }

  get commitIndex(): RaftIndex {
    return this.#commit;
  }

  get last(): RaftIndex {
    return this.#log.last;
  }

  /** The term of the last entry; 0 where there is none. @throws Refusal `log-unreadable` */
  get lastTerm(): bigint {
    return this.#log.termAt(this.#log.last) ?? 0n;
  }

  /** The recorded cutover by which it dispatches; 0: none. */
  get recorded(): RaftIndex {
    return this.#cutover;
  }

  get halted(): { readonly index: RaftIndex; readonly refusal: Refusal } | null {
    return this.#halted;
  }

  /** What it says of itself; also a halted one. */
  state(): ReplicaState {
    return replicaState(this.#ops, {
      log: this.#log, machine: this.#machine, keys: this.#keys, sidecar: this.#sidecar, epochs: this.sealing.epochs,
      cutover: this.#cutover, wrap: this.sealing.on, commit: this.#commit, halted: this.#halted && this.#halted.refusal,
    });
  }

  /**
   * The header bytes of a snapshot that is taken now.
   *
   * @clause repair/snapshot-carries-cutover base/snapshot-header-writer
   * @throws Refusal `replica-halted`
   */
  snapshotHeader(): Uint8Array {
    this.#ops.refuseHalted(this.#halted);
    return headerNow(this.#ops, this.#machine, this.#cutover);
  }

  /**
   * A snapshot of all that is applied. Nothing is cut off.
   *
   * @throws Refusal `replica-halted`, `log-unreadable`
   */
  takeSnapshot(): Snapshot {
    this.#ops.refuseHalted(this.#halted);
    return this.#ops.takeSnapshot({ log: this.#log, machine: this.#machine }, this.#cutover);
  }

  /**
   * Takes a snapshot in the place of its state, and of its log up to there. Where the disk or a store fails, only the next start knows what they
   * have, and the replica halts.
   *
   * @clause repair/snapshot-adoption
   * @throws Refusal `replica-halted`, `snapshot-old`, of the header, `snapshot-body`, `cutover-divergence`, `snapshot-key-missing`, `local-epoch-exhausted`, and then nothing has changed; `store-failure`, `write-failed`,
   *   `unsupported-filesystem`
   */
  async installSnapshot(snapshot: Snapshot): Promise<RaftIndex> {
    this.#ops.refuseHalted(this.#halted);
    const parts = { log: this.#log, machine: this.#machine, sidecar: this.#sidecar, keys: this.#keys, epochs: this.sealing.epochs, sync: this.#ports.sync };
    const read = this.#ops.checkSnapshot(parts, snapshot);
    try {
      const adopted = await this.#alone(() => this.#ops.installSnapshot(parts, snapshot, read));
      // 8. What lives in memory.
      this.#cutover = adopted.cutover;
      this.sealing.adopted(adopted);
    } catch (error) {
      if (error instanceof Refusal) this.#halt(this.#next, error);
      throw error;
    }
    if (snapshot.index > this.#commit) this.#commit = snapshot.index;
    this.#next = snapshot.index + 1n as RaftIndex;
    this.#watcher?.installed();
    return this.#machine.applied;
  }

  /** Stops it cleanly; also a halted one. */
  close(): Promise<void> {
    return this.#close();
  }

  async #alone<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error('a replica does one thing after the other: the operation before has not answered yet');
    this.#busy = true;
    try {
      return await operation();
    } finally {
      this.#busy = false;
    }
  }

  /** Null for an entry that cold start passes. */
  async #applyOne(entry: LogEntry): Promise<EntryResult | null> {
    const { index } = entry;
    const dispatch: Dispatch = { boundary: this.#ops.dispatchBoundary(this.#cutover), keys: this.#keys };
    const cold = this.#walk.next(this.#ops, entry, this.#machine.applied, dispatch);
    switch (cold.step) {
      case 'pass': return null;
      case 'again': return result(index, 'reapply', this.#machine.apply(cold.payload));
      case 'begin': return this.#hook(entry, dispatch);
    }
  }

  async #hook(entry: CommittedEntry, dispatch: Dispatch): Promise<EntryResult | null> {
    const { index } = entry;
    const { sync } = this.#ports;
    // 1. and 2. The rows are decided and the sidecar is written while the entry goes through the hook.
    const applied = this.#ops.applyEntry(entry, this.#machine.applied, dispatch, this.#machine);
    switch (applied.outcome) {
      case 'halt':
        this.#halt(index, applied.refusal);
        await this.#machine.keep(sync);
        this.#entrySidecar.settle();
        return null;
      case 'drop':
        return result(index, 'drop');
      case 'skip':
        await this.#machine.move({ index, payload: null }, sync);
        return result(index, 'skip');
      case 'reapply':
        return result(index, 'reapply', applied.answer);
      case 'apply': {
        const { payload, answer } = applied;
        // 3. One batch.
        await this.#machine.move({ index, payload }, sync);
        this.#entrySidecar.settle();
        // 4. What lives in memory.
        if (answer.verdict === 'answered') this.#adopt(answer.answer);
        this.sealing.applied(payload);
        return result(index, 'apply', answer);
      }
    }
  }

  /** The first refusal on which it halts is the one that it tells. */
  #halt(index: RaftIndex, refusal: Refusal): void {
    if (this.#halted !== null) return;
    this.#halted = { index, refusal };
    this.#watcher?.halted(refusal);
  }

  #adopt({ cutover }: Applied): void {
    if (cutover === null) return;
    this.#cutover = cutover;
    this.sealing.cutoverApplied();
  }

  #outcome(results: readonly EntryResult[]): ApplyOutcome {
    return { results, applied: this.#machine.applied, halted: this.#halted };
  }
}

/**
 * The commit index after the raft core has named one: one below it changes nothing.
 *
 * @clause base/log-append
 * @throws Refusal `commit-beyond-log`
 */
export function movedCommit(before: RaftIndex, to: RaftIndex, last: RaftIndex): RaftIndex {
  if (to > last) refuse('commit-beyond-log', { clause: 'base/log-append', field: 'commit index', expected: `at most ${last}`, got: `${to}` });
  return to > before ? to : before;
}

/**
 * A replica that halted applies nothing more until it is opened again; to one that runs nothing has happened.
 *
 * @clause base/halted-replica
 * @throws Refusal `replica-halted`
 */
export function refuseHalted(halted: { readonly index: RaftIndex } | null): null {
  if (halted !== null) refuse('replica-halted', { clause: 'base/halted-replica', field: 'replica', expected: 'one that runs', got: `one that halted before ${halted.index}` });
  return null;
}

const result = (index: RaftIndex, outcome: EntryResult['outcome'], answer: { readonly verdict: string; readonly refusal?: Refusal } | null = null): EntryResult =>
  ({ index, outcome, ...(answer?.verdict === 'refused' && answer.refusal && { refused: answer.refusal }) });
