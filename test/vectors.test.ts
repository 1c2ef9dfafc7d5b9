/**
 * The vectors: how golden files come in and are sorted, how they are judged, what the lint finds, and that the reference
 * passes every case under both providers of the AEAD port.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { clauses, type ClauseId } from '../spec/clauses.js';
import { reasons, type Reason } from '../spec/reasons.js';
import { aeadByName } from '../conformance/adapters/reference/adapter.js';
import { vectorAnswerer } from '../conformance/adapters/reference/vectors.js';
import { clauseNamed, explained } from '../conformance/cli/explain.js';
import { InputError, UsageError } from '../conformance/cli/errors.js';
import { listed } from '../conformance/cli/list.js';
import { nearest } from '../conformance/cli/nearest.js';
import { shown } from '../conformance/cli/show.js';
import { ownVectorFiles } from '../conformance/oracle/own-vectors.js';
import { publishedSchemas } from '../conformance/protocol/json-schema.js';
import { MAX_LINE, vecReply, type VecReply } from '../conformance/protocol/messages.js';
import { countsOf, sumOf } from '../conformance/vectors/counts.js';
import { expandInput, MAX_EXPANDED } from '../conformance/vectors/expand.js';
import { importDirectory, importFile, publishedText, sortCase } from '../conformance/vectors/import.js';
import { judge } from '../conformance/vectors/judge.js';
import { loadLibrary, readPublishedFiles, vectorsDirectory } from '../conformance/vectors/library.js';
import { lint } from '../conformance/vectors/lint.js';
import type { Expectation, VectorCase, VectorFile } from '../conformance/vectors/schema.js';
import { sorting } from '../conformance/vectors/sort/index.js';
import { composeOperations } from '../src/node/compose.js';

const cli = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
const published = readPublishedFiles(vectorsDirectory());
const golden = published.filter(({ path }) => path.startsWith('golden/')).map(({ file }) => file);

const scratch = mkdtempSync(join(tmpdir(), 'cutcheck-vectors-'));
test.after.always(() => rmSync(scratch, { recursive: true, force: true }));
let directories = 0;
/** A directory of its own with these files. */
function directory(files: Readonly<Record<string, unknown>>): string {
  const path = join(scratch, String(directories += 1));
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(path, name), typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return path;
}

// ── Judge ───────────────────────────────────────────────────────────────────────────────────────────────────────

const answer = (result: VecReply['result'], rest: Partial<VecReply> = {}): VecReply => ({ result, reasons: [], observed: {}, ...rest });

test('judge: what counts and what does not', (t) => {
  const KEY = '00'.repeat(16) + 'ff'.repeat(16);
  const table: [name: string, expect: Expectation, got: VecReply, mismatch: RegExp | null][] = [
    ['a result', { result: 'valid' }, answer('valid'), null],
    ['another result', { result: 'valid' }, answer('invalid', { reasons: ['too-short'] }), /result: expected valid, got invalid \(too-short\)/],
    ['no reasons bind', { result: 'invalid' }, answer('invalid', { reasons: ['too-short'] }), null],
    ['a reason nobody knows', { result: 'invalid' }, answer('invalid', { reasons: ['bogus'] }), /reasons: .*"bogus", which it does not have/],
    ['a name of the prototype', { result: 'invalid' }, answer('invalid', { reasons: ['constructor'] }), /"constructor"/],
    ['reasons as sets', { result: 'invalid', reasons: ['too-short', 'length'] }, answer('invalid', { reasons: ['length', 'too-short', 'length'] }), null],
    ['a reason too few', { result: 'invalid', reasons: ['too-short', 'length'] }, answer('invalid', { reasons: ['length'] }), /expected too-short \+ length, got length/],
    ['a reason too many', { result: 'invalid', reasons: ['length'] }, answer('invalid', { reasons: ['length', 'too-short'] }), /reasons/],
    ['no reasons at all', { result: 'invalid', reasons: ['length'] }, answer('invalid'), /expected length, got none/],
    ['an own name of a reason', { result: 'invalid', reasons: ['length'] }, answer('invalid', { reasons: ['ErrLen'] }), null],
    ['one of several', { result: 'invalid', reasons_any_of: [['length'], ['too-short']] }, answer('invalid', { reasons: ['too-short'] }), null],
    ['none of several', { result: 'invalid', reasons_any_of: [['length'], ['too-short']] }, answer('invalid', { reasons: ['too-short', 'length'] }), /length or too-short/],
    ['an output that is not expected', { result: 'valid', observed: { a: 1 } }, answer('valid', { observed: { a: 1, b: 2 } }), null],
    ['an output that is missing', { result: 'valid', observed: { a: null } }, answer('valid'), /a: expected null, got nothing/],
    ['a member of the prototype', { result: 'valid', observed: { toString: 'x' } }, answer('valid'), /toString/],
    ['deep equality', { result: 'valid', observed: { f: { a: [1, { b: null }] } } }, answer('valid', { observed: { f: { a: [1, { b: null }] } } }), null],
    ['a deep difference', { result: 'valid', observed: { f: { a: [1, { b: null }] } } }, answer('valid', { observed: { f: { a: [1, { b: 0 }] } } }), /f\.a\[1\]\.b: expected null, got 0/],
    ['an inner member too many', { result: 'valid', observed: { f: { a: 1 } } }, answer('valid', { observed: { f: { a: 1, b: 2 } } }), /f\.b: expected nothing, got 2/],
    ['a list too short', { result: 'valid', observed: { f: [1, 2] } }, answer('valid', { observed: { f: [1] } }), /f: expected 2 items, got 1/],
    ['a list too long', { result: 'valid', observed: { f: [1] } }, answer('valid', { observed: { f: [1, 2] } }), /f: expected 1 items, got 2/],
    ['a number for a string', { result: 'valid', observed: { f: '1' } }, answer('valid', { observed: { f: 1 } }), /f/],
    ['a list for an object', { result: 'valid', observed: { f: {} } }, answer('valid', { observed: { f: [] } }), /f/],
    ['a run', { result: 'valid', observed: { f: { repeat: 'ab', count: 3 } } }, answer('valid', { observed: { f: 'ababab' } }), null],
    ['a run too short', { result: 'valid', observed: { f: { repeat: 'ab', count: 3 } } }, answer('valid', { observed: { f: 'abab' } }), /3 times ab/],
    ['head, length and tail', { result: 'valid', observed: { f: { head: '01', length: 4, tail: 'ff' } } }, answer('valid', { observed: { f: '010203ff' } }), null],
    ['a head of another length', { result: 'valid', observed: { f: { head: '01', length: 4 } } }, answer('valid', { observed: { f: '0102030405' } }), /f/],
    ['half a byte', { result: 'valid', observed: { f: { head: '01', length: 4 } } }, answer('valid', { observed: { f: '0102030' } }), /f/],
    ['a long text', { result: 'valid', observed: { f: { head: 'hü', length: 5, tail: '!' } } }, answer('valid', { observed: { f: 'hü.!' } }), null],
    ['outcomes', { result: 'valid', observed: { o: [{ result: 'valid', n: '01' }, { result: 'invalid', reasons: ['length'] }] } },
      answer('valid', { observed: { o: [{ result: 'valid', n: '01', more: 1 }, { result: 'invalid', reasons: ['ErrLen'] }] } }), null],
    ['an outcome whose reasons do not bind', { result: 'valid', observed: { o: [{ result: 'invalid' }] } }, answer('valid', { observed: { o: [{ result: 'invalid', reasons: ['length'] }] } }), null],
    ['an outcome with another reason', { result: 'valid', observed: { o: [{ result: 'invalid', reasons: ['length'] }] } },
      answer('valid', { observed: { o: [{ result: 'invalid', reasons: ['too-short'] }] } }), /o\[0\]: expected length, got too-short/],
    ['an outcome with another result', { result: 'valid', observed: { o: [{ result: 'invalid' }] } }, answer('valid', { observed: { o: [{ result: 'valid' }] } }), /o\[0\]\.result/],
    ['no key is shown whole', { result: 'valid', observed: { dek: KEY } }, answer('valid', { observed: { dek: KEY.replace('ff', '00') } }), /^(?!.*ffff).*differs from byte 16 on/],
  ];
  for (const [name, expect, got, mismatch] of table) {
    const found = judge(expect, got, { ErrLen: 'length' });
    if (mismatch === null) t.is(found, null, name);
    else t.regex(found === null ? 'no mismatch' : `${found.kind} ${found.member ?? ''}: expected ${found.expected}, got ${found.got}`.replace(/^(result|reasons) :/, '$1:'), mismatch, name);
  }
});

const jsonValue = fc.jsonValue({ maxDepth: 4 });
const plainRecord = fc.dictionary(fc.string(), jsonValue, { maxKeys: 5 });
/** Nothing in it reads as a short form or as a verdict. */
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null
  || (Object.keys(value).every((name) => !['repeat', 'count', 'head', 'length', 'tail', 'result', 'body_pieces', 'document_pieces'].includes(name)) && Object.values(value).every(isPlain));

test('judge: outputs equal themselves and nothing else', (t) => {
  t.notThrows(() => fc.assert(fc.property(plainRecord.filter(isPlain), plainRecord.filter(isPlain), (left, right) => {
    const same = (a: unknown, b: unknown): boolean => judge({ result: 'valid', observed: { x: a } }, answer('valid', { observed: { x: b } }), {}) === null;
    return same(left, structuredClone(left)) && same(left, right) === (canonical(left) === canonical(right)) && same(right, left) === same(left, right);
  })));
});

const inOrder = (value: unknown): unknown => Array.isArray(value) ? value.map(inOrder)
  : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, inOrder(inner)])) : value;
const canonical = (value: unknown): string => JSON.stringify(inOrder(value));

test('judge: never throws, whatever is answered', (t) => {
  t.notThrows(() => fc.assert(fc.property(plainRecord, plainRecord, (observed, got) => {
    judge({ result: 'valid', observed }, answer('valid', { observed: got, reasons: [] }), {});
  })));
});

// ── Expand ──────────────────────────────────────────────────────────────────────────────────────────────────────

test('expand: runs at any depth and pieces are written out', (t) => {
  t.deepEqual(expandInput({ a: { repeat: '5c', count: 3 }, b: [{ c: { count: 2, repeat: 'é' } }, 7, null] }), { a: '5c5c5c', b: [{ c: 'éé' }, 7, null] });
  t.deepEqual(expandInput({ body_pieces: [{ hex: '01', times: 1 }, { hex: 'ff', times: 3 }, { hex: '02', times: 0 }] }), { body: '01ffffff' });
  t.deepEqual(expandInput({ document_pieces: [{ text: '[', times: 2 }, { text: ']', times: 2 }] }), { document: '[[]]' });
  t.deepEqual(expandInput({ a: { repeat: '', count: 5 }, count: 3 }), { a: '', count: 3 });
});

test('expand: what is of another form or beyond all measure is refused', (t) => {
  const pieces = Array.from({ length: 20 }, () => ({ hex: 'ff'.repeat(1024 * 512), times: 1 }));
  let deep: unknown = 1;
  for (let level = 0; level < 100; level += 1) deep = [deep];
  const table: [input: Record<string, unknown>, RegExp][] = [
    [{ a: { repeat: 'ff', count: MAX_EXPANDED } }, /^a: expected at most 16777216 characters/],
    [{ a: { repeat: 'ff', count: 1e15 } }, /^a: expected at most/],
    [{ a: { repeat: 'ff', count: -1 } }, /^a: expected \{repeat/],
    [{ a: { repeat: 'ff', count: '3' } }, /^a: expected \{repeat/],
    [{ a: { repeat: 'ff', count: 1.5 } }, /^a: expected \{repeat/],
    [{ a: [{ repeat: 255, count: 1 }] }, /^a\[0\]: expected \{repeat/],
    [{ body_pieces: 'ff' }, /^body_pieces: expected a list of \{hex, times\}, got string/],
    [{ body_pieces: [{ text: 'ff', times: 1 }] }, /^body_pieces\[0\]: expected \{hex, times\}, got \{text, times\}/],
    [{ body_pieces: pieces }, /expected at most/],
    [{ body_pieces: [], body: '' }, /^body_pieces: expected it without "body", got both/],
    [{ a: deep }, /levels of nesting/],
  ];
  for (const [input, message] of table) t.throws(() => expandInput(input), { instanceOf: InputError, message }, JSON.stringify(input).slice(0, 80));
});

test('expand: plain inputs stay as they are, and twice is once', (t) => {
  t.notThrows(() => fc.assert(fc.property(plainRecord.filter(isPlain), (input) => canonical(expandInput(input)) === canonical(input))));
  t.notThrows(() => fc.assert(fc.property(fc.string(), fc.nat(50), (repeat, count) => {
    const once = expandInput({ a: { repeat, count } });
    return once['a'] === repeat.repeat(count) && canonical(expandInput(once)) === canonical(once);
  })));
});

// ── Import ──────────────────────────────────────────────────────────────────────────────────────────────────────

type Json = Record<string, unknown>;
type GoldenFile = { format: string; source: Json; groups: { id: string; description: string; cases: Json[] }[] };

/** Published cases in the form of golden files again. */
function asGolden({ format, source: { sha256: _sha256, ...source }, groups }: VectorFile): GoldenFile {
  return {
    format, source,
    groups: groups.map((group) => ({ id: group.id, description: group.description, cases: group.cases.map((one) => goldenCase(format, group.id, one)) })),
  };
}

function goldenCase(format: string, group: string, one: VectorCase): Json {
  const { id, input } = one;
  if (one.sort === 'not-judged') return { id, input, ...one.original };
  if (one.sort === 'not-ours') return { id, input, result: 'invalid', expect: {} };
  const { result, observed = {}, ...causes } = one.sort === 'normative' ? one.expect : goldenAlternative(format, group, one);
  const names = (slugs: readonly string[]): string[] => slugs.map((slug) => reasons[slug as Reason].error ?? t_fail(slug));
  const expect = {
    ...unpublished(observed),
    ...(causes.reasons !== undefined && { error_matches: names(causes.reasons) }),
    ...(causes.reasons_any_of !== undefined && (causes.reasons_any_of.some((set) => set.includes('stream-ended'))
      ? { error_matches: ['io.EOF'] } : { error_any_of: causes.reasons_any_of.flatMap(names) })),
  };
  return { id, input, result, expect };
}

const t_fail = (slug: string): never => {
  throw new Error(`${slug} binds, and has no error name`);
};

function goldenAlternative(format: string, group: string, one: Extract<VectorCase, { sort: 'choice' }>): Expectation {
  const rules = sorting[format]?.[group];
  const rule = rules !== undefined && 'rules' in rules ? sortCase(rules.rules, expandInput(one.input)) : undefined;
  const name = rule?.sort === 'choice' ? Object.entries(rule.alternatives).find(([, form]) => form === 'golden')?.[0] : undefined;
  return one.alternatives[name ?? ''] ?? t_fail(one.id);
}

function unpublished(observed: Json): Json {
  const value = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(value);
    if (typeof inner !== 'object' || inner === null) return inner;
    const { result, reasons: slugs, ...rest } = inner as Json;
    if (typeof result !== 'string') return unpublished(inner as Json);
    return { result, ...(Array.isArray(slugs) && { error: reasons[slugs[0] as Reason].error }), ...unpublished(rest) };
  };
  return Object.fromEntries(Object.entries(observed).flatMap(([name, inner]) => {
    const { head, length, tail } = (inner ?? {}) as Json;
    return typeof head === 'string' ? [[`${name}_head`, head], [`${name}_length`, length], ...(tail === undefined ? [] : [[`${name}_tail`, tail]])] : [[name, value(inner)]];
  }));
}

const withoutHash = (file: VectorFile): VectorFile => ({ ...file, source: { ...file.source, sha256: '0'.repeat(64) } });

const goldenDirectory = (): string => directory(Object.fromEntries(golden.map((file) => [`${file.format}.json`, asGolden(file)])));

test('import: twice gives no difference, and gives what is published', (t) => {
  const source = goldenDirectory();
  writeFileSync(join(source, 'README.md'), 'not a vector file');
  const texts = (): string[] => importDirectory(source).map(({ file }) => publishedText(file));
  t.deepEqual(texts(), texts());
  for (const { file } of importDirectory(source)) {
    const ours = golden.find(({ format }) => format === file.format);
    t.is(publishedText(withoutHash(file)), ours === undefined ? '' : publishedText(withoutHash(ours)), file.format);
    t.regex(file.source.sha256 ?? '', /^[0-9a-f]{64}$/);
  }
});

test('import: the sorting sees the input and never the id', (t) => {
  for (const file of golden) {
    const shuffled = asGolden(file);
    for (const group of shuffled.groups) for (const [index, one] of group.cases.entries()) one['id'] = `${group.id}/${(index * 7919) % 10007}-${index}`;
    const again = importFile({ name: file.format, bytes: Buffer.from(JSON.stringify(shuffled)) });
    const sorts = ({ groups }: VectorFile): unknown => groups.map(({ cases }) => cases.map((one) => [one.sort, 'clause' in one ? one.clause : null, one.why]));
    t.deepEqual(sorts(again), sorts(file));
  }
});

/** A small golden file that imports; `change` spoils a copy of it. */
function spoiled(change: (file: GoldenFile) => void): Json {
  const file: GoldenFile = {
    format: 'proposal-envelope', source: { project: 'x', how: 'by hand' },
    groups: [
      { id: 'decode', description: 'd', cases: [{ id: 'decode/a', input: { entry_data: '010000000000000001ff' }, result: 'valid', expect: { proposal_id: '1', payload: 'ff' } }] },
      { id: 'conf-change-context', description: 'd', cases: [{
        id: 'conf-change-context/long', input: { operation: 'encode', request_id: '1', peer_node_id: '2', peer_id: { repeat: 'x', count: 65536 }, peer_address: '' },
        result: 'invalid', reason: 'text-too-long', error: 'errConfChangeContextTooLarge', expect: { error_matches: ['errConfChangeContextTooLarge'] },
      }] },
    ],
  };
  change(file);
  return file as unknown as Json;
}
const firstCase = (file: GoldenFile, group = 0): Json => file.groups[group]?.cases[0] ?? t_fail('case');
const firstGroup = (file: GoldenFile): GoldenFile['groups'][number] => file.groups[0] ?? t_fail('group');

test('import: whatever is not known or does not fit is named', (t) => {
  t.notThrows(() => importDirectory(directory({ 'a.json': spoiled(() => {}) })));
  let deep: unknown = 1;
  for (let level = 0; level < 5000; level += 1) deep = [deep];
  const table: [name: string, files: Readonly<Record<string, unknown>>, RegExp][] = [
    ['no file', {}, /expected vector files \(\*\.json\), got none/],
    ['only other files', { 'README.md': '#' }, /expected vector files/],
    ['broken JSON', { 'a.json': '{"format": ' }, /a\.json: expected one JSON document in UTF-8, got /],
    ['not UTF-8', { 'a.json': Uint8Array.of(0x22, 0xff, 0x22) }, /a\.json: expected one JSON document in UTF-8/],
    ['another shape', { 'a.json': [] }, /a\.json: expected object, got a list of 0/],
    ['endless nesting', { 'a.json': deep }, /a\.json: expected at most 64 levels/],
    ['no groups', { 'a.json': spoiled((file) => { file.groups = []; }) }, /groups: expected at least 1 items, got a list of 0/],
    ['an unknown format', { 'a.json': spoiled((file) => { file.format = 'punch-cards'; }) }, /a\.json: expected a known format \(.*proposal-envelope.*\), got "punch-cards"/],
    ['a format of the prototype', { 'a.json': spoiled((file) => { file.format = 'constructor'; }) }, /got "constructor"/],
    ['an unknown group', { 'a.json': spoiled((file) => { firstGroup(file).id = 'decoding'; }) }, /expected a known group of proposal-envelope \(encode, decode, .*\), got "decoding"/],
    ['a group twice', { 'a.json': spoiled((file) => { file.groups.push(firstGroup(file)); }) }, /expected one group "decode", got a second/],
    ['a format twice', { 'a.json': spoiled(() => {}), 'b.json': spoiled(() => {}) }, /b\.json: expected one file a format.*a\.json has too/],
    ['a case without an input', { 'a.json': spoiled((file) => { delete firstCase(file)['input']; }) }, /case decode\/a: input: expected object, got nothing/],
    ['a case that is none', { 'a.json': spoiled((file) => { firstGroup(file).cases = [7 as unknown as Json]; }) }, /case 1 of group decode: expected object, got 7/],
    ['an unknown member', { 'a.json': spoiled((file) => { firstCase(file)['expected'] = 1; }) }, /case decode\/a: expected no other members, got "expected"/],
    ['an unknown result', { 'a.json': spoiled((file) => { firstCase(file)['result'] = 'fine'; }) }, /case decode\/a: result: expected "valid" or .*, got "fine"/],
    ['an id of another group', { 'a.json': spoiled((file) => { firstCase(file)['id'] = 'encode/a'; }) }, /expected an id that begins with "decode\/"/],
    ['an id twice', { 'a.json': spoiled((file) => { firstGroup(file).cases.push(firstCase(file)); }) }, /case decode\/a: expected an id of its own/],
    ['an input of another form', { 'a.json': spoiled((file) => { firstCase(file)['input'] = { entry_data: 'XY' }; }) },
      /case decode\/a: input entry_data: expected bytes as lower-case hex, got "XY"/],
    ['an input member too many', { 'a.json': spoiled((file) => { firstCase(file)['input'] = { entry_data: '', extra: 1 }; }) }, /case decode\/a: input expected no other members, got "extra"/],
    ['an absurd run', { 'a.json': spoiled((file) => { firstCase(file)['input'] = { entry_data: { repeat: 'ff', count: 1e12 } }; }) }, /case decode\/a: entry_data: expected at most/],
    ['an undeclared output', { 'a.json': spoiled((file) => { firstCase(file)['expect'] = { colour: 'red' }; }) },
      /case decode\/a: expect: expected outputs named proposal_id, payload, got "colour"/],
    ['an output of another form', { 'a.json': spoiled((file) => { firstCase(file)['expect'] = { proposal_id: 1 }; }) }, /expect proposal_id: expected string, got 1/],
    ['an unknown error', { 'a.json': spoiled((file) => { firstCase(file, 1)['expect'] = { error_matches: ['ErrBogus'] }; firstCase(file, 1)['error'] = 'ErrBogus'; }) },
      /case conf-change-context\/long: error: expected an error of the table of reasons, got "ErrBogus"/],
    ['an unknown reason', { 'a.json': spoiled((file) => { firstCase(file, 1)['reason'] = 'because'; }) }, /reason: expected a reason of the table, got "because"/],
    ['an error that does not match', { 'a.json': spoiled((file) => { firstCase(file, 1)['error'] = 'ErrIntegrity'; }) }, /error: expected one of error_matches/],
    ['a valid case with an error', { 'a.json': spoiled((file) => { firstCase(file, 1)['result'] = 'valid'; }) }, /result: expected a refusal with its error, got "valid"/],
  ];
  for (const [name, files, message] of table) t.throws(() => importDirectory(directory(files)), { instanceOf: InputError, message }, name);
  t.throws(() => importDirectory(join(scratch, 'absent')), { instanceOf: InputError, message: /absent: expected a directory that can be read, got nothing there/ });
  t.throws(() => importDirectory(cli), { instanceOf: InputError, message: /got a file/ });
});

test('import: members and inputs named after the prototype do no harm', (t) => {
  const text = JSON.stringify(spoiled(() => {})).replace('"payload"', '"__proto__"');
  t.throws(() => importDirectory(directory({ 'a.json': text })), { instanceOf: InputError, message: /expected one JSON document in UTF-8, got .*forbidden prototype/ });
  t.false(Object.hasOwn(Object.prototype, 'payload'));
});

// ── Sorting ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('sorting: every rule copes with any input, and codec groups sort every one', (t) => {
  const members = [...new Set(golden.flatMap(({ groups }) => groups.flatMap(({ cases }) => cases.flatMap(({ input }) => Object.keys(input)))))];
  const hex = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  const odd = fc.dictionary(fc.constantFrom(...members), fc.oneof(jsonValue, hex, fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String)), { maxKeys: 8 });
  const groups = Object.entries(sorting).flatMap(([format, ofFormat]) => Object.entries(ofFormat).flatMap(([group, rules]) => 'rules' in rules ? [{ name: `${format}/${group}`, rules }] : []));
  t.true(groups.length > 0);
  for (const { name, rules } of groups) {
    t.is(rules.class, 'codec', name);
    t.is(rules.rules.at(-1)?.when, undefined, `${name}: the last rule has no condition`);
    t.notThrows(() => fc.assert(fc.property(odd, (input) => sortCase(rules.rules, input) !== undefined), { numRuns: 50 }), name);
  }
});

test('sorting: the clauses of judged groups are of L0, and choices have the alternatives of their clause', (t) => {
  for (const [format, groups] of Object.entries(sorting)) {
    for (const [group, rules] of Object.entries(groups)) {
      for (const rule of 'rules' in rules ? rules.rules : []) {
        if (rule.sort === 'not-ours') continue;
        t.is(clauses[rule.clause].level, 'L0', `${format}/${group}: ${rule.clause}`);
        if (rule.sort === 'choice') t.deepEqual(Object.keys(rule.alternatives).sort(), [...clauses[rule.clause].choices].sort(), `${format}/${group}`);
      }
    }
  }
});

// ── Published files ─────────────────────────────────────────────────────────────────────────────────────────────

test('lint finds nothing in the published files', (t) => {
  t.deepEqual(lint(vectorsDirectory()), []);
});

test('the published files fit their JSON Schema', (t) => {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  const schema = publishedSchemas().get('vectors.schema.json');
  const validate = ajv.compile(schema ?? t_fail('schema'));
  for (const { path } of published) t.true(validate(JSON.parse(readFileSync(join(vectorsDirectory(), path), 'utf8'))), `${path}: ${ajv.errorsText(validate.errors)}`);
});

test('our own cases are as their script makes them', (t) => {
  const files = ownVectorFiles();
  t.deepEqual(readdirSync(join(vectorsDirectory(), 'own')).sort(), [...files.keys()].sort());
  for (const [name, text] of files) t.is(readFileSync(join(vectorsDirectory(), 'own', name), 'utf8'), text, name);
});

test('lint finds every planted fault', (t) => {
  const base = join(scratch, 'planted');
  type Loose = { format: string; source: Json; groups: { id: string; class: string; clauses: string[]; cases: Json[] }[] };
  type Planted = [name: string, path: string, change: (file: Loose) => void, finding: RegExp];
  const caseOf = (file: Loose, group = 0): Json => file.groups[group]?.cases[0] ?? t_fail('case');
  const path = 'golden/proposal-envelope.json';
  const table: Planted[] = [
    ['a member that the schema does not have', path, (file) => { caseOf(file)['note'] = 'x'; }, /schema: .*"note"/],
    ['a clause that does not exist', path, (file) => { caseOf(file)['clause'] = 'base/no-such-clause'; }, /schema: .*clause/],
    ['a reason that does not exist', path, (file) => { caseOf(file, 2)['expect'] = { result: 'invalid', reasons: ['bogus'] }; }, /schema: .*reasons/],
    ['a case without a reason of its sort', path, (file) => { caseOf(file)['why'] = ''; }, /schema: .*why/],
    ['a format that is not known', path, (file) => { file.format = 'punch-cards'; }, /format: expected a known one/],
    ['a group that is not known', path, (file) => { (file.groups[0] ?? t_fail('group')).id = 'encoding'; }, /expected a known group/],
    ['another class', path, (file) => { (file.groups[0] ?? t_fail('group')).class = 'file'; }, /class: expected codec, got file/],
    ['other clauses of a group', path, (file) => { (file.groups[0] ?? t_fail('group')).clauses = ['base/raft-aad']; }, /clauses: expected base\/proposal-layout, got base\/raft-aad/],
    ['an id twice', path, (file) => { file.groups[0]?.cases.push(caseOf(file)); }, /id: golden\/proposal-envelope\.json has it already/],
    ['an id of another group', path, (file) => { caseOf(file)['id'] = 'decode/x'; }, /id: expected one that begins with "encode\/"/],
    ['another clause than the rules say', path, (file) => { caseOf(file)['clause'] = 'base/raft-aad'; }, /sort: expected normative of base\/proposal-layout .*, got normative of base\/raft-aad/],
    ['another sort than the rules say', path, (file) => { const { id, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'not-ours', why, input }); },
      /sort: expected normative .*, got not-ours/],
    ['an unsorted case', path, (file) => { const { id, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'not-judged', why, input, original: {} }); },
      /sort: expected a sorted case/],
    ['another reason of the sort', path, (file) => { caseOf(file)['why'] = 'because'; }, /why: expected "the bytes of entry data", got "because"/],
    ['an input that is not declared', path, (file) => { caseOf(file)['input'] = { payload: 'zz', proposal_id: '1' }; }, /input payload: expected bytes/],
    ['an absurd run', path, (file) => { caseOf(file)['input'] = { payload: { repeat: 'ff', count: 1e12 }, proposal_id: '1' }; }, /input: payload: expected at most/],
    ['an output that is not declared', path, (file) => { caseOf(file)['expect'] = { result: 'valid', observed: { colour: 1 } }; }, /expect: expected outputs named entry_data, got "colour"/],
    ['an absurd length', path, (file) => { caseOf(file)['expect'] = { result: 'valid', observed: { entry_data: { head: '01', length: 1e12 } } }; }, /expect: expected a length up to/],
    ['reasons of something valid', path, (file) => { caseOf(file)['expect'] = { result: 'valid', reasons: ['length'] }; }, /reasons of a refusal, and the result is valid/],
    ['no provenance', path, (file) => { file.source = { project: 'x', how: 'y' }; }, /source: expected the sha256/],
    ['a choice without alternatives', path, (file) => { const { id, clause, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'choice', clause, why, input, alternatives: { a: { result: 'valid' } } }); },
      /alternatives: expected those of base\/proposal-layout \(none\), got a/],
    ['a golden case repeated', 'own/proposal-envelope.json', (file) => { caseOf(file)['input'] = goldenInput; }, /repeats the input of golden\/proposal-envelope\.json/],
    ['a clause of another level', 'own/proposal-envelope.json', (file) => { caseOf(file)['clause'] = 'base/kek-file-checks'; }, /base\/kek-file-checks is of L1/],
    ['a clause still to come', 'own/proposal-envelope.json', (file) => { caseOf(file)['clause'] = 'base/apply-bootstrap'; }, /base\/apply-bootstrap is still to come/],
    ['an own case that is not judged', 'own/proposal-envelope.json', (file) => { const { id, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'not-ours', why, input }); },
      /expected a case that is judged/],
    ['a clause that nothing exercises', path, (file) => { file.groups = file.groups.filter(({ id }) => id !== 'conf-change-context'); }, /base\/conf-change-text-limit: a clause of L0 that no case exercises/],
  ];
  const goldenInput = golden.find(({ format }) => format === 'proposal-envelope')?.groups[0]?.cases[0]?.input ?? t_fail('input');
  for (const [name, at, change, finding] of table) {
    rmSync(base, { recursive: true, force: true });
    mkdirSync(join(base, 'golden'), { recursive: true });
    mkdirSync(join(base, 'own'));
    for (const part of ['golden', 'own']) cpSync(join(vectorsDirectory(), part, 'proposal-envelope.json'), join(base, part, 'proposal-envelope.json'));
    const file = JSON.parse(readFileSync(join(base, at), 'utf8')) as Loose;
    change(file);
    writeFileSync(join(base, at), publishedText(file as unknown as VectorFile));
    const found = lint(base).map(({ where, problem }) => `${where}: ${problem}`);
    t.true(found.some((line) => finding.test(line)), `${name}: ${found.filter((line) => !line.includes('no case exercises')).join(' | ')}`);
  }
  writeFileSync(join(base, path), readFileSync(join(base, path), 'utf8').replace('"groups": [\n', '"groups": ['));
  t.true(lint(base).some(({ problem }) => problem.startsWith('not in the published form')));
  writeFileSync(join(base, path), '{');
  t.throws(() => lint(base), { instanceOf: InputError });
  t.throws(() => lint(scratch), { instanceOf: InputError, message: /expected published vectors/ });
});

// ── Library ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('library: checks have ids of their own and cases that fit a line', (t) => {
  const library = loadLibrary();
  t.is(new Set(library.checks.map(({ id }) => id)).size, library.checks.length);
  t.regex(library.digest, /^sha256:[0-9a-f]{64}$/);
  t.is(loadLibrary().digest, library.digest);
  for (const check of library.checks) {
    t.is(check.id, `${check.format}/${check.group}/${check.clause.slice(check.clause.indexOf('/') + 1)}`);
    t.true(check.cases.length > 0);
    for (const one of check.cases) {
      const line = JSON.stringify({ id: 1e9, op: 'vec', args: { format: check.format, group: check.group, input: expandInput(one.input) } });
      t.true(Buffer.byteLength(line) < MAX_LINE, `${check.id} ${one.id}`);
      t.is(one.expect === null, one.alternatives !== null);
      t.is(one.choice, one.alternatives === null ? null : check.clause);
    }
  }
  const sums = sumOf(countsOf(published.map(({ file }) => file)));
  t.is(library.checks.reduce((sum, check) => sum + check.cases.length, 0), sums.normative + sums.choice);
  t.is(library.notOurs, sums.notOurs);
  t.is(library.unjudged.reduce((sum, group) => sum + group.cases, 0), sums.notJudged);
});

test('library: golden files of a user come beside ours, under the same sorting', (t) => {
  const [ours, both] = [loadLibrary(), loadLibrary({ extra: goldenDirectory() })];
  t.not(both.digest, ours.digest);
  const extra = both.checks.filter(({ id }) => id.startsWith('extra/'));
  t.deepEqual(both.checks.filter((check) => !extra.includes(check)), [...ours.checks]);
  const goldenIds = new Set(golden.flatMap(({ format, groups }) => groups.flatMap(({ id, cases }) => cases.flatMap((one) => 'clause' in one ? [`extra/${format}/${id}/${one.clause.slice(one.clause.indexOf('/') + 1)}`] : []))));
  t.deepEqual(new Set(extra.map(({ id }) => id)), goldenIds);
  t.throws(() => loadLibrary({ extra: directory({ 'a.json': spoiled((file) => { file.format = 'x'; }) }) }), { instanceOf: InputError });
});

test('library: loading grows with the vectors and not faster', (t) => {
  const times = (count: number): string => directory(Object.fromEntries(golden.map((file) => {
    const once = asGolden(file);
    return [`${file.format}.json`, { ...once, groups: once.groups.map((group) => ({ ...group, cases: Array.from({ length: count }, (_, round) => group.cases.map((one) => ({ ...one, id: `${String(one['id'])}-${round}` }))).flat() })) }];
  })));
  const [one, ten] = [times(1), times(10)];
  const measure = (extra: string): number => {
    const start = performance.now();
    loadLibrary({ extra });
    return performance.now() - start;
  };
  measure(one);
  const [small, large] = [Math.min(measure(one), measure(one), measure(one)), Math.min(measure(ten), measure(ten))];
  t.true(large < 11 * small + 500, `${small.toFixed(0)} ms for one, ${large.toFixed(0)} ms for ten`);
});

// ── The reference ───────────────────────────────────────────────────────────────────────────────────────────────

for (const provider of ['node', 'noble'] as const) {
  test(`the reference passes every codec case over ${provider}`, async (t) => {
    const answerer = vectorAnswerer(composeOperations(await aeadByName(provider)));
    const choices: Partial<Record<ClauseId, string>> = { 'base/sidecar-json': 'strict' };
    let judged = 0;
    for (const check of loadLibrary().checks) {
      for (const one of check.cases) {
        const expect = one.expect ?? one.alternatives?.[choices[check.clause] ?? ''] ?? t_fail(one.id);
        const input = JSON.parse(JSON.stringify(expandInput(one.input))) as Json;
        const reply = vecReply.parse(answerer({ format: check.format, group: check.group, input }));
        t.is(judge(expect, reply, {}), null, `${check.id}: ${one.id}`);
        judged += 1;
      }
    }
    t.true(judged > 700, `${judged} cases`);
  });
}

test('choices: one alternative is the golden verdict, the other a refusal whatever its reason', (t) => {
  const cases = loadLibrary().checks.flatMap((check) => check.cases).filter(({ choice }) => choice !== null);
  t.true(cases.length > 0);
  t.true(cases.some(({ alternatives }) => alternatives?.['lenient']?.result === 'valid'));
  for (const { id, choice, alternatives } of cases) {
    t.is(choice, 'base/sidecar-json', id);
    t.deepEqual(alternatives?.['strict'], { result: 'invalid' }, id);
    t.not(alternatives?.['lenient'], undefined, id);
  }
});

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────

test('list, show and explain know every check, group, case and clause', (t) => {
  const rows = listed(loadLibrary());
  t.true(rows.some(({ judged, class: name }) => !judged && name === 'machine'));
  t.true(rows.some(({ judged, class: name }) => !judged && name === 'file'));
  for (const { id, judged, cases } of rows) {
    const found = shown(id);
    t.is(found.what, judged ? 'check' : 'group');
    t.is(found.run !== null, judged);
    t.is(found.cases.length, cases, id);
  }
  const [check] = rows;
  const one = shown(`proposal-envelope/${shown(check?.id ?? '').cases.length === 0 ? '' : 'decode-rejects/short-0'}`);
  t.like(one, { what: 'case', run: "cutcheck run --run 'proposal-envelope/decode-rejects/proposal-decode' -- COMMAND" });
  t.throws(() => shown('proposal-envelope/decode-reject'), { instanceOf: UsageError, message: /nearest: proposal-envelope\/decode-rejects/ });
  t.throws(() => shown('base/raft-aad'), { instanceOf: UsageError, message: /cutcheck explain base\/raft-aad/ });
  const clause = explained('base/proposal-decode');
  t.like(clause, { keyword: 'MUST', level: 'L0', page: 'base/proposal-envelope.md' });
  t.true(clause.reasons.some(({ reason }) => reason === 'version-byte'));
  t.true(clause.checks.some(({ id }) => id === 'proposal-envelope/decode-rejects/proposal-decode'));
  t.true(clause.symbols.some(({ name, file }) => name === 'decodeProposal' && file === 'src/base/proposal-envelope.ts'));
  t.throws(() => clauseNamed('base/proposal-decod'), { instanceOf: UsageError, message: /nearest: base\/proposal-decode/ });
  for (const { aliases, id } of Object.values(clauses)) for (const alias of aliases) t.is(clauseNamed(alias), id as ClauseId);
  t.deepEqual(nearest('raft-aad', ['base/x', 'base/raft-aad', 'other']).at(0), 'base/raft-aad');
});

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });

test('commands: exit codes and what stdout holds', (t) => {
  const into = join(scratch, 'into');
  const source = goldenDirectory();
  t.is(run('vectors', 'import', source, '--into', into).status, 0);
  const first = readdirSync(into).map((name) => readFileSync(join(into, name), 'utf8'));
  t.is(run('vectors', 'import', source, '--into', into).status, 0);
  t.deepEqual(readdirSync(into).map((name) => readFileSync(join(into, name), 'utf8')), first);

  const unknown = run('vectors', 'import', directory({ 'a.json': spoiled((file) => { firstGroup(file).id = 'decoding'; }) }), '--into', join(scratch, 'nowhere'));
  t.is(unknown.status, 2);
  t.regex(unknown.stderr, /expected a known group of proposal-envelope \(.*\), got "decoding"/);
  t.notRegex(unknown.stderr, /\n\s+at /);

  const counts = JSON.parse(execFileSync(process.execPath, [cli, 'vectors', 'counts', '--json'], { encoding: 'utf8' })) as { cases: number }[];
  t.true(counts.length > 10);
  const list = JSON.parse(run('list', '--json').stdout) as { id: string }[];
  t.is(list.length, listed(loadLibrary()).length);
  t.is(run('show', 'no/such/thing').status, 2);
  t.is(run('explain', 'base/no-such-thing').status, 2);
  t.is((JSON.parse(run('explain', 'base/raft-aad', '--json').stdout) as { id: string }).id, 'base/raft-aad');

  const copy = join(scratch, 'copy');
  t.is(run('vectors', 'copy', copy).status, 0);
  t.is(run('vectors', 'lint', copy).status, 0);
  rmSync(join(copy, 'golden', 'proposal-envelope.json'));
  const linted = run('vectors', 'lint', copy);
  t.is(linted.status, 1);
  t.regex(linted.stdout, /base\/proposal-layout|base\/conf-change-context/);
  writeFileSync(join(copy, 'golden', 'broken.json'), '{');
  t.is(run('vectors', 'lint', copy).status, 2);
});
