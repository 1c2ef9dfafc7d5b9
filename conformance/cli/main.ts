#!/usr/bin/env node
/** The command `cutcheck`: one file a subcommand; here they are put together, and every error becomes an exit code. */
import { Command } from 'commander';
import { packageVersion } from '../package-root.js';
import { InputError } from '../errors.js';
import { EXIT_CODES, tellError } from './exit.js';
import { register as explain } from './explain.js';
import { register as list } from './list.js';
import { register as replay } from './replay.js';
import { register as run } from './run.js';
import { register as selftest } from './selftest.js';
import { register as show } from './show.js';
import { register as vectors } from './vectors.js';

// A reader that went away (`| head`) is no error of ours, and there is nobody left to tell. A full disk is one.
process.stderr.on('error', () => undefined);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  const code = tellError(new InputError(`stdout: a file that can be written to was expected, and it cannot be (${error.code ?? error.message})`));
  process.once('exit', () => { process.exitCode = code; });
});

// Otherwise Node would end with 1, which reads as a verdict.
process.on('uncaughtException', (error) => process.exit(tellError(error)));

const program = new Command('cutcheck')
  .description('Does a Raft store cut its log over from plain to encrypted entries without losing a write, halting a replica or leaking plaintext?')
  .version(packageVersion())
  .showHelpAfterError('(--help shows what there is)')
  .addHelpText('after', EXIT_CODES)
  .exitOverride();

for (const register of [run, replay, list, show, explain, vectors, selftest]) register(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = tellError(error);
}
