/** The summary on the console, made from the events of a run: a block for each failing check, then the closing lines. Pure. */
import type { Colors } from 'picocolors/types.js';
import { again, caseWords, replay } from './report-json.js';
import type { Report } from './schema.js';
import { shelfOf, type Tally, type TalliedCheck } from './tally.js';
import { count } from './text.js';

const SHOWN_CASES = 3;
const SHOWN_CLAUSES = 5;

/** The text for stdout. `out`: where the reports lie; null when none were written. */
export function consoleOf(tallied: Tally, report: Report, out: string | null, colors: Colors): string {
  const failing = tallied.checks.filter(({ check, verdict }) => check.required && (verdict === 'failed' || verdict === 'unsupported'));
  return [...failing.map((each) => block(each, tallied, colors)), closing(tallied, report, out, colors)].join('\n\n') + '\n';
}

function block({ check, verdict, cases }: TalliedCheck, { run, kept }: Tally, colors: Colors): string {
  const failed = cases.filter(({ failure }) => failure !== undefined);
  const shown = failed.slice(0, SHOWN_CASES).flatMap(({ id, failure }) => {
    if (failure === undefined) return [];
    const notes = failure.order_dependent === true ? ' (passes in a fresh process)' : '';
    return [`     ${caseWords(id, failure)}`, `       expected ${failure.expected}`, `       got      ${failure.got}${notes}`];
  });
  const more = failed.length > SHOWN_CASES ? [`     and ${failed.length - SHOWN_CASES} more of ${count(Math.max(check.cases, cases.length), 'case')}`] : [];
  const none = failed.length === 0 ? ['     not run'] : [];
  const file = failed.map(({ id }) => kept.get(id)).find((each) => each !== undefined);
  const replays = file === undefined ? [] : [`     replay: ${replay(run, file)}`];
  return [`${colors.red(verdict === 'failed' ? 'FAIL' : 'UNSUPPORTED')} ${check.id}   ${check.clause}`, ...shown, ...more, ...none, `     again: ${again(run, check.id)}`, ...replays].join('\n');
}

function closing(tallied: Tally, report: Report, out: string | null, colors: Colors): string {
  const { hello, plan, end, checks } = tallied;
  const { summary, clauses, vectors, chapters, notRequired, unjudged } = report;
  const lines: string[] = [];
  if (hello !== null) {
    const verdicts = (['passed', 'failed', 'unsupported', 'deselected'] as const)
      .filter((each) => each === 'passed' || summary[each] > 0).map((each) => `${summary[each]} ${each}`);
    lines.push([
      plan?.level ?? hello.level, `${count(summary.total, 'check')}: ${verdicts.join(', ')}`,
      `clauses ${clauses.exercised}/${clauses.required} exercised`, `vectors ${vectors.passed}/${vectors.cases}`,
      ...(report.scenarios.run > 0 ? [`scenarios ${report.scenarios.passed}/${report.scenarios.run}`] : []),
      `not judged yet: ${count(vectors.not_judged, 'case')} in ${count(unjudged.length, 'group')}`,
    ].join(' · '));
    lines.push(...scenarioLines(report, tallied.crashes, hello));
    // A check of the chapter repair is what exposes a hole: without one nobody has looked.
    const there = checks.some(({ check, verdict }) => check.clause.startsWith('repair/') && verdict !== 'not-declared');
    const looked = checks.some(({ check, verdict }) => check.clause.startsWith('repair/') && verdict !== 'not-declared' && verdict !== 'deselected');
    lines.push([
      `proposal ${chapters.proposal.passed}/${chapters.proposal.run}`, `repair ${chapters.repair.passed}/${chapters.repair.run}${looked ? '' : there ? ' (none run)' : ' (none at this level)'}`,
      `holes exposed: ${report.holesExposed.join(' ') || (looked ? 'none' : `none looked for${there ? '' : ' at this level'}`)}`,
    ].join(' · '));
    const { held, exposed, unsupported, not_tried: untried } = notRequired;
    if (held + exposed + unsupported + untried > 0) {
      lines.push([
        `not required: ${held} held`, `${exposed} exposed`, ...(untried > 0 ? [`${untried} not tried (set-up failed)`] : []), `${unsupported} unsupported (what it does not declare)`,
      ].join(', '));
    }
    if (report.undeclared.length > 0) lines.push(`not declared: ${report.undeclared.map(({ what, checks: n }) => `${what} (${count(n, 'check')})`).join(', ')}`);
    const formats = (of: 'all' | 'declared'): Set<string> =>
      new Set((plan?.checks ?? []).filter(({ kind, required }) => kind === undefined && (of === 'all' || required)).map(shelfOf));
    const undeclared = [...formats('all')].filter((format) => !formats('declared').has(format));
    if (undeclared.length > 0) lines.push(`formats not declared: ${undeclared.join(', ')}`);
    // What is missing of formats that were not declared is no news.
    if (clauses.missing.length > 0 && report.partial === null && undeclared.length === 0) {
      const rest = clauses.missing.length - SHOWN_CLAUSES;
      lines.push(`not exercised: ${clauses.missing.slice(0, SHOWN_CLAUSES).join(', ')}${rest > 0 ? ` and ${rest} more, in report.json` : ''}`);
    }
  }
  lines.push(...report.notes.map((note) => `note: ${note}`));
  if (end.stopped === 'fail-fast') lines.push('stopped at the first failure (--fail-fast)');
  lines.push((report.verdict === 'conformant' ? colors.green : colors.red)(report.headline));
  const reports = out === null ? [] : [`reports: ${out}/report.json, junit.xml, events.ndjson`];
  lines.push([...reports, `seed ${report.seed}`, `${(report.duration_ms / 1000).toFixed(1)} s`].join(' · '));
  return lines.join('\n');
}

/** What was done about the disk: how often it was asked to sync, and the crashes. Nothing of a run without scenarios. */
function scenarioLines({ scenarios, crashes }: Report, made: Tally['crashes'], hello: NonNullable<Tally['hello']>): string[] {
  if (scenarios.run + crashes.run === 0) return [];
  const syncs = scenarios.run === 0 ? '' : `syncs asked for in ${scenarios.synced} of ${count(scenarios.run, 'scenario')} · `;
  if (crashes.asked === 'none') return [`${syncs}crash points: not run (--crash all runs them)`];
  if (crashes.run === 0) return [`${syncs}crash points: ${hello.caps.includes('crash.points') && hello.crashPoints.length > 0 ? 'none was reached' : 'the adapter declares none'}`];
  const points = new Set(crashes.points.map(({ point }) => point));
  type Point = Report['crashes']['points'][number];
  const kinds: readonly (readonly [(point: Point) => boolean, string])[] = [
    [({ disk, twice }) => disk === 'dir' && twice !== true, 'the process dies'],
    [({ disk, power, twice }) => disk === 'virtual' && !power && twice !== true, 'the node dies'],
    [({ power }) => power, 'the power fails'],
    [({ twice }) => twice === true, 'it dies again on its way back'],
  ];
  const byKind = kinds.flatMap(([isOf, words]) => {
    const of = crashes.points.filter(isOf);
    const sum = (member: 'run' | 'survived'): number => of.reduce((total, each) => total + each[member], 0);
    return of.length === 0 ? [] : [`${words} ${sum('survived')}/${sum('run')}`];
  });
  const lost = made.filter(({ survived }) => !survived).map(({ scenario, point, nth, case: id }) => id ?? `${scenario}@${point}#${nth}`);
  const more = lost.length > SHOWN_CASES ? ` and ${lost.length - SHOWN_CASES} more` : '';
  const named = lost.length === 0 ? [] : [`not survived: ${lost.slice(0, SHOWN_CASES).join(', ')}${more}`];
  return [`${syncs}crashes at ${count(points.size, 'point')}: ${crashes.survived} of ${crashes.run} survived (${byKind.join(', ')})`, ...named];
}
