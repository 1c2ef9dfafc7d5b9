/**
 * Shape of a published vector file: groups of cases, each case with its clause, its sort and its expectation.
 *
 * Published as JSON Schema; read and linted by the same definition.
 */
import { z } from 'zod';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { reasons, type Reason } from '../../spec/reasons.js';
import { vectorClass } from '../protocol/formats/format.js';

const clauseId = z.enum(Object.keys(clauses) as ClauseId[]).meta({ id: 'ClauseId', description: 'A clause of the spec.' });
const reason = z.enum(Object.keys(reasons) as Reason[]).meta({ id: 'Reason', description: 'A reason of the published table.' });

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

const id = z.string().regex(/^[a-z0-9-]+\/[a-zA-Z0-9._+-]+$/).describe('`<group>/<slug>`, unique in its format and permanent.');
const why = z.string().min(1).describe('Why it was sorted so, in one line.');
const input = z.record(z.string(), z.unknown())
  .describe('As the group declares it; long runs may stand as `{repeat, count}`, `body_pieces` or `document_pieces`.');

/** One case. */
export const vectorCase = z.discriminatedUnion('sort', [
  z.object({
    id, sort: z.literal('normative'), clause: clauseId, why, input, expect: expectation,
    profile: z.literal('proposal').optional().describe('A repair rule changes the verdict: the profile `proposal` alone judges it.'),
  }).strict(),
  z.object({
    id, sort: z.literal('choice'), clause: clauseId, why, input,
    alternatives: z.record(z.string(), expectation).describe('The expectation for each alternative that an implementation may declare.'),
  }).strict(),
  /** Misuse of one language's own interface. */
  z.object({ id, sort: z.literal('not-ours'), why, input }).strict(),
  /** Of class file or machine, or of a format whose judging is still to come: the rest of the case as it came. */
  z.object({ id, sort: z.literal('not-judged'), why, input, original: z.record(z.string(), z.unknown()) }).strict(),
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
