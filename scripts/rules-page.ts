/**
 * The page "Rules" of the site: the rule table, with what the reference does without each rule. Made from spec/rules.ts and
 * the mutants, so that it says what is tried.
 */
import { COMPOSITIONS, modelSwitch, rules, type Evidence, type RuleId, type RuleRow } from '../spec/rules.js';

/** A mutant that is the reference without a rule. */
interface WithoutRule { readonly id: string; readonly wrong: string }

/** What comes of the whole without a rule. */
interface WholeWithout { readonly without: string; readonly comes_to: 'fails' | 'masked'; readonly breaks: readonly string[]; readonly checks: readonly string[] }

const code = (text: string): string => `\`${text}\``;
const seen = ({ id, crash, outcome, reasons }: Evidence): string =>
  `${code(id)}${crash === undefined ? '' : `, in a crash at ${code(crash.point)} in ${code(crash.scenario)}`}: ${[outcome, ...reasons].join(', ')}`;

const inWhole = (whole: WholeWithout | undefined): string => whole === undefined ? '–'
  : `${whole.comes_to === 'masked' ? 'masked' : `fails: ${whole.breaks.join(', ')}`}<br>${whole.checks.length === 0 ? 'nothing shows' : `${whole.checks.length} checks see it`}`;

function row(id: RuleId, { clause, holes, seam, beside = [], base, level, bound, property, check }: RuleRow, wrong: string, whole: WholeWithout | undefined): string {
  return ['', `**${id}**<br>${code(clause)}${holes.length === 0 ? '' : `<br>${holes.join(', ')}`}`, wrong, [seam, ...beside].map(code).join('<br>'), `${base}, ${level}`, seen(check), inWhole(whole),
    `${code(modelSwitch(id))}<br>${property ?? 'no property'}<br>${bound ?? 'model to come'}`, ''].join(' | ').trim();
}

const droppedFrom = (name: string): string => Object.entries(rules).filter(([, { base }]) => base === name).map(([id]) => id).join(', ') || '–';

/** The page. @throws Error for a row without its mutant */
export function rulesPage(mutants: readonly WithoutRule[], whole: readonly WholeWithout[] = []): string {
  const wrong = new Map(mutants.map((mutant) => [mutant.id, mutant.wrong]));
  return [
    '---', 'title: Rules', '---', '', '# Rules', '',
    'Every decision of the design that can be got wrong is one row. For each, the reference without the rule is a mutant, and the check that finds it out is named with',
    'the answer by which it does. A rule is dropped from the composition in which that shows. The switch is its name in the models.', '',
    '## Compositions', '',
    'The reference can be composed as each of these (`cutcheck run --composition NAME`). From the whole, many rules can be dropped and nothing shows, since the append rule',
    'stands in for them; so a rule is dropped from the smallest composition in which it bears weight.', '',
    '| composition | what it is | rules that are dropped from it |', '|---|---|---|',
    ...Object.entries(COMPOSITIONS).map(([name, about]) => `| ${code(name)} | ${about} | ${droppedFrom(name)} |`), '',
    '## Rules', '',
    'Dropped from the whole, a rule `fails` when an invariant of outcomes breaks (I1 to I4, I6, I7, I10, I13); otherwise the rest masks it, whether a check of its own sees it or not.', '',
    '| rule | without it the reference | seam | dropped from | seen by | dropped from the whole | in the models |', '|---|---|---|---|---|---|---|',
    ...(Object.keys(rules) as RuleId[]).map((id) => {
      const without = wrong.get(`without-${id}`);
      if (without === undefined) throw new Error(`the rule ${id} has no mutant`);
      return row(id, rules[id], without, whole.find((one) => one.without === id));
    }), '',
  ].join('\n');
}
