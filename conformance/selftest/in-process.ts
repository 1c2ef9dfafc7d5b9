/**
 * Adapters in the process of the self-test: over the same lines as any other, and without a process to start for each.
 *
 * The mutants and the compositions are made of the reference, which nothing in the suite loads; so their module is named by
 * its path, as the command of a process is, and loaded when the first of them starts.
 */
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import type { Exit, StartAdapter } from '../runner/process.js';

/** What the module exports: an adapter as its command line names it, over two streams, until its good-bye. */
export interface ServedInProcess {
  serveCommand(args: readonly string[], streams: { readonly input: Readable; readonly output: Writable }): Promise<void>;
}

/**
 * Starts the adapter that the arguments of a command name, from a module in this process.
 *
 * @param module URL of a module with `serveCommand`
 */
export const startsInProcess = (module: string): StartAdapter => async (command, listener) => {
  const { serveCommand } = await import(module) as ServedInProcess;
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.on('data', (chunk: Buffer) => listener.onStdout(chunk));
  const served = serveCommand(command.slice(2), { input, output }).then((): Exit => ({ code: 0, signal: null }), (error: unknown): Exit => {
    listener.onStderr(Buffer.from(`${error instanceof Error ? error.stack ?? error.message : String(error)}\n`));
    return { code: 1, signal: null };
  });
  const over = (): void => {
    if (!output.writableEnded) output.end();
  };
  const exited = served.finally(over);
  const stdoutRead = new Promise<void>((resolve) => output.once('end', () => {
    listener.onStdoutEnd();
    resolve();
  }));
  return {
    pid: process.pid, exited, stdoutRead,
    write: (bytes) => { if (input.writableEnded) listener.onStdinClosed(); else input.write(bytes); },
    closeInput: () => { input.end(); },
    end: async () => {
      input.end();
      over();
    },
    exitedWithin: (ms) => Promise.race([exited, after(ms, null, { ref: false })]),
    stderrRead: () => Promise.resolve(),
  };
};
