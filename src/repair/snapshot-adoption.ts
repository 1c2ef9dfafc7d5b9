/**
 * Snapshot adoption: a snapshot says of the cutover what the state in it says, and no more; and whoever installs one goes over
 * by it, as if it had applied the entries for which it stands.
 *
 * Implements repair/snapshot-adoption and repair/snapshot-carries-cutover (spec/repair/snapshot-adoption.md), whose numbers stand at the
 * decisions of its steps. What is durable before what is in node/snapshots.ts.
 */
import { NO_SIDECAR } from '../base/apply-bootstrap.js';
import { refuse } from '../base/errors.js';
import type { KeyId, LocalEpoch, RaftIndex } from '../base/ids.js';
import type { ReplicatedKeys } from '../base/replicated-keys.js';
import type { Purpose, SidecarEntry, SidecarState } from '../base/sidecar.js';
import { epochAbove } from '../base/sidecar-epochs.js';

const CLAUSE = 'repair/snapshot-adoption';

/**
 * The cutover that a snapshot at the applied index carries: the recorded one, if the state has come that far. A sidecar can be
 * ahead of the state after a crash, or beside an older copy of it.
 *
 * @clause repair/snapshot-carries-cutover
 */
export const cutoverReached = (recorded: RaftIndex, applied: RaftIndex): RaftIndex => recorded <= applied ? recorded : 0n as RaftIndex;

/** The cutover on both sides of an install; 0 is none. */
export interface CutoverMeeting {
  /** That of the replica. */
  readonly recorded: RaftIndex;
  /** That of the header. */
  readonly carried: RaftIndex;
  /** S. */
  readonly index: RaftIndex;
}

/**
 * 2. Refuses a snapshot that says another cutover than this replica does, or one that its own index denies: what is in it has then been
 * applied by another dispatch.
 *
 * @clause repair/snapshot-adoption repair/snapshot-carries-cutover repair/cutover-write-once
 * @throws Refusal `cutover-divergence`
 */
export function checkSnapshotCutover({ recorded, carried, index }: CutoverMeeting): void {
  const differs = (expected: string, got: string): never => refuse('cutover-divergence', { clause: CLAUSE, field: 'cutover of the snapshot', expected, got });
  // A snapshot below N carries none.
  if (carried > index) differs(`at most ${index}, which is the snapshot's`, `${carried}`);
  // One at N or above carries N.
  if (recorded !== 0n && recorded <= index && carried === 0n) differs(`${recorded}, which is recorded`, 'none');
  // And no other. One below N carries none: N may be recorded ahead of the state.
  if (recorded !== 0n && carried !== 0n && carried !== recorded) differs(`${recorded}, which is recorded`, `${carried}`);
}

/**
 * 3. Refuses a snapshot whose active keys this replica has not loaded: it could not open what comes next, and no snapshot brings keys.
 *
 * @clause repair/snapshot-adoption repair/key-present
 * @throws Refusal `snapshot-key-missing`
 */
export function checkSnapshotKeys(active: Readonly<Record<Purpose, KeyId>>, loaded: readonly KeyId[]): void {
  for (const purpose of ['storage', 'raft'] as const) {
    const id = active[purpose];
    if (id !== 0 && !loaded.includes(id)) {
      refuse('snapshot-key-missing', { clause: CLAUSE, field: `active ${purpose} key of the snapshot`, expected: 'a key that is loaded', got: `${id}, which is not` });
    }
  }
}

/**
 * The recorded cutover after an install: absence is adoption, and a snapshot without one leaves what is recorded.
 *
 * @clause repair/snapshot-adoption repair/same-mode
 */
export const cutoverAdopted = (recorded: RaftIndex, carried: RaftIndex): RaftIndex => (carried === 0n ? recorded : carried);

/**
 * 8. The wrap switch after an install: on with the recorded cutover, as it is after the entry was applied.
 *
 * @clause repair/snapshot-adoption repair/applied-means-sealing
 */
export const switchAdopted = (before: boolean, cutover: RaftIndex): boolean => before || cutover !== 0n;

/**
 * The sidecar with another cutover, and nothing else changed: as proposed, that is all that an install makes of it.
 *
 * @clause repair/snapshot-adoption
 * @param before null where there is none
 */
export function cutoverRecorded(before: SidecarState | null, cutover: RaftIndex): SidecarState | null {
  if ((before?.raftEnvelopeCutover ?? 0n) === cutover) return before;
  return { ...before ?? NO_SIDECAR, raftEnvelopeCutover: cutover };
}

/** What an install brings of the sidecar. */
export interface Brought {
  /** The recorded cutover after the install. */
  readonly cutover: RaftIndex;
  readonly keys: ReplicatedKeys;
  /** The last entry in the snapshot that leaves a sidecar; 0: none does. */
  readonly mark: RaftIndex;
  /** The epochs of this load. */
  readonly epochs: Readonly<Record<Purpose, LocalEpoch>>;
}

/**
 * 5. The sidecar after an install: as the entries for which the snapshot stands would have left it. One that has seen as much already gets
 * the cutover alone.
 *
 * @clause repair/snapshot-adoption repair/fresh-epoch-at-start
 * @param before null where there is none
 * @returns null where none is due
 * @throws Refusal `local-epoch-exhausted`
 */
export function sidecarAdopted(before: SidecarState | null, { cutover, keys, mark, epochs }: Brought): SidecarState | null {
  const recorded = cutoverRecorded(before, cutover);
  // Nothing in the snapshot leaves a sidecar, or this one has seen it.
  if (mark === 0n || (before !== null && before.raftAppliedIndex >= mark)) return recorded;
  return {
    ...recorded ?? NO_SIDECAR,
    raftAppliedIndex: mark,
    storageEnvelopeActive: keys.storageCutover !== 0n,
    storageEnvelopeCutover: keys.storageCutover,
    active: keys.active,
    keys: withEpochs(recorded ?? NO_SIDECAR, keys.active, epochs),
  };
}

/** A key that becomes active takes an epoch that no load has used it in: above the one that it had, and at least that of this load. */
function withEpochs(before: SidecarState, active: SidecarState['active'], epochs: Brought['epochs']): SidecarState['keys'] {
  const changed = (['storage', 'raft'] as const).filter((purpose) => active[purpose] !== 0 && active[purpose] !== before.active[purpose]);
  return new Map([...before.keys ?? [], ...changed.flatMap((purpose): [string, SidecarEntry][] => {
    const name = `${active[purpose]}`;
    const entry = before.keys?.get(name);
    if (entry === undefined) return [];
    const above = epochAbove(entry.localEpoch, name, CLAUSE);
    return [[name, { ...entry, localEpoch: above > epochs[purpose] ? above : epochs[purpose] }]];
  })]);
}
