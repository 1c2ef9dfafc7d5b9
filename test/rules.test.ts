/**
 * The rule table: that its names are those of the reference, of the suite and of the mutants, and that a dropped rule is
 * one that its base had.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { listMutants } from '../conformance/selftest/mutants.js';
import { loadSuite } from '../conformance/scenarios/library.js';
import { packageRoot } from '../conformance/package-root.js';
import { rulesPage } from '../scripts/rules-page.js';
import { clauses } from '../spec/clauses.js';
import { COMPOSITIONS, modelSwitch, rules, type RuleId, type RuleRow } from '../spec/rules.js';
import { aeadProvider } from '../src/ports/aead-provider.js';
import { composeOperations } from '../src/node/compose.js';
import { droppedRules } from '../src/node/dropped-rules.js';
import { compositions } from '../src/node/compositions.js';

const rows = Object.entries(rules) as [RuleId, RuleRow][];

/** Decisions of which either alternative holds, so that there is nothing to drop: a drain may wait for the append or for the apply (6E-2/barrier-2-drain). */
const FREE = ['countedUntil'];

test('every seam is a member of the record that a node is built from, and every decision has a row', async (t) => {
  const record = composeOperations(await aeadProvider('node'));
  for (const [id, { seam, beside = [] }] of rows) for (const name of [seam, ...beside]) t.true(Object.hasOwn(record, name), `${id}: no ${name}`);
  const governed = new Set(rows.map(([, { seam }]) => seam));
  t.deepEqual(Object.keys(compositions.repaired).filter((decision) => !governed.has(decision)), FREE);
});

test('every composition is one of the reference, and says what it is', (t) => {
  t.deepEqual(Object.keys(compositions), Object.keys(COMPOSITIONS));
});

test('a rule is dropped at its seam, and from a base that had it', async (t) => {
  const aead = await aeadProvider('node');
  for (const [id, { seam, beside = [], base }] of rows) {
    const sound = composeOperations(aead, {}, compositions[base]);
    const dropped = droppedRules[id](sound);
    t.deepEqual(new Set(Object.keys(dropped)), new Set([seam, ...beside]), id);
    for (const name of [seam, ...beside]) t.not(Reflect.get(dropped, name), Reflect.get(sound, name), `${id}: ${name}`);
  }
});

test('every row is seen by a check of its clause and level, which demands it of its base', (t) => {
  const { checks, scenarioChecks, invariantChecks, scenarios } = loadSuite();
  const known = new Map([...checks, ...scenarioChecks, ...invariantChecks].map((check) => [check.id, check]));
  for (const [id, { clause, level, base, property, check: evidence }] of rows) {
    const check = known.get(evidence.id);
    t.is(check?.clause, clause, id);
    t.is(check?.level, level, id);
    t.true(base !== 'repaired' || check?.profile !== 'proposal', `${id}: ${evidence.id} is judged under another profile`);
    if (evidence.crash !== undefined) t.true(scenarios.find(({ scenario }) => scenario.id === evidence.crash?.scenario)?.scenario.crashable, id);
    if (property !== null) t.true(Object.values(clauses).some(({ source }) => source.startsWith(`${property};`) || source === property), `${id}: no ${property}`);
  }
});

test('every row has its mutant, composed from its base and claiming its check', async (t) => {
  const mutants = new Map((await listMutants()).map((mutant) => [mutant.id, mutant]));
  t.deepEqual([...mutants.keys()].filter((id) => id.startsWith('without-')), rows.map(([id]) => `without-${id}`));
  for (const [id, { clause, base, check }] of rows) {
    t.like(mutants.get(`without-${id}`), { clause, base });
    t.true(mutants.get(`without-${id}`)?.claims.every((claim) => claim.check === check.id && claim.answers.result === check.outcome), id);
  }
});

test('the switches of the models have the names of the rows', (t) => {
  t.is(modelSwitch('strict-greater'), 'StrictGreater');
  t.is(modelSwitch('startup-init'), 'StartupInit');
  t.is(new Set(rows.map(([id]) => modelSwitch(id))).size, rows.length);
  // @ts-expect-error The type knows the name too.
  const other: 'Strictgreater' = modelSwitch('strict-greater');
  t.not(other, 'Strictgreater');
});

test('the table imports nothing but its parts and types of the spec', (t) => {
  const parts = ['rules', 'rules-replica', 'rules-leader', 'rule-row'];
  for (const part of parts) {
    const source = ts.createSourceFile(`${part}.ts`, readFileSync(join(packageRoot(), `spec/${part}.ts`), 'utf8'), ts.ScriptTarget.Latest);
    const imports = source.statements.filter(ts.isImportDeclaration);
    t.true(imports.length > 0);
    for (const { importClause, moduleSpecifier } of imports) {
      const ofTheTable = parts.some((name) => moduleSpecifier.getText(source) === `'./${name}.js'`);
      t.true(ofTheTable || importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword, `${part}: ${moduleSpecifier.getText(source)}`);
    }
  }
});

test('the page of the rules has a line for every row, and fails without its mutant', async (t) => {
  const page = rulesPage(await listMutants());
  for (const [id, { clause, check }] of rows) t.regex(page, new RegExp(`^\\| \\*\\*${id}\\*\\*<br>\`${clause}\`.*\`${check.id}\``, 'm'));
  t.throws(() => rulesPage([]), { message: /has no mutant/ });
});
