/**
 * One case: how its input is written out, how an answer is judged, and that the reference passes every case under both
 * providers of the AEAD port.
 */
import test from 'ava';
import fc from 'fast-check';
import type { ClauseId } from '../spec/clauses.js';
import { aeadByName } from '../conformance/adapters/reference/adapter.js';
import { vectorAnswerer } from '../conformance/adapters/reference/vectors.js';
import { InputError } from '../conformance/errors.js';
import { vecReply, type VecReply } from '../conformance/protocol/messages.js';
import { expandInput, MAX_EXPANDED } from '../conformance/vectors/expand.js';
import { judge } from '../conformance/vectors/judge.js';
import { loadLibrary } from '../conformance/vectors/library.js';
import type { Expectation } from '../conformance/vectors/schema.js';
import { composeOperations } from '../src/node/compose.js';
import { proposalRules, repairedRules } from '../src/node/rules.js';
import { absent, type Json } from './golden-files.js';

// ── Judge ───────────────────────────────────────────────────────────────────────────────────────────────────────

const answer = (result: VecReply['result'], rest: Partial<VecReply> = {}): VecReply => ({ result, reasons: [], observed: {}, ...rest });

test('judge: what counts and what does not', (t) => {
  const KEY = '00'.repeat(16) + 'ff'.repeat(16);
  const table: [name: string, expect: Expectation, got: VecReply, mismatch: RegExp | null][] = [
    ['a result', { result: 'valid' }, answer('valid'), null],
    ['another result', { result: 'valid' }, answer('invalid', { reasons: ['too-short'] }), /result: expected valid, got invalid \(too-short\)/],
    ['no reasons bind', { result: 'invalid' }, answer('invalid', { reasons: ['too-short'] }), null],
    ['a reason nobody knows', { result: 'invalid' }, answer('invalid', { reasons: ['bogus'] }), /reasons: .*"bogus", which the published table does not have/],
    ['a name of the prototype', { result: 'invalid' }, answer('invalid', { reasons: ['constructor'] }), /"constructor"/],
    ['reasons as sets', { result: 'invalid', reasons: ['too-short', 'length'] }, answer('invalid', { reasons: ['length', 'too-short', 'length'] }), null],
    ['a reason too few', { result: 'invalid', reasons: ['too-short', 'length'] }, answer('invalid', { reasons: ['length'] }),
      /expected too-short \+ length, got length/],
    ['a reason too many', { result: 'invalid', reasons: ['length'] }, answer('invalid', { reasons: ['length', 'too-short'] }), /reasons/],
    ['no reasons at all', { result: 'invalid', reasons: ['length'] }, answer('invalid'), /expected length, got none/],
    ['an own name of a reason', { result: 'invalid', reasons: ['length'] }, answer('invalid', { reasons: ['ErrLen'] }), null],
    ['one of several', { result: 'invalid', reasons_any_of: [['length'], ['too-short']] }, answer('invalid', { reasons: ['too-short'] }), null],
    ['none of several', { result: 'invalid', reasons_any_of: [['length'], ['too-short']] }, answer('invalid', { reasons: ['too-short', 'length'] }),
      /length or too-short/],
    ['an output that is not expected', { result: 'valid', observed: { a: 1 } }, answer('valid', { observed: { a: 1, b: 2 } }), null],
    ['an output that is missing', { result: 'valid', observed: { a: null } }, answer('valid'), /a: expected null, got nothing/],
    ['a member of the prototype', { result: 'valid', observed: { toString: 'x' } }, answer('valid'), /toString/],
    ['deep equality', { result: 'valid', observed: { f: { a: [1, { b: null }] } } }, answer('valid', { observed: { f: { a: [1, { b: null }] } } }), null],
    ['a deep difference', { result: 'valid', observed: { f: { a: [1, { b: null }] } } }, answer('valid', { observed: { f: { a: [1, { b: 0 }] } } }),
      /f\.a\[1\]\.b: expected null, got 0/],
    ['an inner member too many', { result: 'valid', observed: { f: { a: 1 } } }, answer('valid', { observed: { f: { a: 1, b: 2 } } }),
      /f\.b: expected nothing, got 2/],
    ['a list too short', { result: 'valid', observed: { f: [1, 2] } }, answer('valid', { observed: { f: [1] } }), /f: expected 2 items, got 1/],
    ['a list too long', { result: 'valid', observed: { f: [1] } }, answer('valid', { observed: { f: [1, 2] } }), /f: expected 1 items, got 2/],
    ['a number for a string', { result: 'valid', observed: { f: '1' } }, answer('valid', { observed: { f: 1 } }), /f/],
    ['a list for an object', { result: 'valid', observed: { f: {} } }, answer('valid', { observed: { f: [] } }), /f/],
    ['a run', { result: 'valid', observed: { f: { repeat: 'ab', count: 3 } } }, answer('valid', { observed: { f: 'ababab' } }), null],
    ['a run too short', { result: 'valid', observed: { f: { repeat: 'ab', count: 3 } } }, answer('valid', { observed: { f: 'abab' } }), /3 times ab/],
    ['head, length and tail', { result: 'valid', observed: { f: { head: '01', length: 4, tail: 'ff' } } }, answer('valid', { observed: { f: '010203ff' } }),
      null],
    ['a head of another length', { result: 'valid', observed: { f: { head: '01', length: 4 } } }, answer('valid', { observed: { f: '0102030405' } }), /f/],
    ['half a byte', { result: 'valid', observed: { f: { head: '01', length: 4 } } }, answer('valid', { observed: { f: '0102030' } }), /f/],
    ['a long text', { result: 'valid', observed: { f: { head: 'hü', length: 5, tail: '!' } } }, answer('valid', { observed: { f: 'hü.!' } }), null],
    ['outcomes', { result: 'valid', observed: { o: [{ result: 'valid', n: '01' }, { result: 'invalid', reasons: ['length'] }] } },
      answer('valid', { observed: { o: [{ result: 'valid', n: '01', more: 1 }, { result: 'invalid', reasons: ['ErrLen'] }] } }), null],
    ['an outcome whose reasons do not bind', { result: 'valid', observed: { o: [{ result: 'invalid' }] } }, answer('valid', { observed: { o: [{ result: 'invalid', reasons: ['length'] }] } }),
      null],
    ['an outcome with another reason', { result: 'valid', observed: { o: [{ result: 'invalid', reasons: ['length'] }] } },
      answer('valid', { observed: { o: [{ result: 'invalid', reasons: ['too-short'] }] } }), /o\[0\]: expected length, got too-short/],
    ['an outcome with another result', { result: 'valid', observed: { o: [{ result: 'invalid' }] } }, answer('valid', { observed: { o: [{ result: 'valid' }] } }),
      /o\[0\]\.result/],
    ['no key is shown whole', { result: 'valid', observed: { dek: KEY } }, answer('valid', { observed: { dek: KEY.replace('ff', '00') } }),
      /^(?!.*ffffffffff).*from byte 16: ffffffff, got .*from byte 16: 00ffffff/],
  ];
  for (const [name, expect, got, mismatch] of table) {
    const found = judge(expect, got, { ErrLen: 'length' });
    if (mismatch === null) t.is(found, null, name);
    else t.regex(found === null ? 'no mismatch' : `${found.kind} ${found.member ?? ''}: expected ${found.expected}, got ${found.got}`.replace(/^(result|reasons) :/, '$1:'), mismatch, name);
  }
});

const jsonValue = fc.jsonValue({ maxDepth: 4 });
const plainRecord = fc.dictionary(fc.string(), jsonValue, { maxKeys: 5 });
/** Nothing in it reads as a short form or as a verdict. */
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null
  || (Object.keys(value).every((name) => !['repeat', 'count', 'head', 'length', 'tail', 'result', 'body_pieces', 'document_pieces'].includes(name)) && Object.values(value).every(isPlain));

test('judge: outputs equal themselves and nothing else', (t) => {
  t.notThrows(() => fc.assert(fc.property(plainRecord.filter(isPlain), plainRecord.filter(isPlain), (left, right) => {
    const same = (a: unknown, b: unknown): boolean => judge({ result: 'valid', observed: { x: a } }, answer('valid', { observed: { x: b } }), {}) === null;
    return same(left, structuredClone(left)) && same(left, right) === (canonical(left) === canonical(right)) && same(right, left) === same(left, right);
  })));
});

const inOrder = (value: unknown): unknown => Array.isArray(value) ? value.map(inOrder)
  : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, inOrder(inner)])) : value;
const canonical = (value: unknown): string => JSON.stringify(inOrder(value));

test('judge: never throws, whatever is answered', (t) => {
  t.notThrows(() => fc.assert(fc.property(plainRecord, plainRecord, (observed, got) => {
    judge({ result: 'valid', observed }, answer('valid', { observed: got, reasons: [] }), {});
  })));
});

// ── Expand ──────────────────────────────────────────────────────────────────────────────────────────────────────

test('expand: runs at any depth and pieces are written out', (t) => {
  t.deepEqual(expandInput({ a: { repeat: '5c', count: 3 }, b: [{ c: { count: 2, repeat: 'é' } }, 7, null] }), { a: '5c5c5c', b: [{ c: 'éé' }, 7, null] });
  t.deepEqual(expandInput({ body_pieces: [{ hex: '01', times: 1 }, { hex: 'ff', times: 3 }, { hex: '02', times: 0 }] }), { body: '01ffffff' });
  t.deepEqual(expandInput({ document_pieces: [{ text: '[', times: 2 }, { text: ']', times: 2 }] }), { document: '[[]]' });
  t.deepEqual(expandInput({ a: { repeat: '', count: 5 }, count: 3 }), { a: '', count: 3 });
});

test('expand: what is of another form or beyond all measure is refused', (t) => {
  const pieces = Array.from({ length: 20 }, () => ({ hex: 'ff'.repeat(1024 * 512), times: 1 }));
  let deep: unknown = 1;
  for (let level = 0; level < 100; level += 1) deep = [deep];
  const table: [input: Record<string, unknown>, RegExp][] = [
    [{ a: { repeat: 'ff', count: MAX_EXPANDED } }, /^a: expected at most 16777216 characters/],
    [{ a: { repeat: 'ff', count: 1e15 } }, /^a: expected at most/],
    [{ a: { repeat: 'ff', count: -1 } }, /^a: expected \{repeat/],
    [{ a: { repeat: 'ff', count: '3' } }, /^a: expected \{repeat/],
    [{ a: { repeat: 'ff', count: 1.5 } }, /^a: expected \{repeat/],
    [{ a: [{ repeat: 255, count: 1 }] }, /^a\[0\]: expected \{repeat/],
    [{ body_pieces: 'ff' }, /^body_pieces: expected a list of \{hex, times\}, got string/],
    [{ body_pieces: [{ text: 'ff', times: 1 }] }, /^body_pieces\[0\]: expected \{hex, times\}, got \{text, times\}/],
    [{ body_pieces: pieces }, /expected at most/],
    [{ body_pieces: [], body: '' }, /^body_pieces: expected it without "body", got both/],
    [{ a: deep }, /levels of nesting/],
  ];
  for (const [input, message] of table) t.throws(() => expandInput(input), { instanceOf: InputError, message }, JSON.stringify(input).slice(0, 80));
});

test('expand: plain inputs stay as they are, and twice is once', (t) => {
  t.notThrows(() => fc.assert(fc.property(plainRecord.filter(isPlain), (input) => canonical(expandInput(input)) === canonical(input))));
  t.notThrows(() => fc.assert(fc.property(fc.string(), fc.nat(50), (repeat, count) => {
    const once = expandInput({ a: { repeat, count } });
    return once['a'] === repeat.repeat(count) && canonical(expandInput(once)) === canonical(once);
  })));
});

// ── The reference ───────────────────────────────────────────────────────────────────────────────────────────────

const COMPOSITIONS = { proposal: proposalRules, repaired: repairedRules } as const;

for (const [provider, profile] of [['node', 'proposal'], ['node', 'repaired'], ['noble', 'proposal'], ['noble', 'repaired']] as const) {
  test(`the reference composed as ${profile} passes over ${provider} every case but those that a repair changes, and there it differs`, async (t) => {
    const answerer = vectorAnswerer(composeOperations(await aeadByName(provider), {}, COMPOSITIONS[profile]));
    const choices: Partial<Record<ClauseId, string>> = { 'base/sidecar-json': 'strict' };
    let judged = 0;
    // Of class file the runner lays out the directory; those cases are run by it.
    for (const check of loadLibrary().checks.filter((each) => each.class !== 'file')) {
      for (const one of check.cases) {
        const expect = one.expect ?? one.alternatives?.[choices[check.clause] ?? ''] ?? absent(one.id);
        const input = JSON.parse(JSON.stringify(expandInput(one.input))) as Json;
        const reply = vecReply.parse(answerer({ format: check.format, group: check.group, input }));
        const mismatch = judge(expect, reply, {});
        if (profile === 'repaired' && check.profile === 'proposal') t.not(mismatch, null, `${check.id}: ${one.id} passes as repaired too`);
        else t.is(mismatch, null, `${check.id}: ${one.id}`);
        judged += 1;
      }
    }
    t.true(judged > 1000, `${judged} cases`);
  });
}

test('choices: one alternative is the golden verdict, the other a refusal whatever its reason', (t) => {
  const cases = loadLibrary().checks.flatMap((check) => check.cases).filter(({ choice }) => choice !== null);
  t.true(cases.length > 0);
  t.true(cases.some(({ alternatives }) => alternatives?.['lenient']?.result === 'valid'));
  for (const { id, choice, alternatives } of cases) {
    t.is(choice, 'base/sidecar-json', id);
    t.deepEqual(alternatives?.['strict'], { result: 'invalid' }, id);
    t.not(alternatives?.['lenient'], undefined, id);
  }
});
