/** junit.xml, made from the events of a run: a suite a format or a folder of scenarios, a test case a check. Pure. */
import module, { type Builder } from 'junit-report-builder';
import { again, caseWords, replay } from './report-json.js';
import { shelfOf, type Tally, type TalliedCheck } from './tally.js';
import { count } from './text.js';

// The declarations of the package speak of a default export where its build exports the builder itself.
const builder = module as unknown as Builder;

export function junitOf({ run, end, checks, kept }: Tally): string {
  const root = builder.newBuilder();
  if (end.problem !== null) root.testSuite().name('adapter').testCase().className('adapter').name('can be driven').failure(end.problem, 'not-driven');
  for (const shelf of new Set(checks.map(({ check }) => shelfOf(check)))) {
    const suite = root.testSuite().name(shelf);
    for (const each of checks) {
      if (shelfOf(each.check) !== shelf) continue;
      const testCase = suite.testCase().className(shelf).name(each.check.id);
      const { required } = each.check;
      if (each.verdict === 'deselected' || each.verdict === 'not-declared' || (!required && each.verdict !== 'passed')) testCase.skipped();
      else if (each.verdict !== 'passed') testCase.failure(failureText(each, again(run, each.check.id), (id) => replayOf(run, kept.get(id))), each.verdict);
    }
  }
  return root.build();
}

const replayOf = (run: Tally['run'], file: string | undefined): string[] => file === undefined ? [] : [`replay: ${replay(run, file)}`];

function failureText({ check, cases }: TalliedCheck, command: string, replays: (id: string) => string[]): string {
  const failed = cases.filter(({ failure }) => failure !== undefined);
  const lines = failed.flatMap(({ id, failure }) => failure === undefined ? []
    : [`${caseWords(id, failure)}: expected ${failure.expected}, got ${failure.got}`, ...replays(id)]);
  return [`${check.clause}: ${failed.length === 0 ? 'not run' : `${count(failed.length, 'case')} of ${cases.length}`}`, ...lines, `again: ${command}`].join('\n');
}
