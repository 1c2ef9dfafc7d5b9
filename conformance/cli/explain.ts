/** `cutcheck explain CLAUSE`: what a clause says, and everything that is tied to it: reasons, checks, mutants, source. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { reasons } from '../../spec/reasons.js';
import { packageRoot } from '../package-root.js';
import { loadSuite } from '../scenarios/library.js';
import { UsageError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { printJson, printLines } from './print.js';

/** A place in the reference that implements a clause. */
export interface SourceSymbol { readonly name: string; readonly file: string; readonly line: number }

interface Explained {
  readonly id: string;
  readonly keyword: string;
  readonly level: string | null;
  readonly source: string;
  readonly page: string;
  readonly text: string;
  readonly choices: readonly string[];
  readonly aliases: readonly string[];
  readonly implemented: boolean;
  readonly reasons: readonly { readonly reason: string; readonly what: string }[];
  /** With `crashes`, it is judged in the crash runs of so many scenarios, and in nothing else. */
  readonly checks: readonly { readonly id: string; readonly kind: 'vectors' | 'scenario' | 'invariant'; readonly cases: number; readonly crashes?: true }[];
  /** Groups of vectors that will exercise it and are not judged yet. */
  readonly notJudged: readonly string[];
  /** Wrong implementations that a check of this clause finds out. */
  readonly mutants: readonly string[];
  readonly symbols: readonly SourceSymbol[];
}

/** A clause by its id or an earlier one. @throws UsageError with the nearest ids */
export function clauseNamed(id: string): ClauseId {
  if (Object.hasOwn(clauses, id)) return id as ClauseId;
  const known = Object.entries(clauses) as [ClauseId, (typeof clauses)[ClauseId]][];
  const renamed = known.find(([, clause]) => clause.aliases.includes(id));
  if (renamed !== undefined) return renamed[0];
  throw new UsageError(`expected the id of a clause, got "${id}"${didYouMean(id, known.flatMap(([name, { aliases }]) => [name, ...aliases]))}`);
}

export function explained(given: string): Explained {
  const id = clauseNamed(given);
  const { keyword, level, source, page, text, choices, aliases, implemented } = clauses[id];
  const suite = loadSuite();
  const checks = [...suite.checks, ...suite.scenarioChecks, ...suite.invariantChecks].filter((check) => check.clause === id);
  return {
    id, keyword, level, source, page, text, choices, aliases, implemented,
    reasons: Object.entries(reasons).flatMap(([reason, { clause, what }]) => clause === id ? [{ reason, what }] : []),
    checks: checks.map((check) => ({
      id: check.id, kind: check.kind, cases: check.kind === 'vectors' ? check.cases.length : check.kind === 'scenario' ? 1 : check.scenarios.length,
      ...(check.kind === 'invariant' && check.crashes && { crashes: true }),
    })),
    notJudged: suite.unjudged.filter((group) => group.clauses.includes(id)).map((group) => group.id),
    mutants: mutantsKilledBy(new Set(checks.map((check) => check.id))),
    symbols: symbolsOf(id),
  };
}

/** What has no mutant is what a composition fails by itself. */
const killRecord = z.array(z.object({ mutant: z.string().optional(), check: z.string() }));

/** Read from the committed record of kills, where the package has it. */
function mutantsKilledBy(checks: ReadonlySet<string>): string[] {
  const path = join(packageRoot(), 'conformance', 'mutants', 'kills.json');
  if (!existsSync(path)) return [];
  const kills = killRecord.parse(JSON.parse(readFileSync(path, 'utf8')));
  return [...new Set(kills.filter(({ check }) => checks.has(check)).flatMap(({ mutant }) => mutant ?? []))];
}

const TAG = /^\s*\*?.*@clause\s+(.+?)\s*(?:\*\/)?$/;
const EXPORT = /^export (?:abstract )?(?:async )?(?:function\*?|const|class|interface|type) ([A-Za-z0-9_$]+)/;

/** The exports of the reference that carry the clause in a `@clause` tag, found in its source. */
export function symbolsOf(id: ClauseId): SourceSymbol[] {
  const source = join(packageRoot(), 'src');
  if (!existsSync(source)) return [];
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).sort();
  return files.flatMap((name) => {
    let tagged = false;
    return readFileSync(join(source, name), 'utf8').split('\n').flatMap((line, at): SourceSymbol[] => {
      if (TAG.exec(line)?.[1]?.split(/\s+/).includes(id) === true) tagged = true;
      const symbol = EXPORT.exec(line)?.[1];
      if (symbol === undefined) return [];
      const found = tagged ? [{ name: symbol, file: `src/${name.replaceAll('\\', '/')}`, line: at + 1 }] : [];
      tagged = false;
      return found;
    });
  });
}

export function register(program: Command): void {
  program.command('explain').argument('<clause>', 'the id of a clause, such as base/raft-aad')
    .option('--json', 'print it as JSON')
    .description('explain a clause: its sentence, source, reasons, checks, mutants and the code that implements it')
    .action((id: string, { json = false }: { json?: boolean }) => {
      const found = explained(id);
      if (json) printJson(found);
      else printLines(page(found));
    });
}

function page(found: Explained): string[] {
  const list = (title: string, lines: readonly string[], none: string): string[] =>
    ['', lines.length === 0 ? `${title}: ${none}` : title, ...lines.map((line) => `  ${line}`)];
  return [
    `${found.id} · ${found.keyword} · ${found.level ?? 'no level'} · ${found.source}${found.implemented ? '' : ' · to come'}`,
    `spec/${found.page}`, '', found.text,
    ...(found.choices.length === 0 ? [] : ['', `An implementation declares its choice: ${found.choices.join(' or ')}.`]),
    ...(found.aliases.length === 0 ? [] : ['', `Earlier ids: ${found.aliases.join(', ')}`]),
    ...list('Reasons', found.reasons.map(({ reason, what }) => `${reason}: ${what}`), 'none'),
    ...list('Checks', found.checks.map((check) => `${check.id} (${casesOf(check)})`), 'none yet'),
    ...(found.notJudged.length === 0 ? [] : list('Vectors not judged yet', found.notJudged, '')),
    ...list('Mutants that its checks find out', found.mutants, 'none recorded'),
    ...list('Implemented in', found.symbols.map(({ name, file, line }) => `${name} (${file}:${line})`), found.implemented ? 'no source here' : 'nothing yet'),
  ];
}

const casesOf = ({ kind, cases, crashes }: Explained['checks'][number]): string => {
  if (kind === 'scenario') return kind;
  return crashes === true ? `crash runs of ${counted(cases, 'scenario')}, with --crash only` : counted(cases, kind === 'vectors' ? 'case' : 'scenario');
};

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
