/** The limits within which an adapter is driven. All times scale with `--slow`. */
export interface Limits {
  /** An answer that takes longer is noted as slow; on probation it is a time-out. */
  readonly softMs: number;
  /** An operation that takes longer has timed out. */
  readonly hardMs: number;
  /** From the start of the process to its first reply. */
  readonly firstReplyMs: number;
  readonly groupMs: number;
  readonly goodbyeMs: number;
  /** How long after its SIGTERM a group is killed. */
  readonly termMs: number;
}

export const limitsFor = (slow: number): Limits =>
  ({ softMs: 2_000 * slow, hardMs: 10_000 * slow, firstReplyMs: 5_000 * slow, groupMs: 60_000 * slow, goodbyeMs: 2_000 * slow, termMs: 2_000 * slow });

/** What is kept of a process's stderr, and what it may write during one request. */
export const STDERR_LIMIT = 1_048_576;
/** So many failed starts in a row end the run. */
export const FAILED_STARTS = 3;
/** So many broken processes in a row cost the rest of a group. */
export const BROKEN_IN_A_ROW = 3;
