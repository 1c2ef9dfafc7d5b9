/**
 * The port to files over the file system of the platform.
 *
 * Implements what base/kek-file-checks and base/sidecar-durable-write ask of it: the open that does not wait, facts that
 * are those of the handle, a create that takes no file that is there, and the syncs of files and directories.
 */
import { closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readSync, readdirSync, renameSync, rmdirSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Files, ReadHandle, WriteHandle } from './files.js';

const PERMISSIONS = 0o777;

/**
 * The files of this machine.
 *
 * @clause base/kek-file-checks base/sidecar-durable-write
 */
export const posixFiles: Files = filesOf(fsyncSync);

/**
 * The same without their syncs, for runs in which nothing is about the disk: whatever is written is as if it had been synced
 * for as long as the machine lives.
 *
 * @clause base/sidecar-durable-write
 */
export const unsyncedPosixFiles: Files = filesOf(() => {});

function filesOf(syncDescriptor: (descriptor: number) => void): Files {
  const openDirectory: Files['openDirectory'] = (path) => {
    const descriptor = openSync(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
    return { sync: () => syncDescriptor(descriptor), close: () => closeSync(descriptor) };
  };

  return {
    openToRead(path) {
      // Where the system has no such flag it has no FIFO among its files either.
      return readHandle(openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
    },

    create(path, permissions) {
      return writeHandle(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, permissions), syncDescriptor);
    },

    rename: renameSync,

    remove(path) {
      try {
        unlinkSync(path);
      } catch (error) {
        // A directory; Linux and the others have different words for it.
        if (!hasCode(error, 'EISDIR') && !hasCode(error, 'EPERM')) throw error;
        rmdirSync(path);
      }
    },

    makeDirectory(path) {
      const first = mkdirSync(path, { recursive: true });
      if (first === undefined) return;
      // Each directory that was made has its name in the one above it.
      for (let made = resolve(path), top = resolve(first); made.length >= top.length; made = dirname(made)) {
        const above = openDirectory(dirname(made));
        try {
          above.sync();
        } finally {
          above.close();
        }
      }
    },

    list: (path) => readdirSync(path),

    openDirectory,
  };
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;

const readHandle = (descriptor: number): ReadHandle => ({
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

const writeHandle = (descriptor: number, syncDescriptor: (descriptor: number) => void): WriteHandle => ({
  write(bytes) {
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
  },
  sync: () => syncDescriptor(descriptor),
  close: () => closeSync(descriptor),
});
