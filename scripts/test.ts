/**
 * Runs the tests and counts them: ava over its TAP output, under c8; failures as they come, then the coverage,
 * and as the last line the plain count `N passed, N failed` (`, N skipped` behind it when something was not run).
 *
 * Takes names of test files (`node dist/scripts/test.js runner vectors`), all of `test/` when none is given; the floor of coverage
 * holds for all of them only. The list is made from the sources, so that the output of a deleted test is never run again.
 * Fails on a failed test, on a run that did not finish its plan, on coverage below the floor, and when no test ran at all.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../conformance/package-root.js';

const root = packageRoot();
const known = readdirSync(join(root, 'test')).filter((name) => name.endsWith('.test.ts')).map((name) => name.slice(0, -'.test.ts'.length)).sort();
const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!known.includes(name)) {
    console.error(`no test file "${name}"; there are: ${known.join(', ')}`);
    process.exit(2);
  }
}
const files = (wanted.length > 0 ? wanted : known).map((name) => `dist/test/${name}.test.js`);

const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
const floor = wanted.length === 0 ? [] : ['--check-coverage=false'];
const run = spawn(bin('c8'), [...floor, bin('ava'), '--tap', ...files], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
const count = { passed: 0, failed: 0, skipped: 0, planned: -1 };
let inFailure = false;
for await (const line of createInterface({ input: run.stdout })) {
  // Behind the plan come ava's own counts, and then the coverage.
  if (count.planned >= 0) {
    if (line !== '' && !line.startsWith('# ')) console.log(line);
    continue;
  }
  if (line.startsWith('not ok ')) count.failed += 1;
  else if (line.startsWith('ok ')) count[line.includes('# SKIP') ? 'skipped' : 'passed'] += 1;
  if (line.startsWith('1..')) count.planned = Number(line.slice(3));
  // A failure is shown whole, down to the end of its YAML block; of the rest what was skipped and what was said, and on a terminal all.
  if (line.startsWith('not ok ')) inFailure = true;
  else if (/^(ok |1\.\.)/.test(line)) inFailure = false;
  if (inFailure || line.includes('# SKIP') || line.startsWith('#   ') || (process.stdout.isTTY && line.startsWith('ok '))) console.log(line);
}
const code = await new Promise<number>((resolve) => {
  if (run.exitCode !== null) resolve(run.exitCode);
  else run.once('exit', (exit) => resolve(exit ?? 1));
});

const seen = count.passed + count.failed + count.skipped;
if (count.planned !== seen) {
  console.log(`the run was cut short: ${count.planned < 0 ? 'no plan line' : `${count.planned} tests planned`}, ${seen} seen`);
  count.failed += 1;
}
if (code !== 0 && count.failed === 0) {
  console.log(`all tests passed, and yet the run ended with exit code ${code}: is the coverage below its floor?`);
  count.failed += 1;
}
if (count.passed + count.failed === 0) count.failed = 1;
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`);
process.exit(count.failed > 0 ? 1 : 0);
