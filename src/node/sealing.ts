/**
 * Sealing: the wrap switch of one load, the wrapper behind it, and the epochs under which it counts.
 *
 * Implements the node's part of 6E-2/wrap-switch and 6E-2/writer-registered (spec/6E-2/wrap-on-propose.md), and repair/fresh-epoch
 * (spec/repair/fresh-epoch.md). The replica tells it what was applied; the leader asks it for the form of what it proposes.
 */
import type { ProposalWrapper } from '../6E-2/wrap-on-propose.js';
import type { RegistryRows, SidecarAtPath } from '../base/applier.js';
import { findRow } from '../base/apply-registration.js';
import { Refusal, refuse } from '../base/errors.js';
import { registrationPayload, type WriterRow } from '../base/fsm-entries.js';
import type { FullNodeId, KeyId, LocalEpoch, RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import { checkReady } from '../base/leader-role.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';
import type { RegistryKey, RegistryValue } from '../base/writer-registry.js';
import { raiseEpochAbove } from '../repair/fresh-epoch.js';
import type { Operations } from './compose.js';

/** The node whose proposals are sealed, as its start left it. */
export interface SealingParts {
  readonly nodeId: FullNodeId;
  /** Null where it has no cipher: then it can seal nothing. */
  readonly keys: KeyStore | null;
  readonly sidecar: SidecarAtPath;
  readonly rows: Pick<RegistryRows, 'get'> & { registry(): readonly (RegistryKey & RegistryValue)[] };
  readonly epochs: Readonly<Record<Purpose, LocalEpoch>>;
  readonly cutover: RaftIndex;
  /** The active raft key; 0: none. */
  readonly raftKey: KeyId;
  /** The wrap switch. */
  readonly on: boolean;
}

/** A payload in the form in which it is proposed. */
export interface SealedPayload {
  readonly payload: Uint8Array;
  /** The key under which it is wrapped; null: it is plain. */
  readonly key: KeyId | null;
}

/** The sidecar before and after the installation of a snapshot (null: none), and the recorded cutover. */
export interface AdoptedSidecar {
  readonly before: SidecarState | null;
  readonly after: SidecarState | null;
  readonly cutover: RaftIndex;
}

/**
 * The sealing of one load.
 *
 * @clause 6E-2/wrap-switch 6E-2/writer-registered repair/switch-by-apply repair/fresh-epoch repair/snapshot-adoption
 */
export class Sealing {
  readonly #ops: Operations;
  readonly #parts: SealingParts;
  readonly #epochs: Record<Purpose, LocalEpoch>;
  #wrapper: ProposalWrapper;
  #on: boolean;
  /** Has this leader applied the first entry of its own term? */
  #ownTermApplied = false;
  /** Was the epoch of this load compared with all rows of before a term of its own? */
  #compared = false;
  /** Why the epoch could not be raised. */
  #refusal: Refusal | null = null;

  constructor(ops: Operations, parts: SealingParts) {
    this.#ops = ops;
    this.#parts = parts;
    this.#epochs = { ...parts.epochs };
    this.#on = parts.on;
    this.#wrapper = this.#newWrapper(parts.cutover, parts.raftKey);
  }

  /** The wrap switch. */
  get on(): boolean {
    return this.#on;
  }

  /** The epochs of this load, always those of the moment. */
  get epochs(): Readonly<Record<Purpose, LocalEpoch>> {
    return this.#epochs;
  }

  /** The active raft key, as the sidecar has it; 0: none. @throws Refusal of a sidecar that cannot be read */
  get raftKey(): KeyId {
    return this.#parts.sidecar.read()?.active.raft ?? 0 as KeyId;
  }

  // For a leader

  /**
   * The form of a payload at this moment: as it is while the switch is off, wrapped while it is on.
   *
   * @throws Refusal `leader-not-ready`, `writer-not-registered`, `write-count-exhausted`, `key-not-loaded`; or why the epoch could not be raised
   */
  seal(payload: Uint8Array): SealedPayload {
    if (!this.#on) return { payload, key: null };
    this.#checkReady();
    const { raftKey: key, cutover } = this.#wrapper;
    if (cutover === 0n) refuse('key-not-loaded', { clause: '6E-2/wrap-switch', field: 'raft key', expected: 'one, while the switch is on', got: 'none' });
    return { payload: this.#wrapper.wrap(payload), key };
  }

  /**
   * The same under the active raft key, whatever the switch says.
   *
   * @throws Refusal `write-count-exhausted`, `key-not-loaded`
   */
  sealAnyway(payload: Uint8Array): SealedPayload {
    const key = this.raftKey;
    return { payload: this.#wrapper.seal(key, payload), key };
  }

  /**
   * Step 4 of repair/fresh-epoch: the row with which this load registers itself under the active raft key.
   *
   * @throws Refusal `leader-not-ready`; or why the epoch could not be raised
   */
  proposer(): WriterRow {
    this.#checkReady();
    return { dekId: this.raftKey, fullNodeId: this.#parts.nodeId, localEpoch: this.#epochs.raft };
  }

  /** The payload that registers it. @throws Refusal as `proposer`; `not-bootstrapped`: there is no key to register under */
  registration(): Uint8Array {
    const row = this.proposer();
    if (row.dekId === 0) refuse('not-bootstrapped', { clause: '6E-2/writer-registered', field: 'active.raft', expected: 'a key', got: 'none' });
    return registrationPayload(this.#ops, row);
  }

  /** Would `proposer` name an epoch, or say why there is none? Before the first entry of the term was applied it does neither. */
  get knowsEpoch(): boolean {
    return this.#refusal !== null || this.#ops.mayWrapInTerm(this.#ownTermApplied);
  }

  /** A term of its own begins: its first entry is yet to be applied. */
  termBegins(): void {
    this.#ownTermApplied = false;
    this.#refusal = null;
  }

  /**
   * Step 2 of repair/fresh-epoch: the first entry of its own term was applied, so that it has seen every row there is. What refuses here is
   * told by `seal` and `proposer`.
   */
  termApplied(): void {
    try {
      this.#raiseEpoch();
      this.#compared = true;
      this.#ownTermApplied = true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refusal = error;
    }
  }

  /** Step 5 of the barrier. */
  confirm(): void {
    this.#on = this.#ops.switchAtStep5(this.#on);
  }

  // For the replica

  /** Takes the cutover, or a raft key that was rotated behind it, while the entry is applied. @throws Refusal `argument-zero`, which halts */
  install(cutover: RaftIndex, raftKey: KeyId): void {
    this.#wrapper.install(cutover, raftKey);
  }

  /** A cutover entry was applied, and is durable. */
  cutoverApplied(): void {
    this.#on = this.#ops.switchAfterApply(this.#on);
  }

  /** A payload was applied: a registration of this node may be its own. */
  applied(payload: Uint8Array): void {
    if (this.#ops.classifyPayload(payload) !== 'registration') return;
    const { dekId, fullNodeId, localEpoch } = this.#ops.decodeRegistration(payload.subarray(1));
    if (fullNodeId === this.#parts.nodeId && this.#ops.countsAsRegistered(this.#compared)) this.#wrapper.registered(dekId, localEpoch);
  }

  /** A snapshot was installed: what its sidecar and its cutover come to in memory. */
  adopted({ before, after, cutover }: AdoptedSidecar): void {
    const { raft } = this.#epochs;
    // A key that became active by it has its epoch there.
    for (const purpose of ['storage', 'raft'] as const) {
      const id = after?.active[purpose] ?? 0;
      const epoch = after?.keys?.get(`${id}`)?.localEpoch;
      if (id !== before?.active[purpose] && epoch !== undefined) this.#epochs[purpose] = epoch;
    }
    if (this.#epochs.raft !== raft) this.#renew(this.#wrapper.cutover, this.#wrapper.raftKey);
    const raftKey = after?.active.raft ?? 0 as KeyId;
    if (cutover !== 0n && raftKey !== 0) this.#wrapper.install(cutover, raftKey);
    this.#on = this.#ops.switchAfterInstall(this.#on, cutover);
  }

  /** 1. and, where 2. failed, why. @throws Refusal */
  #checkReady(): void {
    if (this.#refusal !== null) throw this.#refusal;
    checkReady(this.#ops.mayWrapInTerm(this.#ownTermApplied), 'repair/fresh-epoch');
  }

  /** 2. Above every row of this node that a load before this one wrote under a raft key. @throws Refusal `local-epoch-exhausted`, and of the sidecar */
  #raiseEpoch(): void {
    const { rows, sidecar, nodeId } = this.#parts;
    const state = sidecar.read();
    if (state === null || state.active.raft === 0) return;
    const above = rows.registry()
      .filter(({ dekId, fullNodeId }) => fullNodeId === nodeId && state.keys?.get(`${dekId}`)?.purpose !== 'storage')
      .filter(({ dekId, lastSeen }) => this.#ops.raisesEpoch({ row: lastSeen, epoch: this.#epochs.raft, own: this.#wrapper.isRegistered(dekId) }))
      .map(({ lastSeen }) => lastSeen);
    if (above.length === 0) return;
    this.#epochs.raft = raiseEpochAbove(sidecar, state.active.raft, Math.max(...above) as LocalEpoch);
    this.#renew(this.#wrapper.cutover, this.#wrapper.raftKey);
  }

  /** A new epoch counts its nonces from the beginning, and nothing has registered it. */
  #renew(cutover: RaftIndex, raftKey: KeyId): void {
    this.#compared = false;
    this.#wrapper = this.#newWrapper(cutover, raftKey);
  }

  #newWrapper(cutover: RaftIndex, raftKey: KeyId): ProposalWrapper {
    const { nodeId, keys } = this.#parts;
    return this.#ops.proposalWrapper({
      keys: keys ?? this.#ops.keyStore(), nodeId, raftEpoch: this.#epochs.raft, cutover, raftKey, committed: (dekId, epoch) => this.#isRow(dekId, epoch),
    });
  }

  /** Is the row of this node under a key exactly that of this load? */
  #isRow(dekId: KeyId, epoch: LocalEpoch): boolean {
    const { nodeId, rows } = this.#parts;
    const { row } = findRow(this.#ops, rows, { dekId, fullNodeId: nodeId });
    return row !== null && row.fullNodeId === nodeId && row.lastSeen === epoch && this.#ops.countsAsRegistered(this.#compared);
  }
}
