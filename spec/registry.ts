/**
 * The clause registry: how a page of the spec is read.
 *
 * The pages are the only place where a clause is kept. A clause is a heading that holds nothing but its id in
 * code, then one line of facts, then its text up to the next heading:
 *
 *     ### `base/raft-aad`
 *
 *     **MUST** · L0 · wire 3.1
 *
 *     The additional data is the purpose byte 52 …
 *
 * The line of facts has, between middle dots: MUST or SHOULD; the level at which the clause can be exercised
 * (`L0` to `L3`, or `no level`); its source; and, where they apply, `` choice `a` | `b` ``, `` alias `old/id` `` and
 * `to come` (nothing implements it yet).
 */
export type Level = 'L0' | 'L1' | 'L2' | 'L3';

/** One normative sentence of the spec. */
export interface Clause {
  /** `<chapter>/<slug>`; permanent. */
  readonly id: string;
  readonly keyword: 'MUST' | 'SHOULD';
  /** The lowest level at which the suite can exercise it; null when no check can. */
  readonly level: Level | null;
  /** Where it comes from: a section of the proposal or of the wire facts, a hole, a rule. */
  readonly source: string;
  /** The alternatives between which an implementation declares its choice; empty where there is none. */
  readonly choices: readonly string[];
  /** Earlier ids of the same clause. */
  readonly aliases: readonly string[];
  /** False while the implementation is still to come. */
  readonly implemented: boolean;
  /** The page below `spec/`, such as `base/raft-envelope.md`. */
  readonly page: string;
  /** The normative sentence: the first paragraph under the line of facts, on one line. */
  readonly text: string;
}

/** A page that does not follow the form above. */
export class SpecPageError extends Error {
  override readonly name = 'SpecPageError';
  constructor(page: string, line: number, problem: string) {
    super(`spec/${page}:${line}: ${problem}`);
  }
}

const HEADING = /^#{1,6} /;
const CLAUSE_HEADING = /^#{2,4} `([^`]+)`$/;
const CLAUSE_ID = /^(base|6E-1|6E-2|6E-3|repair)\/[a-z0-9]+(-[a-z0-9]+)*$/;

/** Reads the clauses of one page, in order. @throws SpecPageError naming page and line. */
export function parsePage(page: string, markdown: string): Clause[] {
  const lines = markdown.split('\n');
  const clauses: Clause[] = [];
  lines.forEach((line, at) => {
    const id = CLAUSE_HEADING.exec(line)?.[1];
    if (id === undefined) return;
    if (!CLAUSE_ID.test(id)) throw new SpecPageError(page, at + 1, `"${id}" is not a clause id (<chapter>/<slug>)`);
    if (!page.startsWith(`${id.slice(0, id.indexOf('/'))}/`)) {
      throw new SpecPageError(page, at + 1, `clause ${id} stands on a page of another chapter`);
    }
    const body = lines.slice(at + 1);
    const end = body.findIndex((next) => HEADING.test(next));
    const paragraphs = (end < 0 ? body : body.slice(0, end)).join('\n').trim().split(/\n\s*\n/);
    const [facts, text] = paragraphs;
    if (facts === undefined || text === undefined) throw new SpecPageError(page, at + 1, `clause ${id} needs a line of facts and a text`);
    clauses.push({ id, ...parseFacts(page, at + 1, facts), page, text: text.replace(/\s+/g, ' ') });
  });
  return clauses;
}

function parseFacts(page: string, line: number, facts: string): Omit<Clause, 'id' | 'page' | 'text'> {
  const [keyword, level, source, ...rest] = facts.replace(/\s+/g, ' ').split(' · ');
  if (keyword !== '**MUST**' && keyword !== '**SHOULD**') {
    throw new SpecPageError(page, line, `the line of facts begins with **MUST** or **SHOULD**, not "${keyword ?? ''}"`);
  }
  if (level === undefined || !/^(L[0-3]|no level)$/.test(level)) {
    throw new SpecPageError(page, line, `the level is L0 to L3 or "no level", not "${level ?? ''}"`);
  }
  if (source === undefined || source === '') throw new SpecPageError(page, line, 'the source is missing');
  let choices: string[] = [];
  let aliases: string[] = [];
  let implemented = true;
  for (const fact of rest) {
    const codes = [...fact.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    if (fact.startsWith('choice ')) choices = codes;
    else if (fact.startsWith('alias ')) aliases = codes;
    else if (fact === 'to come') implemented = false;
    else throw new SpecPageError(page, line, `"${fact}" is no fact of a clause`);
  }
  return {
    keyword: keyword === '**MUST**' ? 'MUST' : 'SHOULD',
    level: level === 'no level' ? null : (level as Level),
    source, choices, aliases, implemented,
  };
}

/** Reads all pages into one registry, in the order given. @throws SpecPageError on a bad page or an id used twice. */
export function registry(pages: Iterable<readonly [page: string, markdown: string]>): Map<string, Clause> {
  const clauses = new Map<string, Clause>();
  for (const [page, markdown] of pages) {
    for (const clause of parsePage(page, markdown)) {
      if (clauses.has(clause.id)) throw new SpecPageError(page, 1, `clause ${clause.id} stands on two pages`);
      clauses.set(clause.id, clause);
    }
  }
  return clauses;
}
