/**
 * The runner and real processes that misbehave: what they cost, how long it takes, and that nothing of them stays.
 */
import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { InputError } from '../conformance/errors.js';
import { events as eventSchema } from '../conformance/report/events.js';
import { junitOf } from '../conformance/report/junit.js';
import { reportOf } from '../conformance/report/report-json.js';
import { report as reportSchema } from '../conformance/report/schema.js';
import { tally } from '../conformance/report/tally.js';
import { STDERR_LIMIT } from '../conformance/runner/limits.js';
import { Interrupted } from '../conformance/runner/sessions.js';
import { StderrLog } from '../conformance/runner/stderr.js';
import { ADAPTER, alive, home, judged, kinds, marker, misfit, toyCase, toyCheck, toyLibrary, troubled } from './toy-adapter.js';

/** What the run must say of a mode; `at` unless said otherwise is the case that fails, and no other. */
const modes: [mode: string, failures: string[], pattern?: RegExp][] = [
  ['well', []],
  ['lingers', []],
  ['crash', ['bad/at exited'], /exited with code 3/],
  ['killed', ['bad/at exited'], /was ended by SIGKILL/],
  ['orphan', ['bad/at exited']],
  ['garbage', ['bad/at garbage'], /INFO hello/],
  ['wrongId', ['bad/at wrong-id']],
  ['future', ['bad/after wrong-id']],
  ['unterminated', ['bad/at exited'], /in the middle of a line/],
  ['closedStdin', ['bad/after closed-stdin']],
  ['noId', ['bad/at garbage'], /without the id/],
  ['twice', ['bad/at answered-twice']],
  ['refused', ['bad/at refused'], /result "invalid"/],
  ['halted', ['bad/at halted']],
  ['unknown', ['bad/at unknown']],
  ['badShape', ['bad/at malformed']],
  ['wrong', ['bad/at answer'], /invalid \(too-short\)/],
];

for (const [mode, failures, pattern] of modes) {
  // Where a grace is waited for, others may run meanwhile.
  (mode === 'orphan' ? test : test.serial)(`an adapter that misbehaves (${mode}) costs what it broke, and nothing stays behind`, async (t) => {
    t.timeout(60_000);
    const mark = marker();
    const { report, seconds } = await judged(misfit(mode, mark), troubled());
    t.deepEqual(kinds(report), failures);
    t.is(report.verdict, failures.length === 0 ? 'conformant' : 'nonconformant');
    if (pattern !== undefined) t.regex(report.failures[0]?.got ?? '', pattern);
    t.deepEqual(alive(mark), []);
    t.true(seconds < 20, `${seconds} s`);
  });
}

test('a hang costs its case, and the fresh process that follows answers the rest', async (t) => {
  t.timeout(60_000);
  const mark = marker();
  const { report } = await judged(misfit('hang', mark), troubled(), { slow: 0.3 });
  t.deepEqual(kinds(report), ['bad/at timed-out']);
  t.regex(report.failures[0]?.got ?? '', /did not answer "vec" within 3 s/);
  t.deepEqual(alive(mark), []);
});

test.serial('an exit between two requests is laid to the next case, behind the last one to that', async (t) => {
  t.timeout(60_000);
  const { report } = await judged(misfit('exitAfter'), toyLibrary(
    toyCheck('mid', [toyCase('mid/at', { act: true }), toyCase('mid/next', {}), toyCase('mid/after', {})]),
    toyCheck('end', [toyCase('end/before', {}), toyCase('end/at', { act: true })]),
    toyCheck('more', [toyCase('more/one', {})]),
  ));
  t.deepEqual(kinds(report), ['mid/next exited', 'end/at exited']);
  t.deepEqual(report.failures.map((failure) => failure.order_dependent), [true, undefined]);
});

test.serial('a case that passes in a fresh process has failed all the same, and says so', async (t) => {
  t.timeout(60_000);
  const { report } = await judged(misfit('once'), troubled());
  t.like(report.failures[0], { case: 'bad/at', kind: 'exited', order_dependent: true });
  const { report: always } = await judged(misfit('crash'), troubled());
  t.is(always.failures[0]?.order_dependent, undefined);
});

test.serial('a second answer turns the verdict even when its group is long over', async (t) => {
  t.timeout(60_000);
  const slowly = toyCheck('later', Array.from({ length: 3 }, (_, n) => toyCase(`later/${n}`, {})));
  const { report, events } = await judged(misfit('twiceLate'), toyLibrary(...troubled().checks, slowly));
  t.deepEqual(kinds(report), ['bad/at answered-twice']);
  t.deepEqual(events.flatMap((event) => event.type === 'verdict' && event.case === 'bad/at' ? [event.verdict] : []).at(-1), 'failed');
});

test.serial('three broken processes in a row cost the rest of the group, and no more', async (t) => {
  t.timeout(60_000);
  const { report, events } = await judged(misfit('crash'), toyLibrary(
    toyCheck('bad', Array.from({ length: 6 }, (_, n) => toyCase(`bad/${n}`, { act: true }))),
    toyCheck('good', [toyCase('good/one', {})]),
  ));
  t.deepEqual(kinds(report), ['bad/0 exited', 'bad/1 exited', 'bad/2 exited', 'bad/3 not-run', 'bad/4 not-run', 'bad/5 not-run']);
  t.deepEqual(events.flatMap((event) => event.type === 'group-lost' ? [event.group] : []), ['toy/bad']);
});

test('an adapter that died of time-outs is on probation, so that a dead one costs little', async (t) => {
  t.timeout(60_000);
  const groups = Array.from({ length: 6 }, (_, n) => toyCheck(`g${n}`, Array.from({ length: 9 }, (_unused, at) => toyCase(`g${n}/${at}`, {}))));
  const mark = marker();
  const { report, seconds, events } = await judged(misfit('dead', mark), toyLibrary(...groups), { slow: 0.3 });
  t.is(report.failures.length, 54);
  t.is(report.failures.filter(({ kind }) => kind === 'timed-out').length, 3 + 5);
  t.is(events.filter(({ type }) => type === 'group-lost').length, 6);
  t.true(seconds < 25, `${seconds} s`);
  t.deepEqual(alive(mark), []);
});

test('probation ends with the first answer', async (t) => {
  t.timeout(60_000);
  const { report } = await judged(misfit('hang'), toyLibrary(
    toyCheck('lost', Array.from({ length: 4 }, (_, n) => toyCase(`lost/${n}`, { act: true }))),
    toyCheck('back', [toyCase('back/0', {}), toyCase('back/1', { act: true }), toyCase('back/2', {})]),
  ), { slow: 0.3 });
  t.deepEqual(kinds(report), ['lost/0 timed-out', 'lost/1 timed-out', 'lost/2 timed-out', 'lost/3 not-run', 'back/1 timed-out']);
});

test.serial('a request that the adapter does not take is not sent, and one that is not of the protocol is our fault', async (t) => {
  const declared = { format: 'proposal-envelope', group: 'decode', id: 'proposal-envelope/decode/proposal-decode' } as const;
  const { report } = await judged(misfit('small'), toyLibrary(
    toyCheck('big', [toyCase('big/one', { text: { repeat: 'x', count: 70_000 } }), toyCase('big/two', {})]),
    toyCheck('bad', [toyCase('bad/run', { text: { repeat: 'x', count: -1 } })]),
  ));
  t.deepEqual(kinds(report), ['big/one not-sent', 'bad/run suite-fault']);
  t.regex(report.failures[0]?.got ?? '', /needs a line of 7\d{4} bytes, and the adapter takes 65536/);
  t.regex(report.failures[1]?.got ?? '', /a fault of the suite and not of the adapter/);
  const { report: ours } = await judged(misfit('well'), toyLibrary(toyCheck('g', [toyCase('g/one', {})]), toyCheck('decode', [toyCase('decode/one', { strange: 1 })], { ...declared })));
  t.is(ours.verdict, 'conformant', 'an undeclared format is not sent at all');
});

test.serial('what cannot be driven is told in a sentence, in time, and with the page that helps', async (t) => {
  t.timeout(120_000);
  const plain = join(home, 'plain-file');
  writeFileSync(plain, 'x');
  chmodSync(plain, 0o644);
  const orphaned = join(home, 'orphaned');
  writeFileSync(orphaned, '#!/no/such/interpreter\n');
  chmodSync(orphaned, 0o755);
  const node = (script: string): string[] => [process.execPath, '-e', script];
  const table: [string[], RegExp, number][] = [
    [[join(home, 'no-such-command')], /could not be started: there is no such command \(ENOENT\)\.$/, 3],
    [[orphaned], /could not be started: it is there, and what its first line names to run it is not \(ENOENT\)\.$/, 3],
    [[join(plain, 'below')], /could not be started: part of its path is no directory \(ENOTDIR\)\.$/, 3],
    [[plain], /could not be started: it may not be executed \(EACCES\)\.$/, 3],
    [node("console.error('no config'); process.exit(3)"), /exited with code 3, before it answered hello; last on stderr: no config; the same at each of 3 starts; docs\/adapter-guide\.md/, 15],
    [node("console.log('Listening on 80'); setInterval(() => {}, 1e5)"), /printed this line, which is not JSON: Listening on 80.*stdout belongs to the protocol/, 15],
    [node('process.exit(0)'), /exited with code 0, before it answered hello; nothing was written to stderr/, 15],
    [['/bin/cat'], /printed a reply|printed a line|answered hello/, 15],
    [misfit('helloTwice'), /answered again to id 0/, 15],
    [misfit('helloRefused'), /answered hello with "refused"/, 5],
    [misfit('changes'), /declares something else after a new start/, 15],
  ];
  for (const [command, sentence, bound] of table) {
    const { report, seconds } = await judged(command, troubled());
    t.is(report.verdict, 'not-driven', command.join(' '));
    t.regex(report.problem ?? '', sentence);
    t.true(seconds < bound, `${command.join(' ')}: ${seconds} s`);
    t.deepEqual(reportSchema.parse(report), report);
  }
});

test('an adapter that never answers ends the run within half a minute', async (t) => {
  t.timeout(60_000);
  const mark = marker();
  const { report, seconds } = await judged([process.execPath, '-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e5)", mark], troubled());
  t.is(report.verdict, 'not-driven');
  t.regex(report.problem ?? '', /stayed silent for 5(\.\d)? s after it was asked for hello; .*docs\/adapter-guide\.md/);
  t.true(seconds < 30, `${seconds} s`);
  t.deepEqual(alive(mark), []);
});

test.serial('--fail-fast stops behind the group that failed', async (t) => {
  const { report } = await judged(misfit('wrong'), toyLibrary(...troubled().checks, toyCheck('third', [toyCase('third/one', {})])), { failFast: true });
  t.like(report, { verdict: 'nonconformant', summary: { total: 3, passed: 0, failed: 1, unsupported: 0, deselected: 2 }, partial: { fail_fast: true } });
});

test.serial('an adapter that declares nothing has passed nothing', async (t) => {
  const { report } = await judged(misfit('bare'), troubled());
  t.like(report, { verdict: 'nothing-ran', notRequired: { held: 0, exposed: 0, unsupported: 2 } });
  const { report: notes } = await judged(misfit('choosy'), troubled());
  t.is(notes.notes.length, 3, 'a format and two choices that mean nothing here');
});

test.serial('the files of a report are made from the log, and replace those of the run before', async (t) => {
  const out = join(home, 'report', 'deep');
  mkdirSync(join(out, 'stderr'), { recursive: true });
  for (const name of ['report.json', 'junit.xml', 'stderr/0042.log', 'mine.txt']) writeFileSync(join(out, name), 'old');
  const { report } = await judged(misfit('crash'), troubled(), { out });
  t.deepEqual(readdirSync(out).sort(), ['events.ndjson', 'junit.xml', 'mine.txt', 'report.json', 'stderr']);
  t.deepEqual(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')), report);
  const lines = readFileSync(join(out, 'events.ndjson'), 'utf8').trimEnd().split('\n').map((line) => eventSchema.parse(JSON.parse(line)));
  t.like(lines[0], { type: 'run', schema: 1, digest: 'sha256:toy' });
  t.deepEqual(reportOf(tally(lines)), report);
  t.is(readFileSync(join(out, 'junit.xml'), 'utf8'), junitOf(tally(lines)));
  const types = new Set(lines.map(({ type }) => type));
  for (const type of ['hello', 'plan', 'start', 'request', 'reply', 'breakdown', 'stop', 'verdict', 'end'] as const) t.true(types.has(type), type);
  const logs = readdirSync(join(out, 'stderr'));
  t.false(logs.includes('0042.log'));
  t.regex(readFileSync(join(out, 'stderr', logs[0] ?? ''), 'utf8'), /^boom/);

  // Cut off, it leaves nothing that reads as a result.
  const interrupt = new AbortController();
  const mark = marker();
  const cut = judged(misfit('hang', mark), troubled(), { out, signal: interrupt.signal });
  setTimeout(() => interrupt.abort(), 700);
  await t.throwsAsync(cut, { instanceOf: Interrupted });
  t.deepEqual(readdirSync(out).sort(), ['events.ndjson', 'mine.txt', 'stderr']);
  t.regex(readFileSync(join(out, 'events.ndjson'), 'utf8'), /"stopped":"interrupted"\}\n$/);
  t.deepEqual(alive(mark), []);
});

test.serial('a report that cannot be written is told before the adapter is started', async (t) => {
  const file = join(home, 'a-file');
  writeFileSync(file, 'x');
  const begun = join(home, 'begun');
  const command = [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(begun)}, '')`];
  for (const out of [file, join(file, 'below')]) {
    const error = await t.throwsAsync(judged(command, troubled(), { out }), { instanceOf: InputError });
    t.regex(error?.message ?? '', /^--out: a directory that can be written to was expected at/);
  }
  t.false(existsSync(begun));
});

// ── After the last answer, and around the run ───────────────────────────────────────────────────────────────────────

/** The adapter with one line of its program replaced. */
function altered(name: string, from: string, to: string): string[] {
  const file = join(home, `${name}.cjs`);
  writeFileSync(file, ADAPTER.replace(from, to));
  return [process.execPath, file, 'well', marker()];
}
const BYE = "say({ id, ok: {} }); if (mode !== 'lingers') process.exit(0);";

test.serial('what comes behind the last answer is laid to the last case, and a plain end is none', async (t) => {
  t.timeout(60_000);
  const then = (code: number, text: string): string => `process.stdout.write(JSON.stringify({ id, ok: {} }) + '\\n' + ${JSON.stringify(text)}, () => process.exit(${code}));`;
  const table: [name: string, bye: string, failures: string[]][] = [
    ['bye-garbage', then(0, 'Good bye\n'), ['good/two garbage']],
    ['bye-half-line', then(0, 'Good bye'), ['good/two exited']],
    ['bye-crash', then(3, ''), ['good/two exited']],
    ['bye-unanswered-crash', 'process.exit(3);', ['good/two exited']],
    ['bye-unanswered', 'process.exit(0);', []],
    ['bye-closes', "say({ id, ok: {} }); process.stdout.end(); setTimeout(() => process.exit(0), 600);", []],
  ];
  for (const [name, bye, failures] of table) {
    const { report } = await judged(altered(name, BYE, bye), troubled());
    t.deepEqual(kinds(report), failures, name);
  }
  const { report } = await judged(altered('no-twice', "else say({ id, unsupported: { what: op } });", 'else { const no = { id, unsupported: { what: op } }; say(no); if (vectors) say(no); }')
    .map((word, at) => at === 1 ? counting(word) : word), troubled());
  t.deepEqual(kinds(report), ['good/one wrong-id', 'good/two wrong-id']);
});

/** Lets the adapter count its vectors. */
function counting(file: string): string {
  writeFileSync(file, readFileSync(file, 'utf8').replace("if (mode === 'dead') return;", 'vectors += 1;'));
  return file;
}

test.serial('an adapter that hangs on what it does not know costs the soft limit a group', async (t) => {
  t.timeout(60_000);
  const command = altered('no-hangs', "else say({ id, unsupported: { what: op } });", 'else if (vectors === 0) say({ id, unsupported: { what: op } });').map((word, at) => at === 1 ? counting(word) : word);
  const { report } = await judged(command, troubled(), { slow: 0.3 });
  t.deepEqual(kinds(report), ['bad/after timed-out', 'good/two timed-out']);
  t.regex(report.failures[0]?.got ?? '', /within 0\.6 s \(after it had answered this case\)/);
});

test.serial('a run that can be driven no further names the case that it ended with', async (t) => {
  const { report } = await judged(misfit('changes'), troubled());
  t.is(report.verdict, 'not-driven');
  t.deepEqual(kinds(report), ['bad/at exited', 'bad/after not-run']);
  t.is(report.vectors.failed, 2);
});

test.serial('a data directory that cannot be removed costs nothing', async (t) => {
  const dig = "process.chdir(args.dataRoot); for (let n = 0; n < 600; n += 1) { require('fs').mkdirSync('deeperer'); process.chdir('deeperer'); } process.chdir('/'); say({ id, ok: hello });";
  const command = altered('deep', '    say({ id, ok: hello });\n', dig);
  const { report, events } = await judged(command, troubled());
  t.is(report.verdict, 'conformant');
  const [hello] = events.flatMap((event) => event.type === 'request' && event.op === 'hello' ? [String(event.args['dataRoot'])] : []);
  t.not(hello, undefined);
  // Node 20 cannot remove it, and a path at a time can; Node 24 has removed it.
  if (hello !== undefined) spawnSync('rm', ['-rf', '--', hello]);
});

test.serial('of two runs into one directory the one that was displaced leaves no result', async (t) => {
  const out = join(home, 'shared');
  const runs = await Promise.allSettled([judged(misfit('well'), troubled(), { out, seed: '01' }), judged(misfit('well'), troubled(), { out, seed: '02' })]);
  t.deepEqual(runs.map(({ status }) => status), ['rejected', 'fulfilled']);
  const [displaced] = runs;
  t.true(displaced.status === 'rejected' && displaced.reason instanceof InputError && /events\.ndjson was removed or replaced/.test(displaced.reason.message));
  const lines = readFileSync(join(out, 'events.ndjson'), 'utf8').trimEnd().split('\n').map((line) => eventSchema.parse(JSON.parse(line)));
  t.deepEqual(reportOf(tally(lines)), JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')));
  t.like(lines[0], { type: 'run', seed: '02' });
});

test.serial('ending one run leaves another alone, and nothing listens any more', async (t) => {
  t.timeout(60_000);
  const interrupt = new AbortController();
  const slowly = toyLibrary(toyCheck('later', Array.from({ length: 6 }, (_, n) => toyCase(`later/${n}`, {}))));
  const [cut, other] = [judged(misfit('hang'), troubled(), { signal: interrupt.signal }), judged(misfit('well'), slowly)];
  setTimeout(() => interrupt.abort(), 600);
  await t.throwsAsync(cut, { instanceOf: Interrupted });
  t.is((await other).report.verdict, 'conformant');
  const kept = new AbortController();
  await judged(misfit('crash'), troubled(), { signal: kept.signal });
  t.deepEqual(getEventListeners(kept.signal, 'abort'), []);
});

test('of what an adapter writes to stderr the first MiB is kept, and all of it is counted', (t) => {
  const out = join(home, 'stderr-cap');
  const log = new StderrLog(out, 7);
  for (let chunk = 0; chunk < 5; chunk += 1) log.push(Buffer.alloc(STDERR_LIMIT / 4 + 1, 0x61 + chunk));
  log.close();
  t.is(readFileSync(join(out, log.file ?? '')).length, STDERR_LIMIT);
  t.is(log.bytes, 5 * (STDERR_LIMIT / 4 + 1));
});
