/**
 * What the proposal argues about its milestones in prose, shown on the reference: the first one alone is inert while it runs, and
 * either half of the second one breaks. And the record of the whole without one rule.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Composition } from '../spec/rules.js';
import { packageRoot } from '../conformance/package-root.js';
import type { StateMessage } from '../conformance/protocol/operations.js';
import { loadSuite } from '../conformance/scenarios/library.js';
import { drive } from '../conformance/selftest/drive.js';
import { startsInProcess } from '../conformance/selftest/in-process.js';
import { parseRecord } from '../conformance/selftest/kills.js';
import { listMutants, servedInProcess } from '../conformance/selftest/mutants.js';
import { judgeWhole, parseWhole, wholeMinusEach, wholeText, type WholeMinusOne } from '../conformance/selftest/whole.js';
import { runsOf, type Run } from '../scripts/findings/play.js';

const suite = loadSuite();
const whole = 'milestones/whole-cutover';
const flipless = 'milestones/no-cutover-without-the-flip';

const play = async (composition: Composition, id: string): Promise<Run> => {
  const run = (await runsOf(composition, suite.scenarios.filter(({ scenario }) => scenario.id === id))).get(id);
  if (run === undefined) throw new Error(`no scenario ${id}`);
  return run;
};
/** The forms in which entries were appended, in their order. */
const forms = (run: Run): string[] => run.steps.flatMap(({ moments }) => moments).flatMap(({ made }) => made === null ? [] : [made.form]);
const outcomes = (run: Run): string[] => run.steps.flatMap(({ moments }) => moments).map(({ outcome }) => Object.keys(outcome)[0] ?? '');
const states = (run: Run): StateMessage[] => run.steps.flatMap(({ moments }) => moments).flatMap((moment) => moment.states);

test('6E-1 alone records the cutover, and changes nothing of what is proposed and applied', async (t) => {
  const [alone, refusing] = [await play('6e-1', flipless), await play('6e-1-repaired', flipless)];
  t.true(states(alone).some(({ sidecar }) => BigInt(sidecar?.cutover ?? '0') > 0n));
  t.true(states(alone).every(({ wrap }) => wrap !== true));
  t.true(forms(alone).includes('cutover') && forms(alone).every((form) => form !== 'sealed'));
  t.false(outcomes(alone).includes('halted'));
  // Beside one that refuses the call, the only other entry is that of the cutover.
  t.deepEqual(forms(alone).filter((form) => form !== 'cutover'), forms(refusing));
  t.false(outcomes(refusing).includes('halted'));
});

test('what 6E-1 alone has left is opened by the whole as proposed, and refused by the repaired one', async (t) => {
  const left = await play('proposal', 'holes/h25');
  t.deepEqual(left.failed, ['refused']);
  t.deepEqual((await play('repaired', 'holes/h25')).failed, []);
});

test('unwrapping without wrapping halts every replica', async (t) => {
  const run = await play('6e-2-unwrap', whole);
  t.true(run.broken.has('I2') && run.broken.has('I1'));
  const halted = run.steps.filter(({ moments }) => moments.some(({ outcome }) => 'halted' in outcome)).map(({ followed }) => followed.step.on);
  t.deepEqual([...new Set(halted)].sort(), [...new Set(run.steps.map(({ followed }) => followed.step.on))].sort());
});

test('wrapping without unwrapping halts nobody, and feeds wrapped bytes to the state machine', async (t) => {
  const run = await play('6e-2-wrap', whole);
  t.false(outcomes(run).includes('halted'));
  t.true(run.broken.has('I13') && !run.broken.has('I2'));
});

// ── The whole without one rule ──────────────────────────────────────────────────────────────────────────────────

const read = (name: string): string => readFileSync(join(packageRoot(), 'conformance/mutants', name), 'utf8');

test.serial('the whole without one rule comes to what is recorded, rule by rule', async (t) => {
  t.timeout(600_000);
  const start = startsInProcess(servedInProcess);
  const { rows, findings } = await wholeMinusEach({
    mutants: await listMutants(), suite, kills: parseRecord(read('kills.json')), drive: (command, trial, profile) => drive(command, trial, profile, { start }),
  });
  t.deepEqual(findings, []);
  t.deepEqual(judgeWhole(parseWhole(read('whole-minus-one.json')), rows), []);
  t.is(wholeText(rows), read('whole-minus-one.json'));
  // What the research models measured: the append rule masks these.
  for (const rule of ['gate-users', 'drain', 'leader-waits-applied']) t.is(rows.find(({ without }) => without === rule)?.comes_to, 'masked', rule);
});

test('any difference from the record of the whole is a finding', (t) => {
  const row = (without: string, more: Partial<WholeMinusOne> = {}): WholeMinusOne => ({ without, comes_to: 'masked', breaks: [], checks: [], ...more });
  const says = (recorded: readonly WholeMinusOne[], rows: readonly WholeMinusOne[]): string[] => judgeWhole(recorded, rows).map(({ subject, says: what }) => `${subject}: ${what}`);
  t.deepEqual(says([row('a')], [row('a')]), []);
  t.regex(says([row('a')], [row('a', { comes_to: 'fails', breaks: ['I1'], checks: ['x'] })]).join(), /^a: dropped from the whole it breaks I1, and 1 checks see it; in the record it is masked/);
  t.regex(says([row('a')], []).join(), /^a: stands in the record and is no rule/);
  t.regex(says([], [row('a')]).join(), /^a: dropped from the whole it is masked, .* does not have it/);
});
