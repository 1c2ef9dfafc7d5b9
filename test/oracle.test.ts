/** The suite's own codec, held against the golden vectors where both know the operation. */
import test from 'ava';
import fc from 'fast-check';
import { chained, EMPTY_CHAIN, snapshotHeader } from '../conformance/oracle/chain.js';
import { bootstrap, lease, registration, rotation } from '../conformance/oracle/entries.js';
import { nonce, opened, proposal, proposalPayload, sealed } from '../conformance/oracle/envelope.js';
import { dataKey, fullNodeId, nodeId16, unwrapped, wrapped } from '../conformance/oracle/keys.js';
import { readPublishedFiles, vectorsDirectory } from '../conformance/vectors/library.js';

const KEK = Buffer.alloc(32, 0x42);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text, 'hex');

/** Input and outputs of the accepted golden cases of a group. */
interface Golden { readonly input: Readonly<Record<string, unknown>>; readonly observed: Readonly<Record<string, unknown>> }

const published = readPublishedFiles(vectorsDirectory()).filter(({ path }) => path.startsWith('golden/')).map(({ file }) => file);
const golden = (format: string, group: string): Golden[] => {
  const cases = published.find((file) => file.format === format)?.groups.find(({ id }) => id === group)?.cases ?? [];
  return cases.flatMap((one) => one.sort === 'normative' && one.expect.result === 'valid' ? [{ input: one.input, observed: one.expect.observed ?? {} }] : []);
};

interface GoldenRow { readonly dek_id: number; readonly full_node_id: string; readonly local_epoch: number }
const row = ({ dek_id: keyId, full_node_id: node, local_epoch: epoch }: GoldenRow) => ({ keyId, node: BigInt(node), epoch });

/** What the suite's codec makes of the input of a golden case, by format and group, and the output that it has to equal. */
const AGAIN: readonly (readonly [format: string, group: string, output: string, make: (input: never) => string])[] = [
  ['proposal-envelope', 'encode', 'entry_data', (input: { proposal_id: string; payload: string }) => hex(proposal(BigInt(input.proposal_id), bytes(input.payload)))],
  ['proposal-envelope', 'decode', 'payload', (input: { entry_data: string }) => hex(proposalPayload(bytes(input.entry_data)) ?? Buffer.from('?'))],
  ['raft-envelope', 'wrap', 'envelope', (input: { key_id: number; keys: { key_id: number; key: string }[]; nonce: string; payload: string }) =>
    hex(sealed({ keyId: input.key_id, key: bytes(input.keys.find((key) => key.key_id === input.key_id)?.key ?? ''), nonce: bytes(input.nonce), payload: bytes(input.payload) }))],
  ['raft-envelope', 'unwrap', 'payload', (input: { envelope: string; keys: { key_id: number; key: string }[] }) =>
    hex(opened(bytes(input.envelope), (id) => bytes(input.keys.find((key) => key.key_id === id)?.key ?? '')) ?? Buffer.from('?'))],
  ['raft-envelope', 'node-id', 'full_node_id', (input: { raft_id: string }) => `${fullNodeId(input.raft_id)}`],
  ['kek-wrap', 'unwrap', 'dek', (input: { kek: string; wrapped: string }) => hex(unwrapped(bytes(input.kek), bytes(input.wrapped)) ?? Buffer.from('?'))],
  ['fsm-entries', 'registration-encode', 'body', (input: { fields: GoldenRow }) => hex(registration(row(input.fields))).slice(2)],
  ['fsm-entries', 'bootstrap-encode', 'body', ({ fields }: { fields: { storage_dek_id: number; raft_dek_id: number; wrapped_storage: string; wrapped_raft: string; rows: GoldenRow[] } }) => hex(bootstrap({
    storage: { keyId: fields.storage_dek_id, wrapped: bytes(fields.wrapped_storage) }, raft: { keyId: fields.raft_dek_id, wrapped: bytes(fields.wrapped_raft) }, rows: fields.rows.map(row),
  })).slice(2)],
  ['fsm-entries', 'rotation-encode', 'body', ({ fields }: { fields: { sub_tag: number; dek_id: number; purpose: number; wrapped: string; proposer: GoldenRow } }) => hex(rotation({
    subTag: fields.sub_tag, keyId: fields.dek_id, purpose: fields.purpose, wrapped: bytes(fields.wrapped), proposer: row(fields.proposer),
  })).slice(2)],
];

test('the suite\'s codec makes of golden inputs what the Go implementation made of them', (t) => {
  for (const [format, group, output, make] of AGAIN) {
    const cases = golden(format, group).filter(({ input, observed }) => typeof observed[output] === 'string' && !JSON.stringify(input).includes('"repeat"'));
    t.true(cases.length > 2, `${format}/${group}`);
    for (const { input, observed } of cases) t.is(make(input as never), observed[output] as string, `${format}/${group} ${JSON.stringify(input).slice(0, 80)}`);
  }
  for (const { input, observed } of golden('raft-envelope', 'node-id')) t.is(nodeId16(fullNodeId(String(input['raft_id']))), observed['node_id16'] as number);
  for (const { input, observed } of golden('raft-envelope', 'nonce').filter((one) => one.input['consumed_before'] === '0')) {
    const [first] = observed['outcomes'] as { nonce: string }[];
    t.is(hex(nonce(Number(input['node_id16']), Number(input['local_epoch']), 1n)), first?.nonce ?? '');
  }
  // What the tables of the spec pin.
  t.is(hex(snapshotHeader(12345n, 0n)), '454b5654484c43310000000000003039');
  t.is(hex(snapshotHeader(0xdeadn, 0xbeefn)), '454b5654484c43320010000000000000dead000000000000beef');
  t.is(hex(lease(1_700_000_000_000n)), '020000018bcfe56800');
  t.is(hex(chained(EMPTY_CHAIN, 1n, Buffer.alloc(0))), hex(chained(Buffer.alloc(32), 1n, Buffer.alloc(0))));
});

test('the suite\'s codec opens what it sealed, and nothing else', (t) => {
  const key = dataKey('one');
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), fc.nat({ max: 255 }), (payload, at, flag) => {
    const envelope = sealed({ key, keyId: 7, nonce: nonce(1, 2, 3n), payload, flag });
    t.is(hex(opened(envelope, () => key) ?? Buffer.from('?')), hex(payload));
    t.is(opened(envelope, () => dataKey('two')), null);
    t.is(opened(envelope, () => undefined), null);
    const place = at % envelope.length;
    const flipped = Buffer.from(envelope);
    flipped[place] = (flipped[place] ?? 0) ^ 1;
    // The flag alone is not authenticated.
    t.is(opened(flipped, () => key) === null, place !== 1);
  }));
  const twice = wrapped(KEK, key, 'a');
  t.is(twice.length, 60);
  t.is(hex(unwrapped(KEK, twice) ?? Buffer.alloc(0)), hex(key));
  t.not(hex(wrapped(KEK, key, 'b')), hex(twice));
  t.is(unwrapped(Buffer.alloc(32), twice), null);
  t.is(unwrapped(KEK, twice.subarray(1)), null);
});
