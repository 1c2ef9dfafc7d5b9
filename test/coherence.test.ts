/** What the answers of one node at level L2 have to be among themselves: a lawful dialogue passes, and each way to break it is named. */
import test from 'ava';
import { LeaderAnswers } from '../conformance/protocol/coherence.js';
import type { OperationName } from '../conformance/protocol/operations.js';

type Exchange = readonly [op: OperationName, args: object, ok: object];

/** The problems of a dialogue, at a node whose log ends at 3. */
function problems(...dialogue: readonly Exchange[]): (string | null)[] {
  const answers = new LeaderAnswers();
  answers.logged(3n);
  return dialogue.map(([op, args, ok]) => answers.problem(op, args as Readonly<Record<string, unknown>>, ok as Readonly<Record<string, unknown>>));
}

const entry = (index: number, term: string, data = ''): object => ({ index: `${index}`, term, type: 'normal', data });
const leads: Exchange = ['role', { is: 'leader', term: '2' }, { entry: entry(4, '2') }];
const proposes = (ticket: string): Exchange => ['propose', { source: 'client-write', data: '00' }, { ticket }];
const begins: Exchange = ['cutover.begin', {}, { call: 'c1', phase: 'gated' }];
const steps = (ok: object): Exchange => ['cutover.step', { call: 'c1' }, ok];
const polls = (ok: object): Exchange => ['cutover.poll', { call: 'c1' }, ok];
const applied = { is: 'applied', index: '6', already: false };

test('a lawful dialogue has no problem', (t) => {
  const dialogue: Exchange[] = [
    leads, proposes('t1'), proposes('t2'), ['admit', { ticket: 't1' }, { index: '5', term: '2', data: '00' }], ['state', {}, { applied: '0', tickets: [{ ticket: 't1', state: 'admitted' }] }],
    begins, polls({ phase: 'gated' }), steps({ phase: 'gated', waits: 'drain' }), ['cancel', { ticket: 't2' }, {}], steps({ phase: 'drained' }),
    steps({ phase: 'proposed', entry: entry(6, '2', '01') }), steps({ phase: 'proposed', waits: 'apply' }), steps({ phase: 'applied' }), steps({ phase: 'switched' }),
    steps({ phase: 'idle', answer: applied }), polls({ phase: 'idle', answer: applied }), steps({ phase: 'idle', answer: applied }),
    ['cutover.begin', {}, { call: 'c2', phase: 'idle', answer: { ...applied, already: true } }], ['role', { is: 'follower' }, {}], ['state', {}, { applied: '6' }],
  ];
  t.deepEqual(problems(...dialogue), dialogue.map(() => null));
});

test('a call that ends early, or whose caller goes, is lawful; reasons are a set; a death says nothing', (t) => {
  const no = (...reasons: string[]): object => ({ is: 'not-appended', reasons });
  const early: Exchange[] = [leads, begins, ['cutover.expire', { call: 'c1' }, { phase: 'idle', answer: no('call-expired', 'b') }], polls({ phase: 'idle', answer: no('b', 'call-expired') })];
  t.deepEqual(problems(...early), early.map(() => null));
  const late: Exchange[] = [
    leads, begins, steps({ phase: 'drained' }), steps({ phase: 'proposed', entry: entry(5, '2') }), ['cutover.expire', { call: 'c1' }, { phase: 'proposed', answer: { is: 'unknown' } }],
    steps({ phase: 'applied', answer: { is: 'unknown' } }), polls({ phase: 'idle', answer: { is: 'unknown' } }), steps({ crashed: 'here' }),
  ];
  t.deepEqual(problems(...late), late.map(() => null));
  const refused: Exchange[] = [leads, begins, steps({ phase: 'drained' }), steps({ phase: 'idle', answer: no('cutover-in-progress') })];
  t.deepEqual(problems(...refused), refused.map(() => null));
});

const wrong: readonly [string, RegExp, ...Exchange[]][] = [
  ['a leader without an entry', /appended no entry/, ['role', { is: 'leader', term: '2' }, {}]],
  ['a follower with one', /a follower appended/, ['role', { is: 'follower' }, { entry: entry(4, '2') }]],
  ['a first entry with data', /not an empty one/, ['role', { is: 'leader', term: '2' }, { entry: entry(4, '2', '01') }]],
  ['a first entry elsewhere', /is at 5, and the log ended at 3/, ['role', { is: 'leader', term: '2' }, { entry: entry(5, '2') }]],
  ['a first entry of another term', /has the term 3, and the node leads in 2/, ['role', { is: 'leader', term: '2' }, { entry: entry(4, '3') }]],
  ['a ticket twice', /"t1" was given before/, leads, proposes('t1'), proposes('t1')],
  ['a ticket that nobody gave', /"t9", which it never gave/, leads, proposes('t1'), ['state', {}, { tickets: [{ ticket: 't9', state: 'done' }] }]],
  ['an entry with a gap', /is at 6, and the log ended at 4/, leads, proposes('t1'), ['admit', { ticket: 't1' }, { index: '6', term: '2', data: '' }]],
  ['an entry without leading', /does not lead/, leads, proposes('t1'), ['role', { is: 'follower' }, {}], ['admit', { ticket: 't1' }, { index: '5', term: '2', data: '' }]],
  ['a call twice', /"c1" was given before/, leads, begins, begins],
  ['a call that begins in the middle', /stands at "drained"/, leads, ['cutover.begin', {}, { call: 'c1', phase: 'drained' }]],
  ['a call that begins idle', /no answer/, leads, ['cutover.begin', {}, { call: 'c1', phase: 'idle' }]],
  ['two steps', /one step went from "gated" to "proposed"/, leads, begins, steps({ phase: 'proposed', entry: entry(5, '2') })],
  ['two steps without an entry', /one step went from "gated" to "applied"/, leads, begins, steps({ phase: 'applied' })],
  ['an entry of another step', /from "gated" to "drained" appended an entry/, leads, begins, steps({ phase: 'drained', entry: entry(5, '2') })],
  ['a step back', /one step went from "drained" to "gated"/, leads, begins, steps({ phase: 'drained' }), steps({ phase: 'gated' })],
  ['waits and goes on', /it waits, and went/, leads, begins, steps({ phase: 'drained', waits: 'drain' })],
  ['the step that appends, without the entry', /appended no entry/, leads, begins, steps({ phase: 'drained' }), steps({ phase: 'proposed' })],
  ['the cutover entry elsewhere', /the cutover entry is at 9/, leads, begins, steps({ phase: 'drained' }), steps({ phase: 'proposed', entry: entry(9, '2') })],
  ['a poll that goes on', /without a step/, leads, begins, polls({ phase: 'drained' })],
  ['an answer that changes', /then "unknown"/, leads, ['cutover.begin', {}, { call: 'c1', phase: 'idle', answer: applied }], polls({ phase: 'idle', answer: { is: 'unknown' } })],
  ['an answer with another index', /another answer/, leads, ['cutover.begin', {}, { call: 'c1', phase: 'idle', answer: applied }], polls({ phase: 'idle', answer: { ...applied, index: '7' } })],
  ['an answer that is gone', /now there is no answer/, leads, ['cutover.begin', {}, { call: 'c1', phase: 'idle', answer: applied }], polls({ phase: 'idle' })],
];
for (const [what, says, ...dialogue] of wrong) {
  test(`it names ${what}`, (t) => {
    const found = problems(...dialogue);
    t.deepEqual(found.slice(0, -1), dialogue.slice(1).map(() => null));
    t.regex(found.at(-1) ?? 'nothing', says);
  });
}
