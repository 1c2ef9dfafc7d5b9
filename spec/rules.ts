/**
 * The rule table: every decision of the design that can be got wrong, one row each.
 *
 * It holds names only, and is the one place that joins them: the clause, the seam of the reference that the decision is
 * made at, the switch of the models, and the check by which the reference without the rule is found out. What the rule
 * becomes when it is dropped stands in src/node/dropped-rules.ts, under the same names; the mutants of the rules are made
 * from the two. These are the rows of a replica; those of a leader come with it.
 */
import type { ClauseId } from './clauses.js';
import type { Reason } from './reasons.js';
import type { Level } from './registry.js';

/** The compositions of the reference. A rule is dropped from the one in which that shows. */
export type Composition = 'proposal' | 'upstream' | 'repaired';

/** A property of the models, by the number of its invariant on spec/repair/invariants.md. */
export type Property = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'I13';

/** The check by which the dropped rule is seen, and what the reference without it answers there. */
export interface Evidence {
  /** Id of a check. */
  readonly id: string;
  /** Where only a crash shows it: the scenario, and the point of the reference at which it dies. */
  readonly crash?: { readonly scenario: string; readonly point: string };
  /** `broken` is that of an invariant. */
  readonly outcome: 'valid' | 'invalid' | 'skip' | 'halt' | 'ok' | 'refused' | 'halted' | 'broken';
  /** The reasons of that answer, among others; empty where it has none. */
  readonly reasons: readonly Reason[];
}

/** One row of the table. */
export interface RuleRow {
  readonly clause: ClauseId;
  /** The holes that the rule closes. */
  readonly holes: readonly string[];
  /** The decision or operation that the rule governs, by its name in the record that a node is built from. */
  readonly seam: string;
  /** The composition in which dropping it shows. */
  readonly base: Composition;
  /** The level at which it shows. */
  readonly level: Level;
  /** The bound within which the model shows it; null while its model is to come. */
  readonly bound: string | null;
  /** The property that then fails; null where none of them speaks of it. */
  readonly property: Property | null;
  readonly check: Evidence;
}

export const rules = {
  // 6E-2, the apply hook
  'decode-first': {
    clause: '6E-2/decode-first', holes: [], seam: 'openEntry', base: 'repaired', level: 'L1', bound: null, property: 'I2',
    check: { id: 'dispatch/around-the-cutover/decoded-before-unwrapped', outcome: 'halted', reasons: ['raft-unwrap-failed'] },
  },
  'strict-greater': {
    clause: '6E-2/dispatch-is-strict', holes: [], seam: 'mustUnwrap', base: 'repaired', level: 'L1', bound: null, property: 'I2',
    check: { id: 'replay/from-below-the-cutover/cutover-entry-plain-again', outcome: 'halted', reasons: ['raft-unwrap-failed'] },
  },
  'unset-is-infinity': {
    clause: '6E-2/unset-cutover-is-infinity', holes: [], seam: 'dispatchBoundary', base: 'repaired', level: 'L1', bound: null, property: 'I2',
    check: { id: 'dispatch/around-the-cutover/plain-while-nothing-is-recorded', outcome: 'halted', reasons: ['raft-unwrap-failed'] },
  },
  'undecodable-skipped': {
    clause: '6E-2/undecodable-entry-skipped', holes: [], seam: 'onUndecodable', base: 'repaired', level: 'L1', bound: null, property: 'I2',
    check: { id: 'dispatch/around-the-cutover/no-proposal-above-is-skipped', outcome: 'halted', reasons: ['version-byte'] },
  },
  'unwrap-failure-halts': {
    clause: '6E-2/unwrap-failure-halts', holes: [], seam: 'onUnwrapFailure', base: 'repaired', level: 'L1', bound: null, property: 'I13',
    check: { id: 'halt/what-does-not-open/flipped-tag', outcome: 'ok', reasons: [] },
  },
  'ordinary-error-advances': {
    clause: '6E-2/ordinary-error-advances', holes: [], seam: 'onOrdinaryError', base: 'repaired', level: 'L1', bound: null, property: 'I2',
    check: { id: 'dispatch/ordinary-refusals/wrong-lease-is-answered', outcome: 'halted', reasons: ['lease-length'] },
  },

  // 6E-2, cold start
  'duplicates-dropped': {
    clause: '6E-2/replay-from-applied', holes: [], seam: 'onDuplicate', base: 'repaired', level: 'L1', bound: null, property: 'I10',
    check: { id: 'entries/leases/nothing-twice', outcome: 'ok', reasons: [] },
  },
  'volatile-reapplied': {
    clause: '6E-2/replay-from-applied', holes: [], seam: 'onDuplicate', base: 'repaired', level: 'L1', bound: null, property: 'I10',
    check: { id: 'entries/leases/leases-again', outcome: 'ok', reasons: [] },
  },

  // 6E-1, the cutover entry
  'first-cutover-wins': {
    clause: '6E-1/first-cutover-wins', holes: ['H5'], seam: 'cutoverVerdict', base: 'repaired', level: 'L1', bound: null, property: 'I6',
    check: { id: 'cutover/first-wins/index-stays', outcome: 'ok', reasons: [] },
  },
  'stale-key-no-op': {
    clause: '6E-1/stale-key-no-op', holes: [], seam: 'cutoverVerdict', base: 'repaired', level: 'L1', bound: null, property: 'I2',
    check: { id: 'cutover/stale-key/records-nothing', outcome: 'ok', reasons: [] },
  },

  // What is durable before what
  'sidecar-before-store': {
    clause: 'base/applied-index', holes: [], seam: 'durableOrder', base: 'repaired', level: 'L1', bound: null, property: 'I10',
    check: { id: 'entries/rotation/recorded', crash: { scenario: 'entries/rotation', point: 'fsm.batch-written' }, outcome: 'ok', reasons: [] },
  },
  'every-entry-moves-applied': {
    clause: 'repair/replay', holes: ['H10'], seam: 'movesApplied', base: 'proposal', level: 'L1', bound: null, property: 'I10',
    check: { id: 'replay/bootstrap-after-rotation/restart-without-a-write', outcome: 'halted', reasons: ['apply-refused'] },
  },

  // The wrap switch
  'apply-installs-wrap': {
    clause: 'repair/switch-by-apply', holes: ['H1'], seam: 'switchAfterApply', base: 'repaired', level: 'L1', bound: null, property: 'I8',
    check: { id: 'cutover/recorded/switch-on', outcome: 'ok', reasons: [] },
  },
  'startup-init': {
    clause: '6E-2/start-up-sets-switch', holes: [], seam: 'switchAtStart', base: 'repaired', level: 'L1', bound: null, property: 'I8',
    check: { id: 'wrap/start-up/on-behind-the-cutover', outcome: 'ok', reasons: [] },
  },

  // Snapshots
  'snap-carries-cutover': {
    clause: 'repair/snapshot-carries-cutover', holes: ['H3', 'H13e'], seam: 'snapshotCutover', base: 'repaired', level: 'L1', bound: null, property: 'I7',
    check: { id: 'invariants/i7-snapshot-carries-cutover', outcome: 'broken', reasons: [] },
  },
  'snap-waits-for-cutover': {
    clause: 'repair/snapshot-carries-cutover', holes: ['H13e'], seam: 'snapshotCutover', base: 'repaired', level: 'L1', bound: null, property: 'I7',
    check: { id: 'snapshot/header/below-n-carries-none', outcome: 'ok', reasons: [] },
  },

  // Epochs
  'start-raises-epochs': {
    clause: 'base/sidecar-bump-epoch', holes: ['H24'], seam: 'epochsRaisedAtStart', base: 'repaired', level: 'L1', bound: null, property: null,
    check: { id: 'epochs/raised-at-the-start/active-key-alone', outcome: 'ok', reasons: [] },
  },
  'every-start-raises-raft-epoch': {
    clause: 'repair/fresh-epoch-at-start', holes: ['H24'], seam: 'epochsRaisedAtStart', base: 'repaired', level: 'L1', bound: null, property: null,
    check: { id: 'epochs/raised-at-the-start/raft-epoch-raised-before-the-cutover', outcome: 'ok', reasons: [] },
  },
  'bootstrap-keeps-epoch': {
    clause: 'repair/fresh-epoch-at-start', holes: ['N1'], seam: 'bootstrapEpoch', base: 'repaired', level: 'L1', bound: null, property: null,
    check: { id: 'replay/bootstrap-and-epochs/next-start-is-above', outcome: 'ok', reasons: [] },
  },

  // Replay, and the identity of the log
  'replay-by-marks': {
    clause: 'repair/replay', holes: ['H10', 'N1'], seam: 'doneBefore', base: 'repaired', level: 'L1', bound: null, property: 'I10',
    check: { id: 'replay/bootstrap-after-rotation/bootstrap-met-again', outcome: 'halted', reasons: ['apply-refused'] },
  },
  'log-identity-checked': {
    clause: 'repair/log-identity', holes: ['H11'], seam: 'logIdentity', base: 'repaired', level: 'L1', bound: null, property: 'I13',
    check: { id: 'identity/sidecar-and-log/new-log', outcome: 'ok', reasons: [] },
  },
  'log-identity-not-adopted-late': {
    clause: 'repair/log-identity', holes: ['H11'], seam: 'logIdentity', base: 'repaired', level: 'L1', bound: null, property: 'I8',
    check: { id: 'identity/identity-file/both-gone-behind-a-cutover', outcome: 'ok', reasons: [] },
  },
} as const satisfies Record<string, RuleRow>;

/** The name of a row. */
export type RuleId = keyof typeof rules;

/** `strict-greater` in the models is `StrictGreater`. */
export type ModelSwitch<Id extends string> = Id extends `${infer Word}-${infer Rest}` ? `${Capitalize<Word>}${ModelSwitch<Rest>}` : Capitalize<Id>;

/** The switch of the models that has the name of a row. */
export const modelSwitch = <Id extends RuleId>(id: Id): ModelSwitch<Id> =>
  id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()) as ModelSwitch<Id>;
