/**
 * The rule table: every decision of the design that can be got wrong, one row each.
 *
 * It holds names only, and is the one place that joins them: the clause, the seam of the reference that the decision is
 * made at, the switch of the models, and the check by which the reference without the rule is found out. What the rule
 * becomes when it is dropped stands in src/node/dropped-rules.ts, under the same names; the mutants of the rules are made
 * from the two. The rows are in rules-replica.ts and rules-leader.ts; what a row says, in rule-row.ts.
 */
import { leaderRules } from './rules-leader.js';
import { replicaRules } from './rules-replica.js';

export { COMPOSITIONS, type Composition, type Evidence, type Property, type RuleRow } from './rule-row.js';

/** All rows, by their permanent ids. */
export const rules = { ...replicaRules, ...leaderRules };

/** The name of a row. */
export type RuleId = keyof typeof rules;

/** `strict-greater` in the models is `StrictGreater`. */
export type ModelSwitch<Id extends string> = Id extends `${infer Word}-${infer Rest}` ? `${Capitalize<Word>}${ModelSwitch<Rest>}` : Capitalize<Id>;

/** The switch of the models that has the name of a row. */
export const modelSwitch = <Id extends RuleId>(id: Id): ModelSwitch<Id> =>
  id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()) as ModelSwitch<Id>;
