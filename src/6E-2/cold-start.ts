/**
 * Cold start: where replay begins after a restart, and what becomes of an entry that the applied index is past already.
 *
 * Implements 6E-2/replay-from-applied (spec/6E-2/cold-start.md).
 */
import type { RaftIndex } from '../base/ids.js';
import type { CommittedEntry, Dispatch, OpenedEntry } from './apply-hook.js';

/**
 * An entry at or below the applied index is handed over again only when what it changes lives in memory.
 *
 * @clause 6E-2/replay-from-applied base/lease-entry
 */
export const onDuplicate = (volatile: boolean): 'reapply' | 'drop' => (volatile ? 'reapply' : 'drop');

/**
 * As proposed, nothing tells an entry that was applied before from a new one: the applied index alone decides, and an
 * encryption entry above it is applied in full.
 *
 * @clause 6E-2/replay-from-applied
 */
export const neverDoneBefore = (): boolean => false;

/** What cold start builds on. */
export interface ColdStartParts {
  readonly openEntry: (entry: CommittedEntry, dispatch: Dispatch) => OpenedEntry;
  readonly isVolatilePayload: (payload: Uint8Array) => boolean;
  readonly onDuplicate: (volatile: boolean) => 'reapply' | 'drop' | 'apply';
}

/** An entry at or below the applied index: passed, handed over again in memory, or the one at which replay begins. */
export type ColdStart =
  | { readonly step: 'pass' }
  | { readonly step: 'again'; readonly payload: Uint8Array }
  | { readonly step: 'begin' };

/**
 * What cold start does with an entry at or below the applied index.
 *
 * @clause 6E-2/replay-from-applied
 */
export function coldStart(ops: ColdStartParts, entry: CommittedEntry, dispatch: Dispatch): ColdStart {
  // 1. A membership entry moves the start back to just before it.
  if (entry.type === 'conf-change') return { step: 'begin' };
  const opened = ops.openEntry(entry, dispatch);
  // 2. So does one that does not unwrap: the hook halts there.
  if (opened.opened === 'halt') return { step: 'begin' };
  if (opened.opened === 'nothing') return { step: 'pass' };
  // 3. Of the others, the volatile ones are handed over again.
  switch (ops.onDuplicate(ops.isVolatilePayload(opened.payload))) {
    case 'drop': return { step: 'pass' };
    case 'reapply': return { step: 'again', payload: opened.payload };
    case 'apply': return { step: 'begin' };
  }
}

/** What the walk builds on. */
export interface WalkParts {
  readonly coldStart: (entry: CommittedEntry, dispatch: Dispatch) => ColdStart;
}

/**
 * The walk of one load over the committed entries of its log, from the first on, to the point where replay begins. All entries from
 * there on go through the apply hook, those that count as applied among them.
 *
 * @clause 6E-2/replay-from-applied
 */
export class ColdStartWalk {
  #begun = false;

  /** What becomes of the next entry: `begin` is for the hook. */
  next(ops: WalkParts, entry: CommittedEntry, applied: RaftIndex, dispatch: Dispatch): ColdStart {
    if (this.#begun) return BEGIN;
    const found = entry.index > applied ? BEGIN : ops.coldStart(entry, dispatch);
    this.#begun = found.step === 'begin';
    return found;
  }
}

const BEGIN: ColdStart = { step: 'begin' };
