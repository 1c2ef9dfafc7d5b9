/**
 * Log entry: what the raft core hands to a replica.
 *
 * Implements nothing by itself; base/log-append and 6E-2 speak of it.
 */
import type { RaftIndex } from './ids.js';

/** One entry of the log. The data of a normal entry are a proposal envelope, or empty; those of a membership change are the raft core's own. */
export interface LogEntry {
  readonly index: RaftIndex;
  readonly term: bigint;
  readonly type: 'normal' | 'conf-change';
  readonly data: Uint8Array;
}
