/**
 * What the puppet's nodes are tried with: one scenario where a node misbehaves, and the same one behind it with a node that
 * behaves, to show that the harm went no further. Both are crashable.
 */
import { invariantChecks, scenarioChecks } from '../scenarios/library.js';
import { scenario, type Scenario } from '../scenarios/schema.js';
import type { JudgedSuite } from './judged.js';

/** The node that misbehaves, and its scenario. */
export const NODE_HERE = 'n1';
export const SCENARIO_HERE = 'trials/here';

const applying = (id: string, on: 'n1' | 'n2'): Scenario => scenario.parse({
  $schema: 'urn:cutcheck:schema:scenario:1', id, title: 'Two plain entries are applied.', level: 'L1', since: '0.1.0', crashable: true,
  keys: {}, entries: { first: { plain: { text: 'first' } }, second: { plain: { text: 'second' } } },
  steps: [
    { on, op: 'open' },
    { on, op: 'append', entries: ['first', 'second'] },
    { on, op: 'commit', to: 'last' },
    { on, op: 'apply', checks: [{ check: 'applied', clause: 'base/applied-index', says: 'Both are applied.', expect: { ok: { applied: '2' } } }] },
    { on, op: 'state', checks: [{ check: 'counted', clause: 'base/applied-index', says: 'Both are counted.', expect: { ok: { applied: '2' } } }] },
    { on, op: 'close' },
  ],
});

const scenarios = [applying(SCENARIO_HERE, NODE_HERE), applying('trials/there', 'n2')];

/** The trial as a suite of its own. */
export const nodeTrial: JudgedSuite = {
  checks: [],
  scenarios: scenarios.map((each) => ({ scenario: each, file: `${each.id}.json`, bytes: new Uint8Array() })),
  scenarioChecks: scenarios.flatMap(scenarioChecks),
  invariantChecks: invariantChecks(scenarios),
};
