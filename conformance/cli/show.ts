/** `cutcheck show ID`: a check, a group of vectors, one case or a scenario, with what goes in, what is expected and how to run it. */
import type { Command } from 'commander';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { importDirectory } from '../vectors/import.js';
import { checkId, profileOf, readPublishedFiles, vectorsDirectory } from '../vectors/library.js';
import type { VectorCase, VectorGroup } from '../vectors/schema.js';
import { UsageError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { shellQuote } from '../report/text.js';
import { loadSuite } from '../scenarios/library.js';
import { directoryOf } from './directory.js';
import { printJson, printLines } from './print.js';
import { scenarioIds, scenarioPage, shownScenario } from './show-scenario.js';

interface Place { /** `extra/` for added files. */ readonly prefix: string; readonly format: string; readonly group: VectorGroup; readonly one: VectorCase }

/** What is shown: the cases that an id stands for, and the clauses that they exercise. */
interface Shown {
  readonly id: string;
  readonly what: 'check' | 'group' | 'case';
  readonly about: string;
  readonly class: string;
  readonly clauses: readonly { readonly id: string; readonly keyword: string; readonly text: string }[];
  readonly cases: readonly VectorCase[];
  /** The command that runs it; null for what is not judged. */
  readonly run: string | null;
}

/** Finds what an id of vectors stands for. @throws UsageError with the nearest ids, `others` among them */
export function shown(id: string, extra?: string, others: readonly string[] = []): Shown {
  const files = [
    ...readPublishedFiles(vectorsDirectory()).map(({ file }) => ({ prefix: '', file })),
    ...(extra === undefined ? [] : importDirectory(extra)).map(({ file }) => ({ prefix: 'extra/', file })),
  ];
  const places: Place[] = files.flatMap(({ prefix, file: { format, groups } }) =>
    groups.flatMap((group) => group.cases.map((one) => ({ prefix, format, group, one }))));
  const ids = { check: new Map<string, Place[]>(), group: new Map<string, Place[]>(), case: new Map<string, Place[]>() };
  const add = (map: Map<string, Place[]>, key: string, place: Place): void => {
    const found = map.get(key);
    if (found === undefined) map.set(key, [place]);
    else found.push(place);
  };
  for (const place of places) {
    if ('clause' in place.one) add(ids.check, place.prefix + checkId(place.format, place.group.id, place.one.clause, profileOf(place.one)), place);
    add(ids.group, `${place.prefix}${place.format}/${place.group.id}`, place);
    add(ids.case, `${place.prefix}${place.format}/${place.one.id}`, place);
  }
  for (const what of ['check', 'group', 'case'] as const) {
    const found = ids[what].get(id);
    const [first] = found ?? [];
    if (found === undefined || first === undefined) continue;
    const cases = found.map(({ one }) => one);
    const named = new Set<ClauseId>(cases.flatMap((one) => 'clause' in one ? [one.clause] : []));
    const all = named.size > 0 ? [...named] : what === 'case' && first.one.sort === 'not-ours' ? [] : first.group.clauses;
    const judged = cases.find((one) => 'clause' in one);
    const pattern = judged === undefined || !('clause' in judged) ? null
      : what === 'group' ? `${id}/*` : first.prefix + checkId(first.format, first.group.id, judged.clause, profileOf(judged));
    return {
      id, what, about: first.group.description, class: first.group.class,
      clauses: all.map((clause) => ({ id: clause, keyword: clauses[clause].keyword, text: clauses[clause].text })),
      cases, run: pattern === null ? null : `cutcheck run ${extra === undefined ? '' : `--vectors ${shellQuote(extra)} `}--run '${pattern}' -- COMMAND`,
    };
  }
  const wanted = 'expected the id of a check, a scenario, a group or a case';
  if (Object.hasOwn(clauses, id)) throw new UsageError(`${wanted}, got the clause ${id}; "cutcheck explain ${id}" explains it`);
  throw new UsageError(`${wanted}, got "${id}"${didYouMean(id, [...ids.check.keys(), ...ids.group.keys(), ...ids.case.keys(), ...others])}`);
}

export function register(program: Command): void {
  program.command('show').argument('<id>', 'a check, a scenario, a group <format>/<group> or a case <format>/<group>/<slug>')
    .option('--json', 'print everything, long values too, as JSON').option('--vectors <dir>', 'add golden files of your own', directoryOf('--vectors'))
    .option('--scenarios <dir>', 'add scenarios of your own', directoryOf('--scenarios'))
    .description('show the clause, the cases or steps with their expectations, and how to run them')
    .action((id: string, { json = false, vectors, scenarios }: { json?: boolean; vectors?: string; scenarios?: string }) => {
      const suite = loadSuite({ ...(vectors !== undefined && { vectors }), ...(scenarios !== undefined && { scenarios }) });
      const found = shownScenario(id, suite, scenarios) ?? shown(id, vectors, scenarioIds(suite));
      if (json) printJson(found);
      else printLines('cases' in found ? page(found) : scenarioPage(found));
    });
}

function page(found: Shown): string[] {
  // Of one case everything; of several what fits a line each.
  const written = found.what === 'case' ? (value: unknown): string => JSON.stringify(value) : brief;
  return [
    `${found.what} ${found.id} (class ${found.class})`, found.about, '',
    ...found.clauses.flatMap((clause) => [`${clause.id} (${clause.keyword})`, `  ${clause.text}`]), '',
    ...found.cases.flatMap((one) => [
      `${one.id}: ${one.sort}, ${one.why}`,
      `  input   ${written(one.input)}`,
      ...('expect' in one ? [`  expect  ${written(one.expect)}`] : []),
      ...('alternatives' in one ? Object.entries(one.alternatives) : [])
        .map(([name, expect]) => `  expect  ${written(expect)} of an implementation that declares ${name}`),
      ...('original' in one ? [`  expect  ${written(one.original)}`] : []),
    ]), '',
    ...(found.run === null ? ['Not judged: no command runs it.'] : [`Run it: ${found.run}`]),
  ];
}

/** Longest text of a value that is printed whole. */
const WHOLE = 96;

/** JSON on one line, long texts cut; `--json` has them whole. */
const brief = (value: unknown): string => JSON.stringify(value, (_name, inner: unknown) =>
  typeof inner === 'string' && inner.length > WHOLE ? `${inner.slice(0, 48)}… (${inner.length} characters)` : inner);
