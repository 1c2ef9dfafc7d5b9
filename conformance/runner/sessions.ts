/**
 * The sessions of a run, one after the other: starts a fresh process when the last one broke down, and gives up when
 * three starts in a row failed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { HelloReply } from '../protocol/messages.js';
import type { RunEvent } from '../report/events.js';
import { count } from '../report/text.js';
import type { Breakdown } from './client.js';
import { HandshakeError, openSession, type Session, type SessionOptions } from './handshake.js';
import { FAILED_STARTS } from './limits.js';
import type { Asked } from './plan.js';
import { SpawnError } from './process.js';

/** The adapter cannot be driven; the message says what it did and which page helps. */
export class NotDriven extends Error {
  override readonly name = 'NotDriven';
}

/** A signal ended the run. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface SessionsOptions extends Omit<SessionOptions, 'number' | 'onAnsweredTwice' | 'onEvent'> {
  readonly onEvent: (event: RunEvent) => void;
  /** The number of the next process: counted by whoever runs several sessions side by side. */
  readonly nextNumber?: () => number;
  /** What the adapter declared before in this run. */
  readonly declared?: HelloReply;
}

const HELP = 'docs/adapter-guide.md says what an adapter has to do';

export class Sessions {
  readonly #options: SessionsOptions;
  #current: Session | null = null;
  #first: HelloReply | null;
  #started = 0;
  #failedStarts = 0;
  /** Told of a case that was answered again; true when it takes the blame. */
  onAnsweredTwice: (item: Asked) => boolean = () => false;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#first = options.declared ?? null;
  }

  /** Where the adapters may keep files, and find those that are laid out for them. */
  get dataRoot(): string {
    return this.#options.dataRoot;
  }

  /** The running session, or a fresh one. @throws NotDriven, Interrupted */
  async current(): Promise<Session> {
    for (;;) {
      this.throwIfInterrupted();
      if (this.#current !== null && !this.#current.client.over) return this.#current;
      await this.#current?.client.end();
      this.#current = null;
      await this.#tryStart();
    }
  }

  /** Good-bye; the next session is a fresh one. Gives what the process did instead of taking its leave. */
  async close(): Promise<Breakdown | null> {
    const late = await this.#current?.client.close() ?? null;
    this.#current = null;
    return late;
  }

  /** Ends whatever runs, without good-bye. */
  async end(): Promise<void> {
    await this.#current?.client.end();
    this.#current = null;
  }

  /** An event of those for whom requests are sent. */
  note(event: RunEvent): void {
    this.#options.onEvent(event);
  }

  throwIfInterrupted(): void {
    if (this.#options.signal?.aborted === true) throw new Interrupted('the run was interrupted');
  }

  async #tryStart(): Promise<void> {
    const number = this.#options.nextNumber?.() ?? (this.#started += 1);
    try {
      const session = await openSession({ ...this.#options, number, onAnsweredTwice: (item) => this.onAnsweredTwice(item) });
      this.#current = session;
      this.#failedStarts = 0;
      this.#first ??= session.hello;
      if (!sameDeclaration(this.#first, session.hello)) {
        await this.end();
        throw new HandshakeError('declares something else after a new start than it did before', true);
      }
    } catch (error) {
      this.throwIfInterrupted();
      if (error instanceof SpawnError) throw new NotDriven(`${error.message}.`);
      if (!(error instanceof HandshakeError)) throw error;
      this.#options.onEvent({ type: 'failed-start', process: number, detail: error.message });
      this.#failedStarts += 1;
      if (error.final) throw new NotDriven(`the adapter ${error.message}; ${HELP}.`);
      if (this.#failedStarts === FAILED_STARTS) throw new NotDriven(`the adapter ${error.message}; the same at each of ${count(FAILED_STARTS, 'start')}; ${HELP}.`);
    }
  }
}

/** What verdicts hang on must not change within a run. */
function sameDeclaration(first: HelloReply, again: HelloReply): boolean {
  const decisive = ({ level, profile, formats, choices, reasons, caps, files, crashPoints }: HelloReply): unknown =>
    ({ level, profile, formats, choices, reasons, caps, files, crashPoints });
  return isDeepStrictEqual(decisive(first), decisive(again));
}
