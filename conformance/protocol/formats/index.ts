/** All vector formats that the protocol can carry, by name. */
import type { Format } from './format.js';
import { proposalEnvelope } from './proposal-envelope.js';
import { fsmEntries } from './fsm-entries.js';
import { snapshotHeader } from './snapshot-header.js';
import { writerRegistry } from './writer-registry.js';

export const formats: Readonly<Record<string, Format>> = {
  [proposalEnvelope.name]: proposalEnvelope,
  [fsmEntries.name]: fsmEntries,
  [snapshotHeader.name]: snapshotHeader,
  [writerRegistry.name]: writerRegistry,
};
