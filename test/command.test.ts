/**
 * Reports and the command: what is made from the events of a run, and `cutcheck run` with its exit codes and signals.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import pc from 'picocolors';
import { progressBar } from '../conformance/cli/progress.js';
import { consoleOf } from '../conformance/report/console.js';
import { events as eventSchema, type RunEvent } from '../conformance/report/events.js';
import { junitOf } from '../conformance/report/junit.js';
import { exitCodeOf, reportOf } from '../conformance/report/report-json.js';
import { report as reportSchema, type Report } from '../conformance/report/schema.js';
import { tally } from '../conformance/report/tally.js';
import { shellQuote } from '../conformance/report/text.js';
import { requiredClauses } from '../conformance/runner/plan.js';
import { ADAPTER, adapterFile, alive, declares, home, marker, misfit } from './toy-adapter.js';

// ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A run as it could have been, told by its events. */
function told(verdicts: readonly [check: string, id: string, verdict: 'passed' | 'failed' | 'unsupported', kind?: 'answer' | 'exited'][], more: Partial<{
  deselected: string[]; optional: string[]; undeclared: string[]; stopped: 'fail-fast'; problem: string; command: string[] | null; clause: string;
}> = {}): RunEvent[] {
  const checks = [...new Set([...verdicts.map(([check]) => check), ...more.deselected ?? [], ...more.undeclared ?? []])].map((id) => ({
    id, clause: more.clause ?? 'base/proposal-decode', format: id.split('/')[0] ?? '', group: 'g', class: 'codec' as const, cases: 2,
    required: more.optional?.includes(id) !== true && more.undeclared?.includes(id) !== true,
    run: more.deselected?.includes(id) === true ? 'deselected' as const : more.undeclared?.includes(id) === true ? 'unsupported' as const : 'sent' as const,
  }));
  return [
    {
      type: 'run', schema: 1, suite: '1.2.3', digest: 'sha256:d', profile: 'repaired', seed: 'ab', slow: 1, at: '2026-01-01T00:00:00.000Z', command: ['./my node'],
      again: { options: [], command: more.command === undefined ? ['./my node', "it's"] : more.command }, selection: { run: ['a/**'], skip: [], fail_fast: false },
    },
    { type: 'hello', declared: declares({ implementation: { name: 'toy', version: '9' } }) },
    { type: 'plan', level: 'L0', checks, required_clauses: ['base/proposal-decode', 'base/read-context'], unjudged: [{ id: 'toy/later', class: 'file', clauses: [], cases: 4, why: 'to come' }], not_ours: 2, notes: ['a note'] },
    ...verdicts.map(([check, id, verdict, kind]): RunEvent => ({
      type: 'verdict', check, case: id, verdict, ...(verdict !== 'passed' && { failure: { kind: kind ?? (verdict === 'unsupported' ? 'unsupported' : 'answer'), expected: 'valid', got: '<invalid> & "more"' } }),
    })),
    { type: 'end', ms: 1234, problem: more.problem ?? null, stopped: more.stopped ?? null },
  ];
}

test('the headline names the level that was judged, not the one that is claimed, and the formats', (t) => {
  const headline = (level: 'L0' | 'L3', more: Parameters<typeof told>[1] = {}): string => reportOf(tally(told([['a/g/c', '1', 'passed']], more)
    .map((event) => event.type === 'hello' ? { ...event, declared: { ...event.declared, level } } : event))).headline;
  t.is(headline('L0'), 'conformant: toy 9, level L0, profile repaired, its one format');
  t.is(headline('L3', { undeclared: ['b/g/c'] }), 'conformant: toy 9, level L0 (it claims L3, which this version does not judge), profile repaired, 1 of 2 formats: a');
});

test('verdict, summary and exit code follow from the events', (t) => {
  const table: [string, RunEvent[], Partial<Report>, number][] = [
    ['all passed', told([['a/g/c', '1', 'passed'], ['a/g/c', '2', 'passed']]),
      { verdict: 'conformant', partial: null, summary: { total: 1, passed: 1, failed: 0, unsupported: 0, deselected: 0 }, clauses: { exercised: 1, required: 2, missing: ['base/read-context'] },
        vectors: { cases: 2, passed: 2, failed: 0, not_judged: 4, not_ours: 2 } }, 0],
    ['one case of two failed', told([['a/g/c', '1', 'passed'], ['a/g/c', '2', 'failed']]), { verdict: 'nonconformant', summary: { total: 1, passed: 0, failed: 1, unsupported: 0, deselected: 0 } }, 1],
    ['failed and unsupported are disjoint', told([['a/g/c', '1', 'unsupported'], ['a/g/c', '2', 'failed'], ['a/g/d', '1', 'unsupported'], ['a/g/d', '2', 'passed']]),
      { verdict: 'nonconformant', summary: { total: 2, passed: 0, failed: 1, unsupported: 1, deselected: 0 } }, 1],
    ['unsupported alone does not conform', told([['a/g/c', '1', 'unsupported'], ['a/g/d', '1', 'passed']]), { verdict: 'nonconformant' }, 1],
    ['a later verdict on a case replaces the first', told([['a/g/c', '1', 'passed'], ['a/g/c', '1', 'failed']]), { verdict: 'nonconformant' }, 1],
    ['a crash exercises no clause', told([['a/g/c', '1', 'failed', 'exited']]), { clauses: { exercised: 0, required: 2, missing: ['base/proposal-decode', 'base/read-context'] } }, 1],
    ['what is not required changes nothing', told([['a/g/c', '1', 'passed'], ['b/g/c', '1', 'failed'], ['c/g/c', '1', 'passed']], { optional: ['b/g/c', 'c/g/c'], undeclared: ['d/g/c'] }),
      { verdict: 'conformant', notRequired: { held: 1, exposed: 1, unsupported: 1, not_tried: 0 } }, 0],
    ['only what is not required ran', told([['b/g/c', '1', 'passed']], { optional: ['b/g/c'] }), { verdict: 'nothing-ran' }, 5],
    ['nothing ran', told([], { deselected: ['a/g/c'] }), { verdict: 'nothing-ran' }, 5],
    ['in part', told([['a/g/c', '1', 'passed']], { deselected: ['b/g/c'] }), { verdict: 'conformant', summary: { total: 2, passed: 1, failed: 0, unsupported: 0, deselected: 1 } }, 0],
    ['driven half-way', told([['a/g/c', '1', 'failed']], { problem: 'it went away.' }), { verdict: 'not-driven', problem: 'it went away.' }, 4],
  ];
  for (const [name, events, expected, code] of table) {
    const report = reportOf(tally(events));
    t.like(report, expected, name);
    t.is(exitCodeOf(report.verdict), code, name);
    t.deepEqual(reportSchema.parse(report), report, name);
    for (const event of events) t.true(eventSchema.safeParse(event).success, name);
  }
});

test('the three renderings tell the same', (t) => {
  const tallied = tally(told([['a/g/c', 'g/1', 'failed'], ['a/g/c', 'g/2', 'failed'], ['b/g/c', 'g/3', 'passed'], ['c/g/c', 'g/4', 'failed']], { optional: ['c/g/c'], deselected: ['d/g/c'] }));
  const report = reportOf(tallied);
  t.is(report.failures[0]?.again, "cutcheck run --run a/g/c -- './my node' 'it'\\''s'");
  t.is(report.headline, "nonconformant: toy 9, level L0, profile repaired, 3 of 4 formats: a, b, d, in part: 2 of 3 required checks were run (--run 'a/**')");

  t.is(consoleOf(tallied, report, 'out', pc.createColors(false)), `FAIL a/g/c   base/proposal-decode
     g/1
       expected valid
       got      <invalid> & "more"
     g/2
       expected valid
       got      <invalid> & "more"
     again: cutcheck run --run a/g/c -- './my node' 'it'\\''s'

L0 · 3 checks: 1 passed, 1 failed, 1 deselected · clauses 1/2 exercised · vectors 1/3 · not judged yet: 4 cases in 1 group
proposal 1/2 · repair 0/0 (none at this level) · holes exposed: none looked for at this level
not required: 0 held, 1 exposed, 0 unsupported (what it does not declare)
formats not declared: c
note: a note
nonconformant: toy 9, level L0, profile repaired, 3 of 4 formats: a, b, d, in part: 2 of 3 required checks were run (--run 'a/**')
reports: out/report.json, junit.xml, events.ndjson · seed ab · 1.2 s
`);
  t.true(consoleOf(tallied, report, null, pc.createColors(true)).includes('\u001b[31mFAIL\u001b[39m'));

  const xml = junitOf(tallied);
  t.is(xml.match(/<testcase /g)?.length, 4);
  t.is(xml.match(/<failure /g)?.length, 1);
  t.is(xml.match(/<skipped\/>/g)?.length, 2);
  t.true(xml.includes('&lt;invalid&gt; &amp; &quot;more&quot;') || xml.includes('&lt;invalid> &amp; &quot;more&quot;'));
});

test('a run of the bundled reference is told as it was asked for', (t) => {
  const report = reportOf(tally(told([['a/g/c', '1', 'failed']], { command: null })));
  t.is(report.failures[0]?.again, 'cutcheck run --run a/g/c');
  for (const [word, quoted] of [['a-b/c.d', 'a-b/c.d'], ['', "''"], ['a b', "'a b'"], ['$x', "'$x'"], ["'", "''\\'''"]] as const) t.is(shellQuote(word), quoted);
});

test('an exposed hole is named by its repair', (t) => {
  const clause = requiredClauses('repaired', 'L3').find((id) => id.startsWith('repair/'));
  t.truthy(clause);
  const report = reportOf(tally(told([['a/g/c', '1', 'passed'], ['b/g/c', '1', 'failed']], { optional: ['b/g/c'], clause: clause ?? '' })));
  t.is(report.verdict, 'conformant');
  t.deepEqual(report.chapters, { proposal: { passed: 0, run: 0 }, repair: { passed: 1, run: 2 } });
});

test('progress shows on a terminal only, and only when it takes long', async (t) => {
  const shown = async (isTTY: boolean, ms: number): Promise<string> => {
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
    const progress = progressBar(stream as unknown as NodeJS.WriteStream);
    const [plan] = told([['a/g/c', '1', 'passed']]).filter(({ type }) => type === 'plan');
    if (plan !== undefined) progress.onEvent(plan);
    await after(ms);
    progress.onEvent({ type: 'request', process: 1, id: 1, op: 'vec', args: {}, case: 'g/1' });
    progress.stop();
    return String(stream.read() ?? '');
  };
  const [brief, long, piped] = await Promise.all([shown(true, 50), shown(true, 1_200), shown(false, 1_200)]);
  t.deepEqual([brief, piped], ['', '']);
  t.regex(long, /\/2 cases/);
});

// ── The command ─────────────────────────────────────────────────────────────────────────────────────────────────

const main = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));

interface Ran { readonly code: number | null; readonly stdout: string; readonly stderr: string }

function cutcheck(args: readonly string[], onStart?: (pid: number) => void): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '1' } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  if (child.pid !== undefined) onStart?.(child.pid);
  return new Promise((resolve) => { child.on('close', (code) => resolve({ code, stdout, stderr })); });
}

test.serial('usage and input errors are one sentence and exit code 2', async (t) => {
  t.timeout(120_000);
  const ELSE = ['--', process.execPath, '-e', '0'];
  const table: [string[], RegExp][] = [
    [['run', '--run', 'no/such/**'], /^cutcheck: --run: the pattern "no\/such\/\*\*" matches no check/],
    [['run', '--aead', 'node', ...ELSE], /^cutcheck: --aead belongs to the bundled reference/],
    [['run', '--aead', 'openssl'], /openssl/],
    [['run', '--profile', 'upstream'], /upstream/],
    [['run', '--seed', 'xyz'], /^cutcheck: --seed: hex .* "xyz" came/],
    [['run', '--slow', '0'], /^cutcheck: --slow: a number above 0/],
    [['run', '--vectors', join(home, 'no-such-dir')], /^cutcheck: .*no-such-dir/],
    [['run', '--out', ''], /^cutcheck: --out: a directory was expected, and nothing came/],
    [['run', '--out', join(adapterFile, 'x')], /^cutcheck: --out: a directory/],
    [['run', './my-node'], /^cutcheck: "\.\/my-node" was not expected here; the command of an adapter stands behind "--"/],
    [['run', '--'], /^cutcheck: a command was expected behind "--"/],
    [['run', '--colour'], /unknown option '--colour'/],
    [['judge'], /unknown command 'judge'/],
    [[], /Usage: cutcheck/],
  ];
  for (const [args, sentence] of table) {
    const { code, stdout, stderr } = await cutcheck(args);
    t.is(code, 2, args.join(' '));
    t.regex(stderr, sentence);
    t.is(stdout, '', args.join(' '));
    t.notRegex(stderr, /\n\s+at /, 'no stack');
  }
});

test.serial('help tells the exit codes, and the version is that of the package', async (t) => {
  for (const args of [['--help'], ['run', '--help']]) {
    const { code, stdout } = await cutcheck(args);
    t.is(code, 0);
    t.regex(stdout, /Exit codes:[\s\S]*could not be driven/);
  }
  const { code, stdout } = await cutcheck(['--version']);
  t.deepEqual([code, /^\d+\.\d+\.\d+/.test(stdout)], [0, true]);
});

test.serial('exit codes of a run', async (t) => {
  t.timeout(120_000);
  const out = join(home, 'cli-out');
  const judgedBy = async (...args: string[]): Promise<Ran> => cutcheck(['run', '--out', out, ...args]);

  const sound = await judgedBy('--run', 'proposal-envelope/**', '--seed', 'AB');
  t.is(sound.code, 0, sound.stderr);
  t.regex(sound.stdout, /^conformant: cutcheck reference .*, level L2, profile repaired, all \d+ formats, in part: /m);
  t.notRegex(sound.stdout, /\u001b/, 'no colour where it is piped');
  t.is(sound.stderr, '', 'and no progress');
  t.regex(sound.stdout, / · seed ab · /);

  const json = await judgedBy('--run', 'proposal-envelope/**', '--json', '--profile', 'proposal', '--aead', 'noble');
  t.is(json.code, 0);
  t.deepEqual(JSON.parse(json.stdout), JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')));
  t.like(JSON.parse(json.stdout), { profile: 'proposal', verdict: 'conformant' });

  // The misfit answers no vector of the suite rightly, so that its declared formats decide.
  const liar = join(home, 'liar.cjs');
  writeFileSync(liar, ADAPTER.replace("toy: ['codec']", "'proposal-envelope': ['codec']"));
  const wrong = await judgedBy('--run', 'proposal-envelope/decode/**', '--', process.execPath, liar, 'well');
  t.is(wrong.code, 1);
  t.regex(wrong.stdout, /^FAIL proposal-envelope\/decode\/proposal-decode   base\/proposal-decode$/m);
  t.true(wrong.stdout.includes(`again: cutcheck run --run proposal-envelope/decode/proposal-decode -- ${process.execPath} ${liar} well`));

  if (existsSync('/dev/full')) {
    const full = openSync('/dev/full', 'w');
    const unwritten = spawnSync(process.execPath, [main, 'run', '--out', out, '--run', 'proposal-envelope/**', '--json'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
    closeSync(full);
    t.deepEqual([unwritten.status, unwritten.stderr], [2, 'cutcheck: stdout: a file that can be written to was expected, and it cannot be (ENOSPC)\n']);
  }

  const nothing = await judgedBy('--', ...misfit('bare'));
  t.is(nothing.code, 5);
  const gone = await judgedBy('--', join(home, 'no-such-command'));
  t.is(gone.code, 4);
  t.regex(gone.stderr, /^cutcheck: the command ".*no-such-command" could not be started: there is no such command \(ENOENT\)\.\n$/);
  t.regex(gone.stdout, /^not-driven: /);
});

for (const [signal, expected] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  test.serial(`${signal} to the runner ends every process of the adapter, and leaves no result`, async (t) => {
    t.timeout(60_000);
    const out = join(home, `out-${signal}`);
    const mark = marker();
    const stubborn = join(home, `stubborn-${signal}.cjs`);
    writeFileSync(stubborn, `${ADAPTER.replace("toy: ['codec']", "'proposal-envelope': ['codec']").replace("mode === 'stubborn'", 'true')}`);
    let pid = 0;
    const ran = cutcheck(['run', '--out', out, '--', process.execPath, stubborn, 'dead', mark], (id) => { pid = id; });
    for (let tries = 0; tries < 200 && !(existsSync(join(out, 'events.ndjson')) && readFileSync(join(out, 'events.ndjson'), 'utf8').includes('"op":"vec"')); tries += 1) await after(50);
    t.true(alive(mark).length > 0);
    process.kill(pid, signal);
    const { code, stdout, stderr } = await ran;
    t.is(code, expected, stderr);
    t.is(stdout, '');
    t.is(stderr, `cutcheck: ended by ${signal}; no report was written.\n`);
    t.deepEqual(alive(mark), []);
    t.false(existsSync(join(out, 'report.json')) || existsSync(join(out, 'junit.xml')));
  });
}
