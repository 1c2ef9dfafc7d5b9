/**
 * What a mutant is: the reference composed with one rule dropped or one operation replaced by a wrong one, and the checks
 * that claim it.
 *
 * A mutant is composed from the composition in which what is wrong with it shows. It is killed by a check that this
 * composition passes and the mutant fails by an answer of its own: a crash, a fault or a time-out never counts. Every
 * mutant is claimed by hand, with the answer by which it is found out.
 */
import type { ClauseId } from '../../spec/clauses.js';
import type { Reason } from '../../spec/reasons.js';
import type { Composition, Evidence } from '../../spec/rules.js';
import type { Operations } from '../../src/node/compose.js';

/** One check that must kill the mutant, and what the mutant answers there in at least one failing case. */
export interface Claim {
  /** Id of a check: `<format>/<group>/<clause slug>`, `<scenario>/<check>` or `invariants/<invariant>`. */
  readonly check: string;
  /** Where only a crash shows it: the scenario, and the point of the reference at which it dies. */
  readonly crash?: { readonly scenario: string; readonly point: string };
  /** The mutant's own answer; `broken` is that of an invariant. */
  readonly answers: { readonly result: Evidence['outcome']; readonly reason?: Reason };
}

export interface Mutant {
  /** Permanent slug. */
  readonly id: string;
  /** What is wrong, in one line. */
  readonly wrong: string;
  /** The clause that it breaks. */
  readonly clause: ClauseId;
  /** The vector format that it is judged by, or `scenarios`. One that is judged by a format and claims a check of a scenario is judged by both. */
  readonly format: string;
  /** What it is composed from, where that is not the reference as shipped. */
  readonly base?: Composition;
  /** The replaced rule or operation, given the sound ones. */
  readonly replace: (sound: Operations) => Partial<Operations>;
  readonly claims: readonly [Claim, ...Claim[]];
}
