/** All vector formats that the protocol can carry, by name. */
import type { Format } from './format.js';
import { proposalEnvelope } from './proposal-envelope.js';
import { aeadEnvelope } from './aead-envelope.js';
import { raftEnvelope } from './raft-envelope.js';
import { storageEnvelope } from './storage-envelope.js';
import { fsmEntries } from './fsm-entries.js';
import { sidecar } from './sidecar.js';
import { kekWrap } from './kek-wrap.js';
import { snapshotHeader } from './snapshot-header.js';
import { writerRegistry } from './writer-registry.js';
import { raftDispatch } from './raft-dispatch.js';

export const formats: Readonly<Record<string, Format>> = {
  [proposalEnvelope.name]: proposalEnvelope,
  [aeadEnvelope.name]: aeadEnvelope,
  [raftEnvelope.name]: raftEnvelope,
  [storageEnvelope.name]: storageEnvelope,
  [fsmEntries.name]: fsmEntries,
  [sidecar.name]: sidecar,
  [kekWrap.name]: kekWrap,
  [snapshotHeader.name]: snapshotHeader,
  [writerRegistry.name]: writerRegistry,
  [raftDispatch.name]: raftDispatch,
};
