/** Answers the vectors of the format `sidecar` with the reference. */
import type { z } from 'zod';
import { hex } from '../../../src/base/bytes.js';
import { keyId, localEpoch, raftIndex } from '../../../src/base/ids.js';
import type { SidecarEntry, SidecarState } from '../../../src/base/sidecar.js';
import type { Operations } from '../../../src/node/compose.js';
import type { sidecar, sidecarState } from '../../protocol/formats/sidecar.js';
import { loadKeys } from './aead-envelope.js';
import { bytes, type Handlers } from './handlers.js';

type StateFields = z.infer<typeof sidecarState>;
type EntryFields = NonNullable<StateFields['keys']>[string];

const toEntry = ({ purpose, wrapped, created, local_epoch }: EntryFields): SidecarEntry =>
  ({ purpose, wrapped: wrapped === null ? null : bytes(wrapped), created, localEpoch: localEpoch(local_epoch) });
const fromEntry = ({ purpose, wrapped, created, localEpoch: epoch }: SidecarEntry): EntryFields =>
  ({ purpose, wrapped: wrapped === null ? null : hex(wrapped), created, local_epoch: epoch });

const toState = (fields: StateFields): SidecarState => ({
  version: fields.version,
  raftAppliedIndex: raftIndex(BigInt(fields.raft_applied_index)),
  storageEnvelopeActive: fields.storage_envelope_active,
  storageEnvelopeCutover: raftIndex(BigInt(fields.storage_envelope_cutover_index)),
  raftEnvelopeCutover: raftIndex(BigInt(fields.raft_envelope_cutover_index)),
  active: { storage: keyId(fields.active.storage), raft: keyId(fields.active.raft) },
  keys: fields.keys && new Map(Object.entries(fields.keys).map(([name, entry]) => [name, toEntry(entry)])),
});
const fromState = (state: SidecarState): StateFields => ({
  version: state.version,
  raft_applied_index: `${state.raftAppliedIndex}`,
  storage_envelope_active: state.storageEnvelopeActive,
  storage_envelope_cutover_index: `${state.storageEnvelopeCutover}`,
  raft_envelope_cutover_index: `${state.raftEnvelopeCutover}`,
  active: { ...state.active },
  keys: state.keys && Object.fromEntries([...state.keys].map(([name, entry]) => [name, fromEntry(entry)])),
});

/** The bytes of the file of a vector. */
const file = (input: { readonly document: string } | { readonly document_hex: string }): Uint8Array =>
  'document' in input ? new TextEncoder().encode(input.document) : bytes(input.document_hex);

export const sidecarHandlers = (ops: Operations): Handlers<typeof sidecar> => {
  const serialise = ({ state }: { state: StateFields }) => ({ text: ops.serialiseSidecar(toState(state)) });
  const read = (input: Parameters<typeof file>[0]) => {
    const state = ops.readSidecar(file(input));
    return { state: fromState(state), rewritten: ops.serialiseSidecar(state) };
  };
  return {
    'serialise': serialise,
    'serialise-rejects': serialise,
    'read-accepts': read,
    'read-rejects': read,
    'json-rules': read,
    'hydrate': (input) => {
      const store = loadKeys(ops, input.preloaded);
      ops.hydrateKeyStore(store, ops.importKek('vector', bytes(input.kek)), ops.readSidecar(file(input)));
      return { loaded: store.ids().map((id) => ({ key_id: id, key: hex(store.get(id) ?? new Uint8Array()) })) };
    },
  };
};
