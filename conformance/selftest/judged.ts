/**
 * What a mutant is judged by: the vectors of its format, all scenarios, and one scenario more for every crash that it claims.
 * Each is a trial, a run with a part of the suite.
 */
import type { Suite } from '../scenarios/library.js';
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

/** A suite with the checks of one scenario, and the invariants that are watched in it. */
const scenarioAlone = (suite: JudgedSuite, id: string): JudgedSuite => ({
  checks: [],
  scenarios: suite.scenarios.filter(({ scenario }) => scenario.id === id),
  scenarioChecks: suite.scenarioChecks.filter((check) => check.scenario === id),
  invariantChecks: suite.invariantChecks.filter((check) => check.scenarios.includes(id)).map((check) => ({ ...check, scenarios: [id] })),
});
