/** How every command ends: exit codes, and one sentence for each kind of error. */
import { CommanderError } from 'commander';
import { EndedBySignal } from '../runner/signals.js';
import { InputError, UsageError } from '../errors.js';

export const USAGE = 2;
const INTERNAL = 70;

export const EXIT_CODES = `
Exit codes:
  0    all required checks passed
  1    at least one failed or was answered with "unsupported"
  2    usage or input error
  3    stale baseline (reserved)
  4    the adapter could not be driven
  5    nothing scored ran
  70   an error of cutcheck itself
  129, 130, 131, 143  ended by SIGHUP, SIGINT, SIGQUIT, SIGTERM`;

/** Tells the error on stderr, and gives the exit code. Never a stack, unless CUTCHECK_DEBUG asks for it. */
export function tellError(error: unknown): number {
  // Commander has told its own errors.
  if (error instanceof CommanderError) return error.exitCode === 0 || error.code === 'commander.helpDisplayed' || error.code === 'commander.version' ? 0 : USAGE;
  if (error instanceof EndedBySignal) {
    tell(`${error.message}; no report was written.`);
    return error.exitCode;
  }
  if (error instanceof UsageError || error instanceof InputError) {
    tell(error.message);
    return USAGE;
  }
  const debug = process.env['CUTCHECK_DEBUG'] !== undefined && process.env['CUTCHECK_DEBUG'] !== '';
  tell(`internal error: ${error instanceof Error ? error.message : String(error)}${debug ? '' : ' (CUTCHECK_DEBUG=1 shows where)'}`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return INTERNAL;
}

export const tell = (sentence: string): void => {
  process.stderr.write(`cutcheck: ${sentence}\n`);
};
