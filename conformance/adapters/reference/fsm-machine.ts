/** Answers the groups of the format `fsm-entries` that need a state machine: its applier, or all of a node, is a test double. */
import type { z } from 'zod';
import { hex } from '../../../src/base/bytes.js';
import { Refusal, refuse } from '../../../src/base/errors.js';
import type { EntryHandlers } from '../../../src/base/fsm-dispatch.js';
import type { Bootstrap, Rotation, WriterRow } from '../../../src/base/fsm-entries.js';
import { fullNodeId, keyId, localEpoch, millis, raftIndex } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import type { fsmEntries } from '../../protocol/formats/fsm-entries.js';
import { ApplierNode } from './applier-doubles.js';
import { bytes, RefusedWith, Verdict, type Handlers } from './handlers.js';

type Groups = (typeof fsmEntries)['groups'];
type FirstByteOutputs = z.infer<Groups['first-byte']['observed']>;
type Handed = FirstByteOutputs['handed'];
type ScriptOutputs = z.infer<Groups['applier-script']['observed']>;
type WriterRowFields = z.infer<Groups['registration-encode']['input']>['fields'];

export const toRow = ({ dek_id, full_node_id, local_epoch }: WriterRowFields): WriterRow =>
  ({ dekId: keyId(dek_id), fullNodeId: fullNodeId(BigInt(full_node_id)), localEpoch: localEpoch(local_epoch) });
export const fromRow = ({ dekId, fullNodeId: id, localEpoch: epoch }: WriterRow): WriterRowFields =>
  ({ dek_id: dekId, full_node_id: `${id}`, local_epoch: epoch });
export const fromBootstrap = ({ storageDekId, wrappedStorage, raftDekId, wrappedRaft, rows }: Bootstrap) => ({
  storage_dek_id: storageDekId, wrapped_storage: hex(wrappedStorage), raft_dek_id: raftDekId, wrapped_raft: hex(wrappedRaft), rows: rows.map(fromRow),
});
export const fromRotation = ({ subTag, dekId, purpose, wrapped, proposer }: Rotation) =>
  ({ sub_tag: subTag, dek_id: dekId, purpose, wrapped: hex(wrapped), proposer: fromRow(proposer) });

export const fsmMachineHandlers = (ops: Operations): Pick<Handlers<typeof fsmEntries>, 'first-byte' | 'applier-script'> => ({
  'first-byte': ({ payload, raft_index, applier, start_lease_ms }) => {
    let handed: NonNullable<Handed> | null = null;
    let written = false;
    let ceiling = millis(BigInt(start_lease_ms));
    const call = (seen: NonNullable<Handed>): void => {
      handed = seen;
      if (applier === 'failing') {
        refuse('apply-refused',
          { clause: 'base/encryption-entry-failure-halts', field: 'applier', expected: 'one that accepts', got: 'one that refuses' });
      }
    };
    const entries: EntryHandlers<void> = {
      registration: (entry) => { call({ call: 'registration', fields: fromRow(entry) }); },
      bootstrap: (entry, index) => { call({ call: 'bootstrap', fields: fromBootstrap(entry), raft_index: `${index}` }); },
      rotation: (entry, index) => { call({ call: 'rotation', fields: fromRotation(entry), raft_index: `${index}` }); },
    };
    const dispatched = ops.dispatchPayload<void>({
      request: () => { written = true; },
      lease: (asked) => { ceiling = ops.raiseCeiling(ceiling, asked); },
      entries: applier === 'none' ? null : entries,
    }, bytes(payload), raftIndex(BigInt(raft_index)));
    const observed: FirstByteOutputs = { handed, lease_ms: `${ceiling}`, volatile: ops.isVolatilePayload(bytes(payload)), kv_write: written };
    switch (dispatched.verdict) {
      case 'answered': return observed;
      case 'refused': return new RefusedWith(dispatched.refusal, observed);
      case 'halted': return new Verdict('halt', dispatched.refusal, observed);
    }
  },
  'applier-script': ({ setup, steps }) => {
    let node: ApplierNode;
    try {
      node = new ApplierNode(ops, setup);
    } catch (error) {
      if (error instanceof Refusal) return new RefusedWith<ScriptOutputs>(error, { construction: 'refused' });
      throw error;
    }
    let halted: Refusal | null = null;
    const outcomes: NonNullable<ScriptOutputs['outcomes']> = [];
    for (const { entry, raft_index, clock } of steps) {
      const { dispatched, installerCalls, view } = node.apply(bytes(entry), raft_index, clock);
      halted = dispatched.verdict === 'halted' ? dispatched.refusal : null;
      outcomes.push({
        outcome: halted === null ? 'apply' : 'halt',
        ...(dispatched.verdict !== 'answered' && { reasons: [...dispatched.refusal.reasons] }),
        installer_calls: installerCalls.map(({ cutover, raftKey }) => ({ cutover_index: `${cutover}`, raft_dek_id: raftKey })),
        cached_has_storage_dek: view.storageKey !== null,
        cached_storage_dek_id: view.storageKey ?? 0,
        cached_storage_active: view.storageActive,
      });
      if (halted !== null) break;
    }
    const observed: ScriptOutputs = {
      outcomes,
      sidecar: node.sidecar?.text ?? null,
      rows: node.rows.all(),
      loaded: (node.keys?.ids() ?? []).map((id) => ({ key_id: id, key: hex(node.keys?.get(id) ?? new Uint8Array()) })),
    };
    return halted === null ? observed : new Verdict('halt', halted, observed);
  },
});
