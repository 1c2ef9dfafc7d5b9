/**
 * Rows of the rule table that show on one replica: the apply hook, the record of the cutover, the order of durable effects,
 * start, replay, and the identity of the log.
 */
import type { RuleRow } from './rule-row.js';

export const replicaRules = {
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
    check: { id: 'crashes/before-or-after', crash: { scenario: 'entries/rotation', point: 'fsm.batch-written' }, outcome: 'broken', reasons: [] },
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
  'sidecar-in-place': {
    clause: 'repair/sidecar-in-place', holes: ['H11'], seam: 'checkSidecarPlace', base: 'repaired', level: 'L1', bound: null, property: 'I8',
    check: { id: 'identity/older-sidecar/of-before-the-cutover', outcome: 'ok', reasons: [] },
  },
} as const satisfies Record<string, RuleRow>;
