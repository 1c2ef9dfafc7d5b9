/**
 * Replica: takes a log from the raft core above it, applies what is committed, and remembers how far it came, over files
 * and stores that may fail.
 *
 * Implements base/log-append, base/applied-index and base/halted-replica (spec/base/replica.md); what opening one does is in
 * start-replica.ts, what applying one entry comes to in the apply hook of 6E-2.
 */
import type { Reason } from '../../spec/reasons.js';
import type { CommittedEntry, Dispatch } from '../6E-2/apply-hook.js';
import { ColdStartWalk } from '../6E-2/cold-start.js';
import type { Applied, SidecarAtPath } from '../base/applier.js';
import { Refusal, refuse } from '../base/errors.js';
import type { KeyId, LocalEpoch, Millis, RaftIndex } from '../base/ids.js';
import type { Kek } from '../base/kek.js';
import type { KeyStore } from '../base/key-store.js';
import type { LogEntry } from '../base/log-entry.js';
import type { ReplicaLog } from '../base/replica-log.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';
import type { RememberedCutover } from '../base/snapshot-header.js';
import type { RegistryKey, RegistryValue } from '../base/writer-registry.js';
import type { Clock } from '../ports/clock.js';
import type { Files } from '../ports/files.js';
import type { RandomBytes } from '../ports/random.js';
import type { OpenStore } from '../ports/store.js';
import type { Operations } from './compose.js';
import type { Started } from './start-replica.js';
import type { ReplicaStateMachine } from './state-machine.js';

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

/** One data key, as the sidecar has it. */
export interface ReplicaKey {
  readonly id: KeyId;
  readonly purpose: Purpose;
  readonly epoch: LocalEpoch;
  readonly loaded: boolean;
  readonly active: boolean;
}

/** What a replica says of itself. */
export interface ReplicaState {
  readonly applied: RaftIndex;
  /** The recorded cutover by which it dispatches; 0 is none. */
  readonly cutover: RaftIndex;
  readonly wrap: boolean;
  readonly halted: readonly Reason[] | null;
  /** What the file says; null when there is none that can be read. */
  readonly sidecar: { readonly index: RaftIndex; readonly cutover: RaftIndex; readonly storage: boolean; readonly storageCutover: RaftIndex } | null;
  /** By ascending id. */
  readonly keys: readonly ReplicaKey[];
  /** The epochs of this load. */
  readonly epochs: Readonly<Record<Purpose, LocalEpoch>>;
  /** By ascending key id, then node_id16. */
  readonly registry: readonly (RegistryKey & RegistryValue)[];
  readonly leaseMs: Millis;
  readonly log: { readonly first: RaftIndex; readonly last: RaftIndex; readonly commit: RaftIndex };
  readonly chain: Uint8Array;
}

/** The sidecar of one entry: its write may have to wait for the batch, where a composition has the order so. */
class EntrySidecar implements SidecarAtPath {
  readonly #file: SidecarAtPath;
  readonly #waits: boolean;
  #waiting: SidecarState | null = null;

  constructor(file: SidecarAtPath, waits: boolean) {
    this.#file = file;
    this.#waits = waits;
  }

  read(): SidecarState | null {
    return this.#waiting ?? this.#file.read();
  }

  write(state: SidecarState): void {
    if (this.#waits) this.#waiting = state;
    else this.#file.write(state);
  }

  /** The entry is over: what waited is written. */
  settle(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) this.#file.write(waiting);
  }
}

/**
 * One open replica. Its operations are called one after the other.
 *
 * @clause base/log-append base/applied-index base/halted-replica 6E-2/replay-from-applied
 */
export class Replica {
  readonly #ops: Operations;
  readonly #ports: ReplicaPorts;
  readonly #log: ReplicaLog;
  readonly #machine: ReplicaStateMachine;
  readonly #keys: KeyStore | null;
  readonly #sidecar: SidecarAtPath;
  readonly #entrySidecar: EntrySidecar;
  readonly #epochs: Readonly<Record<Purpose, LocalEpoch>>;
  readonly #close: () => Promise<void>;
  #cutover: RaftIndex;
  #wrap: boolean;
  #commit = 0n as RaftIndex;
  /** The next entry that `apply` looks at. */
  #next = 1n as RaftIndex;
  readonly #walk = new ColdStartWalk();
  #halted: { readonly index: RaftIndex; readonly refusal: Refusal } | null = null;
  #remembered = 0n as RememberedCutover;

  private constructor(ops: Operations, ports: ReplicaPorts, kek: Kek | null, started: Started) {
    this.#ops = ops;
    this.#ports = ports;
    ({ log: this.#log, machine: this.#machine, keys: this.#keys, sidecar: this.#sidecar, epochs: this.#epochs, close: this.#close } = started);
    ({ cutover: this.#cutover, wrap: this.#wrap } = started);
    this.#entrySidecar = new EntrySidecar(this.#sidecar, ops.durableOrder() === 'store-first');
    this.#machine.wire(ops.entryHandlers({
      kek, keys: this.#keys, sidecar: this.#entrySidecar, rows: this.#machine, epochs: this.#epochs, clock: ports.clock,
      installer: ops.checkInstall, keepView: () => {}, // It seals no values, so nobody asks for the view.
    }));
  }

  /**
   * Starts a replica from its directory. Nothing is applied and nothing is committed.
   *
   * @throws Refusal with a start-up reason; what was opened is closed again
   */
  static async open(ops: Operations, ports: ReplicaPorts, options: ReplicaOptions): Promise<Replica> {
    return new Replica(ops, ports, options.kek, await ops.startReplica(ports, options));
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
      return await this.#log.append(entries, applied > this.#commit ? applied : this.#commit, this.#ports.sync);
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
    const results: EntryResult[] = [];
    const last = to !== undefined && to < this.#commit ? to : this.#commit;
    try {
      for await (const entries of this.#log.entries(this.#next, last, ...(step ? [1n] : []))) {
        for (const entry of entries) {
          const result = await this.#applyOne(entry);
          if (this.#halted !== null) return this.#outcome(results);
          this.#next = entry.index + 1n as RaftIndex;
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

  /** What it says of itself; also a halted one. */
  state(): ReplicaState {
    const sidecar = this.#readSidecar();
    const { applied, leaseCeiling: leaseMs, chain } = this.#machine;
    return {
      applied, cutover: this.#cutover, wrap: this.#wrap,
      halted: this.#halted && this.#halted.refusal.reasons,
      sidecar: sidecar && {
        index: sidecar.raftAppliedIndex, cutover: sidecar.raftEnvelopeCutover, storage: sidecar.storageEnvelopeActive, storageCutover: sidecar.storageEnvelopeCutover,
      },
      keys: sidecar === null ? [] : this.#keysOf(sidecar),
      epochs: this.#epochs, registry: this.#machine.registry(), leaseMs,
      log: { first: this.#log.first, last: this.#log.last, commit: this.#commit },
      chain,
    };
  }

  /**
   * The header bytes of a snapshot that is taken now.
   *
   * @clause repair/snapshot-carries-cutover base/snapshot-header-writer
   * @throws Refusal `replica-halted`
   */
  snapshotHeader(): Uint8Array {
    this.#ops.refuseHalted(this.#halted);
    const { applied, leaseCeiling } = this.#machine;
    const { remembered, header } = this.#ops.writeSnapshotHeader(this.#remembered, this.#ops.snapshotCutover(this.#cutover, applied), leaseCeiling);
    this.#remembered = remembered;
    return header;
  }

  /** Stops it cleanly; also a halted one. */
  close(): Promise<void> {
    return this.#close();
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
        return result(index, 'apply', answer);
      }
    }
  }

  /** The first refusal on which it halts is the one that it tells. */
  #halt(index: RaftIndex, refusal: Refusal): void {
    this.#halted ??= { index, refusal };
  }

  #adopt({ cutover }: Applied): void {
    if (cutover === null) return;
    this.#cutover = cutover;
    this.#wrap = this.#ops.switchAfterApply(this.#wrap);
  }

  #outcome(results: readonly EntryResult[]): ApplyOutcome {
    return { results, applied: this.#machine.applied, halted: this.#halted };
  }

  #readSidecar(): SidecarState | null {
    try {
      return this.#sidecar.read();
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }

  #keysOf({ keys, active }: SidecarState): readonly ReplicaKey[] {
    return [...keys ?? []].flatMap(([name, { purpose, localEpoch }]) => {
      const id = this.#ops.sidecarKeyId(name);
      const known = purpose === 'raft' ? 'raft' : 'storage';
      return name === `${id}` ? [{ id, purpose: known, epoch: localEpoch, loaded: this.#keys?.ids().includes(id) ?? false, active: active[known] === id } as const] : [];
    }).sort((left, right) => left.id - right.id);
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
