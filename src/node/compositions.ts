/**
 * Compositions: the designs that the reference can be, by the names of the rule table (spec/rules.ts), each one record of decisions.
 *
 * Beside the proposal, the Go implementation and the repaired whole these are the milestones alone, which the proposal argues about
 * in prose, and the two bases from which a rule is dropped so that its weight shows.
 */
import type { Composition } from '../../spec/rules.js';
import type { BusyGate } from '../6E-1/enable-raft-envelope.js';
import type { SourceTag } from '../6E-2/caller-classes.js';
import { confirmsSwitch, setsSwitch, type HoldEvent } from '../6E-2/quiescence-barrier.js';
import { always, never, ownTermApplied } from './departures.js';
import { proposalRules, repairedRules, upstreamRules, type Rules } from './rules.js';

/** 6E-1 alone: it records N. Nobody is held, drained, wrapped or unwrapped. */
const recordsAlone: Rules = {
  ...proposalRules,
  mustUnwrap: never,
  switchAtStart: never, switchAtStep5: confirmsSwitch,
  holdStops: never, drained: always,
};

/** Base A: a barrier that is safe without the append rule, by more rules, each of which closes one way around the six steps. */
const barrierAlone: Rules = {
  ...repairedRules,
  // Nothing of the log stops an append, but a cutover is looked for again just before step 3.
  mayAppendBehind: always, formIsDue: always,
  // A leader takes nothing and begins nothing before it has applied the first entry of its term.
  mayTakeInTerm: (_caller, applied) => applied, mayBeginInTerm: ownTermApplied, mayWrapInTerm: always,
  // The gate is the hold alone, of one call at a time, from step 1 to step 6 or the end of the term; no time-out opens it behind the append.
  mayBegin: ({ held }: BusyGate) => !held, pendingStops: never, holdRunsOut: never,
  holdReleased: (event: HoldEvent) => event !== 'appended' && event !== 'abandoned',
  // Nothing is exempt but the cutover entry.
  sourceTag: (): SourceTag => 'user',
  switchAtStep5: setsSwitch,
  mayTransfer: always,
};

/** Base B: the append rule, the switch by apply and the adoption of snapshots, without hold, drain, or any state of a call. */
const appendRuleAlone: Rules = {
  ...repairedRules,
  mayBegin: always, holdStops: never, pendingStops: never, drained: always, holdRunsOut: never,
  outlivesTerm: always,
  mayTransfer: always,
};

/**
 * All of them.
 *
 * @clause 6E-1/inert-alone repair/append-rule repair/no-early-index
 */
export const compositions: Readonly<Record<Composition, Rules>> = {
  'proposal': proposalRules,
  'upstream': upstreamRules,
  'repaired': repairedRules,
  '6e-1': recordsAlone,
  '6e-1-repaired': { ...recordsAlone, mayRecord: never },
  // Either half of 6E-2 alone.
  '6e-2-unwrap': { ...proposalRules, formAtAcceptance: () => 'plain' },
  '6e-2-wrap': { ...proposalRules, mustUnwrap: never },
  'base-a': barrierAlone,
  'base-b': appendRuleAlone,
};
