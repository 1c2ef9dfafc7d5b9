/**
 * The house: who may import whom, how large a room may be, that every exported operation names its clauses, and that
 * what is generated is fresh.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import test from 'ava';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ts from 'typescript';
import { clauses, type ClauseId } from '../spec/clauses.js';
import { reasons } from '../spec/reasons.js';
import { packageRoot } from '../conformance/package-root.js';
import { clauseTags } from '../scripts/traceability.js';
import { generatedFiles, playedFiles } from '../scripts/generated-files.js';

const root = packageRoot();
const sources = (folder: string): string[] => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts')).map((name) => join(folder, name)).sort();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Files of the project that a file imports, as paths from the root. */
const imports = (file: string): string[] => ts.preProcessFile(read(file)).importedFiles
  .filter(({ fileName }) => fileName.startsWith('.'))
  .map(({ fileName }) => normalize(join(dirname(file), fileName)).replace(/\.js$/, '.ts'));

const STREET = ['spec', 'src/ports', 'src/base', 'src/6E-1', 'src/6E-2', 'src/6E-3', 'src/repair', 'src/node'];
const placeOnStreet = (file: string): number => STREET.findIndex((room) => file.startsWith(`${room}/`));

test('on the street spec → ports → base → 6E-1 → 6E-2 → 6E-3 → repair → node each imports only from its left', (t) => {
  const files = [...sources('spec'), ...sources('src')];
  t.true(files.length > 10);
  for (const file of files) {
    for (const imported of imports(file)) {
      const [from, to] = [placeOnStreet(file), placeOnStreet(imported)];
      t.true(to >= 0 && to <= from, `${file} imports ${imported}`);
    }
  }
});

test('the suite does not know the reference', (t) => {
  for (const file of sources('conformance')) {
    const mayKnow = file.startsWith('conformance/adapters/reference/') || file.startsWith('conformance/mutants/');
    for (const imported of imports(file)) {
      if (imported.startsWith('src/')) t.true(mayKnow, `${file} imports ${imported}`);
      // Nor through the door of those who may: only a process of their own brings them in.
      if (/^conformance\/(adapters\/reference|mutants)\//.test(imported)) t.true(mayKnow, `${file} imports ${imported}`);
      t.false(imported.startsWith('test/'), `${file} imports ${imported}`);
    }
  }
});

const SUITE = ['protocol', 'report', 'oracle', 'vectors', 'scenarios', 'publish', 'adapters', 'mutants', 'runner', 'selftest', 'cli'];

test('in the suite protocol → report → oracle → vectors → scenarios → publish → adapters → mutants → runner → selftest → cli each imports only from its left', (t) => {
  const room = (file: string): number => SUITE.indexOf(/^conformance\/([^/]+)\//.exec(file)?.[1] ?? '');
  for (const file of sources('conformance')) {
    for (const imported of imports(file).filter((name) => name.startsWith('conformance/'))) {
      t.true(room(imported) <= room(file), `${file} imports ${imported}`);
    }
  }
});

test('nobody goes out and comes in again by the name of the package', (t) => {
  for (const file of ['spec', 'src', 'conformance'].flatMap(sources)) {
    const byName = ts.preProcessFile(read(file)).importedFiles.map(({ fileName }) => fileName).filter((name) => /^cutcheck(\/|$)/.test(name));
    // The skeleton is copied out of the house, and imports as its readers do.
    t.deepEqual(byName, file.startsWith('conformance/adapters/skeleton/') ? ['cutcheck/protocol'] : [], file);
  }
});

test('what src/ exports is exported where it stands, so that no operation slips past its clauses', (t) => {
  for (const file of sources('src')) t.notRegex(read(file), /^export (\*|\{|type \{)/m, file);
});

test('every import leads to a file', (t) => {
  for (const file of ['spec', 'src', 'conformance', 'test', 'bench', 'scripts'].flatMap(sources)) {
    for (const imported of imports(file)) t.true(existsSync(join(root, imported)), `${file} imports ${imported}`);
  }
});

test('no file has grown beyond one thing', (t) => {
  for (const file of ['spec', 'src', 'conformance', 'test', 'bench', 'scripts'].flatMap(sources)) {
    if (file === 'spec/clauses.ts') continue;
    const lines = read(file).split('\n').length;
    t.true(lines <= 400, `${file} has ${lines} lines`);
  }
});

test('every exported operation of src/ names the clauses that it implements, and they exist', (t) => {
  const tags = clauseTags(root);
  t.true(tags.length > 50);
  for (const { file, symbol, clauses: ids, line } of tags) {
    const where = `${relative(root, file) || file}:${line} ${symbol}`;
    t.true(ids.length > 0, `${where} names no clause`);
    for (const id of ids) t.true(Object.hasOwn(clauses, id), `${where} names ${id}, which is no clause`);
  }
});

test('every clause that is not to come is named by an operation', (t) => {
  const named = new Set(clauseTags(root).flatMap((tag) => tag.clauses));
  for (const clause of Object.values(clauses)) {
    if (clause.implemented) t.true(named.has(clause.id), `${clause.id} is named by no exported operation of src/`);
  }
});

test('a wrong clause id does not compile', (t) => {
  const right: ClauseId = 'base/raft-aad';
  // @ts-expect-error No clause has this id; should one ever have it, this line stops compiling.
  const wrong: ClauseId = 'base/no-such-clause';
  t.true(Object.hasOwn(clauses, right));
  t.false(Object.hasOwn(clauses, wrong));
});

test('an error of the Go implementation stands for one reason only', (t) => {
  const errors = Object.values(reasons).flatMap(({ error }) => error ?? []);
  t.deepEqual(errors, [...new Set(errors)]);
});

test('what is generated is fresh', async (t) => {
  t.timeout(120_000);
  for (const [name, text] of [...generatedFiles(), ...await playedFiles(root)]) {
    t.is(existsSync(join(root, name)) ? read(name) : '', text, `${name} is stale: npm run generate`);
  }
});

test('the published schemas are JSON Schema 2020-12 and hold for the published vectors', (t) => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  const schemas = new Map([...generatedFiles()].filter(([name]) => name.endsWith('.schema.json')).map(([name, text]) => [name, JSON.parse(text) as object]));
  t.true(schemas.size > 10);
  for (const [name, schema] of schemas) t.notThrows(() => ajv.compile(schema), name);
  const reply = ajv.compile({ ...schemas.get('schemas/reply.schema.json'), $id: 'urn:cutcheck:again:reply' });
  t.deepEqual([{ id: 1, ok: {} }, { id: 1, ok: {}, refused: { reasons: ['x'] } }, { id: 1 }].map((one) => reply(one)), [true, false, false]);
  const vectors = ajv.compile({ ...schemas.get('schemas/vectors.schema.json'), $id: 'urn:cutcheck:again' });
  for (const file of readdirSync(join(root, 'conformance/vectors/golden'))) {
    t.true(vectors(JSON.parse(read(`conformance/vectors/golden/${file}`))), `${file}: ${ajv.errorsText(vectors.errors)}`);
  }
});
