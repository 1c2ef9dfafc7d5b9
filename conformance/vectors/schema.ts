/**
 * Shape of a published vector file: groups of cases, each case with its clause, its sort and its expectation.
 *
 * Published as JSON Schema; read and linted by the same definition.
 */
import { z } from 'zod';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { isReason, type Reason } from '../../spec/reasons.js';
import { vectorClass } from '../protocol/formats/format.js';

const clauseId = z.custom<ClauseId>((id) => typeof id === 'string' && Object.hasOwn(clauses, id), { error: 'not a clause of the spec' });
const reason = z.custom<Reason>((slug) => typeof slug === 'string' && isReason(slug), { error: 'not a reason of the table' });

/** What a case expects of the answer. A member that is absent does not bind. */
export const expectation = z.object({
  result: z.enum(['valid', 'invalid', 'skip', 'halt']),
  /** The reasons, compared as a set. Absent: only the result binds. */
  reasons: z.array(reason).min(1).optional(),
  /** Several sets of reasons, any of which is right. */
  reasons_any_of: z.array(z.array(reason).min(1)).min(2).optional(),
  /** Outputs by name. Long byte strings may stand as `{head, length, tail?}` or `{repeat, count}`. */
  observed: z.record(z.string(), z.unknown()).optional(),
}).strict();
export type Expectation = z.infer<typeof expectation>;

const caseBase = { id: z.string().regex(/^[a-z0-9-]+\/[a-zA-Z0-9._+-]+$/), input: z.record(z.string(), z.unknown()), why: z.string().min(1) };

/** One case. `why` is the one line that says why it was sorted so. */
export const vectorCase = z.discriminatedUnion('sort', [
  z.object({ ...caseBase, sort: z.literal('normative'), clause: clauseId, expect: expectation }).strict(),
  z.object({ ...caseBase, sort: z.literal('choice'), clause: clauseId, alternatives: z.record(z.string(), expectation) }).strict(),
  z.object({ ...caseBase, sort: z.literal('not-ours') }).strict(),
  /** Of class file or machine, or of a format whose judging is still to come: kept as it came. */
  z.object({ ...caseBase, sort: z.literal('not-judged'), original: z.record(z.string(), z.unknown()) }).strict(),
]);
export type VectorCase = z.infer<typeof vectorCase>;

export const vectorGroup = z.object({
  id: z.string().regex(/^[a-z0-9-]+$/),
  description: z.string().min(1),
  class: vectorClass,
  clauses: z.array(clauseId),
  cases: z.array(vectorCase).min(1),
}).strict();
export type VectorGroup = z.infer<typeof vectorGroup>;

export const vectorFile = z.object({
  $schema: z.string().optional(),
  format: z.string().regex(/^[a-z0-9-]+$/),
  source: z.object({
    project: z.string(), commit: z.string().optional(), how: z.string(),
    /** SHA-256 of the file that this one was imported from. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
  }).strict(),
  groups: z.array(vectorGroup).min(1),
}).strict();
export type VectorFile = z.infer<typeof vectorFile>;
