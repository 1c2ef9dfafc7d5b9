/**
 * Bounded hold: a gate that a call holds opens by itself, well within the lease window.
 *
 * Implements repair/bounded-hold (spec/repair/gate.md); that a lease is user traffic stands in 6E-2/caller-classes.ts.
 */

/**
 * For so long a leader keeps its leases alive.
 *
 * @clause repair/bounded-hold
 */
export const LEASE_WINDOW_MS = 10_000n;

/**
 * So long a hold lasts at most.
 *
 * @clause repair/bounded-hold
 */
export const LONGEST_HOLD_MS = 5_000n;

/**
 * Is the hold of a call over?
 *
 * @clause repair/bounded-hold
 */
export const holdRunsOut = (ageMs: bigint): boolean => ageMs >= LONGEST_HOLD_MS;
