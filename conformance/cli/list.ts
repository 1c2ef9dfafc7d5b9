/** `cutcheck list`: every check of vectors, scenarios and invariants, and every group of vectors that is published and not judged yet. */
import type { Command } from 'commander';
import { clauses } from '../../spec/clauses.js';
import type { Level } from '../protocol/messages.js';
import { loadSuite, type Suite } from '../scenarios/library.js';
import type { Library } from '../vectors/library.js';
import { directoryOf } from './directory.js';
import { columns, printJson, printLines } from './print.js';

/** One line of the list. */
export interface Listed {
  readonly id: string;
  readonly kind: 'vectors' | 'scenario' | 'invariant';
  readonly level: Level;
  /** Of vectors; of others their kind. */
  readonly class: string;
  readonly profile: string;
  readonly clauses: readonly string[];
  /** Of a check of a scenario 1, of an invariant the scenarios in which it is watched. */
  readonly cases: number;
  /** False for a group that no check judges yet. */
  readonly judged: boolean;
}

export const listed = ({ checks, unjudged, scenarioChecks = [], invariantChecks = [] }: Library & Partial<Pick<Suite, 'scenarioChecks' | 'invariantChecks'>>): Listed[] => [
  ...checks.map(({ id, kind, level, class: name, profile, clause, cases }) =>
    ({ id, kind, level, class: name, profile, clauses: [clause], cases: cases.length, judged: true })),
  ...scenarioChecks.map(({ id, kind, level, profile, clause }) => ({ id, kind, level, class: kind, profile, clauses: [clause], cases: 1, judged: true })),
  ...invariantChecks.map(({ id, kind, level, profile, clause, scenarios }) => ({ id, kind, level, class: kind, profile, clauses: [clause], cases: scenarios.length, judged: true })),
  ...unjudged.map(({ id, class: name, clauses: named, cases }) => {
    const levels = named.flatMap((clause) => clauses[clause].level ?? []).sort();
    return { id, kind: 'vectors' as const, level: levels[0] ?? 'L1', class: name, profile: 'both', clauses: named, cases, judged: false };
  }),
];

export function register(program: Command): void {
  program.command('list').option('--json', 'print an array of checks').option('--vectors <dir>', 'add golden files of your own', directoryOf('--vectors'))
    .option('--scenarios <dir>', 'add scenarios of your own', directoryOf('--scenarios'))
    .description('list the checks, and the groups of vectors that are not judged yet')
    .action(({ json = false, vectors, scenarios }: { json?: boolean; vectors?: string; scenarios?: string }) => {
      const rows = listed(loadSuite({ ...(vectors !== undefined && { vectors }), ...(scenarios !== undefined && { scenarios }) }));
      if (json) return printJson(rows);
      printLines(columns(['id', 'level', 'class', 'profile', 'cases', 'clauses'],
        rows.map((row) => [row.id, row.level, row.judged ? row.class : `${row.class} (not judged)`, row.profile, row.cases, row.clauses.join(' ')])));
    });
}
