/** Scenarios as data: reading and linting, expansion, what stands where, and what the published ones state. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import fc from 'fast-check';
import { shown } from '../conformance/cli/show.js';
import { scenarioIds, scenarioPage, shownScenario } from '../conformance/cli/show-scenario.js';
import { InputError, UsageError } from '../conformance/errors.js';
import { dataKey } from '../conformance/oracle/keys.js';
import { publishedSchemas } from '../conformance/publish/json-schema.js';
import { expandScenario } from '../conformance/scenarios/expand.js';
import { cutoverOf, followLogs, unnatural } from '../conformance/scenarios/facts.js';
import { follow, indicesOf } from '../conformance/scenarios/follow.js';
import { loadSuite, needsOf, scenarioChecks } from '../conformance/scenarios/library.js';
import { lintScenario } from '../conformance/scenarios/lint.js';
import { loadScenarios, readScenario } from '../conformance/scenarios/load.js';
import { scenario as shape, type Scenario } from '../conformance/scenarios/schema.js';
import { clauses } from '../spec/clauses.js';
import { goodLeaderScenario, goodScenario, type Json } from './good-scenario.js';

const KEK = Buffer.alloc(32, 0x42);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const root = mkdtempSync(join(tmpdir(), 'cutcheck-scenarios-'));
test.after.always(() => { rmSync(root, { recursive: true, force: true }); });

// ── A scenario, and what may be wrong with one ──────────────────────────────────────────────────────────────

const good = goodScenario;

const parsed = (value: Json): Scenario => shape.parse(value);
const source = (value: unknown, name = '/x/a/good.json'): { name: string; bytes: Uint8Array } =>
  ({ name, bytes: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) });

type Change = (steps: Json[], all: Json & { entries: Json; keys: Json }) => void;
const changed = (change: Change): Json => {
  const value = good() as Json & { entries: Json; keys: Json; steps: Json[] };
  change(value.steps, value);
  return value;
};
const checkOf = (step: Json | undefined): Json => (step?.['checks'] as Json[])[0] ?? {};
const before = (at: number, ...more: Json[]): Change => (steps) => { steps.splice(at, 0, ...more); };
const checked = (change: (check: Json) => void): Change => (steps) => { change(checkOf(steps[3])); };
const stateSays = (members: Json): Change => (steps) => { checkOf(steps[4])['expect'] = { ok: members }; };

test('a good scenario reads, and follows from its file', (t) => {
  const read = readScenario(source(good()), '', 'a/');
  t.is(read.scenario.id, 'a/good');
  t.is(readScenario(source(good(), '/x/good.json'), 'extra/', '').scenario.id, 'extra/a/good');
  t.deepEqual(lintScenario(parsed(good())), []);
  t.deepEqual(scenarioChecks(read.scenario).map(({ id, step, profile, needs }) => ({ id, step, profile, needs })), [
    { id: 'a/good/all', step: 4, profile: 'both', needs: ['disk.dir'] }, { id: 'a/good/state', step: 5, profile: 'both', needs: ['disk.dir'] },
  ]);
});

const BAD: readonly (readonly [what: string, change: Change, message: RegExp])[] = [
  ['an unknown step', before(5, { on: 'n1', op: 'frobnicate' }), /^step 6: expected an op that there is \(open, close, append.*\), got "frobnicate"$/],
  ['a step of no kind', before(5, { on: 'n1', opp: 'close' }), /^step 6: expected an object with one of .*, got one with on, opp$/],
  ['an unknown node', before(5, { on: 'n9', op: 'state' }), /^step 6: on: expected a node \(n1, n2, n3\), or a list of several: one after the other, got "n9"$/],
  ['an unknown member of a step', before(5, { on: 'n1', op: 'close', now: true }), /^step 6: expected no other members than on, op, got "now"$/],
  ['a number for a u64', before(5, { on: 'n1', op: 'commit', to: 3 }), /^step 6: to: expected .*, got 3$/],
  ['an unknown clause', checked((check) => { check['clause'] = '6E-2/no-such-thing'; }), /^step 4: checks\[0\]\.clause: expected .*, got "6E-2\/no-such-thing"; nearest: .*$/],
  ['an unknown reason', checked((check) => { check['expect'] = { refused: { one_of: ['because'] } }; }), /^step 4: checks\[0\]\.expect\.refused\.one_of\[0\]: expected .*, got "because"; nearest: .*$/],
  ['an unknown kind of entry', (_steps, { entries }) => { entries['x'] = { seald: {} }; }, /^entries\.x: expected an object with one of empty, raw, .*, got one with seald$/],
  ['an unknown payload', (_steps, { entries }) => { entries['write'] = { plain: { txt: '' } }; }, /^entries\.write\.plain: expected an object with one of text, .*, got one with txt$/],
  ['a wrong member of a payload', (_steps, { entries }) => { entries['cut'] = { plain: { cutover: { key: 'raft', proposer: { node: 'm1', epoch: 0 } } } }; }, /^entries\.cut\.plain\.cutover\.proposer\.node: expected a raft id.*, got "m1"$/],
  ['an unknown capability', (_steps, all) => { all['needs'] = ['disk.dirr']; }, /^needs\[0\]: expected "disk\.dir" or .*, got "disk\.dirr"$/],
  ['an unknown invariant', (_steps, all) => { all['suspends'] = ['I99']; }, /^suspends\[0\]: expected .*, got "I99"; nearest: /],
  ['another id than that of the file', (_steps, all) => { all['id'] = 'a/better'; }, /^id: expected "a\/good", as the file lies, got "a\/better"$/],
  ['an entry of no name', (steps) => { (steps[1]?.['entries'] as string[]).push('gone'); }, /^step 2: expected an entry of this scenario \(term, boot, .*\), got "gone"$/],
  ['an entry that is the last by name', (_steps, { entries }) => { entries['last'] = { empty: true }; }, /^entries: expected another name than "last"/],
  ['an entry that no step appends', (_steps, { entries }) => { entries['spare'] = { empty: true }; }, /^entries\.spare: expected an entry that a step appends/],
  ['a key of no name', (_steps, { keys }) => { delete keys['next']; }, /^entries\.rotate: expected a key of this scenario \(storage, raft\), got "next"$/],
  ['a key that nothing names', (_steps, { keys }) => { keys['spare'] = 4; }, /^keys\.spare: expected a key that an entry, a proposal or a check names/],
  ['a key in a pattern', stateSays({ keys: [{ id: { $key: 'gone' } }] }), /^step 5: \$key: expected a key of this scenario .*, got "gone"$/],
  ['a saved answer of later', checked((check) => { check['expect'] = { ok: { applied: { $saved: 'end.applied' } } }; }), /^step 4: \$saved: expected something that an earlier step saved \(none did\), got "end"$/],
  ['an answer saved twice', before(5, { on: 'n1', op: 'state', save: 'end' }), /^step 6: save: expected a name that no earlier step saved, got "end"$/],
  ['a copy that nobody kept', before(6, { on: 'n1', file: 'fsm', edit: { restore: 'copy' } }), /^step 7: restore: expected a copy that an earlier step kept \(none did\), got "copy"$/],
  ['a copy of another role', before(7, { on: 'n1', file: 'fsm', edit: { restore: 'copy' } }), /^step 8: restore: expected a copy of the role fsm, got "copy", which is of sidecar$/],
  ['a log with a hole', before(3, { on: 'n1', op: 'append', entries: ['write'], at: '9' }), /^step 4 \(n1 append\): expected the first entry at 8 or below, behind the log of n1, got a hole before 9/],
  ['a hole from the start', (steps) => { if (steps[1] !== undefined) steps[1]['at'] = '2'; }, /^step 2 \(n1 append\): expected the first entry at 1 or below.*, got a hole before 2/],
  ['another entry over a committed one', before(3, { on: 'n1', op: 'append', entries: ['after'], at: '3' }), /^step 4 \(n1 append\): expected index 3 to keep its entry, which is committed, got "after" in its place/],
  ['a commit beyond the log', before(3, { on: 'n1', op: 'commit', to: '8' }), /^step 4 \(n1 commit\): to: expected an index up to 7, where the log of n1 ends, got 8$/],
  ['a commit to what is not there yet', before(1, { on: 'n1', op: 'commit', to: 'write' }), /^step 2 \(n1 commit\): to: expected an entry that stands in the log of n1 by then, got "write"$/],
  ['an edit under an open node', before(5, { on: 'n1', file: 'sidecar', edit: { remove: true } }), /^step 6 \(n1 file sidecar\): expected n1 to be closed/],
  ['a step of a closed node', before(6, { on: 'n1', op: 'state' }), /^step 7 \(n1 state\): expected n1 to be open, got a closed node$/],
  ['a second open', before(1, { on: 'n1', op: 'open' }), /^step 2 \(n1 open\): expected n1 to be closed, got an open node$/],
  ['an append after a halt', (steps) => { checkOf(steps[3])['expect'] = { halted: { reasons: 'any' } }; steps.splice(4, 0, { on: 'n1', op: 'append', entries: ['write'] }); }, /^step 5 \(n1 append\): expected n1 to run, got one that halted/],
  ['two checks of a name', (steps) => { checkOf(steps[4])['check'] = 'all'; }, /^step 5 \(n1 state\): expected a check of its own name, got "all", which step 4 \(n1 apply\) has$/],
  ['a check of nothing', checked((check) => { delete check['expect']; }), /^step 4 \(n1 apply\), check all: expected expect, any_of or never, got none of them$/],
  ['two kinds of expectation', checked((check) => { check['any_of'] = [{ ok: {} }, { refused: 'any' }]; }), /check all: expected expect or any_of, got both$/],
  ['a check that all answers fit', checked((check) => { delete check['expect']; check['any_of'] = [{ ok: {} }, { refused: 'any' }, { halted: { reasons: 'any' } }]; }), /check all: expected a check that can fail/],
  ['a question that is answered', (steps) => { checkOf(steps[4])['expect'] = { ok: {} }; }, /check state: expected a check that can fail/],
  ['an outcome that cannot come', (steps) => { checkOf(steps[4])['expect'] = { halted: { reasons: 'any' } }; }, /check state: expected an outcome that the step can have \(ok, refused\), got "halted"$/],
  ['a clause of no level', checked((check) => { check['clause'] = Object.values(clauses).find(({ level }) => level === null)?.id; }), /check all: expected a clause that can be exercised/],
  ['a repair clause for all', checked((check) => { check['clause'] = 'repair/replay'; check['profile'] = 'both'; }), /check all: profile: expected "repaired"/],
  ['a member that no answer has', stateSays({ cutofer: '4' }), /check state: cutofer: expected a member that the answer has \(applied, .*\), got "cutofer"$/],
  ['the same where it is forbidden', checked((check) => { check['never'] = [{ ok: { halted: true } }]; }), /check all: halted: expected a member that the answer has/],
  ['a number where a text is', stateSays({ cutover: 4 }), /check state: cutover: expected a u64 as a decimal string, got 4$/],
  ['a text where a number is', stateSays({ keys: [{ epoch: '1' }] }), /check state: keys\[0\]\.epoch: expected a number, got "1"$/],
  ['a reason of no table', stateSays({ halted: ['because'] }), /check state: halted\[0\]: expected a reason of the published table, got "because"$/],
  ['a lookup of another kind', stateSays({ cutover: { $key: 'raft' } }), /check state: cutover: expected a u64 as a decimal string, got "\$key"/],
  ['an unknown lookup', stateSays({ cutover: { $idx: 'cut' } }), /check state: cutover: expected one of \$index, .*, got "\$idx"$/],
  ['a lookup beside others', stateSays({ sidecar: { $not: null, index: '1' } }), /check state: sidecar: expected "\$not" alone in its object/],
  ['a choice of nothing', stateSays({ cutover: { $oneOf: [] } }), /check state: cutover: expected a list of patterns behind "\$oneOf"/],
  ['a list looked into that is none', stateSays({ cutover: { $has: ['1'] } }), /check state: cutover: expected a list for "\$has" to look into/],
  ['an entry in a pattern before it is there', before(1, { on: 'n1', op: 'state', checks: [{ check: 'x', clause: 'base/log-append', says: 'x', expect: { ok: { applied: { $index: 'cut' } } } }] }), /check x: expected an entry that stands in this log by then, got "cut"$/],
  ['an entry that stands twice in a pattern', (steps) => { (steps[1]?.['entries'] as string[]).push('later'); }, /check all: expected an entry that stands in this log once, got "later", which stands there 2 times$/],
  ['damage beyond the bytes', (_steps, { entries }) => { entries['write'] = { plain: { text: '' }, damage: { flip: 99 } }; }, /^entries: expected an offset into 10 bytes, got 99$/],
  ['an invariant suspended without need', (_steps, all) => { all['suspends'] = ['I2']; }, /^suspends: expected no invariant, since .*, got I2$/],
  ['a power failure without syncs', before(5, { on: 'n1', op: 'crash.now', power: true }), /^step 6 \(n1 crash\.now\): expected a scenario with sync true/],
  ['no check at all', (steps) => { delete steps[3]?.['checks']; delete steps[4]?.['checks']; }, /^expected a check at one of its steps/],
];

test('what is wrong with a scenario is told in one sentence that names the place', (t) => {
  for (const [what, change, message] of BAD) {
    const error = t.throws(() => readScenario(source(changed(change)), '', 'a/'), { instanceOf: InputError }, what);
    const text = error?.message ?? '';
    t.true(text.startsWith('/x/a/good.json: '), `${what}: ${text}`);
    t.regex(text.slice('/x/a/good.json: '.length), message, what);
    t.false(text.includes('\n'), what);
  }
});

test('a hole, or other entries over committed ones, may be tried where a refusal is expected', (t) => {
  for (const at of ['9', '3']) {
    const tried = { on: 'n1', op: 'append', entries: ['after'], at, checks: [{ check: 'no', clause: 'base/log-append', says: 'it is refused', expect: { refused: { one_of: ['log-gap', 'log-committed'] } } }] };
    t.deepEqual(lintScenario(parsed(changed(before(3, tried)))), []);
  }
  t.deepEqual(lintScenario(parsed(changed(before(3, { on: 'n1', op: 'append', entries: ['write'], at: '3' })))), ['step 5 (n1 apply), check all: expected an entry that stands in this log by then, got "later"',
    'step 6 (n1 state), check state: expected an entry that stands in this log by then, got "cut"', 'step 6 (n1 state), check state: expected an entry that stands in this log by then, got "after"',
    'step 6 (n1 state), check state: expected an entry that stands in this log by then, got "rotate"', 'step 6 (n1 state), check state: expected an entry that stands in this log by then, got "later"']);
});

test('a file that is no scenario is an input error', (t) => {
  for (const [text, message] of [
    ['{', /expected one JSON document/], ['[]', /expected object, got a list/], ['null', /expected object, got null/], ['{"steps":[null]}', /step 1: expected /],
    ['{"a":1,"a":2}', /expected each member once, got "a" twice/], [JSON.stringify(good()).replace('"term":{', '"term":{"empty":true},"term":{'), /entries: expected each member once, got "term" twice/],
    ['{"__proto__":{}}', /forbidden prototype/], [`${'['.repeat(100)}${']'.repeat(100)}`, /levels of nesting/],
  ] as const) t.throws(() => readScenario(source(text), '', 'a/'), { instanceOf: InputError, message }, text.slice(0, 40));
});

test('whatever is changed in a scenario, it reads or is an input error', (t) => {
  for (const make of [good, goodLeaderScenario]) {
    const paths: (readonly (string | number)[])[] = [];
    const walk = (value: unknown, path: readonly (string | number)[]): void => {
      if (path.length > 0) paths.push(path);
      if (Array.isArray(value)) value.forEach((item, at) => { walk(item, [...path, at]); });
      else if (typeof value === 'object' && value !== null) for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name]);
    };
    walk(make(), []);
    const name = `/x/${String(make()['id'])}.json`;
    const names = paths.map((path) => path.reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], make())).filter((value) => typeof value === 'string');
    fc.assert(fc.property(fc.constantFrom(...paths), fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...names)), (path, junk) => {
      const value = make();
      const holder = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], value) as Record<string | number, unknown>;
      holder[path.at(-1) ?? ''] = junk;
      try {
        readScenario(source(value, name), '', 'a/');
      } catch (error) {
        t.true(error instanceof InputError, String(error instanceof Error ? error.stack : error));
      }
    }), { numRuns: 600 });
  }
  t.pass();
});

// ── Expansion ───────────────────────────────────────────────────────────────────────────────────────────────

test('entries are written out: the same for the same KEK, ids and nonces counted on', (t) => {
  const { entries, keys } = expandScenario(parsed(good()), { kek: KEK });
  const data = (name: string): string => entries.get(name)?.data ?? '';
  t.is(data('term'), '');
  t.true(data('boot').startsWith('01000000000000010104010000000700'), data('boot'));
  t.is(data('write'), `010000000000000102${hex(Buffer.from('\0one'))}`);
  t.is(data('cut'), '0100000000000001030501050000000802000000000000000808b37b07b558d4c00000');
  t.is(data('after').slice(0, 54), '010000000000000104010000000008d4c000010000000000000001');
  t.is(data('rotate').slice(30, 54), 'd4c000010000000000000002');
  t.is(data('later').slice(18, 54), '010000000009d4c000010000000000000003');
  t.like(entries.get('after'), { sealed: true, opens: true, encryptionEntry: false, plain: hex(Buffer.from('\0two')), cutover: null });
  t.like(entries.get('rotate'), { sealed: true, opens: true, encryptionEntry: true });
  t.like(entries.get('cut'), { sealed: false, opens: false, encryptionEntry: true, cutover: 'raft' });
  t.is(hex(keys.get('raft')?.bytes ?? KEK), hex(dataKey('raft')));
  t.deepEqual(expandScenario(parsed(good()), { kek: KEK }), expandScenario(parsed(good()), { kek: KEK }));
  t.not(expandScenario(parsed(good()), { kek: Buffer.alloc(32) }).entries.get('boot')?.data, data('boot'));
});

test('damage makes an entry that does not open, the flag alone does not', (t) => {
  const facts = (of: Json, wrapping: Json = { plain: { text: 'x' } }): unknown => {
    const value = changed((_steps, { entries }) => { entries['write'] = wrapping; entries['after'] = { sealed: { payload: { text: 'two' }, key: 'raft', ...of } }; });
    return expandScenario(parsed(value), { kek: KEK }).entries.get('after')?.opens;
  };
  t.is(facts({}), true);
  t.is(facts({ flag: 255 }), true);
  for (const of of [{ damage: { flip: -1 } }, { damage: { flip: 0 } }, { damage: { cut: 33 } }, { damage: { behind: '00' } }, { damage: { byte: { at: 5, is: 7 } } }, { as: 'next' }]) t.is(facts(of), false, JSON.stringify(of));
});

// ── What stands where ───────────────────────────────────────────────────────────────────────────────────────

test('a scenario is followed: appends overwrite, copies of a log come back, and facts tell what breaks', (t) => {
  const steps = follow(parsed(good()));
  t.deepEqual(steps.map(({ after }) => after.open), ['open', 'open', 'open', 'open', 'open', 'closed', 'closed']);
  t.is(indicesOf(steps[1]?.after.log ?? []).get('cut'), 4n);
  t.is(steps[2]?.after.commit, 7n);
  t.is(steps[5]?.after.commit, 0n);
  const expanded = expandScenario(parsed(good()), { kek: KEK });
  t.is(cutoverOf(steps[1]?.after.log ?? [], expanded), 4n);
  t.deepEqual(followLogs(expanded).map(({ form, breaks }) => [form, breaks]), [
    ['empty', null], ['plain', null], ['plain', null], ['plain', null], ['sealed', null], ['sealed', null], ['sealed', null]]);
  t.deepEqual(unnatural(expanded), []);

  const order = (...names: string[]): string[] => unnatural(expandScenario(parsed(changed((all) => { if (all[1] !== undefined) all[1]['entries'] = names; })), { kek: KEK }));
  t.deepEqual(order('boot', 'cut', 'write', 'after', 'rotate', 'later', 'term'), ['"write" stands plain above the cutover']);
  t.deepEqual(order('boot', 'after', 'cut', 'write'), ['"after" is sealed at or below the cutover', '"write" stands plain above the cutover']);
  t.deepEqual(order('cut', 'boot', 'write'), ['"cut" stands before a bootstrap']);
  t.deepEqual(order('boot', 'boot'), ['"boot" is a second bootstrap']);

  const back = parsed(changed((all) => { all.push(
    { on: 'n1', file: 'log', edit: { keep: 'before' } }, { on: 'n1', file: 'log', edit: { remove: true } }, { on: 'n2', file: 'log', edit: { restore: 'before' } }); }));
  const followed = follow(back);
  t.deepEqual(followed.at(-1)?.after.log?.map(({ entry }) => entry), followed[1]?.after.log?.map(({ entry }) => entry));
  t.deepEqual(followed.at(-2)?.after.log, []);
  t.deepEqual(unnatural(expandScenario(back, { kek: KEK })), ['step 9 edits the log', 'step 10 edits the log']);
});

test('what a scenario needs follows from its steps', (t) => {
  const needs = (...more: Json[]): readonly string[] => needsOf(parsed(changed((steps) => { steps.splice(6, 1, ...more); })));
  t.deepEqual(needs(), []);
  t.deepEqual(needs({ on: 'n1', find: { text: 'x', in: ['log'] } }), ['disk.dir']);
  t.deepEqual(needs({ on: 'n1', op: 'crash.now' }), ['crash.points']);
  t.deepEqual(needs({ on: 'n1', op: 'crash.now', power: true }, { on: 'n1', file: 'sidecar', edit: { remove: true } }), ['disk.virtual', 'crash.points']);
  t.deepEqual(needs({ on: 'n1', op: 'snapshot.header' }), ['snapshot.header']);
});

// ── The published scenarios ─────────────────────────────────────────────────────────────────────────────────

const suite = loadSuite();

test('published scenarios: ids of their own, clauses that are there, and the schema holds', (t) => {
  const ids = [...suite.checks, ...suite.scenarioChecks, ...suite.invariantChecks].map(({ id }) => id);
  t.is(new Set(ids).size, ids.length);
  t.true(suite.scenarioChecks.length >= 80, `${suite.scenarioChecks.length} checks`);
  const schema = publishedSchemas().get('scenario.schema.json') ?? {};
  const valid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
  for (const { scenario, file, bytes: text } of suite.scenarios) {
    t.true(valid(JSON.parse(Buffer.from(text).toString())), `${file}: ${JSON.stringify(valid.errors?.[0])}`);
    t.deepEqual(lintScenario(scenario), [], file);
  }
  t.false(valid({ ...good(), steps: [{ on: 'n1', op: 'frobnicate' }] }));
  t.is(loadSuite().digest, suite.digest);
});

test('published scenarios: no check is of a clause that is to come', (t) => {
  const early = suite.scenarioChecks.filter(({ clause }) => !clauses[clause].implemented).map(({ id, clause }) => `${id} of ${clause}`);
  t.deepEqual(early, []);
});

test('published scenarios: what suspends an invariant does what the design could not have done', (t) => {
  for (const { scenario } of suite.scenarios.filter((one) => one.scenario.suspends.length > 0)) {
    const facts = unnatural(expandScenario(scenario, { kek: KEK }));
    t.true(facts.length > 0, scenario.id);
  }
  for (const { invariant, scenarios, level } of suite.invariantChecks.filter(({ crashes }) => !crashes)) {
    t.true(scenarios.length > 0, invariant);
    t.deepEqual(scenarios, suite.scenarios.filter(({ scenario }) => scenario.level >= level && !scenario.suspends.includes(invariant)).map(({ scenario }) => scenario.id));
  }
});

test('scenarios of a user come beside ours, with ids of their own', (t) => {
  const directory = join(root, 'mine');
  const put = (path: string, value: unknown): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), JSON.stringify(value));
  };
  put('a/good.json', good());
  put('flat.json', { ...good(), id: 'mine/flat' });
  const both = loadSuite({ scenarios: directory });
  t.deepEqual(both.scenarios.slice(suite.scenarios.length).map(({ scenario }) => scenario.id), ['extra/mine/flat', 'extra/a/good']);
  t.not(both.digest, suite.digest);
  t.true(both.scenarioChecks.some(({ id }) => id === 'extra/a/good/all'));
  put('b/flat.json', { ...good(), id: 'mine/flat' });
  t.throws(() => loadScenarios({ extra: directory }), { instanceOf: InputError, message: /id: expected "b\/flat", as the file lies, got "mine\/flat"/ });
  t.throws(() => loadScenarios({ extra: join(root, 'nowhere') }), { instanceOf: InputError, message: /expected a directory that can be read, got nothing there/ });
  mkdirSync(join(root, 'empty'));
  t.throws(() => loadScenarios({ extra: join(root, 'empty') }), { instanceOf: InputError, message: /expected scenario files/ });
});

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────

test('show prints scenarios, their checks and invariants so that they can be read', (t) => {
  const mine = { ...suite, scenarios: [readScenario(source(good()), '', 'a/')], scenarioChecks: scenarioChecks(parsed(good())) };
  const page = (id: string): string => {
    const found = shownScenario(id, mine);
    return found === null ? '' : scenarioPage(found).join('\n');
  };
  t.regex(page('a/good'), /^scenario a\/good \(L1\)\nwhat is right\n/);
  t.regex(page('a/good'), / 2 {2}n1 append term, boot, write, cut, after, rotate, later\n/);
  t.regex(page('a/good'), / 7 {2}n1 sidecar: keep "copy"\n/);
  t.regex(page('a/good'), /all · 6E-2\/dispatch-is-strict · both\n +all are applied\n +expect {2}ok \{applied: \{\$index: "later"\}\}/);
  t.regex(page('a/good'), /Run it: cutcheck run --run 'a\/good\/\*' -- COMMAND$/);
  t.regex(page('a/good/all'), /^check a\/good\/all/);
  t.notRegex(page('a/good/all'), / 5 {2}n1 state/);
  t.regex(page('invariants/i2-no-halt'), /^invariant invariants\/i2-no-halt \(I2\)\nno correct replica halts\n/);
  t.is(shownScenario('a/bad', mine), null);
  t.throws(() => shown('a/goof', undefined, scenarioIds(mine)), { instanceOf: UsageError, message: /nearest: a\/good/ });
  for (const id of scenarioIds(suite)) t.truthy(shownScenario(id, suite), id);
});

const cli = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });

test('commands: list, show and explain know scenarios, and bad ones end with 2', (t) => {
  const [first] = suite.scenarioChecks;
  const rows = JSON.parse(run('list', '--json').stdout) as { id: string; kind: string }[];
  t.is(rows.filter(({ kind }) => kind === 'scenario').length, suite.scenarioChecks.length);
  t.is(rows.filter(({ kind }) => kind === 'invariant').length, suite.invariantChecks.length);
  t.is((JSON.parse(run('show', first?.id ?? '', '--json').stdout) as { what: string }).what, 'check');
  t.true(run('explain', first?.clause ?? '').stdout.includes(`${first?.id ?? '?'} (scenario)`));
  const directory = join(root, 'bad', 'a');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'good.json'), JSON.stringify(changed(before(5, { on: 'n1', op: 'frobnicate' }))));
  const listed = run('list', '--scenarios', dirname(directory));
  t.is(listed.status, 2);
  t.regex(listed.stderr, /^cutcheck: .*good\.json: step 6: expected an op that there is .*\n$/);
  t.is(readFileSync(join(directory, 'good.json'), 'utf8').length > 0, true);
});
