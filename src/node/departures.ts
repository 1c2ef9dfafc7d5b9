/**
 * Departures: decisions of the compositions `proposal` and `upstream` that no page of the spec demands, because a clause
 * forbids them or because they are the absence of a rule.
 *
 * Nothing here implements a clause. The chapters hold what their pages say, and what a composition does otherwise stands here.
 */

/**
 * In the Go implementation the rows of an encryption entry are kept apart from the applied index, which only the next ordinary
 * entry moves: against base/applied-index.
 */
export const ordinaryEntriesMoveApplied = (encryptionEntry: boolean): boolean => !encryptionEntry;

/** As proposed, a log has no identity: against repair/log-identity. */
export const noIdentity = (): 'none' => 'none';
