/**
 * Scenarios as they are run: steps and checks, set-up that fails, invariants in both profiles, files, crashes, and
 * a node that misbehaves. The node is a small one of the test's own.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import pc from 'picocolors';
import { InputError, UsageError } from '../conformance/errors.js';
import { consoleOf } from '../conformance/report/console.js';
import { events as eventSchema } from '../conformance/report/events.js';
import { junitOf } from '../conformance/report/junit.js';
import { report as reportSchema } from '../conformance/report/schema.js';
import { tally } from '../conformance/report/tally.js';
import type { RunOptions } from '../conformance/runner/run.js';
import type { ScenarioFile } from '../conformance/scenarios/schema.js';
import { home, judged, kinds } from './toy-adapter.js';
import { toyNode, toySuite, type Toy } from './toy-node.js';

const keys = { 'storage-1': 7, 'raft-1': 8 };
const entries: ScenarioFile['entries'] = {
  boot: { plain: { bootstrap: { storage: 'storage-1', raft: 'raft-1', writers: [{ key: 'raft-1', node: 'n1', epoch: 0 }] } } },
  a: { plain: { text: 'a canary' } },
  cut: { plain: { cutover: { key: 'raft-1', proposer: { node: 'n1', epoch: 0 } } } },
};
const begin: ScenarioFile['steps'] = [
  { on: 'n1', op: 'open' },
  { on: 'n1', op: 'append', entries: ['boot', 'a', 'cut'] },
  { on: 'n1', op: 'commit', to: 'last' },
];

/** Three entries are applied, and stay. */
const one: Toy = {
  id: 'toy/one', crashable: true, hole: ['H1'], keys, entries,
  steps: [
    ...begin,
    {
      on: 'n1', op: 'apply', save: 'all',
      checks: [{ check: 'applies-all', clause: 'base/applied-index', says: 'All three are applied.', expect: { ok: { applied: { $index: 'cut' }, results: { $count: 3 } } } }],
    },
    {
      on: 'n1', op: 'state',
      checks: [
        { check: 'chain', clause: 'base/applied-index', says: 'They were handed over.', expect: { ok: { chain: { $chain: ['boot', 'a', 'cut'] } } } },
        { check: 'recorded', clause: '6E-1/cutover-recorded', says: 'The cutover is in the sidecar.', expect: { ok: { sidecar: { cutover: { $index: 'cut' } } } } },
        { check: 'epoch', clause: 'repair/fresh-epoch-at-start', says: 'The epoch of the first load.', expect: { ok: { epochs: { raft: 1 } } } },
      ],
    },
    { on: 'n1', op: 'close' },
    { on: 'n1', op: 'open' },
    { on: 'n1', op: 'state', checks: [{ check: 'stays', clause: 'base/applied-index', says: 'It stays.', expect: { ok: { applied: { $saved: 'all.applied' } } } }] },
  ],
};
/** Nothing is applied: what goes wrong with an apply does not reach here. */
const still: Toy = {
  id: 'toy/still', keys, entries, suspends: [],
  steps: [...begin, { on: 'n1', op: 'state', checks: [{ check: 'nothing-yet', clause: 'base/applied-index', says: 'Nothing is applied.', expect: { ok: { applied: '0' } } }] }],
};

/** The invariants that need a leader. */
const ofLeaders = { what: 'level L2', checks: 6 };

/** What is not about time has enough of it on a busy machine too. */
const run = (mode: string, scenarios: readonly Toy[], more: Partial<RunOptions> = {}) => judged(toyNode(mode), toySuite(...scenarios), { slow: 4, ...more });

test('a scenario is played step by step, judged, watched, and reported', async (t) => {
  const { report, events } = await run('well', [one, still]);
  t.deepEqual(kinds(report), []);
  t.like(report, { verdict: 'conformant', partial: null, scenarios: { run: 2, passed: 2, synced: 0 }, crashes: { asked: 'none', run: 0 }, vectors: { cases: 0 }, holesExposed: [] });
  t.is(report.summary.passed, 6 + 7, 'six checks and seven invariants');
  t.deepEqual(events.flatMap((event) => event.type === 'request' && event.case === 'extra/toy/still' ? [event.op] : []), ['open', 'state', 'append', 'commit', 'state', 'reset']);
  t.true(events.every((event) => eventSchema.safeParse(event).success));
  t.true(reportSchema.safeParse(report).success);
  const text = consoleOf(tally(events), report, null, pc.createColors(false));
  t.regex(text, /scenarios 2\/2/);
  t.regex(text, /syncs asked for in 0 of 2 scenarios · crash points: not run/);
});

test('a check that fails says at which step, what was due and what came, and stops nothing', async (t) => {
  const { report, events } = await run('wrong', [one]);
  t.deepEqual(report.failures.map(({ check, kind }) => [check, kind]), [['extra/toy/one/chain', 'answer'], ['invariants/i13-no-sealed-bytes', 'answer']]);
  t.deepEqual(report.failures[0]?.step, { number: 5, node: 'n1', op: 'state' });
  t.regex(report.failures[0]?.again ?? '', /^cutcheck run --run extra\/toy\/one\/chain /);
  t.like(report, { verdict: 'nonconformant', scenarios: { run: 1, passed: 0 } });
  const tallied = tally(events);
  t.regex(consoleOf(tallied, report, null, pc.createColors(false)), /FAIL extra\/toy\/one\/chain {3}base\/applied-index\n {5}extra\/toy\/one · step 5, n1\.state · chain\n {7}expected .*\n {7}got/);
  t.regex(junitOf(tallied), /testsuite name="scenarios\/extra\/toy"[^]*step 5, n1\.state/);
  const answers = events.flatMap((event) => event.type === 'verdict' ? event.failure?.answer ?? [] : []);
  t.deepEqual(answers, [{ result: 'ok', reasons: [] }, { result: 'broken', reasons: [] }]);
});

test('a step that does not come to what it may fails the checks behind it, in words', async (t) => {
  const { report } = await run('refuses', [one]);
  t.true(report.failures.every(({ kind }) => kind === 'setup'), kinds(report).join());
  t.is(report.failures.length, 5);
  t.is(report.summary.failed, 5 + 7, 'the invariants were seen nowhere');
  t.is(report.failures[0]?.got, 'n1.append came to refused (log-gap) where ok was due');
  t.deepEqual(report.failures[0]?.step, { number: 2, node: 'n1', op: 'append' });
});

/** What breaks costs its scenario, and the next one is run. */
const broken: [mode: string, kind: string, pattern: RegExp, slow?: number][] = [
  ['exit86', 'exited', /exited with code 86, the status of a planned crash, and nobody had asked for one/],
  ['dies', 'exited', /exited with code 3/],
  ['faults', 'fault', /no such thing/],
  ['odd', 'malformed', /ok\.results/],
  ['hangs', 'timed-out', /did not answer "apply"/, 0.4],
];
for (const [mode, kind, pattern, slow = 4] of broken) {
  test(`what a node breaks off (${mode}) costs its scenario`, async (t) => {
    t.timeout(240_000);
    const { report } = await run(mode, [one, still], { slow, skip: ['invariants/*'] });
    t.deepEqual([...new Set(kinds(report))], [`extra/toy/one ${kind}`]);
    t.is(report.failures.length, 5);
    t.regex(report.failures[0]?.got ?? '', pattern);
    t.like(report, { scenarios: { run: 2, passed: 1 } });
  });
}

test('a scenario that is played well in a fresh process has failed all the same, and says so', async (t) => {
  const { report } = await run('tires', [one, { ...one, id: 'toy/two' }], { skip: ['invariants/*'] });
  t.deepEqual([...new Set(report.failures.map((failure) => `${failure.case} ${failure.kind} ${failure.order_dependent === true}`))], ['extra/toy/two exited true']);
});

/** Two nodes of one process, of which the first dies twice, once where nobody asked the scenario. */
const two: Toy = {
  id: 'toy/both', keys, entries, crashable: true,
  steps: [
    { on: 'n2', op: 'open' }, { on: 'n2', op: 'append', entries: ['boot', 'a'] }, { on: 'n2', op: 'commit', to: '2' }, { on: 'n2', op: 'apply', to: '1' },
    ...begin, { on: 'n1', op: 'apply' }, { on: 'n1', op: 'crash.now' }, { on: 'n1', op: 'open' },
    {
      on: 'n2', op: 'state',
      checks: [{ check: 'untouched', clause: 'base/applied-index', says: 'The other one is where it was.', expect: { ok: { applied: '1', log: { last: '2', commit: '2' } } } }],
    },
    { on: 'n2', op: 'apply', checks: [{ check: 'goes-on', clause: 'base/applied-index', says: 'It goes on.', expect: { ok: { applied: '2' } } }] },
  ],
};

test('what dies with a process is brought back before the scenario goes on', async (t) => {
  t.timeout(240_000);
  for (const mode of ['real', 'virtual']) {
    const { report } = await run(mode, [two], { crash: 'all' });
    t.deepEqual(report.failures.map(({ check, case: id, got }) => `${check} ${id} ${got}`), [], mode);
    t.true(report.crashes.run >= 5 && report.crashes.survived === report.crashes.run, `${report.crashes.run} crashes`);
  }
  const { report } = await run('alone', [two, one]);
  t.deepEqual(report.undeclared, [{ what: '2 nodes in a process', checks: 2 }, ofLeaders]);
  t.is(report.scenarios.run, 1);
});

test('a second answer turns the verdicts of its scenario', async (t) => {
  const { report } = await run('twice', [still], { skip: ['invariants/*'] });
  t.deepEqual(kinds(report), ['extra/toy/still answered-twice']);
});

test('what was not declared is not sent, and the report says what it would need', async (t) => {
  const find: Toy = { ...still, id: 'toy/find', steps: [...begin, { on: 'n1', op: 'close' }, { on: 'n1', find: { text: 'canary', in: ['log'] }, checks: [{ check: 'found', clause: 'base/log-append', says: 'It is there.', expect: { ok: { found: true } } }] }] };
  const { report, events } = await run('bare', [find, still]);
  t.like(report, { verdict: 'conformant', summary: { passed: 1 + 7 }, notRequired: { unsupported: 1 + 6 } });
  t.deepEqual(report.undeclared, [{ what: 'disk.dir', checks: 1 }, ofLeaders]);
  t.regex(consoleOf(tally(events), report, null, pc.createColors(false)), /not declared: disk\.dir \(1 check\), level L2 \(6 checks\)/);
  const below = await run('codec', [still]);
  t.like(below.report, { verdict: 'nothing-ran', undeclared: [{ what: 'level L1', checks: 1 + 7 }, ofLeaders] });
  const silent = await run('silent', [one], { skip: ['invariants/*'] });
  t.deepEqual(kinds(silent.report), ['extra/toy/one unsupported']);
  t.is(silent.report.failures[0]?.check, 'extra/toy/one/recorded');
});

test('an adapter that cannot forget is started anew for every scenario', async (t) => {
  const { report, events } = await run('forgetful', [one, still]);
  t.is(report.verdict, 'conformant');
  t.is(events.filter(({ type }) => type === 'start').length, 2);
});

test('a broken invariant fails under repaired, and exposes its hole under proposal', async (t) => {
  const repaired = await run('wrapless', [one]);
  t.deepEqual(repaired.report.failures.map(({ check, kind }) => [check, kind]), [['invariants/i8-applied-means-sealing', 'answer']]);
  t.is(repaired.report.verdict, 'nonconformant');
  const { report, events } = await run('wrapless', [one], { profile: 'proposal' });
  t.like(report, { verdict: 'conformant', holesExposed: ['H1'], chapters: { proposal: { passed: 4, run: 4 }, repair: { passed: 7, run: 8 } } });
  t.regex(consoleOf(tally(events), report, null, pc.createColors(false)), /proposal 4\/4 · repair 7\/8 · holes exposed: H1/);
});

test('a node that halts breaks I2, unless the scenario says that it is its own doing', async (t) => {
  const poison = { ...entries, a: { sealed: { payload: { text: 'x' }, key: 'raft-1', damage: { behind: Buffer.from('poison').toString('hex') } } } } as const;
  const halts = { check: 'halts', clause: '6E-2/unwrap-failure-halts', says: 'It halts.', expect: { halted: { at: { $index: 'a' }, reasons: { exactly: ['authentication-failed', 'raft-unwrap-failed'] }, results: { $count: 1 } } } } as const;
  const scenario: Toy = { id: 'toy/halt', keys, entries: poison, steps: [...begin, { on: 'n1', op: 'apply', checks: [{ ...halts, expect: { halted: { ...halts.expect.halted, reasons: { exactly: ['authentication-failed', 'raft-unwrap-failed'] } } } }] }] };
  const { report } = await run('well', [scenario]);
  t.deepEqual(report.failures.map(({ check }) => check), ['invariants/i2-no-halt']);
  const suspended = await run('well', [{ ...scenario, suspends: ['I2'] }]);
  t.is(suspended.report.verdict, 'conformant');
});

const files: Toy = {
  id: 'toy/files', keys, entries,
  steps: [
    ...begin, { on: 'n1', op: 'close' },
    { on: 'n1', file: 'sidecar', edit: { keep: 'sound' } }, { on: 'n1', file: 'log', edit: { keep: 'log' } },
    { on: 'n1', find: { text: Buffer.from('a canary').toString('hex'), in: ['sidecar', 'log'] }, checks: [{ check: 'found', clause: 'base/log-append', says: 'It is there.', expect: { ok: { found: true } } }] },
    { on: 'n1', find: { text: 'no canary', in: ['log'] }, checks: [{ check: 'not-found', clause: 'base/log-append', says: 'It is not.', expect: { ok: { found: false } } }] },
    { on: 'n1', file: 'sidecar', edit: { truncate: 5 } }, { on: 'n1', file: 'sidecar', edit: { shorten: 4 } }, { on: 'n1', file: 'sidecar', edit: { text: 'xy' } },
    { on: 'n1', op: 'open', checks: [{ check: 'refused', clause: 'base/sidecar-file-state', says: 'It does not open.', expect: { refused: { exactly: ['json-syntax'] } } }] },
    { on: 'n1', op: 'open', may: ['ok', 'refused'] },
    {
      on: 'n1', op: 'state',
      checks: [{ check: 'said-so', clause: 'base/sidecar-file-state', says: 'It has said why.', any_of: [{ refused: { exactly: ['json-syntax'] } }, { ok: { log: { last: '3' } } }] }],
    },
    { on: 'n1', op: 'close' },
    { on: 'n1', file: 'sidecar', edit: { restore: 'sound' } }, { on: 'n1', file: 'sidecar', edit: { replace: { this: '"epoch":1', by: '"epoch":41' } } },
    { on: 'n1', file: 'sidecar', edit: { temporary: '.tmp' } }, { on: 'n1', file: 'log', edit: { flip: 0 } }, { on: 'n1', file: 'log', edit: { empty: true } },
    { on: 'n1', file: 'log', edit: { remove: true } }, { on: 'n1', file: 'log', edit: { restore: 'log' } },
    { on: 'n1', op: 'open' },
    { on: 'n1', op: 'state', checks: [{ check: 'edited', clause: 'base/sidecar-file-state', says: 'It is as edited.', expect: { ok: { epochs: { raft: 42 }, log: { last: '3' } } } }] },
    { on: 'n1', op: 'close' },
    { on: 'n2', op: 'open' }, { on: 'n2', op: 'close' }, { on: 'n2', file: 'log', edit: { restore: 'log' } }, { on: 'n2', op: 'open' },
    { on: 'n2', op: 'state', checks: [{ check: 'of-another', clause: 'base/log-append', says: 'It has the log of the other.', expect: { ok: { log: { last: '3' } } } }] },
  ],
  suspends: ['I2', 'I6', 'I8', 'I10', 'I13'],
};

for (const mode of ['real', 'virtual']) {
  test(`files are edited by role, kept by name and searched, on a ${mode} disk`, async (t) => {
    const { report, events } = await run(mode, [files]);
    t.deepEqual(report.failures.map(({ check, got }) => `${check} ${got}`), []);
    t.deepEqual(events.flatMap((event) => event.type === 'scenario' ? [event.disk] : []), [mode === 'real' ? 'dir' : 'virtual']);
  });
}

test('a file that is due and not there is told in words, and so is a place outside', async (t) => {
  const placeless = await run('placeless', [files, still], { skip: ['invariants/*'] });
  t.like(placeless.report, { verdict: 'conformant', undeclared: [{ what: 'the role log', checks: 6 }, { what: 'the role sidecar', checks: 6 }, ofLeaders], scenarios: { run: 1 } });
  const early: Toy = { ...still, id: 'toy/early', suspends: ['I2'], steps: [{ on: 'n1', file: 'log', edit: { flip: 1 } }, ...still.steps] };
  t.regex((await run('real', [early])).report.failures[0]?.got ?? '', /the role log \(log\/\*\*\) finds no file of n1/);
  const outside: Toy = { ...early, id: 'toy/outside', steps: [{ on: 'n1', file: 'fsm', edit: { remove: true } }, ...still.steps] };
  t.regex((await run('misplaced', [outside])).report.failures[0]?.got ?? '', /outside of the directory of the node/);
});

const copied: Toy = {
  id: 'toy/copied', keys, entries, suspends: ['I2', 'I6', 'I8', 'I10', 'I13'],
  steps: [
    { on: 'n1', op: 'open' }, { on: 'n1', op: 'close' }, { on: 'n1', file: 'fsm', edit: { keep: 'none' } },
    ...begin, { on: 'n1', op: 'apply' }, { on: 'n1', op: 'close' },
    { on: 'n1', file: 'fsm', edit: { restore: 'none' } }, { on: 'n1', file: 'log', edit: { flip: 0 } }, { on: 'n1', file: 'log', edit: { flip: 0 } },
    { on: 'n1', op: 'open' },
    {
      on: 'n1', op: 'state',
      checks: [{ check: 'as-it-was', clause: 'base/log-append', says: 'The store is gone, and the log is not.', expect: { ok: { applied: '0', log: { last: { $index: 'cut' } } } } }],
    },
  ],
};

test('a copy of no files takes the files away, and an edited log keeps its names', async (t) => {
  for (const mode of ['real', 'virtual']) {
    const { report } = await run(mode, [copied], { skip: ['invariants/*'] });
    t.deepEqual(report.failures.map(({ check, got }) => `${check} ${got}`), [], mode);
  }
});

test('what is not required and was not reached is exposed by nobody', async (t) => {
  const { report, events } = await run('refuses', [one], { profile: 'proposal', run: ['extra/toy/one/epoch'] });
  t.like(report, { notRequired: { held: 0, exposed: 0, not_tried: 1, unsupported: 0 }, holesExposed: [] });
  t.regex(consoleOf(tally(events), report, null, pc.createColors(false)), /not required: 0 held, 0 exposed, 1 not tried \(set-up failed\), 0 unsupported/);
});

test('every passage of every point is gone through, on both disks, and what holds is counted', async (t) => {
  t.timeout(240_000);
  const { report, events } = await run('well', [one, still], { crash: 'all' });
  t.deepEqual(report.failures.map(({ check, case: id, got }) => `${check} ${id} ${got}`), []);
  // The sidecar is written at each opening (the one behind the crash among them) and at the cutover, the store for each entry.
  // With the power each twice: all is lost, and a part. On real files, and for a second death, the first passage in each operation.
  const points = report.crashes.points.map(({ point, disk, power, twice, run: n, survived }) => `${point} ${disk} ${power}${twice === true ? ' twice' : ''} ${n}/${survived}`).sort();
  t.deepEqual(points, [
    'fsm dir false 1/1', 'fsm virtual false 3/3', 'fsm virtual false twice 2/2', 'fsm virtual true 6/6',
    'sidecar dir false 2/2', 'sidecar virtual false 3/3', 'sidecar virtual false twice 3/3', 'sidecar virtual true 6/6',
  ]);
  t.like(report.crashes, { asked: 'all', run: 26, survived: 26 });
  // A busy machine adds a note on slow answers, which is no matter here.
  t.deepEqual(report.notes.filter((note) => !note.includes('took longer than')), ['never reached in a scenario that is crashable: never']);
  t.true(events.some((event) => event.type === 'verdict' && event.check === 'extra/toy/one/stays' && event.case === 'extra/toy/one@virtual:fsm#2'));
  t.true(events.some((event) => event.type === 'crash' && event.case === 'extra/toy/one@virtual:fsm#1,sidecar#1+power' && event.twice === true));
  t.true(events.some((event) => event.type === 'verdict' && event.check === 'invariants/i10-replay-total' && event.case === 'extra/toy/one@sidecar#1+power'));
  t.true(events.some((event) => event.type === 'verdict' && event.check === 'invariants/i10-replay-total' && event.case === 'extra/toy/one@sidecar#1+power-in-part'));
  t.regex(consoleOf(tally(events), report, null, pc.createColors(false)), /crashes at 2 points: 26 of 26 survived \(the process dies 3\/3, the node dies 6\/6, the power fails 12\/12, it dies again on its way back 5\/5\)/);
});

test('one point alone, and one that does not exist', async (t) => {
  t.timeout(240_000);
  const { report } = await run('virtual', [one], { crash: 'fsm' });
  t.deepEqual([...new Set(report.crashes.points.map(({ point, disk }) => `${point} ${disk}`))], ['fsm virtual']);
  const out = join(home, 'no-such-report');
  const error = await t.throwsAsync(run('well', [one], { crash: 'wal', out }), { instanceOf: UsageError });
  t.regex(error.message, /--crash: expected "all", "none" or a crash point that the adapter declares \(sidecar, fsm, never\), got "wal"/);
  t.false(existsSync(out));
  await t.throwsAsync(run('well', [one], { crash: 'wal', data: out }), { instanceOf: UsageError });
  t.false(existsSync(out), 'and no place for nodes is made');
});

test('a third state behind a crash, a store ahead of the sidecar, and a point that is reached for ever', async (t) => {
  t.timeout(240_000);
  const third = await run('third', [one], { crash: 'fsm', run: ['invariants/*'] });
  t.like(third.report.failures[0], { check: 'invariants/i10-replay-total', kind: 'answer' });
  t.regex(third.report.failures[0]?.expected ?? '', /a store as before or after an entry of the step: applied/);
  t.true(third.report.crashes.survived < third.report.crashes.run);
  const ahead = await run('ahead', [one], { crash: 'fsm', run: ['invariants/i10*'] });
  t.regex(ahead.report.failures[0]?.expected ?? '', /not ahead of the sidecar/);
  const forever = await run('forever', [one], { crash: 'sidecar', run: ['invariants/i10*'] });
  t.regex(forever.report.failures.map(({ got }) => got).join(), /reached for ever/);
});

test('a node that comes back from one death, and not from a second one on its way', async (t) => {
  t.timeout(240_000);
  const { report } = await run('second', [one], { crash: 'fsm', run: ['invariants/*', 'crashes/*'] });
  const failed = new Set(report.failures.map(({ check, case: id }) => `${check} ${id}`));
  t.true(failed.has('crashes/before-or-after extra/toy/one@virtual:fsm#1,fsm#1+power'), [...failed].join());
  t.true([...failed].every((each) => each.includes(',fsm#')));
});

test('a scenario that its node does not get through is crashed by nobody', async (t) => {
  t.timeout(240_000);
  const poison = { ...entries, a: { sealed: { payload: { text: 'x' }, key: 'raft-1', damage: { behind: Buffer.from('poison').toString('hex') } } } } as const;
  const halts: Toy = { ...one, id: 'toy/halts', entries: poison, steps: [...begin, { on: 'n1', op: 'apply', save: 'all' }, ...one.steps.slice(5)] };
  const { report, events } = await run('virtual', [halts, one], { crash: 'fsm', profile: 'proposal' });
  t.deepEqual([...new Set(report.failures.filter(({ required }) => required).map(({ check, kind }) => `${check} ${kind}`))], ['extra/toy/halts/stays setup']);
  t.false(events.some((event) => event.type === 'crash' && event.scenario === 'extra/toy/halts'));
});

test('what a crash leaves is judged under proposal too, by a check of its own, and takes nothing else with it', async (t) => {
  t.timeout(240_000);
  const { report, events } = await run('third', [one], { crash: 'fsm', profile: 'proposal' });
  t.like(report, { verdict: 'nonconformant', summary: { failed: 1 }, holesExposed: [] });
  t.deepEqual([...new Set(report.failures.map(({ check, required }) => `${check} ${required}`))].sort(), ['crashes/before-or-after true', 'invariants/i10-replay-total false']);
  const text = consoleOf(tally(events), report, null, pc.createColors(false));
  t.regex(text, /FAIL crashes\/before-or-after {3}base\/applied-index\n {5}extra\/toy\/one@(virtual:)?fsm#1 · step 4, n1\.apply\n {7}expected a store as before or after/);
  t.regex(text, /crashes at 1 point: 0 of 10 survived .*\nnot survived: extra\/toy\/one@.*fsm#1, .* and 7 more\n/);
});

test('the check of the crashes is there when crashes are asked for and can be made', async (t) => {
  t.timeout(240_000);
  const planned = async (mode: string, crash: string) => {
    const { report, events } = await run(mode, [one], { crash, run: ['crashes/*', 'extra/**'], profile: 'proposal' });
    return { report, check: events.flatMap((event) => event.type === 'plan' ? event.checks : []).find(({ id }) => id.startsWith('crashes/')) };
  };
  t.is((await planned('virtual', 'none')).check, undefined);
  const bare = await planned('bare', 'all');
  t.like(bare.check, { required: false, run: 'unsupported', lacks: ['crash.points'] });
  t.is(bare.report.verdict, 'conformant');
  const all = await planned('virtual', 'all');
  t.like(all.check, { required: true, run: 'sent', cases: 1 });
  t.like(all.report, { verdict: 'conformant', partial: null });
  const never = await planned('virtual', 'never');
  t.like(never.report, { verdict: 'conformant', summary: { failed: 0, deselected: 1 } });
  const alone = await run('virtual', [one], { crash: 'all', run: ['crashes/*'] });
  t.like(alone.report, { verdict: 'conformant', summary: { passed: 1 } });
  t.regex(consoleOf(tally(alone.events), alone.report, null, pc.createColors(false)), /\ncrashes at 2 points: /);
});

test('the directories of nodes go where the user says, if nothing else is there', async (t) => {
  const data = mkdtempSync(join(home, 'data-'));
  writeFileSync(join(data, 'mine'), 'precious');
  const error = await t.throwsAsync(run('real', [one], { data }), { instanceOf: InputError });
  t.regex(error.message, /--data: expected a directory .* got ".*", in which other things are \(mine\)/);
  t.deepEqual(readdirSync(data), ['mine']);
  await t.throwsAsync(run('real', [one], { data: join(data, 'mine') }), { instanceOf: InputError, message: /which is no directory/ });
  t.is(readFileSync(join(data, 'mine'), 'utf8'), 'precious');

  const both = join(data, 'both');
  await t.throwsAsync(run('real', [one], { data: both, out: both }), { instanceOf: UsageError, message: /--data: expected another directory than that of the reports \(--out\)/ });
  await t.throwsAsync(run('real', [one], { data: `${data}/none/../both`, out: both }), { instanceOf: UsageError });
  t.false(existsSync(both));

  const ours = join(data, 'below', 'nodes');
  await run('real', [one, still], { data: ours });
  t.deepEqual(readdirSync(ours), ['.cutcheck-data'], 'what passed is not kept');
  await run('wrong', [one, still], { data: ours });
  t.deepEqual(readdirSync(ours), ['.cutcheck-data', 'run-00001'], 'what failed is');
  t.true(existsSync(join(ours, 'run-00001', 'n1', 'log', 'log.json')));
  mkdirSync(join(ours, 'other'));
  await run('real', [still], { data: ours });
  t.deepEqual(readdirSync(ours), ['.cutcheck-data', 'other']);
});
