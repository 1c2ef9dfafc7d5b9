/**
 * The threads of the self-test: so many trials at a time as there are threads, each driven in one of them. A thread that
 * does not answer in time is ended and replaced, and its trial is a trouble: a mutant that never returns costs itself.
 */
import { Worker } from 'node:worker_threads';
import type { Profile } from '../protocol/messages.js';
import type { Trial } from './judged.js';
import type { Drive, Driven } from './kill-matrix.js';

/** What is asked of a thread: a trial by the ids of what is judged in it. */
export interface Ordered {
  readonly id: number;
  readonly command: readonly string[];
  readonly profile: Profile;
  readonly trial: { readonly checks: readonly string[]; readonly scenarios: readonly string[]; readonly watched: Readonly<Record<string, readonly string[]>>; readonly crash: string | null };
}
type Answered = { readonly id: number } & ({ readonly driven: Driven } | { readonly problem: string });

/** No trial of a mutant takes longer than this, by far. */
const MOST_MS = 180_000;

export class Pool {
  readonly #idle: Worker[];
  readonly #all = new Set<Worker>();
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #id = 0;

  constructor(threads: number) {
    this.#idle = Array.from({ length: threads }, () => this.#start());
  }

  /** Drives one adapter through a trial, as soon as a thread is free. */
  readonly drive: Drive = async (command, trial, profile) => {
    const worker = this.#idle.pop() ?? await new Promise<Worker>((resolve) => { this.#waiting.push(resolve); });
    const id = this.#id += 1;
    const answer = await this.#ask(worker, { id, command, profile, trial: orderOf(trial) });
    this.#free(answer === null ? this.#replaced(worker) : worker);
    if (answer === null) return troubled(`gave no answer within ${MOST_MS / 1000} s`);
    return 'driven' in answer ? answer.driven : troubled(answer.problem);
  };

  async end(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #ask(worker: Worker, ordered: Ordered): Promise<Answered | null> {
    return new Promise((resolve) => {
      const settle = (answer: Answered | null): void => {
        clearTimeout(timer);
        worker.off('message', settle);
        worker.off('error', failed);
        resolve(answer);
      };
      const failed = (): void => settle(null);
      const timer = setTimeout(failed, MOST_MS);
      worker.on('message', settle);
      worker.on('error', failed);
      worker.postMessage(ordered);
    });
  }

  #free(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    this.#all.add(worker);
    return worker;
  }

  #replaced(worker: Worker): Worker {
    this.#all.delete(worker);
    void worker.terminate();
    return this.#start();
  }
}

const orderOf = ({ suite, crash }: Trial): Ordered['trial'] => ({
  crash,
  checks: [...suite.checks, ...suite.scenarioChecks, ...suite.invariantChecks].map(({ id }) => id),
  scenarios: suite.scenarios.map(({ scenario }) => scenario.id),
  watched: Object.fromEntries(suite.invariantChecks.map(({ id, scenarios }) => [id, scenarios])),
});

const troubled = (trouble: string): Driven => ({ failures: [], unreached: [], troubles: [trouble] });
