/**
 * The dropped rules of a leader, and of the replicas that take over from it: for every row of spec/rules-leader.ts, what the
 * reference does when the design leaves that rule out. Nothing here implements a clause.
 */
import type { leaderRules } from '../../spec/rules-leader.js';
import { sourceTag } from '../6E-2/caller-classes.js';
import { always, never } from './departures.js';
import type { Operations } from './compose.js';
import { proposalRules } from './rules.js';

/** What stands in the place of a rule, given the operations and decisions of its base. */
export type Dropped = (base: Operations) => Partial<Operations>;

/** The decisions that are dropped by having what the proposal has in their place. */
const { cutoverKey, fateOfCall, mayWrapInTerm, raisesEpoch, countsAsRegistered, refusesEarlyIndex } = proposalRules;
const { checkSnapshotCutover, checkSnapshotKeys, switchAfterInstall, sidecarAfterInstall } = proposalRules;

export const droppedLeaderRules: Readonly<Record<keyof typeof leaderRules, Dropped>> = {
  // 6E-2, the barrier
  'gate-users': () => ({ holdStops: () => false }),
  'source-exempt': () => ({ holdStops: () => true }),
  'drain': () => ({ drained: () => true }),
  'count-at-accept': () => ({ countedFrom: () => 'append' }),
  'cutover-entry-plain': () => ({ cutoverForm: () => 'sealed' }),
  'key-at-append': () => ({ cutoverKey }),
  'waits-for-apply': () => ({ awaited: () => true }),
  'barrier-switches': () => ({ switchAtStep5: (before) => before }),
  'barrier-opens': (base) => ({ holdReleased: (event) => event !== 'appended' && event !== 'finished' && base.holdReleased(event) }),
  'retry-finds-cutover': () => ({ alreadyActive: () => false }),

  // 6E-2, either half
  'unwraps-above': () => ({ mustUnwrap: () => false }),
  'wraps-above': () => ({ formAtAcceptance: () => 'plain' }),
  'resolved-by-own-entry': () => ({ isOwnEntry: (appended, applied) => appended.proposal === applied.proposal }),

  // A barrier without the append rule (base A)
  'leader-waits-applied': () => ({ mayTakeInTerm: always }),
  'barrier-waits-applied': () => ({ mayBeginInTerm: always }),
  'recheck': () => ({ alreadyActive: never, mayAppendCutover: always }),
  'pend-term-check': () => ({ outlivesTerm: always }),
  'timeout-keeps-hold': (base) => ({ holdReleased: (event) => event === 'abandoned' || base.holdReleased(event) }),
  'exempt-none-but-cutover': () => ({ sourceTag }),
  'abort-on-loss': (base) => ({ holdReleased: (event) => event !== 'term-lost' && base.holdReleased(event) }),

  // The append rule (base B)
  'append-behind-none': () => ({ mayAppendBehind: always }),
  'one-cutover-entry': () => ({ mayAppendCutover: always }),
  'sealed-when-applied': () => ({ formIsDue: always }),

  // Snapshots
  'snap-adopts-cutover': () => ({ cutoverAfterInstall: (recorded) => recorded }),
  'snap-installs-wrap': () => ({ switchAfterInstall }),
  'snap-refuses-divergence': () => ({ checkSnapshotCutover }),
  'snap-needs-keys': () => ({ checkSnapshotKeys, sidecarAfterInstall }),
  'snap-brings-sidecar': () => ({ sidecarAfterInstall }),

  // The gate
  'hold-owned': () => ({ mayRelease: always, mayBegin: always }),
  'one-call-at-a-time': () => ({ mayBegin: always }),
  'gate-follows-log': () => ({ pendingStops: never }),
  'bounded-hold': () => ({ holdRunsOut: never }),
  'lease-is-user-traffic': (base) => ({ sourceTag: (caller) => caller === 'lease-renewal' ? 'encryption_admin' : base.sourceTag(caller) }),
  'no-transfer': () => ({ mayTransfer: always }),
  'honest-outcomes': () => ({ fateOfCall }),

  // Epochs of a leader
  'seals-after-own-term': () => ({ mayWrapInTerm }),
  'epoch-above-row': () => ({ raisesEpoch }),
  'registered-by-this-load': () => ({ countsAsRegistered, raisesEpoch }),

  // The milestones apart
  'no-early-cutover': () => ({ mayRecord: always }),
  'no-early-index': () => ({ refusesEarlyIndex }),
};
