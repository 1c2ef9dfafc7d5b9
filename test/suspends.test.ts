/**
 * What a scenario suspends it breaks by its own doing, and what it does not suspend holds: played with nothing suspended, by the repaired design
 * and, where that does not get so far, by the others of the whole.
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Composition } from '../spec/rules.js';
import type { RunEvent } from '../conformance/report/events.js';
import { run } from '../conformance/runner/run.js';
import { invariantChecks, loadSuite } from '../conformance/scenarios/library.js';
import type { LoadedScenario } from '../conformance/scenarios/load.js';

const reference = fileURLToPath(new URL('../conformance/adapters/reference/main.js', import.meta.url));
const suite = loadSuite();

/** The invariants that are broken, each with its scenario. */
async function broken(composition: Composition, chosen: readonly LoadedScenario[]): Promise<Set<string>> {
  const scenarios = chosen.map(({ scenario, ...rest }) => ({ ...rest, scenario: { ...scenario, suspends: [] } }));
  const checks = invariantChecks(scenarios.map(({ scenario }) => scenario));
  const invariantOf = new Map(checks.map(({ id, invariant }) => [id, invariant]));
  const events: RunEvent[] = [];
  await run({
    command: [process.execPath, reference, '--virtual', '--composition', composition], jobs: 2, library: { ...suite, checks: [], scenarioChecks: [], scenarios, invariantChecks: checks },
    profile: composition === 'repaired' ? 'repaired' : 'proposal', run: ['invariants/*'], skip: [], out: null, seed: '00', slow: 3, onEvent: (event) => { events.push(event); },
  });
  return new Set(events.flatMap((event) => event.type === 'verdict' && event.verdict === 'failed' ? [`${event.case} ${invariantOf.get(event.check) ?? '?'}`] : []));
}

test('the invariants that a scenario suspends are those that its steps break', async (t) => {
  t.timeout(240_000);
  const suspended = new Set(suite.scenarios.flatMap(({ scenario }) => scenario.suspends.map((invariant) => `${scenario.id} ${invariant}`)));
  const byRepaired = await broken('repaired', suite.scenarios);
  t.deepEqual([...byRepaired].filter((one) => !suspended.has(one)), [], 'broken, and not suspended');
  let left = [...suspended].filter((one) => !byRepaired.has(one));
  for (const composition of ['proposal', 'upstream'] as const) {
    const by = await broken(composition, suite.scenarios.filter(({ scenario: { id } }) => left.some((one) => one.startsWith(`${id} `))));
    left = left.filter((one) => !by.has(one));
  }
  t.deepEqual(left, [], 'suspended, and not broken');
});
