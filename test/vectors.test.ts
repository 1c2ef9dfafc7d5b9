/** The published vectors: what the lint finds, what the library makes of them, and the commands that show them. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { clauses, type ClauseId } from '../spec/clauses.js';
import { clauseNamed, explained } from '../conformance/cli/explain.js';
import { InputError, UsageError } from '../conformance/errors.js';
import { listed } from '../conformance/cli/list.js';
import { nearest } from '../conformance/nearest.js';
import { shown } from '../conformance/cli/show.js';
import { loadSuite } from '../conformance/scenarios/library.js';
import { ownVectorFiles } from '../conformance/vectors/own-vectors.js';
import { MAX_LINE } from '../conformance/protocol/messages.js';
import { countsOf, sumOf } from '../conformance/vectors/counts.js';
import { expandInput } from '../conformance/vectors/expand.js';
import { publishedText } from '../conformance/vectors/import.js';
import { checkId, loadLibrary, profileOf, vectorsDirectory } from '../conformance/vectors/library.js';
import { lint } from '../conformance/vectors/lint.js';
import type { VectorFile } from '../conformance/vectors/schema.js';
import { absent, asGolden, firstGroup, golden, goldenFiles, published, scratch, spoiled, type Json } from './golden-files.js';

const { root, directory, clean } = scratch();
test.after.always(clean);

// ── Published files ─────────────────────────────────────────────────────────────────────────────────────────────

test('lint finds nothing in the published files', (t) => {
  t.deepEqual(lint(vectorsDirectory()), []);
});

test('our own cases are as their script makes them', (t) => {
  const files = ownVectorFiles();
  t.deepEqual(readdirSync(join(vectorsDirectory(), 'own')).sort(), [...files.keys()].sort());
  for (const [name, text] of files) t.is(readFileSync(join(vectorsDirectory(), 'own', name), 'utf8'), text, name);
});

test('lint finds every planted fault', (t) => {
  const base = join(root, 'planted');
  type Loose = { format: string; source: Json; groups: { id: string; class: string; clauses: string[]; cases: Json[] }[] };
  type Planted = [name: string, path: string, change: (file: Loose) => void, finding: RegExp];
  const caseOf = (file: Loose, group = 0): Json => file.groups[group]?.cases[0] ?? absent('case');
  const path = 'golden/proposal-envelope.json';
  const table: Planted[] = [
    ['a member that the schema does not have', path, (file) => { caseOf(file)['note'] = 'x'; }, /schema: .*"note"/],
    ['a clause that does not exist', path, (file) => { caseOf(file)['clause'] = 'base/no-such-clause'; }, /schema: .*clause/],
    ['a reason that does not exist', path, (file) => { caseOf(file, 2)['expect'] = { result: 'invalid', reasons: ['bogus'] }; }, /schema: .*reasons/],
    ['a case without a reason of its sort', path, (file) => { caseOf(file)['why'] = ''; }, /schema: .*why/],
    ['a format that is not known', path, (file) => { file.format = 'punch-cards'; }, /format: expected a known one/],
    ['a group that is not known', path, (file) => { (file.groups[0] ?? absent('group')).id = 'encoding'; }, /expected a known group/],
    ['another class', path, (file) => { (file.groups[0] ?? absent('group')).class = 'file'; }, /class: expected codec, got file/],
    ['other clauses of a group', path, (file) => { (file.groups[0] ?? absent('group')).clauses = ['base/raft-aad']; },
      /clauses: expected base\/proposal-layout, got base\/raft-aad/],
    ['an id twice', path, (file) => { file.groups[0]?.cases.push(caseOf(file)); }, /id: golden\/proposal-envelope\.json has it already/],
    ['an id of another group', path, (file) => { caseOf(file)['id'] = 'decode/x'; }, /id: expected one that begins with "encode\/"/],
    ['another clause than the rules say', path, (file) => { caseOf(file)['clause'] = 'base/raft-aad'; },
      /sort: expected normative of base\/proposal-layout .*, got normative of base\/raft-aad/],
    ['another sort than the rules say', path, (file) => { const { id, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'not-ours', why, input }); },
      /sort: expected normative .*, got not-ours/],
    ['an unsorted case', path, (file) => { const { id, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'not-judged', why, input, original: {} }); },
      /sort: expected a sorted case/],
    ['another reason of the sort', path, (file) => { caseOf(file)['why'] = 'because'; }, /why: expected "the bytes of entry data", got "because"/],
    ['an input that is not declared', path, (file) => { caseOf(file)['input'] = { payload: 'zz', proposal_id: '1' }; }, /input payload: expected bytes/],
    ['an absurd run', path, (file) => { caseOf(file)['input'] = { payload: { repeat: 'ff', count: 1e12 }, proposal_id: '1' }; },
      /input: payload: expected at most/],
    ['an output that is not declared', path, (file) => { caseOf(file)['expect'] = { result: 'valid', observed: { colour: 1 } }; },
      /expect: expected outputs named entry_data, got "colour"/],
    ['an absurd length', path, (file) => { caseOf(file)['expect'] = { result: 'valid', observed: { entry_data: { head: '01', length: 1e12 } } }; },
      /expect: expected a length up to/],
    ['reasons of something valid', path, (file) => { caseOf(file)['expect'] = { result: 'valid', reasons: ['length'] }; },
      /reasons of a refusal, and the result is valid/],
    ['no provenance', path, (file) => { file.source = { project: 'x', how: 'y' }; }, /source: expected the sha256/],
    ['a choice without alternatives', path, (file) => { const { id, clause, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'choice', clause, why, input, alternatives: { a: { result: 'valid' } } }); },
      /alternatives: expected those of base\/proposal-layout \(none\), got a/],
    ['a golden case repeated', 'own/proposal-envelope.json', (file) => { caseOf(file)['input'] = goldenInput; },
      /repeats the input of golden\/proposal-envelope\.json/],
    ['a clause of another level', 'own/proposal-envelope.json', (file) => { caseOf(file)['clause'] = 'base/kek-file-checks'; },
      /base\/kek-file-checks is of L1/],
    ['a clause still to come', 'own/proposal-envelope.json', (file) => { caseOf(file)['clause'] = 'repair/bound-evidence'; },
      /repair\/bound-evidence is still to come/],
    ['an own case that is not judged', 'own/proposal-envelope.json', (file) => { const { id, input, why } = caseOf(file); file.groups[0]?.cases.splice(0, 1, { id, sort: 'not-ours', why, input }); },
      /expected a case that is judged/],
    ['a clause that nothing exercises', path, (file) => { file.groups = file.groups.filter(({ id }) => id !== 'conf-change-context'); },
      /base\/conf-change-text-limit: a clause of L0 that no case exercises/],
  ];
  const goldenInput = golden.find(({ format }) => format === 'proposal-envelope')?.groups[0]?.cases[0]?.input ?? absent('input');
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
  t.throws(() => lint(root), { instanceOf: InputError, message: /expected published vectors/ });
});

// ── Library ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('library: checks have ids of their own and cases that fit a line', (t) => {
  const library = loadLibrary();
  t.is(new Set(library.checks.map(({ id }) => id)).size, library.checks.length);
  t.regex(library.digest, /^sha256:[0-9a-f]{64}$/);
  t.is(loadLibrary().digest, library.digest);
  for (const check of library.checks) {
    t.is(check.id, `${check.format}/${check.group}/${check.clause.slice(check.clause.indexOf('/') + 1)}${check.profile === 'proposal' ? '-as-proposed' : ''}`);
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
  const [ours, both] = [loadLibrary(), loadLibrary({ extra: directory(goldenFiles()) })];
  t.not(both.digest, ours.digest);
  const extra = both.checks.filter(({ id }) => id.startsWith('extra/'));
  t.deepEqual(both.checks.filter((check) => !extra.includes(check)), [...ours.checks]);
  const goldenIds = new Set(golden.flatMap(({ format, groups }) => groups.flatMap(({ id, cases }) =>
    cases.flatMap((one) => 'clause' in one ? [`extra/${checkId(format, id, one.clause, profileOf(one))}`] : []))));
  t.deepEqual(new Set(extra.map(({ id }) => id)), goldenIds);
  t.throws(() => loadLibrary({ extra: directory({ 'a.json': spoiled((file) => { file.format = 'x'; }) }) }), { instanceOf: InputError });
});

test('library: loading grows with the vectors and not faster', (t) => {
  const times = (count: number): string => directory(Object.fromEntries(golden.map((file) => {
    const once = asGolden(file);
    const rounds = (cases: Json[]): Json[] => Array.from({ length: count }, (_, round) => cases.map((one) => ({ ...one, id: `${String(one['id'])}-${round}` }))).flat();
    return [`${file.format}.json`, { ...once, groups: once.groups.map((group) => ({ ...group, cases: rounds(group.cases) })) }];
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

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────

test('list, show and explain know every check, group, case and clause', (t) => {
  const rows = listed(loadLibrary());
  t.true(rows.some(({ judged, class: name }) => !judged && name === 'machine'));
  t.true(rows.some(({ judged, class: name }) => !judged && name === 'file'));
  for (const { id, judged, cases } of rows.filter((_row, at) => at % 9 === 0)) {
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

const cli = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });

test('commands: exit codes and what stdout holds', (t) => {
  const into = join(root, 'into');
  const source = directory(goldenFiles());
  t.is(run('vectors', 'import', source, '--into', into).status, 0);
  const first = readdirSync(into).map((name) => readFileSync(join(into, name), 'utf8'));
  t.is(run('vectors', 'import', source, '--into', into).status, 0);
  t.deepEqual(readdirSync(into).map((name) => readFileSync(join(into, name), 'utf8')), first);

  const unknown = run('vectors', 'import', directory({ 'a.json': spoiled((file) => { firstGroup(file).id = 'decoding'; }) }), '--into', join(root, 'nowhere'));
  t.is(unknown.status, 2);
  t.regex(unknown.stderr, /expected a known group of proposal-envelope \(.*\), got "decoding"/);
  t.notRegex(unknown.stderr, /\n\s+at /);

  const counts = JSON.parse(run('vectors', 'counts', '--json').stdout) as { cases: number }[];
  t.true(counts.length > 10);
  const list = JSON.parse(run('list', '--json').stdout) as { id: string }[];
  t.is(list.length, listed(loadSuite()).length);
  // Of a check long texts are cut, of one case nothing is.
  t.regex(run('show', 'sidecar/json-rules/sidecar-json').stdout, /… \(\d+ characters\)/);
  t.notRegex(run('show', 'sidecar/json-rules/member-case').stdout, /… \(\d+ characters\)/);
  t.is(run('show', 'no/such/thing').status, 2);
  t.is(run('explain', 'base/no-such-thing').status, 2);
  t.is((JSON.parse(run('explain', 'base/raft-aad', '--json').stdout) as { id: string }).id, 'base/raft-aad');

  const copy = join(root, 'copy');
  t.is(run('vectors', 'copy', copy).status, 0);
  t.is(run('vectors', 'lint', copy).status, 0);
  rmSync(join(copy, 'golden', 'proposal-envelope.json'));
  const linted = run('vectors', 'lint', copy);
  t.is(linted.status, 1);
  t.regex(linted.stdout, /base\/proposal-layout|base\/conf-change-context/);
  writeFileSync(join(copy, 'golden', 'broken.json'), '{');
  t.is(run('vectors', 'lint', copy).status, 2);
});
