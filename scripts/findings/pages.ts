/**
 * The generated parts of the pages below spec/findings/: the steps of a hole, its diagram, and what belongs to it. The prose of a page
 * is its own; a generated part stands between two comments, of which the first says what it is made from:
 *
 *     <!-- steps of holes/h2 as proposal -->     numbered steps, what is broken, and where the repaired reference parts from them
 *     <!-- diagram of holes/h2 as proposal -->   the same as a sequence diagram
 *     <!-- what belongs to H2 -->                 rules, mutants, scenarios and clauses, from the tables
 *     <!-- end -->
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from '../../conformance/mutants/mutant.js';
import { checksOf } from '../../conformance/scenarios/lint.js';
import type { Suite } from '../../conformance/scenarios/library.js';
import { INVARIANTS, type Scenario } from '../../conformance/scenarios/schema.js';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { COMPOSITIONS, rules, type Composition, type RuleId, type RuleRow } from '../../spec/rules.js';
import { anchorOf } from '../anchors.js';
import { beatsOf, cameTo, listed, setUp, type Beat } from './beats.js';
import { runsOf, type Run } from './play.js';

const MARK = /^<!-- (steps|diagram) of ([a-z0-9-]+\/[a-z0-9-]+) as ([a-z0-9-]+) -->$|^<!-- what belongs to ([HN]\d+) -->$/;
const END = '<!-- end -->';

/** What the pages are made from. */
export interface Sources {
  readonly scenarios: Suite['scenarios'];
  readonly mutants: readonly Pick<Mutant, 'id' | 'wrong' | 'base' | 'claims'>[];
}

/** The runs that pages ask for, by composition and scenario. */
type Runs = ReadonlyMap<Composition, ReadonlyMap<string, Run>>;

export const FINDINGS = 'spec/findings';

/** The pages of the repository with their generated parts made anew: path from the root to text. @throws Error for a marker that cannot be followed */
export async function findingPages(root: string, sources: Sources): Promise<ReadonlyMap<string, string>> {
  const pages = readdirSync(join(root, FINDINGS)).filter((name) => name.endsWith('.md')).sort().map((name) => [`${FINDINGS}/${name}`, readFileSync(join(root, FINDINGS, name), 'utf8')] as const);
  const runs = await runsFor(pages.map(([, text]) => text), sources);
  return new Map(pages.map(([path, text]) => [path, madeAnew(path, text, sources, runs)]));
}

async function runsFor(pages: readonly string[], { scenarios }: Sources): Promise<Runs> {
  const wanted = new Map<Composition, Set<string>>();
  const want = (composition: Composition, id: string): void => { wanted.set(composition, (wanted.get(composition) ?? new Set()).add(id)); };
  for (const line of pages.flatMap((text) => text.split('\n'))) {
    const [, , id, composition] = MARK.exec(line) ?? [];
    if (id === undefined || composition === undefined) continue;
    if (!Object.hasOwn(COMPOSITIONS, composition)) throw new Error(`${line}: no composition "${composition}"`);
    want(composition as Composition, id);
    want('repaired', id);
  }
  const known = new Map(scenarios.map((loaded) => [loaded.scenario.id, loaded]));
  const found = (id: string): Suite['scenarios'][number] => {
    const loaded = known.get(id);
    if (loaded === undefined) throw new Error(`a finding shows ${id}, which is no scenario`);
    return loaded;
  };
  return new Map(await Promise.all([...wanted].map(async ([composition, ids]) => [composition, await runsOf(composition, [...ids].map(found))] as const)));
}

/** One page with its generated parts made anew. */
function madeAnew(path: string, text: string, sources: Sources, runs: Runs): string {
  const out: string[] = [];
  let inside: string | null = null;
  for (const line of text.split('\n')) {
    if (inside !== null && line !== END) continue;
    if (inside !== null) inside = null;
    out.push(line);
    const found = MARK.exec(line);
    if (found === null) continue;
    inside = line;
    const [, what, id, composition, hole] = found;
    out.push('', ...hole === undefined ? ofRun(what ?? '', id ?? '', composition as Composition, runs) : belongs(hole, sources), '');
  }
  if (inside !== null) throw new Error(`${path}: "${inside}" has no end`);
  return out.join('\n');
}

function ofRun(what: string, id: string, composition: Composition, runs: Runs): string[] {
  const run = runs.get(composition)?.get(id);
  const repaired = runs.get('repaired')?.get(id);
  if (run === undefined || repaired === undefined) throw new Error(`${id} was not run as ${composition}`);
  return what === 'diagram' ? diagram(run) : steps(run, repaired);
}

// ── Steps ───────────────────────────────────────────────────────────────────────────────────────────────────

/** An item of the list: what belongs together, and the numbers of its steps in the scenario. */
interface Item { readonly from: number; readonly to: number; readonly says: string }

function itemsOf(run: Run): Item[] {
  const bringing = setUp(run);
  const items: (Item & { readonly kind: Beat['kind'] })[] = bringing === 0 ? [] : [{ from: 1, to: bringing, says: `${broughtUp(run, bringing)}.`, kind: 'other' }];
  for (const beat of beatsOf(run).filter(({ from }) => from > bringing)) {
    const last = items.at(-1);
    if (last !== undefined && last.kind === 'carries' && beat.kind === 'carries') items[items.length - 1] = { ...last, to: beat.to, says: `${last.says} ${beat.says}`.trim() };
    else items.push(beat);
  }
  return items.filter(({ says }) => says.trim() !== '');
}

/** The beginning in one sentence. */
function broughtUp({ steps: all }: Run, to: number): string {
  const part = all.filter(({ followed: { number } }) => number <= to);
  const opened = [...new Set(part.flatMap(({ followed: { step } }) => 'op' in step && step.op === 'open' ? [step.on] : []))];
  const leader = part.find(({ followed: { step } }) => 'op' in step && step.op === 'role');
  const keys = part.some(({ followed: { step } }) => 'op' in step && step.op === 'propose');
  const state = part.flatMap(({ moments }) => moments).flatMap(({ states }) => states).at(-1);
  return [
    `${listed(opened)} ${opened.length === 1 ? 'is' : 'are'} up`, ...leader === undefined ? [] : [`${leader.followed.step.on} leads in term ${leader.followed.term ?? 1}`],
    ...keys ? ['the first keys have been brought in'] : [], ...state === undefined || state.applied === '0' ? [] : [`everything up to ${state.applied} is applied`],
  ].join(', ');
}

const stepsOf = ({ from, to }: Item): string => from === to ? `step ${from}` : `steps ${from} to ${to}`;

function steps(run: Run, repaired: Run): string[] {
  const items = itemsOf(run);
  return [
    `As \`${run.composition}\`, ${COMPOSITIONS[run.composition]}:`, '',
    ...items.map((item, at) => `${at + 1}. ${item.says} *(${stepsOf(item)})*`), '',
    ...brokenBy(run, items), '',
    ...partedBy(run, repaired),
  ];
}

/** What the watched invariants and the checks say. */
function brokenBy({ scenario, composition, broken, failed, stopped }: Run, items: readonly Item[]): string[] {
  // The switch that apply does not set shows whenever this composition crosses the cutover.
  const always = composition === 'proposal' && !scenario.hole.includes('H1');
  const told = [...broken].filter(([name]) => !(always && name === 'I8')).map(([name, { step, node, expected, got }]) => {
    const at = items.findIndex(({ from, to }) => step >= from && step <= to);
    return `- ${name}, ${INVARIANTS[name].says}: ${linkTo(INVARIANTS[name].clause)}. At ${at < 0 ? `step ${step} of the scenario` : `${at + 1}.`} on ${node}: expected ${expected}, got ${got}.`;
  });
  const checks = scenario.steps.flatMap((step) => checksOf(step)).filter(({ check }) => failed.includes(check))
    .map(({ check, says, clause }) => `- The check \`${scenario.id}/${check}\` fails (${linkTo(clause)}): ${says}`);
  if (told.length + checks.length === 0) throw new Error(`${scenario.id} shows nothing on ${composition}`);
  return [
    'What is broken by then:', '', ...told, ...checks,
    ...always && broken.has('I8') ? ['', 'So is I8: that is [H1](h1-switch-not-by-apply.md), and shows in whatever `proposal` does across a cutover.'] : [],
    ...stopped === null ? [] : ['', `The scenario cannot be followed any further: ${stopped.got} (step ${stopped.step}).`],
  ];
}

/** Where the repaired reference does something else for the first time. */
function partedBy(run: Run, repaired: Run): string[] {
  if (run.composition === 'repaired') return [];
  const other = new Map(repaired.steps.map((went) => [`${went.followed.number} ${went.followed.step.on}`, went]));
  const parts = run.steps.flatMap((went) => {
    const theirs = other.get(`${went.followed.number} ${went.followed.step.on}`);
    return theirs === undefined || cameTo(went) === cameTo(theirs) ? [] : [{ number: went.followed.number, says: cameTo(theirs) }];
  });
  const [first] = parts;
  if (first === undefined) return ['The repaired reference takes the same steps.'];
  const ends = repaired.broken.size === 0 ? 'Nothing is broken to the end.' : `And yet ${listed([...repaired.broken.keys()])} is broken there.`;
  return [`\`repaired\` parts from this at step ${first.number} of the scenario. ${first.says === '' ? 'That step has nothing left to do.' : first.says} ${ends}`];
}

// ── Diagram ─────────────────────────────────────────────────────────────────────────────────────────────────

function diagram(run: Run): string[] {
  const bringing = setUp(run);
  const beats = beatsOf(run).filter(({ from }) => from > bringing);
  const lines = [...bringing === 0 ? [] : [`Note over ${ends(run)}: ${broughtUp(run, bringing).replaceAll(', ', ',<br/>')}`], ...beats.flatMap(({ draws }) => draws)];
  const named = (who: string): boolean => lines.some((line) => new RegExp(`(^|[ >-])${who}(--?>>|--x|:)`).test(line) || line.includes(`x${who}:`));
  return [
    '```mermaid', 'sequenceDiagram',
    ...['client', 'timer', 'operator'].filter(named).map((who) => `  actor ${who}`), ...nodesOf(run).map((node) => `  participant ${node}`),
    ...lines.map((line) => `  ${line.replaceAll(';', ',')}`), '```',
  ];
}

const nodesOf = ({ steps: all }: Run): string[] => [...new Set(all.map(({ followed: { step } }) => step.on))].sort();
const ends = (run: Run): string => {
  const nodes = nodesOf(run);
  return nodes.length === 1 ? nodes[0] ?? '' : `${nodes[0] ?? ''},${nodes.at(-1) ?? ''}`;
};

// ── What belongs to a hole ──────────────────────────────────────────────────────────────────────────────────

const linkTo = (id: ClauseId): string => `[\`${id}\`](../${clauses[id].page}#${anchorOf(id)})`;

function belongs(hole: string, { scenarios, mutants }: Sources): string[] {
  const rows = (Object.entries(rules) as [RuleId, RuleRow][]).filter(([, { holes }]) => holes.includes(hole));
  const all = scenarios.map(({ scenario }) => scenario).filter((scenario) => scenario.hole.some((name) => name.replace(/[a-z]$/, '') === hole)).sort(byHoleFirst);
  // Where a hole of leaders shows on one replica already, it does so nearly everywhere.
  const shown = all.some(({ level }) => level === 'L2') ? all.filter(({ id, level }) => level === 'L2' || id.startsWith('holes/')) : all;
  const ids = new Set(shown.filter(({ id }) => id.startsWith('holes/')).map(({ id }) => id));
  const others = mutants.filter(({ id, claims }) => !id.startsWith('without-') && claims.some(({ check }) => ids.has(check.slice(0, check.lastIndexOf('/')))));
  const named = [...new Set(rows.map(([, { clause }]) => clause))];
  const wrong = new Map(mutants.map((mutant) => [mutant.id, mutant.wrong]));
  return [
    `**Clauses**: ${named.map(linkTo).join(', ') || 'none'}`, '',
    '| rule of the table | its mutant, and what is wrong with it | from | seen by |', '|---|---|---|---|',
    ...rows.map(([id, { base, check }]) => `| ${id} | \`without-${id}\` ${wrong.get(`without-${id}`) ?? ''} | \`${base}\` | \`${check.id}\` |`), '',
    ...shown.length === 0 ? [] : ['**Scenarios**:', '', ...shown.map(({ id, title, steps: taken }) =>
      `- [${id}](../../conformance/scenarios/${id}.json): ${title}. ${checkCount(taken)}. \`cutcheck show ${id}\` prints it.`), ''],
    ...shown.length === all.length ? [] : [`It also shows in ${all.length - shown.length} scenarios of one replica.`, ''],
    ...others.length === 0 ? [] : [`**Other mutants** that die of the first: ${others.map(({ id }) => `\`${id}\``).join(', ')}`, ''],
  ].slice(0, -1);
}

const byHoleFirst = (left: Scenario, right: Scenario): number => Number(right.id.startsWith('holes/')) - Number(left.id.startsWith('holes/')) || (left.id < right.id ? -1 : 1);
const checkCount = (steps: Scenario['steps']): string => {
  const count = steps.flatMap((step) => checksOf(step)).length;
  return count === 1 ? '1 check' : `${count} checks`;
};
