/**
 * Sidecar: the encryption state that a node keeps in a file beside its store, and the order in which it is validated.
 *
 * Implements base/sidecar-versions, base/sidecar-key-ids, base/sidecar-purposes, base/sidecar-active and
 * base/sidecar-check-order (spec/base/sidecar.md). How a text is taken apart is in sidecar-json.ts, how one is written
 * in sidecar-text.ts.
 */
import { refuse } from './errors.js';
import type { KeyId, LocalEpoch, RaftIndex } from './ids.js';

/** One data key as the sidecar holds it. What stands here was read, or is to be written, and is yet to be checked. */
export interface SidecarEntry {
  /** `storage` or `raft`; any other text is refused by the checks. */
  readonly purpose: string;
  /** The key under the KEK; null means none at all, which is not the same as empty. */
  readonly wrapped: Uint8Array | null;
  /** When the key was made. Never looked at. */
  readonly created: string;
  /** The epoch in which this node used the key last. */
  readonly localEpoch: LocalEpoch;
}

/** What a key may be for: the slots of `active`. */
export type Purpose = 'storage' | 'raft';

/** The members of the sidecar in the order in which they are written. */
export interface SidecarState {
  readonly version: number;
  /** Index of the last entry that changed the sidecar. */
  readonly raftAppliedIndex: RaftIndex;
  readonly storageEnvelopeActive: boolean;
  readonly storageEnvelopeCutover: RaftIndex;
  /** Anything but 0 means that the raft cutover has been applied, at this index. */
  readonly raftEnvelopeCutover: RaftIndex;
  /** The active key of each purpose; 0 means none. */
  readonly active: Readonly<Record<Purpose, KeyId>>;
  /** By key id as it is written; null means no map at all, which is not the same as empty. */
  readonly keys: ReadonlyMap<string, SidecarEntry> | null;
}

/**
 * The versions that are read; the last one is written.
 *
 * @clause base/sidecar-versions base/sidecar-written-version
 */
export const SIDECAR_VERSIONS = { first: 1, last: 2 } as const;
const U32_MAX = 0xffff_ffff;

/** Text of a file in a message: its beginning, in quotes. */
const shown = (text: string): string => JSON.stringify(text.length > 24 ? `${text.slice(0, 24)}…` : text);

/**
 * Refuses a version that is not read.
 *
 * @clause base/sidecar-versions
 * @throws Refusal `sidecar-version`
 */
export function checkSidecarVersion(version: number): void {
  if (version < SIDECAR_VERSIONS.first || version > SIDECAR_VERSIONS.last) {
    refuse('sidecar-version', { clause: 'base/sidecar-versions', field: 'version', expected: `${SIDECAR_VERSIONS.first} or ${SIDECAR_VERSIONS.last}`, got: `${version}` });
  }
}

/**
 * The key id that a name in `keys` stands for. Leading zeros are allowed.
 *
 * @clause base/sidecar-key-ids
 * @throws Refusal `sidecar-key-id-format`, `sidecar-key-id-reserved`
 */
export function sidecarKeyId(name: string): KeyId {
  const clause = 'base/sidecar-key-ids';
  // 1. Digits and nothing else, within 32 bits. A number of that many digits may be rounded, but never down to 32 bits.
  const id = /^[0-9]+$/.test(name) ? Number(name) : NaN;
  if (!(id <= U32_MAX)) refuse('sidecar-key-id-format', { clause, field: 'key id', expected: `digits, at most ${U32_MAX}`, got: shown(name) });
  // 2. Id 0 means "no key".
  if (id === 0) refuse('sidecar-key-id-reserved', { clause, field: 'key id', expected: '1 or more', got: shown(name) });
  return id as KeyId;
}

/**
 * Refuses a purpose that is none.
 *
 * @clause base/sidecar-purposes
 * @throws Refusal `sidecar-purpose`
 */
export function checkSidecarPurpose(purpose: string): void {
  if (purpose !== 'storage' && purpose !== 'raft') {
    refuse('sidecar-purpose', { clause: 'base/sidecar-purposes', field: 'purpose', expected: '"storage" or "raft"', got: shown(purpose) });
  }
}

/**
 * Every entry: its id, then its purpose.
 *
 * @clause base/sidecar-key-ids base/sidecar-purposes base/sidecar-check-order
 * @throws Refusal `sidecar-key-id-format`, `sidecar-key-id-reserved`, `sidecar-purpose`
 */
export function checkSidecarEntries(
  ops: { readonly sidecarKeyId: typeof sidecarKeyId; readonly checkSidecarPurpose: typeof checkSidecarPurpose }, keys: SidecarState['keys'],
): void {
  for (const [name, entry] of keys ?? []) {
    ops.sidecarKeyId(name);
    ops.checkSidecarPurpose(entry.purpose);
  }
}

/**
 * The active ids: storage, then raft. The entry is looked up by the canonical decimal of the id, so that one with
 * leading zeros does not serve it.
 *
 * @clause base/sidecar-active
 * @throws Refusal `sidecar-active-key-missing`, `sidecar-active-purpose-mismatch`
 */
export function checkSidecarActive({ active, keys }: Pick<SidecarState, 'active' | 'keys'>): void {
  const clause = 'base/sidecar-active';
  for (const slot of ['storage', 'raft'] as const) {
    const id = active[slot];
    if (id === 0) continue;
    const entry = keys?.get(`${id}`);
    // 1. and 3. No entry.
    if (entry === undefined) return refuse('sidecar-active-key-missing', { clause, field: `active.${slot}`, expected: 'the id of an entry', got: `${id}` });
    // 2. and 4. One for the other purpose.
    if (entry.purpose !== slot) {
      refuse('sidecar-active-purpose-mismatch', { clause, field: `active.${slot}`, expected: `an entry for ${slot}`, got: `${id}, for ${shown(entry.purpose)}` });
    }
  }
}

/** The checks that reading and writing share. */
export interface SidecarChecks {
  readonly checkSidecarEntries: (keys: SidecarState['keys']) => void;
  readonly checkSidecarActive: typeof checkSidecarActive;
}

/**
 * The state that the bytes of a sidecar file hold.
 *
 * @clause base/sidecar-check-order base/sidecar-versions
 * @throws Refusal of the text, `sidecar-version`, of an entry, of an active id: the first of these that applies
 */
export function readSidecar(
  ops: SidecarChecks & { readonly parseSidecarJson: (file: Uint8Array) => SidecarState; readonly checkSidecarVersion: typeof checkSidecarVersion },
  file: Uint8Array,
): SidecarState {
  // 1. and 2. Syntax, then types and forms.
  const state = ops.parseSidecarJson(file);
  // 3. Version.
  ops.checkSidecarVersion(state.version);
  // 4. Entries.
  ops.checkSidecarEntries(state.keys);
  // 5. Active ids.
  ops.checkSidecarActive(state);
  return state;
}
