/**
 * The lint of a scenario whose form is right: names that lead nowhere, logs that cannot come about, checks that cannot
 * fail or cannot be met. Each finding is one sentence that names the step and the check.
 */
import { clauses } from '../../spec/clauses.js';
import { InputError } from '../errors.js';
import { answerOf, answerProblem, indexShape, matchesAll, resultsShape } from './answers.js';
import { expandScenario } from './expand.js';
import { unnatural } from './facts.js';
import { follow, indexNamed, lastOf, type Followed, type OutcomeKind } from './follow.js';
import { leaderProblems, shapeProblems } from './lint-leader.js';
import { lintNames } from './names.js';
import type { Expected, Scenario, ScenarioCheckSpec, Step, WrittenStep } from './schema.js';

/** Everything that is wrong with a scenario, in the order of its steps. */
export function lintScenario(scenario: Scenario): string[] {
  const names = [...lintNames(scenario), ...shapeProblems(scenario)];
  if (names.length > 0) return names;
  const steps = follow(scenario);
  const found = [
    ...expansionProblem(scenario),
    ...steps.flatMap((one) => [...stepProblems(one), ...leaderProblems(one).map((what) => `${where(one)}: ${what}`), ...checksOf(one.step).flatMap((check) => checkProblems(check, one, scenario).map((what) => `${where(one)}, check ${check.check}: ${what}`))]),
    ...repeatedChecks(scenario.steps),
    ...steps.flatMap((one) => !scenario.sync && 'op' in one.step && one.step.op === 'crash.now' && one.step.power === true
      ? [`${where(one)}: expected a scenario with sync true, since what was not synced is lost, got one that lets the node leave out its syncs`] : []),
    ...(steps.some(({ step }) => checksOf(step).length > 0) || scenario.crashable ? [] : ['expected a check at one of its steps, or a scenario that is crashable, got neither']),
  ];
  return found.length > 0 ? found : suspensionProblem(scenario);
}

/** The checks at a step. */
export const checksOf = (step: Step | WrittenStep): readonly ScenarioCheckSpec[] => 'checks' in step ? step.checks ?? [] : [];

/** A step as messages name it. */
export const where = ({ step, number }: { readonly step: Step | WrittenStep; readonly number: number }): string =>
  `step ${number} (${[step.on].flat().join(', ')} ${'op' in step ? step.op : 'file' in step ? `file ${step.file}` : 'find'})`;

/** The bytes can be written out: offsets of damage exist. */
function expansionProblem(scenario: Scenario): string[] {
  try {
    expandScenario(scenario, { kek: Buffer.alloc(32) });
    return [];
  } catch (error) {
    if (error instanceof InputError) return [`entries: ${error.message}`];
    throw error;
  }
}

// ── What can come about ─────────────────────────────────────────────────────────────────────────────────────

function stepProblems(one: Followed): string[] {
  const { step, before, kinds, placed } = one;
  const say = (what: string): string[] => [`${where(one)}: ${what}`];
  const refusable = kinds.has('refused');
  if ('find' in step) return [];
  if ('file' in step) return before.open === 'open' ? say(`expected ${step.on} to be closed while its files are edited, got an open node`) : [];
  if (step.op === 'open') return before.open === 'open' ? say(`expected ${step.on} to be closed, got an open node`) : [];
  if (before.open === 'closed' && step.op !== 'crash.now' && step.op !== 'close') return say(`expected ${step.on} to be open, got a closed node`);
  if (before.halted && step.op !== 'state' && step.op !== 'close' && step.op !== 'crash.now' && kinds.size === 1 && kinds.has('ok')) {
    return say(`expected ${step.on} to run, got one that halted and was not opened again`);
  }
  if (before.log === null) {
    const named = (step.op === 'commit' || step.op === 'apply') && step.to !== undefined && /^[a-z]/.test(step.to) && step.to !== 'last' ? step.to : null;
    return named === null || before.named.some(({ entry }) => entry === named) ? [] : say(`to: expected an entry that may stand in the log of ${step.on} by then, got "${named}"`);
  }
  const last = lastOf(before.log);
  if (step.op === 'append') {
    const first = placed[0]?.index ?? 1n;
    if (first > last + 1n && !refusable) return say(`expected the first entry at ${last + 1n} or below, behind the log of ${step.on}, got a hole before ${first}; where the hole is the point, expect a refusal`);
    const replaced = placed.find(({ index, entry, term }) => index <= before.commit
      && before.log?.some((old) => old.index === index && (old.entry !== entry || old.term !== term)));
    if (replaced !== undefined && !refusable) return say(`expected index ${replaced.index} to keep its entry, which is committed, got "${replaced.entry}" in its place; where that is the point, expect a refusal`);
  }
  const to = (step.op === 'commit' || step.op === 'apply') && step.to !== undefined ? indexNamed(step.to, before.log) : 0n;
  if (to === null) return say(`to: expected an entry that stands in the log of ${step.on} by then, got "${'to' in step ? step.to ?? '' : ''}"`);
  if (step.op === 'commit' && to > last && !refusable) return say(`to: expected an index up to ${last}, where the log of ${step.on} ends, got ${to}`);
  return [];
}

// ── Checks ──────────────────────────────────────────────────────────────────────────────────────────────────

function repeatedChecks(steps: readonly WrittenStep[]): string[] {
  const seen = new Map<string, { readonly step: WrittenStep; readonly number: number }>();
  return steps.map((step, at) => ({ step, number: at + 1 })).flatMap((one) => checksOf(one.step).flatMap(({ check }) => {
    const earlier = seen.get(check);
    if (earlier === undefined) seen.set(check, one);
    return earlier === undefined ? [] : [`${where(one)}: expected a check of its own name, got "${check}", which ${where(earlier)} has`];
  }));
}

function checkProblems(check: ScenarioCheckSpec, { step, before, after }: Followed, { entries }: Scenario): string[] {
  const { expect, any_of: anyOf, never } = check;
  if (expect === undefined && anyOf === undefined && never === undefined) return ['expected expect, any_of or never, got none of them'];
  if (expect !== undefined && anyOf !== undefined) return ['expected expect or any_of, got both'];
  const clause = clauses[check.clause];
  if (clause.level === null) return [`expected a clause that can be exercised, got ${check.clause}, which has no level`];
  if (check.clause.startsWith('repair/') && check.profile !== undefined && check.profile !== 'repaired') {
    return [`profile: expected "repaired", since ${check.clause} is of that chapter, got "${check.profile}"`];
  }
  const all = [...(expect === undefined ? [] : [expect]), ...(anyOf ?? []), ...(never ?? [])];
  const [problem] = all.flatMap((one) => expectedProblems(one, step));
  if (problem !== undefined) return [problem];
  if (cannotFail(check, step)) return ['expected a check that can fail, got one that every answer fits'];
  const standing = new Set([...before.named, ...after.named].map(({ entry }) => entry));
  return all.flatMap((one) => entryProblems(one, (entry) => standing.has(entry) || !Object.hasOwn(entries, entry), before));
}

/** Outcomes that an operation can have, besides `ok`. */
const OUTCOMES: Readonly<Record<string, readonly OutcomeKind[]>> = { 'open': ['ok', 'refused', 'halted'], 'apply': ['ok', 'refused', 'halted'], 'replicate': ['ok', 'refused', 'halted'], 'close': ['ok'], 'crash.now': ['ok'] };
const outcomesOfStep = (step: Step): readonly OutcomeKind[] =>
  'op' in step ? OUTCOMES[step.op] ?? ['ok', 'refused'] : ['ok'];

function expectedProblems(expected: Expected, step: Step): string[] {
  const kind: OutcomeKind = 'ok' in expected ? 'ok' : 'refused' in expected ? 'refused' : 'halted';
  if (!outcomesOfStep(step).includes(kind)) return [`expected an outcome that the step can have (${outcomesOfStep(step).join(', ')}), got "${kind}"`];
  if ('ok' in expected) return [answerProblem(answerOf(step), expected.ok)].flatMap((found) => found ?? []);
  if ('refused' in expected) return [];
  const { at, results } = expected.halted;
  return [at === undefined ? null : answerProblem(indexShape, at, 'at'), results === undefined ? null : answerProblem(resultsShape, results, 'results')].flatMap((found) => found ?? []);
}

/** Every outcome that the step can have is allowed, whatever is in it. */
function cannotFail({ expect, any_of: anyOf, never }: ScenarioCheckSpec, step: Step): boolean {
  if (never !== undefined) return false;
  const allowed = expect === undefined ? anyOf ?? [] : [expect];
  const whole = allowed.flatMap((one): OutcomeKind[] => {
    if ('ok' in one) return matchesAll(one.ok) ? ['ok'] : [];
    if ('refused' in one) return one.refused === 'any' ? ['refused'] : [];
    return one.halted.reasons === 'any' && one.halted.at === undefined && one.halted.results === undefined ? ['halted'] : [];
  });
  // What is only asked must answer: that it does is no finding.
  const possible = 'op' in step && ['state', 'snapshot.header', 'cutover.poll'].includes(step.op) ? ['ok'] as const : outcomesOfStep(step);
  return possible.every((kind) => whole.includes(kind));
}

/** Entries of the scenario that a pattern names and that do not stand in the log of that node by then, or more than once. What a node made has an index wherever it stands. */
function entryProblems(expected: Expected, known: (entry: string) => boolean, before: Followed['before']): string[] {
  const names = new Set<string>();
  JSON.stringify(expected, (member, value: unknown) => {
    if ((member === '$index' || member === '$before' || member === '$entry' || member === 'standing') && typeof value === 'string') names.add(value);
    if (member === '$chain' && Array.isArray(value)) for (const item of value) if (typeof item === 'string') names.add(item);
    if (member === '$header' && typeof value === 'object' && value !== null && 'cutover' in value && typeof value.cutover === 'string' && !/^\d/.test(value.cutover)) names.add(value.cutover);
    return value;
  });
  const times = (entry: string): number => (before.log ?? []).filter((one) => one.entry === entry).length;
  return [...names].flatMap((entry) => !known(entry) ? [`expected an entry that stands in this log by then, got "${entry}"`]
    : times(entry) > 1 ? [`expected an entry that stands in this log once, got "${entry}", which stands there ${times(entry)} times`] : []);
}

// ── Invariants ──────────────────────────────────────────────────────────────────────────────────────────────

function suspensionProblem(scenario: Scenario): string[] {
  if (new Set(scenario.suspends).size < scenario.suspends.length) return ['suspends: expected each invariant once, got one twice'];
  if (scenario.suspends.length === 0) return [];
  const facts = unnatural(expandScenario(scenario, { kek: Buffer.alloc(32) }));
  return facts.length > 0 ? [] : [`suspends: expected no invariant, since neither its entries nor its edits are anything that the design could not have produced, got ${scenario.suspends.join(', ')}`];
}
