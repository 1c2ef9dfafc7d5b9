/**
 * Scenarios of level L2 as they are run: what nodes make and its names, steps that are passed over, the invariants that need a
 * leader, each seen broken once, and crashes. The nodes are small ones of the test's own (toy-leader.ts).
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import pc from 'picocolors';
import { consoleOf } from '../conformance/report/console.js';
import { tally } from '../conformance/report/tally.js';
import type { RunOptions } from '../conformance/runner/run.js';
import type { ScenarioFile } from '../conformance/scenarios/schema.js';
import { judged } from './toy-adapter.js';
import { toySuite, type Toy } from './toy-node.js';

const program = fileURLToPath(new URL('toy-leader.js', import.meta.url));
/** Nothing here is about time: there is enough of it on a busy machine too. */
const run = (mode: string, scenarios: readonly Toy[], more: Partial<RunOptions> = {}) => judged([process.execPath, program, mode], toySuite(...scenarios), { slow: 4, ...more });

const keys = { 'storage-1': 7, 'raft-1': 8 };
const entries: ScenarioFile['entries'] = { boot: { plain: { bootstrap: { storage: 'storage-1', raft: 'raft-1', writers: [{ key: 'raft-1', node: 'n1', epoch: 0 }] } } } };
type Steps = ScenarioFile['steps'];
const write = (ticket: string): Steps[number] => ({ on: 'n1', op: 'propose', source: 'client-write', payload: { text: ticket }, ticket });

/** Two nodes with the first keys; the first leads. */
const begin: Steps = [
  { on: ['n1', 'n2'], op: 'open' },
  { on: 'n1', op: 'append', entries: ['boot'] },
  { on: 'n2', op: 'replicate', from: 'n1', apply: true },
  { on: 'n1', op: 'role', is: 'leader', entry: 'first', checks: [{ check: 'empty', clause: 'base/leader-role', says: 'It is empty.', expect: { ok: { entry: { index: '2', term: '2', form: 'empty' } } } }] },
  { on: 'n1', op: 'commit', to: 'first' },
  { on: 'n1', op: 'apply' },
];
/** The cutover as far as its entry. */
const propose = (call: string, entry: string): Steps => [
  { on: 'n1', op: 'cutover.begin', call },
  { on: 'n1', op: 'cutover.step', call, until: 'drained' },
  { on: 'n1', op: 'cutover.step', call, until: 'proposed', entry },
];
const applied: Steps = [
  { on: 'n2', op: 'replicate', from: 'n1', to: 'cut', apply: true },
  { on: 'n1', op: 'commit', to: 'cut' },
  { on: 'n1', op: 'apply' },
];

/** The whole cutover, writes before and behind it, and a third node that comes by a snapshot. */
const whole: Toy = {
  id: 'toy/whole', level: 'L2', hole: ['H2', 'H5'], keys, entries,
  steps: [
    ...begin, write('before'),
    { on: 'n1', op: 'cutover.begin', call: 'call' },
    {
      on: 'n1', op: 'cutover.step', call: 'call', until: 'proposed',
      checks: [{ check: 'waits', clause: '6E-2/barrier-2-drain', says: 'It waits for the drain.', expect: { ok: { phase: 'gated', waits: 'drain' } } }],
    },
    { on: 'n1', op: 'admit', ticket: 'before', entry: 'one', checks: [{ check: 'plain', clause: '6E-2/intake', says: 'It is plain.', expect: { ok: { form: 'plain', index: '3', data: { $not: '' } } } }] },
    { on: 'n1', op: 'cutover.poll', call: 'call' },
    {
      on: 'n1', op: 'cutover.step', call: 'call', until: 'idle', entry: 'cut',
      checks: [{ check: 'proposed', clause: '6E-2/barrier-3-propose', says: 'The entry is appended on the way.', expect: { ok: { phase: 'proposed', waits: 'apply', entry: { index: { $index: 'cut' }, form: 'cutover' } } } }],
    },
    { on: 'n1', op: 'propose', source: 'client-write', payload: { text: 'late' }, ticket: 'late', may: ['refused', 'ok'] },
    { on: 'n1', op: 'cancel', ticket: 'late', if: 'late' },
    { on: 'n2', op: 'replicate', from: 'n1', to: 'cut', commit: true },
    { on: 'n2', op: 'apply' },
    { on: 'n1', op: 'commit', to: 'cut' },
    { on: 'n1', op: 'apply' },
    {
      on: 'n1', op: 'cutover.step', call: 'call', until: 'idle', save: 'end',
      checks: [{ check: 'done', clause: '6E-2/barrier-6-open', says: 'It is done.', expect: { ok: { phase: 'idle', answer: { is: 'applied', index: { $index: 'cut' } } } } }],
    },
    { on: 'n1', op: 'state' },
    write('behind'),
    { on: 'n1', op: 'admit', ticket: 'behind', entry: 'two', checks: [{ check: 'sealed', clause: '6E-2/wrap-switch', says: 'It is sealed.', expect: { ok: { form: 'sealed', term: '2' } } }] },
    { on: 'n2', op: 'replicate', from: 'n1', commit: true },
    { on: 'n2', op: 'apply', may: ['ok', 'halted'] },
    { on: 'n1', op: 'commit', to: 'two' },
    { on: 'n1', op: 'apply' },
    {
      on: ['n1', 'n2'], op: 'state',
      checks: [{ check: 'alike', clause: 'base/applied-index', says: 'Both have applied it.', expect: { ok: { chain: { $chain: ['boot', 'one', 'cut', 'two'] }, applied: { $index: 'two' } } } }],
    },
    { on: 'n2', op: 'close' }, { on: 'n2', op: 'open' },
    { on: 'n2', op: 'commit', to: 'two' },
    { on: 'n1', op: 'snapshot.take', snapshot: 'snap' },
    { on: 'n3', op: 'open' }, { on: 'n3', op: 'snapshot.install', snapshot: 'snap' },
    write('final'), { on: 'n1', op: 'admit', ticket: 'final', entry: 'three' },
    { on: 'n3', op: 'replicate', from: 'n1', apply: true },
    { on: 'n3', op: 'state', checks: [{ check: 'comes-up', clause: 'base/applied-index', says: 'It has it all.', expect: { ok: { applied: { $index: 'three' }, chain: { $chain: ['boot', 'one', 'cut', 'two', 'three'] } } } }] },
  ],
};
/** Something is to be appended behind the unapplied cutover entry. */
const behind: Toy = {
  id: 'toy/behind', level: 'L2', hole: ['H2'], keys, entries,
  steps: [
    ...begin, ...propose('call', 'cut'),
    { on: 'n1', op: 'propose', source: 'registration', ticket: 'reg', may: ['ok', 'refused'] },
    { on: 'n1', op: 'admit', ticket: 'reg', entry: 'registered', if: 'reg', may: ['ok', 'refused'] },
    { on: 'n1', op: 'transfer', to: 'n2', checks: [{ check: 'stays', clause: 'repair/no-transfer', says: 'It leads on.', expect: { refused: { exactly: ['cutover-in-progress'] } } }] },
  ],
};
/** The caller of a call goes when the entry is appended, and the entry commits. */
const expired: Toy = {
  id: 'toy/expired', level: 'L2', hole: ['H6'], keys, entries,
  steps: [
    ...begin, ...propose('call', 'cut'),
    { on: 'n1', op: 'cutover.expire', call: 'call' },
    ...applied,
    { on: 'n1', op: 'cutover.step', call: 'call', until: 'idle' },
    { on: 'n1', op: 'cutover.begin', call: 'next' },
    {
      on: 'n1', op: 'cutover.poll', call: 'call',
      checks: [{ check: 'stays', clause: 'repair/honest-outcomes', says: 'It stays unknown.', expect: { ok: { phase: 'idle', answer: { is: 'unknown' } } } }],
    },
  ],
};
/** A second call when the first one is through. */
const again: Toy = {
  id: 'toy/again', level: 'L2', hole: ['H5'], keys, entries,
  steps: [
    ...begin, ...propose('call', 'cut'), ...applied,
    { on: 'n1', op: 'cutover.step', call: 'call', until: 'idle' },
    { on: 'n1', op: 'role', is: 'leader', entry: 'second-term' },
    { on: 'n1', op: 'cutover.begin', call: 'next' },
    { on: 'n1', op: 'cutover.step', call: 'next', until: 'drained' },
    { on: 'n1', op: 'cutover.step', call: 'next', until: 'proposed', entry: 'second' },
    { on: 'n2', op: 'replicate', from: 'n1', commit: true },
    { on: 'n1', op: 'commit', to: 'second', if: 'second' },
  ],
};
/** What a leader appended is overwritten by the next one. */
const deposed: Toy = {
  id: 'toy/deposed', level: 'L2', hole: ['H8'], keys, entries,
  steps: [
    ...begin, write('lost'), { on: 'n1', op: 'admit', ticket: 'lost', entry: 'overwritten' },
    write('waiting'),
    { on: 'n2', op: 'replicate', from: 'n1', to: 'first', apply: true },
    { on: 'n2', op: 'role', is: 'leader', entry: 'other' },
    { on: 'n1', op: 'role', is: 'follower', term: '3' },
    { on: 'n1', op: 'replicate', from: 'n2', apply: true },
    {
      on: 'n1', op: 'state',
      checks: [
        { check: 'truncated', clause: 'base/log-append', says: 'Its own entry is gone.', expect: { ok: { log: { last: { $index: 'other' } }, chain: { $chain: ['boot'] } } } },
        { check: 'told', clause: '6E-2/proposal-resolved-once', says: 'Nobody knows of the one, and the other is lost.', expect: { ok: { tickets: [{ state: 'unknown', index: { $index: 'overwritten' } }, { state: 'lost' }] } } },
      ],
    },
  ],
};
const all = [whole, behind, expired, again, deposed];

test('what nodes make is carried on under its name, whoever has it', async (t) => {
  t.timeout(240_000);
  const { report, events } = await run('well', all);
  t.deepEqual(report.failures.map(({ check, got, step }) => `${check} ${step?.number ?? ''} ${got}`), []);
  t.like(report, { verdict: 'conformant', scenarios: { run: 5, passed: 5 } });
  t.regex(report.headline, /toy leader, level L2, profile repaired/);
  t.regex(consoleOf(tally(events), report, null, pc.createColors(false)), /^L2 · /);
  const ops = events.flatMap((event) => event.type === 'request' && event.case === 'extra/toy/behind' ? [`${event.op}${event.node === undefined ? '' : ` ${event.node}`}`] : []);
  t.deepEqual(ops.slice(4, 13), ['append n1', 'state n1', 'append n2', 'commit n2', 'apply n2', 'state n2', 'role n1', 'state n1', 'commit n1']);
});

test('the same seed gives the same transcript', async (t) => {
  t.timeout(240_000);
  const said = async (): Promise<unknown[]> => (await run('well', all)).events.flatMap((event) =>
    event.type === 'request' ? [[event.op, event.node, event.case, event.op === 'hello' || event.op === 'open' ? null : event.args]] : event.type === 'reply' ? [{ ...event.reply, id: 0 }] : [])
    .filter((one) => !JSON.stringify(one).includes('no-such-operation'));
  t.deepEqual(await said(), await said());
});

/** How nodes misbehave, and the one thing that it breaks; with what comes of it besides. */
const broken: readonly [mode: string, invariant: string, got: RegExp, also?: readonly string[]][] = [
  ['plain-above', 'i1-seal-matches-index', /"two", plain/, ['extra/toy/whole/sealed']],
  ['halts', 'i2-no-halt', /halted \(raft-unwrap-failed\) at 5/, ['extra/toy/whole/alike']],
  ['forks', 'i3-same-mode', /as "(plain|sealed above \d)"/],
  ['again', 'i4-one-cutover-entry', /another at 5/],
  ['behind', 'i5-append-behind-none', /"registered" at 4/],
  ['moves', 'i6-cutover-write-once', /cutover \d/],
  ['header', 'i7-snapshot-carries-cutover', /0/],
  ['wrapless', 'i8-applied-means-sealing', /it is off/],
  ['keyless', 'i9-key-present', /it is not/],
  ['forgets', 'i10-replay-total', /first_seen|characters/],
  ['stuck', 'i11-ok-means-writable', /it is closed/],
  ['refuses', 'i11-ok-means-writable', /refused \(writer-not-registered\)/],
  ['dishonest', 'i12-no-means-never', /"cut" is committed at 3/, ['extra/toy/expired/stays']],
  ['hasty', 'i13-no-sealed-bytes', /"other"/, ['extra/toy/deposed/told']],
  ['boasts', 'i13-no-sealed-bytes', /it is done/],
];
for (const [mode, invariant, got, also = []] of broken) {
  test(`a node that ${mode} breaks ${invariant}, and no other`, async (t) => {
    t.timeout(240_000);
    const { report } = await run(mode, all);
    const found = report.failures.filter(({ check }) => check.startsWith('invariants/'));
    t.deepEqual([...new Set(found.map(({ check }) => check))], [`invariants/${invariant}`], report.failures.map((failure) => `${failure.check} ${failure.case} ${failure.step?.number ?? ''}: ${failure.expected}, ${failure.got}`).join('\n'));
    t.regex(found[0]?.got ?? '', got);
    const others = report.failures.filter(({ check, kind }) => !check.startsWith('invariants/') && kind === 'answer').map(({ check }) => check);
    t.deepEqual(others, [...also]);
  });
}

test('a chain that is garbled is none of what was meant, and none that two replicas share', async (t) => {
  t.timeout(240_000);
  const { report } = await run('garbles', [whole]);
  t.deepEqual(report.failures.flatMap(({ check }) => check.startsWith('invariants/') ? [check] : []), ['invariants/i3-same-mode', 'invariants/i10-replay-total', 'invariants/i13-no-sealed-bytes']);
});

test('what a step needs and what never came about ends the scenario, in words', async (t) => {
  t.timeout(240_000);
  const stop = async (mode: string, steps: Steps): Promise<string> => {
    const last: Steps = [{ on: 'n1', op: 'state', checks: [{ check: 'comes', clause: 'base/applied-index', says: 'It comes so far.', expect: { ok: { applied: '2' } } }] }];
    const { report } = await run(mode, [{ id: 'toy/stops', level: 'L2', keys, entries, steps: [...begin, ...steps, ...last] }], { skip: ['invariants/*'] });
    return report.failures.map(({ kind, step, got }) => `${kind} ${step?.op ?? ''} ${got}`).join();
  };
  t.is(await stop('well', [write('one'), { on: 'n1', op: 'close' }, { on: 'n1', op: 'open' }, { on: 'n1', op: 'admit', ticket: 'one', entry: 'made' }]), 'setup admit the ticket "one" was given before n1 was started again');
  t.is(
    await stop('well', [...propose('call', 'cut'), { on: 'n1', op: 'propose', source: 'registration', ticket: 'reg', may: ['ok', 'refused'] }, { on: 'n1', op: 'admit', ticket: 'reg', entry: 'made' }]),
    'setup admit the ticket "reg" never came about',
  );
  t.is(await stop('endless', propose('call', 'cut')), 'setup cutover.step n1.cutover.step neither waits nor comes to "drained" in 12 requests');
  t.regex(await stop('renumbers', [write('one'), { on: 'n1', op: 'admit', ticket: 'one', entry: 'made' }]), /^malformed admit an answer that is not one of the protocol: .*at 9, and the log ended at 2/);
  t.is(await stop('well', [{ on: 'n1', op: 'snapshot.take', snapshot: 'snap' }, { on: 'n3', op: 'open' }, { on: 'n3', op: 'replicate', from: 'n1', to: 'first' }]), '');
});

test('an adapter of level L1 is asked for nothing of a leader', async (t) => {
  const { report } = await run('follower', all);
  t.like(report, { verdict: 'nothing-ran', scenarios: { run: 0 } });
  t.deepEqual(report.undeclared.map(({ what }) => what), ['level L2']);
});

test('a node that dies within a step of a leader is looked at, and the run ends where it would have to lead', async (t) => {
  t.timeout(240_000);
  const { report, events } = await run('well', [{ ...whole, crashable: true }, { ...deposed, crashable: true }], { crash: 'all', profile: 'proposal' });
  t.deepEqual(report.failures.map(({ check, case: id, expected, got }) => `${check} ${id} ${expected} ${got}`), []);
  t.true(report.crashes.run > 60 && report.crashes.survived === report.crashes.run, `${report.crashes.survived} of ${report.crashes.run}`);
  const died = new Set(events.flatMap((event) => event.type === 'crash' ? [`${event.node} ${event.point}`] : []));
  t.deepEqual([...died].sort(), ['n1 fsm', 'n1 log', 'n1 open', 'n2 fsm', 'n2 log', 'n2 open', 'n3 fsm', 'n3 log', 'n3 open']);
});

test('a log that a crash leaves longer than it ever was is no state before or after', async (t) => {
  t.timeout(240_000);
  const { report } = await run('doubles', [{ ...deposed, crashable: true }], { crash: 'log', run: ['crashes/*'] });
  t.regex(report.failures[0]?.expected ?? '', /a log as before or after the step, with its last entry at/);
  t.true(report.crashes.survived < report.crashes.run);
});
