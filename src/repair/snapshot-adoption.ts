/**
 * Snapshot adoption: a snapshot says of the cutover what the state in it says, and no more.
 *
 * Implements the writing half of repair/snapshot-adoption (spec/repair/snapshot-adoption.md); installing one comes with leadership.
 */
import type { RaftIndex } from '../base/ids.js';

/**
 * The cutover that a snapshot at the applied index carries: the recorded one, if the state has come that far. A sidecar can be
 * ahead of the state after a crash, or beside an older copy of it.
 *
 * @clause repair/snapshot-carries-cutover
 */
export const cutoverReached = (recorded: RaftIndex, applied: RaftIndex): RaftIndex => recorded <= applied ? recorded : 0n as RaftIndex;
