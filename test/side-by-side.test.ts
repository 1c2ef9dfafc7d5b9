/**
 * Several processes side by side: who gets what, that the log reads as if one process had run it all, and that one that dies or
 * hangs costs what it costs alone.
 */
import test from 'ava';
import fc from 'fast-check';
import type { RunEvent } from '../conformance/report/events.js';
import type { Report } from '../conformance/report/schema.js';
import { Interrupted, NotDriven } from '../conformance/runner/sessions.js';
import { InOrder, runSideBySide, shares, type Worker } from '../conformance/runner/side-by-side.js';
import { judged, kinds, misfit, toyCase, toyCheck, toyLibrary } from './toy-adapter.js';
import { toyNode, toySuite, type Toy } from './toy-node.js';

const weights = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 60 });

test('pieces are shared out evenly, the same way each time, and to no more workers than are worth a start', (t) => {
  fc.assert(fc.property(weights, fc.integer({ min: 1, max: 5 }), (all, most) => {
    const of = shares(all, most);
    t.deepEqual(of, shares(all, most));
    t.is(of.length, all.length);
    const sums = [...new Set(of)].map((worker) => all.reduce((sum, weight, at) => sum + (of[at] === worker ? weight : 0), 0));
    t.true(sums.length <= most);
    t.true(Math.max(0, ...sums) - Math.min(...sums, Infinity) <= Math.max(0, ...all), `${sums.join()}`);
  }));
  t.deepEqual(shares([100, 100, 100], 2), [0, 0, 0], 'there is too little to do');
  t.deepEqual(shares([500, 300, 300, 100], 2), [0, 1, 1, 0]);
});

const event = (text: string): RunEvent => ({ type: 'adapter-event', process: 1, event: text });
const texts = (events: readonly RunEvent[]): string[] => events.flatMap((one) => one.type === 'adapter-event' ? [one.event] : []);

/** Workers that tell when they begin and end a piece and take their time in between; some pieces end in an error. */
async function played(of: readonly number[], delays: readonly number[], problems: ReadonlyMap<number, unknown> = new Map(), enoughAt = -1) {
  const told: RunEvent[] = [];
  const order = new InOrder((one) => told.push(one));
  const begun: number[] = [];
  const workers = Array.from({ length: Math.max(0, ...of) + 1 }, (): Worker => {
    let giveUp = (): void => {};
    const given = new Promise<void>((resolve) => { giveUp = resolve; });
    let stopped = false;
    return {
      run: async (at) => {
        begun.push(at);
        order.tell(event(`begin ${at}`), at);
        for (let turn = 0; turn < (delays[at % delays.length] ?? 0) && !stopped; turn += 1) await Promise.race([given, new Promise((resolve) => setImmediate(resolve))]);
        if (stopped) throw new Interrupted('given up');
        order.tell(event(`end ${at}`), at);
        if (problems.has(at)) throw problems.get(at);
      },
      leave: async (at) => order.tell(event(`leave ${at}`), at),
      stop: () => {
        stopped = true;
        giveUp();
      },
    };
  });
  const ended = await runSideBySide({ shares: of, workers, order, enough: () => order.at === enoughAt }).then((stopped) => ({ stopped }), (error: unknown) => ({ error }));
  return { ended, begun, told: texts(told) };
}

const ofThree = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 12 });
const delays = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 12 });
const upTo = (last: number): string[] => Array.from({ length: last + 1 }, (_, at) => [`begin ${at}`, `end ${at}`]).flat();

test('whatever takes how long, what is told stands in the order of the pieces', async (t) => {
  await fc.assert(fc.asyncProperty(ofThree, delays, async (of, long) => {
    const { ended, told } = await played(of, long);
    t.deepEqual(ended, { stopped: false });
    const workers = Math.max(...of) + 1;
    t.deepEqual(told, [...upTo(of.length - 1), ...Array.from({ length: workers }, (_, worker) => `leave ${of.length + worker}`)]);
  }), { numRuns: 60 });
});

test('a run that ends early ends at the piece at which one worker would have ended, and tells nothing of those behind it', async (t) => {
  await fc.assert(fc.asyncProperty(ofThree, delays, fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 3 }), async (of, long, bad) => {
    const problems = new Map(bad.filter((at) => at < of.length).map((at) => [at, new NotDriven(`piece ${at}`)]));
    const first = Math.min(...problems.keys());
    const { ended, told } = await played(of, long, problems);
    if (problems.size === 0) return;
    t.deepEqual(ended, { error: problems.get(first) });
    t.deepEqual(told, upTo(first));
  }), { numRuns: 60 });
  await fc.assert(fc.asyncProperty(ofThree, delays, fc.nat({ max: 11 }), async (of, long, at) => {
    const { ended, told } = await played(of, long, new Map(), at);
    const stopped = at < of.length - 1;
    t.deepEqual(ended, { stopped });
    t.deepEqual(told.filter((text) => !text.startsWith('leave')), upTo(stopped ? at : of.length - 1));
  }), { numRuns: 60 });
});

test('an interrupted run tells all that was seen', async (t) => {
  const { ended, told } = await played([0, 1, 0, 1], [0, 3, 0, 0], new Map([[0, new Interrupted('by a signal')]]));
  t.true('error' in ended && ended.error instanceof Interrupted);
  t.deepEqual(told.slice(0, 2), ['begin 0', 'end 0']);
  t.true(told.includes('begin 1'), 'of the other worker too');
});

// ── With processes ──────────────────────────────────────────────────────────────────────────────────────────────────

const keys = { 'storage-1': 7, 'raft-1': 8 };
const entries: Toy['entries'] = { boot: { plain: { bootstrap: { storage: 'storage-1', raft: 'raft-1', writers: [{ key: 'raft-1', node: 'n1', epoch: 0 }] } } } };
/** So much that two processes are worth it: nodes that are opened and closed, and at one scenario an apply. */
const many = (applies: number): Toy[] => Array.from({ length: 9 }, (_, at): Toy => ({
  id: `toy/s${at}`, keys, entries,
  steps: [
    ...Array.from({ length: 10 }, (): Toy['steps'] => [{ on: 'n1', op: 'open' }, { on: 'n1', op: 'close' }]).flat(),
    { on: 'n1', op: 'open' }, { on: 'n1', op: 'append', entries: ['boot'] },
    ...at === applies ? [{ on: 'n1', op: 'commit', to: 'last' }, { on: 'n1', op: 'apply' }] satisfies Toy['steps'] : [],
    { on: 'n1', op: 'state', checks: [{ check: 'applied', clause: 'base/applied-index', says: 'It says how far it is.', expect: { ok: { applied: at === applies ? '1' : '0' } } }] },
  ],
}));
const timeless = ({ started: _, duration_ms: __, ...report }: Report): unknown => report;
/** The events without what differs from run to run, and without that of which process it was. */
const told = (events: readonly RunEvent[]): unknown[] => events.flatMap((one): unknown[] => one.type === 'request' && one.case !== undefined ? [`${one.case} ${one.op}`] : one.type === 'verdict' ? [one] : []);

for (const mode of ['well', 'dies', 'hangs', 'odd']) {
  test.serial(`two processes give the report of one (${mode})`, async (t) => {
    t.timeout(120_000);
    const suite = toySuite(...many(4));
    const slow = mode === 'hangs' ? 0.2 : 1;
    const alone = await judged(toyNode(mode), suite, { jobs: 1, slow });
    const both = await judged(toyNode(mode), suite, { jobs: 2, slow });
    t.deepEqual(timeless(both.report), timeless(alone.report));
    t.deepEqual(told(both.events), told(alone.events));
    t.deepEqual(kinds(alone.report).filter((kind) => !kind.startsWith('extra/toy/s4 ')), [], 'the others are judged as ever');
    t.is(kinds(alone.report).length > 0, mode !== 'well');
    const numbers = new Set(both.events.flatMap((one) => one.type === 'start' ? [one.process] : []));
    t.true(numbers.has(1) && numbers.has(2));
    t.deepEqual(both.events.filter(({ type }) => type === 'start').length, both.events.filter(({ type }) => type === 'stop').length);
  });
}

test('with --fail-fast two processes stop where one does', async (t) => {
  t.timeout(120_000);
  const groups = Array.from({ length: 6 }, (_, at) => toyCheck(`g${at}`, Array.from({ length: 80 }, (__, each) => toyCase(`g${at}/c${each}`, at === 2 && each === 7 ? { act: true } : {}))));
  const command = misfit('wrong');
  const alone = await judged(command, toyLibrary(...groups), { failFast: true, jobs: 1 });
  const both = await judged(command, toyLibrary(...groups), { failFast: true, jobs: 2 });
  t.deepEqual(kinds(alone.report), ['g2/c7 answer']);
  t.deepEqual(timeless(both.report), timeless(alone.report));
  t.deepEqual(told(both.events), told(alone.events));
});
