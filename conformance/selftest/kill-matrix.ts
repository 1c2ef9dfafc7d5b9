/**
 * The kill matrix: runs every mutant against the checks that judge it, over the real protocol, and compares what failed
 * with the claims and with the record.
 *
 * The compositions that the mutants are made from run first. What one of them fails by itself is recorded once, for that
 * composition, and kills nobody. A crash, a fault or a time-out is no kill either; it is a finding, since the mutant was
 * to be found out by its answers. A step of a scenario that a mutant cannot follow is neither: the check behind it was
 * never reached.
 */
import { COMPOSITIONS, type Composition } from '../../spec/rules.js';
import type { Profile } from '../protocol/messages.js';
import type { Suite } from '../scenarios/library.js';
import { judgeBases, judgeClaims, judgePart, judgeRecord, ordered, orderedBases, type BaseFailure, type Failure, type Finding, type Kill, type KillRecord } from './kills.js';
import { baseCommand, mutantCommand, SCENARIOS, type ListedMutant } from './mutants.js';
import { inParallel } from './parallel.js';
import { claimedTrials, trialsOf, type JudgedSuite, type Trial } from './judged.js';

/** What came of one adapter and one trial. */
export interface Driven {
  /** The checks that failed by an answer, and those answers with their cases. */
  readonly failures: readonly Failure[];
  /** The checks that were not reached in some case, since a step before them did not come to what it had to. */
  readonly unreached: readonly string[];
  /** Whatever went wrong beyond answers: a crash, a fault, a time-out, a check that could not run. */
  readonly troubles: readonly string[];
}
export type Drive = (command: readonly string[], trial: Trial, profile: Profile) => Promise<Driven>;

export interface KillMatrixOptions {
  readonly mutants: readonly ListedMutant[];
  /** Run only this mutant of them. */
  readonly only?: string;
  readonly suite: JudgedSuite;
  /** Null: nothing to compare with, since it is being written. */
  readonly recorded: KillRecord | null;
  /** No more of each mutant than it claims; the record then stands for the rest. */
  readonly claimed?: boolean;
  readonly drive: Drive;
  readonly jobs?: number;
  readonly onMutant?: (done: number, of: number) => void;
}

export interface KillMatrix extends KillRecord {
  readonly mutants: number;
  readonly findings: readonly Finding[];
  /** `<format>/<group>` of every judged vector group in whose checks no mutant died. Empty when only one mutant ran. */
  readonly idleGroups: readonly string[];
}

/** What is judged of a composition. */
const profileOf = (base: Composition): Profile => (base === 'repaired' || base === '6e-1-repaired' ? 'repaired' : 'proposal');

/** The compositions that have to pass what their profile demands. The others depart from it, or are a part of the design. */
const WHOLE: readonly Composition[] = ['proposal', 'repaired'];

export async function killMatrix({ mutants, only, suite, recorded, claimed = false, drive, jobs = 2, onMutant }: KillMatrixOptions): Promise<KillMatrix> {
  const chosen = only === undefined ? mutants : mutants.filter(({ id }) => id === only);
  const findings: Finding[] = [];
  const find = (subject: string, says: string): void => { findings.push({ part: 'mutants', subject, says }); };
  const checks = new Map([...suite.checks, ...suite.scenarioChecks, ...suite.invariantChecks].map((check) => [check.id, check]));

  // The compositions, each through every trial of its mutants.
  const due = new Map<string, { readonly base: Composition; readonly trial: Trial }>();
  for (const mutant of chosen) for (const trial of trialsOf(mutant, suite)) due.set(`${mutant.base} ${trial.name}`, { base: mutant.base, trial });
  // The milestones apart are made into no mutants, and what they fail says what the proposal argues.
  if (only === undefined && !claimed && suite.scenarios.length > 0) {
    for (const base of Object.keys(COMPOSITIONS) as Composition[]) {
      for (const trial of trialsOf({ format: SCENARIOS, claims: [] }, suite)) due.set(`${base} ${trial.name}`, { base, trial });
    }
  }
  const failing = new Map<Composition, Map<string, Record<string, string[]>>>();
  await inParallel(jobs, [...due.values()], async ({ base, trial }) => {
    const subject = `the composition ${base}`;
    if (trial.checks === 0) return find(trial.name, 'has mutants and no check');
    const { failures, unreached, troubles } = await drive(baseCommand(base), trial, profileOf(base));
    const known = failing.get(base) ?? new Map<string, Record<string, string[]>>();
    failing.set(base, known);
    for (const { check, answers } of failures) add(known, check, answers);
    const required = (id: string): boolean => WHOLE.includes(base) && ['both', profileOf(base)].includes(checks.get(id)?.profile ?? 'both');
    for (const check of failures.map(({ check: id }) => id).filter(required)) find(subject, `fails ${check}, which the profile ${profileOf(base)} demands`);
    for (const check of unreached.filter(required)) find(subject, `does not come to ${check}, which the profile ${profileOf(base)} demands`);
    for (const trouble of troubles) find(subject, trouble);
  });

  const kills: Kill[] = [];
  let done = 0;
  await inParallel(jobs, chosen, async (mutant) => {
    const own = new Map<string, Record<string, string[]>>();
    const trialsOfIt = claimed ? claimedTrials(mutant, suite, recorded ?? { kills: [] }) : trialsOf(mutant, suite);
    for (const trial of trialsOfIt.filter((each) => each.checks > 0)) {
      const { failures, troubles } = await drive(mutantCommand(mutant.id), trial, profileOf(mutant.base));
      for (const { check, answers } of failures) add(own, check, without(answers, failing.get(mutant.base)?.get(check)));
      for (const trouble of troubles) find(mutant.id, trouble);
    }
    kills.push(...[...own].filter(([, answers]) => Object.keys(answers).length > 0).map(([check, answers]) => ({ mutant: mutant.id, check, answers })));
    onMutant?.(done += 1, chosen.length);
  });

  const inOrder = ordered(mutants, kills);
  const bases = orderedBases([...failing].flatMap(([base, of]) => [...of].map(([check, answers]): BaseFailure => ({ base, check, answers }))));
  findings.push(...judgeClaims(chosen, inOrder, new Map([...checks].map(([id, { clause }]) => [id, clause]))));
  if (recorded !== null && claimed) {
    findings.push(...judgePart(recorded.kills, inOrder, { mutants: new Set(mutants.map(({ id }) => id)), checks: new Set(checks.keys()) }));
  } else if (recorded !== null) {
    findings.push(...judgeRecord(recorded.kills, inOrder, new Set(chosen.map(({ id }) => id)), new Set(mutants.map(({ id }) => id))));
    if (only === undefined) findings.push(...judgeBases(recorded.bases, bases));
  }
  if (only === undefined) {
    // Where no more ran than is claimed, the record says what else kills.
    const killing = new Set((claimed && recorded !== null ? recorded.kills : kills).map(({ check }) => check));
    for (const { id } of [...suite.scenarioChecks, ...suite.invariantChecks]) if (!killing.has(id)) find(id, 'kills no mutant');
  }
  return { mutants: chosen.length, bases, kills: inOrder, findings, idleGroups: only === undefined && !claimed ? idle(suite.checks, kills) : [] };
}

/** Puts answers beside those of the same check. */
function add(to: Map<string, Record<string, string[]>>, check: string, answers: Failure['answers']): void {
  const known = to.get(check) ?? {};
  to.set(check, known);
  for (const [answer, cases] of Object.entries(answers)) (known[answer] ??= []).push(...cases);
}

/** The answers to those cases that do not fail anyway. */
function without(answers: Failure['answers'], failing: Failure['answers'] = {}): Failure['answers'] {
  const out = new Set(Object.values(failing).flat());
  return Object.fromEntries(Object.entries(answers).map(([answer, cases]) => [answer, cases.filter((id) => !out.has(id))] as const).filter(([, cases]) => cases.length > 0));
}

function idle(checks: Suite['checks'], kills: readonly Kill[]): string[] {
  const killing = new Set(kills.map(({ check }) => check));
  const groups = new Map<string, boolean>();
  for (const { id, format, group } of checks) groups.set(`${format}/${group}`, (groups.get(`${format}/${group}`) ?? false) || killing.has(id));
  return [...groups].filter(([, killed]) => !killed).map(([group]) => group);
}
