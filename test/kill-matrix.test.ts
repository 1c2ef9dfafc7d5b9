/**
 * The kill matrix: what counts as a kill, what is a finding, the record, and the mutants of the rule table.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { packageRoot } from '../conformance/package-root.js';
import { loadSuite, type InvariantCheck, type ScenarioCheck } from '../conformance/scenarios/library.js';
import { drive, vectorsAlone } from '../conformance/selftest/drive.js';
import { trialsOf, type JudgedSuite, type Trial } from '../conformance/selftest/judged.js';
import { killMatrix, type Driven, type KillMatrixOptions } from '../conformance/selftest/kill-matrix.js';
import { answerText, judgeBases, judgeRecord, ordered, orderedBases, parseRecord, recordText, type BaseFailure, type Kill } from '../conformance/selftest/kills.js';
import { baseCommand, mutantCommand, type ListedMutant } from '../conformance/selftest/mutants.js';
import { puppetCommand, trialChecks } from '../conformance/selftest/trials.js';

const built = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const suite = loadSuite();
const of = (format: string): JudgedSuite => vectorsAlone(suite.checks.filter((check) => check.format === format));

// ── Over adapters that are only told ────────────────────────────────────────────────────────────────────────────

const DECODE = 'proposal-envelope/decode/proposal-decode';
const mutant = (id: string, more: Partial<ListedMutant> = {}): ListedMutant => ({
  id, wrong: 'is wrong', clause: 'base/proposal-decode', format: 'proposal-envelope', base: 'repaired',
  claims: [{ check: DECODE, answers: { result: 'invalid', reason: 'too-short' } }], ...more,
});
const came = (failures: Driven['failures'], more: Partial<Driven> = {}): Driven => ({ failures, unreached: [], troubles: [], ...more });
const dies = came([{ check: DECODE, answers: { 'invalid too-short+apply-refused': ['decode/a'], 'valid': ['decode/b'] } }]);
const lives = came([]);

/** The matrix over what is told of adapters, by the id of the mutant or the name of the composition, and of the trial where it is no plain one. */
const matrixOf = (mutants: readonly ListedMutant[], told: Readonly<Record<string, Driven>>, more: Partial<KillMatrixOptions> = {}) => killMatrix({
  mutants, suite: of('proposal-envelope'), recorded: null,
  drive: (argv, { crash }: Trial) => Promise.resolve(told[`${argv.at(-1) ?? ''}${crash === null ? '' : `@${crash}`}`] ?? lives), ...more,
});
const says = ({ findings }: { findings: readonly { subject: string; says: string }[] }): string[] => findings.map(({ subject, says: what }) => `${subject}: ${what}`);

test('a mutant that dies as claimed is no finding, and groups without a kill are named', async (t) => {
  const matrix = await matrixOf([mutant('m')], { m: dies });
  t.deepEqual(matrix.findings, []);
  t.deepEqual(matrix.kills, [{ mutant: 'm', ...dies.failures[0] }] as Kill[]);
  t.true(matrix.idleGroups.includes('proposal-envelope/encode') && !matrix.idleGroups.includes('proposal-envelope/decode'));
});

test('a survivor is a finding', async (t) => {
  t.deepEqual(says(await matrixOf([mutant('m'), mutant('n')], { n: dies })), ['m: survives: no check of proposal-envelope fails on it (is wrong)']);
});

test('a claim that does not hold is a finding', async (t) => {
  const claiming = (check: string, result: 'valid' | 'invalid', reason?: string): ListedMutant =>
    mutant('m', { claims: [{ check: `proposal-envelope/${check}`, answers: { result, ...(reason !== undefined && { reason }) } }] });
  const found = async (one: ListedMutant): Promise<string[]> => says(await matrixOf([one], { m: dies }));
  t.deepEqual(await found(claiming('decode/proposal-decode', 'valid')), []);
  t.deepEqual(await found(claiming('decode/proposal-decode', 'invalid', 'apply-refused')), []);
  t.regex((await found(claiming('decode-rejects/proposal-decode', 'valid'))).join(), /claims to be killed by proposal-envelope\/decode-rejects\/proposal-decode, which does not fail/);
  t.regex((await found(claiming('decode/proposal-decode', 'invalid', 'version-byte'))).join(), /claims to answer "invalid version-byte" in .* it answers "invalid too-short\+apply-refused", "valid"/);
  t.regex((await found(mutant('m', { clause: 'base/read-context' }))).join(), /breaks base\/read-context and claims no check of that clause/);
});

test('a crash, a fault or a time-out kills nobody and is a finding', async (t) => {
  const matrix = await matrixOf([mutant('m')], { m: came([], { troubles: ['it exited'] }) });
  t.deepEqual(says(matrix), ['m: it exited', 'm: survives: no check of proposal-envelope fails on it (is wrong)']);
  const trial = { suite: vectorsAlone(trialChecks(suite)), crash: null };
  const crashed = await drive(puppetCommand('crashes', '/dev/null'), trial, 'repaired');
  t.deepEqual(crashed.failures, []);
  t.is(crashed.troubles.length, 2);
  t.regex(crashed.troubles[0] ?? '', /exited with code 7.*no kill/);
  const silent = await drive([process.execPath, '-e', ''], trial, 'repaired');
  t.is(silent.troubles.length, 1);
});

test('a step that a mutant cannot follow is no kill and no finding', async (t) => {
  t.deepEqual(says(await matrixOf([mutant('m')], { m: came(dies.failures, { unreached: [DECODE] }) })), []);
  t.deepEqual((await matrixOf([mutant('m')], { m: came([], { unreached: [DECODE] }) })).kills, []);
});

test('what the reference as shipped fails kills nobody and is a finding', async (t) => {
  const matrix = await matrixOf([mutant('m')], { m: dies, repaired: came(dies.failures, { troubles: ['slow'] }) });
  t.deepEqual(matrix.kills, []);
  t.deepEqual(says(matrix).slice(0, 2), [`the composition repaired: fails ${DECODE}, which the profile repaired demands`, 'the composition repaired: slow']);
  t.deepEqual(says(await matrixOf([mutant('m', { format: 'no-such' })], { m: dies })).slice(0, 1), ['no-such: has mutants and no check']);
  t.regex(says(await matrixOf([mutant('m')], { m: dies, repaired: came([], { unreached: [DECODE] }) })).join(), /^the composition repaired: does not come to proposal-envelope/);
});

test('what another composition fails by itself is recorded once, case by case, and is no kill', async (t) => {
  const failing = { check: DECODE, answers: { valid: ['decode/b'] } };
  const [m, n] = [mutant('m', { base: 'upstream' }), mutant('n', { base: 'upstream' })];
  const matrix = await matrixOf([m, n], { m: dies, n: dies, upstream: came([failing]) });
  t.deepEqual(matrix.findings, []);
  t.deepEqual(matrix.bases, [{ base: 'upstream', ...failing }]);
  t.deepEqual(matrix.kills, [m, n].map(({ id }) => ({ mutant: id, check: DECODE, answers: { 'invalid too-short+apply-refused': ['decode/a'] } })));
  t.regex(says(await matrixOf([m], { m: came([failing]), upstream: came([failing]) })).join(), /^m: survives/);
});

// ── Scenarios ───────────────────────────────────────────────────────────────────────────────────────────────────

const scenarioCheck = (id: string): ScenarioCheck =>
  ({ id, kind: 'scenario', clause: 'base/applied-index', level: 'L1', profile: 'both', says: 'it holds', scenario: id.slice(0, id.lastIndexOf('/')), step: 1, needs: [],
    spec: { check: 'one', clause: 'base/applied-index', says: 'it holds', expect: { ok: {} } } });
const invariantCheck: InvariantCheck =
  { id: 'invariants/i10', kind: 'invariant', clause: 'repair/replay-total', level: 'L1', profile: 'repaired', says: 'it holds', invariant: 'I10', crashes: false, scenarios: ['disk/a', 'disk/b'], needs: [] };
const scenarios: JudgedSuite = {
  checks: [], scenarios: [], scenarioChecks: [scenarioCheck('disk/a/one'), scenarioCheck('disk/a/two'), scenarioCheck('disk/b/one')], invariantChecks: [invariantCheck],
};
const byScenarios = (id: string, claims: ListedMutant['claims']): ListedMutant => mutant(id, { format: 'scenarios', clause: 'repair/replay-total', claims });

test('a mutant of a rule is judged by all scenarios, and by one alone for every crash that it claims', (t) => {
  const crash = { scenario: 'disk/a', point: 'sidecar.renamed' };
  const claims = [{ check: 'invariants/i10', crash, answers: { result: 'broken' as const } }, { check: 'disk/a/one', crash, answers: { result: 'ok' as const } }];
  const [all, alone, ...more] = trialsOf({ format: 'scenarios', claims }, scenarios);
  t.deepEqual(more, []);
  t.like(all, { name: 'scenarios', checks: 4, crash: null });
  t.like(alone, { name: 'disk/a@sidecar.renamed', checks: 3, crash: 'sidecar.renamed' });
  t.deepEqual(alone?.suite.scenarioChecks.map(({ id }) => id), ['disk/a/one', 'disk/a/two']);
  t.deepEqual(alone?.suite.invariantChecks.map((check) => check.scenarios), [['disk/a']]);
});

test('a claim of a crash is held to the cases of that crash, and every other claim to the cases without one', async (t) => {
  const broken = (cases: string[]): Driven => came([{ check: 'invariants/i10', answers: { broken: cases } }]);
  const inCrash = byScenarios('m', [{ check: 'invariants/i10', crash: { scenario: 'disk/a', point: 'p' }, answers: { result: 'broken' } }]);
  const without = byScenarios('m', [{ check: 'invariants/i10', answers: { result: 'broken' } }]);
  const found = async (one: ListedMutant, told: Readonly<Record<string, Driven>>): Promise<string[]> =>
    says(await matrixOf([one], told, { suite: scenarios })).filter((line) => !line.endsWith(': kills no mutant'));
  t.deepEqual(await found(inCrash, { 'm@p': broken(['disk/a@p#2']) }), []);
  t.regex((await found(inCrash, { m: broken(['disk/a']) })).join(), /claims to be killed by invariants\/i10, in a crash at p in disk\/a, which does not fail on it/);
  t.deepEqual(await found(without, { m: broken(['disk/b']) }), []);
  t.regex((await found(without, { m: broken(['disk/a@p#2']) })).join(), /claims to be killed by invariants\/i10, which does not fail on it/);
});

test('a scenario check that kills no mutant is a finding, unless one mutant ran alone', async (t) => {
  const one = byScenarios('m', [{ check: 'invariants/i10', answers: { result: 'broken' } }]);
  const told = { m: came([{ check: 'invariants/i10', answers: { broken: ['disk/a'] } }, { check: 'disk/a/one', answers: { 'halted raft-unwrap-failed': ['disk/a'] } }]) };
  t.deepEqual(says(await matrixOf([one], told, { suite: scenarios })), ['disk/a/two: kills no mutant', 'disk/b/one: kills no mutant']);
  t.deepEqual(says(await matrixOf([one], told, { suite: scenarios, only: 'm' })), []);
});

// ── The record ──────────────────────────────────────────────────────────────────────────────────────────────────

test('any difference from the record is a finding', async (t) => {
  const kill = (id: string, check: string, cases: string[]): Kill => ({ mutant: id, check, answers: { valid: cases } });
  const now = [kill('m', 'x', ['1', '2']), kill('n', 'x', ['1'])];
  const found = (recorded: readonly Kill[], ran = ['m', 'n']): string[] => says({ findings: judgeRecord(recorded, now, new Set(ran), new Set(['m', 'n', 'o'])) });
  t.deepEqual(found(now), []);
  t.deepEqual(found([now[0] as Kill, kill('o', 'x', ['1'])], ['m']), []);
  t.regex(found([now[0] as Kill]).join(), /^n: x kills it, which the record does not have/);
  t.regex(found([...now, kill('m', 'y', ['1'])]).join(), /^m: y killed it in the record and does so no longer/);
  t.regex(found([kill('m', 'x', ['1']), now[1] as Kill]).join(), /^m: x: the record has "valid" in 1, now it is "valid" in 2/);
  t.regex(found([...now, kill('gone', 'x', ['1'])], ['m', 'n']).join(), /^gone: stands in the record and is no mutant/);
  const matrix = await matrixOf([mutant('m')], { m: dies }, { recorded: { bases: [], kills: [] } });
  t.regex(says(matrix).join(), /which the record does not have/);

  const base = (check: string): BaseFailure => ({ base: 'proposal', check, answers: { valid: ['1'] } });
  t.deepEqual(judgeBases([base('x')], [base('x')]), []);
  t.regex(says({ findings: judgeBases([base('x')], [base('y')]) }).join(), /^the composition proposal: x fails on it in the record and does so no longer.*,the composition proposal: y fails on it, which/);
});

test('the record has one order, and one kill or one failure of a base a line', (t) => {
  const kills: Kill[] = [
    { mutant: 'b', check: 'y', answers: { valid: ['2', '1'], invalid: ['3'] } }, { mutant: 'a', check: 'x', answers: { valid: ['1'] } }, { mutant: 'b', check: 'x', answers: { valid: ['1'] } },
  ];
  const bases: BaseFailure[] = [{ base: 'upstream', check: 'x', answers: { valid: ['2', '1'] } }, { base: 'proposal', check: 'x', answers: { valid: ['1'] } }];
  const text = recordText({ bases: orderedBases(bases), kills: ordered([mutant('b'), mutant('a')], kills) });
  t.is(text, [
    '[', '{"base":"proposal","check":"x","answers":{"valid":["1"]}},', '{"base":"upstream","check":"x","answers":{"valid":["1","2"]}},',
    '{"mutant":"b","check":"x","answers":{"valid":["1"]}},', '{"mutant":"b","check":"y","answers":{"invalid":["3"],"valid":["1","2"]}},',
    '{"mutant":"a","check":"x","answers":{"valid":["1"]}}', ']', '',
  ].join('\n'));
  t.is(recordText(parseRecord(text)), text);
  t.deepEqual(parseRecord(recordText({ bases: [], kills: [] })), { bases: [], kills: [] });
  t.throws(() => parseRecord('[{"mutant":"b"}]'));
  t.is(answerText('invalid', ['a', 'b']), 'invalid a+b');
});

test('a mutant and the reference answer over the real protocol as the record has it', async (t) => {
  const id = 'proposal-version-ignored';
  const trial = { suite: of('proposal-envelope'), crash: null };
  const recorded = parseRecord(readFileSync(join(packageRoot(), 'conformance/mutants/kills.json'), 'utf8')).kills.filter((kill) => kill.mutant === id);
  t.true(recorded.length > 0);
  const { failures, troubles } = await drive(mutantCommand(id), trial, 'repaired');
  t.deepEqual(troubles, []);
  t.deepEqual(ordered([], failures.map((failure) => ({ mutant: id, ...failure }))), recorded);
  t.deepEqual(await drive(baseCommand('repaired'), trial, 'repaired'), lives);
});

test('selftest of one mutant prints a summary, and its mistakes in usage end with exit code 2', async (t) => {
  const cli = (args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> => new Promise((resolve) => {
    execFile(process.execPath, [built('conformance/cli/main.js'), ...args], (error, stdout, stderr) => { resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }); });
  });
  const { code, stdout } = await cli(['selftest', '--mutant', 'proposal-version-ignored']);
  t.is(code, 0, stdout);
  t.regex(stdout, /^mutants: 1 of 1 killed, \d+ kills, 0 findings\nthe suite holds · [\d.]+ s\n$/);
  for (const args of [['--mutant', 'no-such'], ['--only', 'nothing'], ['--record', '--only', 'puppet'], ['--mutant', 'x', '--only', 'puppet']]) {
    const wrong = await cli(['selftest', ...args]);
    t.is(wrong.code, 2, args.join(' '));
    t.regex(wrong.stderr, /(cutcheck|error): /);
  }
});
