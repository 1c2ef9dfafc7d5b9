/** Shapes of what is expected of a step: patterns over the members of an answer, outcomes, checks. */
import { z } from 'zod';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { reasons, type Reason } from '../../spec/reasons.js';
import { slug } from './payloads.js';

export const clauseId = z.enum(Object.keys(clauses) as ClauseId[]);
const reason = z.enum(Object.keys(reasons) as Reason[]);

/**
 * A pattern over the members of an answer. Objects match by the members that they name; lists item by item; everything else is
 * equal. An object with one member that begins with `$` is looked up or compared by the suite.
 */
export type Pattern = string | number | boolean | null | readonly Pattern[] | { readonly [member: string]: Pattern };
const pattern: z.ZodType<Pattern> = z.lazy(() => z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(pattern), z.record(z.string(), pattern)]))
  .meta({
    id: 'ScenarioPattern',
    description: 'Objects by the members named; lists item by item; else equal. `{"$index": ENTRY}`: the index of an entry, as a u64, in the log of this node, or where it was made; `{"$before": ENTRY}`: the one before. `{"$entry": ENTRY}`: its index, term, type and data. '
      + '`{"$chain": [ENTRY, …]}`: the chain over their plain payloads at their indices; an item `{"standing": ENTRY}` takes the bytes behind the nine of the proposal as they stand. '
      + '`{"$key": NAME}`: the id of a key. `{"$node": NODE}`: its full node id. `{"$header": {"ceiling": MS, "cutover": INDEX or ENTRY or "0"}}`: the header bytes. `{"$saved": NAME}`: what a step saved, dotted path into it. '
      + '`{"$not": PATTERN}`, `{"$oneOf": [PATTERN, …]}`, `{"$has": [PATTERN, …]}` (a list with an item of its own for each), `{"$none": PATTERN}` (a list without such an item), `{"$set": [PATTERN, …]}` (a list of as many items, in any order), `{"$count": N}`, `{"$above": U64}`, `{"$absent": true}` (the answer does not have this member; false: it has it, whatever it is), `{"$hex": TEXT}`.',
  });

type Reasons = 'any' | { readonly exactly: readonly Reason[] } | { readonly one_of: readonly Reason[] };
export type Expected =
  | { readonly ok: Pattern }
  | { readonly refused: Reasons }
  | { readonly halted: { readonly at?: Pattern | undefined; readonly reasons: Reasons; readonly results?: Pattern | undefined } };

/** What an answer may be. */
export const expected: z.ZodType<Expected> = z.union([
  z.strictObject({ ok: pattern }),
  z.strictObject({ refused: z.union([z.literal('any'), z.strictObject({ exactly: z.array(reason).min(1) }), z.strictObject({ one_of: z.array(reason).min(1) })]) })
    .describe('`exactly`: the set of reasons. `one_of`: at least one of these is among them.'),
  z.strictObject({
    halted: z.strictObject({
      at: pattern.optional().describe('The index before which it stopped.'),
      reasons: z.union([z.literal('any'), z.strictObject({ exactly: z.array(reason).min(1) }), z.strictObject({ one_of: z.array(reason).min(1) })]),
      results: pattern.optional(),
    }),
  }),
]).meta({ id: 'ScenarioExpected' });

const profiles = z.enum(['both', 'proposal', 'repaired']);

/** One named expectation at a step. */
export interface ScenarioCheckSpec {
  readonly check: string;
  readonly clause: ClauseId;
  readonly profile?: z.infer<typeof profiles> | undefined;
  readonly says: string;
  readonly expect?: Expected | undefined;
  readonly any_of?: readonly Expected[] | undefined;
  readonly never?: readonly Expected[] | undefined;
}

export const check: z.ZodType<ScenarioCheckSpec> = z.strictObject({
  check: slug.describe('`<scenario id>/<slug>` is the id of the check; permanent.'),
  clause: clauseId,
  profile: profiles.optional().describe('The profiles that demand it; `repaired` for a clause of that chapter, else both.'),
  says: z.string().min(1).describe('What must hold, in one line.'),
  expect: expected.optional(),
  any_of: z.array(expected).min(2).optional().describe('Any of these is right, so that an implementation keeps its freedom.'),
  never: z.array(expected).min(1).optional().describe('None of these may come. Beside `expect` or `any_of`, or alone.'),
}).meta({ id: 'ScenarioCheck' });

/** What a step says beside what it does. */
export const checks = z.array(check).optional();
export const save = slug.optional().describe('Keep the members of `ok` under this name.');
/** What a step without a check must come to: `ok`, unless it says so; otherwise the scenario did not get to its checks. */
export const may = z.array(z.enum(['ok', 'refused', 'halted'])).min(1).optional();
