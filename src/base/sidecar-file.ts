/**
 * Sidecar file: the sidecar of a node at its path.
 *
 * Implements base/sidecar-file-state (spec/base/sidecar-file.md). The durable write is in sidecar-write.ts, the raising of
 * an epoch in sidecar-epochs.ts.
 */
import type { Files, ReadHandle } from '../ports/files.js';
import type { SidecarAtPath } from './applier.js';
import { concat } from './bytes.js';
import { Refusal, refuse, refusingSystem } from './errors.js';
import type { SidecarState } from './sidecar.js';

const CHUNK = 65_536;

/**
 * The state that a sidecar file holds. Size, owner and permissions are not checked.
 *
 * @clause base/sidecar-file-state
 * @throws Refusal `not-found`, `unreadable`, or as the content is refused
 */
export function readSidecarFile(ops: { readonly readSidecar: (file: Uint8Array) => SidecarState }, files: Pick<Files, 'openToRead'>, path: string): SidecarState {
  const file = orRefused(() => files.openToRead(path));
  let content: Uint8Array;
  try {
    content = orRefused(() => contentOf(file));
  } finally {
    file.close();
  }
  return ops.readSidecar(content);
}

/** Everything up to the end; a directory, and whatever else is no file, gives no content. */
function contentOf(file: ReadHandle): Uint8Array {
  const clause = 'base/sidecar-file-state';
  if (!file.facts().regular) refuse('unreadable', { clause, field: 'sidecar file', expected: 'a regular file', got: 'another kind' });
  const chunks: Uint8Array[] = [];
  do chunks.push(file.read(CHUNK)); while (chunks.at(-1)?.length === CHUNK);
  return concat(...chunks);
}

/** Nothing at the path, and a directory missing on the way to it, are one; any other failure of the system is something that cannot be read. */
const orRefused = <T>(step: () => T): T => refusingSystem(step, (code) => new Refusal(code === 'ENOENT' ? 'not-found' : 'unreadable', {
  clause: 'base/sidecar-file-state', field: 'sidecar file', expected: 'a readable file', got: code,
}));

/** What a sidecar at its path is read and written with. */
export interface SidecarFileOperations {
  readonly readSidecarFile: (files: Files, path: string) => SidecarState;
  readonly writeSidecarFile: (files: Files, path: string, state: SidecarState) => void;
}

/**
 * The sidecar at a path, read anew each time. One that is not there reads as null; to write it is to make it.
 *
 * @clause base/sidecar-file-state base/sidecar-durable-write
 */
export const sidecarAtPath = (ops: SidecarFileOperations, files: Files, path: string): SidecarAtPath => ({
  read() {
    try {
      return ops.readSidecarFile(files, path);
    } catch (error) {
      if (error instanceof Refusal && error.reason === 'not-found') return null;
      throw error;
    }
  },
  write: (state) => ops.writeSidecarFile(files, path, state),
});
