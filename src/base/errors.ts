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
 * error, which is none that an operation turns into a refusal: the platform's own codes for a wrong call among them.
 *
 * @clause base/typed-refusal
 */
export function systemCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && !code.startsWith('ERR_') ? code : null;
}

/** What is thrown for an error of a step. */
function asRefused(error: unknown, refusalOf: (code: string) => Refusal): unknown {
  const code = systemCode(error);
  return code === null ? error : refusalOf(code);
}

/**
 * A step on which the system may fail, which becomes a refusal then. Any other error goes on as it is.
 *
 * @clause base/typed-refusal
 * @param refusalOf the refusal, from the code of the failure
 */
export function refusingSystem<T>(step: () => T, refusalOf: (code: string) => Refusal): T {
  try {
    return step();
  } catch (error) {
    throw asRefused(error, refusalOf);
  }
}

/**
 * The same for a step that takes its time.
 *
 * @clause base/typed-refusal
 */
export async function refusingSystemLater<T>(step: () => Promise<T>, refusalOf: (code: string) => Refusal): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw asRefused(error, refusalOf);
  }
}

/**
 * A step on the way out of a failure, or one that nothing hangs on: what came before it is what is told.
 *
 * @clause base/typed-refusal
 */
export function quietly(step: () => void): void {
  try {
    step();
  } catch {
    // What came before it is what is told.
  }
}
