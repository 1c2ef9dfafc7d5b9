/**
 * What a replica says of itself: what it has in memory, and what its sidecar says at that moment.
 *
 * Nothing in it is judged by the replica; one that halted says it too (base/halted-replica in spec/base/replica.md).
 */
import type { Reason } from '../../spec/reasons.js';
import type { SidecarAtPath } from '../base/applier.js';
import { Refusal } from '../base/errors.js';
import type { KeyId, LocalEpoch, Millis, RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import type { ReplicaLog } from '../base/replica-log.js';
import type { Purpose, sidecarKeyId, SidecarState } from '../base/sidecar.js';
import type { RegistryKey, RegistryValue } from '../base/writer-registry.js';
import type { ReplicaStateMachine } from './state-machine.js';

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

/** What of a replica its state is told from. */
export interface ReplicaParts {
  readonly log: Pick<ReplicaLog, 'first' | 'last'>;
  readonly machine: Pick<ReplicaStateMachine, 'applied' | 'chain' | 'leaseCeiling' | 'registry'>;
  readonly keys: KeyStore | null;
  readonly sidecar: Pick<SidecarAtPath, 'read'>;
  readonly epochs: Readonly<Record<Purpose, LocalEpoch>>;
  readonly cutover: RaftIndex;
  readonly wrap: boolean;
  readonly commit: RaftIndex;
  /** On what it halted. */
  readonly halted: Refusal | null;
}

interface KeyIds {
  readonly sidecarKeyId: typeof sidecarKeyId;
}

/**
 * The state of a replica, as it is now.
 *
 * @clause base/halted-replica
 */
export function replicaState(ops: KeyIds, { log, machine, keys, sidecar: file, epochs, cutover, wrap, commit, halted }: ReplicaParts): ReplicaState {
  const sidecar = readable(file);
  const { applied, leaseCeiling: leaseMs, chain } = machine;
  return {
    applied, cutover, wrap,
    halted: halted && halted.reasons,
    sidecar: sidecar && {
      index: sidecar.raftAppliedIndex, cutover: sidecar.raftEnvelopeCutover, storage: sidecar.storageEnvelopeActive, storageCutover: sidecar.storageEnvelopeCutover,
    },
    keys: sidecar === null ? [] : keysOf(ops, keys, sidecar),
    epochs, registry: machine.registry(), leaseMs,
    log: { first: log.first, last: log.last, commit },
    chain,
  };
}

function readable(file: Pick<SidecarAtPath, 'read'>): SidecarState | null {
  try {
    return file.read();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function keysOf(ops: KeyIds, loaded: KeyStore | null, { keys, active }: SidecarState): readonly ReplicaKey[] {
  return [...keys ?? []].flatMap(([name, { purpose, localEpoch }]) => {
    const id = ops.sidecarKeyId(name);
    const known = purpose === 'raft' ? 'raft' : 'storage';
    return name === `${id}` ? [{ id, purpose: known, epoch: localEpoch, loaded: loaded?.ids().includes(id) ?? false, active: active[known] === id } as const] : [];
  }).sort((left, right) => left.id - right.id);
}
