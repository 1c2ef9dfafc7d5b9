/**
 * Durable write: how a sidecar gets onto the disk so that a crash leaves the old file or the new one, and nothing between.
 *
 * Implements base/sidecar-durable-write (spec/base/sidecar-file.md). Each step is an operation of its own, since each can
 * be got wrong by itself, and a sidecar that only seems to be durable looks like one that is.
 */
import { dirname } from 'node:path';
import type { Reason } from '../../spec/reasons.js';
import type { Files, WriteHandle } from '../ports/files.js';
import { quietly, Refusal, refusingSystem, systemCode } from './errors.js';
import type { SidecarState } from './sidecar.js';

const CLAUSE = 'base/sidecar-durable-write';
const PERMISSIONS = 0o600;

/**
 * Where the new text is written before it takes the place of the old one: in the same directory, so that it can be renamed.
 *
 * @clause base/sidecar-durable-write
 */
export const sidecarTemporary = (path: string): string => `${path}.tmp`;

/**
 * Step 2: nothing is at the temporary path. What was there is of a write that did not end, or nobody's; it is never used.
 *
 * @clause base/sidecar-durable-write
 * @throws Refusal `write-failed`
 */
export function clearTemporary(files: Files, temporary: string): void {
  orFailed('temporary file', 'a path that can be freed', () => {
    try {
      files.remove(temporary);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  });
}

/**
 * Step 3: a temporary file that was not there before.
 *
 * @clause base/sidecar-durable-write
 * @throws Refusal `write-failed`
 */
export const createTemporary = (files: Files, temporary: string, permissions = PERMISSIONS): WriteHandle =>
  orFailed('temporary file', 'a new file', () => files.create(temporary, permissions));

/**
 * Step 4, second part: the bytes are durable.
 *
 * @clause base/sidecar-durable-write
 * @throws Refusal `write-failed`
 */
export const syncTemporary = (file: WriteHandle): void => orFailed('temporary file', 'bytes that can be synced', () => file.sync());

/**
 * Step 5: the new file is in the place of the old one, by one change of names.
 *
 * @clause base/sidecar-durable-write
 * @throws Refusal `write-failed`
 */
export const replaceSidecar = (files: Files, temporary: string, path: string): void =>
  orFailed('sidecar file', 'a path that can be replaced', () => files.rename(temporary, path));

/**
 * Step 6: the change of names is durable. When it fails, whether it is cannot be known, and it is not undone.
 *
 * @clause base/sidecar-durable-write base/filesystem-probe
 * @throws Refusal `write-failed`, `unsupported-filesystem`
 */
export function syncSidecarDirectory(files: Files, directory: string): void {
  const opened = orFailed('directory', 'one that can be opened', () => files.openDirectory(directory));
  try {
    orFailed('directory', 'names that can be synced', () => opened.sync(), 'unsupported-filesystem');
  } finally {
    quietly(() => opened.close());
  }
}

/** The steps that put a text under the temporary name. */
export interface TemporarySteps {
  readonly clearTemporary: typeof clearTemporary;
  readonly createTemporary: typeof createTemporary;
  readonly syncTemporary: typeof syncTemporary;
}

/**
 * Steps 2 to 4: the bytes are in a file under the temporary name, durable but for its name. After a failure there is none.
 *
 * @clause base/sidecar-durable-write
 * @throws Refusal `write-failed`
 */
export function writeTemporary(ops: TemporarySteps, files: Files, temporary: string, bytes: Uint8Array): void {
  removingOnFailure(files, temporary, () => {
    // 2. Nothing at the temporary path.
    ops.clearTemporary(files, temporary);
    // 3. A new file there.
    const file = ops.createTemporary(files, temporary);
    // 4. All bytes, durable, and the file closed.
    try {
      orFailed('temporary file', 'room for the text', () => file.write(bytes));
      ops.syncTemporary(file);
    } catch (error) {
      quietly(() => file.close());
      throw error;
    }
    orFailed('temporary file', 'a file that closes', () => file.close());
  });
}

function removingOnFailure(files: Files, temporary: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    quietly(() => files.remove(temporary));
    throw error;
  }
}

/** The steps of the write. */
export interface DurableWrite extends TemporarySteps {
  readonly serialiseSidecar: (state: SidecarState) => string;
  readonly sidecarTemporary: typeof sidecarTemporary;
  readonly replaceSidecar: typeof replaceSidecar;
  readonly syncSidecarDirectory: typeof syncSidecarDirectory;
}

/**
 * Writes a sidecar; it is durable on return. The directory has to be there.
 *
 * @clause base/sidecar-durable-write base/sidecar-write-checks
 * @throws Refusal of the state, before anything is touched; `write-failed`, `unsupported-filesystem`
 */
export function writeSidecarFile(ops: DurableWrite, files: Files, path: string, state: SidecarState): void {
  // 1. The state is checked, and its text formed, before anything is touched.
  const text = new TextEncoder().encode(ops.serialiseSidecar(state));
  const temporary = ops.sidecarTemporary(path);
  // 2. to 4.
  writeTemporary(ops, files, temporary, text);
  // 5. In the place of the old one.
  removingOnFailure(files, temporary, () => ops.replaceSidecar(files, temporary, path));
  // 6. The name is durable.
  ops.syncSidecarDirectory(files, dirname(path));
}

const orFailed = <T>(field: string, expected: string, step: () => T, reason: Reason = 'write-failed'): T =>
  refusingSystem(step, (got) => new Refusal(reason, { clause: CLAUSE, field, expected, got }));
