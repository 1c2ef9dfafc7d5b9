/**
 * The log of a run and the files that are made of it.
 *
 * `events.ndjson` is written as things happen. What a former run left in the directory goes first, and report.json
 * and junit.xml are written aside and renamed at the end, so that a run that was cut off leaves nothing that reads as a
 * result.
 */
import { closeSync, fstatSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { makeDirectory } from '../make-directory.js';
import { isTranscript, type RunEvent } from './events.js';
import { Transcripts, type About } from './transcripts.js';

const RESULTS = ['report.json', 'junit.xml'] as const;

export class RunLog {
  /** What reports are made from, in order. */
  readonly events: RunEvent[] = [];
  readonly #out: string | null;
  readonly #descriptor: number | null;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #transcripts: Transcripts | null;
  #problem: unknown = null;

  /**
   * `about`: what the transcripts of failing cases tell of a scenario.
   *
   * @throws InputError when the directory cannot be made or written to
   */
  constructor(out: string | null, onEvent: (event: RunEvent) => void = () => undefined, about: About = () => null) {
    this.#out = out;
    this.#onEvent = onEvent;
    this.#descriptor = out === null ? null : writable(out, () => {
      makeDirectory(out);
      for (const name of RESULTS) for (const file of [name, `${name}.part`]) rmSync(join(out, file), { force: true });
      const logs = join(out, 'stderr');
      makeDirectory(logs);
      for (const name of readdirSync(logs)) if (/^\d+\.log$/.test(name)) rmSync(join(logs, name));
      // A file of its own: a run that still writes here does not write into it, and will see that it was displaced.
      rmSync(join(out, 'events.ndjson'), { force: true });
      return openSync(join(out, 'events.ndjson'), 'wx');
    });
    this.#transcripts = out === null ? null : writable(out, () => new Transcripts(out, about));
  }

  add = (event: RunEvent): void => {
    const kept = this.#kept(event);
    if (kept !== null) this.#add(kept);
    this.#add(event);
  };

  /** What stands before an event: that the transcript of the case before it was written. */
  #kept(event: RunEvent): RunEvent | null {
    const { out, transcripts } = { out: this.#out, transcripts: this.#transcripts };
    if (out === null || transcripts === null || this.#problem !== null) return null;
    try {
      return writable(out, () => transcripts.see(event));
    } catch (error) {
      this.#problem = error;
      return null;
    }
  }

  #add(event: RunEvent): void {
    if (!isTranscript(event)) this.events.push(event);
    const { out, descriptor } = { out: this.#out, descriptor: this.#descriptor };
    if (out !== null && descriptor !== null && this.#problem === null) {
      // Called from within a stream of the adapter, where nobody could catch what is thrown.
      try {
        writable(out, () => writeSync(descriptor, `${JSON.stringify(event)}\n`));
      } catch (error) {
        this.#problem = error;
      }
    }
    this.#onEvent(event);
  }

  /** @throws InputError when an event could not be written */
  throwIfBroken(): void {
    if (this.#problem !== null) throw this.#problem;
  }

  /** Writes the results, report.json last. */
  write(results: Readonly<Record<(typeof RESULTS)[number], string>>): void {
    this.throwIfBroken();
    const out = this.#out;
    if (out === null || this.#descriptor === null) return;
    const descriptor = this.#descriptor;
    const [ours, there] = writable(out, () => [fstatSync(descriptor), statSync(join(out, 'events.ndjson'), { throwIfNoEntry: false })]);
    if (there?.ino !== ours.ino || there.dev !== ours.dev) {
      throw new InputError(`--out: the directory "${out}" was expected to be left alone, and events.ndjson was removed or replaced during the run, as another run into it does`);
    }
    writable(out, () => {
      for (const name of RESULTS) writeFileSync(join(out, `${name}.part`), results[name]);
      for (const name of [...RESULTS].reverse()) renameSync(join(out, `${name}.part`), join(out, name));
    });
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }
}

const WHY: Readonly<Record<string, string>> = {
  EEXIST: 'something else stands there', ENOTDIR: 'part of the path is no directory', ENOSPC: 'the disk is full',
};

function writable<T>(out: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new InputError(`--out: a directory that can be written to was expected at "${out}", and ${WHY[code] ?? 'it cannot be written to'} (${code})`);
  }
}
