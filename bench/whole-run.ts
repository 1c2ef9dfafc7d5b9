/**
 * The whole run against the bundled reference over a child process: its vectors and the same with every case ten times over, a part of the
 * scenarios and the same ten times over, all levels, on one process and on two, the crash points; `npm start` of a built tree as a
 * user waits for it; and the suite's test of itself, where the mutants run in the process of the runner.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../conformance/package-root.js';
import { run } from '../conformance/runner/run.js';
import type { Judged } from '../conformance/runner/plan.js';
import { invariantChecks, loadSuite, scenarioChecks, type Suite } from '../conformance/scenarios/library.js';
import type { LoadedScenario } from '../conformance/scenarios/load.js';
import { loadLibrary, type Library } from '../conformance/vectors/library.js';
import { aim, median, table } from './figures.js';

const ROUNDS = 3;
const TIMES = 10;
/** Growth is looked at on one scenario of so many: ten times all of them would take minutes. */
const ONE_OF = 5;

export async function benchRun(): Promise<void> {
  const library = loadLibrary();
  const suite = loadSuite();
  const tenfold: Library = {
    ...library,
    checks: library.checks.map((check) => ({ ...check, cases: check.cases.flatMap((one) => copies.map((copy) => ({ ...one, id: `${one.id}-${copy}` }))) })),
  };
  const part = suite.scenarios.filter((_, at) => at % ONE_OF === 0);
  const ofPart = ofScenarios(suite, part);
  const tenfoldPart = ofScenarios(suite, part.flatMap((loaded) => copies.map((copy) => ({ ...loaded, scenario: { ...loaded.scenario, id: `${loaded.scenario.id}-${copy}` } }))));

  const times = { vectors: [] as number[], tenVectors: [] as number[], part: [] as number[], tenParts: [] as number[], alone: [] as number[], whole: [] as number[], start: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.vectors.push(await seconds(library));
    times.tenVectors.push(await seconds(tenfold));
    times.part.push(await seconds(ofPart));
    times.tenParts.push(await seconds(tenfoldPart));
    times.alone.push(await seconds(suite));
    times.whole.push(await seconds(suite, { jobs: 2 }));
    times.start.push(ofCommand('npm', ['start', '--silent']));
  }
  const crashes = await seconds(suite, { jobs: 2, crash: 'all' });
  const selftest = ofCommand(process.execPath, [join(packageRoot(), 'dist/conformance/cli/main.js'), 'selftest', '--only', 'mutants']);
  const grown = (ten: readonly number[], one: readonly number[]): [string, string] => {
    const ratio = median(ten) / median(one);
    return [ratio.toFixed(1), aim(ratio, 11)];
  };
  console.log(`\nWhole run against the bundled reference, median of ${ROUNDS} (crash points and mutants: once)`);
  table(['', 's', 'ratio', 'aim'], [
    [`all vectors (${library.checks.reduce((sum, check) => sum + check.cases.length, 0)} cases)`, median(times.vectors).toFixed(2), '1.0', ''],
    [`${TIMES} times the vectors`, median(times.tenVectors).toFixed(2), ...grown(times.tenVectors, times.vectors)],
    [`${part.length} of the scenarios`, median(times.part).toFixed(2), '1.0', ''],
    [`${TIMES} times these scenarios`, median(times.tenParts).toFixed(2), ...grown(times.tenParts, times.part)],
    [`levels L0 to L2 (and ${suite.scenarios.length} scenarios), on one process`, median(times.alone).toFixed(2), '', ''],
    ['the same on two', median(times.whole).toFixed(2), '', aim(median(times.whole), 15)],
    ['the same and every crash point', crashes.toFixed(2), '', aim(crashes, 120)],
    ['npm start of a built tree', median(times.start).toFixed(2), '', aim(median(times.start), 15)],
    ['cutcheck selftest --only mutants', selftest.toFixed(2), '', aim(selftest, 60)],
  ]);
}

const copies = Array.from({ length: TIMES }, (_, copy) => copy);

/** A suite of these scenarios alone. */
const ofScenarios = (suite: Suite, scenarios: readonly LoadedScenario[]): Suite => ({
  ...suite, checks: [], scenarios,
  scenarioChecks: scenarios.flatMap(({ scenario }) => scenarioChecks(scenario)), invariantChecks: invariantChecks(scenarios.map(({ scenario }) => scenario)),
});

async function seconds(library: Judged, more: { readonly jobs?: number; readonly crash?: string } = {}): Promise<number> {
  const began = performance.now();
  const { verdict } = await run({
    command: [process.execPath, join(packageRoot(), 'dist/conformance/adapters/reference/main.js')],
    library, profile: 'repaired', run: [], skip: [], out: null, seed: '00', slow: 1, ...more,
  });
  if (verdict !== 'conformant') throw new Error(`the reference is ${verdict}`);
  return (performance.now() - began) / 1_000;
}

function ofCommand(command: string, args: readonly string[]): number {
  const began = performance.now();
  spawnSync(command, args, { cwd: packageRoot(), stdio: 'ignore' });
  return (performance.now() - began) / 1_000;
}
