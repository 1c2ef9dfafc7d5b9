/**
 * The pieces of a run (groups of vectors, scenarios) on several adapter processes side by side, as if they had run one
 * after the other.
 *
 * Which worker has which piece follows from the plan alone, so that every process sees the same requests in the same
 * order each time. What a worker tells is held back until all pieces before it are over; so the log of the run has its
 * pieces in their order, and where a run ends early, at the piece that a run of one worker would have ended at, nothing
 * is told of those behind it.
 */
import type { RunEvent } from '../report/events.js';
import type { ScenarioBatch, Batch } from './plan.js';
import { Interrupted } from './sessions.js';

/** Tells where it belongs: `at` the number of the piece, from 0. */
export type Telling = (event: RunEvent, at: number) => void;

export interface Worker {
  /** Runs the piece of this number. @throws NotDriven, Interrupted */
  run(at: number): Promise<void>;
  /** Nothing more is asked of it: takes its leave of its process. `at`: where what it tells belongs. @throws Interrupted */
  leave(at: number): Promise<void>;
  /** Ends its process now. */
  stop(): void;
}

/** By about as many milliseconds as they take. A start of a process is worth it when there is more to do than this. */
const START = 400;
const EACH_STEP = 3;
const EACH_OPEN = 8;
const EACH_VECTOR = 2;

/** What a group costs. */
export const weightOfGroup = ({ items }: Batch): number => EACH_VECTOR * items.length;

/** What a scenario costs: a node that dies takes its process with it. */
export const weightOfScenario = ({ loaded: { scenario } }: ScenarioBatch): number => scenario.steps.reduce((sum, step) => {
  const op = 'op' in step ? step.op : 'file';
  return sum + [step.on].flat().length * (op === 'open' ? EACH_OPEN : op === 'crash.now' ? START : EACH_STEP);
}, 0);

/** The worker of each piece: in their order, always the one that has least to do until then. There are as many as are worth it, and at most `most`. */
export function shares(weights: readonly number[], most: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const load = Array.from({ length: Math.max(1, Math.min(most, weights.length, Math.floor(total / START))) }, () => 0);
  return weights.map((weight) => {
    const worker = load.indexOf(Math.min(...load));
    load[worker] = (load[worker] ?? 0) + weight;
    return worker;
  });
}

export interface SideBySide {
  /** The worker of each piece. */
  readonly shares: readonly number[];
  readonly workers: readonly Worker[];
  readonly order: InOrder;
  /** Asked when a piece is over and everything before it was told: true, and it is the last. @throws what ends the run at once */
  readonly enough: () => boolean;
}

/** Runs all pieces. True when it had enough before the last. @throws NotDriven of the first piece that met it; Interrupted */
export async function runSideBySide({ shares, workers, order, enough }: SideBySide): Promise<boolean> {
  const pieces = shares.length;
  /** No piece behind this one is begun, and those that run are given up. */
  let last = Infinity;
  const running = workers.map(() => -1);
  const problems = new Map<number, unknown>();
  const endAt = (piece: number): void => {
    last = Math.min(last, piece);
    for (const [number, at] of running.entries()) if (at > last) workers[number]?.stop();
  };
  await Promise.all(workers.map(async (worker, number) => {
    const mine = [...shares.entries()].filter(([, of]) => of === number).map(([at]) => at);
    for (const at of [...mine, pieces + number]) {
      if (at > last) return;
      running[number] = at;
      try {
        await (at < pieces ? worker.run(at) : worker.leave(at));
        order.over(at, () => {
          const had = enough() && order.at < pieces - 1;
          if (had) endAt(order.at);
          return had;
        });
      } catch (error) {
        problems.set(at, error);
        endAt(at);
        return;
      }
      running[number] = -1;
    }
  }));
  const interrupted = [...problems.values()].find((error) => error instanceof Interrupted);
  const [first] = [...problems].filter(([at]) => at <= last).sort(([left], [right]) => left - right);
  if (first !== undefined) {
    // What was seen by then is all that there will be.
    if (first[1] === interrupted) order.tellAll();
    order.end();
    throw first[1];
  }
  return last < pieces - 1;
}

/** Holds back what is told before its turn. */
export class InOrder {
  /** The first piece that is not over. */
  at = 0;
  readonly #emit: (event: RunEvent) => void;
  readonly #held = new Map<number, RunEvent[]>();
  readonly #over = new Set<number>();
  /** The processes of which it was told that they run. */
  readonly #started = new Set<number>();
  #ended = false;

  constructor(emit: (event: RunEvent) => void) {
    this.#emit = (event) => {
      if (event.type === 'start') this.#started.add(event.process);
      emit(event);
    };
  }

  /** Tells it when its turn has come. */
  readonly tell: Telling = (event, at) => {
    if (at <= this.at && !this.#ended) return this.#emit(event);
    // That a process ended is told of all that were told of.
    if (this.#ended) return this.#tellOfStop(event);
    const held = this.#held.get(at) ?? [];
    this.#held.set(at, held);
    held.push(event);
  };

  /** A piece is over. `enough`: asked behind each that has been told whole; after a yes nothing more is told. */
  over(at: number, enough: () => boolean): void {
    this.#over.add(at);
    while (this.#over.has(this.at) && !this.#ended) {
      if (enough()) this.end();
      else this.#next();
    }
  }

  /** Nothing more is told of the pieces. */
  end(): void {
    this.#ended = true;
    for (const held of this.#held.values()) for (const event of held) this.#tellOfStop(event);
    this.#held.clear();
  }

  /** Whatever there is. */
  tellAll(): void {
    const behind = Math.max(this.at, ...this.#held.keys());
    while (this.at <= behind) this.#next();
  }

  #tellOfStop(event: RunEvent): void {
    if (event.type === 'stop' && this.#started.has(event.process)) this.#emit(event);
  }

  #next(): void {
    this.at += 1;
    for (const event of this.#held.get(this.at) ?? []) this.#emit(event);
    this.#held.delete(this.at);
  }
}
