/**
 * Applying a registration, and the rows that the other entries register.
 *
 * Implements base/registration-cases (spec/base/writer-registry.md): the case that fits is decided in writer-registry.ts; here
 * the row is read and written.
 */
import { APPLIED, appliedBefore, type Applied, type ApplierParts, type RegistryRows, type ReplayRule } from './applier.js';
import { Refusal, refusingSystem } from './errors.js';
import type { WriterRow } from './fsm-entries.js';
import type { FullNodeId, NodeId16, RaftIndex } from './ids.js';
import type { decideRegistration, decodeRegistryValue, encodeRegistryValue, RegistryKey, RegistryValue } from './writer-registry.js';

/** What looking up a row builds on. */
export interface RowLookup {
  readonly narrowNodeId: (id: FullNodeId) => NodeId16;
  readonly encodeRegistryKey: (key: RegistryKey) => Uint8Array;
  readonly decodeRegistryValue: typeof decodeRegistryValue;
}

/** What registering a writer builds on. */
export interface RegistrationParts extends RowLookup {
  readonly encodeRegistryValue: typeof encodeRegistryValue;
  readonly decideRegistration: typeof decideRegistration;
}

/** The row under a data key and the low 16 bits of a node, and the key that it has. */
export interface FoundRow {
  readonly key: Uint8Array;
  /** Null where there is none. */
  readonly row: RegistryValue | null;
}

/**
 * Looks a row up.
 *
 * @clause base/registration-cases base/pre-registration
 * @throws Refusal `registry-value-malformed`, `store-failure`
 */
export function findRow(ops: RowLookup, rows: Pick<RegistryRows, 'get'>, { dekId, fullNodeId }: Omit<WriterRow, 'localEpoch'>): FoundRow {
  const key = ops.encodeRegistryKey({ dekId, nodeId16: ops.narrowNodeId(fullNodeId) });
  const value = ofStore('read', () => rows.get(key));
  return { key, row: value === null ? null : ops.decodeRegistryValue(value) };
}

/**
 * Registers a writer: case by case, against the row that stands there. True when a row was written.
 *
 * @clause base/registration-cases
 * @throws Refusal `apply-refused`, `registry-value-malformed`, `store-failure`
 */
export function registerWriter(ops: RegistrationParts, rows: Omit<RegistryRows, 'mark'>, writer: WriterRow): boolean {
  const { key, row } = findRow(ops, rows, writer);
  const decided = ops.decideRegistration(row, writer);
  if (decided.effect === 'done') return false;
  const value = ops.encodeRegistryValue(decided.row);
  ofStore('write', () => { rows.put(key, value); });
  return true;
}

/**
 * Applies a registration. It needs neither KEK nor key store nor sidecar, and leaves the sidecar's index alone.
 *
 * @clause base/registration-cases repair/replay
 * @throws Refusal `apply-refused`, `registry-value-malformed`, `store-failure`: the replica halts
 */
export function applyRegistration(ops: RegistrationParts & ReplayRule, { rows }: Pick<ApplierParts, 'rows'>, entry: WriterRow, index: RaftIndex): Applied {
  // Replay: what is at or below the mark of the rows was done.
  if (!appliedBefore(ops, index, rows.mark)) registerWriter(ops, rows, entry);
  return APPLIED;
}

/** A failing store refuses. */
const ofStore = <T>(what: 'read' | 'write', use: () => T): T => refusingSystem(use, (got) => new Refusal('store-failure', {
  clause: 'base/registration-cases', field: `${what} of a registry row`, expected: 'a store that works', got,
}));
