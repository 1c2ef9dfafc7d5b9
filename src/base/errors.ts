/**
 * Refusals: the one kind of error that the operations of `src/` throw.
 *
 * Implements base/typed-refusal. A refusal carries a reason of the published table, the clause that demands it, and
 * what was expected and what came, in words that hold no key and no plaintext.
 */
import type { ClauseId } from '../../spec/clauses.js';
import type { Reason } from '../../spec/reasons.js';

/** What a refusal says beyond its reason. `got` never holds a key, a plaintext or a body. */
export interface RefusalDetail {
  readonly clause: ClauseId;
  /** The field or argument that is at fault, by the spec's name. */
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * A refusal of the spec.
 *
 * @clause base/typed-refusal
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The cause. */
  readonly reason: Reason;
  /** Outer reasons that hold as well, innermost first. */
  readonly marks: readonly Reason[];
  readonly clause: ClauseId;
  readonly field: string;
  readonly expected: string;
  readonly got: string;

  constructor(reason: Reason, detail: RefusalDetail, marks: readonly Reason[] = []) {
    super(`${reason}: ${detail.field}: expected ${detail.expected}, got ${detail.got} (${detail.clause})`);
    this.reason = reason;
    this.marks = marks;
    ({ clause: this.clause, field: this.field, expected: this.expected, got: this.got } = detail);
  }

  /** The cause and its outer marks, the cause first. */
  get reasons(): readonly Reason[] {
    return [this.reason, ...this.marks];
  }

  /** The same refusal under one more outer mark. */
  marked(mark: Reason): Refusal {
    return new Refusal(this.reason, this, [...this.marks, mark]);
  }
}

/**
 * Throws a refusal.
 *
 * @clause base/typed-refusal
 * @throws Refusal always
 */
export function refuse(reason: Reason, detail: RefusalDetail): never {
  throw new Refusal(reason, detail);
}

/**
 * The code of a failure of the system, which is what a refusal tells of it: its message names paths. Null for any other
 * error, which is none that an operation turns into a refusal.
 *
 * @clause base/typed-refusal
 */
export const systemCode = (error: unknown): string | null => error instanceof Error && 'code' in error ? String(error.code) : null;
