/**
 * The reasons: the closed list of causes for which an implementation refuses or halts, each with the name of the
 * error in the Go implementation (null where that one has no identity for it) and the clause that demands it.
 *
 * This is the one table that joins the three; protocol, vectors, reference and documents read it from here.
 */
import type { ClauseId } from './clauses.js';

/** One row of the table. */
export interface ReasonRow {
  /** Name of the error identity in the Go implementation; null where it has none, and then only "refused" binds. */
  readonly error: string | null;
  readonly clause: ClauseId;
  /** What it means, in a few words. */
  readonly what: string;
}

const row = (error: string | null, clause: ClauseId, what: string): ReasonRow => ({ error, clause, what });

export const reasons = {
  // Proposal envelope and contexts
  'too-short': row(null, 'base/proposal-decode', 'fewer bytes than the fixed part'),
  'version-byte': row(null, 'base/proposal-decode', 'a first byte other than the layout has'),
  'length': row(null, 'base/read-context', 'not exactly the length that the layout has'),
  'text-too-long': row('errConfChangeContextTooLarge', 'base/conf-change-text-limit', 'a text of more than 65535 bytes'),

  // Envelope, cipher, key store, nonces
  'envelope-too-short': row('ErrEnvelopeShort', 'base/envelope-decode-checks', 'an envelope of fewer than 34 bytes, or a body shorter than the tag'),
  'envelope-version-unknown': row('ErrEnvelopeVersion', 'base/envelope-decode-checks', 'an envelope version other than 01'),
  'no-keystore': row('ErrNilKeystore', 'base/cipher-check-order', 'no cipher, or a cipher without a key store'),
  'key-id-reserved': row('ErrReservedKeyID', 'base/cipher-check-order', 'key id 0'),
  'nonce-length': row('ErrBadNonceSize', 'base/cipher-check-order', 'a nonce that is not 12 bytes long'),
  'key-not-loaded': row('ErrUnknownKeyID', 'base/cipher-check-order', 'a key id that is not loaded'),
  'authentication-failed': row('ErrIntegrity', 'base/cipher-authenticates', 'the tag does not verify'),
  'key-length': row('ErrBadKeySize', 'base/key-store-set', 'a data key that is not 32 bytes long'),
  'key-id-rebound': row('ErrKeyConflict', 'base/key-store-set', 'the id already holds another key'),
  'write-count-exhausted': row('ErrWriteCountExhausted', 'base/nonce-exhaustion', 'no nonce is left in this load'),

  // Stored values
  'value-too-short': row(null, 'base/value-header-checks', 'a stored value of fewer than nine bytes'),
  'value-header-reserved': row('ErrEncryptedValueReservedState', 'base/value-header-checks', 'a reserved flag bit or state'),
  'value-too-large': row('ErrValueTooLarge', 'base/value-size-limit', 'a plaintext value above 256 MiB'),
  'cipher-absent': row(null, 'base/read-without-cipher', 'a sealed value and no cipher to open it'),
  'stored-value-integrity': row('ErrEncryptedReadIntegrity', 'base/read-sealed', 'a stored value that was changed or moved'),
  'writer-not-registered': row('ErrWriterNotRegistered', 'base/registration-gates', 'this load has no committed registration yet'),

  // Entries of the state machine
  'wire-malformed': row('ErrFSMWireMalformed', 'base/registration-checks', 'an entry body that is cut short, too long or out of range'),
  'wire-version': row('ErrFSMWireVersion', 'base/registration-checks', 'an entry body version other than 01'),
  'wire-subtag': row('ErrFSMWireSubtag', 'base/rotation-sub-tags', 'an unknown sub-tag'),
  'request-invalid': row('ErrInvalidRequest', 'base/first-byte-dispatch', 'a request that is empty'),
  'request-protobuf': row(null, 'base/first-byte-dispatch', 'a request that does not parse'),
  'lease-length': row(null, 'base/lease-entry', 'a lease of another length than eight bytes'),
  'apply-refused': row('ErrEncryptionApply', 'base/encryption-entry-failure-halts', 'an encryption entry that cannot be applied; also the outer mark of every such refusal'),
  'kek-not-configured': row('ErrKEKNotConfigured', 'base/apply-bootstrap', 'an entry that needs the KEK, and none is set'),

  // Sidecar
  'json-syntax': row(null, 'base/sidecar-json-syntax', 'not one JSON document'),
  'json-number': row(null, 'base/sidecar-u64', 'a number in another form than plain digits'),
  'json-type': row(null, 'base/sidecar-types', 'a member of the wrong type or out of range'),
  'json-depth': row(null, 'base/sidecar-json', 'nesting above the limit'),
  'json-strict': row(null, 'base/sidecar-json', 'something that the strict alternative refuses'),
  'base64': row(null, 'base/sidecar-base64', 'a wrapped key that is not padded base64'),
  'sidecar-version': row('ErrSidecarVersion', 'base/sidecar-versions', 'a sidecar version other than 1 and 2'),
  'sidecar-key-id-format': row('ErrSidecarKeyIDFormat', 'base/sidecar-key-ids', 'a key id that is no base-10 u32'),
  'sidecar-key-id-reserved': row('ErrSidecarReservedKeyID', 'base/sidecar-key-ids', 'a key id of 0'),
  'sidecar-purpose': row('ErrSidecarPurpose', 'base/sidecar-purposes', 'a purpose other than storage and raft'),
  'sidecar-active-key-missing': row('ErrSidecarActiveKeyMissing', 'base/sidecar-active', 'an active id without an entry'),
  'sidecar-active-purpose-mismatch': row('ErrSidecarActivePurposeMismatch', 'base/sidecar-active', 'an active id whose entry has the other purpose'),
  'state-absent': row(null, 'base/sidecar-write-checks', 'nothing to write'),
  'sidecar-unreadable': row(null, 'base/sidecar-file-state', 'a sidecar that cannot be read or parsed'),
  'not-found': row(null, 'base/sidecar-file-state', 'no file at the path'),
  'unreadable': row(null, 'base/sidecar-file-state', 'something at the path that cannot be read'),
  'write-failed': row(null, 'base/sidecar-durable-write', 'the sidecar could not be written'),
  'unsupported-filesystem': row('ErrUnsupportedFilesystem', 'base/filesystem-probe', 'the file system does not sync a file or a directory'),
  'path-empty': row(null, 'base/sidecar-bump-epoch', 'no path'),
  'key-not-in-sidecar': row(null, 'base/sidecar-bump-epoch', 'the key has no entry'),
  'local-epoch-exhausted': row('ErrLocalEpochExhausted', 'base/sidecar-bump-epoch', 'the epoch is 65535'),
  'argument-absent': row(null, 'base/sidecar-hydrate', 'a part of the call is not there'),
  'argument-zero': row(null, '6E-2/wrap-switch', 'a cutover or key id of 0 where one is needed'),

  // KEK
  'open-failed': row(null, 'base/kek-file-checks', 'the KEK file cannot be opened'),
  'not-a-regular-file': row(null, 'base/kek-file-checks', 'the KEK path is no regular file'),
  'kek-file-permissions': row('ErrInsecureKEKFile', 'base/kek-file-checks', 'group or others have a permission on the KEK file'),
  'kek-length': row(null, 'base/kek-file-checks', 'a KEK file that is not 32 bytes long'),
  'kek-uninitialised': row('ErrNilFileWrapper', 'base/kek-unwrap-checks', 'a KEK that was never loaded'),
  'dek-length': row(null, 'base/kek-wrap-checks', 'a data key to wrap that is not 32 bytes long'),
  'unwrap-length': row(null, 'base/kek-unwrap-checks', 'a wrapped key that is not 60 bytes long'),
  'kek-unwrap-failed': row(null, 'base/kek-unwrap-checks', 'a wrapped key that does not open under the KEK'),

  // Snapshots
  'stream-ended': row('io.EOF', 'base/snapshot-header-cut', 'nothing left where more was due; may be folded into stream-truncated'),
  'stream-truncated': row('io.ErrUnexpectedEOF', 'base/snapshot-header-cut', 'the stream ended part-way; may be folded into stream-ended'),
  'source-failure': row(null, 'base/snapshot-source-failure', 'the source failed'),
  'snapshot-header-length': row('ErrSnapshotHeaderInvalidLength', 'base/snapshot-header-length', 'a header length below 16 or above 1024'),
  'snapshot-header-magic': row('ErrSnapshotHeaderUnknownMagic', 'base/snapshot-header-magic', 'a header of an unknown version'),
  'inner-stream': row(null, 'base/snapshot-restore', 'the store stream behind the header is unusable'),
  'snapshot-token': row('ErrFSMSnapshotTokenInvalid', 'base/snapshot-token', 'not a token'),
  'snapshot-token-crc': row('ErrFSMSnapshotTokenCRC', 'base/snapshot-payload-file', 'the payload is not the one that the token names'),
  'snapshot-file-crc': row('ErrFSMSnapshotFileCRC', 'base/snapshot-payload-file', 'the footer does not fit the payload'),
  'snapshot-file-too-small': row('ErrFSMSnapshotTooSmall', 'base/snapshot-payload-file', 'a payload file without room for its footer'),
  'snapshot-not-found': row('ErrFSMSnapshotNotFound', 'base/snapshot-payload-file', 'no payload file for the token'),
  'snapshot-too-large': row('ErrFSMSnapshotTooLarge', 'base/snapshot-payload-file', 'a payload file above the limit'),
  'snapshot-old': row(null, 'repair/snapshot-adoption', 'a snapshot that is not above the applied index'),
  'snapshot-body': row(null, 'repair/snapshot-adoption', 'a malformed body behind the header of a snapshot'),
  'snapshot-key-missing': row(null, 'repair/snapshot-adoption', 'a key that was active in the state of a snapshot is not loaded'),
  'early-cutover-index': row(null, 'repair/no-early-index', 'a plain proposal that was applied above the recorded cutover, in the log that a start finds'),

  // Writer registry
  'registry-key-malformed': row('ErrRegistryKeyMalformed', 'base/registry-key-checks', 'not a row key'),
  'registry-value-malformed': row('ErrRegistryValueMalformed', 'base/registry-value-checks', 'not a row value'),
  'node-id16-taken': row('ErrWriterUint16Collision', 'base/pre-registration', 'the row belongs to another node'),
  'store-failure': row(null, 'base/registration-cases', 'the store failed'),

  // Replica
  'log-gap': row(null, 'base/log-append', 'an index that does not follow the one before it'),
  'log-committed': row(null, 'base/log-append', 'other bytes where an entry is committed or applied'),
  'commit-beyond-log': row(null, 'base/log-append', 'a commit index behind the end of the log'),
  'log-unreadable': row(null, 'base/log-append', 'a log, or a state, that cannot be opened or read'),
  'log-identity-missing': row(null, 'repair/log-identity', 'one of the two places that hold the identity of the log is empty, or both beside a recorded cutover'),
  'log-identity-differs': row(null, 'repair/log-identity', 'the identity of another log'),
  'sidecar-missing': row(null, 'repair/log-identity', 'an identity, and no sidecar beside it'),
  'replica-halted': row(null, 'base/halted-replica', 'the replica has halted'),

  // Dispatch, propose, cutover
  'raft-unwrap-failed': row('ErrRaftUnwrapFailed', '6E-2/unwrap-failure-halts', 'an entry above the cutover did not unwrap; the outer mark of its cause'),
  'membership-protobuf': row(null, '6E-2/membership-entry-plain', 'a membership entry that does not parse'),
  'raft-key-absent': row(null, '6E-2/start-up-sets-switch', 'a cutover without an active raft key'),
  'cutover-in-progress': row('ErrEnvelopeCutoverInProgress', '6E-2/barrier-1-block', 'a proposal that the barrier holds off'),
  'not-leader': row(null, '6E-1/follower-call', 'a proposal, call or transfer on a node that does not lead, or whose term is over'),
  'term-old': row(null, 'base/leader-role', 'a term that is not above those that the node knows'),
  'leader-not-ready': row(null, 'repair/fresh-epoch', 'a leader that has not applied the first entry of its own term'),
  'form-not-due': row(null, 'repair/append-rule', 'a payload that is plain where it has to be wrapped, or the other way, or under an old key'),
  'cutover-already-active': row(null, 'repair/append-rule', 'a cutover entry where a cutover is recorded'),
  'call-expired': row(null, 'repair/honest-outcomes', 'the caller went'),
  'hold-expired': row(null, 'repair/bounded-hold', 'the hold of the call ran out'),
  'cutover-key-stale': row(null, '6E-1/stale-key-no-op', 'the cutover entry was applied without effect'),
  'cutover-without-6e-2': row(null, 'repair/no-early-index', 'a cutover that nothing would heed'),
  'not-bootstrapped': row('ErrEncryptionNotBootstrapped', '6E-1/not-bootstrapped', 'no active key of the purpose'),
  'local-epoch-out-of-range': row('ErrLocalEpochOutOfRange', '6E-1/epoch-in-range', 'a local epoch that is no u16'),

  // Start-up guards
  'cutover-divergence': row('ErrEnvelopeCutoverDivergence', '6E-3/cutover-divergence', 'snapshot and sidecar name different cutovers'),
  'local-epoch-rollback': row('ErrLocalEpochRollback', '6E-3/local-epoch-rollback', 'the sidecar epoch is behind the registry'),
  'epoch-behind-registry': row(null, '6E-3/local-epoch-rollback', 'the epoch of this load is behind the registry'),
  'sidecar-behind-log': row('ErrSidecarBehindRaftLog', '6E-3/sidecar-behind-log', 'the sidecar lies behind the log over a relevant entry'),
  'scan-failure': row(null, '6E-3/sidecar-behind-log', 'the gap could not be scanned'),
  'log-absent': row(null, '6E-3/sidecar-behind-log', 'no log to scan'),
  'log-range': row(null, '6E-3/sidecar-behind-log', 'a range that the log does not hold'),
  'engine-absent': row(null, '6E-3/sidecar-behind-log', 'no engine to ask for the log'),
  'process-abort': row(null, '6E-3/sidecar-behind-log', 'the Go process ends here; a port refuses to start'),
  'kek-mismatch': row('ErrKEKMismatch', '6E-3/kek-mismatch', 'a wrapped key of the sidecar does not open'),
  'flag-without-kek': row('ErrKEKRequiredWithFlag', '6E-3/flag-and-sidecar', 'encryption is on and there is no KEK'),
  'sidecar-without-flag': row('ErrSidecarPresentWithoutFlag', '6E-3/flag-and-sidecar', 'a sidecar and encryption is off'),
  'node-id-collision': row('ErrNodeIDCollision', '6E-3/node-id-collision', 'two members share a node_id16'),
  'more-than-one-group': row(null, '6E-1/single-group', 'not exactly one raft group'),
  'directory-absent': row(null, '6E-3/start-up-order', 'a directory is missing'),
  'earlier-error': row(null, '6E-3/start-up-order', 'an earlier step had refused already'),
  'state-machine-cannot-report': row(null, '6E-3/cutover-divergence', 'the state machine cannot say which cutover it restored'),
} as const satisfies Record<string, ReasonRow>;

/** The slug of a reason. */
export type Reason = keyof typeof reasons;

/** Narrows any string to a reason of the table. */
export const isReason = (text: string): text is Reason => Object.hasOwn(reasons, text);

/** The reason whose error name in the Go implementation is `error`, or null when the table has none. */
export function reasonOfError(error: string): Reason | null {
  const found = Object.entries(reasons).find(([, entry]) => entry.error === error);
  return found === undefined ? null : (found[0] as Reason);
}
