/**
 * What a mutant is judged by: the vectors of its format, all scenarios, and one scenario more for every crash that it claims.
 * Each is a trial, a run with a part of the suite.
 */
import type { Suite } from '../scenarios/library.js';
import type { KillRecord } from './kills.js';
import { SCENARIOS, type ListedMutant } from './mutants.js';

/** The part of a suite that trials are made from. */
export type JudgedSuite = Pick<Suite, 'checks' | 'scenarios' | 'scenarioChecks' | 'invariantChecks'>;

/** One run. */
export interface Trial {
  /** The same name is the same trial. */
  readonly name: string;
  /** No more than is judged. */
  readonly suite: JudgedSuite;
  /** How many checks that is. */
  readonly checks: number;
  /** The point at which the adapter is made to die, or null. */
  readonly crash: string | null;
}

const trial = (name: string, suite: JudgedSuite, crash: string | null = null): Trial =>
  ({ name, suite, checks: suite.checks.length + suite.scenarioChecks.length + suite.invariantChecks.length, crash });

/** The trials of a mutant: those of its format, all scenarios when they are its format or it claims one of their checks, and its crashes. */
export function trialsOf({ format, claims }: Pick<ListedMutant, 'format' | 'claims'>, suite: JudgedSuite): Trial[] {
  const vectors = format === SCENARIOS ? []
    : [trial(format, { checks: suite.checks.filter((check) => check.format === format), scenarios: [], scenarioChecks: [], invariantChecks: [] })];
  const claimed = new Set(claims.map(({ check }) => check));
  const scenarios = format === SCENARIOS || [...suite.scenarioChecks, ...suite.invariantChecks].some(({ id }) => claimed.has(id)) ? [trial(SCENARIOS, { ...suite, checks: [] })] : [];
  const crashes = new Map(claims.flatMap(({ crash }) => crash === undefined ? [] : [[`${crash.scenario}@${crash.point}`, crash] as const]));
  return [...vectors, ...scenarios, ...[...crashes].map(([name, { scenario, point }]) => trial(name, scenarioAlone(suite, scenario), point))];
}

/**
 * The same trials with no more in them than the mutant claims. Of an invariant, which is watched in many scenarios, it is the first in
 * which the record has it broken.
 */
export function claimedTrials(mutant: Pick<ListedMutant, 'id' | 'format' | 'claims'>, suite: JudgedSuite, { kills }: Pick<KillRecord, 'kills'>): Trial[] {
  const claimed = new Set(mutant.claims.filter(({ crash }) => crash === undefined).map(({ check }) => check));
  const broken = (check: string): string | undefined =>
    Object.values(kills.find((kill) => kill.mutant === mutant.id && kill.check === check)?.answers ?? {}).flat().filter((id) => !id.includes('@')).sort()[0];
  return trialsOf(mutant, suite).flatMap((whole): Trial[] => {
    if (whole.crash !== null) return [whole];
    const checks = whole.suite.checks.filter(({ id }) => claimed.has(id));
    const scenarioChecks = whole.suite.scenarioChecks.filter(({ id }) => claimed.has(id));
    const invariantChecks = whole.suite.invariantChecks.filter(({ id }) => claimed.has(id))
      .map((check) => ({ ...check, scenarios: check.scenarios.filter((id) => id === (broken(check.id) ?? id)) }));
    const due = new Set([...scenarioChecks.map(({ scenario }) => scenario), ...invariantChecks.flatMap((check) => check.scenarios)]);
    const scenarios = whole.suite.scenarios.filter(({ scenario }) => due.has(scenario.id));
    const part = trial(whole.name, { checks, scenarios, scenarioChecks, invariantChecks });
    return part.checks === 0 ? [] : [part];
  });
}

/** A suite with the checks of one scenario, and the invariants that are watched in it. */
const scenarioAlone = (suite: JudgedSuite, id: string): JudgedSuite => ({
  checks: [],
  scenarios: suite.scenarios.filter(({ scenario }) => scenario.id === id),
  scenarioChecks: suite.scenarioChecks.filter((check) => check.scenario === id),
  invariantChecks: suite.invariantChecks.filter((check) => check.scenarios.includes(id)).map((check) => ({ ...check, scenarios: [id] })),
});
