/**
 * Pages of the site that are made for it: the chapters in their order, and "Clauses", the traceability table.
 *
 * TypeDoc orders documents by the `children` in front matter. That stands in these pages, so that the sources stay
 * plain Markdown for every other reader.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Clause } from '../spec/registry.js';
import type { Trace } from './traceability.js';

const CHAPTERS: Readonly<Record<Chapter, string>> = {
  'base': 'Wire formats, keys, the sidecar, the snapshot header: what stands before the cutover, and what both sides of it share.',
  '6E-1': 'The first milestone: the call of the operator, and what applying the cutover entry records.',
  '6E-2': 'The second milestone, the flip: wrap, unwrap, and the barrier between them.',
  '6E-3': 'The third milestone: the guards that refuse a start.',
  'repair': 'What a safe cutover demands beyond the proposal, rule by rule.',
};
type Chapter = 'base' | '6E-1' | '6E-2' | '6E-3' | 'repair';
export const chapters = Object.keys(CHAPTERS) as Chapter[];

/** The guides in reading order; a guide that is not named comes behind. The pages of a chapter are in the order of spec/README.md. */
const GUIDES = ['docs/index.md', 'docs/adapter-guide.md', 'docs/replica.md', 'docs/leader.md', 'docs/protocol.md', 'docs/verdicts.md', 'docs/scenarios.md', 'docs/vectors.md'];

/** The first heading of a Markdown file. */
export const titleOf = (markdown: string, otherwise: string): string => /^# (.+)$/m.exec(markdown)?.[1] ?? otherwise;

interface Child { readonly title: string; readonly path: string }

const page = (title: string, text: string, children: readonly Child[]): string => [
  '---', `title: ${JSON.stringify(title)}`,
  ...children.length === 0 ? [] : ['children:', ...children.map((child) => `  ${JSON.stringify(child.title)}: ${JSON.stringify(child.path)}`)],
  '---', '', `# ${title}`, '', text, '', ...children.map((child) => `- [${child.title}](${child.path})`), '',
].join('\n');

/**
 * The pages by file name.
 *
 * @param root of the repository
 * @param target directory that the pages will stand in
 */
export function sitePages(root: string, target: string, traces: readonly Trace[]): ReadonlyMap<string, string> {
  const child = (path: string, title?: string): Child =>
    ({ title: title ?? titleOf(readFileSync(join(root, path), 'utf8'), path), path: relative(target, join(root, path)) });
  /** The Markdown files of a folder, those that `first` names in its order before the others. */
  const markdownIn = (folder: string, first: readonly string[]): string[] => {
    const place = (name: string): number => first.includes(name) ? first.indexOf(name) : first.length;
    return readdirSync(join(root, folder)).filter((name) => name.endsWith('.md')).sort().map((name) => `${folder}/${name}`).sort((a, b) => place(a) - place(b));
  };
  const inSpec = [...readFileSync(join(root, 'spec/README.md'), 'utf8').matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, path]) => `spec/${path}`);
  return new Map([
    ['guides.md', page('Guides', 'How to use cutcheck, and how to work on it.', [
      ...markdownIn('docs', GUIDES).map((path) => child(path)), child('CONTRIBUTING.md'), child('tla/README.md', 'Models'),
    ])],
    ['spec.md', page('The spec', 'Every normative sentence has an id; the pages stand opposite to the code that implements them.', [
      child('spec/README.md', 'How to read the spec'),
      ...chapters.map((chapter) => ({ title: `Chapter ${chapter}`, path: `${chapter}.md` })),
      { title: 'Findings', path: 'findings.md' },
    ])],
    ...chapters.map((chapter) => [
      `${chapter}.md`, page(`Chapter ${chapter}`, CHAPTERS[chapter], markdownIn(`spec/${chapter}`, inSpec).map((path) => child(path))),
    ] as const),
    ['findings.md', page('Findings', 'The holes of the design as proposed: the steps that lead into each, where it was seen, and what repairs it.', markdownIn('spec/findings', inSpec).map((path) => child(path)))],
    ['clauses.md', clausesPage(traces)],
  ]);
}

const facts = ({ keyword, level, implemented }: Clause): string => `${keyword} ${level ?? 'no level'}${implemented ? '' : ', *to come*'}`;
const list = (items: readonly string[], none: string): string => items.length === 0 ? none : items.join('<br>');

const attribute = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('|', '&#124;');

/** One line of the table. The slug of a check of vectors is that of its clause, so that format and group say which it is; one of scenarios is named whole. */
const row = ({ clause, operations, checks, unjudged, mutants }: Trace): string => [
  '', `\`${clause.id}\``, facts(clause),
  list(operations.map(({ file, symbol }) => `{@link "${file.replace(/\.ts$/, '')}".${symbol} | ${symbol}}`), clause.implemented ? '–' : 'implementation to come'),
  list([
    ...checks.map(({ id, kind, cases }) => kind === 'scenario' ? id : kind === 'invariant' ? `${id} (${cases})` : `${id.slice(0, id.lastIndexOf('/'))} (${cases})`),
    ...unjudged.map((id) => `*${id}, not judged yet*`),
  ], '–'),
  list(mutants.map(({ id, wrong }) => `<abbr title="${attribute(wrong)}">${id}</abbr>`), '–'), '',
].join(' | ').trim();

/** What no check exercises, level by level, and why. */
function notExercised(traces: readonly Trace[]): string[] {
  const without = traces.filter(({ checks }) => checks.length === 0);
  const named = (which: (trace: Trace) => boolean): string => without.filter(which).map(({ clause: { id } }) => `\`${id}\``).join(', ') || 'none';
  return [
    '## What no check exercises', '',
    `- Implementation and checks are to come: ${named(({ clause }) => !clause.implemented)}.`,
    `- No check can, since the clause is about what no outcome shows: ${named(({ clause }) => clause.implemented && clause.level === null)}.`,
    `- Implemented, and not exercised: ${named(({ clause }) => clause.implemented && clause.level !== null)}.`, '',
  ];
}

/** The traceability table, chapter by chapter. */
function clausesPage(traces: readonly Trace[]): string {
  const of = (chapter: Chapter): Trace[] => traces.filter(({ clause }) => clause.id.startsWith(`${chapter}/`));
  const count = (all: readonly Trace[], which: (trace: Trace) => boolean): number => all.filter(which).length;
  return [
    '---', 'title: Clauses', '---', '', '# Clauses', '',
    'For every clause: where the reference implements it, which checks exercise it, which mutants break it and are caught. A check of vectors is named by format and',
    'group, with the number of its cases, an invariant with the number of scenarios in which it is watched. What is still to come says so.', '',
    '| chapter | clauses | with an operation | with a check | with a mutant | to come |', '|---|---|---|---|---|---|',
    ...chapters.map((chapter) => {
      const all = of(chapter);
      return `| ${chapter} | ${all.length} | ${count(all, (t) => t.operations.length > 0)} | ${count(all, (t) => t.checks.length > 0)} | `
        + `${count(all, (t) => t.mutants.length > 0)} | ${count(all, (t) => !t.clause.implemented)} |`;
    }), '',
    ...notExercised(traces),
    ...chapters.flatMap((chapter) => [
      `## Chapter ${chapter}`, '', '| clause | | operations | checks | mutants |', '|---|---|---|---|---|', ...of(chapter).map(row), '',
    ]),
  ].join('\n');
}
