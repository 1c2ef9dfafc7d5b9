/** What `cutcheck show` prints of a scenario, of one of its checks, and of an invariant. */
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { shellQuote } from '../report/text.js';
import { needsOf, profileOf, type InvariantCheck, type Suite } from '../scenarios/library.js';
import { checksOf } from '../scenarios/lint.js';
import { INVARIANTS, type Scenario, type ScenarioCheckSpec } from '../scenarios/schema.js';
import { stepWords } from '../scenarios/step-words.js';
import { compact, describeExpected } from '../scenarios/words.js';
import { columns } from './print.js';

type ClauseText = { readonly id: string; readonly keyword: string; readonly text: string };

/** What is shown, as `--json` prints it. */
export type ShownScenario = { readonly id: string; readonly clauses: readonly ClauseText[]; readonly run: string } & (
  | { readonly what: 'scenario'; readonly scenario: Scenario }
  | { readonly what: 'check'; readonly scenario: Scenario; readonly check: string }
  | { readonly what: 'invariant'; readonly invariant: InvariantCheck }
);

type Scenarios = Pick<Suite, 'scenarios' | 'scenarioChecks' | 'invariantChecks'>;

/** The ids that scenarios bring: their own, those of their checks, those of the invariants. */
export const scenarioIds = ({ scenarios, scenarioChecks, invariantChecks }: Scenarios): string[] =>
  [...scenarios.map(({ scenario }) => scenario.id), ...scenarioChecks.map(({ id }) => id), ...invariantChecks.map(({ id }) => id)];

/** What an id of a scenario stands for; null for any other id. */
export function shownScenario(id: string, { scenarios, scenarioChecks, invariantChecks }: Scenarios, directory?: string): ShownScenario | null {
  const run = (pattern: string, options = ''): string => `cutcheck run ${directory === undefined ? '' : `--scenarios ${shellQuote(directory)} `}${options}--run '${pattern}' -- COMMAND`;
  const text = (named: readonly ClauseId[]): ClauseText[] => [...new Set(named)].map((clause) => ({ id: clause, keyword: clauses[clause].keyword, text: clauses[clause].text }));
  const invariant = invariantChecks.find((one) => one.id === id);
  if (invariant !== undefined) return { id, what: 'invariant', invariant, clauses: text([invariant.clause]), run: run(id, invariant.crashes ? '--crash all ' : '') };
  const check = scenarioChecks.find((one) => one.id === id);
  const loaded = scenarios.find(({ scenario }) => scenario.id === (check?.scenario ?? id));
  if (loaded === undefined) return null;
  const { scenario } = loaded;
  if (check !== undefined) return { id, what: 'check', scenario, check: check.spec.check, clauses: text([check.clause]), run: run(id) };
  return { id, what: 'scenario', scenario, clauses: text(scenario.steps.flatMap((step) => checksOf(step).map(({ clause }) => clause))), run: run(`${id}/*`) };
}

export function scenarioPage(shown: ShownScenario): string[] {
  const named = shown.clauses.flatMap(({ id, keyword, text }) => [`${id} (${keyword})`, `  ${text}`]);
  if (shown.what === 'invariant') {
    const { says, invariant, scenarios, crashes } = shown.invariant;
    const [title, where] = crashes
      ? [`crash runs ${shown.id}`, `Judged with --crash only, in the crash runs of the ${scenarios.length} crashable scenarios:`]
      : [`invariant ${shown.id} (${invariant})`, `Watched in ${scenarios.length} scenarios:`];
    return [title, says, '', ...named, '', where, ...scenarios.map((id) => `  ${id}`), '', `Run it: ${shown.run}`];
  }
  const { scenario, what } = shown;
  const last = what === 'check' ? scenario.steps.findIndex((step) => checksOf(step).some(({ check }) => check === shown.check)) : scenario.steps.length - 1;
  return [
    `${what} ${shown.id} (${scenario.level})`, scenario.title, '',
    ...named, '',
    ...factsOf(scenario), '',
    ...(Object.keys(scenario.entries).length === 0 ? [] : ['Entries:', ...columns(['', ''], Object.entries(scenario.entries).map(([name, entry]) => [`  ${name}`, compact(entry)])).slice(1), '']),
    'Steps:', ...scenario.steps.slice(0, last + 1).flatMap((step, at) => [
      `  ${String(at + 1).padStart(2)}  ${stepWords(step)}`,
      ...checksOf(step).filter(({ check }) => what === 'scenario' || check === shown.check).flatMap((check) => checkWords(check).map((line) => `      ${line}`)),
    ]), '',
    `Run it: ${shown.run}`,
  ];
}

function factsOf(scenario: Scenario): string[] {
  const needs = needsOf(scenario);
  const line = (title: string, words: readonly string[]): string[] => words.length === 0 ? [] : [`${title}: ${words.join(', ')}`];
  return [
    ...line('Needs', needs), ...line('Shows the holes', scenario.hole), ...line('Verification items', scenario.verification),
    ...line('Suspended invariants', scenario.suspends.map((name) => `${name} (${INVARIANTS[name].says})`)),
    ...(scenario.crashable ? ['Run again with a crash at every passage of every point: --crash all'] : []),
    ...(scenario.sync ? ['About the disk: the node is asked to sync'] : []),
    ...line('Keys', Object.entries(scenario.keys).map(([name, id]) => `${name} = ${id}`)),
  ];
}

function checkWords(check: ScenarioCheckSpec): string[] {
  return [
    `${check.check} · ${check.clause} · ${profileOf(check)}`,
    `  ${check.says}`,
    ...(check.expect === undefined ? [] : [`  expect  ${describeExpected(check.expect)}`]),
    ...(check.any_of ?? []).map((one, at) => `  ${at === 0 ? 'either' : '    or'}  ${describeExpected(one)}`),
    ...(check.never ?? []).map((one) => `  never   ${describeExpected(one)}`),
  ];
}
