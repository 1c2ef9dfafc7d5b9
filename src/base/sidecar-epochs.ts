/**
 * Epochs of the sidecar: raised before anything is sealed in the new one, and never used up twice.
 *
 * Implements base/sidecar-bump-epoch (spec/base/sidecar-file.md).
 */
import type { Files } from '../ports/files.js';
import type { ClauseId } from '../../spec/clauses.js';
import { refuse } from './errors.js';
import type { KeyId, LocalEpoch } from './ids.js';
import type { SidecarFileOperations } from './sidecar-file.js';

const U16_MAX = 0xffff;

/**
 * The epoch above another one.
 *
 * @clause base/sidecar-bump-epoch repair/fresh-epoch
 * @param name that of the key
 * @throws Refusal `local-epoch-exhausted`
 */
export function epochAbove(epoch: LocalEpoch, name: string, clause: ClauseId): LocalEpoch {
  if (epoch === U16_MAX) refuse('local-epoch-exhausted', { clause, field: `epoch of key ${name}`, expected: `below ${U16_MAX}`, got: `${U16_MAX}` });
  return epoch + 1 as LocalEpoch;
}

/**
 * Raises the epoch of one key by 1, and gives the new one; the sidecar that says so is durable by then.
 *
 * @clause base/sidecar-bump-epoch
 * @throws Refusal `path-empty`, `key-id-reserved`, `key-not-in-sidecar`, `local-epoch-exhausted`; as reading and writing the file refuse
 */
export function bumpSidecarEpoch(ops: SidecarFileOperations, files: Files, path: string, id: KeyId): LocalEpoch {
  const clause = 'base/sidecar-bump-epoch';
  // 1. No path.
  if (path === '') refuse('path-empty', { clause, field: 'path', expected: 'the path of a sidecar', got: 'an empty text' });
  // 2. Id 0 means "no key".
  if (id === 0) refuse('key-id-reserved', { clause, field: 'key id', expected: '1 or more', got: '0' });
  // 3. The sidecar.
  const state = ops.readSidecarFile(files, path);
  // 4. The entry, by the canonical decimal of the id.
  const name = `${id}`;
  const entry = state.keys?.get(name) ?? refuse('key-not-in-sidecar', { clause, field: 'key id', expected: 'the id of an entry', got: name });
  // 5. No epoch is left.
  const raised = epochAbove(entry.localEpoch, name, clause);
  // 6. The raised one, of this key alone, durable before anyone has it.
  ops.writeSidecarFile(files, path, { ...state, keys: new Map(state.keys).set(name, { ...entry, localEpoch: raised }) });
  return raised;
}
