/**
 * The append rule: what a leader asks at the single point where it appends, in one step with the append.
 *
 * Implements repair/append-rule (spec/repair/append-rule.md); the numbers are those of its steps. Each of the three decisions
 * is a member of the record, and as proposed none of them says no.
 */
import { refuse } from '../base/errors.js';
import type { KeyId, RaftIndex } from '../base/ids.js';

/** The form that is due now: what the sidecar records, durably, and the key that is active. Not the wrap switch. */
export interface DueForm {
  readonly recorded: RaftIndex;
  readonly raftKey: KeyId;
}

/** What the rule looks at. */
export interface AppendFacts extends DueForm {
  /** The cutover entry that stands unapplied in the own log, whoever wrote it; null: none does. */
  readonly pending: RaftIndex | null;
}

/** A normal entry that is not empty, as it is to be appended. */
export interface AppendedForm {
  readonly cutoverEntry: boolean;
  /** The key under which it is wrapped; null: it is plain. */
  readonly key: KeyId | null;
}

/**
 * (a) Nothing is appended behind an unapplied cutover entry.
 *
 * @clause repair/append-rule repair/append-behind-none
 */
export const behindNone = (pending: RaftIndex | null): boolean => pending === null;

/**
 * (b) A cutover entry is appended only while none is recorded.
 *
 * @clause repair/append-rule repair/one-cutover-entry
 */
export const whileNoneRecorded = (recorded: RaftIndex): boolean => recorded === 0n;

/**
 * (c) Any other entry is wrapped exactly if a cutover is recorded, under the key that is active.
 *
 * @clause repair/append-rule repair/seal-matches-index
 */
export const wrappedWhenRecorded = (key: KeyId | null, { recorded, raftKey }: DueForm): boolean => recorded === 0n ? key === null : key === raftKey;

/** The decisions of the rule. */
export interface AppendRules {
  readonly mayAppendBehind: (pending: RaftIndex | null) => boolean;
  readonly mayAppendCutover: (recorded: RaftIndex) => boolean;
  readonly formIsDue: (key: KeyId | null, due: DueForm) => boolean;
}

/**
 * The rule on one entry.
 *
 * @clause repair/append-rule repair/no-halt
 * @throws Refusal `cutover-in-progress`, `cutover-already-active`, `form-not-due`: provably nothing is appended, and it is worth a retry
 */
export function checkAppend(ops: AppendRules, facts: AppendFacts, { cutoverEntry, key }: AppendedForm): void {
  const clause = 'repair/append-rule';
  // 1. (a)
  if (!ops.mayAppendBehind(facts.pending)) {
    refuse('cutover-in-progress', { clause, field: 'log', expected: 'no unapplied cutover entry', got: `one at ${facts.pending ?? 0n}` });
  }
  // 2. (b)
  if (cutoverEntry) {
    if (!ops.mayAppendCutover(facts.recorded)) refuse('cutover-already-active', { clause, field: 'recorded cutover', expected: 'none', got: `${facts.recorded}` });
    return;
  }
  // 3. (c)
  if (!ops.formIsDue(key, facts)) {
    const due = facts.recorded === 0n ? 'a plain payload' : `one that is wrapped under key ${facts.raftKey}`;
    refuse('form-not-due', { clause, field: 'payload', expected: due, got: key === null ? 'a plain one' : `one under key ${key}` });
  }
  // 4. Whoever asked appends it, before anything else happens.
}
