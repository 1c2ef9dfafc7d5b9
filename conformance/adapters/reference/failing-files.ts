/** A disk that refuses to sync what lies in one directory, or the directory itself: what `open` of the protocol asks for with `fails`. */
import { dirname } from 'node:path';
import type { Files } from '../../../src/ports/files.js';
import type { DiskFault } from '../../protocol/operations.js';

const refused = (): never => {
  throw Object.assign(new Error('EINVAL: the disk was told to refuse it'), { code: 'EINVAL' });
};

/** The files of a node, whose syncs in a directory fail. Everything else is done. */
export const failingFiles = (files: Files, fails: DiskFault, directory: string): Files => ({
  openToRead: (path) => files.openToRead(path),
  create(path, permissions) {
    const file = files.create(path, permissions);
    return fails === 'file-sync' && dirname(path) === directory ? { write: (bytes) => file.write(bytes), sync: refused, close: () => file.close() } : file;
  },
  rename: (from, to) => files.rename(from, to),
  remove: (path) => files.remove(path),
  makeDirectory: (path) => files.makeDirectory(path),
  list: (path) => files.list(path),
  openDirectory(path) {
    const opened = files.openDirectory(path);
    return fails === 'directory-sync' && path === directory ? { sync: refused, close: () => opened.close() } : opened;
  },
});
