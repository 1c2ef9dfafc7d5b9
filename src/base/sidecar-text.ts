/**
 * Sidecar text: the exact form in which a state is written, the checks before it included.
 *
 * Implements base/sidecar-text, base/sidecar-escapes, base/sidecar-written-version and base/sidecar-write-checks
 * (spec/base/sidecar.md).
 */
import { refuse } from './errors.js';
import { SIDECAR_VERSIONS, type SidecarChecks, type SidecarState } from './sidecar.js';

/**
 * The text of a sidecar file, to be encoded as UTF-8. The version of the state is not looked at: 2 is written.
 *
 * @clause base/sidecar-write-checks base/sidecar-written-version base/sidecar-text
 * @throws Refusal as reading does, from the entries on
 */
export function serialiseSidecar(ops: SidecarChecks & { readonly sidecarString: typeof sidecarString }, state: SidecarState): string {
  // 4. and 5. What a reader would refuse is not written: entries, then active ids.
  ops.checkSidecarEntries(state.keys);
  ops.checkSidecarActive(state);
  // The text, member by member.
  return [
    '{',
    `  "version": ${SIDECAR_VERSIONS.last},`,
    `  "raft_applied_index": ${state.raftAppliedIndex},`,
    `  "storage_envelope_active": ${state.storageEnvelopeActive},`,
    `  "storage_envelope_cutover_index": ${state.storageEnvelopeCutover},`,
    `  "raft_envelope_cutover_index": ${state.raftEnvelopeCutover},`,
    '  "active": {',
    `    "storage": ${state.active.storage},`,
    `    "raft": ${state.active.raft}`,
    '  },',
    `  "keys": ${keysText(ops, state.keys)}`,
    '}',
  ].join('\n');
}

function keysText(ops: { readonly sidecarString: typeof sidecarString }, keys: SidecarState['keys']): string {
  if (keys === null) return 'null';
  if (keys.size === 0) return '{}';
  // Ids are digits by now, so that the order of characters is that of bytes.
  const entries = [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => [
    `    ${ops.sidecarString(name)}: {`,
    `      "purpose": ${ops.sidecarString(entry.purpose)},`,
    `      "wrapped": ${entry.wrapped === null ? 'null' : ops.sidecarString(base64(entry.wrapped))},`,
    `      "created": ${ops.sidecarString(entry.created)},`,
    `      "local_epoch": ${entry.localEpoch}`,
    '    }',
  ].join('\n'));
  return ['{', entries.join(',\n'), '  }'].join('\n');
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/**
 * A string in quotes, with the escapes that the Go library writes.
 *
 * @clause base/sidecar-escapes base/sidecar-write-checks
 * @throws Refusal `json-strict` for half a surrogate pair, which is no text and does not read back
 */
export function sidecarString(text: string): string {
  const clause = 'base/sidecar-write-checks';
  if (!text.isWellFormed()) refuse('json-strict', { clause, field: 'text', expected: 'whole surrogate pairs', got: 'half of one' });
  // The platform escapes what JSON demands, in the same form; the five characters are the Go library's own.
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
