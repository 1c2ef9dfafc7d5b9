/**
 * Composition: the operations, and the decisions that they leave open, gathered into one record.
 *
 * Whatever uses an operation or a decision looks it up in the record, so that a composition is one object, and what is put
 * in the place of one (a mutant) is used by all that depend on it. Nothing inside the operations knows of compositions.
 */
import { applyEntry, openEntry, type AppliedEntry, type CommittedEntry, type Dispatch, type StateMachine } from '../6E-2/apply-hook.js';
import { coldStart } from '../6E-2/cold-start.js';
import { checkMembershipEntry } from '../6E-2/membership-entry.js';
import { checkCutoverKey } from '../6E-2/start-up.js';
import { checkInstall, mayWrap, proposalWrapper } from '../6E-2/wrap-on-propose.js';
import type { Aead } from '../ports/aead.js';
import { decodeEnvelope, encodeEnvelope, envelopeHead, headerAad, viewEnvelope } from '../base/aead-envelope.js';
import { cipherKey, open, seal } from '../base/cipher.js';
import { decodeConfChangeContext, decodeReadContext, encodeConfChangeContext, encodeReadContext } from '../base/contexts.js';
import { applyCutoverEntry } from '../6E-1/apply-cutover-entry.js';
import { raiseAppliedIndex, storageView } from '../base/applier.js';
import { applyBootstrap, checkSecondBootstrap } from '../base/apply-bootstrap.js';
import { entryHandlers } from '../base/apply-entries.js';
import { applyRegistration } from '../base/apply-registration.js';
import { applyRotation } from '../base/apply-rotation.js';
import { applyStorageCutover } from '../base/apply-storage-cutover.js';
import { crc32c } from '../base/crc32c.js';
import { classifyPayload, dispatchPayload, isVolatilePayload, type Dispatched, type PayloadHandlers } from '../base/fsm-dispatch.js';
import {
  decodeBootstrap, decodeRegistration, decodeRotation, decodeWriterRow, encodeBootstrap, encodeRegistration, encodeRotation, encodeWriterRow,
} from '../base/fsm-entries.js';
import { deriveNodeId, narrowNodeId, type RaftIndex } from '../base/ids.js';
import { keyStore } from '../base/key-store.js';
import { importKek, kekUnwrap, kekWrap } from '../base/kek.js';
import { readKekFile } from '../base/kek-file.js';
import { decodeLease, encodeLease, raiseCeiling } from '../base/lease.js';
import { encodeNonce, nonceFactory } from '../base/nonce.js';
import { preRegistrations } from '../base/pre-registration.js';
import { decodeProposal, encodeProposal } from '../base/proposal-envelope.js';
import { raftAad, raftUnwrap, raftWrap } from '../base/raft-envelope.js';
import { probeFilesystem } from '../base/filesystem-probe.js';
import { checkSidecarActive, checkSidecarEntries, checkSidecarPurpose, checkSidecarVersion, readSidecar, sidecarKeyId } from '../base/sidecar.js';
import { bumpSidecarEpoch } from '../base/sidecar-epochs.js';
import { readSidecarFile, sidecarAtPath } from '../base/sidecar-file.js';
import { hydrateKeyStore } from '../base/sidecar-hydrate.js';
import { parseSidecarJson } from '../base/sidecar-json.js';
import { serialiseSidecar, sidecarString } from '../base/sidecar-text.js';
import { clearTemporary, createTemporary, replaceSidecar, sidecarTemporary, syncSidecarDirectory, syncTemporary, writeSidecarFile } from '../base/sidecar-write.js';
import { decodeSnapshotToken, encodeSnapshotToken, isSnapshotToken, openPayloadFile, payloadFileName, sealPayloadFile } from '../base/snapshot-container.js';
import { decodeSnapshotBody, encodeSnapshotBody } from '../base/snapshot-body.js';
import { encodeSnapshotHeaderV1, encodeSnapshotHeaderV2, readSnapshotHeader, restoreSnapshotHeader, writeSnapshotHeader } from '../base/snapshot-header.js';
import {
  checkValueSize, clearValue, decodeValue, deletion, encodeValue, encodeValueHeader, sealValue, storageAad, storeKey,
} from '../base/storage-envelope.js';
import { guardRebadged, isVisible, openValue, readValue } from '../base/storage-read.js';
import { decideWrite, writeValue } from '../base/write-decision.js';
import { decideRegistration, decodeRegistryKey, decodeRegistryValue, encodeRegistryKey, encodeRegistryValue, registryPrefix } from '../base/writer-registry.js';
import { sidecarInLog } from '../repair/log-identity.js';
import { adoptIdentity, findIdentity, prepareIdentity, publishIdentity, storeIdentity } from '../repair/log-identity-places.js';
import { checkEarlyIndex } from '../repair/no-early-index.js';
import { repairedRules, type Rules } from './rules.js';
import { movedCommit, refuseHalted, type Replica } from './replica.js';
import { checkSnapshot, finishInstall, installSnapshot, readSnapshot, takeSnapshot, unfinishedInstall } from './snapshots.js';
import { openLeader, type Leader } from './leader.js';
import { startReplica, syncStoreNames } from './start-replica.js';

/** An operation without its first parameter, the record that it is bound to. */
type Bound<F> = F extends (ops: never, ...args: infer A) => infer R ? (...args: A) => R : never;

/** Operations that stand alone. */
const standalone = {
  // Proposal envelope
  encodeProposal, decodeProposal, encodeReadContext, decodeReadContext, encodeConfChangeContext, decodeConfChangeContext,
  // Node ids
  deriveNodeId, narrowNodeId,
  // Envelope, cipher, key store, nonces
  envelopeHead, headerAad, viewEnvelope, cipherKey, encodeNonce,
  // Raft envelope
  raftAad,
  // Storage envelope
  encodeValueHeader, decodeValue, storeKey, checkValueSize, decideWrite, isVisible,
  // Encryption entries
  encodeWriterRow, decodeWriterRow,
  // First-byte dispatch and lease
  classifyPayload, encodeLease, decodeLease, raiseCeiling,
  // Sidecar
  parseSidecarJson, checkSidecarVersion, sidecarKeyId, checkSidecarPurpose, checkSidecarActive, sidecarString,
  // Sidecar file
  sidecarTemporary, clearTemporary, createTemporary, syncTemporary, replaceSidecar, syncSidecarDirectory, probeFilesystem,
  // Snapshot header and container
  readSnapshotHeader, encodeSnapshotHeaderV1, encodeSnapshotHeaderV2, encodeSnapshotToken, isSnapshotToken, crc32c, payloadFileName,
  encodeSnapshotBody,
  // Applying encryption entries
  storageView, raiseAppliedIndex, checkSecondBootstrap,
  // Writer registry
  registryPrefix, decodeRegistryKey, encodeRegistryValue, decodeRegistryValue, decideRegistration,
  // Apply hook and start-up
  checkMembershipEntry, checkCutoverKey,
  // Identity of the log
  findIdentity, prepareIdentity, storeIdentity, publishIdentity, sidecarInLog,
  // Wrap on propose
  checkInstall, mayWrap,
  // Replica
  refuseHalted, movedCommit, syncStoreNames,
};

/** Operations that build on others: they take the record first, and are bound to it by the composition. */
const building = {
  // Envelope, cipher, key store, nonces
  encodeEnvelope, decodeEnvelope, seal, open, keyStore, nonceFactory,
  // Raft envelope
  raftWrap, raftUnwrap,
  // Storage envelope
  encodeValue, storageAad, sealValue, clearValue, deletion, writeValue, readValue, openValue, guardRebadged,
  // Encryption entries
  encodeRegistration, decodeRegistration, encodeBootstrap, decodeBootstrap, encodeRotation, decodeRotation,
  // First-byte dispatch and lease
  isVolatilePayload, dispatchPayload,
  // Sidecar
  checkSidecarEntries, readSidecar, serialiseSidecar, hydrateKeyStore, readSidecarFile, writeSidecarFile, sidecarAtPath, bumpSidecarEpoch,
  // KEK
  importKek, readKekFile, kekWrap, kekUnwrap,
  // Snapshot header and container
  writeSnapshotHeader, restoreSnapshotHeader, decodeSnapshotToken, sealPayloadFile, openPayloadFile,
  // Writer registry
  encodeRegistryKey, preRegistrations,
  // Applying encryption entries
  entryHandlers, applyRegistration, applyBootstrap, applyRotation, applyStorageCutover, applyCutoverEntry,
  // Apply hook and cold start
  openEntry, applyEntry, coldStart,
  // Wrap on propose
  proposalWrapper,
  // Start of a replica
  startReplica, adoptIdentity, checkEarlyIndex,
  // Snapshots
  decodeSnapshotBody, readSnapshot, takeSnapshot, checkSnapshot, installSnapshot, finishInstall, unfinishedInstall,
};

type Building = typeof building;

/** All that any of them builds on: the record has to hold it, or this file does not compile. */
type Parts = { [Name in keyof Building]: (parts: Parameters<Building[Name]>[0]) => void }[keyof Building] extends (parts: infer All) => void ? All : never;

/** The operations by name, those that build on others already bound, and the decisions of the composition. */
export type Operations = Readonly<
  { aead: Aead } & Rules & typeof standalone & { [Name in Exclude<keyof Building, 'dispatchPayload' | 'applyEntry'>]: Bound<Building[Name]> } & {
    // What a leader takes is the whole record, and by type that would be an operation of itself.
    openLeader: (replica: Replica, prefix?: string) => Promise<Leader>;
    // The two generic operations: binding by type would lose the answer of the handlers.
    dispatchPayload: <Answer>(handlers: PayloadHandlers<Answer>, payload: Uint8Array, index: RaftIndex) => Dispatched<Answer>;
    applyEntry: <Answer>(entry: CommittedEntry, applied: RaftIndex, dispatch: Dispatch, machine: StateMachine<Answer>) => AppliedEntry<Answer>;
  }
>;

/**
 * The record of operations over a provider.
 *
 * @clause base/typed-refusal
 * @param aead the provider of AES-256-GCM
 * @param replaced operations and decisions to put in the place of the reference's own
 * @param rules the decisions of the composition
 */
export function composeOperations(aead: Aead, replaced: Partial<Operations> = {}, rules: Rules = repairedRules): Operations {
  // The record has all its members before any is bound to it, so that an operation finds there, when it is called, what stands
  // there in the end. (And a record made whole is faster to look things up in than one that grew: a wrap looks up four.)
  const operations: Record<string, unknown> = { aead, ...standalone, ...building, ...rules, ...replaced };
  const parts = operations as unknown as Operations satisfies Parts;
  operations['openLeader'] ??= (replica: Replica, prefix?: string) => openLeader(parts, replica, prefix);
  for (const [name, operation] of Object.entries(building)) {
    if (!Object.hasOwn(replaced, name)) operations[name] = (operation as (parts: Parts, ...args: never[]) => unknown).bind(undefined, parts);
  }
  return parts;
}
