/** All mutants of the operations of `base`, in the order of the formats that judge them. */
import { aeadEnvelopeMutants } from './aead-envelope.js';
import { fsmEntriesMutants } from './fsm-entries.js';
import { kekWrapMutants } from './kek-wrap.js';
import type { Mutant } from './mutant.js';
import { proposalEnvelopeMutants } from './proposal-envelope.js';
import { raftEnvelopeMutants } from './raft-envelope.js';
import { sidecarMutants } from './sidecar.js';
import { snapshotHeaderMutants } from './snapshot-header.js';
import { storageEnvelopeMutants } from './storage-envelope.js';
import { writerRegistryMutants } from './writer-registry.js';

/** @throws Error when an id is used twice: it is what the record of kills and the command line go by */
function distinct(all: readonly Mutant[]): readonly Mutant[] {
  const seen = new Set<string>();
  for (const { id } of all) {
    if (seen.has(id)) throw new Error(`two mutants are called "${id}"`);
    seen.add(id);
  }
  return all;
}

export const mutants: readonly Mutant[] = distinct([
  ...proposalEnvelopeMutants,
  ...aeadEnvelopeMutants,
  ...raftEnvelopeMutants,
  ...storageEnvelopeMutants,
  ...fsmEntriesMutants,
  ...sidecarMutants,
  ...kekWrapMutants,
  ...snapshotHeaderMutants,
  ...writerRegistryMutants,
]);
