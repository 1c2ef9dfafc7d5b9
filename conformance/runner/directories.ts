/**
 * Where the directories of nodes go: below a temporary directory that is removed, or below one that the user names.
 *
 * A directory that the user names must not be there yet, be empty, or carry our mark; anything else is refused and
 * nothing in it is touched. What a former run left there under our names is removed, and nothing else ever is.
 */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError, UsageError } from '../errors.js';
import { makeDirectory } from '../make-directory.js';

const MARK = '.cutcheck-data';
const OURS = /^run-\d{5,}$/;

export class Directories {
  /** What `hello` says as the data root. */
  readonly root: string;
  readonly #kept: boolean;
  readonly #going = new Set<Promise<void>>();
  #made = 0;

  private constructor(root: string, kept: boolean) {
    this.root = root;
    this.#kept = kept;
  }

  /** @throws UsageError when the reports go there too; InputError when the directory is not one of ours, or cannot be made */
  static below(data: string | null, out: string | null = null): Directories {
    if (data === null) return new Directories(mkdtempSync(join(tmpdir(), 'cutcheck-')), false);
    const root = resolve(data);
    if (out !== null && real(out) === real(data)) {
      throw new UsageError(`--data: expected another directory than that of the reports (--out), got "${data}" for both; what a run leaves for nodes is removed by the next`);
    }
    const fail = (got: string): InputError => new InputError(`--data: expected a directory that is not there yet, is empty, or was made by cutcheck, got "${data}", ${got}`);
    try {
      const there = existsSync(root) ? readdirSync(root) : [];
      if (there.length > 0 && !there.includes(MARK)) throw fail(`in which other things are (${there.slice(0, 3).join(', ')}${there.length > 3 ? ', …' : ''})`);
      makeDirectory(root);
      writeFileSync(join(root, MARK), 'Directories of nodes, made by cutcheck and removed by its next run.\n');
      for (const name of there) if (OURS.test(name)) rmSync(join(root, name), { recursive: true, force: true });
    } catch (error) {
      if (error instanceof InputError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw fail(code === 'ENOTDIR' ? 'which is no directory' : `which cannot be used (${code ?? String(error)})`);
    }
    return new Directories(root, true);
  }

  /** A path for one run of one scenario; nothing is there. */
  next(): string {
    this.#made += 1;
    return join(this.root, `run-${String(this.#made).padStart(5, '0')}`);
  }

  /** The nodes of a run are closed. What a failed run left is kept where the user named the place; what goes, goes beside the runs that follow. */
  done(directory: string, failed: boolean): void {
    if (failed && this.#kept) return;
    const going: Promise<void> = removed(directory).finally(() => this.#going.delete(going));
    this.#going.add(going);
  }

  /** The run is over. */
  async end(): Promise<void> {
    await Promise.all(this.#going);
    if (!this.#kept) await removed(this.root);
  }
}

/** The path as the system has it; as it is written where there is nothing yet. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** What the adapter left there may be beyond removing; that is no reason to lose a run. */
async function removed(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch {
    // It stays.
  }
}
