/**
 * Pre-registration: before a member is added, its rows are there.
 *
 * Implements base/pre-registration (spec/base/writer-registry.md). Proposing is left to the leader: what has to be proposed is
 * handed over one by one, each before the next thing is looked at.
 */
import type { RegistryRows, SidecarAtPath } from './applier.js';
import { findRow, type RowLookup } from './apply-registration.js';
import { refuse } from './errors.js';
import type { WriterRow } from './fsm-entries.js';
import type { FullNodeId, KeyId, LocalEpoch } from './ids.js';

/** What of a leader the rows of a member are looked up in. */
export interface MembershipParts {
  /** The active storage key of the node's view; null when there is none. */
  readonly storageKey: KeyId | null;
  /** Null where the node has no sidecar path. */
  readonly sidecar: Pick<SidecarAtPath, 'read'> | null;
  readonly rows: Pick<RegistryRows, 'get'>;
}

/**
 * The registrations that have to be committed before the member is added.
 *
 * @clause base/pre-registration
 * @throws Refusal `node-id16-taken`, `registry-value-malformed`, `store-failure`, or of the sidecar: the member is not added
 */
export function* preRegistrations(ops: RowLookup, { storageKey, sidecar, rows }: MembershipParts, member: FullNodeId): Generator<WriterRow, void> {
  // 1. No active storage key.
  if (storageKey === null) return;
  // 2. The row of the active storage key.
  yield* missingRow(ops, rows, storageKey, member);
  // 3. The active raft key, as the sidecar has it.
  const raftKey = sidecar?.read()?.active.raft ?? 0;
  if (raftKey === 0) return;
  // 4. The row of the active raft key.
  yield* missingRow(ops, rows, raftKey, member);
}

/** The registration of a row that is not there. A row of the member itself is good whatever its epochs. */
function* missingRow(ops: RowLookup, rows: Pick<RegistryRows, 'get'>, dekId: KeyId, fullNodeId: FullNodeId): Generator<WriterRow, void> {
  const { row } = findRow(ops, rows, { dekId, fullNodeId });
  if (row === null) yield { dekId, fullNodeId, localEpoch: 0 as LocalEpoch };
  else if (row.fullNodeId !== fullNodeId) {
    refuse('node-id16-taken',
      { clause: 'base/pre-registration', field: 'full_node_id', expected: `${row.fullNodeId}, whose row it is`, got: `${fullNodeId}` });
  }
}
