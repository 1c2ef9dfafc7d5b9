/**
 * What the runner does without a process: reading lines, selecting and planning, judging.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { InputError, UsageError } from '../conformance/errors.js';
import { MAX_LINE, type HelloReply, type Reply } from '../conformance/protocol/messages.js';
import { printable } from '../conformance/report/text.js';
import { LineSplitter, readLine, structureOf } from '../conformance/runner/lines.js';
import { selectIds } from '../conformance/runner/patterns.js';
import { loadLibrary } from '../conformance/vectors/library.js';
import { planFor, requiredClauses } from '../conformance/runner/plan.js';
import { judgeCase, type Got } from '../conformance/runner/verdict.js';
import { declares, home, toyCase, toyCheck, toyLibrary } from './toy-adapter.js';

// ── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────

test('a line is a reply, an event or a problem', (t) => {
  const read = (text: string | Buffer): string => {
    const line = readLine(Buffer.from(text));
    return 'reply' in line ? `${line.outcome} ${line.reply.id}` : 'event' in line ? `event ${line.event}` : 'malformed' in line ? `malformed ${line.malformed}` : line.problem.kind;
  };
  const nested = (depth: number): string => `{"id":1,"ok":{"a":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`;
  const table: [string | Buffer, string][] = [
    ['{"id":7,"ok":{}}', 'ok 7'], ['{"id":7,"ok":{},"new":[1]}\r', 'ok 7'], ['{"id":7,"unknown":{}}', 'unknown 7'],
    ['{"id":7,"refused":{"reasons":["too-short"]}}', 'refused 7'], ['{"id":7,"halted":{"reasons":["too-short"],"index":"12"}}', 'halted 7'],
    ['{"id":7,"unsupported":{"what":"x"}}', 'unsupported 7'], ['{"id":7,"fault":{"message":"x"}}', 'fault 7'],
    ['{"event":"trace","n":1}', 'event trace'],
    ['{"id":7}', 'malformed 7'], ['{"id":7,"ok":{},"fault":{"message":"x"}}', 'malformed 7'], ['{"id":7,"ok":[]}', 'malformed 7'],
    ['{"id":7,"refused":{"reasons":[]}}', 'malformed 7'], ['{"id":7,"halted":{"reasons":["x"],"index":12}}', 'malformed 7'],
    ['{"ok":{}}', 'garbage'], ['{"id":"7","ok":{}}', 'garbage'], ['{"id":-1,"ok":{}}', 'garbage'], ['{"id":1.5,"ok":{}}', 'garbage'], ['{"event":1}', 'garbage'],
    ['', 'garbage'], ['INFO started', 'garbage'], ['[1]', 'garbage'], ['null', 'garbage'], ['{"id":7,"ok":{}} {}', 'garbage'], ['\ufeff{"id":7,"ok":{}}', 'garbage'],
    ['{"id":7,"ok":{},"__proto__":{}}', 'garbage'], ['{"id":7,"ok":{"a":{"__proto__":1}}}', 'garbage'], ['{"id":7,"ok":{"\\u005f_proto__":1}}', 'garbage'],
    ['{"id":7,"ok":{"constructor":{"prototype":{}}}}', 'garbage'],
    ['{"id":7,"ok":{"result":"halt"},"ok":{}}', 'garbage'], ['{"id":8,"id":7,"ok":{}}', 'garbage'], ['{"id":7,"ok":{"a":[{"b":1,"\\u0062":1}]}}', 'garbage'],
    ['{"id":7,"ok":{"a:b":":","c":[{"a:b":{}}, ":{\\":"]}}', 'ok 7'],
    [Buffer.from('{"id":7,"ok":{"a":"\xff"}}', 'latin1'), 'garbage'],
    [nested(64), 'ok 1'], [nested(65), 'garbage'], [`{"id":1,"ok":{"a":"${'['.repeat(500)}\\"${'{'.repeat(500)}"}}`, 'ok 1'],
  ];
  for (const [text, expected] of table) t.is(read(text), expected, String(text));
  t.is(structureOf('['.repeat(900_000)).depth, 900_000);
});

test('what is wrong with a line is told in printable words', (t) => {
  const line = readLine(Buffer.from('\u001b[31mlog\u0000 of \u2028 me'));
  t.true('problem' in line && line.problem.detail.includes('\\x1b[31mlog\\x00 of \\x2028 me'));
  t.regex(printable('a'.repeat(1000)), /… \(1000 characters\)$/);
  t.is(printable('\ud800'), '\ufffd');
});

test('lines come out the same however the bytes are cut', (t) => {
  const lines = ['{"a":1}', '', 'ä'.repeat(50), 'x'.repeat(300)];
  const bytes = Buffer.from(`${lines.join('\n')}\nrest`);
  t.notThrows(() => fc.assert(fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
    const splitter = new LineSplitter();
    const got: (string | undefined)[] = [];
    const at = [0, ...[...cuts].sort((left, right) => left - right), bytes.length];
    at.slice(1).forEach((end, n) => { for (const line of splitter.push(bytes.subarray(at[n], end))) got.push(line?.toString()); });
    return JSON.stringify(got) === JSON.stringify(lines) && splitter.rest().toString() === 'rest';
  })));
});

test('a line may have exactly the bytes of the limit, its line break included', (t) => {
  const lengths = (bytes: Buffer[]): (number | null)[] => {
    const splitter = new LineSplitter();
    return bytes.flatMap((chunk) => [...splitter.push(chunk)].map((line) => line?.length ?? null));
  };
  t.deepEqual(lengths([Buffer.from(`${'x'.repeat(MAX_LINE - 1)}\n`)]), [MAX_LINE - 1]);
  t.deepEqual(lengths([Buffer.from(`${'x'.repeat(MAX_LINE)}\n`)]), [null]);
  t.deepEqual(lengths([Buffer.alloc(MAX_LINE, 'x'), Buffer.from('x')]), [null]);
});

// ── Selecting and planning ──────────────────────────────────────────────────────────────────────────────────────

const ids = ['raft-envelope/unwrap/raft-aad', 'raft-envelope/wrap/raft-aad', 'sidecar/read/sidecar-u64', 'extra/sidecar/read/sidecar-u64'];

test('patterns select by parts', (t) => {
  const file = join(home, 'patterns.txt');
  writeFileSync(file, '# ours\nsidecar/**   # all of it\n\nraft-envelope/wrap/*\n');
  const windows = join(home, 'patterns-crlf.txt');
  writeFileSync(windows, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
  const table: [string[], string[], number[]][] = [
    [[], [], [0, 1, 2, 3]], [['raft-envelope/**'], [], [0, 1]], [['raft-envelope/*/raft-aad'], [], [0, 1]], [['**/sidecar-u64'], [], [2, 3]],
    [['*/read/*'], [], [2]], [['*/un*/*'], [], [0]], [[], ['extra/**', 'raft-envelope/wrap/raft-aad'], [0, 2]], [['raft-envelope/**'], ['*/wrap/**'], [0]],
    [[`@${file}`], [], [1, 2]], [[`@${windows}`], [], [1, 2]], [['{raft-envelope,sidecar}/*/*'], [], [0, 1, 2]], [['sidecar/**'], ['sidecar/**'], []],
  ];
  for (const [runs, skips, expected] of table) t.deepEqual([...selectIds(ids, runs, skips)], expected.map((at) => ids[at]), JSON.stringify([runs, skips]));
});

test('a pattern that matches nothing is an error that names it', (t) => {
  const file = join(home, 'stale.txt');
  writeFileSync(file, 'sidecar/**\ngone/**\n');
  writeFileSync(join(home, 'empty.txt'), '# nothing\n');
  const fails = (runs: string[], skips: string[], message: RegExp, type: typeof UsageError | typeof InputError = UsageError): void => {
    t.regex(t.throws(() => selectIds(ids, runs, skips), { instanceOf: type })?.message ?? '', message);
  };
  fails(['sidecar'], [], /--run: the pattern "sidecar" matches no check \(`cutcheck list` shows them all\)/);
  t.throws(() => selectIds(['extra/mine/one/holds'], ['mine/**'], []), { instanceOf: UsageError, message: '--run: the pattern "mine/**" matches no check (the ids of what you added begin with "extra/": "extra/mine/**" matches)' });
  fails(['sidecar/*'], [], /"sidecar\/\*"/);
  fails([], ['!sidecar/**'], /--skip: the pattern "!sidecar\/\*\*"/);
  fails([''], [], /--run: a pattern is empty/);
  fails([`@${file}`], [], /stale\.txt, line 2: the pattern "gone\/\*\*"/);
  fails([`@${join(home, 'absent')}`], [], /absent.*ENOENT/, InputError);
  fails([`@${join(home, 'empty.txt')}`], [], /has none/, InputError);
});

test('required is what profile, level and formats demand', (t) => {
  const library = toyLibrary(
    toyCheck('both', []), toyCheck('old', [], { profile: 'proposal' }), toyCheck('new', [], { profile: 'repaired' }),
    toyCheck('file', [], { class: 'file' }), toyCheck('high', [], { level: 'L1' }), toyCheck('other', [], { format: 'other' }),
  );
  const statuses = (profile: 'proposal' | 'repaired', hello: HelloReply, skip: string[] = []): string[] => {
    const plan = planFor(library, hello, profile, selectIds(library.checks.map(({ id }) => id), [], skip));
    return plan.event.checks.map((check) => `${check.group} ${check.required ? 'required' : 'not'} ${check.run}`);
  };
  t.deepEqual(statuses('repaired', declares()), [
    'both required sent', 'old not sent', 'new required sent', 'file not unsupported', 'high not unsupported', 'other not unsupported',
  ]);
  t.deepEqual(statuses('proposal', declares({ level: 'L2', formats: { toy: ['codec', 'file'] } }), ['toy/both/*', 'toy/old/*']), [
    'both required deselected', 'old required deselected', 'new not sent', 'file required sent', 'high required sent', 'other not unsupported',
  ]);
  t.deepEqual(planFor(library, declares({ formats: { toys: ['codec'] }, choices: { 'base/sidecar-json': 'x', 'base/raft-aad': 'y' } }), 'repaired', new Set()).event.notes.map((note) => /"[^"]+"/.exec(note)?.[0]),
    ['"toys"', '"x"', '"base/raft-aad"']);
  // What is declared and not looked at is said: a class, a reason that no table has, a level.
  const beyond = planFor(loadLibrary(), declares({ level: 'L3', formats: { 'aead-envelope': ['codec', 'file'] }, reasons: { Mine: 'no-such-reason', Ours: 'length' } }), 'repaired', new Set()).event;
  t.deepEqual(beyond.notes, [
    'the adapter declares the class file of aead-envelope, which this version does not judge',
    'the adapter maps "Mine" to the reason "no-such-reason", which the published table does not have',
  ]);
  t.is(beyond.level, 'L1');
});

test('clauses are required up to the declared level, those of the repair only when it is judged', (t) => {
  const [atL0, atL2, proposal] = [requiredClauses('repaired', 'L0'), requiredClauses('repaired', 'L2'), requiredClauses('proposal', 'L2')];
  t.true(atL0.includes('base/proposal-decode') && atL2.length > atL0.length && atL0.every((id) => atL2.includes(id)));
  t.true(atL2.some((id) => id.startsWith('repair/')) && !proposal.some((id) => id.startsWith('repair/')));
});

// ── Judging ─────────────────────────────────────────────────────────────────────────────────────────────────────

const ok = (answer: Record<string, unknown>): Got => ({ kind: 'reply', outcome: 'ok', reply: { id: 1, ok: answer } as Reply });
const other = (outcome: 'refused' | 'halted' | 'unknown' | 'unsupported' | 'fault', content: object): Got => ({ kind: 'reply', outcome, reply: { id: 1, [outcome]: content } as unknown as Reply });

test('a case passes by the right answer and by nothing else', (t) => {
  const item = { check: toyCheck('g', [], { format: 'proposal-envelope', group: 'decode' }), case: toyCase('g/a', {}, { result: 'valid', observed: { payload: '00' } }) };
  const rejects = { ...item, case: toyCase('g/b', {}, { result: 'invalid', reasons: ['too-short'] }) };
  const mapping = declares({ reasons: { ErrShort: 'too-short' } });
  const kind = (at: typeof item, got: Got): string | null => judgeCase(at, got, mapping)?.kind ?? null;
  t.is(kind(item, ok({ result: 'valid', observed: { payload: '00', proposal_id: '9', beyond: 1 } })), null);
  t.is(kind(rejects, ok({ result: 'invalid', reasons: ['ErrShort'] })), null);
  const table: [typeof item, Got, string][] = [
    [item, ok({ result: 'valid', observed: { payload: '01' } }), 'answer'], [item, ok({ result: 'valid' }), 'answer'], [item, ok({ result: 'invalid' }), 'answer'],
    [rejects, ok({ result: 'invalid', reasons: ['ErrOther'] }), 'answer'], [rejects, ok({ result: 'valid' }), 'answer'],
    [item, ok({}), 'malformed'], [item, ok({ result: 'ok' }), 'malformed'],
    // Outputs are held to the declaration of the group, expected or not.
    [item, ok({ result: 'valid', observed: { payload: '00', proposal_id: 9 } }), 'malformed'], [item, ok({ result: 'valid', observed: { payload: 'XY' } }), 'malformed'],
    [rejects, other('refused', { reasons: ['too-short'] }), 'refused'], [rejects, other('halted', { reasons: ['too-short'] }), 'halted'],
    [item, other('unknown', {}), 'unknown'], [item, other('fault', { message: 'x' }), 'fault'], [item, other('unsupported', { what: 'x' }), 'unsupported'],
    [item, { kind: 'malformed', detail: 'x' }, 'malformed'], [item, { kind: 'not-run', detail: 'x' }, 'not-run'], [item, { kind: 'answered-twice' }, 'answered-twice'],
    [item, { kind: 'not-sent', detail: 'x' }, 'not-sent'], [item, { kind: 'suite-fault', detail: 'x' }, 'suite-fault'],
    [item, { kind: 'breakdown', breakdown: { kind: 'exited', detail: 'x' } }, 'exited'],
  ];
  for (const [at, got, expected] of table) t.is(kind(at, got), expected, JSON.stringify(got));
  // Failures are held to the end of the run: of an endless answer only the beginning.
  const endless = judgeCase(rejects, ok({ result: 'invalid', reasons: Array.from({ length: 50_000 }, () => 'r'.repeat(1_000)) }), mapping);
  t.true(JSON.stringify(endless).length < 10_000);
});

test('a choice is judged by the declared alternative, and needs one', (t) => {
  const item = {
    check: toyCheck('g', []),
    case: { ...toyCase('g/a', {}, null), choice: 'base/sidecar-json' as const, alternatives: { lenient: { result: 'valid' as const }, strict: { result: 'invalid' as const } } },
  };
  const judge = (choices: Record<string, string>, result: string) => judgeCase(item, ok({ result }), declares({ choices }));
  t.is(judge({ 'base/sidecar-json': 'strict' }, 'invalid'), null);
  t.is(judge({ 'base/sidecar-json': 'lenient' }, 'valid'), null);
  t.is(judge({ 'base/sidecar-json': 'lenient' }, 'invalid')?.kind, 'answer');
  t.like(judge({}, 'valid'), { kind: 'choice-undeclared', got: 'no declaration' });
  t.like(judge({ 'base/sidecar-json': 'toString' }, 'valid'), { kind: 'choice-undeclared', got: '"toString"' });
});
