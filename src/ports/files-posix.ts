/**
 * The port to files over the file system of the platform.
 *
 * Implements what base/kek-file-checks asks of it: the open that does not wait, and facts that are those of the handle.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Files, ReadHandle } from './files.js';

const PERMISSIONS = 0o777;

/**
 * The files of this machine.
 *
 * @clause base/kek-file-checks
 */
export const posixFiles: Files = {
  openToRead(path) {
    // Where the system has no such flag it has no FIFO among its files either.
    return handle(openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  },
};

const handle = (descriptor: number): ReadHandle => ({
  facts() {
    const stat = fstatSync(descriptor);
    return { regular: stat.isFile(), permissions: process.platform === 'win32' ? null : stat.mode & PERMISSIONS };
  },

  read(most) {
    const bytes = new Uint8Array(most);
    let length = 0;
    while (length < most) {
      const count = readSync(descriptor, bytes, length, most - length, null);
      if (count === 0) break;
      length += count;
    }
    return bytes.subarray(0, length);
  },

  close() {
    try {
      closeSync(descriptor);
    } catch {
      // Nothing was written through it, so nothing can be lost.
    }
  },
});
