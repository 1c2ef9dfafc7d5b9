/**
 * Rows of the rule table that show on a leader, and on the replicas that take over from it: intake, barrier and gate, the append
 * rule, snapshots, the epochs of a leader, and the milestones apart.
 */
import type { RuleRow } from './rule-row.js';

export const leaderRules = {
  // 6E-2, the barrier
  'gate-users': {
    clause: '6E-2/barrier-1-block', holes: [], seam: 'holdStops', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'barrier/six-steps/holds-users', outcome: 'ok', reasons: [] },
  },
  'source-exempt': {
    clause: '6E-2/admin-exempt', holes: [], seam: 'holdStops', base: 'base-a', level: 'L2', bound: null, property: null,
    check: { id: 'barrier/six-steps/step-3-passes-the-hold', outcome: 'ok', reasons: [] },
  },
  'drain': {
    clause: '6E-2/barrier-2-drain', holes: ['H8'], seam: 'drained', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'barrier/six-steps/step-2-waits-for-the-drain', outcome: 'ok', reasons: [] },
  },
  'count-at-accept': {
    clause: '6E-2/barrier-2-drain', holes: ['H8'], seam: 'countedFrom', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'barrier/six-steps/step-2-waits-for-the-drain', outcome: 'ok', reasons: [] },
  },
  'cutover-entry-plain': {
    clause: '6E-2/barrier-3-propose', holes: [], seam: 'cutoverForm', base: 'repaired', level: 'L2', bound: null, property: 'I2',
    check: { id: 'barrier/six-steps/step-3-proposes-plain', outcome: 'ok', reasons: [] },
  },
  'key-at-append': {
    clause: '6E-2/barrier-3-propose', holes: [], seam: 'cutoverKey', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'barrier/rotation-inside-the-call/key-of-the-append', outcome: 'ok', reasons: [] },
  },
  'waits-for-apply': {
    clause: '6E-2/barrier-4-wait', holes: [], seam: 'awaited', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'barrier/six-steps/step-4-waits-for-the-apply', outcome: 'ok', reasons: [] },
  },
  'barrier-switches': {
    clause: '6E-2/barrier-5-switch', holes: ['H1'], seam: 'switchAtStep5', base: 'proposal', level: 'L2', bound: null, property: 'I8',
    check: { id: 'barrier/six-steps/switch-on-before-it-opens', outcome: 'ok', reasons: [] },
  },
  'barrier-opens': {
    clause: '6E-2/barrier-6-open', holes: ['H12'], seam: 'holdReleased', base: 'repaired', level: 'L2', bound: null, property: 'I11',
    check: { id: 'barrier/six-steps/step-6-opens', outcome: 'refused', reasons: ['cutover-in-progress'] },
  },
  'retry-finds-cutover': {
    clause: '6E-1/already-active', holes: [], seam: 'alreadyActive', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'barrier/second-call/already-active', outcome: 'ok', reasons: [] },
  },

  // 6E-2, either half
  'unwraps-above': {
    clause: '6E-2/dispatch-is-strict', holes: [], seam: 'mustUnwrap', base: 'repaired', level: 'L2', bound: null, property: 'I13',
    check: { id: 'barrier/six-steps/all-equal', outcome: 'ok', reasons: [] },
  },
  'wraps-above': {
    clause: '6E-2/barrier-6-open', holes: [], seam: 'formAtAcceptance', base: 'repaired', level: 'L2', bound: null, property: 'I11',
    check: { id: 'barrier/six-steps/sealed-after', outcome: 'refused', reasons: ['form-not-due'] },
  },
  'resolved-by-own-entry': {
    clause: '6E-2/proposal-resolved-once', holes: ['H22'], seam: 'isOwnEntry', base: 'repaired', level: 'L2', bound: null, property: 'I13',
    check: { id: 'intake/own-entry/not-by-the-id-alone', outcome: 'ok', reasons: [] },
  },

  // A barrier without the append rule (base A)
  'leader-waits-applied': {
    clause: 'repair/seal-matches-index', holes: ['H2'], seam: 'mayTakeInTerm', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i1-seal-matches-index', outcome: 'broken', reasons: [] },
  },
  'barrier-waits-applied': {
    clause: 'repair/one-cutover-entry', holes: ['H5'], seam: 'mayBeginInTerm', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i4-one-cutover-entry', outcome: 'broken', reasons: [] },
  },
  'recheck': {
    clause: 'repair/one-cutover-entry', holes: ['H5'], seam: 'alreadyActive', beside: ['mayAppendCutover'], base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i4-one-cutover-entry', outcome: 'broken', reasons: [] },
  },
  'pend-term-check': {
    clause: 'repair/seal-matches-index', holes: ['H8'], seam: 'outlivesTerm', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i1-seal-matches-index', outcome: 'broken', reasons: [] },
  },
  'timeout-keeps-hold': {
    clause: 'repair/seal-matches-index', holes: ['H6'], seam: 'holdReleased', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i1-seal-matches-index', outcome: 'broken', reasons: [] },
  },
  'exempt-none-but-cutover': {
    clause: 'repair/seal-matches-index', holes: ['H7'], seam: 'sourceTag', base: 'base-a', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i1-seal-matches-index', outcome: 'broken', reasons: [] },
  },
  'abort-on-loss': {
    clause: 'repair/gate', holes: ['H12'], seam: 'holdReleased', base: 'base-a', level: 'L2', bound: null, property: null,
    check: { id: 'gate/ends-with-the-term/open-when-it-leads-again', outcome: 'refused', reasons: ['cutover-in-progress'] },
  },

  // The append rule (base B)
  'append-behind-none': {
    clause: 'repair/append-rule', holes: ['H2', 'H7'], seam: 'mayAppendBehind', base: 'base-b', level: 'L2', bound: null, property: 'I2',
    check: { id: 'append/behind-an-unapplied-cutover/nothing-is-appended', outcome: 'ok', reasons: [] },
  },
  'one-cutover-entry': {
    clause: 'repair/one-cutover-entry', holes: ['H5'], seam: 'mayAppendCutover', base: 'base-b', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i4-one-cutover-entry', outcome: 'broken', reasons: [] },
  },
  'sealed-when-applied': {
    clause: 'repair/seal-matches-index', holes: ['H8'], seam: 'formIsDue', base: 'base-b', level: 'L2', bound: null, property: 'I2',
    check: { id: 'invariants/i1-seal-matches-index', outcome: 'broken', reasons: [] },
  },

  // Snapshots
  'snap-adopts-cutover': {
    clause: 'repair/snapshot-adoption', holes: ['H3'], seam: 'cutoverAfterInstall', base: 'base-b', level: 'L2', bound: null, property: 'I13',
    check: { id: 'snapshot/across-the-cutover/adopts-the-cutover', outcome: 'ok', reasons: [] },
  },
  'snap-installs-wrap': {
    clause: 'repair/snapshot-adoption', holes: ['H3'], seam: 'switchAfterInstall', base: 'base-b', level: 'L2', bound: null, property: 'I8',
    check: { id: 'snapshot/across-the-cutover/adopts-the-switch', outcome: 'ok', reasons: [] },
  },
  'snap-refuses-divergence': {
    clause: 'repair/snapshot-adoption', holes: [], seam: 'checkSnapshotCutover', base: 'repaired', level: 'L2', bound: null, property: 'I6',
    check: { id: 'snapshot/refused/another-cutover', outcome: 'ok', reasons: [] },
  },
  'snap-needs-keys': {
    clause: 'repair/snapshot-adoption', holes: ['H16'], seam: 'checkSnapshotKeys', beside: ['sidecarAfterInstall'], base: 'repaired', level: 'L2', bound: null, property: 'I9',
    check: { id: 'snapshot/keys-missing/refused-without-keys', outcome: 'ok', reasons: [] },
  },
  'snap-brings-sidecar': {
    clause: 'repair/snapshot-adoption', holes: ['H3'], seam: 'sidecarAfterInstall', base: 'repaired', level: 'L2', bound: null, property: 'I9',
    check: { id: 'snapshot/across-the-cutover/starts-again', outcome: 'refused', reasons: ['sidecar-behind-log'] },
  },

  // The gate
  'hold-owned': {
    clause: 'repair/gate', holes: ['H6'], seam: 'mayRelease', beside: ['mayBegin'], base: 'repaired', level: 'L2', bound: null, property: 'I2',
    check: { id: 'gate/owner/opened-by-its-owner-alone', outcome: 'ok', reasons: [] },
  },
  'one-call-at-a-time': {
    clause: 'repair/gate', holes: [], seam: 'mayBegin', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'barrier/second-call/one-call-holds', outcome: 'ok', reasons: [] },
  },
  'gate-follows-log': {
    clause: 'repair/gate', holes: ['H6'], seam: 'pendingStops', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'gate/behind-the-log/closed-where-it-was-appended', outcome: 'ok', reasons: [] },
  },
  'bounded-hold': {
    clause: 'repair/bounded-hold', holes: ['H17'], seam: 'holdRunsOut', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'gate/bounded-hold/opens-within-the-lease-window', outcome: 'ok', reasons: [] },
  },
  'lease-is-user-traffic': {
    clause: 'repair/bounded-hold', holes: ['H17'], seam: 'sourceTag', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'gate/lease-is-user-traffic/lease-is-held', outcome: 'ok', reasons: [] },
  },
  'no-transfer': {
    clause: 'repair/no-transfer', holes: ['H21'], seam: 'mayTransfer', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'gate/transfer/not-behind-an-unapplied-entry', outcome: 'ok', reasons: [] },
  },
  'honest-outcomes': {
    clause: 'repair/honest-outcomes', holes: ['H6', 'H12'], seam: 'fateOfCall', base: 'repaired', level: 'L2', bound: null, property: 'I12',
    check: { id: 'barrier/term-lost-at-each-phase/lost-when-proposed', outcome: 'ok', reasons: [] },
  },

  // Epochs of a leader
  'seals-after-own-term': {
    clause: 'repair/fresh-epoch', holes: ['H24'], seam: 'mayWrapInTerm', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'epochs/leader-behind-the-cutover/own-term-first', outcome: 'ok', reasons: [] },
  },
  'epoch-above-row': {
    clause: 'repair/fresh-epoch', holes: ['H24'], seam: 'raisesEpoch', base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'epochs/leader-behind-the-cutover/epoch-above-its-row', outcome: 'ok', reasons: [] },
  },
  'registered-by-this-load': {
    clause: 'repair/fresh-epoch', holes: ['H24'], seam: 'countsAsRegistered', beside: ['raisesEpoch'], base: 'repaired', level: 'L2', bound: null, property: null,
    check: { id: 'epochs/leader-behind-the-cutover/not-registered', outcome: 'ok', reasons: [] },
  },

  // The milestones apart
  'no-early-cutover': {
    clause: 'repair/no-early-index', holes: ['H25'], seam: 'mayRecord', base: '6e-1-repaired', level: 'L2', bound: null, property: 'I2',
    check: { id: 'milestones/no-cutover-without-the-flip/recorded-means-switched', outcome: 'ok', reasons: [] },
  },
  'no-early-index': {
    clause: 'repair/no-early-index', holes: ['H25'], seam: 'refusesEarlyIndex', base: 'repaired', level: 'L2', bound: null, property: 'I2',
    check: { id: 'milestones/data-of-6e-1-alone/refused-with-a-reason', outcome: 'ok', reasons: [] },
  },
} as const satisfies Record<string, RuleRow>;
