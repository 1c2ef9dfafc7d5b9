/**
 * Composition: the operations of `base`, gathered into one record.
 *
 * Whatever uses an operation looks it up in the record, so that a composition is one object, and an operation put in
 * its place (a mutant) is used by all that depend on it. Nothing inside the operations knows of compositions.
 */
import type { Aead } from '../ports/aead.js';
import { decodeEnvelope, encodeEnvelope, envelopeHead, headerAad, viewEnvelope } from '../base/aead-envelope.js';
import { cipherKey, open, seal } from '../base/cipher.js';
import { decodeConfChangeContext, decodeReadContext, encodeConfChangeContext, encodeReadContext } from '../base/contexts.js';
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
import { decodeProposal, encodeProposal } from '../base/proposal-envelope.js';
import { raftAad, raftUnwrap, raftWrap } from '../base/raft-envelope.js';
import {
  checkSidecarActive, checkSidecarEntries, checkSidecarPurpose, checkSidecarVersion, readSidecar, serialiseSidecar, sidecarKeyId, sidecarString,
} from '../base/sidecar.js';
import { hydrateKeyStore } from '../base/sidecar-hydrate.js';
import { parseSidecarJson } from '../base/sidecar-json.js';
import { decodeSnapshotToken, encodeSnapshotToken, isSnapshotToken, openPayloadFile, payloadFileName, sealPayloadFile } from '../base/snapshot-container.js';
import { encodeSnapshotHeaderV1, encodeSnapshotHeaderV2, readSnapshotHeader, restoreSnapshotHeader, writeSnapshotHeader } from '../base/snapshot-header.js';
import {
  checkValueSize, clearValue, decodeValue, deletion, encodeValue, encodeValueHeader, sealValue, storageAad, storeKey,
} from '../base/storage-envelope.js';
import { guardRebadged, isVisible, openValue, readValue } from '../base/storage-read.js';
import { decideWrite, writeValue } from '../base/write-decision.js';
import { decideRegistration, decodeRegistryKey, decodeRegistryValue, encodeRegistryKey, encodeRegistryValue, registryPrefix } from '../base/writer-registry.js';

/** An operation without its first parameter, the record that it is bound to. */
type Bound<F> = F extends (ops: never, ...args: infer A) => infer R ? (...args: A) => R : never;

/** The operations of `base` by name. An operation that builds on others takes the record first, and is bound here. */
export interface Operations {
  readonly aead: Aead;
  // Proposal envelope
  readonly encodeProposal: typeof encodeProposal;
  readonly decodeProposal: typeof decodeProposal;
  readonly encodeReadContext: typeof encodeReadContext;
  readonly decodeReadContext: typeof decodeReadContext;
  readonly encodeConfChangeContext: typeof encodeConfChangeContext;
  readonly decodeConfChangeContext: typeof decodeConfChangeContext;
  // Node ids
  readonly deriveNodeId: typeof deriveNodeId;
  readonly narrowNodeId: typeof narrowNodeId;
  // Envelope, cipher, key store, nonces
  readonly envelopeHead: typeof envelopeHead;
  readonly headerAad: typeof headerAad;
  readonly encodeEnvelope: Bound<typeof encodeEnvelope>;
  readonly viewEnvelope: typeof viewEnvelope;
  readonly decodeEnvelope: Bound<typeof decodeEnvelope>;
  readonly cipherKey: typeof cipherKey;
  readonly seal: Bound<typeof seal>;
  readonly open: Bound<typeof open>;
  readonly keyStore: Bound<typeof keyStore>;
  readonly encodeNonce: typeof encodeNonce;
  readonly nonceFactory: Bound<typeof nonceFactory>;
  // Raft envelope
  readonly raftAad: typeof raftAad;
  readonly raftWrap: Bound<typeof raftWrap>;
  readonly raftUnwrap: Bound<typeof raftUnwrap>;
  // Storage envelope
  readonly encodeValueHeader: typeof encodeValueHeader;
  readonly encodeValue: Bound<typeof encodeValue>;
  readonly decodeValue: typeof decodeValue;
  readonly storeKey: typeof storeKey;
  readonly storageAad: Bound<typeof storageAad>;
  readonly sealValue: Bound<typeof sealValue>;
  readonly clearValue: Bound<typeof clearValue>;
  readonly deletion: Bound<typeof deletion>;
  readonly checkValueSize: typeof checkValueSize;
  readonly decideWrite: typeof decideWrite;
  readonly writeValue: Bound<typeof writeValue>;
  readonly readValue: Bound<typeof readValue>;
  readonly openValue: Bound<typeof openValue>;
  readonly guardRebadged: Bound<typeof guardRebadged>;
  readonly isVisible: typeof isVisible;
  // Encryption entries
  readonly encodeWriterRow: typeof encodeWriterRow;
  readonly decodeWriterRow: typeof decodeWriterRow;
  readonly encodeRegistration: Bound<typeof encodeRegistration>;
  readonly decodeRegistration: Bound<typeof decodeRegistration>;
  readonly encodeBootstrap: Bound<typeof encodeBootstrap>;
  readonly decodeBootstrap: Bound<typeof decodeBootstrap>;
  readonly encodeRotation: Bound<typeof encodeRotation>;
  readonly decodeRotation: Bound<typeof decodeRotation>;
  // First-byte dispatch and lease
  readonly classifyPayload: typeof classifyPayload;
  readonly isVolatilePayload: Bound<typeof isVolatilePayload>;
  readonly dispatchPayload: <Answer>(handlers: PayloadHandlers<Answer>, payload: Uint8Array, index: RaftIndex) => Dispatched<Answer>;
  readonly encodeLease: typeof encodeLease;
  readonly decodeLease: typeof decodeLease;
  readonly raiseCeiling: typeof raiseCeiling;
  // Sidecar
  readonly parseSidecarJson: typeof parseSidecarJson;
  readonly checkSidecarVersion: typeof checkSidecarVersion;
  readonly sidecarKeyId: typeof sidecarKeyId;
  readonly checkSidecarPurpose: typeof checkSidecarPurpose;
  readonly checkSidecarEntries: Bound<typeof checkSidecarEntries>;
  readonly checkSidecarActive: typeof checkSidecarActive;
  readonly readSidecar: Bound<typeof readSidecar>;
  readonly sidecarString: typeof sidecarString;
  readonly serialiseSidecar: Bound<typeof serialiseSidecar>;
  readonly hydrateKeyStore: Bound<typeof hydrateKeyStore>;
  // KEK
  readonly importKek: Bound<typeof importKek>;
  readonly readKekFile: Bound<typeof readKekFile>;
  readonly kekWrap: Bound<typeof kekWrap>;
  readonly kekUnwrap: Bound<typeof kekUnwrap>;
  // Snapshot header and container
  readonly readSnapshotHeader: typeof readSnapshotHeader;
  readonly encodeSnapshotHeaderV1: typeof encodeSnapshotHeaderV1;
  readonly encodeSnapshotHeaderV2: typeof encodeSnapshotHeaderV2;
  readonly writeSnapshotHeader: Bound<typeof writeSnapshotHeader>;
  readonly restoreSnapshotHeader: Bound<typeof restoreSnapshotHeader>;
  readonly encodeSnapshotToken: typeof encodeSnapshotToken;
  readonly decodeSnapshotToken: Bound<typeof decodeSnapshotToken>;
  readonly isSnapshotToken: typeof isSnapshotToken;
  readonly crc32c: typeof crc32c;
  readonly payloadFileName: typeof payloadFileName;
  readonly sealPayloadFile: Bound<typeof sealPayloadFile>;
  readonly openPayloadFile: Bound<typeof openPayloadFile>;
  // Writer registry
  readonly registryPrefix: typeof registryPrefix;
  readonly encodeRegistryKey: Bound<typeof encodeRegistryKey>;
  readonly decodeRegistryKey: typeof decodeRegistryKey;
  readonly encodeRegistryValue: typeof encodeRegistryValue;
  readonly decodeRegistryValue: typeof decodeRegistryValue;
  readonly decideRegistration: typeof decideRegistration;
}

/**
 * @clause base/typed-refusal
 * @param aead the provider of AES-256-GCM
 * @param replaced operations to put in the place of the reference's own
 */
export function composeOperations(aead: Aead, replaced: Partial<Operations> = {}): Operations {
  const operations: Operations = {
    aead,
    encodeProposal, decodeProposal,
    encodeReadContext, decodeReadContext, encodeConfChangeContext, decodeConfChangeContext,
    deriveNodeId, narrowNodeId,
    envelopeHead, headerAad, viewEnvelope,
    encodeEnvelope: (...args) => encodeEnvelope(operations, ...args),
    decodeEnvelope: (...args) => decodeEnvelope(operations, ...args),
    cipherKey,
    seal: (...args) => seal(operations, ...args),
    open: (...args) => open(operations, ...args),
    keyStore: () => keyStore(operations),
    encodeNonce,
    nonceFactory: (...args) => nonceFactory(operations, ...args),
    raftAad,
    raftWrap: (...args) => raftWrap(operations, ...args),
    raftUnwrap: (...args) => raftUnwrap(operations, ...args),
    encodeValueHeader, decodeValue, storeKey, checkValueSize, decideWrite, isVisible,
    encodeValue: (...args) => encodeValue(operations, ...args),
    storageAad: (...args) => storageAad(operations, ...args),
    sealValue: (...args) => sealValue(operations, ...args),
    clearValue: (...args) => clearValue(operations, ...args),
    deletion: () => deletion(operations),
    writeValue: (...args) => writeValue(operations, ...args),
    readValue: (...args) => readValue(operations, ...args),
    openValue: (...args) => openValue(operations, ...args),
    guardRebadged: (...args) => guardRebadged(operations, ...args),
    encodeWriterRow, decodeWriterRow,
    encodeRegistration: (...args) => encodeRegistration(operations, ...args),
    decodeRegistration: (...args) => decodeRegistration(operations, ...args),
    encodeBootstrap: (...args) => encodeBootstrap(operations, ...args),
    decodeBootstrap: (...args) => decodeBootstrap(operations, ...args),
    encodeRotation: (...args) => encodeRotation(operations, ...args),
    decodeRotation: (...args) => decodeRotation(operations, ...args),
    classifyPayload,
    isVolatilePayload: (...args) => isVolatilePayload(operations, ...args),
    dispatchPayload: (...args) => dispatchPayload(operations, ...args),
    encodeLease, decodeLease, raiseCeiling,
    parseSidecarJson, checkSidecarVersion, sidecarKeyId, checkSidecarPurpose, checkSidecarActive, sidecarString,
    checkSidecarEntries: (...args) => checkSidecarEntries(operations, ...args),
    readSidecar: (...args) => readSidecar(operations, ...args),
    serialiseSidecar: (...args) => serialiseSidecar(operations, ...args),
    hydrateKeyStore: (...args) => hydrateKeyStore(operations, ...args),
    importKek: (...args) => importKek(operations, ...args),
    readKekFile: (...args) => readKekFile(operations, ...args),
    kekWrap: (...args) => kekWrap(operations, ...args),
    kekUnwrap: (...args) => kekUnwrap(operations, ...args),
    readSnapshotHeader, encodeSnapshotHeaderV1, encodeSnapshotHeaderV2,
    writeSnapshotHeader: (...args) => writeSnapshotHeader(operations, ...args),
    restoreSnapshotHeader: (...args) => restoreSnapshotHeader(operations, ...args),
    encodeSnapshotToken, isSnapshotToken,
    decodeSnapshotToken: (...args) => decodeSnapshotToken(operations, ...args),
    crc32c, payloadFileName,
    sealPayloadFile: (...args) => sealPayloadFile(operations, ...args),
    openPayloadFile: (...args) => openPayloadFile(operations, ...args),
    registryPrefix, decodeRegistryKey, encodeRegistryValue, decodeRegistryValue, decideRegistration,
    encodeRegistryKey: (...args) => encodeRegistryKey(operations, ...args),
    ...replaced,
  };
  return operations;
}
