/**
 * Applied index: what is durable before what, when an entry is applied.
 *
 * Implements base/applied-index (spec/base/replica.md).
 */

/**
 * The sidecar first, then one batch of everything that the state machine keeps: so the store is never ahead.
 *
 * @clause base/applied-index
 */
export const durableOrder = (): 'sidecar-first' => 'sidecar-first';

/**
 * Every entry moves the durable applied index, in the batch of what it changes.
 *
 * @clause base/applied-index
 */
export const movesApplied = (): boolean => true;
