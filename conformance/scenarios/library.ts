/**
 * The whole suite: vectors and scenarios, as checks.
 *
 * The check of a scenario is one named expectation at one of its steps; its id is `<scenario id>/<check>`. The check of
 * an invariant is that all scenarios keep it that do not suspend it; its id is `invariants/<invariant>-<clause>`. What a
 * crash may leave is a check of its own, which both profiles demand and only runs with crashes judge.
 */
import { createHash } from 'node:crypto';
import type { ClauseId } from '../../spec/clauses.js';
import type { Level } from '../protocol/messages.js';
import { CAPABILITIES, type Capability } from '../protocol/operations.js';
import { loadLibrary, type Library } from '../vectors/library.js';
import { follow } from './follow.js';
import { checksOf } from './lint.js';
import { loadScenarios, type LoadedScenario } from './load.js';
import { INVARIANTS, type Invariant, type Scenario, type ScenarioCheckSpec } from './schema.js';

export interface ScenarioCheck {
  readonly id: string;
  readonly kind: 'scenario';
  readonly clause: ClauseId;
  readonly level: Level;
  /** The profiles that demand it. */
  readonly profile: 'both' | 'proposal' | 'repaired';
  /** What must hold, in one line. */
  readonly says: string;
  /** Id of its scenario. */
  readonly scenario: string;
  /** Number of the step at which it stands, from 1. */
  readonly step: number;
  /** The expectation itself. */
  readonly spec: ScenarioCheckSpec;
  readonly needs: readonly Capability[];
}

export interface InvariantCheck {
  readonly id: string;
  readonly kind: 'invariant';
  readonly clause: ClauseId;
  readonly level: Level;
  readonly profile: 'both' | 'repaired';
  readonly says: string;
  readonly invariant: Invariant;
  /** Its cases are the crash runs of its scenarios, and there is nothing to see without a crash. */
  readonly crashes: boolean;
  /** Ids of the scenarios that do not suspend it. */
  readonly scenarios: readonly string[];
  readonly needs: readonly Capability[];
}

export interface Suite extends Library {
  readonly scenarios: readonly LoadedScenario[];
  readonly scenarioChecks: readonly ScenarioCheck[];
  readonly invariantChecks: readonly InvariantCheck[];
}

/** Loads everything that is judged; with `vectors` and `scenarios`, directories of a user too. @throws InputError */
export function loadSuite(options: { readonly vectors?: string; readonly scenarios?: string } = {}): Suite {
  const library = loadLibrary(options.vectors === undefined ? {} : { extra: options.vectors });
  const scenarios = loadScenarios(options.scenarios === undefined ? {} : { extra: options.scenarios });
  const hash = createHash('sha256').update(library.digest);
  for (const { scenario, bytes } of scenarios) hash.update(`${scenario.id}\0${bytes.length}\0`).update(bytes);
  return {
    ...library, digest: `sha256:${hash.digest('hex')}`, scenarios,
    scenarioChecks: scenarios.flatMap(({ scenario }) => scenarioChecks(scenario)),
    invariantChecks: invariantChecks(scenarios.map(({ scenario }) => scenario)),
  };
}

/** The checks of one scenario, in the order of its steps. */
export function scenarioChecks(scenario: Scenario): ScenarioCheck[] {
  const needs = needsOf(scenario);
  return scenario.steps.flatMap((step, at) => checksOf(step).map((spec): ScenarioCheck => ({
    id: `${scenario.id}/${spec.check}`, kind: 'scenario', clause: spec.clause, level: scenario.level, profile: profileOf(spec), says: spec.says,
    scenario: scenario.id, step: at + 1, spec, needs,
  })));
}

/** The profiles that demand a check: where it does not say, a repair clause binds the repaired alone. */
export const profileOf = ({ clause, profile }: ScenarioCheckSpec): 'both' | 'proposal' | 'repaired' => profile ?? (clause.startsWith('repair/') ? 'repaired' : 'both');

/** The capabilities that a scenario needs: those that it names, and those of its steps. */
export function needsOf(scenario: Scenario): readonly Capability[] {
  const { needs, steps } = scenario;
  const faulty = steps.some((step) => 'op' in step && step.op === 'open' && step.fails !== undefined);
  const virtual = faulty || steps.some((step) => 'op' in step && step.op === 'crash.now' && step.power === true) || diesBesideALeader(scenario);
  const asked = new Set<Capability>(needs);
  for (const step of steps) {
    if ('file' in step || 'find' in step) asked.add(virtual ? 'disk.virtual' : 'disk.dir');
    else if (step.op === 'crash.now') asked.add('crash.points');
    else if (step.op === 'snapshot.header') asked.add('snapshot.header');
    else if (step.op === 'snapshot.take' || step.op === 'snapshot.install') asked.add('snapshot');
  }
  if (virtual) asked.add('disk.virtual');
  if (faulty) asked.add('disk.faults');
  return (Object.keys(CAPABILITIES) as Capability[]).filter((name) => asked.has(name));
}

/** On real files a node that dies takes its whole process with it; what another leads lives in memory, and would be gone. */
function diesBesideALeader(scenario: Scenario): boolean {
  const leading = new Set<string>();
  return follow(scenario).some(({ step, after }) => {
    if (after.role === 'follower') leading.delete(step.on);
    else leading.add(step.on);
    return 'op' in step && step.op === 'crash.now' && leading.size > 0;
  });
}

/** The checks of the invariants over scenarios, and behind them the one of the crash runs. */
export const invariantChecks = (scenarios: readonly Scenario[]): InvariantCheck[] => [
  ...(Object.keys(INVARIANTS) as Invariant[]).map((invariant): InvariantCheck => {
    const { clause, level, says } = INVARIANTS[invariant];
    return {
      id: `invariants/${invariant.toLowerCase()}-${clause.slice(clause.indexOf('/') + 1)}`, kind: 'invariant', clause, level, profile: 'repaired', says, invariant, crashes: false,
      scenarios: scenarios.filter((one) => one.level >= level && !one.suspends.includes(invariant)).map(({ id }) => id), needs: [],
    };
  }),
  {
    id: 'crashes/before-or-after', kind: 'invariant', clause: 'base/applied-index', level: 'L1', profile: 'both', invariant: 'I10', crashes: true,
    says: 'after a crash at any point the node opens again, its sidecar and store are each as before or as after the interrupted step, the store never ahead of the sidecar, '
      + 'and going on ends where the run without a crash ends',
    scenarios: scenarios.filter(({ crashable, suspends }) => crashable && !suspends.includes('I10')).map(({ id }) => id), needs: ['crash.points'],
  },
];
