/**
 * The cases that the suite adds where golden ones leave a clause uncovered, made here so that making them again gives no
 * difference.
 *
 * Expected bytes are put together by hand from the tables of the spec, with nothing but Buffer and node:crypto; nothing of
 * the reference is used.
 *
 * - base/big-endian: every field counts up byte by byte, so that a swapped pair of bytes shows.
 * - base/typed-refusal: byte strings that no encoder wrote, with one reason each for which a decoder refuses them.
 * - corners: what a page says and no golden case shows.
 */
import { createCipheriv } from 'node:crypto';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import type { Reason } from '../../spec/reasons.js';
import { publishedText, SCHEMA } from './import.js';
import type { Expectation, VectorFile } from './schema.js';

interface OwnCase {
  readonly format: string;
  readonly group: string;
  readonly slug: string;
  readonly clause: ClauseId;
  readonly why: string;
  readonly input: Record<string, unknown>;
  readonly expect: Expectation;
}

// ── Bytes that count up ─────────────────────────────────────────────────────────────────────────────────────────

const up = (from: number, length: number): string => Buffer.from(Array.from({ length }, (_, at) => from + at)).toString('hex');
const u64le = (value: bigint): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.toString('hex');
};
const u64 = (bytes: string): string => `${BigInt(`0x${bytes}`)}`;
const small = (bytes: string): number => Number.parseInt(bytes, 16);
const text = (characters: string): string => Buffer.from(characters).toString('hex');

/** AES-256-GCM: ciphertext and tag. */
function seal(key: string, nonce: string, aad: string, plaintext: string): string {
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'hex'), Buffer.from(nonce, 'hex'));
  cipher.setAAD(Buffer.from(aad, 'hex'));
  return Buffer.concat([cipher.update(Buffer.from(plaintext, 'hex')), cipher.final(), cipher.getAuthTag()]).toString('hex');
}

const KEY = up(0x00, 32);
const ID4 = up(0x01, 4);
const ID8 = up(0x11, 8);
const ID2 = up(0x21, 2);
const NONCE = up(0x31, 12);
const PAYLOAD = text('cutover');
const keys = [{ key_id: small(ID4), key: KEY }];

function bigEndian(): OwnCase[] {
  const one = (format: string, group: string, slug: string, field: string, input: Record<string, unknown>, observed: Record<string, unknown>): OwnCase =>
    ({ format, group, slug, clause: 'base/big-endian', why: `${field} counting up byte by byte`, input, expect: { result: 'valid', observed } });
  const sealed = seal(KEY, NONCE, `5201${ID4}`, PAYLOAD);
  const row = `${ID4}${ID8}${ID2}`;
  const fields = { dek_id: small(ID4), full_node_id: u64(ID8), local_epoch: small(ID2) };
  const prefix = text('!encryption|writers|');
  return [
    one('proposal-envelope', 'encode', 'counting-id', 'proposal id', { proposal_id: u64(ID8), payload: PAYLOAD }, { entry_data: `01${ID8}${PAYLOAD}` }),
    one('proposal-envelope', 'decode', 'counting-id', 'proposal id', { entry_data: `01${ID8}${PAYLOAD}` }, { proposal_id: u64(ID8), payload: PAYLOAD }),
    one('proposal-envelope', 'read-context', 'encode-counting-id', 'request id', { operation: 'encode', request_id: u64(ID8) }, { context: `02${ID8}` }),
    one('aead-envelope', 'encode', 'counting-key-id', 'key id', { version: 1, flag: 0, key_id: small(ID4), nonce: NONCE, body: up(0x51, 16) },
      { envelope: `0100${ID4}${NONCE}${up(0x51, 16)}` }),
    one('aead-envelope', 'header-aad', 'counting-key-id', 'key id', { version: 1, flag: 0, key_id: small(ID4) }, { aad: `0100${ID4}` }),
    one('raft-envelope', 'aad', 'counting-key-id', 'key id', { version: 1, key_id: small(ID4) }, { aad: `5201${ID4}` }),
    one('raft-envelope', 'wrap', 'counting-key-id', 'key id', { keys, key_id: small(ID4), nonce: NONCE, payload: PAYLOAD },
      { envelope: `0100${ID4}${NONCE}${sealed}` }),
    one('raft-envelope', 'unwrap', 'counting-key-id', 'key id', { keys, envelope: `0100${ID4}${NONCE}${sealed}` }, { payload: PAYLOAD }),
    one('raft-envelope', 'nonce', 'counting-parts', 'node id, epoch and write count',
      { node_id16: small(ID2), local_epoch: small(up(0x41, 2)), consumed_before: `${BigInt(u64(ID8)) - 1n}`, calls: 1 },
      { outcomes: [{ result: 'valid', nonce: `${ID2}${up(0x41, 2)}${ID8}` }] }),
    one('fsm-entries', 'registration-encode', 'counting-fields', 'fields', { fields }, { body: `01${row}` }),
    one('fsm-entries', 'registration-decode', 'counting-fields', 'fields', { body: `01${row}` }, { fields }),
    one('fsm-entries', 'bootstrap-encode', 'counting-fields', 'fields and lengths',
      { fields: { storage_dek_id: small(up(0x61, 4)), wrapped_storage: 'aabb', raft_dek_id: small(up(0x71, 4)), wrapped_raft: 'cc', rows: [fields] } },
      { body: `01${up(0x61, 4)}00000002aabb${up(0x71, 4)}00000001cc00000001${row}` }),
    one('fsm-entries', 'rotation-encode', 'counting-fields', 'fields and lengths',
      { fields: { sub_tag: 1, dek_id: small(up(0x61, 4)), purpose: 2, wrapped: 'aabbcc', proposer: fields } },
      { body: `0101${up(0x61, 4)}0200000003aabbcc${row}` }),
    one('snapshot-header', 'read', 'counting-v1', 'ceiling', { kind: 'v1', stream: `${text('EKVTHLC1')}${ID8}` },
      { ceiling_ms: u64(ID8), cutover: '0', consumed: 16, remaining: '' }),
    one('snapshot-header', 'read', 'counting-v2', 'ceiling and cutover', { kind: 'v2', stream: `${text('EKVTHLC2')}0010${ID8}${up(0x21, 8)}ff` },
      { ceiling_ms: u64(ID8), cutover: u64(up(0x21, 8)), consumed: 26, remaining: 'ff' }),
    one('snapshot-header', 'token', 'encode-counting', 'index and checksum', { operation: 'encode', index: u64(ID8), crc32c: small(ID4) },
      { token: `${text('EKVT')}01${ID8}${ID4}` }),
    one('writer-registry', 'key', 'counting', 'key id and node id', { dek_id: small(ID4), node_id16: small(ID2) }, { key: `${prefix}${ID4}7c${ID2}` }),
    one('writer-registry', 'value', 'counting', 'node id and epochs',
      { full_node_id: u64(ID8), first_seen_epoch: small(ID2), last_seen_epoch: small(up(0x31, 2)) }, { value: `${ID8}${ID2}${up(0x31, 2)}` }),
    one('storage-envelope', 'store-key', 'counting', 'complement of the timestamp', { user_key: text('k'), commit_ts: u64(ID8) },
      { store_key: `${text('k')}${Buffer.from([...Buffer.from(ID8, 'hex')].map((byte) => 0xff - byte)).toString('hex')}` }),
    // The one little-endian field beside them: its own table says so.
    one('storage-envelope', 'value-encode', 'counting-expiry', 'expiry, little-endian by its own table,',
      { tombstone: false, state: 0, expire_at: u64(ID8), body: PAYLOAD },
      { stored: `00${Buffer.from(ID8, 'hex').reverse().toString('hex')}${PAYLOAD}` }),
  ];
}

// ── Bytes that nobody wrote ─────────────────────────────────────────────────────────────────────────────────────

/** Odd byte strings by name. */
const ODD = {
  'all-ff': 'ff'.repeat(48),
  'text': text('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'utf-16': Buffer.from('\ufeff{"version": 2}', 'utf16le').toString('hex'),
  'gzip': '1f8b0800000000000003cb48cdc9c95728cf2fca4901008511' + '4a0d0b000000',
} as const;
type Odd = keyof typeof ODD;

function typedRefusal(): OwnCase[] {
  const refused = (format: string, group: string, slug: string, what: string, input: Record<string, unknown>, reasons: readonly Reason[]): OwnCase => ({
    format, group, slug, clause: 'base/typed-refusal', why: `${what}: refused with a reason, and nothing else happens`, input,
    expect: reasons.length === 0 ? { result: 'invalid' } : { result: 'invalid', reasons: [...reasons] },
  });
  type InputOf = (bytes: string) => Record<string, unknown>;
  const odd = (format: string, group: string, reason: Reason | null, input: InputOf, names = Object.keys(ODD) as Odd[]): OwnCase[] =>
    names.map((name) => refused(format, group, `odd-${name}`, `bytes that nobody encoded (${name})`, input(ODD[name]), reason === null ? [] : [reason]));
  return [
    // Where the table has no error identity for it, only the result binds.
    ...odd('proposal-envelope', 'decode-rejects', null, (entry_data) => ({ entry_data })),
    ...odd('aead-envelope', 'decode-rejects', 'envelope-version-unknown', (envelope) => ({ envelope }), ['all-ff', 'text']),
    ...odd('raft-envelope', 'unwrap-rejects', 'envelope-version-unknown', (envelope) => ({ envelope, keys }), ['all-ff', 'text']),
    ...odd('storage-envelope', 'value-decode', 'value-header-reserved', (stored) => ({ stored })),
    ...odd('fsm-entries', 'registration-decode', 'wire-malformed', (body) => ({ body })),
    ...odd('fsm-entries', 'bootstrap-decode', 'wire-version', (body) => ({ body })),
    ...odd('fsm-entries', 'rotation-decode', 'wire-version', (body) => ({ body })),
    // Lengths and counts that promise far more than there is: nothing may be allocated or read for them.
    refused('fsm-entries', 'bootstrap-decode', 'odd-length-4294967295', 'a length of 4 GiB and nothing behind it',
      { body: '0100000001ffffffff' }, ['wire-malformed']),
    refused('fsm-entries', 'bootstrap-decode', 'odd-count-4294967295', 'a count of 4294967295 rows and none of them',
      { body: '0100000001000000000000000200000000ffffffff' }, ['wire-malformed']),
    refused('fsm-entries', 'rotation-decode', 'odd-length-4294967295', 'a length of 4 GiB and a row behind it',
      { body: `01010000000101ffffffff${'00'.repeat(14)}` }, ['wire-malformed']),
    refused('snapshot-header', 'read-rejects', 'odd-magic-nul', 'the common seven bytes and then a NUL byte for ever',
      { kind: 'unknown', stream: `${text('EKVTHLC')}${'00'.repeat(64)}` }, ['snapshot-header-magic']),
    refused('snapshot-header', 'read-rejects', 'odd-length-all-ff', 'a header of 65535 bytes, all ff',
      { kind: 'v2', stream: `${text('EKVTHLC2')}${ODD['all-ff']}` }, ['snapshot-header-length']),
    ...odd('snapshot-header', 'token', 'snapshot-token', (token) => ({ operation: 'decode', token })),
    ...odd('writer-registry', 'key-decode', 'registry-key-malformed', (key) => ({ key })),
    ...odd('writer-registry', 'value-decode', 'registry-value-malformed', (value) => ({ value })),
    ...odd('kek-wrap', 'unwrap-rejects', null, (wrapped) => ({ kek: KEY, wrapped })),
    ...odd('sidecar', 'read-rejects', null, (document_hex) => ({ document_hex })),
  ];
}

// ── Corners ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The state that stands in a sidecar with nothing but its version. */
const NOTHING_BUT_VERSION = {
  version: 2, raft_applied_index: '0', storage_envelope_active: false, storage_envelope_cutover_index: '0', raft_envelope_cutover_index: '0',
  active: { storage: 0, raft: 0 }, keys: null,
};

function corners(): OwnCase[] {
  const corner = (format: string, group: string, slug: string, clause: ClauseId, why: string, input: Record<string, unknown>, expect: Expectation): OwnCase =>
    ({ format, group, slug, clause, why, input, expect });
  const invalid = (...reasons: Reason[]): Expectation => ({ result: 'invalid', ...(reasons.length > 0 && { reasons }) });
  const read = (stored: string, commitTs: string, readTs: string) => ({ keys, user_key: text('k'), commit_ts: commitTs, read_ts: readTs, stored });
  const clear = `00${u64le(1_000n)}${PAYLOAD}`;
  const document = (members: string): Record<string, unknown> => ({ document: `{${members}}` });
  return [
    corner('storage-envelope', 'read', 'clear-before-expiry', 'base/read-visibility', 'a clear value one millisecond before its expiry',
      read(clear, '500', '999'), { result: 'valid', observed: { found: true, value: PAYLOAD } }),
    corner('storage-envelope', 'read', 'clear-at-expiry', 'base/read-visibility', 'a clear value at the millisecond of its expiry',
      read(clear, '500', '1000'), { result: 'valid', observed: { found: false } }),
    corner('storage-envelope', 'read', 'newer-and-damaged', 'base/read-visibility', 'a version after the read is passed over unopened, also one that does not open',
      read(`02${'00'.repeat(8)}0100${ID4}${NONCE}${'00'.repeat(16)}`, '1001', '1000'), { result: 'valid', observed: { found: false } }),
    corner('snapshot-header', 'read', 'source-fails-behind', 'base/snapshot-source-failure', 'a failure behind the header spoils neither it nor the bytes before the failure',
      { kind: 'v2', stream: `${text('EKVTHLC2')}0010${ID8}${ID8}${PAYLOAD}`, source_fails: true },
      { result: 'valid', observed: { ceiling_ms: u64(ID8), cutover: u64(ID8), consumed: 26, remaining: PAYLOAD } }),
    corner('sidecar', 'read-rejects', 'version-minus-zero', 'base/sidecar-versions', 'the number 0 in its other writing', document('"version":-0'), invalid('sidecar-version')),
    corner('sidecar', 'read-rejects', 'version-beyond-64-bits', 'base/sidecar-u64', 'a version of 20 digits', document('"version":99999999999999999999'), invalid()),
    corner('sidecar', 'read-rejects', 'key-id-proto', 'base/sidecar-key-ids', 'a member name that reaches for a prototype in some languages',
      document('"version":2,"keys":{"__proto__":{"purpose":"raft"}}'), invalid('sidecar-key-id-format')),
    corner('sidecar', 'read-accepts', 'unknown-member-proto', 'base/sidecar-defaults', 'an unknown member that reaches for a prototype in some languages',
      document('"version":2,"__proto__":{"raft_applied_index":7}'), { result: 'valid', observed: { state: NOTHING_BUT_VERSION } }),
  ];
}

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────

const FORMATS = [
  'proposal-envelope', 'aead-envelope', 'raft-envelope', 'storage-envelope', 'fsm-entries', 'sidecar', 'kek-wrap', 'snapshot-header', 'writer-registry',
];

/** The files of our own cases: name to text. */
export function ownVectorFiles(): ReadonlyMap<string, string> {
  const cases = [...bigEndian(), ...typedRefusal(), ...corners()];
  return new Map(FORMATS.map((format) => {
    const mine = cases.filter((one) => one.format === format);
    const file: VectorFile = {
      $schema: SCHEMA, format,
      source: {
        project: 'cutcheck',
        how: 'put together by hand from the tables of the spec, sealed with node:crypto; conformance/vectors/own-vectors.ts writes it',
      },
      groups: [...new Set(mine.map(({ group }) => group))].map((group) => {
        const ofGroup = mine.filter((one) => one.group === group);
        return {
          id: group, description: 'Cases of our own beside the golden ones of this group.', class: 'codec' as const,
          clauses: (Object.keys(clauses) as ClauseId[]).filter((clause) => ofGroup.some((one) => one.clause === clause)),
          cases: ofGroup.map(({ slug, clause, why, input, expect }) => ({ id: `${group}/${slug}`, sort: 'normative' as const, clause, why, input, expect })),
        };
      }),
    };
    return [`${format}.json`, publishedText(file)];
  }));
}
