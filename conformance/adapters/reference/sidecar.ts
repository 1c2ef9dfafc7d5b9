/** Answers the vectors of the format `sidecar` with the reference, those about files with the files of this machine. */
import type { z } from 'zod';
import { hex } from '../../../src/base/bytes.js';
import { Refusal } from '../../../src/base/errors.js';
import { keyId, localEpoch, raftIndex } from '../../../src/base/ids.js';
import type { SidecarEntry, SidecarState } from '../../../src/base/sidecar.js';
import type { Operations } from '../../../src/node/compose.js';
import { posixFiles } from '../../../src/ports/files-posix.js';
import type { sidecar, sidecarState } from '../../protocol/formats/sidecar.js';
import { loadKeys } from './aead-envelope.js';
import { bytes, RefusedWith, type Handlers } from './handlers.js';

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

/** A refusal that says whether it was one of nothing being there. */
function telling<T>(step: () => T): T | RefusedWith<{ not_found: boolean }> {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) return new RefusedWith(error, { not_found: error.reason === 'not-found' });
    throw error;
  }
}

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
    'file-state': ({ path }) => telling(() => {
      ops.readSidecarFile(posixFiles, path);
      return {};
    }),
    'write-effects': ({ path, state }) => {
      ops.writeSidecarFile(posixFiles, path, toState(state));
      return {};
    },
    'bump-epoch': ({ path, dek_id }) => telling(() => ({ local_epoch: ops.bumpSidecarEpoch(posixFiles, path, keyId(dek_id)) })),
  };
};
