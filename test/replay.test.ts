/**
 * Replays: a scenario played step by step, the transcript of a failing case sent again, the waiting before each step, and
 * what is no scenario and no transcript; over the real command. Behind them what a run leaves in `fail/`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { InputError } from '../conformance/errors.js';
import type { RunEvent } from '../conformance/report/events.js';
import { readTranscript, transcriptLine, Transcripts } from '../conformance/report/transcripts.js';
import { report as reportSchema } from '../conformance/report/schema.js';
import { changes } from '../conformance/runner/changes.js';
import type { ReplayEvent, ReplayOptions } from '../conformance/runner/replay.js';
import { replayTranscript } from '../conformance/runner/resend.js';
import type { ScenarioFile } from '../conformance/scenarios/schema.js';
import { home, judged, misfit } from './toy-adapter.js';
import { toyNode, toySuite, type Toy } from './toy-node.js';

const main = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
const mutants = fileURLToPath(new URL('../conformance/mutants/main.js', import.meta.url));
const mutant = (id: string, ...more: string[]): string[] => [process.execPath, mutants, ...more, '--mutant', id];

interface Ran { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** The command, with this on its stdin. */
const cutcheck = (args: readonly string[], input = ''): Promise<Ran> => new Promise((resolve) => {
  const child = spawn(process.execPath, [main, ...args], { stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  child.on('close', (code) => resolve({ code, stdout, stderr }));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
});

const stepsOf = (stdout: string): number[] => [...stdout.matchAll(/^step (\d+) · /gm)].map(([, number]) => Number(number));
const ndjson = (text: string): unknown[] => text.trim().split('\n').map((line) => JSON.parse(line) as unknown);

// ── Scenarios ───────────────────────────────────────────────────────────────────────────────────────────────────

test.serial('a scenario of the suite is shown step by step: requests, answers, what changed, checks', async (t) => {
  t.timeout(120_000);
  const { code, stdout, stderr } = await cutcheck(['replay', 'start/applies-nothing']);
  t.deepEqual([code, stderr], [0, '']);
  t.regex(stdout, /^scenario start\/applies-nothing\n.+\ncutcheck reference .* · profile repaired · disk dir · seed [0-9a-f]{16}\n/);
  t.regex(stdout, /^step 3 · n1 commit to last\n {4}→ n1 commit \{to: "5"\}\n {4}← ok \{\} [\d.]+ ms\n {4}~ n1 log\.commit "0" → "5"$/m);
  t.regex(stdout, /^ {4}passed start\/applies-nothing\/nothing-applied · base\/start$/m);
  t.regex(stdout, /^nothing failed · 3 checks: 3 passed · invariants: 7 kept$/m);
  t.notRegex(stdout, /reset|\u001b/);
  t.deepEqual(stepsOf(stdout), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  t.false(stdout.split('\n').some((line) => /[0-9a-f]{40}/.test(line)), 'long values are cut');
});

test.serial('whole events with --json, and the id of a check stands for its scenario', async (t) => {
  t.timeout(120_000);
  const { code, stdout } = await cutcheck(['replay', 'start/applies-nothing/nothing-applied', '--json', '--profile', 'proposal']);
  t.is(code, 0);
  const events = ndjson(stdout) as ReplayEvent[];
  t.like(events.find(({ type }) => type === 'replay'), { what: 'scenario', id: 'start/applies-nothing', profile: 'proposal' });
  t.is(events.filter(({ type }) => type === 'step').length, 12);
  t.true(events.some((event) => event.type === 'request' && event.op === 'append' && event.step === 2));
  t.deepEqual(events.flatMap((event) => event.type === 'judged' && event.failure !== null ? [[event.check, event.required]] : []), [['invariants/i8-applied-means-sealing', false]]);
  t.deepEqual(events.at(-1), { type: 'replayed', failed: false, quit: false, unable: [] });
});

const toyFile: ScenarioFile = {
  $schema: 'urn:cutcheck:schema:scenario:1', id: 'mine/wrong', title: 'A check that nobody passes', level: 'L1', since: '0.1.0', keys: {}, entries: { a: { plain: { text: 'a' } } },
  steps: [
    { on: 'n1', op: 'open' },
    { on: 'n1', op: 'append', entries: ['a'] },
    { on: 'n1', op: 'state', checks: [{ check: 'never-so', clause: 'base/applied-index', says: 'It is not so.', expect: { ok: { applied: '7' } } }] },
    { on: 'n1', op: 'close' },
  ],
};

test.serial('a scenario of a user fails with exit code 1, and what is not declared is not played', async (t) => {
  t.timeout(120_000);
  const file = join(home, 'wrong.json');
  writeFileSync(file, JSON.stringify(toyFile));
  const failing = await cutcheck(['replay', file]);
  t.is(failing.code, 1, failing.stderr);
  t.regex(failing.stdout, /failed mine\/wrong\/never-so · base\/applied-index\n +It is not so\.\n +at +step 3, n1\.state · applied\n +expected "7"\n +got +"0"\n/);
  t.regex(failing.stdout, /^failed · 1 check: 0 passed, 1 failed · invariants: 7 kept$/m);
  const unable = await cutcheck(['replay', file, '--', ...misfit('well')]);
  t.is(unable.code, 5);
  t.regex(unable.stdout, /^not played: the adapter does not declare level L1$/m);
});

test.serial('it waits before each step, when it is asked to', async (t) => {
  t.timeout(120_000);
  const table: [input: string, steps: number, last: RegExp][] = [
    ['\n\nq\n', 3, /^nothing failed · .*ended before its end$/m],
    ['q\n', 1, /ended before its end/],
    ['\nc\n', 12, /^nothing failed · 3 checks: 3 passed/m],
    ['\nwhat\n\nc\n', 12, /3 passed/],
    ['', 12, /3 passed/],
  ];
  for (const [input, steps, last] of table) {
    const { code, stdout, stderr } = await cutcheck(['replay', 'start/applies-nothing', '--step'], input);
    t.deepEqual([code, stderr], [0, ''], 'nobody is prompted who is no terminal');
    t.is(stepsOf(stdout).length, steps, JSON.stringify(input));
    t.regex(stdout, last);
  }
});

test.serial('what cannot be replayed is one sentence', async (t) => {
  t.timeout(120_000);
  const place = (name: string, text: string): string => {
    const file = join(home, name);
    writeFileSync(file, text);
    return file;
  };
  const table: [args: string[], code: number, sentence: RegExp][] = [
    [['no/such'], 2, /^cutcheck: expected a scenario file, the transcript of a failing case or the id of a scenario, got "no\/such", which is none of them; nearest: /],
    [[home], 2, /expected a file that can be read, got a directory$/m],
    [[place('torn.json', '{')], 2, /expected one JSON document in UTF-8/],
    [[place('other.json', '{}')], 2, /other\.json: /],
    [[place('empty.ndjson', '')], 2, /empty\.ndjson: expected the head of a transcript, .* got an empty file$/m],
    [[place('events.ndjson', '{"type":"run"}\n')], 2, /line 1: expected the head of a transcript, .* got the type "run"$/m],
    [[place('newer.ndjson', '{"type":"transcript","schema":2}\n')], 2, /line 1: expected a transcript of schema 1, got schema 2$/m],
    [['--', process.execPath], 2, /a scenario or a transcript was expected before "--"/],
    [['start/applies-nothing', process.execPath], 2, /was not expected here/],
    [['start/applies-nothing', '--aead', 'noble', '--', process.execPath], 2, /--aead belongs to the bundled reference/],
    [['start/applies-nothing', '--', join(home, 'nobody')], 4, /could not be started/],
  ];
  for (const [args, code, sentence] of table) {
    const ran = await cutcheck(['replay', ...args]);
    t.is(ran.code, code, args.join(' '));
    t.regex(ran.stderr, sentence);
    t.is(ran.stderr.trim().split('\n').length, 1, ran.stderr);
  }
  const help = await cutcheck(['replay', '--help']);
  t.regex(help.stdout, /--step[\s\S]*Exit codes:\n {2}0[\s\S]*could not be driven/);
});

// ── Failing cases ───────────────────────────────────────────────────────────────────────────────────────────────

test.serial('a failing case is kept, and its replay fails in the same way with the mutant, and not with the reference', async (t) => {
  t.timeout(240_000);
  // On a virtual disk, and on real files that the scenario edits.
  const table: [id: string, more: string[], scenario: string, differs: RegExp][] = [
    ['commit-survives-restart', ['--virtual'], 'start/applies-nothing', /^ {4}differs from what was recorded: ok\.applied "5" → "3"/m],
    ['foreign-log-opens', [], 'identity/identity-file', /^ {4}differs from what was recorded: ok \{\} → gone, refused \{reasons: \["log-identity-differs"\]/m],
  ];
  for (const [id, more, scenario, differs] of table) {
    const out = join(home, `fail-${id}`);
    const command = mutant(id, ...more);
    const ran = await cutcheck(['run', '--run', `${scenario}/*`, '--out', out, '--', ...command]);
    t.is(ran.code, 1, ran.stderr);
    const [name = ''] = readdirSync(join(out, 'fail'));
    t.is(name, `${scenario.replace('/', '_')}.ndjson`);
    const file = join(out, 'fail', name);
    const words = `cutcheck replay ${file} --step -- ${command.join(' ')}`;
    t.true(ran.stdout.includes(`\n     replay: ${words}\n`), ran.stdout);
    t.true(readFileSync(join(out, 'junit.xml'), 'utf8').includes('replay: cutcheck replay '));
    const report = reportSchema.parse(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')));
    t.true(report.failures.length > 0 && report.failures.every(({ replay }) => replay === words));

    const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
    t.like(JSON.parse(head ?? ''), { type: 'transcript', schema: 1, scenario, case: scenario, profile: 'repaired', seed: report.seed, crash: [] });
    t.true([head ?? '', ...lines].every((line) => transcriptLine.safeParse(JSON.parse(line)).success));
    const log = readFileSync(join(out, 'events.ndjson'), 'utf8').split('\n').filter((line) => lines.includes(line));
    t.deepEqual(lines, log, 'line for line as in the log');

    const same = await cutcheck(['replay', file, '--', ...command]);
    t.is(same.code, 1, same.stdout + same.stderr);
    t.regex(same.stdout, /^What failed when this was recorded:\n {4}the same again /m);
    t.regex(same.stdout, /^failed · 0 of \d+ answers differ from what was recorded$/m);
    const other = await cutcheck(['replay', file]);
    t.is(other.code, 0, other.stdout + other.stderr);
    t.regex(other.stdout, differs);
    t.regex(other.stdout, /^ {4}came out in another way /m);
    t.regex(other.stdout, /whether that is right a run judges: cutcheck run --run /);

    const early = await cutcheck(['replay', file, '--step', '--', ...command], '\nq\n');
    t.is(early.code, 0);
    t.deepEqual(stepsOf(early.stdout), [1, 2]);
    t.regex(early.stdout, /^ {4}not reached /m);
  }
  // The next run into the same place leaves nothing of it.
  const out = join(home, 'fail-commit-survives-restart');
  t.is((await cutcheck(['run', '--run', 'start/applies-nothing/*', '--out', out])).code, 0);
  t.deepEqual(readdirSync(join(out, 'fail')), []);
});

const keys = { 'storage-1': 7, 'raft-1': 8 };
const dying: Toy = {
  id: 'toy/dying', crashable: true, keys,
  entries: {
    boot: { plain: { bootstrap: { storage: 'storage-1', raft: 'raft-1', writers: [{ key: 'raft-1', node: 'n1', epoch: 0 }] } } },
    cut: { plain: { cutover: { key: 'raft-1', proposer: { node: 'n1', epoch: 0 } } } },
  },
  steps: [
    { on: 'n1', op: 'open' },
    { on: 'n1', op: 'append', entries: ['boot', 'cut'] },
    { on: 'n1', op: 'commit', to: 'last' },
    { on: 'n1', op: 'apply' },
    { on: 'n1', op: 'state', checks: [{ check: 'applied', clause: 'base/applied-index', says: 'Both are applied.', expect: { ok: { applied: '2' } } }] },
  ],
};

async function resent(text: string, command: readonly string[], more: Partial<ReplayOptions> = {}): Promise<{ failed: boolean; events: ReplayEvent[] }> {
  const transcript = readTranscript('kept.ndjson', text);
  const { profile, seed, digest } = transcript.head;
  const events: ReplayEvent[] = [];
  const { failed } = await replayTranscript(transcript, { command, profile, seed, digest, slow: 4, onEvent: (event) => events.push(event), pace: () => Promise.resolve(true), ...more });
  return { failed, events };
}

test.serial('the case of a crash is sent again with its deaths', async (t) => {
  t.timeout(240_000);
  const out = join(home, 'crashes');
  const { report, events } = await judged(toyNode('third'), toySuite(dying), { out, crash: 'fsm', slow: 4, profile: 'proposal' });
  const kept = events.flatMap((event) => event.type === 'kept' ? [event] : []);
  const deadly = kept.filter(({ file }) => readFileSync(file, 'utf8').includes('exited with code 86'));
  t.true(kept.length > 0 && deadly.length > 0, kept.map((each) => each.case).join(' '));
  t.true(report.failures.filter(({ case: id }) => kept.some((each) => each.case === id)).every(({ replay }) => replay !== undefined));
  for (const { file, case: id } of [...kept.slice(0, 3), ...deadly.slice(0, 2)]) {
    const text = readFileSync(file, 'utf8');
    const { head } = readTranscript(file, text);
    t.is(head.case, id);
    t.like(head.crash[0], { node: 'n1', point: 'fsm' });
    const same = await resent(text, toyNode('third'));
    t.deepEqual([...new Set(same.events.flatMap((event) => event.type === 'again' ? [event.came] : []))], ['again'], id);
    t.is(same.failed, head.failures.some(({ required }) => required));
    t.is(same.events.filter(({ type }) => type === 'differs').length, 0, id);
    const sound = await resent(text, toyNode('well'));
    t.true(sound.events.some(({ type }) => type === 'differs'), id);
  }
});

test.serial('an adapter that breaks down where it answered ends the replay', async (t) => {
  const out = join(home, 'broken');
  const { events } = await judged(toyNode('wrong'), toySuite(dying), { out, slow: 4 });
  const file = events.flatMap((event) => event.type === 'kept' ? [event.file] : [])[0] ?? '';
  const { failed, events: told } = await resent(readFileSync(file, 'utf8'), toyNode('dies'));
  t.true(failed);
  const stopped = told.find((event) => event.type === 'stopped');
  t.regex(stopped?.type === 'stopped' ? stopped.got : '', /exited with code 3.*, where it answered when this was recorded/);
});

test.serial('behind a failure that came out in another way nothing counts as the same again', async (t) => {
  t.timeout(120_000);
  const out = join(home, 'led-away');
  t.is((await cutcheck(['run', '--run', 'barrier/six-steps/*', '--out', out, '--', ...mutant('without-gate-users', '--virtual')])).code, 1);
  const file = join(out, 'fail', 'barrier_six-steps.ndjson');
  const same = await cutcheck(['replay', file, '--', ...mutant('without-gate-users', '--virtual')]);
  t.regex(same.stdout, /^failed · 0 of \d+ answers differ from what was recorded$/m);
  const other = await cutcheck(['replay', file]);
  t.is(other.code, 0, other.stdout);
  t.regex(other.stdout, /^ {4}came out in another way barrier\/six-steps\/holds-users · /m);
  t.regex(other.stdout, /^ {4}went another way before it barrier\/six-steps\/all-equal · /m);
});

test('a ticket is asked for under the name that the node gives it now', async (t) => {
  const head = {
    type: 'transcript', schema: 1, suite: '0', digest: 'd', scenario: 's/t', title: 't', case: 's/t', profile: 'repaired', seed: 'ab', slow: 1, disk: 'virtual', sync: false, crash: [], steps: ['one', 'two'],
    failures: [{ check: 's/t/c', clause: 'base/read-context', required: true, kind: 'answer', expected: 'a', got: 'b', step: { number: 2, node: 'n1', op: 'admit' } }],
  };
  const node = join(home, 'tickets.cjs');
  writeFileSync(node, `require('readline').createInterface({ input: process.stdin }).on('line', (text) => {
    const { id, op, args } = JSON.parse(text);
    const say = (outcome) => process.stdout.write(JSON.stringify({ id, ...outcome }) + '\\n');
    if (op === 'hello') say({ ok: { protocol: 1, implementation: { name: 'tickets' }, level: 'L2', profile: 'repaired', formats: {} } });
    else if (op === 'propose') say({ ok: { ticket: 'new' } });
    else if (op === 'admit') say(args.ticket === 'new' ? { ok: { index: '1' } } : { refused: { reasons: ['unknown'] } });
    else if (op === 'bye') { say({ ok: {} }); process.exit(0); }
    else say({ unsupported: { what: op } });
  });`);
  const text = [
    head,
    { type: 'request', process: 3, id: 1, op: 'propose', args: {}, node: 'n1', case: 's/t', step: 1 }, { type: 'reply', process: 3, id: 1, ms: 1, reply: { id: 1, ok: { ticket: 'old' } } },
    { type: 'request', process: 3, id: 5, op: 'admit', args: { ticket: 'old' }, node: 'n1', case: 's/t', step: 2 }, { type: 'reply', process: 3, id: 5, ms: 1, reply: { id: 5, ok: { index: '1' } } },
  ].map((line) => JSON.stringify(line)).join('\n');
  const { failed, events } = await resent(text, [process.execPath, node]);
  t.true(failed);
  t.deepEqual(events.filter(({ type }) => type === 'differs' || type === 'stopped'), []);
});

// ── What is kept ────────────────────────────────────────────────────────────────────────────────────────────────

test('a few failing cases are kept, under safe names, and what nobody demands takes not all the places', (t) => {
  const out = join(home, 'kept');
  mkdirSync(join(out, 'fail'), { recursive: true });
  for (const name of ['old.ndjson', 'mine.txt']) writeFileSync(join(out, 'fail', name), '');
  const transcripts = new Transcripts(out, (id) => id === 'unknown/one' ? null : { title: 'a title', steps: ['n1 open'] });
  t.deepEqual(readdirSync(join(out, 'fail')), ['mine.txt'], 'what a former run left is gone, and nothing else');
  const kept: string[] = [];
  const see = (event: RunEvent): void => {
    const event_ = transcripts.see(event);
    if (event_ !== null) kept.push(event_.case);
  };
  let id = 0;
  const play = (of: string, check: string | null): void => {
    id += 1;
    see({ type: 'request', process: 1, id, op: 'open', args: { disk: 'virtual' }, node: 'n1', case: of, step: 1 });
    see({ type: 'reply', process: 1, id, ms: 1, reply: { id, ok: {} } });
    see({ type: 'verdict', check: 'x/y/passes', case: of, verdict: 'passed' });
    if (check !== null) see({ type: 'verdict', check, case: of, verdict: 'failed', failure: { kind: 'answer', expected: 'a', got: 'b' } });
  };
  see({
    type: 'run', schema: 1, suite: '1', digest: 'd', profile: 'repaired', seed: 'ab', slow: 1, at: 'now', command: ['x'], again: { options: [], command: null }, selection: { run: [], skip: [], fail_fast: false },
  });
  const planned = (check: string, required: boolean) => ({ id: check, clause: 'base/applied-index', kind: 'scenario' as const, cases: 1, required, run: 'sent' as const });
  see({ type: 'plan', level: 'L1', checks: [planned('x/y/demanded', true), planned('x/y/beside', false)], required_clauses: [], unjudged: [], not_ours: 0, notes: [] });
  play('x/passes', null);
  play('unknown/one', 'x/y/demanded');
  play('x/y@once-more', 'x/y/demanded');
  play('x/y@virtual:a b/../c#1+power', 'x/y/demanded');
  play('x/y@virtual:a b/../c.1+power', 'x/y/demanded');
  for (let nth = 0; nth < 30; nth += 1) play(`x/beside-${nth}`, 'x/y/beside');
  for (let nth = 0; nth < 60; nth += 1) play(`x/demanded-${nth}`, 'x/y/demanded');
  see({ type: 'end', ms: 1, problem: null, stopped: null });
  t.is(kept.length, 50);
  t.is(kept.filter((each) => each.startsWith('x/beside')).length, 20);
  t.deepEqual(kept.slice(0, 2), ['x/y@virtual:a b/../c#1+power', 'x/y@virtual:a b/../c.1+power']);
  const names = readdirSync(join(out, 'fail')).filter((name) => name.endsWith('.ndjson'));
  t.is(names.length, 50);
  t.true(names.every((name) => /^[\w.+-]+$/.test(name)));
  t.deepEqual(names.filter((name) => name.startsWith('x_y')), ['x_y.virtual.a.b_.._c.1+power-2.ndjson', 'x_y.virtual.a.b_.._c.1+power.ndjson']);
  t.false(existsSync(join(out, 'c.1+power.ndjson')));
});

test('a transcript that is none says which line', (t) => {
  const head = JSON.stringify({
    type: 'transcript', schema: 1, suite: '0', digest: 'd', scenario: 's/t', title: 't', case: 's/t', profile: 'repaired', seed: 'ab', slow: 1, disk: 'dir', sync: false, crash: [], steps: [],
    failures: [{ check: 'c', clause: 'x', required: true, kind: 'answer', expected: 'a', got: 'b' }],
  });
  const request = '{"type":"request","process":1,"id":1,"op":"open","args":{},"node":"n1"}';
  const table: [text: string, sentence: RegExp][] = [
    ['{"type":"transcript","schema":1}', /^f: line 1: expected the head .*, got a head that is none \(suite: /],
    [`${head}\nno`, /^f: line 2: expected one JSON object, got no$/],
    [`${head}\n\n{"type":"end","ms":1,"problem":null,"stopped":null}`, /^f: line 3: expected a request, a reply, .*, got "end"$/],
    [`${head}\n{"type":"request"}`, /^f: line 2: expected a request, .*, got "request" \(process: /],
    [`${head}\n{"type":"reply","process":1,"id":1,"ms":1}`, /^f: line 2: expected the answer to a request that stands before it, got one to 1$/],
    [`${head}\n${request.replace('"n1"', '"../n1"')}`, /^f: line 2: expected the name of a node, got "\.\.\/n1"$/],
  ];
  for (const [text, sentence] of table) t.throws(() => readTranscript('f', text), { instanceOf: InputError, message: sentence });
  t.is(readTranscript('f', `${head}\n${request}\n`).exchanges.length, 1);
});

test('differences are told member by member', (t) => {
  t.deepEqual(changes({ a: 1 }, { a: 1 }), []);
  t.deepEqual(changes({ a: { b: '1' }, gone: true }, { a: { b: '2' }, came: null }), [
    { member: 'a.b', before: '1', after: '2' }, { member: 'gone', before: true }, { member: 'came', after: null },
  ]);
  t.deepEqual(changes({ keys: [{ id: 1, epoch: 0 }] }, { keys: [{ id: 1, epoch: 1 }] }), [{ member: 'keys[0].epoch', before: 0, after: 1 }]);
  t.deepEqual(changes({ rows: ['a', 'b'] }, { rows: ['b', 'c', 'd'] }), [{ member: 'rows[0]', before: 'a' }, { member: 'rows[1]', after: 'c' }, { member: 'rows[2]', after: 'd' }]);
  t.deepEqual(changes([1, 1], [1]), [{ member: '', before: [1, 1], after: [1] }]);
});

