/**
 * The documents: links lead somewhere, commands and clause ids exist, the pages of the spec parse, and the traceability
 * finds what it has to find.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { packageRoot } from '../conformance/package-root.js';
import { loadSuite } from '../conformance/scenarios/library.js';
import { clauses } from '../spec/clauses.js';
import { parsePage, registry } from '../spec/registry.js';
import { tagsOfFile, traceability } from '../scripts/traceability.js';
import { titleOf } from '../scripts/docs-pages.js';
import { anchorOf } from '../scripts/anchors.js';

const root = packageRoot();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
/** The Markdown files of the repository. */
const documents = ['.', 'spec', 'src', 'conformance', 'docs', 'tla'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' }).filter((name) => name.endsWith('.md')).sort().map((name) => normalize(join(folder, name))));
const pages = documents.filter((name) => /^spec\/[^/]+\/[^/]+\.md$/.test(name));

/** A document without its fenced blocks. */
const prose = (markdown: string): string => markdown.replace(/^(```|~~~).*?^\1/gms, '');
/** The anchors of the headings, as code hosts and the site make them. */
const anchors = (markdown: string): string[] => [...prose(markdown).matchAll(/^#{1,6} (.+)$/gm)]
  .map(([, heading = '']) => heading.replace(/`/g, '').trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-'));
/** The relative links with their anchors. */
const links = (markdown: string): string[] => [...prose(markdown).replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
  .map(([, target = '']) => target).filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));

test('every relative link leads to a file, and its anchor to a heading', (t) => {
  t.true(documents.length > 25);
  t.deepEqual(documents.flatMap((document) => links(read(document)).flatMap((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document : normalize(join(dirname(document), path));
    // The site has no page for a folder, so a folder is no place to lead to.
    if (!existsSync(join(root, file)) || !statSync(join(root, file)).isFile()) return [`${document}: ${target} leads to no file`];
    return anchor === undefined || anchors(read(file)).includes(anchor) ? [] : [`${document}: ${target} leads to no heading`];
  })), []);
});

test('every page of the spec parses, has a title, and holds its clauses in the form of the registry', (t) => {
  t.is(registry(pages.map((page) => [page.slice('spec/'.length), read(page)] as const)).size, Object.keys(clauses).length);
  const listed = links(read('spec/README.md')).map((path) => `spec/${path}`);
  for (const page of pages) {
    t.true(listed.includes(page), `spec/README.md does not list ${page}`);
    t.not(titleOf(read(page), ''), '', page);
    for (const { id, text, keyword } of parsePage(page.slice('spec/'.length), read(page))) {
      t.true(anchors(read(page)).includes(anchorOf(id)), `${page}: ${id}`);
      t.regex(text, /[.:]$/, `${id} does not end as a sentence does`);
      t.regex(text, keyword === 'MUST' ? /\bMUST\b/ : /\bSHOULD\b/, `${id} does not say what binds`);
    }
  }
});

test('every clause id in code font exists', (t) => {
  t.deepEqual(documents.flatMap((document) => [...prose(read(document)).matchAll(/`((?:base|6E-1|6E-2|6E-3|repair)\/[a-z0-9-]+)`/g)]
    .flatMap(([, id = '']) => Object.hasOwn(clauses, id) ? [] : [`${document} names ${id}`])), []);
});

test('every check id in code font exists', (t) => {
  const { checks, scenarioChecks, invariantChecks } = loadSuite();
  const known = new Set([...checks, ...scenarioChecks, ...invariantChecks].map(({ id }) => id));
  const folders = new Set([...known].map((id) => id.slice(0, id.indexOf('/'))));
  const named = documents.flatMap((document) => [...prose(read(document)).matchAll(/`(?:cutcheck show )?([a-z0-9-]+)\/([a-z0-9-]+)\/([a-z0-9-]+)`/g)]
    .map(([, folder = '', ...rest]) => ({ document, folder, id: [folder, ...rest].join('/') })).filter(({ folder }) => folders.has(folder)));
  t.true(named.length > 0);
  t.deepEqual(named.filter(({ id }) => !known.has(id)), []);
});

const LENSES = ['Data loss', 'Concurrency', 'Performance', 'Consistency', 'Coverage'];

test('a review looks at its milestone through five lenses, and every lens names checks that exist', (t) => {
  const { checks, scenarioChecks, invariantChecks } = loadSuite();
  const known = new Set([...checks, ...scenarioChecks, ...invariantChecks].map(({ id }) => id));
  for (const milestone of ['6E-1', '6E-2']) {
    const lenses = read(`spec/${milestone}/review.md`).split(/^## /m).slice(1);
    t.deepEqual(lenses.map((lens) => lens.slice(0, lens.indexOf('\n'))), LENSES, milestone);
    for (const lens of lenses) {
      const named = [...lens.matchAll(/`([a-z0-9-]+(?:\/[a-z0-9-]+)+)`/g)].map(([, id = '']) => id).filter((id) => !Object.hasOwn(clauses, id));
      t.true(named.length > 0, `${milestone}: ${lens}`);
      t.deepEqual(named.filter((id) => !known.has(id)), [], milestone);
    }
  }
});

test('a finding says what the proposal says, shows the steps, where it was seen, what repairs it, and what belongs to it', (t) => {
  const findings = pages.filter((page) => page.startsWith('spec/findings/'));
  t.true(findings.length >= 11);
  for (const page of findings) {
    const text = read(page);
    t.deepEqual([...prose(text).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading), ['What the proposal says', 'Step by step', 'Seen for real', 'What repairs it', 'What belongs to it'], page);
    t.regex(text, /^```mermaid\nsequenceDiagram\n/m, page);
    t.regex(text, /^1\. .+ \*\(step/m, page);
  }
});

test('the runs that the README shows end as it says', (t) => {
  const main = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
  const home = mkdtempSync(join(tmpdir(), 'cutcheck-readme-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  const shown = [...read('README.md').matchAll(/^\$ (?:npm start|npx cutcheck (run .*))\n((?:.+\n)+?)reports: /gm)];
  t.is(shown.length, 2);
  for (const [, args = 'run', lines = ''] of shown) {
    const printed = execFileSync(process.execPath, [main, ...args.split(' ')], { encoding: 'utf8', cwd: home });
    t.is(printed.slice(0, printed.indexOf('reports: ')), lines);
  }
});

test('the scenarios that the guide shows are read, and the reference holds them', (t) => {
  const main = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
  const home = mkdtempSync(join(tmpdir(), 'cutcheck-shown-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  const shown = [...read('docs/scenarios.md').matchAll(/^```json\n(.+?)^```/gms)].map(([, text = '']) => text);
  const checks = shown.map((text) => {
    const { id, steps } = JSON.parse(text) as { id: string; steps: { checks?: unknown[] }[] };
    mkdirSync(join(home, 'own', dirname(id)), { recursive: true });
    writeFileSync(join(home, 'own', `${id}.json`), text);
    return steps.reduce((sum, step) => sum + (step.checks?.length ?? 0), 0);
  });
  t.deepEqual(checks, [1, 4]);
  const printed = execFileSync(process.execPath, [main, 'run', '--scenarios', join(home, 'own'), '--run', 'extra/mine/**', '--out', join(home, 'out')], { encoding: 'utf8', cwd: home });
  t.regex(printed, /checks: 5 passed, \d+ deselected/);
});

test('the guides name only commands that exist', (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const main = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
  const help = execFileSync(process.execPath, [main, '--help'], { encoding: 'utf8' });
  const commands = [...help.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name);
  t.true(commands.includes('run'));
  const guides = ['README.md', 'CONTRIBUTING.md', ...documents.filter((name) => name.startsWith('docs/'))];
  t.deepEqual(guides.flatMap((document) => [
    ...[...read(document).matchAll(/\bnpm (?:run (?:--silent )?([a-z:]+)|(start|test)\b)/g)]
      .flatMap(([, name = '', direct = name]) => Object.hasOwn(scripts, direct) ? [] : [`${document}: npm ${direct}`]),
    ...[...read(document).matchAll(/`(?:npx )?cutcheck ([a-z]+)/g)].flatMap(([, name = '']) => commands.includes(name) ? [] : [`${document}: cutcheck ${name}`]),
  ]), []);
});

test('nothing in the documents points outside of the repository', (t) => {
  t.deepEqual(documents.filter((document) => /\/(work|tmp|home|root)\//.test(read(document))), []);
});

test('the scanner finds exported functions, constants, classes and tagged methods, with all their clauses', (t) => {
  const tags = tagsOfFile('src/x.ts', `
/** @clause base/a base/b @throws Refusal always */
export const one = () => 1;
/** Two.
 * @clause base/c
 * @example two()
 */
export function two(): void {}
export const bare = 2;
const hidden = 3;
export interface NotAnOperation { a: number }
/** @clause base/d */
export class Three {
  /** @clause base/e */
  method(): void {}
  /** @clause base/f */
  private own(): void {}
  plain(): void {}
}`);
  t.deepEqual(tags.map(({ symbol, clauses: ids, line }) => [symbol, ids, line]), [
    ['one', ['base/a', 'base/b'], 3], ['two', ['base/c'], 8], ['bare', [], 9], ['Three', ['base/d'], 13], ['Three.method', ['base/e'], 15],
  ]);
});

test('a clause is joined with what names it', (t) => {
  const all = Object.values(clauses);
  const [trace] = traceability(all.filter(({ id }) => id === 'base/raft-aad'), {
    tags: [{ file: 'src/a.ts', symbol: 'a', clauses: ['base/raft-aad'], line: 1 }, { file: 'src/b.ts', symbol: 'b', clauses: [], line: 1 }],
    checks: [{ id: 'raft-envelope/aad/raft-aad', kind: 'vectors', clause: 'base/raft-aad', cases: 3 }],
    unjudged: [{ id: 'x/y', clauses: ['base/raft-aad'] }, { id: 'x/z', clauses: [] }],
    mutants: [{ id: 'm', clause: 'base/raft-wrap', wrong: 'w' }],
  });
  t.deepEqual([trace?.operations.map(({ symbol }) => symbol), trace?.checks.map(({ id }) => id), trace?.unjudged, trace?.mutants],
    [['a'], ['raft-envelope/aad/raft-aad'], ['x/y'], []]);
});
