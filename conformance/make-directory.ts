/** Makes the directories that a user names. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it, one by one. The platform's own recursive form never returns where the kernel answers "no
 * such entry" below a directory that is there, as it does under /proc.
 *
 * @throws the error of the platform, such as ENOTDIR, EACCES or ENOENT
 */
export function makeDirectory(path: string): void {
  const wanted = resolve(path);
  if (statSync(wanted, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(wanted);
  if (above !== wanted) makeDirectory(above);
  mkdirSync(wanted);
}
