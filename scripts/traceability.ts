/**
 * Traceability: for every clause of the spec, what names it: the operations of `src/`, the checks, the mutants.
 *
 * The scanner reads the `@clause` tags with the TypeScript compiler; the table joins them with the vectors and the
 * mutants. The page "Clauses" of the site is made from the table, and the tests read both.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Suite } from '../conformance/scenarios/library.js';
import type { Clause } from '../spec/registry.js';

/** An exported operation of `src/` and the clauses that its `@clause` tags name. */
export interface ClauseTag {
  /** Path from the root, such as `src/base/raft-envelope.ts`. */
  readonly file: string;
  /** Its name; a method is `Class.method`. */
  readonly symbol: string;
  readonly clauses: readonly string[];
  readonly line: number;
}

/** The ids behind all `@clause` tags of a declaration. */
const tagged = (node: ts.Node): string[] => ts.getJSDocTags(node)
  .filter((tag) => tag.tagName.text === 'clause')
  .flatMap((tag) => (ts.getTextOfJSDocComment(tag.comment) ?? '').split(/\s+/).filter((id) => id !== ''));

const isExported = (node: ts.Declaration): boolean => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0;
const isPublic = (node: ts.Declaration): boolean => (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0;

/** The operations that one file exports: functions, constants, classes, and those public methods that have tags of their own. */
export function tagsOfFile(file: string, text: string): ClauseTag[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: ClauseTag[] = [];
  const add = (node: ts.Node, symbol: string, clauses: readonly string[]): void => {
    found.push({ file, symbol, clauses, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1 });
  };
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && isExported(statement)) add(statement, statement.name?.text ?? 'default', tagged(statement));
    if (ts.isVariableStatement(statement)) {
      for (const constant of statement.declarationList.declarations) {
        if (isExported(constant)) add(constant, constant.name.getText(source), tagged(constant));
      }
    }
    if (ts.isClassDeclaration(statement) && isExported(statement)) {
      const name = statement.name?.text ?? 'default';
      add(statement, name, tagged(statement));
      for (const member of statement.members) {
        const own = tagged(member);
        // A method without a tag of its own belongs to the clauses of its class.
        if (own.length > 0 && isPublic(member) && member.name !== undefined) add(member, `${name}.${member.name.getText(source)}`, own);
      }
    }
  }
  return found;
}

/** What departs from a clause, and what a rule becomes when it is dropped, implements nothing. */
const NO_OPERATIONS = ['node/departures.ts', 'node/dropped-rules.ts', 'node/dropped-leader-rules.ts'];

/** The tags of all of `src/`, file by file. */
export function clauseTags(root: string): ClauseTag[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !NO_OPERATIONS.includes(name)).sort()
    .flatMap((name) => tagsOfFile(`src/${name}`, readFileSync(join(root, 'src', name), 'utf8')));
}

/** What is joined: every part by the clause that it names. */
export interface Evidence {
  readonly tags: readonly ClauseTag[];
  /** Of vectors, with their cases, and of scenarios. */
  readonly checks: readonly { readonly id: string; readonly kind: 'vectors' | 'scenario' | 'invariant'; readonly clause: string; readonly cases: number }[];
  /** Vector groups that are kept and not judged yet. */
  readonly unjudged: readonly { readonly id: string; readonly clauses: readonly string[] }[];
  readonly mutants: readonly { readonly id: string; readonly clause: string; readonly wrong: string }[];
}

/** The checks of a suite, as evidence. */
export const checksOf = ({ checks, scenarioChecks, invariantChecks }: Pick<Suite, 'checks' | 'scenarioChecks' | 'invariantChecks'>): Evidence['checks'] => [
  ...checks.map(({ id, kind, clause, cases }) => ({ id, kind, clause, cases: cases.length })),
  ...scenarioChecks.map(({ id, kind, clause }) => ({ id, kind, clause, cases: 1 })),
  ...invariantChecks.map(({ id, kind, clause, scenarios }) => ({ id, kind, clause, cases: scenarios.length })),
];

/** One row of the traceability table. */
export interface Trace {
  readonly clause: Clause;
  readonly operations: readonly ClauseTag[];
  readonly checks: Evidence['checks'];
  readonly unjudged: readonly string[];
  readonly mutants: Evidence['mutants'];
}

/** Joins the clauses with all that names them, in the order of the spec. */
export const traceability = (clauses: Iterable<Clause>, { tags, checks, unjudged, mutants }: Evidence): Trace[] =>
  [...clauses].map((clause) => ({
    clause,
    operations: tags.filter((tag) => tag.clauses.includes(clause.id)),
    checks: checks.filter((check) => check.clause === clause.id),
    unjudged: unjudged.filter((group) => group.clauses.includes(clause.id)).map(({ id }) => id),
    mutants: mutants.filter((mutant) => mutant.clause === clause.id),
  }));
