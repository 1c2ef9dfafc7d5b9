/**
 * Any interleaving of three nodes: it breaks nothing in the repaired design, nor in either of the two bases; and the same search
 * finds what breaks in the proposal, in the milestones apart, and in a base without one of its rules.
 */
import test from 'ava';
import fc from 'fast-check';
import type { Composition } from '../spec/rules.js';
import { sourceTag } from '../src/6E-2/caller-classes.js';
import { compositions } from '../src/node/compositions.js';
import type { Rules } from '../src/node/rules.js';
import { Broken, INVARIANTS, OUTCOMES, type Invariant } from './leader-cluster.js';
import { explore } from './leader-walk.js';
import { operations } from './replica-logs.js';

const interleaving = fc.array(fc.nat(1_000_000), { minLength: 40, maxLength: 90, size: 'max' });

/** One interleaving, and what it broke, if anything. */
const oneRun = (rules: Rules, watched: readonly Invariant[]) => {
  const ops = operations(rules);
  return fc.asyncProperty(interleaving, async (choices) => {
    const { broken, trace } = await explore(ops, choices, { watched });
    if (broken !== null) throw Object.assign(broken, { message: `${broken.message}\n${trace.join('\n')}` });
  });
};

// ── What holds ──────────────────────────────────────────────────────────────────────────────────────────────

/** Base A watches no log: its gate is the hold of a call, on the node that was called. Base B has no gate. */
const beyondTheGate = INVARIANTS.filter((invariant) => invariant !== 'H6');

const sound: readonly (readonly [Composition, readonly Invariant[], number])[] = [['repaired', INVARIANTS, 80], ['base-a', beyondTheGate, 25], ['base-b', beyondTheGate, 25]];
for (const [name, watched, runs] of sound) {
  test(`no interleaving breaks ${watched.join(' ')}: ${name}`, async (t) => {
    t.timeout(120_000);
    await t.notThrowsAsync(fc.assert(oneRun(compositions[name], watched), { numRuns: runs }) as Promise<void>);
  });
}

// ── What does not ───────────────────────────────────────────────────────────────────────────────────────────

const always = (): boolean => true;
const never = (): boolean => false;

/**
 * A base without one of its rules: what stands in its place, which invariants are watched, and a seed that comes upon it soon. Of the rows of
 * the table those that the order of things shows; what takes too many steps to be come upon by chance stands in leader-change.test.ts.
 */
const lesser: readonly (readonly [Composition, string, Partial<Rules>, readonly Invariant[], number?])[] = [
  // As written, in whole and in part
  ['proposal', 'to the letter', {}, OUTCOMES],
  // Its registrations wait for nothing: hole H2.
  ['upstream', 'as it runs', {}, ['I1', 'I2'], 27],
  ['6e-1', 'alone, which writes plain above N', {}, ['I1']],
  ['6e-2-unwrap', 'unwrap without wrap', {}, ['I2']],
  ['6e-2-wrap', 'wrap without unwrap', {}, ['I13']],
  // A barrier without the append rule
  ['base-a', 'gate-users', { holdStops: never }, OUTCOMES, 2],
  ['base-a', 'drain', { drained: always }, OUTCOMES, 31],
  ['base-a', 'count-at-accept', { countedFrom: () => 'append' }, OUTCOMES, 31],
  ['base-a', 'waits-for-apply', { awaited: always }, ['I8', 'I11']],
  ['base-a', 'leader-waits-applied', { mayTakeInTerm: always }, OUTCOMES],
  ['base-a', 'barrier-waits-applied', { mayBeginInTerm: always }, OUTCOMES],
  ['base-a', 'recheck', { mayAppendCutover: always, alreadyActive: never }, OUTCOMES],
  ['base-a', 'timeout-keeps-hold', { holdReleased: (event) => event !== 'appended' }, OUTCOMES, 5],
  ['base-a', 'exempt-none-but-cutover', { sourceTag }, OUTCOMES, 2],
  ['base-a', 'apply-installs-wrap', { switchAfterApply: (before) => before }, OUTCOMES, 11],
  ['base-a', 'startup-init', { switchAtStart: never }, OUTCOMES, 2],
  ['base-a', 'snap-adopts-cutover', { cutoverAfterInstall: (recorded) => recorded }, OUTCOMES, 15],
  ['base-a', 'snap-installs-wrap', { switchAfterInstall: (before) => before }, ['I8'], 15],
  ['base-a', 'unwraps-above', { mustUnwrap: never }, OUTCOMES],
  ['base-a', 'wraps-above', { formAtAcceptance: () => 'plain' }, OUTCOMES, 7],
  // The append rule
  ['base-b', 'append-behind-none', { mayAppendBehind: always }, OUTCOMES],
  ['base-b', 'one-cutover-entry', { mayAppendCutover: always }, OUTCOMES, 31],
  ['base-b', 'sealed-when-applied', { formIsDue: always }, OUTCOMES, 5],
  ['base-b', 'snap-adopts-cutover', { cutoverAfterInstall: (recorded) => recorded }, OUTCOMES, 2],
  // The rest
  ['repaired', 'cutover-entry-plain', { cutoverForm: () => 'sealed' }, OUTCOMES],
  ['repaired', 'barrier-opens', { holdReleased: (event) => event !== 'appended' && event !== 'finished' }, ['I11']],
  ['repaired', 'hold-owned', { mayRelease: always, mayBegin: always }, ['I11'], 26],
  // Either of the two covers for the other, until a disk is restored from an image.
  ['repaired', 'start-raises-epochs and epoch-above-row', { epochsRaisedAtStart: () => [], raisesEpoch: never }, ['H24'], 4],
  ['repaired', 'gate-follows-log', { pendingStops: never }, ['H6']],
  ['repaired', 'honest-outcomes', { fateOfCall: () => 'not-appended' }, ['I12'], 9],
  ['repaired', 'resolved-by-own-entry', { isOwnEntry: (appended, applied) => appended.proposal === applied.proposal }, ['I13'], 39],
];

for (const [base, rule, dropped, watched, seed] of lesser) {
  test(`some interleaving breaks ${watched.join(' ')}: ${base}, ${rule}`, async (t) => {
    t.timeout(120_000);
    const { failed, errorInstance, numRuns } = await fc.check(oneRun({ ...compositions[base], ...dropped }, watched), { numRuns: 1500, seed: seed ?? 1, endOnFailure: true });
    t.true(failed && errorInstance instanceof Broken && watched.includes(errorInstance.invariant));
    t.log(`${numRuns} runs: ${errorInstance instanceof Broken ? errorInstance.message.split('\n')[0] : ''}`);
  });
}

test('6E-1 alone, repaired, records nothing that it would not heed', async (t) => {
  await t.notThrowsAsync(fc.assert(oneRun(compositions['6e-1-repaired'], INVARIANTS), { numRuns: 8 }) as Promise<void>);
});
