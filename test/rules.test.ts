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
import { modelSwitch, rules, type Composition, type RuleId, type RuleRow } from '../spec/rules.js';
import { aeadProvider } from '../src/ports/aead-provider.js';
import { composeOperations } from '../src/node/compose.js';
import { droppedRules } from '../src/node/dropped-rules.js';
import { proposalRules, repairedRules, upstreamRules, type Rules } from '../src/node/rules.js';

const rows = Object.entries(rules) as [RuleId, RuleRow][];
const compositions: Readonly<Record<Composition, Rules>> = { proposal: proposalRules, upstream: upstreamRules, repaired: repairedRules };

test('every seam is a member of the record that a node is built from, and every decision has a row', async (t) => {
  const record = composeOperations(await aeadProvider('node'));
  for (const [id, { seam }] of rows) t.true(Object.hasOwn(record, seam), `${id}: no ${seam}`);
  const governed = new Set(rows.map(([, { seam }]) => seam));
  t.deepEqual(Object.keys(repairedRules).filter((decision) => !governed.has(decision)), []);
});

test('a rule is dropped at its seam, and from a base that had it', async (t) => {
  const aead = await aeadProvider('node');
  for (const [id, { seam, base }] of rows) {
    const sound = composeOperations(aead, {}, compositions[base]);
    const dropped = droppedRules[id](sound);
    t.deepEqual(Object.keys(dropped), [seam], id);
    t.not(Reflect.get(dropped, seam), Reflect.get(sound, seam), id);
  }
});

test('every row is seen by a check of its clause and level, which demands it of its base', (t) => {
  const { checks, scenarioChecks, invariantChecks, scenarios } = loadSuite();
  const known = new Map([...checks, ...scenarioChecks, ...invariantChecks].map((check) => [check.id, check]));
  for (const [id, { clause, level, base, property, check: evidence }] of rows) {
    const check = known.get(evidence.id);
    t.is(check?.clause, clause, id);
    t.is(check?.level, level, id);
    t.true(base === 'upstream' || base === 'proposal' || check?.profile !== 'proposal', `${id}: ${evidence.id} is judged under another profile`);
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

test('the table imports nothing but types of the spec', (t) => {
  const source = ts.createSourceFile('rules.ts', readFileSync(join(packageRoot(), 'spec/rules.ts'), 'utf8'), ts.ScriptTarget.Latest);
  const imports = source.statements.filter(ts.isImportDeclaration);
  t.true(imports.length > 0 && imports.every(({ importClause }) => importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword));
});

test('the page of the rules has a line for every row, and fails without its mutant', async (t) => {
  const page = rulesPage(await listMutants());
  for (const [id, { clause, check }] of rows) t.regex(page, new RegExp(`^\\| \\*\\*${id}\\*\\*<br>\`${clause}\`.*\`${check.id}\``, 'm'));
  t.throws(() => rulesPage([]), { message: /has no mutant/ });
});
