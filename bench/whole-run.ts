/**
 * The whole run against the bundled reference, the same with every case ten times over, and `npm start` of a built
 * tree as a user waits for it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../conformance/package-root.js';
import { run } from '../conformance/runner/run.js';
import { loadLibrary, type Library } from '../conformance/vectors/library.js';
import { aim, median, table } from './figures.js';

const ROUNDS = 5;
const TIMES = 10;

export async function benchRun(): Promise<void> {
  const library = loadLibrary();
  const tenfold: Library = {
    ...library,
    checks: library.checks.map((check) => ({
      ...check,
      cases: check.cases.flatMap((one) => Array.from({ length: TIMES }, (_, copy) => ({ ...one, id: `${one.id}-${copy}` }))),
    })),
  };
  const once: number[] = [];
  const ten: number[] = [];
  const start: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    once.push(await seconds(library));
    ten.push(await seconds(tenfold));
    const began = performance.now();
    spawnSync('npm', ['start', '--silent'], { cwd: packageRoot(), stdio: 'ignore' });
    start.push((performance.now() - began) / 1_000);
  }
  const ratio = median(ten) / median(once);
  console.log('\nWhole run against the bundled reference, median of five');
  table(['', 's', 'ratio', 'aim'], [
    [`all vectors (${library.checks.reduce((sum, check) => sum + check.cases.length, 0)} cases)`, median(once).toFixed(2), '1.0', ''],
    [`${TIMES} times the vectors`, median(ten).toFixed(2), ratio.toFixed(1), aim(ratio, 11)],
    ['npm start of a built tree', median(start).toFixed(2), '', aim(median(start), 6)],
  ]);
}

async function seconds(library: Library): Promise<number> {
  const began = performance.now();
  const { verdict } = await run({
    command: [process.execPath, join(packageRoot(), 'dist/conformance/adapters/reference/main.js')],
    library, profile: 'repaired', run: [], skip: [], out: null, seed: '00', slow: 1,
  });
  if (verdict !== 'conformant') throw new Error(`the reference is ${verdict}`);
  return (performance.now() - began) / 1_000;
}
