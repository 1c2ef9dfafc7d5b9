/**
 * The whole run against the bundled reference, its vectors and the same with every case ten times over, its crash points, and
 * `npm start` of a built tree as a user waits for it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../conformance/package-root.js';
import { run } from '../conformance/runner/run.js';
import { loadSuite } from '../conformance/scenarios/library.js';
import { loadLibrary, type Library } from '../conformance/vectors/library.js';
import { aim, median, table } from './figures.js';

const ROUNDS = 5;
const TIMES = 10;

export async function benchRun(): Promise<void> {
  const library = loadLibrary();
  const suite = loadSuite();
  const tenfold: Library = {
    ...library,
    checks: library.checks.map((check) => ({
      ...check,
      cases: check.cases.flatMap((one) => Array.from({ length: TIMES }, (_, copy) => ({ ...one, id: `${one.id}-${copy}` }))),
    })),
  };
  const once: number[] = [];
  const ten: number[] = [];
  const whole: number[] = [];
  const start: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    once.push(await seconds(library));
    ten.push(await seconds(tenfold));
    whole.push(await seconds(suite));
    const began = performance.now();
    spawnSync('npm', ['start', '--silent'], { cwd: packageRoot(), stdio: 'ignore' });
    start.push((performance.now() - began) / 1_000);
  }
  const crashes = await seconds(suite, 'all');
  const ratio = median(ten) / median(once);
  console.log('\nWhole run against the bundled reference, median of five (crash points: once)');
  table(['', 's', 'ratio', 'aim'], [
    [`all vectors (${library.checks.reduce((sum, check) => sum + check.cases.length, 0)} cases)`, median(once).toFixed(2), '1.0', ''],
    [`${TIMES} times the vectors`, median(ten).toFixed(2), ratio.toFixed(1), aim(ratio, 11)],
    [`levels L0 and L1 (and ${suite.scenarios.length} scenarios)`, median(whole).toFixed(2), '', aim(median(whole), 10)],
    ['the same and every crash point', crashes.toFixed(2), '', aim(crashes, 120)],
    ['npm start of a built tree', median(start).toFixed(2), '', aim(median(start), 6)],
  ]);
}

async function seconds(library: Library, crash = 'none'): Promise<number> {
  const began = performance.now();
  const { verdict } = await run({
    command: [process.execPath, join(packageRoot(), 'dist/conformance/adapters/reference/main.js')],
    library, profile: 'repaired', run: [], skip: [], crash, out: null, seed: '00', slow: 1,
  });
  if (verdict !== 'conformant') throw new Error(`the reference is ${verdict}`);
  return (performance.now() - began) / 1_000;
}
