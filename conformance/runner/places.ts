/**
 * What stands in a log, looked at as a whole: a word for a place in it, the markers in it, the keys that it brings. Pure.
 */
import { createHash } from 'node:crypto';
import { keyChange } from '../oracle/read.js';
import type { Standing } from '../scenarios/standing.js';

/** The words of logs, entry by entry. */
export class Places {
  readonly #places = new WeakMap<readonly Standing[], readonly string[]>();

  /** A log, which begins at index 1, up to an index, in a word: equal for two nodes with the same entries there. */
  place(log: readonly Standing[], to: bigint): string {
    let known = this.#places.get(log);
    if (known === undefined) {
      let digest = '';
      known = log.map(({ entry, index }) => digest = createHash('sha256').update(`${digest} ${index} ${entry}`).digest('hex'));
      this.#places.set(log, known);
    }
    return to === 0n ? '' : known[Number(to) - 1] ?? known.at(-1) ?? '';
  }
}

/** What an entry does to the keys of a replica that reads it rightly; null: nothing. */
export function changeOf({ type, plain, sealed, opens }: Standing): ReturnType<typeof keyChange> {
  return plain === null || type !== 'normal' || (sealed && !opens) ? null : keyChange(Buffer.from(plain, 'hex'));
}

/**
 * The cutover entries of a log that name the raft key which is active by then, sealed ones too: the first plain one is N, and
 * there has to be no other behind it. One of another key is a no-op, and no marker.
 */
export function markersOf(log: readonly Standing[]): readonly Standing[] {
  let active: number | null = null;
  const markers: Standing[] = [];
  for (const entry of log) {
    // What is sealed below N reaches no applier.
    const change = entry.sealed && markers.length === 0 ? null : changeOf(entry);
    if (change === null) continue;
    if (change.does === 'bootstrap') active ??= change.raft;
    else if (change.does === 'rotation' && change.purpose === 2) active = change.key;
    else if (change.does === 'cutover' && change.sound && change.key === active) markers.push(entry);
  }
  return markers;
}

/** The ids of the keys that an entry brings with it. */
export function keysBrought(entry: Standing): readonly number[] {
  const change = changeOf(entry);
  if (change === null) return [];
  return change.does === 'bootstrap' ? [change.storage, change.raft] : change.does === 'rotation' ? [change.key] : [];
}
