/**
 * Owns a child process and its group: started without a shell in a session of its own, ended as a whole.
 *
 * Input: a command. Output: bytes of its stdout and stderr, and how it ended. What the bytes mean is not known here.
 * A process that calls setsid itself leaves the group; only the group can be promised.
 */
import { existsSync } from 'node:fs';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';

export interface Exit { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** Where the bytes go. All are called in the order in which things happened. */
export interface ProcessListener {
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
  /** No more stdout will come: it was closed, or the process ended and everything was read. */
  onStdoutEnd(): void;
  /** Writing to its stdin failed: it was closed. */
  onStdinClosed(): void;
}

/** The command could not be started at all: it is not there, or may not be executed. */
export class SpawnError extends Error {
  override readonly name = 'SpawnError';
}

/** An adapter that runs, wherever it does. */
export interface RunningAdapter {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly stdoutRead: Promise<void>;
  write(bytes: string): void;
  closeInput(): void;
  end(graceMs: number): Promise<void>;
  exitedWithin(ms: number): Promise<Exit | null>;
  stderrRead(): Promise<void>;
}

/** Starts what a command names. @throws SpawnError when there is nothing to start */
export type StartAdapter = (command: readonly string[], listener: ProcessListener, env?: NodeJS.ProcessEnv) => Promise<RunningAdapter>;

// A member that nobody reaps keeps the group's id alive although nothing runs: after SIGKILL the wait has an end.
const REAP_GRACE_MS = 500;
// What an exiting process wrote is still in the pipe when its exit is told, and a child of it may hold the pipe open.
const DRAIN_MS = 250;

const running = new Set<AdapterProcess>();

export class AdapterProcess implements RunningAdapter {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #listener: ProcessListener;
  readonly pid: number;
  /** Resolves when the leader of the group has ended. */
  readonly exited: Promise<Exit>;
  /** Resolves when all of stdout was read that is waited for. */
  readonly stdoutRead: Promise<void>;
  readonly #stderrOver: Promise<void>;
  #tellStdoutRead: () => void = () => undefined;
  #stdoutOver = false;
  #gone = false;
  #ending: Promise<void> | undefined;

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, pid: number, listener: ProcessListener) {
    this.#child = child;
    this.#listener = listener;
    this.pid = pid;
    const exit = new Promise<Exit>((resolve) => { child.once('exit', (code, signal) => resolve({ code, signal })); });
    this.exited = exit;
    child.stdout.on('data', (chunk: Buffer) => { if (!this.#stdoutOver) listener.onStdout(chunk); });
    child.stderr.on('data', (chunk: Buffer) => listener.onStderr(chunk));
    child.stdout.on('close', () => this.#endStdout());
    void exit.then(() => after(DRAIN_MS, undefined, { ref: false })).then(() => this.#endStdout());
    child.stdin.on('error', () => listener.onStdinClosed());
    child.stdout.on('error', () => this.#endStdout());
    child.stderr.on('error', () => undefined);
    this.#stderrOver = new Promise((resolve) => { child.stderr.once('close', resolve); });
    this.stdoutRead = new Promise((resolve) => { this.#tellStdoutRead = resolve; });
    running.add(this);
  }

  /** @throws SpawnError when there is nothing to start */
  static async start(command: readonly string[], listener: ProcessListener, env: NodeJS.ProcessEnv = process.env): Promise<AdapterProcess> {
    const [file, ...args] = command;
    if (file === undefined || file === '') throw new SpawnError('no command was given');
    let child: ChildProcessByStdio<Writable, Readable, Readable>;
    try {
      child = spawn(file, args, { detached: true, shell: false, stdio: ['pipe', 'pipe', 'pipe'], env });
    } catch (error) {
      throw new SpawnError(spawnProblem(file, error));
    }
    const { pid } = child;
    if (pid === undefined) {
      const error = await new Promise<Error>((resolve) => { child.once('error', resolve); });
      throw new SpawnError(spawnProblem(file, error));
    }
    child.on('error', () => undefined);
    return new AdapterProcess(child, pid, listener);
  }

  write(bytes: string): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(bytes);
    else this.#listener.onStdinClosed();
  }

  closeInput(): void {
    this.#child.stdin.end();
  }

  /** Ends the whole group: SIGTERM, the grace, SIGKILL. Resolves when none of it is left. */
  end(graceMs: number): Promise<void> {
    return this.#ending ??= this.#end(graceMs);
  }

  async #end(graceMs: number): Promise<void> {
    if (this.#signal('SIGTERM')) {
      await this.#groupGone(graceMs);
      if (this.#signal('SIGKILL')) {
        await this.#groupGone(REAP_GRACE_MS);
        this.#gone = true;
      }
    }
    running.delete(this);
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    this.#child.unref();
  }

  /** At once and without waiting: for the last moment of the runner itself. */
  killNow(): void {
    this.#signal('SIGKILL');
  }

  /** Waits for the leader, at most so long. */
  async exitedWithin(ms: number): Promise<Exit | null> {
    const waiting = new AbortController();
    const exit = await Promise.race([this.exited, after(ms, null, { signal: waiting.signal }).catch(() => null)]);
    waiting.abort();
    return exit;
  }

  /** Waits until all of its stderr was read; not for long, since a child of it may hold the pipe open. */
  async stderrRead(): Promise<void> {
    await Promise.race([this.#stderrOver, after(DRAIN_MS, undefined, { ref: false })]);
  }

  /** False when no process of the group is left. A group that was seen gone is never signalled again: its id may be another's. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#gone) return false;
    try {
      return process.kill(-this.pid, signal);
    } catch (error) {
      // EPERM: there is something, and it is not ours to signal.
      if ((error as NodeJS.ErrnoException).code === 'EPERM') return true;
      this.#gone = true;
      return false;
    }
  }

  async #groupGone(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let pause = 2; performance.now() < until && this.#signal(0); pause = Math.min(pause * 2, 25)) await after(pause);
  }

  #endStdout(): void {
    if (this.#stdoutOver) return;
    this.#stdoutOver = true;
    this.#listener.onStdoutEnd();
    this.#tellStdoutRead();
  }
}

function spawnProblem(file: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'error';
  const missing = file.includes('/') && existsSync(file) ? 'it is there, and what its first line names to run it is not' : 'there is no such command';
  const why: Record<string, string> = {
    ENOENT: missing, ENOTDIR: 'part of its path is no directory', EACCES: 'it may not be executed', ENOEXEC: 'it is no program', E2BIG: 'its arguments are too long',
  };
  return `the command "${file}" could not be started: ${why[code] ?? (error instanceof Error ? error.message : code)} (${code})`;
}

/** Kills every group that still runs, at once: for an exit handler, where nothing can be awaited. */
export function killAllGroups(): void {
  for (const each of running) each.killNow();
}

process.on('exit', killAllGroups);
