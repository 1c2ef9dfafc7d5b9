/**
 * What a row of the rule table is. The rows stand in rules-replica.ts and rules-leader.ts, the table that joins them in rules.ts.
 */
import type { ClauseId } from './clauses.js';
import type { Reason } from './reasons.js';
import type { Level } from './registry.js';

/** The compositions of the reference, each with what it is. A rule is dropped from the one in which that shows. */
export const COMPOSITIONS = {
  'proposal': 'the proposal to the letter, in the readings that the spec fixes',
  'upstream': 'what the Go implementation does where it departs from the text of the proposal',
  'repaired': 'the proposal as the repair rules complete it: the reference as it ships',
  '6e-1': 'the first milestone alone, as proposed: it records N, and nobody is held, drained, wrapped or unwrapped',
  '6e-1-repaired': 'the first milestone alone, which refuses the cutover (R19)',
  '6e-2-unwrap': 'the half of the second milestone that unwraps above N, without the one that wraps',
  '6e-2-wrap': 'the half of the second milestone that wraps, without the one that unwraps above N',
  'base-a': 'base A: a barrier that is safe without the append rule, by more rules, each of which closes one way around the six steps',
  'base-b': 'base B: the append rule, the switch by apply and the adoption of snapshots, without hold, drain, or any state of a call',
} as const;
export type Composition = keyof typeof COMPOSITIONS;

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
  /** Decisions that are dropped with it, since they would stand in for it. */
  readonly beside?: readonly string[];
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
