/** How golden files come in: what is taken over, what is refused and how, and by what they are sorted. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { clauses } from '../spec/clauses.js';
import { InputError } from '../conformance/errors.js';
import { importDirectory, importFile, publishedText, sortCase } from '../conformance/vectors/import.js';
import type { VectorFile } from '../conformance/vectors/schema.js';
import { sorting } from '../conformance/vectors/sort/index.js';
import { asGolden, firstCase, firstGroup, golden, goldenFiles, scratch, spoiled, type Json } from './golden-files.js';

const { root, directory, clean } = scratch();
test.after.always(clean);

const withoutHash = (file: VectorFile): VectorFile => ({ ...file, source: { ...file.source, sha256: '0'.repeat(64) } });

test('import: twice gives no difference, and gives what is published', (t) => {
  const source = directory(goldenFiles());
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
    ['an unknown format', { 'a.json': spoiled((file) => { file.format = 'punch-cards'; }) },
      /a\.json: expected a known format \(.*proposal-envelope.*\), got "punch-cards"/],
    ['a format of the prototype', { 'a.json': spoiled((file) => { file.format = 'constructor'; }) }, /got "constructor"/],
    ['an unknown group', { 'a.json': spoiled((file) => { firstGroup(file).id = 'decoding'; }) },
      /expected a known group of proposal-envelope \(encode, decode, .*\), got "decoding"/],
    ['a group twice', { 'a.json': spoiled((file) => { file.groups.push(firstGroup(file)); }) }, /expected one group "decode", got a second/],
    ['a format twice', { 'a.json': spoiled(() => {}), 'b.json': spoiled(() => {}) }, /b\.json: expected one file a format.*a\.json has too/],
    ['a case without an input', { 'a.json': spoiled((file) => { delete firstCase(file)['input']; }) }, /case decode\/a: input: expected object, got nothing/],
    ['a case that is none', { 'a.json': spoiled((file) => { firstGroup(file).cases = [7 as unknown as Json]; }) },
      /case 1 of group decode: expected object, got 7/],
    ['an unknown member', { 'a.json': spoiled((file) => { firstCase(file)['expected'] = 1; }) }, /case decode\/a: expected no other members, got "expected"/],
    ['an unknown result', { 'a.json': spoiled((file) => { firstCase(file)['result'] = 'fine'; }) },
      /case decode\/a: result: expected "valid" or .*, got "fine"/],
    ['an id of another group', { 'a.json': spoiled((file) => { firstCase(file)['id'] = 'encode/a'; }) }, /expected an id that begins with "decode\/"/],
    ['an id twice', { 'a.json': spoiled((file) => { firstGroup(file).cases.push(firstCase(file)); }) }, /case decode\/a: expected an id of its own/],
    ['an input of another form', { 'a.json': spoiled((file) => { firstCase(file)['input'] = { entry_data: 'XY' }; }) },
      /case decode\/a: input entry_data: expected bytes as lower-case hex, got "XY"/],
    ['an input member too many', { 'a.json': spoiled((file) => { firstCase(file)['input'] = { entry_data: '', extra: 1 }; }) },
      /case decode\/a: input expected no other members, got "extra"/],
    ['an absurd run', { 'a.json': spoiled((file) => { firstCase(file)['input'] = { entry_data: { repeat: 'ff', count: 1e12 } }; }) },
      /case decode\/a: entry_data: expected at most/],
    ['an undeclared output', { 'a.json': spoiled((file) => { firstCase(file)['expect'] = { colour: 'red' }; }) },
      /case decode\/a: expect: expected outputs named proposal_id, payload, got "colour"/],
    ['an output of another form', { 'a.json': spoiled((file) => { firstCase(file)['expect'] = { proposal_id: 1 }; }) },
      /expect proposal_id: expected string, got 1/],
    ['an unknown error', { 'a.json': spoiled((file) => { firstCase(file, 1)['expect'] = { error_matches: ['ErrBogus'] }; firstCase(file, 1)['error'] = 'ErrBogus'; }) },
      /case conf-change-context\/long: error: expected an error of the table of reasons, got "ErrBogus"/],
    ['an unknown reason', { 'a.json': spoiled((file) => { firstCase(file, 1)['reason'] = 'because'; }) },
      /reason: expected a reason of the table, got "because"/],
    ['an error that does not match', { 'a.json': spoiled((file) => { firstCase(file, 1)['error'] = 'ErrIntegrity'; }) },
      /error: expected one of error_matches/],
    ['a valid case with an error', { 'a.json': spoiled((file) => { firstCase(file, 1)['result'] = 'valid'; }) },
      /result: expected a refusal with its error, got "valid"/],
  ];
  for (const [name, files, message] of table) t.throws(() => importDirectory(directory(files)), { instanceOf: InputError, message }, name);
  t.throws(() => importDirectory(join(root, 'absent')), { instanceOf: InputError, message: /absent: expected a directory that can be read, got nothing there/ });
  t.throws(() => importDirectory(fileURLToPath(import.meta.url)), { instanceOf: InputError, message: /got a file/ });
});

test('import: members and inputs named after the prototype do no harm', (t) => {
  const text = JSON.stringify(spoiled(() => {})).replace('"payload"', '"__proto__"');
  t.throws(() => importDirectory(directory({ 'a.json': text })), { instanceOf: InputError, message: /expected one JSON document in UTF-8, got .*forbidden prototype/ });
  t.false(Object.hasOwn(Object.prototype, 'payload'));
});

// ── Sorting ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('sorting: every rule copes with any input, and judged groups sort every one', (t) => {
  const members = [...new Set(golden.flatMap(({ groups }) => groups.flatMap(({ cases }) => cases.flatMap(({ input }) => Object.keys(input)))))];
  const hex = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  const odd = fc.dictionary(fc.constantFrom(...members), fc.oneof(fc.jsonValue({ maxDepth: 4 }), hex, fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String)), { maxKeys: 8 });
  const groups = Object.entries(sorting).flatMap(([format, ofFormat]) => Object.entries(ofFormat).flatMap(([group, rules]) => 'rules' in rules ? [{ name: `${format}/${group}`, rules }] : []));
  t.true(groups.length > 0);
  for (const { name, rules } of groups) {
    t.is(rules.rules.at(-1)?.when, undefined, `${name}: the last rule has no condition`);
    t.notThrows(() => fc.assert(fc.property(odd, (input) => sortCase(rules.rules, input) !== undefined), { numRuns: 50 }), name);
  }
});

test('sorting: the clauses of codec groups are of L0, and choices have the alternatives of their clause', (t) => {
  for (const [format, groups] of Object.entries(sorting)) {
    for (const [group, rules] of Object.entries(groups)) {
      for (const rule of 'rules' in rules ? rules.rules : []) {
        if (rule.sort === 'not-ours') continue;
        if (rules.class === 'codec') t.is(clauses[rule.clause].level, 'L0', `${format}/${group}: ${rule.clause}`);
        if (rule.sort === 'choice') t.deepEqual(Object.keys(rule.alternatives).sort(), [...clauses[rule.clause].choices].sort(), `${format}/${group}`);
      }
    }
  }
});
