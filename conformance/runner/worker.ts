/**
 * One adapter process of a run after the other, and the pieces that are asked of them: groups of vectors, and scenarios.
 * Several workers run side by side; each has the ledgers of its own pieces.
 */
import type { HelloReply } from '../protocol/messages.js';
import type { RunEvent } from '../report/events.js';
import type { Directories } from './directories.js';
import { runGroup } from './group.js';
import { Ledger } from './ledger.js';
import type { Asked, Batch, Item, ScenarioBatch } from './plan.js';
import { ScenarioAsked, ScenarioLedger } from './scenario-ledger.js';
import { runScenario } from './scenario-run.js';
import { Sessions, type SessionsOptions } from './sessions.js';
import type { Telling, Worker } from './side-by-side.js';

/** A group of vectors, or a scenario. */
export type Piece = { readonly group: Batch } | { readonly scenario: ScenarioBatch };

/** What is asked, and where. */
export interface Work {
  readonly pieces: readonly Piece[];
  readonly hello: HelloReply;
  readonly directories: Directories;
  readonly kek: Uint8Array;
}

export class AdapterWorker implements Worker {
  readonly sessions: Sessions;
  readonly #stopping = new AbortController();
  readonly #ledger: Ledger;
  readonly #scenarios: ScenarioLedger;
  readonly #work: Work;
  readonly #emit: (event: RunEvent) => void;
  readonly #probation = { on: false };
  #at: number;

  /** `first`: its first piece. */
  constructor(work: Work, first: number, sessions: SessionsOf, tell: Telling) {
    this.#work = work;
    this.#at = first;
    this.#emit = (event) => tell(event, this.#at);
    this.#ledger = new Ledger(work.hello, this.#emit);
    this.#scenarios = new ScenarioLedger(this.#emit);
    this.sessions = sessions(this.#emit, this.#stopping.signal);
    this.sessions.onAnsweredTwice = (asked: Asked) => asked instanceof ScenarioAsked ? this.#scenarios.answeredTwice(asked) : this.#ledger.answeredTwice(asked as Item);
  }

  async run(at: number): Promise<void> {
    this.#at = at;
    const piece = this.#work.pieces[at];
    if (piece === undefined) throw new Error(`no piece ${at}`);
    const { sessions } = this;
    const common = { sessions, emit: this.#emit, probation: this.#probation };
    if ('group' in piece) return runGroup(piece.group, { ...common, ledger: this.#ledger });
    const { directories, kek } = this.#work;
    return runScenario(piece.scenario, { ...common, directories, kek, ledger: this.#scenarios });
  }

  async leave(at: number): Promise<void> {
    this.#at = at;
    const late = await this.sessions.close();
    this.sessions.throwIfInterrupted();
    if (late !== null) this.#ledger.blameLast(late);
  }

  stop(): void {
    this.#stopping.abort();
  }
}

/** Makes the sessions of a worker, which tell `onEvent`, and end on the signal. */
export type SessionsOf = (onEvent: SessionsOptions['onEvent'], signal: AbortSignal) => Sessions;
