/** Keeps the beginning of a process's stderr in a file of the report, and its last lines in memory. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../make-directory.js';
import { printable } from '../report/text.js';
import { STDERR_LIMIT } from './limits.js';

const TAIL_BYTES = 16_384;
/** A line that says what went wrong, in most languages: `TypeError: …`, `panic: …`, `Exception in thread …`. */
const CAUSE = /(error|panic|exception)\b.*:|^panic/i;

export class StderrLog {
  /** Path below the directory of the report; null while nothing was written. */
  file: string | null = null;
  /** All that came, kept or not. */
  bytes = 0;
  readonly #out: string | null;
  readonly #name: string;
  #descriptor: number | null = null;
  #tail = Buffer.alloc(0);

  constructor(out: string | null, number: number) {
    this.#out = out;
    this.#name = `stderr/${String(number).padStart(4, '0')}.log`;
  }

  push(chunk: Buffer): void {
    const kept = chunk.subarray(0, Math.max(0, STDERR_LIMIT - this.bytes));
    this.bytes += chunk.length;
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-TAIL_BYTES);
    if (this.#out === null || kept.length === 0) return;
    try {
      if (this.#descriptor === null) {
        makeDirectory(join(this.#out, 'stderr'));
        this.#descriptor = openSync(join(this.#out, this.#name), 'w');
        this.file = this.#name;
      }
      writeSync(this.#descriptor, kept);
    } catch {
      // A full disk: the log of the run tells it, and this one only ends early.
    }
  }

  /** The last lines that hold anything; before them the one that names the error, where that stands higher up. */
  tail(lines: number): string[] {
    const all = this.#tail.toString('utf8').split('\n').map((line) => line.trimEnd()).filter((line) => line !== '');
    const last = all.slice(-lines);
    const cause = last.some((line) => CAUSE.test(line)) ? [] : all.slice(0, -lines).filter((line) => CAUSE.test(line)).slice(-1);
    return [...cause, ...last].map((line) => printable(line));
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
