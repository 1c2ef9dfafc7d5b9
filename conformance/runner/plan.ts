/**
 * What is run and what of it is required. A check is required when the adapter declared what it needs (its class of its
 * format, or the capabilities of its scenario), its level is not above the declared one, and the judged profile demands
 * it. The others are run where they can be, and stand beside the verdict.
 *
 * Input: the library, what the adapter declared, and the selection. Output: the plan, and the batches in which it is
 * run: of vectors one a group, of scenarios one a scenario.
 */
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { isReason } from '../../spec/reasons.js';
import { level as levels, type HelloReply, type Level, type Profile } from '../protocol/messages.js';
import type { Capability, FileRole } from '../protocol/operations.js';
import type { EventOf, PlannedCheck } from '../report/events.js';
import { printable } from '../report/text.js';
import type { LoadedScenario } from '../scenarios/load.js';
import type { InvariantCheck, ScenarioCheck, Suite } from '../scenarios/library.js';
import type { Scenario } from '../scenarios/schema.js';
import type { Check, JudgedCase, Library } from '../vectors/library.js';

/** Whom requests are sent for: the case that answers for what comes of them. */
export interface Asked {
  readonly case: { readonly id: string };
  /** Number of the step of a scenario that is being done. */
  step?: number | undefined;
}

/** One case of a vector group on its way through a run. */
export interface Item extends Asked { readonly check: Check; readonly case: JudgedCase }

/** The cases that stand or fall with one group. */
export interface Batch { readonly name: string; readonly items: readonly Item[] }

/** A scenario, and what is judged of it: its own selected checks, and the invariants that are watched in it. */
export interface ScenarioBatch {
  readonly loaded: LoadedScenario;
  readonly checks: readonly ScenarioCheck[];
  readonly invariants: readonly InvariantCheck[];
  /** What is judged of its crash runs alone. */
  readonly ofCrashes: readonly InvariantCheck[];
}

export interface Plan {
  readonly event: EventOf<'plan'>;
  readonly batches: readonly Batch[];
  readonly scenarios: readonly ScenarioBatch[];
}

/** What is judged: vectors, and scenarios where the library has them. */
export type Judged = Library & Partial<Pick<Suite, 'scenarios' | 'scenarioChecks' | 'invariantChecks'>>;

// A declaration of a million misspelt names is answered by as many notes as anybody reads.
const MOST_NOTES = 20;

const rank = (level: Level): number => levels.options.indexOf(level);

/** The ids of all checks, in their order. */
export const checkIds = ({ checks, scenarioChecks = [], invariantChecks = [] }: Judged): string[] =>
  [...checks, ...scenarioChecks, ...invariantChecks].map(({ id }) => id);

/** `crash`: the points that are asked for; `none`: no crash runs, and nothing that is judged of them. */
export function planFor(library: Judged, hello: HelloReply, profile: Profile, selected: ReadonlySet<string>, crash = 'none'): Plan {
  const { scenarios = [], scenarioChecks = [] } = library;
  const invariantChecks = (library.invariantChecks ?? []).filter(({ crashes }) => !crashes || crash !== 'none');
  const demanded = (of: 'both' | Profile): boolean => of === 'both' || of === profile;
  const run = (id: string, can: boolean): PlannedCheck['run'] => !selected.has(id) ? 'deselected' : can ? 'sent' : 'unsupported';

  const vectors = library.checks.map((check): { check: Check; entry: PlannedCheck } => {
    const declared = Object.hasOwn(hello.formats, check.format) ? hello.formats[check.format] ?? [] : [];
    const can = declared.includes(check.class) && rank(check.level) <= rank(hello.level);
    const { id, clause, format, group } = check;
    return {
      check,
      entry: { id, clause, format, group, class: check.class, cases: check.cases.length, required: can && demanded(check.profile), run: run(id, can) },
    };
  });

  const lackingOf = new Map(scenarios.map(({ scenario }) => [scenario.id, new Set<string>()]));
  for (const { scenario, level, needs } of scenarioChecks) for (const each of lacks(hello, level, needs)) lackingOf.get(scenario)?.add(each);
  for (const { scenario } of scenarios) {
    const nodes = new Set(scenario.steps.flatMap(({ on }) => on)).size;
    if (rank(hello.level) >= rank(scenario.level) && nodes > (hello.limits.maxNodes ?? nodes)) lackingOf.get(scenario.id)?.add(`${nodes} nodes in a process`);
  }
  // Where a node has no files of a role, its scenarios cannot be played; where it lacks more, that says enough.
  for (const { scenario } of scenarios) {
    const lacking = lackingOf.get(scenario.id);
    if (lacking?.size === 0) for (const role of rolesOf(scenario)) if (!Object.hasOwn(hello.files, role)) lacking.add(`the role ${role}`);
  }
  const lacking = (scenario: string): string[] => [...lackingOf.get(scenario) ?? []].sort();

  const ofScenarios = scenarioChecks.map((check): PlannedCheck => {
    const missing = lacking(check.scenario);
    return {
      id: check.id, clause: check.clause, kind: 'scenario', scenario: check.scenario, cases: 1,
      required: missing.length === 0 && demanded(check.profile), run: run(check.id, missing.length === 0), ...(missing.length > 0 && { lacks: missing }),
    };
  });
  const cannot = (check: InvariantCheck): string[] => [...lacks(hello, check.level, []), ...check.crashes ? unableToCrash(hello) : []];
  const watched = new Map(invariantChecks.map((check) => [check, cannot(check).length > 0 ? [] : check.scenarios.filter((id) => lackingOf.has(id) && lacking(id).length === 0)]));
  const ofInvariants = [...watched].map(([check, where]): PlannedCheck => {
    const missing = where.length > 0 ? [] : cannot(check);
    return {
      id: check.id, clause: check.clause, kind: 'invariant', cases: where.length,
      required: where.length > 0 && demanded(check.profile), run: run(check.id, where.length > 0), ...(missing.length > 0 && { lacks: missing }),
    };
  });

  const watchedIn = ({ scenario }: LoadedScenario, crashes: boolean): InvariantCheck[] =>
    [...watched].filter(([check, where]) => check.crashes === crashes && selected.has(check.id) && where.includes(scenario.id)).map(([check]) => check);

  const batches = new Map<string, Item[]>();
  for (const { check, entry } of vectors) {
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
      level: judgedLevel([...library.checks, ...scenarioChecks], hello.level),
      checks: [...vectors.map(({ entry }) => entry), ...ofScenarios, ...ofInvariants],
      required_clauses: requiredClauses(profile, hello.level),
      unjudged: library.unjudged.map(({ id, class: of, clauses: exercised, cases, why }) => ({ id, class: of, clauses: [...exercised], cases, why })),
      not_ours: library.notOurs,
      notes: notes(library, hello).slice(0, MOST_NOTES),
    },
    batches: [...batches].map(([name, items]) => ({ name, items })),
    scenarios: scenarios.filter(({ scenario }) => lacking(scenario.id).length === 0).map((loaded): ScenarioBatch => ({
      loaded,
      checks: scenarioChecks.filter((check) => check.scenario === loaded.scenario.id && selected.has(check.id)),
      invariants: watchedIn(loaded, false),
      ofCrashes: watchedIn(loaded, true),
    })).filter((batch) => batch.checks.length + batch.invariants.length + batch.ofCrashes.length > 0),
  };
}

/** What of level and capabilities was not declared: where the level is a lower one, that says enough. */
function lacks(hello: HelloReply, level: Level, needs: readonly Capability[]): string[] {
  if (rank(hello.level) < rank(level)) return [`level ${level}`];
  return needs.filter((need) => !hello.caps.includes(need) && !(need === 'disk.dir' && hello.caps.includes('disk.virtual')));
}

/** The roles whose files a scenario edits or searches. */
const rolesOf = ({ steps }: Scenario): ReadonlySet<FileRole> => new Set(steps.flatMap((step) => 'file' in step ? [step.file] : 'find' in step ? step.find.in : []));

/** What of crashes was not declared. */
function unableToCrash({ caps, crashPoints }: HelloReply): string[] {
  if (!caps.includes('crash.points')) return ['crash.points'];
  if (crashPoints.length === 0) return ['a crash point'];
  return caps.some((cap) => cap.startsWith('disk.')) ? [] : ['disk.dir'];
}

/** The highest level up to the declared one of which there is a check. */
const judgedLevel = (checks: readonly { readonly level: Level }[], declared: Level): Level =>
  checks.map(({ level }) => level).filter((level) => rank(level) <= rank(declared)).sort((a, b) => rank(b) - rank(a))[0] ?? 'L0';

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
    ...hello.level === 'L0' || Object.keys(hello.files).length > 0 || !hello.caps.some((cap) => cap.startsWith('disk.')) ? []
      : ['the adapter declares a disk and no "files", so that nothing on it can be found'],
  ];
}
