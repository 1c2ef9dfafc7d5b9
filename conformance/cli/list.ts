/** `cutcheck list`: every check, and every group of vectors that is published and not judged yet. */
import type { Command } from 'commander';
import { clauses } from '../../spec/clauses.js';
import type { Level } from '../protocol/messages.js';
import { loadLibrary, type Library } from '../vectors/library.js';
import { directoryOf } from './directory.js';
import { columns, printJson, printLines } from './print.js';

/** One line of the list. */
export interface Listed {
  readonly id: string;
  readonly kind: 'vectors';
  readonly level: Level;
  readonly class: string;
  readonly profile: string;
  readonly clauses: readonly string[];
  readonly cases: number;
  /** False for a group that no check judges yet. */
  readonly judged: boolean;
}

export const listed = ({ checks, unjudged }: Library): Listed[] => [
  ...checks.map(({ id, kind, level, class: name, profile, clause, cases }) =>
    ({ id, kind, level, class: name, profile, clauses: [clause], cases: cases.length, judged: true })),
  ...unjudged.map(({ id, class: name, clauses: named, cases }) => {
    const levels = named.flatMap((clause) => clauses[clause].level ?? []).sort();
    return { id, kind: 'vectors' as const, level: levels[0] ?? 'L1', class: name, profile: 'both', clauses: named, cases, judged: false };
  }),
];

export function register(program: Command): void {
  program.command('list').option('--json', 'print an array of checks').option('--vectors <dir>', 'add golden files of your own', directoryOf('--vectors'))
    .description('list the checks, and the groups of vectors that are not judged yet')
    .action(({ json = false, vectors }: { json?: boolean; vectors?: string }) => {
      const rows = listed(loadLibrary(vectors === undefined ? {} : { extra: vectors }));
      if (json) return printJson(rows);
      printLines(columns(['id', 'level', 'class', 'profile', 'cases', 'clauses'],
        rows.map((row) => [row.id, row.level, row.judged ? row.class : `${row.class} (not judged)`, row.profile, row.cases, row.clauses.join(' ')])));
    });
}
