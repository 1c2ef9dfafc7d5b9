/**
 * How golden cases are sorted: by rules over format, group and input, never by the id of a case, so that the same
 * rules sort a set that nobody here has seen.
 *
 * The rules of a group are tried in order and the first that fits decides; the last one of a codec group has no
 * condition. Every rule says in one line why.
 */
import type { ClauseId } from '../../../spec/clauses.js';
import type { VectorClass } from '../../protocol/formats/format.js';

/** The input of a case after its long runs were written out. */
export type Input = Readonly<Record<string, unknown>>;

export type Rule = { readonly when?: (input: Input) => boolean; readonly why: string } & (
  /** With `profile`, a case whose verdict a repair rule changes: the profile `proposal` alone judges it. */
  | { readonly sort: 'normative'; readonly clause: ClauseId; readonly profile?: 'proposal' }
  /** `golden` = the recorded expectation; `refused` = invalid, whatever the reason. */
  | { readonly sort: 'choice'; readonly clause: ClauseId; readonly alternatives: Readonly<Record<string, 'golden' | 'refused'>> }
  | { readonly sort: 'not-ours' });

/** The sorting of one group. A group that is not judged yet names the clauses that it will exercise. */
export type GroupSorting =
  | { readonly class: VectorClass; readonly rules: readonly Rule[] }
  | { readonly class: VectorClass; readonly notJudged: string; readonly clauses: readonly ClauseId[] };

/** The sorting of one format: every group that it may hold. */
export type FormatSorting = Readonly<Record<string, GroupSorting>>;

/** The common case: all of a group belongs to one clause. */
export const normative = (clause: ClauseId, why: string, when?: (input: Input) => boolean): Rule =>
  ({ sort: 'normative', clause, why, ...(when && { when }) });

/** What a repair rule changes: judged under the profile `proposal` alone, and a scenario covers the other. */
export const asProposed = (clause: ClauseId, why: string, when?: (input: Input) => boolean): Rule =>
  ({ sort: 'normative', clause, why, profile: 'proposal', ...(when && { when }) });

export const notOurs = (why: string, when?: (input: Input) => boolean): Rule => ({ sort: 'not-ours', why, ...(when && { when }) });

/** A u64 of a decimal member; 0 when it is not there. */
export const u64Of = (input: Input, member: string): bigint => {
  const text = input[member];
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
};

/** Bytes of a hex member; empty when it is not there. */
export const bytesOf = (input: Input, member: string): Buffer => Buffer.from(typeof input[member] === 'string' ? input[member] : '', 'hex');

/** The members of any object. */
export type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list; none when it is no list. */
export const listOf = (value: unknown): readonly Members[] => Array.isArray(value) ? value.filter(isMembers) : [];
