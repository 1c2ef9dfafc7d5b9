/**
 * The sidecar: what is written reads back, nothing but a refusal comes out of any bytes, and the reader agrees with the
 * suite's own findings on every document.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { sidecarDocument } from '../conformance/oracle/json-features.js';
import { isJson, jsonTree, type JsonNode } from '../conformance/oracle/json-tree.js';
import { sidecarFindings, type SidecarFault } from '../conformance/oracle/sidecar-faults.js';
import { sidecarSorting } from '../conformance/vectors/sort/sidecar.js';
import type { Reason } from '../spec/reasons.js';
import { concat, hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { keyId, localEpoch, raftIndex, type KeyId } from '../src/base/ids.js';
import type { SidecarEntry, SidecarState } from '../src/base/sidecar.js';
import { composeOperations } from '../src/node/compose.js';
import { nodeAead } from '../src/ports/aead-node.js';

const ops = composeOperations(nodeAead);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A state, or the refusal. Whatever else is thrown fails the test. */
function read(file: Uint8Array | string): SidecarState | Refusal {
  try {
    return ops.readSidecar(typeof file === 'string' ? utf8(file) : file);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
const reasonOf = (file: Uint8Array | string): Reason | null => {
  const verdict = read(file);
  return verdict instanceof Refusal ? verdict.reason : null;
};

// ── States ──────────────────────────────────────────────────────────────────────────────────────────────────

const index = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(raftIndex);
const entry: fc.Arbitrary<SidecarEntry> = fc.record({
  purpose: fc.constantFrom('storage', 'raft'),
  wrapped: fc.option(fc.uint8Array({ maxLength: 70 })),
  created: fc.string({ unit: 'binary' }),
  localEpoch: fc.integer({ min: 0, max: 0xffff }).map(localEpoch),
}, { noNullPrototype: true });
const id = fc.tuple(fc.constantFrom('', '', '0', '000'), fc.integer({ min: 1, max: 0xffff_ffff })).map(([zeros, number]) => `${zeros}${number}`);
const activeOf = (keys: SidecarState['keys'], purpose: string): KeyId =>
  keyId(Number([...keys ?? []].find(([name, one]) => one.purpose === purpose && !name.startsWith('0'))?.[0] ?? 0));

/** States that may be written. */
const state: fc.Arbitrary<SidecarState> = fc.record({
  version: fc.constantFrom(1, 2), raftAppliedIndex: index, storageEnvelopeActive: fc.boolean(), storageEnvelopeCutover: index, raftEnvelopeCutover: index,
  keys: fc.option(fc.array(fc.tuple(id, entry), { maxLength: 5 }).map((entries) => new Map(entries))),
}).map((members) => ({ ...members, active: { storage: activeOf(members.keys, 'storage'), raft: activeOf(members.keys, 'raft') } }));

test('a state that is written reads back, u64 and absent parts included, as version 2', (t) => {
  fc.assert(fc.property(state, (before) => {
    const text = ops.serialiseSidecar(before);
    const after = ops.readSidecar(utf8(text));
    return isDeepStrictEqual(after, { ...before, version: 2 }) && ops.serialiseSidecar(after) === text;
  }), { numRuns: 500 });
  t.pass();
});

test('the worked examples of the spec are written byte for byte', (t) => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const empty: SidecarState = {
    version: 0, raftAppliedIndex: raftIndex(0n), storageEnvelopeActive: false, storageEnvelopeCutover: raftIndex(0n), raftEnvelopeCutover: raftIndex(0n),
    active: { storage: keyId(0), raft: keyId(0) }, keys: new Map(),
  };
  t.is(sha256(ops.serialiseSidecar(empty)), '54813563ef02a3efdc6546d58b7a5bc298916621f3e5f6db97ec00192f61560f');
  const created = '2026-04-29T10:00:00Z';
  t.is(sha256(ops.serialiseSidecar({
    ...empty, raftAppliedIndex: raftIndex(184273n), storageEnvelopeActive: true, raftEnvelopeCutover: raftIndex(184201n),
    active: { storage: keyId(305419896), raft: keyId(2596069104) },
    keys: new Map([
      ['305419896', { purpose: 'storage', wrapped: Uint8Array.of(1, 2, 3, 4), created, localEpoch: localEpoch(7) }],
      ['2596069104', { purpose: 'raft', wrapped: Uint8Array.of(5, 6, 7, 8), created, localEpoch: localEpoch(7) }],
    ]),
  })), '7332d93d88a3455c04d04fad72063da9fa7c44a186eef66acad16711d73f7a2d');
});

test('white space, unknown members and another order of members change nothing', (t) => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 3 });
  fc.assert(fc.property(state, space, space, fc.json(), fc.string({ unit: 'binary' }), (before, left, right, unknown, name) => {
    const text = ops.serialiseSidecar(before);
    const members = `${JSON.stringify(`unknown ${name}`)}:${unknown},`;
    const [head, ...rest] = text.slice(1, -1).split(/,\n(?= {2}"[a-z])/);
    const reversed = `${left}{${members}${[head, ...rest].reverse().join(`${left},${right}`)}}${right}`;
    return isDeepStrictEqual(read(reversed), { ...before, version: 2 });
  }), { numRuns: 300 });
  t.pass();
});

test('what a reader would refuse is not written', (t) => {
  const any = fc.record({
    purpose: fc.constantFrom('storage', 'raft', 'Raft', ''), wrapped: fc.constant(null),
    created: fc.string({ unit: 'binary-ascii' }), localEpoch: fc.constant(localEpoch(1)),
  }, { noNullPrototype: true });
  const names = fc.constantFrom('1', '2', '02', '0', '4294967296', '__proto__', 'constructor', ' 1');
  fc.assert(fc.property(fc.array(fc.tuple(names, any), { maxLength: 3 }), fc.nat(2).map(keyId), fc.nat(2).map(keyId), (keys, storage, raft) => {
    const before: SidecarState = {
      version: 2, raftAppliedIndex: raftIndex(1n), storageEnvelopeActive: false, storageEnvelopeCutover: raftIndex(0n), raftEnvelopeCutover: raftIndex(0n),
      active: { storage, raft }, keys: new Map(keys),
    };
    try {
      return isDeepStrictEqual(read(ops.serialiseSidecar(before)), before);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // The text all the same, by a writer that does not look; a reader refuses it for the same reason.
      const unchecked = composeOperations(nodeAead, { checkSidecarEntries: () => {}, checkSidecarActive: () => {} });
      return reasonOf(unchecked.serialiseSidecar(before)) !== null;
    }
  }), { numRuns: 500 });
  const half = { purpose: 'raft', wrapped: null, created: 'a\ud800b', localEpoch: localEpoch(1) };
  const error = t.throws(() => ops.serialiseSidecar({
    version: 2, raftAppliedIndex: raftIndex(1n), storageEnvelopeActive: false, storageEnvelopeCutover: raftIndex(0n), raftEnvelopeCutover: raftIndex(0n),
    active: { storage: keyId(0), raft: keyId(0) }, keys: new Map([['7', half]]),
  }), { instanceOf: Refusal });
  t.is(error?.reason, 'json-strict');
});

// ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────

const VALUES = [
  '0', '1', '2', '3', '7', '-1', '-0', '2.0', '1e3', '4294967295', '4294967296', '65535', '65536', '18446744073709551615', '18446744073709551616',
  '9223372036854775808', '1e9999', 'true', 'false', 'null', '[]', '[1,2]', '{}', '{"a":1,"a":2}', '{"a":{"\\udfff":0}}',
  '""', '"storage"', '"raft"', '"Raft"', '"AQ=="', '"AR=="', '"AQI="', '"AQJ="', '"AQ\\n=="', '"AQ\\r\\n=="',
  '"-_8="', '"A==="', '"AQ==AQ=="', '"a\\ud800b"', '"\\ud83d\\ude00"', '"\\u0041"',
];
const value = fc.constantFrom(...VALUES);
const members = (names: readonly string[], inner: (name: string) => fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...names).chain((name) => inner(name).map((text) => `"${name}":${text}`)), { maxLength }).map((all) => `{${all.join(',')}}`);

const ENTRY = ['purpose', 'purpose', 'wrapped', 'wrapped', 'created', 'local_epoch', 'Purpose', 'wra\\u0070ped', 'purpo\u017fe', '__proto__', 'more'];
const entryText = members(ENTRY, (name) => name === 'purpose' ? fc.constantFrom('"storage"', '"raft"', '"raft"', '"x"', '7') : value, 4);
const IDS = ['7', '7', '1', '07', '4294967295', '4294967296', '0', 'x', '', '__proto__', 'wrapped', 'Keys'];
const keysText = members(IDS, () => fc.oneof({ weight: 9, arbitrary: entryText }, value), 3);
const activeText = members(['storage', 'raft', 'STORAGE', 'other'], () => fc.constantFrom('0', '7', '1', '4294967295', 'null', '"7"', '1.0'), 2);
const nested = fc.tuple(fc.constantFrom('[', '{"a":'), fc.constantFrom(61, 62, 63, 64, 65))
  .map(([open, depth]) => open.repeat(depth) + '0' + (open === '[' ? ']' : '}').repeat(depth));
const DOCUMENT = [
  'raft_applied_index', 'storage_envelope_active', 'storage_envelope_cutover_index', 'raft_envelope_cutover_index',
  'active', 'keys', 'keys', 'keys', 'version', 'VERSION', '\u212aeys', 'deep', '\ufffd',
];
const first = fc.constantFrom('"version":2', '"version":2', '"version":2', '"version":1', '"version":3', '"other":0');
const documentText = fc.tuple(first, members(DOCUMENT, (name) => {
  if (name === 'keys') return fc.oneof({ weight: 5, arbitrary: keysText }, value);
  if (name === 'active') return fc.oneof({ weight: 5, arbitrary: activeText }, value);
  return name === 'deep' ? nested : value;
}, 4)).map(([version, rest]) => rest === '{}' ? `{${version}}` : `{${version},${rest.slice(1)}`);

/** A document with some of its bytes put out, put in, doubled or moved, or laid inside itself. */
const whole = fc.oneof(documentText, state.map((one) => ops.serialiseSidecar(one))).map(utf8);
const damaged = fc.tuple(whole, fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.constantFrom('splice', 'double', 'nest'))
  .map(([file, from, length, put, how]) => {
    const start = from % (file.length + 1);
    const end = start + length % (file.length - start + 1);
    if (how === 'nest') return concat(utf8('{"version":2,"keys":{"7":'), file, utf8('}}'));
    if (how === 'double') return concat(file.subarray(0, end), file.subarray(start));
    return concat(file.subarray(0, start), put, file.subarray(end));
  });
const anyFile = fc.oneof(
  { weight: 4, arbitrary: documentText.map(utf8) }, { weight: 2, arbitrary: damaged },
  fc.uint8Array({ maxLength: 60 }), fc.string({ unit: 'binary' }).map(utf8), fc.json().map(utf8), value.map(utf8),
);

const STAGES: Readonly<Record<SidecarFault, readonly Reason[]>> = {
  'syntax': ['json-syntax', 'json-depth', 'json-strict'],
  'type': ['json-type', 'json-number', 'base64'], 'number': ['json-type', 'json-number', 'base64'], 'base64': ['json-type', 'json-number', 'base64'],
  'version': ['sidecar-version'], 'key-id': ['sidecar-key-id-format', 'sidecar-key-id-reserved', 'sidecar-purpose'],
  'purpose': ['sidecar-key-id-format', 'sidecar-key-id-reserved', 'sidecar-purpose'],
  'active': ['sidecar-active-key-missing', 'sidecar-active-purpose-mismatch'],
};
const ORDER = ['syntax', 'type', 'number', 'base64', 'version', 'key-id', 'purpose', 'active'] as const;

test('the strict reader accepts exactly the documents in which the suite finds neither a feature of the choice nor a fault', (t) => {
  const seen = { accepted: 0, features: 0, faults: 0 };
  fc.assert(fc.property(anyFile, (file) => {
    const document = sidecarDocument(file);
    const { faults } = sidecarFindings(document);
    const reason = reasonOf(file);
    const shown = new TextDecoder().decode(file);
    if (document.features.length > 0) {
      seen.features += 1;
      return reason !== null || t.fail(`accepted with ${document.features.join()}: ${shown}`);
    }
    const first = ORDER.find((fault) => faults.has(fault));
    if (first === undefined) {
      seen.accepted += 1;
      return reason === null || t.fail(`${reason}, and nothing found: ${shown}`);
    }
    seen.faults += 1;
    // And it reports the stage that comes first.
    return (reason !== null && STAGES[first].includes(reason)) || t.fail(`${reason ?? 'accepted'}, and found ${first}: ${shown}`);
  }), { numRuns: 6000 });
  for (const [kind, count] of Object.entries(seen)) t.true(count > 300, `${count} documents with ${kind}`);
});

test('the sorting of documents and states is total, and every case finds its rule', (t) => {
  const odd = fc.oneof(
    anyFile.map((file): Record<string, unknown> => ({ document_hex: hex(file) })),
    fc.dictionary(fc.constantFrom('document', 'document_hex', 'state', 'absent', 'kek'), fc.anything()),
  );
  fc.assert(fc.property(odd, (input) => Object.values(sidecarSorting).every((group) =>
    'notJudged' in group || group.rules.some(({ when }) => when === undefined || when(input)))), { numRuns: 1000 });
  t.pass();
});

test('the tree of the suite says what JSON.parse says', (t) => {
  const plain = (node: JsonNode | null, original: unknown): boolean => {
    switch (node?.kind) {
      case 'object': return Object.keys(original as object).length === node.members.length
        && node.members.every(({ name, value: inner }) => plain(inner, (original as Record<string, unknown>)[name]));
      case 'array': return (original as unknown[]).length === node.items.length && node.items.every((item, at) => plain(item, (original as unknown[])[at]));
      case 'string': return node.value === original;
      case 'number': return Number(node.text) === original;
      default: return node !== null && JSON.stringify(original) !== undefined;
    }
  };
  fc.assert(fc.property(fc.json({ stringUnit: 'binary' }), fc.constantFrom('', ' ', '\r\n\t'), (text, space) => {
    const spaced = `${space}${text}${space}`;
    return isJson(spaced) && plain(jsonTree(spaced, 1000), JSON.parse(text));
  }));
  t.is(jsonTree('[[0]]', 1), null);
  t.not(jsonTree('[[0]]', 2), null);
});

test('numbers keep every digit up to their width, and no more', (t) => {
  fc.assert(fc.property(index, (number) => {
    const verdict = read(`{"version":2,"raft_applied_index":${number},"storage_envelope_cutover_index":18446744073709551615}`);
    return !(verdict instanceof Refusal) && verdict.raftAppliedIndex === number && verdict.storageEnvelopeCutover === 2n ** 64n - 1n;
  }));
  for (const [number, reason] of [
    ['18446744073709551616', 'json-type'], ['9'.repeat(100_000), 'json-type'], ['-1', 'json-type'], ['-0', 'json-number'],
    ['1.0', 'json-number'], ['1e0', 'json-number'], ['01', 'json-syntax'], ['"1"', 'json-type'],
  ] as const) t.is(reasonOf(`{"version":2,"raft_applied_index":${number}}`), reason, number.slice(0, 30));
  for (const version of ['-0', '-1', '3', '9223372036854775807', '-9223372036854775808']) t.is(reasonOf(`{"version":${version}}`), 'sidecar-version');
  for (const version of ['9223372036854775808', '-9223372036854775809']) t.is(reasonOf(`{"version":${version}}`), 'json-type');
});

test('each thing that the strict alternative refuses is refused as such, and found by the suite', (t) => {
  const inEntry = (members_: string): string => `{"version":2,"keys":{"7":{"purpose":"raft",${members_}}}}`;
  const cases: readonly (readonly [string | Uint8Array, string])[] = [
    ['{"version":2,"version":2}', 'repeated-name'], ['{"version":2,"\\u0076ersion":2}', 'repeated-name'],
    ['{"version":2,"x":[{"a":1,"\\u0061":1}]}', 'repeated-name'],
    ['{"Version":2}', 'folded-name'], ['{"ver\u017fion":2}', 'folded-name'], ['{"version":2,"\\u212aeys":{}}', 'folded-name'],
    ['{"version":2,"active":{"RAFT":0}}', 'folded-name'], [inEntry('"Created":""'), 'folded-name'],
    [inEntry('"wrapped":[]'), 'wrapped-array'], [inEntry('"wrapped":"AQ\\n=="'), 'line-break'],
    [inEntry('"wrapped":"AR=="'), 'spare-bits'], [inEntry('"wrapped":"AQJ="'), 'spare-bits'],
    [concat(utf8('{"version":2,"x":"'), Uint8Array.of(0xff), utf8('"}')), 'invalid-utf8'],
    [concat(utf8('{"version":2,"x":"'), Uint8Array.of(0xed, 0xa0, 0x80), utf8('"}')), 'invalid-utf8'],
    ['{"version":2,"x":"\\ud800"}', 'lone-surrogate'], ['{"version":2,"\\udc00":1}', 'lone-surrogate'], ['{"version":2,"x":"\\ude00\\ud83d"}', 'lone-surrogate'],
    [`{"version":2,"x":${'['.repeat(64)}${']'.repeat(64)}}`, 'nesting'],
  ];
  for (const [file, feature] of cases) {
    t.is(reasonOf(file), feature === 'nesting' ? 'json-depth' : 'json-strict', feature);
    t.deepEqual(sidecarDocument(typeof file === 'string' ? utf8(file) : file).features, [feature] as never);
  }
  // A known name counts at its own place only, and folding reaches no further than the two characters.
  for (const file of [
    '{"version":2,"Purpose":1}', '{"version":2,"keys":{"7":{"purpose":"raft","STORAGE":1}}}', '{"version":2,"x":{"VERSION":1}}',
    '{"vers\u0131on":1,"version":2}', `{"version":2,"x":${'['.repeat(63)}${']'.repeat(63)}}`,
  ]) t.is(reasonOf(file), null, file.slice(0, 60));
});

test('names that mean something to the language are names like others', (t) => {
  t.is(reasonOf('{"version":2,"__proto__":{"version":3,"keys":{}},"constructor":null,"toString":{"__proto__":[]}}'), null);
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
    t.is(reasonOf(`{"version":2,"keys":{"${name}":{"purpose":"raft"}}}`), 'sidecar-key-id-format');
  }
  t.is(reasonOf('{"__proto__":{"version":2}}'), 'sidecar-version');
  t.is(reasonOf('{"version":2,"keys":{"7":{"__proto__":{"purpose":"raft"}}}}'), 'sidecar-purpose');
  t.is(reasonOf('{"version":2,"active":{"storage":7,"__proto__":{}},"keys":{"7":{"purpose":"storage","toString":"x"}}}'), null);
  t.false('version' in {});
});

test('control characters, byte order marks, NUL and foreign white space are faults of the syntax', (t) => {
  for (let code = 0; code < 0x20; code += 1) {
    t.is(reasonOf(`{"version":2,"x":"a${String.fromCharCode(code)}"}`), 'json-syntax');
    t.is(reasonOf(`{"version":2,"x\\\\${String.fromCharCode(code)}":0}`), 'json-syntax');
    t.is(reasonOf(`{"version":2}${String.fromCharCode(code)}`), [0x09, 0x0a, 0x0d].includes(code) ? null : 'json-syntax');
  }
  for (const odd of ['\ufeff', '\u00a0', '\u2028', '\u3000', '\u0085', '\f', '\v']) {
    t.is(reasonOf(`${odd}{"version":2}`), 'json-syntax');
    t.is(reasonOf(`{"version":${odd}2}`), 'json-syntax');
  }
  for (const text of [
    '', ' ', '{', '"', '"\\', '{"version":2', '{"version":2}}', '{"version":2},', 'nul', 'NaN', 'Infinity', '{"version":.5}', '{"version":1.}', '{"x":"\\u00g0"}',
  ]) t.is(reasonOf(text), 'json-syntax', text);
});

test('documents that are huge or nested beyond all measure are refused at once', (t) => {
  t.timeout(60_000);
  const started = performance.now();
  const closed = `{"version":2,"x":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
  for (const file of ['['.repeat(8_000_000), '{"a":'.repeat(1_000_000), closed]) t.is(reasonOf(file), 'json-depth');
  t.is(reasonOf(`"${'\\'.repeat(4_000_001)}`), 'json-syntax');
  t.is(reasonOf(`{"version":2,"keys":{"7":{"purpose":"raft","wrapped":"${'A'.repeat(2_000_000)}"}}}`), null);
  t.is(reasonOf(`{"version":2,"keys":{"7":{"purpose":"raft","wrapped":"${'A'.repeat(2_000_000)}=A"}}}`), 'base64');
  t.is(reasonOf(`{"version":2,"keys":{"${'0'.repeat(1_000_000)}7":{"purpose":"raft"}}}`), null);
  t.true(performance.now() - started < 20_000);
});
