/**
 * What is run and what of it is required. A check is required when the adapter declared its class of its format, its
 * level is not above the declared one, and the judged profile demands it. The others are run where they can be, and
 * stand beside the verdict.
 *
 * Input: the library, what the adapter declared, and the selection. Output: the plan, and batches in which it is run.
 */
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { isReason } from '../../spec/reasons.js';
import { level as levels, type HelloReply, type Level, type Profile } from '../protocol/messages.js';
import type { EventOf, PlannedCheck } from '../report/events.js';
import { printable } from '../report/text.js';
import type { Check, JudgedCase, Library } from '../vectors/library.js';

/** One case on its way through a run. */
export interface Item { readonly check: Check; readonly case: JudgedCase }

/** The cases that stand or fall with one group. */
export interface Batch { readonly name: string; readonly items: readonly Item[] }

export interface Plan { readonly event: EventOf<'plan'>; readonly batches: readonly Batch[] }

// A declaration of a million misspelt names is answered by as many notes as anybody reads.
const MOST_NOTES = 20;

const rank = (level: Level): number => levels.options.indexOf(level);

export function planFor(library: Library, hello: HelloReply, profile: Profile, selected: ReadonlySet<string>): Plan {
  const declared = (format: string): readonly string[] => Object.hasOwn(hello.formats, format) ? hello.formats[format] ?? [] : [];
  const planned = library.checks.map((check): { check: Check; entry: PlannedCheck } => {
    const can = declared(check.format).includes(check.class) && rank(check.level) <= rank(hello.level);
    const required = can && (check.profile === 'both' || check.profile === profile);
    const { id, clause, format, group } = check;
    return {
      check,
      entry: { id, clause, format, group, class: check.class, cases: check.cases.length, required, run: !selected.has(id) ? 'deselected' : can ? 'sent' : 'unsupported' },
    };
  });

  const batches = new Map<string, Item[]>();
  for (const { check, entry } of planned) {
    if (entry.run !== 'sent') continue;
    // The id without its last part: added files are groups of their own.
    const name = check.id.slice(0, check.id.lastIndexOf('/'));
    const items = batches.get(name) ?? [];
    batches.set(name, items);
    items.push(...check.cases.map((each) => ({ check, case: each })));
  }

  return {
    event: {
      type: 'plan',
      level: judgedLevel(library, hello.level),
      checks: planned.map(({ entry }) => entry),
      required_clauses: requiredClauses(profile, hello.level),
      unjudged: library.unjudged.map(({ id, class: of, clauses: exercised, cases, why }) => ({ id, class: of, clauses: [...exercised], cases, why })),
      not_ours: library.notOurs,
      notes: notes(library, hello).slice(0, MOST_NOTES),
    },
    batches: [...batches].map(([name, items]) => ({ name, items })),
  };
}

/** The highest level up to the declared one of which there is a check. */
const judgedLevel = (library: Library, declared: Level): Level =>
  library.checks.map(({ level }) => level).filter((level) => rank(level) <= rank(declared)).sort((a, b) => rank(b) - rank(a))[0] ?? 'L0';

/** The clauses that a run at this level has to exercise; the chapter `repair` is one of the profile `repaired` alone. */
export function requiredClauses(profile: Profile, level: Level): ClauseId[] {
  return (Object.keys(clauses) as ClauseId[]).filter((id) => {
    const { level: at } = clauses[id];
    return at !== null && rank(at) <= rank(level) && (profile === 'repaired' || !id.startsWith('repair/'));
  });
}

/** What was declared and means nothing here: most often a name that is misspelt. */
function notes(library: Library, hello: HelloReply): string[] {
  const formats = new Set([...library.checks, ...library.unjudged].map(({ format }) => format));
  const isClause = (id: string): id is ClauseId => Object.hasOwn(clauses, id);
  const judged = new Set(library.checks.map((check) => `${check.class} of ${check.format}`));
  return [
    ...Object.keys(hello.formats).filter((name) => !formats.has(name))
      .map((name) => `the adapter declares the format "${printable(name)}", which this suite does not have (it has ${[...formats].sort().join(', ')})`),
    ...Object.entries(hello.formats).filter(([name]) => formats.has(name)).flatMap(([name, classes]) => classes.filter((each) => !judged.has(`${each} of ${name}`))
      .map((each) => `the adapter declares the class ${each} of ${name}, which this version does not judge`)),
    ...Object.entries(hello.reasons).filter(([, reason]) => !isReason(reason))
      .map(([name, reason]) => `the adapter maps "${printable(name)}" to the reason "${printable(reason)}", which the published table does not have`),
    ...Object.entries(hello.choices).flatMap(([id, chosen]) => {
      const offered = isClause(id) ? clauses[id].choices : [];
      if (offered.length === 0) return [`the adapter declares a choice at "${printable(id)}", which is no clause with a choice`];
      return offered.includes(chosen) ? [] : [`the adapter declares "${printable(chosen)}" at ${id}, whose alternatives are ${offered.join(' and ')}`];
    }),
  ];
}
