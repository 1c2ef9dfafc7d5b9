/** The sorting of all formats by name. */
import type { FormatSorting } from './rules.js';
import { proposalEnvelopeSorting } from './proposal-envelope.js';
import { fsmEntriesSorting } from './fsm-entries.js';
import { snapshotHeaderSorting } from './snapshot-header.js';
import { writerRegistrySorting } from './writer-registry.js';
import { raftDispatchSorting } from './raft-dispatch.js';
import { startupGuardsSorting } from './startup-guards.js';

export const sorting: Readonly<Record<string, FormatSorting>> = {
  'proposal-envelope': proposalEnvelopeSorting,
  'fsm-entries': fsmEntriesSorting,
  'snapshot-header': snapshotHeaderSorting,
  'writer-registry': writerRegistrySorting,
  'raft-dispatch': raftDispatchSorting,
  'startup-guards': startupGuardsSorting,
};
