/**
 * KEK file: the file in which an operator provides the key-encryption key, 32 bytes and nothing else.
 *
 * Implements base/kek-file-checks (spec/base/kek.md).
 */
import { KEY_LENGTH } from '../ports/aead.js';
import type { Files, ReadHandle } from '../ports/files.js';
import { Refusal, refuse, systemCode } from './errors.js';
import type { Kek } from './kek.js';

const OTHERS = 0o077; // every permission of group and others

/**
 * The KEK in a file, under the name `file:` and the path. Whatever lies at the path, the call returns at once.
 *
 * @clause base/kek-file-checks
 * @throws Refusal `open-failed`, `not-a-regular-file`, `kek-file-permissions`, `kek-length`
 */
export function readKekFile(ops: { readonly importKek: (provider: string, bytes: Uint8Array) => Kek }, files: Pick<Files, 'openToRead'>, path: string): Kek {
  // 1. Open, without waiting.
  const file = orFailed(() => files.openToRead(path));
  try {
    return ops.importKek(`file:${path}`, checkedBytes(file));
  } finally {
    file.close();
  }
}

function checkedBytes(file: ReadHandle): Uint8Array {
  const detail = { clause: 'base/kek-file-checks', field: 'KEK file' } as const;
  // 2. What the handle is: the path may lead elsewhere by now.
  const { regular, permissions } = orFailed(() => file.facts());
  if (!regular) refuse('not-a-regular-file', { ...detail, expected: 'a regular file', got: 'another kind' });
  // 3. Permissions of others than the owner.
  if (permissions !== null && (permissions & OTHERS) !== 0) {
    refuse('kek-file-permissions', { ...detail, expected: 'no permission of group and others', got: permissions.toString(8).padStart(4, '0') });
  }
  // 4. One byte more than there should be, to see whether there are more; the import counts them.
  return orFailed(() => file.read(KEY_LENGTH + 1));
}

/** Whatever fails, be it a path that is none: the file cannot be opened. */
function orFailed<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return refuse('open-failed', { clause: 'base/kek-file-checks', field: 'KEK file', expected: 'a readable file', got: systemCode(error) ?? 'a failure' });
  }
}
