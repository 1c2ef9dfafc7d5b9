/**
 * Leader role: what only a leader does, in which term one may lead, and what waits for the first entry of that term.
 *
 * Implements the checks of base/leader-role (spec/base/leader.md); whoever keeps role and log asks them.
 */
import { refuse } from './errors.js';

/**
 * Only a leader takes proposals, calls and transfers.
 *
 * @clause base/leader-role 6E-1/follower-call
 * @throws Refusal `not-leader`
 */
export function checkLeads(leads: boolean, clause: 'base/leader-role' | '6E-1/follower-call' = 'base/leader-role'): asserts leads {
  if (!leads) refuse('not-leader', { clause, field: 'role', expected: 'leader', got: 'follower' });
}

/**
 * 1. A term to lead in is above every other.
 *
 * @clause base/leader-role
 * @param seen the highest term that this start has led or followed in
 * @param inLog that of the last entry of the log
 * @throws Refusal `term-old`
 */
export function checkTerm(term: bigint, seen: bigint, inLog: bigint): void {
  const known = seen > inLog ? seen : inLog;
  if (term <= known) refuse('term-old', { clause: 'base/leader-role', field: 'term', expected: `above ${known}`, got: `${term}` });
}

/**
 * What a design lets no leader do before it has applied the first entry of its term: until then it may not know all that is committed.
 *
 * @clause base/leader-role repair/fresh-epoch repair/append-rule
 * @param may the decision of the design
 * @throws Refusal `leader-not-ready`
 */
export function checkReady(may: boolean, clause: 'repair/append-rule' | 'repair/fresh-epoch'): void {
  if (!may) refuse('leader-not-ready', { clause, field: 'applied index', expected: 'the first entry of the term', got: 'one below it' });
}
