/**
 * What the puppet's nodes are tried with: one scenario where a node misbehaves, and the same one behind it with a node that
 * behaves, to show that the harm went no further. Those of a node that follows are crashable.
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

const applied = 'base/applied-index', intake = '6E-2/intake', resolved = '6E-2/proposal-resolved-once', drain = '6E-2/barrier-2-drain', honest = 'repair/honest-outcomes';
const check = (slug: string, clause: string, says: string, expect: object): object => ({ check: slug, clause, says, profile: 'both', expect });

const leading = (id: string, on: 'n1' | 'n2'): Scenario => scenario.parse({
  $schema: 'urn:cutcheck:schema:scenario:1', id, title: 'A leader takes two writes, appends one, and is called to the cutover twice.', level: 'L2', since: '0.2.0',
  keys: {}, entries: {},
  steps: [
    { on, op: 'open' },
    { on, op: 'role', is: 'leader', entry: 'first', checks: [check('leads', 'base/leader-role', 'It begins its term.', { ok: { entry: { index: '1', data: '' } } })] },
    { on, op: 'propose', source: 'client-write', payload: { text: 'one' }, ticket: 't-one', checks: [check('takes', intake, 'It takes a proposal.', { ok: {} })] },
    { on, op: 'propose', source: 'client-write', payload: { text: 'two' }, ticket: 't-two' },
    { on, op: 'admit', ticket: 't-one', entry: 'one', checks: [check('appends', intake, 'What was proposed is appended.', { ok: { index: '2', form: 'plain' } })] },
    { on, op: 'state', checks: [check('waits', resolved, 'Nothing is resolved before it is applied.', { ok: { tickets: [{ state: 'admitted' }, { state: 'accepted' }] } })] },
    { on, op: 'commit', to: 'one' },
    { on, op: 'apply', checks: [check('applied', applied, 'Both entries are applied.', { ok: { applied: '2' } })] },
    { on, op: 'cancel', ticket: 't-two' },
    { on, op: 'cutover.begin', call: 'early', checks: [check('begins', '6E-2/barrier-1-block', 'The call is gated.', { ok: { phase: 'gated' } })] },
    { on, op: 'cutover.poll', call: 'early' },
    { on, op: 'cutover.step', call: 'early', checks: [check('drains', drain, 'Nothing is in flight.', { ok: { phase: 'drained' } })] },
    { on, op: 'cutover.expire', call: 'early', checks: [check('says-no', honest, 'Nothing was appended.', { ok: { answer: { is: 'not-appended' } } })] },
    { on, op: 'cutover.poll', call: 'early', checks: [check('says-it-again', honest, 'What was told stays.', { ok: { answer: { is: 'not-appended' } } })] },
    { on, op: 'cutover.begin', call: 'late', checks: [check('begins-again', '6E-2/barrier-1-block', 'Another call is gated.', { ok: { phase: 'gated' } })] },
    { on, op: 'cutover.step', call: 'late', until: 'proposed', if: 'late', entry: 'flag' },
    { on, op: 'cutover.expire', call: 'late', if: 'late' },
    { on, op: 'state', checks: [check('counted', applied, 'What was applied is counted.', { ok: { applied: '2' } })] },
    { on, op: 'close' },
  ],
});

/** Scenarios as a suite of their own. */
const suiteOf = (...scenarios: readonly Scenario[]): JudgedSuite => ({
  checks: [],
  scenarios: scenarios.map((each) => ({ scenario: each, file: `${each.id}.json`, bytes: new Uint8Array() })),
  scenarioChecks: scenarios.flatMap(scenarioChecks),
  invariantChecks: invariantChecks(scenarios),
});

/** The trial of a node that follows, and of one that leads. */
export const nodeTrial = suiteOf(applying(SCENARIO_HERE, NODE_HERE), applying('trials/there', 'n2'));
export const leaderTrial = suiteOf(leading(SCENARIO_HERE, NODE_HERE), leading('trials/there', 'n2'));
