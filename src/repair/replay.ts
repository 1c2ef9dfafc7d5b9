/**
 * Replay: an entry that was applied before rebuilds what lives in memory, and changes nothing else.
 *
 * Implements repair/replay (spec/repair/replay.md). There are two marks: the sidecar's applied index for what lives in the
 * sidecar, and one in the store for the rows of the registry.
 */
import type { RaftIndex } from '../base/ids.js';

/**
 * Was the entry applied before, as far as this mark tells?
 *
 * @clause repair/replay repair/replay-total
 */
export const doneBefore = (index: RaftIndex, mark: RaftIndex): boolean => index <= mark;
