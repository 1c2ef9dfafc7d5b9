/**
 * The dropped rules: for every row of the rule table, what the reference does when the design leaves that rule out.
 *
 * Nothing here implements a clause. A composition with one of these is a mutant of its row; the record is exhaustive, so
 * that a row without its function does not compile. Those of a leader stand in dropped-leader-rules.ts.
 */
import type { RuleId } from '../../spec/rules.js';
import type { ProposalId, RaftIndex } from '../base/ids.js';
import type { Operations } from './compose.js';
import { droppedLeaderRules, type Dropped } from './dropped-leader-rules.js';
import { proposalRules } from './rules.js';

/** The data as it stands is unwrapped, and the proposal is looked for inside. */
const unwrappedFirst = (base: Operations): Operations['openEntry'] => (entry, dispatch) => {
  const { index, type, data } = entry;
  if (type !== 'normal' || data.length === 0 || !base.mustUnwrap(index, dispatch.boundary)) return base.openEntry(entry, dispatch);
  const around = base.encodeProposal({ id: 0n as ProposalId, payload: data });
  const opened = base.openEntry({ ...entry, data: around }, dispatch);
  return opened.opened === 'payload' ? base.openEntry({ ...entry, data: opened.payload }, { ...dispatch, boundary: index }) : opened;
};

export const droppedRules: Readonly<Record<RuleId, Dropped>> = {
  // 6E-2, the apply hook
  'decode-first': (base) => ({ openEntry: unwrappedFirst(base) }),
  'strict-greater': () => ({ mustUnwrap: (index, boundary) => index >= boundary }),
  'unset-is-infinity': () => ({ dispatchBoundary: (recorded) => recorded }),
  'undecodable-skipped': () => ({ onUndecodable: () => 'halt' }),
  'unwrap-failure-halts': () => ({ onUnwrapFailure: () => 'skip' }),
  'ordinary-error-advances': () => ({ onOrdinaryError: () => 'halt' }),

  // 6E-2, cold start
  'duplicates-dropped': () => ({ onDuplicate: () => 'apply' }),
  'volatile-reapplied': () => ({ onDuplicate: () => 'drop' }),

  // 6E-1, the cutover entry
  'first-cutover-wins': (base) => ({ cutoverVerdict: (facts) => base.cutoverVerdict({ ...facts, recorded: 0n as RaftIndex }) }),
  'stale-key-no-op': (base) => ({ cutoverVerdict: (facts) => base.cutoverVerdict({ ...facts, activeRaftKey: facts.entryKey }) }),

  // What is durable before what
  'sidecar-before-store': () => ({ durableOrder: () => 'store-first' }),
  'every-entry-moves-applied': () => ({ movesApplied: (encryptionEntry) => !encryptionEntry }),

  // The wrap switch
  'apply-installs-wrap': () => ({ switchAfterApply: (before) => before }),
  'startup-init': () => ({ switchAtStart: () => false }),

  // Snapshots
  'snap-carries-cutover': () => ({ snapshotCutover: () => 0n as RaftIndex }),
  'snap-waits-for-cutover': () => ({ snapshotCutover: proposalRules.snapshotCutover }),

  // Epochs
  'start-raises-epochs': () => ({ epochsRaisedAtStart: () => [] }),
  'every-start-raises-raft-epoch': () => ({ epochsRaisedAtStart: proposalRules.epochsRaisedAtStart }),
  'bootstrap-keeps-epoch': () => ({ bootstrapEpoch: proposalRules.bootstrapEpoch }),

  // Replay, and the identity of the log
  'replay-by-marks': () => ({ doneBefore: () => false }),
  'log-identity-checked': () => ({ logIdentity: () => 'none' }),
  'log-identity-not-adopted-late': (base) => ({
    logIdentity: (found) => found.inLog === 'none' && found.besideSidecar === 'none' ? 'adopt' : base.logIdentity(found),
  }),
  'sidecar-in-place': () => ({ checkSidecarPlace: proposalRules.checkSidecarPlace }),

  // What shows on a leader
  ...droppedLeaderRules,
};
