/**
 * Applying a bootstrap: the first storage key and raft key, and the writers that exist already.
 *
 * Implements base/apply-bootstrap (spec/base/apply-entries.md).
 */
import { appliedBefore, APPLIED, createdText, neededParts, recordSidecar, type Applied, type ApplierParts, type ApplierSteps } from './applier.js';
import { registerWriter, type RegistrationParts } from './apply-registration.js';
import { equal } from './bytes.js';
import { refuse } from './errors.js';
import type { Bootstrap } from './fsm-entries.js';
import type { KeyId, LocalEpoch, RaftIndex } from './ids.js';
import type { Kek } from './kek.js';
import { SIDECAR_VERSIONS, type Purpose, type SidecarEntry, type SidecarState } from './sidecar.js';

/** What applying a bootstrap builds on. */
export interface BootstrapParts extends ApplierSteps, RegistrationParts {
  readonly kekUnwrap: (kek: Kek, wrapped: Uint8Array) => Uint8Array;
  readonly checkSecondBootstrap: typeof checkSecondBootstrap;
  readonly bootstrapEpoch: (before: LocalEpoch | null) => LocalEpoch;
}

/**
 * What a sidecar says that is not there.
 *
 * @clause base/apply-bootstrap
 */
export const NO_SIDECAR: SidecarState = {
  version: SIDECAR_VERSIONS.last,
  raftAppliedIndex: 0n as RaftIndex,
  storageEnvelopeActive: false,
  storageEnvelopeCutover: 0n as RaftIndex,
  raftEnvelopeCutover: 0n as RaftIndex,
  active: { storage: 0 as KeyId, raft: 0 as KeyId },
  keys: new Map(),
};

const CLAUSE = 'base/apply-bootstrap';

/**
 * Applies a bootstrap.
 *
 * @clause base/apply-bootstrap repair/replay repair/fresh-epoch-at-start
 * @throws Refusal of any step: the replica halts, and what the steps before did stays
 */
export function applyBootstrap(ops: BootstrapParts, parts: ApplierParts, entry: Bootstrap, index: RaftIndex): Applied {
  // 1. A part is missing.
  const { kek, keys, sidecar } = neededParts(parts, CLAUSE);
  // 2. One id for both keys.
  if (entry.storageDekId === entry.raftDekId) {
    refuse('apply-refused', { clause: CLAUSE, field: 'raft dek_id', expected: 'another than that of the storage key', got: `${entry.raftDekId}` });
  }
  // 3. A row for a key that is neither.
  const stranger = entry.rows.find(({ dekId }) => dekId !== entry.storageDekId && dekId !== entry.raftDekId);
  if (stranger !== undefined) {
    refuse('apply-refused', { clause: CLAUSE, field: 'dek_id of a row', expected: `${entry.storageDekId} or ${entry.raftDekId}`, got: `${stranger.dekId}` });
  }
  // 4. The sidecar, or an empty one.
  const before = sidecar.read() ?? NO_SIDECAR;
  const replayed = appliedBefore(ops, index, before.raftAppliedIndex);
  // 5. A second bootstrap. What an applied one became since is nobody's fault.
  if (!replayed) ops.checkSecondBootstrap(before, entry);
  // 6. Both are unwrapped before either is set.
  const [storageKey, raftKey] = [ops.kekUnwrap(kek, entry.wrappedStorage), ops.kekUnwrap(kek, entry.wrappedRaft)];
  keys.set(entry.storageDekId, storageKey);
  keys.set(entry.raftDekId, raftKey);
  // 7. The sidecar. An entry that was applied before only finds its view again.
  if (replayed) parts.keepView(ops.storageView(before));
  else recordSidecar(ops, parts, sidecar, bootstrapped(ops, before, entry, createdText(parts.clock)), index);
  // 8. The rows, in order.
  if (!appliedBefore(ops, index, parts.rows.mark)) for (const row of entry.rows) registerWriter(ops, parts.rows, row);
  return APPLIED;
}

/**
 * With a key active already, only the bootstrap that made it so may come again: the same ids and the same wrapped bytes.
 *
 * @clause base/apply-bootstrap
 * @throws Refusal `apply-refused`
 */
export function checkSecondBootstrap({ active, keys }: Pick<SidecarState, 'active' | 'keys'>, entry: Bootstrap): void {
  if (active.storage === 0 && active.raft === 0) return;
  const differs = (field: string, expected: string, got: string): never => refuse('apply-refused', { clause: CLAUSE, field, expected, got });
  const asked = [['storage', entry.storageDekId, entry.wrappedStorage], ['raft', entry.raftDekId, entry.wrappedRaft]] as const;
  for (const [purpose, id] of asked) if (active[purpose] !== id) differs(`${purpose} dek_id`, `${active[purpose]}, which is active`, `${id}`);
  for (const [purpose, id, wrapped] of asked) {
    const held = keys?.get(`${id}`)?.wrapped;
    if (held === undefined || held === null || !equal(held, wrapped)) differs(`wrapped ${purpose} key`, 'the one in the sidecar', 'another');
  }
}

/** The sidecar after the bootstrap: other entries and members stay as they are. */
function bootstrapped(ops: Pick<BootstrapParts, 'bootstrapEpoch'>, before: SidecarState, entry: Bootstrap, created: string): SidecarState {
  const keyEntry = (purpose: Purpose, id: KeyId, wrapped: Uint8Array): [string, SidecarEntry] =>
    [`${id}`, { purpose, wrapped: Uint8Array.from(wrapped), created, localEpoch: ops.bootstrapEpoch(before.keys?.get(`${id}`)?.localEpoch ?? null) }];
  return {
    ...before,
    active: { storage: entry.storageDekId, raft: entry.raftDekId },
    keys: new Map([
      ...before.keys ?? [],
      keyEntry('storage', entry.storageDekId, entry.wrappedStorage),
      keyEntry('raft', entry.raftDekId, entry.wrappedRaft),
    ]),
  };
}

/**
 * The epoch that a bootstrap writes for a key, as proposed: 0, also when the entry is applied again.
 *
 * @clause base/apply-bootstrap
 */
export const epochZero = (): LocalEpoch => 0 as LocalEpoch;
