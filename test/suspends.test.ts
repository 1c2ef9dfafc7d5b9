/** What a scenario suspends it breaks by its own doing, and what it does not suspend holds: played with nothing suspended. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { RunEvent } from '../conformance/report/events.js';
import { run } from '../conformance/runner/run.js';
import { invariantChecks, loadSuite } from '../conformance/scenarios/library.js';

const reference = fileURLToPath(new URL('../conformance/adapters/reference/main.js', import.meta.url));

test('the invariants that a scenario suspends are those that its steps break', async (t) => {
  t.timeout(120_000);
  const suite = loadSuite();
  const scenarios = suite.scenarios.map(({ scenario, ...rest }) => ({ ...rest, scenario: { ...scenario, suspends: [] } }));
  const checks = invariantChecks(scenarios.map(({ scenario }) => scenario));
  const invariantOf = new Map(checks.map(({ id, invariant }) => [id, invariant]));
  const events: RunEvent[] = [];
  await run({
    command: [process.execPath, reference, '--virtual', '--profile', 'repaired'], jobs: 2, library: { ...suite, scenarios, invariantChecks: checks },
    profile: 'repaired', run: ['invariants/*'], skip: [], out: null, seed: '00', slow: 3, onEvent: (event) => { events.push(event); },
  });
  const broken = events.flatMap((event) => event.type === 'verdict' && event.verdict === 'failed' ? [`${event.case} ${invariantOf.get(event.check) ?? '?'}`] : []);
  const suspended = suite.scenarios.flatMap(({ scenario }) => scenario.suspends.map((invariant) => `${scenario.id} ${invariant}`));
  t.deepEqual([...broken].sort(), [...suspended].sort());
});
