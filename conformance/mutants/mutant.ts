/**
 * What a mutant is: the reference composed with one operation replaced by a wrong one, and the checks that claim it.
 *
 * A mutant is killed by a check when the check fails on an answer that the mutant gave: a crash, a fault or a time-out
 * never counts. Every mutant is claimed by hand, with the answer by which it is found out.
 */
import type { ClauseId } from '../../spec/clauses.js';
import type { Reason } from '../../spec/reasons.js';
import type { Operations } from '../../src/node/compose.js';

/** One check that must kill the mutant, and what the mutant answers there in at least one failing case. */
export interface Claim {
  /** Id of a check, `<format>/<group>/<clause slug>`. */
  readonly check: string;
  /** The mutant's own answer. */
  readonly answers: { readonly result: 'valid' | 'invalid'; readonly reason?: Reason };
}

export interface Mutant {
  /** Permanent slug. */
  readonly id: string;
  /** What is wrong, in one line. */
  readonly wrong: string;
  /** The clause that it breaks. */
  readonly clause: ClauseId;
  /** The vector format that it is judged by. */
  readonly format: string;
  /** The replaced operation, given the sound ones. */
  readonly replace: (sound: Operations) => Partial<Operations>;
  readonly claims: readonly [Claim, ...Claim[]];
}
