/**
 * Applier: what applying an encryption entry works on, the parts of one node that it reads and changes, and the steps that
 * the entries share.
 *
 * Implements what spec/base/apply-entries.md says in common of bootstrap and all rotations: the parts that are needed, the
 * raft index, `created` and the node's view; and the two marks of repair/replay. The appliers themselves are one file an
 * entry: apply-registration, apply-bootstrap, apply-rotation, apply-storage-cutover, and apply-cutover-entry of 6E-1.
 */
import type { ClauseId } from '../../spec/clauses.js';
import type { Clock } from '../ports/clock.js';
import { refuse } from './errors.js';
import type { WriterRow } from './fsm-entries.js';
import type { KeyId, LocalEpoch, RaftIndex } from './ids.js';
import type { Kek } from './kek.js';
import type { KeyStore } from './key-store.js';
import type { Purpose, SidecarState } from './sidecar.js';

/** The rows of the writer registry, by their exact keys. Whoever provides them says when they become durable. */
export interface RegistryRows {
  /** The value of a row, or null. @throws whatever the store throws */
  get(key: Uint8Array): Uint8Array | null;
  /** @throws whatever the store throws */
  put(key: Uint8Array, value: Uint8Array): void;
  /** Index of the last entry whose rows are in the store: the second mark of repair/replay. 0 where none is kept. */
  readonly mark: RaftIndex;
}

/** The sidecar of a node at its path. */
export interface SidecarAtPath {
  /** Null when there is none. @throws Refusal when it cannot be read */
  read(): SidecarState | null;
  /** Durable when it returns. @throws Refusal */
  write(state: SidecarState): void;
}

/** The part of a node that seals proposals, told of a cutover that was applied or a key that was rotated after it. @throws Refusal, which halts */
export type WrapInstaller = (cutover: RaftIndex, raftKey: KeyId) => void;

/** What the node keeps in memory of its sidecar for the writing of values: the active storage key, and whether the storage envelope is active. */
export interface StorageView {
  /** Null when there is none. */
  readonly storageKey: KeyId | null;
  readonly storageActive: boolean;
}

/** The parts of one node. KEK, key store and sidecar are null where the node has none. */
export interface ApplierParts {
  readonly kek: Kek | null;
  readonly keys: KeyStore | null;
  readonly sidecar: SidecarAtPath | null;
  readonly rows: RegistryRows;
  /** The epochs of this load. */
  readonly epochs: Readonly<Record<Purpose, LocalEpoch>>;
  readonly clock: Clock;
  readonly installer: WrapInstaller | null;
  /** Takes the node's view after every sidecar write, also when what follows the write is refused. */
  readonly keepView: (view: StorageView) => void;
}

/** What an entry came to, for what the node keeps in memory once the effects of the entry are durable. */
export interface Applied {
  /**
   * The raft cutover that stands in the sidecar, when the entry is a cutover entry that recorded it or met it recorded: the boundary of the
   * dispatch, and a reason for the wrap switch to be on. Null where the entry leaves both alone.
   */
  readonly cutover: RaftIndex | null;
}

/** @clause base/apply-bootstrap base/apply-rotation base/apply-storage-cutover */
export const APPLIED: Applied = { cutover: null };

/** The decision of the composition on which replay turns. */
export interface ReplayRule {
  readonly doneBefore: (index: RaftIndex, mark: RaftIndex) => boolean;
}

/** The steps that the appliers share. */
export interface ApplierSteps extends ReplayRule {
  readonly storageView: typeof storageView;
  readonly raiseAppliedIndex: typeof raiseAppliedIndex;
}

/**
 * The view that a node keeps of a sidecar: at its start, and after every write.
 *
 * @clause base/storage-view
 * @param sidecar null where there is none
 */
export const storageView = (sidecar: Pick<SidecarState, 'active' | 'storageEnvelopeActive'> | null): StorageView => ({
  storageKey: sidecar === null || sidecar.active.storage === 0 ? null : sidecar.active.storage,
  storageActive: sidecar?.storageEnvelopeActive ?? false,
});

/**
 * The sidecar's applied index after an entry. 0 means that the index of the entry is not known.
 *
 * @clause base/apply-bootstrap base/apply-rotation base/apply-storage-cutover
 */
export const raiseAppliedIndex = (before: RaftIndex, index: RaftIndex): RaftIndex => index > before ? index : before;

/**
 * Was the entry applied before, as far as a mark tells? Of an index that is not known no mark tells anything.
 *
 * @clause repair/replay
 */
export const appliedBefore = (ops: ReplayRule, index: RaftIndex, mark: RaftIndex): boolean => index !== 0n && ops.doneBefore(index, mark);

/**
 * The parts that bootstrap and rotations need.
 *
 * @clause base/apply-bootstrap base/apply-rotation base/apply-storage-cutover
 * @throws Refusal `kek-not-configured`
 */
export function neededParts(
  { kek, keys, sidecar }: ApplierParts, clause: ClauseId,
): { readonly kek: Kek; readonly keys: KeyStore; readonly sidecar: SidecarAtPath } {
  const missing = kek === null ? 'no KEK' : keys === null ? 'no key store' : 'no sidecar path';
  if (kek === null || keys === null || sidecar === null) {
    return refuse('kek-not-configured', { clause, field: 'parts of the node', expected: 'KEK, key store and sidecar path', got: missing });
  }
  return { kek, keys, sidecar };
}

/**
 * The sidecar, where an entry needs that there is one.
 *
 * @clause base/apply-rotation base/apply-storage-cutover 6E-1/cutover-recorded
 * @throws Refusal `apply-refused`, and what reading it throws
 */
export const readNeeded = (sidecar: SidecarAtPath, clause: ClauseId): SidecarState =>
  sidecar.read() ?? refuse('apply-refused', { clause, field: 'sidecar', expected: 'one', got: 'none' });

/**
 * Writes the sidecar that an entry leaves, its index raised, and refreshes the node's view.
 *
 * @clause base/apply-bootstrap base/apply-rotation base/apply-storage-cutover 6E-1/cutover-recorded
 * @throws Refusal of the checks before a write, or `write-failed`
 */
export function recordSidecar(
  ops: ApplierSteps, parts: Pick<ApplierParts, 'keepView'>, sidecar: SidecarAtPath, state: SidecarState, index: RaftIndex,
): void {
  sidecar.write({ ...state, raftAppliedIndex: ops.raiseAppliedIndex(state.raftAppliedIndex, index) });
  parts.keepView(ops.storageView(state));
}

/**
 * The row of a proposer is one for the key that the entry names.
 *
 * @clause base/apply-rotation base/apply-storage-cutover 6E-1/cutover-recorded
 * @throws Refusal `apply-refused`
 */
export function checkProposerKey({ dekId, proposer }: { readonly dekId: KeyId; readonly proposer: WriterRow }, clause: ClauseId): void {
  if (proposer.dekId !== dekId) refuse('apply-refused', { clause, field: 'dek_id of the proposer row', expected: `${dekId}`, got: `${proposer.dekId}` });
}

/**
 * A switch wraps no key.
 *
 * @clause base/apply-storage-cutover 6E-1/cutover-recorded
 * @throws Refusal `apply-refused`
 */
export function checkWrapsNothing({ wrapped }: { readonly wrapped: Uint8Array }, clause: ClauseId): void {
  if (wrapped.length > 0) refuse('apply-refused', { clause, field: 'wrapped key', expected: 'none', got: `${wrapped.length} bytes` });
}

/**
 * Is the purpose of the entry that of its sub-tag?
 *
 * @clause base/apply-storage-cutover 6E-1/cutover-recorded
 * @throws Refusal `apply-refused`
 */
export function checkPurpose({ purpose }: { readonly purpose: number }, expected: number, clause: ClauseId): void {
  if (purpose !== expected) refuse('apply-refused', { clause, field: 'purpose', expected: `${expected}`, got: `${purpose}` });
}

/**
 * The time of applying: UTC in whole seconds.
 *
 * @clause base/apply-bootstrap base/apply-rotation
 */
export const createdText = (clock: Clock): string => clock.now().toISOString().replace(/\.\d+Z$/, 'Z');
