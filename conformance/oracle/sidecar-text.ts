/** The text of a sidecar, as base/sidecar-text and base/sidecar-escapes have it. The suite's own, to know a state again that was written to a file. */

interface Entry { readonly purpose: string; readonly wrapped: string | null; readonly created: string; readonly local_epoch: number }

/** A state as vectors have it. */
export interface SidecarFields {
  readonly raft_applied_index: string;
  readonly storage_envelope_active: boolean;
  readonly storage_envelope_cutover_index: string;
  readonly raft_envelope_cutover_index: string;
  readonly active: { readonly storage: number; readonly raft: number };
  readonly keys: Readonly<Record<string, Entry>> | null;
}

/** What the Go library escapes beyond what JSON has to. */
const ESCAPED = /[<>&\u2028\u2029]/g;
const quoted = (text: string): string => JSON.stringify(text).replace(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The text that is written for a state, of version 2. */
export function sidecarText(state: SidecarFields): string {
  const entries = Object.entries(state.keys ?? {}).sort(([left], [right]) => left < right ? -1 : 1).map(([id, entry]) => `    ${quoted(id)}: {
      "purpose": ${quoted(entry.purpose)},
      "wrapped": ${entry.wrapped === null ? 'null' : `"${Buffer.from(entry.wrapped, 'hex').toString('base64')}"`},
      "created": ${quoted(entry.created)},
      "local_epoch": ${entry.local_epoch}
    }`);
  return `{
  "version": 2,
  "raft_applied_index": ${state.raft_applied_index},
  "storage_envelope_active": ${state.storage_envelope_active},
  "storage_envelope_cutover_index": ${state.storage_envelope_cutover_index},
  "raft_envelope_cutover_index": ${state.raft_envelope_cutover_index},
  "active": {
    "storage": ${state.active.storage},
    "raft": ${state.active.raft}
  },
  "keys": ${state.keys === null ? 'null' : entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n  }`}
}`;
}
