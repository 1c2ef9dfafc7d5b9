/**
 * Applier: what applying an encryption entry works on. The parts of one node that it reads and changes, and the few
 * decisions that it leaves to the record it is composed from.
 *
 * The appliers themselves are one file an entry: apply-registration, apply-bootstrap, apply-rotation, apply-storage-cutover,
 * and 6E-1/apply-cutover-entry.
 */
import type { Clock } from '../ports/clock.js';
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
}

/** What the node keeps in memory of its sidecar for the writing of values: the active storage key, and whether the storage envelope is active. */
export interface StorageView {
  /** Null when there is none. */
  readonly storageKey: KeyId | null;
  readonly storageActive: boolean;
}
