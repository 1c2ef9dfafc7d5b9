/** Patterns and expectations: what an answer may be. */
import test from 'ava';
import fc from 'fast-check';
import { chained, EMPTY_CHAIN } from '../conformance/oracle/chain.js';
import { expandScenario } from '../conformance/scenarios/expand.js';
import { judgeExpected, matchPattern, type MatchContext, type Outcome } from '../conformance/scenarios/match.js';
import { scenario as shape, type Expected, type Pattern } from '../conformance/scenarios/schema.js';
import { written } from '../conformance/scenarios/standing.js';
import { goodScenario } from './good-scenario.js';

const KEK = Buffer.alloc(32, 0x42);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text, 'hex');

const expanded = expandScenario(shape.parse(goodScenario()), { kek: KEK });
const names = ['boot', 'write', 'cut', 'after'].flatMap((entry, at) => written({ entry, index: BigInt(at + 2), term: 1n }, expanded) ?? []);
const context: MatchContext = {
  expanded, names: new Map(names.map((standing) => [standing.entry, standing])),
  saved: new Map<string, unknown>([['end', { applied: '7', keys: [{ id: 8 }] }]]), reasons: { MyTagError: 'authentication-failed' },
};

const chain = (...links: (readonly [bigint, string])[]): string =>
  hex(links.reduce<Uint8Array>((at, [index, payload]) => chained(at, index, bytes(payload)), EMPTY_CHAIN));
const plain = (name: string): string => context.expanded.entries.get(name)?.plain ?? '';
const standing = (name: string): string => context.expanded.entries.get(name)?.standing ?? '';

const MATCHES: readonly (readonly [pattern: Pattern, fits: readonly unknown[], differs: readonly unknown[]])[] = [
  ['1', ['1'], [1, '01', null, undefined]],
  [null, [null], [undefined, 0, '']],
  [true, [true], ['true', 1]],
  [{ a: '1' }, [{ a: '1' }, { a: '1', b: 2 }], [{}, { a: 1 }, [], null, 'a', undefined]],
  [{}, [{}, { a: 1 }], [[], null, undefined]],
  [['1', { a: 1 }], [['1', { a: 1, b: 2 }]], [['1'], ['1', { a: 1 }, 2], [], { 0: '1' }]],
  [[], [[]], [[1], null, {}]],
  [{ $index: 'cut' }, ['4'], [4, '5']],
  [{ $before: 'cut' }, ['3'], ['4']],
  [{ $key: 'raft' }, [8], ['8', 7]],
  [{ $node: 'n1' }, ['626980046172116160'], ['1']],
  [{ $node: '77' }, ['77'], [77]],
  [{ $hex: 'ab' }, ['6162'], ['ab']],
  [{ $saved: 'end.applied' }, ['7'], ['8']],
  [{ $saved: 'end.keys.0.id' }, [8], [9]],
  [{ $header: { ceiling: '12345' } }, ['454b5654484c43310000000000003039'], ['454b5654484c4331']],
  [{ $header: { ceiling: { $saved: 'end.applied' }, cutover: 'cut' } }, ['454b5654484c4332001000000000000000070000000000000004'], ['']],
  [{ $header: { ceiling: '7', cutover: '4' } }, ['454b5654484c4332001000000000000000070000000000000004'], ['']],
  [{ $chain: [] }, ['00'.repeat(32)], ['']],
  [{ $chain: ['boot', 'after'] }, [chain([2n, plain('boot')], [5n, plain('after')])], [chain([5n, plain('after')], [2n, plain('boot')])]],
  [{ $chain: [{ standing: 'after' }] }, [chain([5n, standing('after')])], [chain([5n, plain('after')])]],
  [{ $not: '1' }, ['2', 1, null], ['1', undefined]],
  [{ $not: { $index: 'cut' } }, ['5'], ['4']],
  [{ $oneOf: ['1', { $key: 'raft' }] }, ['1', 8], ['2', undefined]],
  [{ $has: [{ id: 8 }] }, [[{ id: 1 }, { id: 8 }]], [[], [{ id: 1 }], {}, null]],
  [{ $has: [{ a: 1 }, { b: 2 }, { c: 3 }] }, [[{ a: 1, b: 2 }, { b: 2, c: 3 }, { a: 1, c: 3 }, {}]], [[{ a: 1, b: 2 }, { c: 3 }]]],
  [{ $none: { id: 8 } }, [[], [{ id: 1 }]], [[{ id: 8 }], {}, undefined]],
  [{ $set: ['a', 'b'] }, [['b', 'a']], [['a'], ['a', 'b', 'c'], ['a', 'c']]],
  // Every pattern has an item of its own, however the others have to make way for it.
  [{ $set: [{}, { a: 1 }] }, [[{ a: 1 }, { b: 2 }], [{ b: 2 }, { a: 1 }]], [[{ b: 2 }, { b: 2 }]]],
  [{ $set: ['a', 'a'] }, [['a', 'a']], [['a', 'b']]],
  [{ $count: 2 }, [[1, 2]], [[1], [], 2]],
  [{ $above: '9' }, ['10', '18446744073709551615', 10], ['9', '8', 'x', null]],
  [{ $above: { $index: 'cut' } }, ['5'], ['4']],
  [['authentication-failed'], [['authentication-failed'], ['MyTagError']], [['YourTagError']]],
];

test('patterns match what they say, and tell where something differs', (t) => {
  for (const [pattern, fits, differs] of MATCHES) {
    for (const value of fits) t.is(matchPattern(pattern, value, context), null, `${JSON.stringify(pattern)} and ${JSON.stringify(value)}`);
    for (const value of differs) t.is(typeof matchPattern(pattern, value, context), 'string', `${JSON.stringify(pattern)} and ${JSON.stringify(value)}`);
  }
  t.is(matchPattern({ keys: [{ id: 8 }, { id: 9, epoch: 1 }] }, { keys: [{ id: 8 }, { id: 9, epoch: 2 }] }, context), 'keys[1].epoch: expected 1, got 2');
  t.is(matchPattern({ a: 1 }, {}, context), 'a: expected 1, got nothing');
  // A lookup that leads nowhere is never a match, not even turned round.
  for (const pattern of [{ $index: 'gone' }, { $not: { $index: 'gone' } }, { $saved: 'end.gone' }, { $key: 'gone' }, { $chain: ['term'] }]) t.regex(matchPattern(pattern, '1', context) ?? '', /^expected a value to compare with, got /);
  const secret = 'ab'.repeat(32);
  t.false((matchPattern({ a: secret }, { a: `${secret}00` }, context) ?? '').includes(secret.slice(0, 40)));
});

test('any pattern held against any value is a match or a sentence', (t) => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (pattern, value) => {
    const found = matchPattern(pattern as Pattern, value, context);
    t.true(found === null || (found.length > 0 && !found.includes('\n')));
  }));
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('$')), (value) => {
    t.is(matchPattern(value as Pattern, value, context), null);
  }));
});

test('an outcome is held against what a check allows and forbids', (t) => {
  const judged = (check: { expect?: Expected; any_of?: Expected[]; never?: Expected[] }, outcome: Outcome): string | null =>
    judgeExpected({ check: 'x', clause: 'base/log-append', says: 'x', ...check }, outcome, context)?.kind ?? null;
  const refused = (...reasons: string[]): Outcome => ({ id: 1, refused: { reasons } });
  const halted = (index: string, ...reasons: string[]): Outcome => ({ halted: { reasons, index, results: [{ index: '1', outcome: 'skip' }] } });
  t.is(judged({ expect: { ok: { a: 1 } } }, { ok: { a: 1 } }), null);
  t.is(judged({ expect: { ok: { a: 1 } } }, { ok: { a: 2 } }), 'member');
  t.is(judged({ expect: { ok: { a: 1 } } }, { ok: {} }), 'absent');
  t.is(judged({ expect: { ok: {} } }, refused('log-gap')), 'outcome');
  t.is(judged({ expect: { ok: {} } }, { fault: { message: 'x' } }), 'outcome');
  t.is(judged({ expect: { refused: 'any' } }, refused('log-gap')), null);
  t.is(judged({ expect: { refused: 'any' } }, refused('whatever')), 'reasons');
  t.is(judged({ expect: { refused: { exactly: ['log-gap'] } } }, refused('log-gap', 'log-gap')), null);
  t.is(judged({ expect: { refused: { exactly: ['log-gap'] } } }, refused('log-gap', 'log-committed')), 'reasons');
  t.is(judged({ expect: { refused: { one_of: ['log-gap', 'log-absent'] } } }, refused('log-gap', 'log-committed')), null);
  t.is(judged({ expect: { refused: { one_of: ['log-gap', 'log-absent'] } } }, refused('log-committed')), 'reasons');
  t.is(judged({ expect: { refused: { exactly: ['authentication-failed'] } } }, refused('MyTagError')), null);
  t.is(judged({ expect: { halted: { reasons: 'any', at: { $index: 'after' } } } }, halted('5', 'raft-unwrap-failed')), null);
  t.is(judged({ expect: { halted: { reasons: 'any', at: { $index: 'after' } } } }, halted('4', 'raft-unwrap-failed')), 'member');
  t.is(judged({ expect: { halted: { reasons: 'any', results: [{ outcome: 'skip' }] } } }, halted('4', 'raft-unwrap-failed')), null);
  t.is(judged({ expect: { halted: { reasons: 'any', results: [] } } }, halted('4', 'raft-unwrap-failed')), 'member');
  t.is(judged({ any_of: [{ refused: 'any' }, { ok: { a: 1 } }] }, { ok: { a: 1 } }), null);
  t.is(judged({ any_of: [{ refused: 'any' }, { ok: { a: 1 } }] }, { ok: { a: 2 } }), 'outcome');
  t.is(judged({ never: [{ ok: { a: 1 } }] }, { ok: { a: 1 } }), 'never');
  t.is(judged({ never: [{ ok: { a: 1 } }] }, { ok: { a: 2 } }), null);
  t.is(judged({ expect: { ok: {} }, never: [{ ok: { a: 1 } }] }, { ok: { a: 1 } }), 'never');
  t.is(judged({ never: [{ ok: { a: { $index: 'gone' } } }] }, { ok: { a: 1 } }), 'lookup');
});
