/**
 * The errors of a command that the user can put right. Each message is one sentence that names the thing, what was
 * expected and what came; the command prints it and ends with exit code 2.
 */

/** Flags, patterns and arguments. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Files and directories that the user gave. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
