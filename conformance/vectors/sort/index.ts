/** The sorting of all formats by name. */
import type { FormatSorting } from './rules.js';
import { proposalEnvelopeSorting } from './proposal-envelope.js';
import { aeadEnvelopeSorting } from './aead-envelope.js';
import { raftEnvelopeSorting } from './raft-envelope.js';
import { storageEnvelopeSorting } from './storage-envelope.js';
import { fsmEntriesSorting } from './fsm-entries.js';
import { sidecarSorting } from './sidecar.js';
import { kekWrapSorting } from './kek-wrap.js';
import { snapshotHeaderSorting } from './snapshot-header.js';
import { writerRegistrySorting } from './writer-registry.js';
import { raftDispatchSorting } from './raft-dispatch.js';
import { startupGuardsSorting } from './startup-guards.js';

export const sorting: Readonly<Record<string, FormatSorting>> = {
  'proposal-envelope': proposalEnvelopeSorting,
  'aead-envelope': aeadEnvelopeSorting,
  'raft-envelope': raftEnvelopeSorting,
  'storage-envelope': storageEnvelopeSorting,
  'fsm-entries': fsmEntriesSorting,
  'sidecar': sidecarSorting,
  'kek-wrap': kekWrapSorting,
  'snapshot-header': snapshotHeaderSorting,
  'writer-registry': writerRegistrySorting,
  'raft-dispatch': raftDispatchSorting,
  'startup-guards': startupGuardsSorting,
};
