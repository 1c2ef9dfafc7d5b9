/** Scenarios of level L2 as data: what is wrong with one is told, names of what nodes make, and the log book of a run. */
import test from 'ava';
import fc from 'fast-check';
import { bootstrap, registration, request, rotation, SUB_TAGS } from '../conformance/oracle/entries.js';
import { nonce, proposal, sealed } from '../conformance/oracle/envelope.js';
import { keyChange, readData } from '../conformance/oracle/read.js';
import { InputError } from '../conformance/errors.js';
import type { LogEntryMessage } from '../conformance/protocol/operations.js';
import { expandScenario } from '../conformance/scenarios/expand.js';
import { cutoverOf } from '../conformance/scenarios/facts.js';
import { follow } from '../conformance/scenarios/follow.js';
import { needsOf } from '../conformance/scenarios/library.js';
import { lintScenario } from '../conformance/scenarios/lint.js';
import { loadScenarios, readScenario } from '../conformance/scenarios/load.js';
import { LogBook } from '../conformance/scenarios/log-book.js';
import { matchPattern } from '../conformance/scenarios/match.js';
import { scenario as shape, type Scenario } from '../conformance/scenarios/schema.js';
import { messageOf, readings } from '../conformance/scenarios/standing.js';
import { stepWords } from '../conformance/scenarios/step-words.js';
import { goodLeaderScenario as good, goodScenario, type Json } from './good-scenario.js';

const KEK = Buffer.alloc(32, 0x42);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const parsed = (value: Json): Scenario => shape.parse(value);
const source = (value: unknown): { name: string; bytes: Uint8Array } => ({ name: '/x/a/led.json', bytes: Buffer.from(JSON.stringify(value)) });

type Change = (steps: Json[], all: Json) => void;
const changed = (change: Change): Json => {
  const value = good();
  change(value['steps'] as Json[], value);
  return value;
};
const before = (at: number, ...more: Json[]): Change => (steps) => { steps.splice(at, 0, ...more); };
const member = (at: number, name: string, value: unknown): Change => (steps) => { Object.assign(steps[at] ?? {}, { [name]: value }); };
const without = (at: number, name: string): Change => (steps) => { delete steps[at]?.[name]; };
const says = (expect: Json): Json[] => [{ check: 'x', clause: '6E-2/intake', says: 'x', expect }];

test('a good scenario of level L2 reads', (t) => {
  t.is(readScenario(source(good()), '', 'a/').scenario.id, 'a/led');
  t.deepEqual(lintScenario(parsed(good())), []);
});

const BAD: readonly (readonly [what: string, change: Change, message: RegExp])[] = [
  ['a ticket that no step brings', member(3, 'ticket', 't-bot'), /^step 4: ticket: expected the name of a ticket that an earlier step brings \(t-boot\), got "t-bot"$/],
  ['a ticket of later', before(2, { on: 'n1', op: 'cancel', ticket: 't-boot' }), /^step 3: ticket: expected .* \(none does\), got "t-boot"$/],
  ['a ticket of another node', before(9, { on: 'n2', op: 'cancel', ticket: 't-one' }), /^step 10: ticket: expected a ticket of n2, got "t-one", which is of n1$/],
  ['a ticket that is an entry', before(9, { on: 'n1', op: 'cancel', ticket: 'boot' }), /^step 10: ticket: expected the name of a ticket .*, got "boot", which is an entry$/],
  ['a call that no step brings', member(10, 'call', 'cal'), /^step 11: call: expected the name of a call that an earlier step brings \(call\), got "cal"$/],
  ['a snapshot that no step brings', member(14, 'snapshot', 'none'), /^step 15: snapshot: expected the name of a snapshot that an earlier step brings \(image\), got "none"$/],
  ['an entry that no step makes', member(5, 'to', 'two'), /^step 6: expected an entry of this scenario \(it has none, term-1, boot\), got "two"$/],
  ['an entry of later', member(5, 'to', 'cut'), /^step 6: expected an entry of this scenario .*, got "cut"$/],
  ['a ticket for an entry', member(5, 'to', 't-boot'), /^step 6: expected an entry, got "t-boot", which is a ticket$/],
  ['an entry of a node, appended', (steps, all) => { all['entries'] = { x: { empty: true } }; steps.splice(5, 0, { on: 'n2', op: 'append', entries: ['x', 'boot'] }); }, /^step 6: expected an entry that is written in the scenario, got "boot", which n1 made: a step "replicate" carries it over$/],
  ['a name twice', member(8, 'entry', 'boot'), /^step 9: entry: expected a name of its own, got "boot", which an entry of n1 has$/],
  ['a name of two kinds', member(9, 'call', 'boot'), /^step 10: call: expected a name of its own, got "boot", which an entry of n1 has$/],
  ['a name that an entry of the scenario has', (steps, all) => { all['entries'] = { boot: { empty: true } }; steps.splice(1, 0, { on: 'n1', op: 'append', entries: ['boot'] }); }, /^step 5: entry: expected a name of its own, got "boot", which an entry of this scenario has$/],
  ['the last by name', member(3, 'entry', 'last'), /^step 4: entry: expected another name than "last"/],
  ['a condition of no name', member(8, 'if', 't-two'), /^step 9: if: expected the name of a ticket, call, entry or snapshot that an earlier step brings \(term-1, t-boot, boot, t-one\), got "t-two"$/],
  ['a check on a condition', member(8, 'checks', says({ ok: { form: 'plain' } })), /^step 9: if: expected no checks at a step that may be passed over, got one$/],
  ['an unknown phase', member(10, 'until', 'closed'), /^step 11: until: expected "idle" or "gated" or .*, got "closed"$/],
  ['an unknown caller', member(7, 'source', 'user'), /^step 8: source: expected .*"client-write" or .*, got "user"$/],
  ['a key of no name in a proposal', (steps) => { steps[2] = { on: 'n1', op: 'propose', source: 'registration', payload: { registration: { key: 'raff', node: 'n1', epoch: 1 } }, ticket: 't-boot' }; }, /^step 3: payload: expected a key of this scenario \(storage, raft\), got "raff"$/],
  ['a proposal of nothing', without(7, 'payload'), /^step 8: payload: expected one, since only a registration is made by the node itself, got none for "client-write"$/],
  ['a leader without a name for its entry', without(1, 'entry'), /^step 2: entry: expected a name for the empty entry of the new leader, got none$/],
  ['a follower with an entry', before(9, { on: 'n1', op: 'role', is: 'follower', entry: 'x' }), /^step 10: entry: expected none, since a follower appends nothing, got "x"$/],
  ['a step of L2 in a scenario of L1', (_steps, all) => { all['level'] = 'L1'; }, /^level: expected "L2", since step 2 is one of that level, got "L1"$/],
  ['a log of its own', member(11, 'from', 'n2'), /^step 12: from: expected another node than the one that takes it, got "n2"$/],
  ['a transfer to itself', before(9, { on: 'n1', op: 'transfer', to: 'n1' }), /^step 10: to: expected another node than the one that leads, got "n1"$/],
  ['a node twice', member(6, 'on', ['n1', 'n1']), /^step 7: on: expected each node once, got one twice$/],
  ['an unknown node among several', member(6, 'on', ['n1', 'n9']), /^step 7: on: expected a node \(n1, n2, n3\), or a list of several.*, got \["n1","n9"\]$/],
  ['answers of several, saved', member(12, 'save', 'x'), /^step 13: save: expected a step on one node, whose answer is kept, got one on several$/],
  ['a proposal to a follower', before(9, { on: 'n2', op: 'propose', source: 'client-write', payload: { text: '' }, ticket: 't-two' }), /^step 10 \(n2 propose\): expected n2 to lead, got a follower: a step "role" comes before$/],
  ['a cutover on a node that was started again', before(9, { on: 'n1', op: 'close' }, { on: 'n1', op: 'open' }), /^step 12 \(n1 cutover\.begin\): expected n1 to lead, got a follower/],
  ['a leader that takes entries', before(9, { on: 'n1', op: 'replicate', from: 'n2' }), /^step 10 \(n1 replicate\): expected n1 to follow, since it takes the entries of another leader, got the leader of term 1/],
  ['a term that was led', before(9, { on: 'n1', op: 'role', is: 'leader', term: '1', entry: 'x' }), /^step 10 \(n1 role\): term: expected one above 1, which n1 has led, got 1/],
  ['a step of a closed node', before(14, { on: 'n3', op: 'close' }), /^step 16 \(n3 snapshot\.install\): expected n3 to be open, got a closed node$/],
  ['a commit to what cannot stand there', (steps, all) => {
    all['entries'] = { x: { plain: { text: 'x' } } };
    steps.splice(12, 0, { on: 'n3', op: 'append', entries: ['x'] }, { on: 'n2', op: 'commit', to: 'x' });
  }, /^step 14 \(n2 commit\): to: expected an entry that may stand in the log of n2 by then, got "x"$/],
  ['a member that no answer has', before(9, { on: 'n1', op: 'cutover.begin', call: 'one-more', checks: says({ ok: { form: 'plain' } }) }), /check x: form: expected a member that the answer has \(call, phase, answer\), got "form"$/],
  ['an answer of another kind', before(14, { on: 'n1', op: 'cutover.poll', call: 'call', checks: says({ ok: { answer: { is: 'applied', reasons: ['not-leader'] } } }) }), /check x: answer\.reasons: expected a member that the answer has \(is, index, already\), got "reasons"$/],
  ['an answer of no kind', before(14, { on: 'n1', op: 'cutover.poll', call: 'call', checks: says({ ok: { answer: { is: 'done' } } }) }), /check x: answer\.is: expected .*, got "done"$/],
  ['a reason of no table', before(14, { on: 'n1', op: 'cutover.poll', call: 'call', checks: says({ ok: { answer: { is: 'not-appended', reasons: ['because'] } } }) }), /check x: answer\.reasons\[0\]: expected a reason of the published table, got "because"$/],
  ['a form that there is not', before(9, { on: 'n1', op: 'role', is: 'leader', entry: 'x', checks: says({ ok: { entry: { form: 'wrapped' } } }) }), /check x: entry\.form: expected "empty" or "plain" or .*, got "wrapped"$/],
  ['the absence of what is always there', before(14, { on: 'n1', op: 'cutover.poll', call: 'call', checks: says({ ok: { phase: { $absent: true } } }) }), /check x: phase: expected a member that an answer may leave out/],
  ['a halt of a proposal', before(9, { on: 'n1', op: 'cancel', ticket: 't-one', checks: says({ halted: { reasons: 'any' } }) }), /check x: expected an outcome that the step can have \(ok, refused\), got "halted"$/],
];

test('what is wrong with a scenario of level L2 is told in one sentence that names the place', (t) => {
  for (const [what, change, message] of BAD) {
    const error = t.throws(() => readScenario(source(changed(change)), '', 'a/'), { instanceOf: InputError }, what);
    const text = error?.message ?? '';
    t.true(text.startsWith('/x/a/led.json: '), `${what}: ${text}`);
    t.regex(text.slice('/x/a/led.json: '.length), message, what);
  }
});

test('what is refused where it may be is no mistake', (t) => {
  const refused = says({ refused: 'any' });
  for (const step of [
    { on: 'n2', op: 'propose', source: 'client-write', payload: { text: '' }, ticket: 't-two', checks: refused },
    { on: 'n1', op: 'role', is: 'leader', term: '1', entry: 'x', may: ['refused'] },
    { on: 'n2', op: 'cutover.begin', call: 'two', checks: refused },
    { on: 'n1', op: 'append', entries: ['written'], may: ['ok', 'refused'] },
  ]) {
    const value = changed((steps, all) => {
      if (step.op === 'append') all['entries'] = { written: { empty: true } };
      steps.splice(9, 0, step);
    });
    t.deepEqual(lintScenario(parsed(value)), [], step.op);
  }
});

// ── Followed without a node ─────────────────────────────────────────────────────────────────────────────────

test('a scenario is followed as far as it is sure what a node appends', (t) => {
  const steps = follow(parsed(good()));
  t.deepEqual(steps.map(({ number }) => number), [1, 1, 1, 2, 3, 4, 5, 5, 6, 7, 7, 7, 8, 9, 10, 11, 12, 13, 13, 14, 15]);
  const at = (number: number, on = 'n1') => steps.find(({ step, number: own }) => own === number && step.on === on);
  t.deepEqual(at(2)?.after.log, [{ entry: 'term-1', index: 1n, term: 1n }]);
  t.deepEqual([at(2)?.term, at(2)?.after.role, at(2)?.sure], [1n, 'leader', true]);
  t.deepEqual(at(5, 'n3')?.after.log?.map(({ entry, index }) => `${index} ${entry}`), ['1 term-1', '2 boot']);
  t.deepEqual([at(5, 'n3')?.after.commit, at(12, 'n2')?.after.log], [2n, null]);
  // Whether it was let in is not known, and its name may stand there.
  t.deepEqual([at(9)?.sure, at(9)?.after.log, at(9)?.after.named.map(({ entry }) => entry)], [false, null, ['term-1', 'boot', 'one']]);
  t.deepEqual(at(12, 'n2')?.after.named.map(({ entry }) => entry), ['term-1', 'boot', 'one', 'cut']);
  t.deepEqual(at(15, 'n3')?.after.named.map(({ entry }) => entry), ['term-1', 'boot', 'one', 'cut']);

  const more = follow(parsed(changed(before(15,
    { on: 'n1', op: 'role', is: 'follower' }, { on: 'n2', op: 'role', is: 'leader', entry: 'term-2' }, { on: 'n3', op: 'role', is: 'leader', term: '7', entry: 'term-7' },
    { on: 'n3', op: 'close' }, { on: 'n1', op: 'role', is: 'leader', entry: 'term-8' },
  ))));
  t.deepEqual(more.slice(-5).map(({ term, after }) => [term, after.role]), [[null, 'follower'], [2n, 'leader'], [7n, 'leader'], [null, 'follower'], [8n, 'leader']]);
});

test('what a scenario needs: snapshots, and a disk that outlives its process where another node leads', (t) => {
  t.deepEqual(needsOf(parsed(good())), ['snapshot']);
  const dies = (on: string, ...first: Json[]): readonly string[] => needsOf(parsed(changed(before(13, ...first, { on, op: 'crash.now' }, { on, op: 'open' }))));
  t.deepEqual(dies('n2'), ['disk.virtual', 'crash.points', 'snapshot']);
  t.deepEqual(dies('n1'), ['crash.points', 'snapshot']);
  t.deepEqual(dies('n2', { on: 'n1', op: 'role', is: 'follower' }), ['crash.points', 'snapshot']);
});

test('the log book of a scenario of level L1 says what was followed', (t) => {
  for (const { scenario } of loadScenarios().filter((one) => one.scenario.level === 'L1')) {
    const book = new LogBook(expandScenario(scenario, { kek: KEK }));
    for (const { step, after, before: old, number } of follow(scenario)) {
      if ('file' in step) book.edited(step);
      if ('op' in step && step.op === 'append' && after !== old) book.put(step.on, book.placed(step));
      const placed = book.log(step.on).entries?.map(({ entry, index, term }) => ({ entry, index, term })) ?? null;
      t.deepEqual(placed, after.log?.map(({ entry, index, term }) => ({ entry, index, term })) ?? null, `${scenario.id}, step ${number}`);
    }
  }
});

// ── The log book ────────────────────────────────────────────────────────────────────────────────────────────

const expanded = expandScenario(parsed(changed((_steps, all) => { all['entries'] = { written: { plain: { text: 'written' } } }; })), { kek: KEK });
const keyOf = (name: string): Uint8Array => expanded.keys.get(name)?.bytes ?? KEK;
const message = (index: bigint, data: Uint8Array, term = 1n): LogEntryMessage => ({ index: `${index}`, term: `${term}`, type: 'normal', data: hex(data) });
const empty = (index: bigint, term: bigint): LogEntryMessage => message(index, new Uint8Array(), term);
const wrap = (payload: Uint8Array, key = 'raft', count = 1n): Uint8Array =>
  sealed({ key: keyOf(key), keyId: expanded.keys.get(key)?.id ?? 0, payload, nonce: nonce(7, 3, count) });
const row = { keyId: 8, node: 5n, epoch: 3 };
const cutover = rotation({ subTag: SUB_TAGS.cutover, keyId: 8, purpose: 2, wrapped: new Uint8Array(), proposer: row });

test('the form of what a node made is read by the suite', (t) => {
  const book = new LogBook(expanded);
  const one = request('one');
  const read = (data: Uint8Array, proposed: Uint8Array | null = one) => readings(book.make('n1', message(1n, data), { name: 'x', by: 't', proposed: proposed === null ? null : hex(proposed) }));
  t.deepEqual(read(new Uint8Array(), null), { form: 'empty' });
  t.deepEqual(read(proposal(7n, one)), { form: 'plain' });
  t.deepEqual(read(proposal(7n, wrap(one))), { form: 'sealed', key: 8, nonce: '00070003' + '0000000000000001', epoch: 3 });
  t.is(read(proposal(7n, wrap(one, 'storage'))).key, 7);
  t.deepEqual(read(proposal(7n, cutover), null), { form: 'cutover' });
  t.is(read(proposal(7n, wrap(cutover)), null).form, 'sealed');
  // Something else than what was proposed, in either form; a key that nobody has; no proposal.
  t.is(read(proposal(7n, request('two'))).form, 'other');
  t.is(read(proposal(7n, wrap(request('two')))).form, 'other');
  t.is(read(proposal(7n, sealed({ key: KEK, keyId: 8, payload: one, nonce: nonce(7, 3, 1n) }))).form, 'other');
  t.is(read(Buffer.from('00ff', 'hex')).form, 'other');
  // The chain goes over what was proposed; where the node chose it, over what can be read.
  t.is(book.make('n1', message(1n, proposal(7n, request('two'))), { name: 'x', by: 't', proposed: hex(one) }).plain, hex(one));
  t.is(book.make('n1', message(1n, proposal(7n, wrap(cutover))), { name: 'x', by: 't', proposed: null }).plain, hex(cutover));
});

test('what a payload does to keys is read as it was written', (t) => {
  const wrapped = new Uint8Array(60);
  t.deepEqual(keyChange(bootstrap({ storage: { keyId: 7, wrapped }, raft: { keyId: 8, wrapped }, rows: [row, row] })), { does: 'bootstrap', storage: 7, raft: 8 });
  t.deepEqual(keyChange(rotation({ subTag: SUB_TAGS.rotation, keyId: 9, purpose: 2, wrapped, proposer: { ...row, keyId: 9 } })), { does: 'rotation', key: 9, purpose: 2, sound: true });
  t.deepEqual(keyChange(cutover), { does: 'cutover', key: 8, purpose: 2, sound: true });
  t.deepEqual(keyChange(rotation({ subTag: SUB_TAGS.storageCutover, keyId: 7, purpose: 1, wrapped: new Uint8Array(), proposer: { ...row, keyId: 7 } })), { does: 'storage-cutover', key: 7, purpose: 1, sound: true });
  for (const odd of [{ purpose: 1 }, { wrapped }, { keyId: 9 }]) {
    const change = keyChange(rotation({ subTag: SUB_TAGS.cutover, keyId: 8, purpose: 2, wrapped: new Uint8Array(), proposer: row, ...odd }));
    t.is(change?.does === 'cutover' && change.sound, false, JSON.stringify(odd));
  }
  t.is(keyChange(registration(row)), null);
  t.is(keyChange(request('x')), null);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(200), (bytes, cut) => {
    t.notThrows(() => keyChange(bytes));
    t.notThrows(() => readData(bytes, () => KEK));
    const whole = bootstrap({ storage: { keyId: 7, wrapped: bytes }, raft: { keyId: 8, wrapped: bytes }, rows: [row] });
    if (cut < whole.length) t.is(keyChange(whole.subarray(0, cut)), null);
    t.is(keyChange(Buffer.concat([whole, Uint8Array.of(0)])), null);
  }), { numRuns: 200 });
});

test('names lead to where an entry stands, and where it stands no more to where it was made', (t) => {
  const book = new LogBook(expanded);
  book.make('n1', empty(1n, 1n), { name: 'term-1', by: null, proposed: null });
  book.ticket({ name: 't-one', node: 'n1', id: '1', proposed: hex(request('one')) });
  t.is(book.misplaced('n1', message(2n, new Uint8Array())), null);
  t.regex(book.misplaced('n1', message(3n, new Uint8Array())) ?? '', /an entry at 3, where its log ends at 1/);
  const one = book.make('n1', message(2n, proposal(1n, request('one'))), { name: 'one', by: 't-one', proposed: hex(request('one')) });
  t.deepEqual([book.made('one'), book.made('t-one'), book.made('two')], [one, one, undefined]);
  t.deepEqual(['one', 't-one', 'two', 'written'].map((name) => book.cameAbout(name)), [true, true, false, false]);
  t.deepEqual([book.index('n1', 'one'), book.index('n1', 'last'), book.index('n1', '9'), book.index('n2', 'one'), book.last('n2')], [2n, 2n, 9n, null, 0n]);

  // Another leader overwrites it.
  book.put('n2', book.lacking('n2', { from: 'n1', to: 1n }) as never);
  book.make('n2', empty(2n, 2n), { name: 'term-2', by: null, proposed: null });
  book.put('n1', book.lacking('n1', { from: 'n2', to: 2n }) as never);
  t.is(book.index('n1', 'one'), null);
  const context = { expanded, names: book.names('n1'), saved: new Map() };
  t.is(matchPattern({ $index: 'one' }, '2', context), null);
  t.is(matchPattern({ $entry: 'term-2' }, { index: '2', term: '2', type: 'normal', data: '', form: 'empty' }, context), null);
  t.is(matchPattern({ $absent: true }, undefined, context), null);
  t.truthy(matchPattern({ $absent: false }, undefined, context));
  t.is(matchPattern({ a: { $absent: false } }, { a: 0 }, context), null);
  t.truthy(matchPattern({ a: { $absent: true } }, { a: 0 }, context));
});

test('a log is carried over from the first difference on, and no further than was asked', (t) => {
  const logs = fc.array(fc.tuple(fc.constantFrom(1n, 2n, 3n), fc.nat(2)), { maxLength: 8 });
  fc.assert(fc.property(logs, logs, fc.nat(8), (here, there, wanted) => {
    const book = new LogBook(expanded);
    const fill = (node: string, log: typeof here): void => {
      book.put(node, log.map(([term, what], at) => ({
        entry: `e${term}-${what}`, index: BigInt(at + 1), term, type: 'normal', data: `0${what}`, plain: null, standing: null, sealed: false, opens: false, encryptionEntry: false,
        form: 'other', seal: null, by: null,
      })));
    };
    fill('n1', there);
    fill('n2', here);
    const to = BigInt(Math.min(wanted, there.length));
    const lacks = book.lacking('n2', { from: 'n1', to });
    if (typeof lacks === 'string') return t.fail(lacks);
    const first = lacks[0];
    book.put('n2', lacks);
    const from = (node: string) => (book.log(node).entries ?? []).map(messageOf);
    // Up to there both are equal; what is longer and does not differ stays, as the rules of raft have it.
    t.deepEqual(from('n2').slice(0, Number(to)), from('n1').slice(0, Number(to)));
    t.is(from('n2').length, first === undefined ? here.length : Number(to));
    return t.deepEqual(book.lacking('n2', { from: 'n1', to }), []);
  }), { numRuns: 300 });
  const book = new LogBook(expanded);
  t.regex(String(book.lacking('n2', { from: 'n1', to: 3n })), /index 3 lies behind the log of n1, which ends at 0/);
  book.edited({ on: 'n1', file: 'log', edit: { flip: 3 } });
  t.is(book.log('n1').entries, null);
  t.regex(String(book.lacking('n2', { from: 'n1', to: 0n })), /the log of n1 is not known here: it was edited/);
});

test('a snapshot stands for the entries of the node that took it, and the log goes on where it fits', (t) => {
  const book = new LogBook(expanded);
  const make = (node: string, index: bigint, name: string, term = 1n) => book.make(node, empty(index, term), { name, by: null, proposed: null });
  make('n1', 1n, 'a');
  make('n1', 2n, 'b');
  make('n1', 3n, 'c');
  for (const [node, tail] of [['n2', 3n], ['n3', 1n]] as const) book.put(node, book.lacking(node, { from: 'n1', to: tail }) as never);
  book.taken('n1', 'image', { index: '2', term: '1', data: '00' });
  const image = book.snapshots.get('image');
  if (image === undefined) return t.fail();
  book.installed('n2', image);
  t.deepEqual(book.log('n2').entries?.map(({ entry }) => entry), ['a', 'b', 'c']);
  t.is(book.log('n2').first, 3n);
  book.installed('n3', image);
  t.deepEqual([book.log('n3').entries?.map(({ entry }) => entry), book.last('n3'), book.log('n3').first], [['a', 'b'], 2n, 3n]);
  t.deepEqual((book.lacking('n3', { from: 'n2', to: 3n }) as readonly { entry: string }[]).map(({ entry }) => entry), ['c']);
  // A node that lacks what another has in a snapshot alone has to take the snapshot.
  const fresh = new LogBook(expanded);
  fresh.put('n1', book.log('n1').entries ?? []);
  fresh.taken('n1', 'image', image.message);
  fresh.installed('n2', fresh.snapshots.get('image') ?? image);
  t.regex(String(fresh.lacking('n3', { from: 'n2', to: 2n })), /n3 lacks the entry at 1, and n2 has a snapshot in its place/);
  // What stood behind another entry at that index is gone.
  make('n2', 4n, 'e');
  make('n3', 3n, 'd', 2n);
  book.taken('n3', 'other', { index: '3', term: '2', data: '00' });
  book.installed('n2', book.snapshots.get('other') ?? image);
  t.deepEqual(book.log('n2').entries?.map(({ entry }) => entry), ['a', 'b', 'd']);
  // What a snapshot stands for is not carried over, whatever another log has there.
  make('n1', 4n, 'f');
  t.deepEqual((book.lacking('n2', { from: 'n1', to: 4n }) as readonly { entry: string }[]).map(({ entry }) => entry), ['f']);
  return t.true(book.cameAbout('other'));
});

test('the cutover of a log is that of the first entry that names the active key, written or made', (t) => {
  const value = { ...goodScenario(), level: 'L1' };
  const all = expandScenario(parsed(value), { kek: KEK });
  const steps = follow(parsed(value));
  const log = steps[1]?.after.log ?? [];
  t.is(cutoverOf(log, all), 4n);
  t.is(cutoverOf(log.filter(({ entry }) => entry !== 'boot'), all), null);
  const book = new LogBook(all);
  const append = steps[1]?.step;
  if (append === undefined) return t.fail();
  book.put('n1', book.placed(append).filter(({ index }) => index < 4n));
  t.is(cutoverOf(book.log('n1').entries ?? [], all), null);
  const raft = rotation({ subTag: SUB_TAGS.cutover, keyId: 8, purpose: 2, wrapped: new Uint8Array(), proposer: { keyId: 8, node: 1n, epoch: 2 } });
  const unsound = rotation({ subTag: SUB_TAGS.cutover, keyId: 8, purpose: 2, wrapped: new Uint8Array(), proposer: { keyId: 9, node: 1n, epoch: 2 } });
  book.make('n1', message(4n, proposal(9n, unsound)), { name: 'odd', by: 'call', proposed: null });
  t.is(cutoverOf(book.log('n1').entries ?? [], all), null);
  book.put('n1', book.placed(append).filter(({ index }) => index === 3n));
  book.make('n1', message(4n, proposal(9n, raft)), { name: 'made', by: 'call', proposed: null });
  return t.is(cutoverOf(book.log('n1').entries ?? [], all), 4n);
});

// ── In words ────────────────────────────────────────────────────────────────────────────────────────────────

test('steps of level L2 in one line each', (t) => {
  const words = parsed(changed(before(15,
    { on: 'n1', op: 'cutover.expire', call: 'call' }, { on: 'n1', op: 'transfer', to: 'n2' }, { on: 'n1', op: 'tick', ms: 500 }, { on: 'n1', op: 'role', is: 'follower', term: '3' },
  ))).steps.map(stepWords);
  t.deepEqual(words, [
    'n1, n2, n3 open', 'n1 leads: entry term-1', 'n1 propose as bootstrap bootstrap: ticket t-boot', 'n1 admit t-boot: entry boot', 'n2, n3 takes the log of n1, and commits it',
    'n1 commit to boot', 'n1, n2, n3 apply', 'n1 propose as client-write text "one": ticket t-one (may be ok or refused)', 'n1 admit t-one: entry one, if there is t-one',
    'n1 cutover.begin: call call', 'n1 cutover.step of call until proposed: entry cut', 'n2 takes the log of n1 up to cut, commits and applies it', 'n1, n2 state',
    'n2 snapshot.take: image', 'n3 snapshot.install image', 'n1 cutover.expire of call', 'n1 transfer to n2', 'n1 tick 500 ms', 'n1 follows term 3',
  ]);
});
