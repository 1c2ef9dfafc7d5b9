/**
 * The kill matrix: runs every mutant against the checks of its own format, over the real protocol, and compares what
 * failed with the claims and with the record.
 *
 * The sound reference runs first: a check that fails on it says nothing about a mutant. A crash, a fault or a time-out
 * is no kill; it is a finding, since the mutant was to be found out by its answers.
 */
import type { Check, Library } from '../vectors/library.js';
import { judgeClaims, judgeRecord, ordered, type Finding, type Kill } from './kills.js';
import { mutantCommand, referenceCommand, type ListedMutant } from './mutants.js';
import { inParallel } from './parallel.js';

/** What came of one adapter and some checks. */
export interface Driven {
  /** The checks that failed by an answer, and those answers with their cases. */
  readonly failures: readonly Omit<Kill, 'mutant'>[];
  /** Whatever went wrong beyond answers: a crash, a fault, a time-out, a check that could not run. */
  readonly troubles: readonly string[];
}
export type Drive = (command: readonly string[], checks: readonly Check[]) => Promise<Driven>;

export interface KillMatrixOptions {
  readonly mutants: readonly ListedMutant[];
  /** Run only this mutant of them. */
  readonly only?: string;
  readonly library: Pick<Library, 'checks'>;
  /** Null: nothing to compare with, since it is being written. */
  readonly recorded: readonly Kill[] | null;
  readonly drive: Drive;
  readonly jobs?: number;
  readonly onMutant?: (done: number, of: number) => void;
}

export interface KillMatrix {
  readonly mutants: number;
  /** In the order of the record. */
  readonly kills: readonly Kill[];
  readonly findings: readonly Finding[];
  /** `<format>/<group>` of every judged vector group in whose checks no mutant died. Empty when only one mutant ran. */
  readonly idleGroups: readonly string[];
}

export async function killMatrix({ mutants, only, library, recorded, drive, jobs = 2, onMutant }: KillMatrixOptions): Promise<KillMatrix> {
  const chosen = only === undefined ? mutants : mutants.filter(({ id }) => id === only);
  const findings: Finding[] = [];
  const find = (subject: string, says: string): void => { findings.push({ part: 'mutants', subject, says }); };
  const checksOf = (format: string): readonly Check[] => library.checks.filter((check) => check.format === format);

  const unsound = new Set<string>();
  await inParallel(jobs, [...new Set(chosen.map(({ format }) => format))], async (format) => {
    const checks = checksOf(format);
    if (checks.length === 0) return find(format, 'has mutants and no check');
    const { failures, troubles } = await drive(referenceCommand, checks);
    for (const { check } of failures) {
      unsound.add(check);
      find('the reference itself', `fails ${check}, so that it kills nobody`);
    }
    for (const trouble of troubles) find('the reference itself', trouble);
  });

  const kills: Kill[] = [];
  let done = 0;
  await inParallel(jobs, chosen, async ({ id, format }) => {
    const { failures, troubles } = await drive(mutantCommand(id), checksOf(format));
    kills.push(...failures.filter(({ check }) => !unsound.has(check)).map((failure) => ({ mutant: id, ...failure })));
    for (const trouble of troubles) find(id, trouble);
    onMutant?.(done += 1, chosen.length);
  });

  const inOrder = ordered(mutants, kills);
  findings.push(...judgeClaims(chosen, inOrder));
  if (recorded !== null) {
    findings.push(...judgeRecord(recorded, inOrder, new Set(chosen.map(({ id }) => id)), new Set(mutants.map(({ id }) => id))));
  }
  return { mutants: chosen.length, kills: inOrder, findings, idleGroups: only === undefined ? idle(library.checks, kills) : [] };
}

function idle(checks: readonly Check[], kills: readonly Kill[]): string[] {
  const killing = new Set(kills.map(({ check }) => check));
  const groups = new Map<string, boolean>();
  for (const { id, format, group } of checks) groups.set(`${format}/${group}`, (groups.get(`${format}/${group}`) ?? false) || killing.has(id));
  return [...groups].filter(([, kills]) => !kills).map(([group]) => group);
}
