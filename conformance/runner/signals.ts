/**
 * Signals to the runner: SIGINT, SIGTERM, SIGHUP and SIGQUIT end all process groups before the runner ends, with the exit code
 * that a shell expects.
 */
import { killAllGroups } from './process.js';
import { Interrupted } from './sessions.js';

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;
type Ending = keyof typeof CODES;

// Ending takes two graces of two seconds at most; whatever still hangs then is not waited for.
const PATIENCE_MS = 8_000;

/** The work was ended by a signal. */
export class EndedBySignal extends Error {
  override readonly name = 'EndedBySignal';
  readonly exitCode: number;
  constructor(signal: Ending) {
    super(`ended by ${signal}`);
    this.exitCode = CODES[signal];
  }
}

/**
 * Does the work, and aborts it on a signal. A second signal does not wait.
 *
 * @throws EndedBySignal when the work gave way to a signal
 */
export async function withSignals<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: Ending | null = null;
  const leave = (): never => {
    killAllGroups();
    process.exit(CODES[received ?? 'SIGTERM']);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (received !== null) leave();
    received = signal as Ending;
    setTimeout(leave, PATIENCE_MS).unref();
    controller.abort();
  };
  const names = Object.keys(CODES) as Ending[];
  for (const name of names) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (error instanceof Interrupted && received !== null) throw new EndedBySignal(received);
    throw error;
  } finally {
    for (const name of names) process.off(name, onSignal);
  }
}
