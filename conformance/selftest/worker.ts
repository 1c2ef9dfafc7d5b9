/**
 * A thread of the self-test: drives one adapter after the other through trials, in its own process-wide state, and
 * answers what came of each. Mutants and compositions run in the thread itself (in-process.ts).
 */
import { parentPort } from 'node:worker_threads';
import { loadSuite } from '../scenarios/library.js';
import { drive } from './drive.js';
import { startsInProcess } from './in-process.js';
import { servedInProcess } from './mutants.js';
import type { Ordered } from './pool.js';

const suite = loadSuite();
const start = startsInProcess(servedInProcess);

parentPort?.on('message', ({ id, command, trial, profile }: Ordered) => {
  // A trial holds no more than ids of what is judged: the suite itself is loaded once a thread.
  const scenarios = new Set(trial.scenarios);
  const checks = new Set(trial.checks);
  const part = {
    checks: suite.checks.filter((check) => checks.has(check.id)),
    scenarios: suite.scenarios.filter(({ scenario }) => scenarios.has(scenario.id)),
    scenarioChecks: suite.scenarioChecks.filter((check) => checks.has(check.id)),
    invariantChecks: suite.invariantChecks.filter((check) => checks.has(check.id)).map((check) => ({ ...check, scenarios: check.scenarios.filter((one) => trial.watched[check.id]?.includes(one) === true) })),
  };
  drive(command, { suite: part, crash: trial.crash }, profile, { start }).then(
    (driven) => parentPort?.postMessage({ id, driven }),
    (error: unknown) => parentPort?.postMessage({ id, problem: error instanceof Error ? error.message : String(error) }));
});
