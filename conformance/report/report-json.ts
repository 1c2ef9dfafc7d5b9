/** The content of report.json, made from the events of a run. Pure. */
import { clauses, type ClauseId } from '../../spec/clauses.js';
import type { EventOf, Failure } from './events.js';
import type { Report, Verdict } from './schema.js';
import { shelfOf, type Tally, type TalliedCheck } from './tally.js';
import { count, printable, shellWords } from './text.js';

export function reportOf({ run, hello, plan, end, checks, slowAnswers, scenarios, crashes, kept }: Tally): Report {
  const required = checks.filter(({ check }) => check.required);
  const others = checks.filter(({ check }) => !check.required);
  const counted = (of: readonly TalliedCheck[], ...verdicts: readonly TalliedCheck['verdict'][]): number => of.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const summary = {
    total: required.length,
    passed: counted(required, 'passed'), failed: counted(required, 'failed'),
    unsupported: counted(required, 'unsupported'), deselected: counted(required, 'deselected'),
  };

  const exercised = new Set(checks.filter((each) => each.exercised).map(({ check }) => check.clause));
  const requiredClauses = plan?.required_clauses ?? [];
  const missing = requiredClauses.filter((id) => !exercised.has(id));

  const verdicts = required.flatMap(({ check, cases }) => check.kind === undefined ? cases.map(({ verdict }) => verdict) : []);
  const passed = verdicts.filter((each) => each === 'passed').length;

  const isRepair = ({ check }: TalliedCheck): boolean => check.clause.startsWith('repair/');
  const chapter = (of: readonly TalliedCheck[]) => ({ passed: counted(of, 'passed'), run: counted(of, 'passed', 'failed', 'unsupported') });
  const partial = summary.deselected > 0 ? run.selection : null;
  const verdict = end.problem !== null ? 'not-driven' : verdictOf(summary);

  return {
    schema: run.schema,
    suite: { version: run.suite, digest: run.digest },
    started: run.at,
    duration_ms: end.ms,
    seed: run.seed,
    profile: run.profile,
    command: run.command,
    implementation: hello === null ? null : { ...hello.implementation, level: hello.level, profile: hello.profile, formats: hello.formats, choices: hello.choices },
    verdict,
    headline: headline(verdict, run, hello, plan, summary),
    problem: end.problem,
    partial,
    summary,
    notRequired: {
      held: counted(others, 'passed'), exposed: counted(others, 'failed', 'unsupported') - others.filter(notTried).length,
      unsupported: counted(others, 'not-declared'), not_tried: others.filter(notTried).length,
    },
    undeclared: undeclared(others),
    // What the proposal alone demands is no measure of one that is judged as repaired.
    chapters: { proposal: chapter(checks.filter((each) => !isRepair(each) && each.check.required)), repair: chapter(checks.filter(isRepair)) },
    holesExposed: holes(checks.filter(({ check, verdict: each }) => each === 'failed' && (check.kind === undefined ? !check.required : check.clause.startsWith('repair/')))),
    vectors: {
      cases: verdicts.length, passed, failed: verdicts.length - passed,
      not_judged: (plan?.unjudged ?? []).reduce((sum, { cases }) => sum + cases, 0), not_ours: plan?.not_ours ?? 0,
    },
    scenarios: scenariosOf(required, scenarios),
    crashes: { asked: run.crash ?? 'none', ...crashesOf(crashes) },
    clauses: { exercised: requiredClauses.length - missing.length, required: requiredClauses.length, missing },
    failures: checks.flatMap(({ check, cases }) => cases.flatMap(({ id, failure }) => failure === undefined ? [] : [{
      check: check.id, clause: check.clause, case: id, kind: failure.kind, required: check.required,
      expected: named(failure.member, failure.expected), got: named(failure.member, failure.got),
      ...(failure.order_dependent === true && { order_dependent: true }),
      ...(failure.step !== undefined && { step: failure.step }),
      again: again(run, check.id), ...replayed(run, kept.get(id)),
    }])),
    unjudged: plan?.unjudged ?? [],
    notes: [...plan?.notes ?? [], ...neverReached(run, hello, crashes), ...(slowAnswers === 0 ? [] : [`${count(slowAnswers, 'answer')} took longer than ${2 * run.slow} s`])],
  };
}

/** Failed by nothing but a scenario that did not get to it. */
const notTried = ({ verdict, cases }: TalliedCheck): boolean =>
  verdict === 'failed' && cases.length > 0 && cases.every(({ failure }) => failure === undefined || failure.kind === 'setup');

function verdictOf({ passed, failed, unsupported }: Report['summary']): Exclude<Verdict, 'not-driven'> {
  if (failed + unsupported > 0) return 'nonconformant';
  return passed > 0 ? 'conformant' : 'nothing-ran';
}

/** What a run ends with. A usage or input error (2) goes before all of them. */
export const exitCodeOf = (verdict: Verdict): number => ({ 'conformant': 0, 'nonconformant': 1, 'not-driven': 4, 'nothing-ran': 5 })[verdict];

function headline(verdict: Verdict, run: EventOf<'run'>, hello: Tally['hello'], plan: Tally['plan'], { total, passed, failed, unsupported, deselected }: Report['summary']): string {
  if (hello === null) return `${verdict}: ${shellWords(run.command)}`;
  const { name, version } = hello.implementation;
  const claims = hello.profile === run.profile ? '' : ` (it claims ${hello.profile})`;
  const part = deselected === 0 ? '' : `, in part: ${passed + failed + unsupported} of ${total} required checks were run${selectionWords(run.selection)}`;
  return `${verdict}: ${printable([name, version].filter((word) => word !== undefined).join(' '), 100)}, level ${levelWords(hello, plan)}, profile ${run.profile}${claims}${formatWords(plan)}${capabilityWords(plan)}${part}`;
}

/** The level that was judged; a higher one that is claimed says so, since nobody has looked at it. */
const levelWords = (hello: NonNullable<Tally['hello']>, plan: Tally['plan']): string => plan === null || plan.level === hello.level ? hello.level
  : `${plan.level} (it claims ${hello.level}, which this version does not judge)`;

/** From L1 on it holds without the capabilities that checks wanted and the adapter does not have. */
function capabilityWords(plan: Tally['plan']): string {
  if (plan === null || plan.level === 'L0') return '';
  const lacking = [...new Set(plan.checks.flatMap(({ lacks }) => lacks ?? []))].filter((what) => !what.startsWith('level '));
  return lacking.length === 0 ? '' : `, without ${lacking.join(', ')}`;
}

/** A verdict holds for the formats that were declared, and for no others. */
function formatWords(plan: Tally['plan']): string {
  const vectors = plan?.checks.filter(({ kind }) => kind === undefined) ?? [];
  if (vectors.length === 0) return '';
  const all = new Set(vectors.map(shelfOf));
  const judged = [...new Set(vectors.filter(({ required }) => required).map(shelfOf))];
  if (judged.length === 0) return ', no format';
  return judged.length === all.size ? `, ${all.size === 1 ? 'its one format' : `all ${all.size} formats`}` : `, ${judged.length} of ${count(all.size, 'format')}: ${judged.join(', ')}`;
}

function selectionWords({ run, skip, fail_fast: failFast }: EventOf<'run'>['selection']): string {
  const words = shellWords([...run.flatMap((pattern) => ['--run', pattern]), ...skip.flatMap((pattern) => ['--skip', pattern]), ...(failFast ? ['--fail-fast'] : [])]);
  return words === '' ? '' : ` (${words})`;
}

const named = (member: string | undefined, value: string): string => member === undefined ? value : `${member}: ${value}`;

/** The command that runs one check again. */
export function again({ again: { options, command } }: EventOf<'run'>, check: string): string {
  return shellWords(['cutcheck', 'run', '--run', check, ...options, ...(command === null ? [] : ['--', ...command])]);
}

/** The command that replays a case, of which a transcript was kept. */
export function replay({ again: { options, command } }: EventOf<'run'>, file: string): string {
  const ofReference = options.flatMap((word, at) => word === '--aead' || word === '--composition' ? [word, options[at + 1] ?? ''] : []);
  return shellWords(['cutcheck', 'replay', file, '--step', ...ofReference, ...(command === null ? [] : ['--', ...command])]);
}

const replayed = (run: EventOf<'run'>, file: string | undefined): { replay?: string } => file === undefined ? {} : { replay: replay(run, file) };

/** A case, and where in its scenario it failed. */
export const caseWords = (id: string, { member, step }: Failure): string =>
  `${id}${step === undefined ? '' : ` · step ${step.number}, ${step.node}.${step.op}`}${member === undefined ? '' : ` · ${member}`}`;

/** The holes whose repair a check asked for in vain: those that its scenario is about and its clause closes; of vectors those of the clause. */
function holes(exposed: readonly TalliedCheck[]): string[] {
  const found = exposed.flatMap(({ check, cases }): readonly string[] => {
    const source = Object.hasOwn(clauses, check.clause) ? clauses[check.clause as ClauseId].source : '';
    if (check.kind !== undefined) {
      const closed = new Set(source.match(/\b[HN]\d+[a-z]?\b/g));
      return cases.flatMap(({ failure }): readonly string[] => {
        const about = failure?.kind === 'answer' ? failure.holes ?? [] : [];
        // A clause that closes none of them failed for another cause: that is a failure, and no hole.
        return about.filter((hole) => closed.has(hole) || closed.has(hole.replace(/[a-z]$/, '')));
      });
    }
    return [...source.matchAll(/\bhole ([A-Z]\d+[a-z]?)/g)].map(([, hole]) => hole ?? '');
  });
  const number = (hole: string): number => Number(/\d+/.exec(hole)?.[0] ?? 0);
  return [...new Set(found)].sort((left, right) => (left[0] ?? '').localeCompare(right[0] ?? '') || number(left) - number(right) || left.localeCompare(right));
}

/** What checks of scenarios would need that was not declared. */
function undeclared(others: readonly TalliedCheck[]): Report['undeclared'] {
  const counts = new Map<string, number>();
  for (const { check } of others) for (const what of check.lacks ?? []) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, checks]) => ({ what, checks }));
}

function scenariosOf(required: readonly TalliedCheck[], run: Tally['scenarios']): Report['scenarios'] {
  const failing = new Set(required.filter(({ verdict }) => verdict === 'failed' || verdict === 'unsupported').map(({ check }) => check.scenario));
  return { run: run.length, passed: run.filter(({ scenario }) => !failing.has(scenario)).length, synced: run.filter(({ sync }) => sync).length };
}

/** Points at which nobody was seen to die although all were asked for. */
function neverReached({ crash }: EventOf<'run'>, hello: Tally['hello'], crashes: Tally['crashes']): string[] {
  const reached = new Set(crashes.map(({ point }) => point));
  const never = crash === 'all' && crashes.length > 0 ? (hello?.crashPoints ?? []).map((point) => printable(point)).filter((point) => !reached.has(point)) : [];
  return never.length === 0 ? [] : [`never reached in a scenario that is crashable: ${never.join(', ')}`];
}

function crashesOf(crashes: Tally['crashes']): Omit<Report['crashes'], 'asked'> {
  const points = new Map<string, Report['crashes']['points'][number]>();
  for (const { point, disk, power, survived, twice } of crashes) {
    const key = `${point} ${disk} ${power} ${twice === true}`;
    const before = points.get(key) ?? { point, disk, power, ...(twice === true && { twice }), run: 0, survived: 0 };
    points.set(key, { ...before, run: before.run + 1, survived: before.survived + (survived ? 1 : 0) });
  }
  return { run: crashes.length, survived: crashes.filter(({ survived }) => survived).length, points: [...points.values()] };
}
