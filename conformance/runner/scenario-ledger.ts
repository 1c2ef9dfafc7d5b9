/**
 * The ledger of the scenarios: gives the verdicts of one run of a scenario, and turns them when it shows later that one
 * of its requests was answered twice.
 */
import type { Failure, RunEvent } from '../report/events.js';
import type { Asked } from './plan.js';

/** A verdict on one check by one run of a scenario; null: passed. */
export interface ScenarioVerdict { readonly check: string; readonly failure: Failure | null }

/** One run of a scenario, which answers for its requests. */
export class ScenarioAsked implements Asked {
  readonly case: { readonly id: string };
  verdicts: readonly ScenarioVerdict[] = [];
  answeredTwice = false;
  constructor(id: string) {
    this.case = { id };
  }
}

export class ScenarioLedger {
  readonly #emit: (event: RunEvent) => void;

  constructor(emit: (event: RunEvent) => void) {
    this.#emit = emit;
  }

  /** For one run of a scenario; `id`: the case of its verdicts. */
  asked(id: string): ScenarioAsked {
    return new ScenarioAsked(id);
  }

  settle(asked: ScenarioAsked, verdicts: readonly ScenarioVerdict[]): void {
    asked.verdicts = verdicts;
    this.#give(asked);
  }

  /** The run answers for it, whenever it was judged. */
  answeredTwice(asked: ScenarioAsked): true {
    if (!asked.answeredTwice) {
      asked.answeredTwice = true;
      this.#give(asked);
    }
    return true;
  }

  #give({ verdicts, answeredTwice, case: { id } }: ScenarioAsked): void {
    for (const { check, failure: found } of verdicts) {
      const failure: Failure | null = answeredTwice ? { kind: 'answered-twice', expected: 'one reply to each request', got: 'a second reply to the same request' } : found;
      this.#emit({
        type: 'verdict', check, case: id, verdict: failure === null ? 'passed' : failure.kind === 'unsupported' ? 'unsupported' : 'failed',
        ...(failure !== null && { failure }),
      });
    }
  }
}
