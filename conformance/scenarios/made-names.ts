/** The names of what nodes give and make at level L2: a step that uses one stands behind the step that brings it. */
import { isLeaderOp, type NodeName, type ScenarioEntry, type WrittenStep } from './schema.js';

/** What is named, and at which node. */
export interface MadeName { readonly what: 'ticket' | 'call' | 'entry' | 'snapshot'; readonly node: NodeName }
export type MadeNames = Map<string, MadeName>;

type Named = Pick<MadeName, 'what'> & { readonly name: string };

/** What a step brings. */
function makes(step: WrittenStep): Named[] {
  if (!('op' in step)) return [];
  switch (step.op) {
    case 'propose': return [{ what: 'ticket', name: step.ticket }];
    case 'cutover.begin': return [{ what: 'call', name: step.call }];
    case 'snapshot.take': return [{ what: 'snapshot', name: step.snapshot }];
    case 'role': case 'admit': case 'cutover.step': return step.entry === undefined ? [] : [{ what: 'entry', name: step.entry }];
    default: return [];
  }
}

/** What a step works with; of tickets and calls those of its node. */
function uses(step: WrittenStep): Named[] {
  if (!('op' in step)) return [];
  switch (step.op) {
    case 'admit': case 'cancel': return [{ what: 'ticket', name: step.ticket }];
    case 'cutover.step': case 'cutover.poll': case 'cutover.expire': return [{ what: 'call', name: step.call }];
    case 'snapshot.install': return [{ what: 'snapshot', name: step.snapshot }];
    default: return [];
  }
}

/** What is wrong with the names of a step; what it brings is put to the others. */
export function lintMade(step: WrittenStep, made: MadeNames, entries: Readonly<Record<string, ScenarioEntry>>): string[] {
  const found: string[] = [];
  const on = typeof step.on === 'string' ? step.on : null;
  for (const { what, name } of uses(step)) {
    const given = made.get(name);
    if (given?.what !== what) found.push(`${what}: expected the name of a ${what} that an earlier step brings (${namesOf(made, what)}), got "${name}"${given === undefined ? '' : `, which is ${article(given.what)}`}`);
    else if (what !== 'snapshot' && given.node !== on) found.push(`${what}: expected a ${what} of ${on ?? 'one node'}, got "${name}", which is of ${given.node}`);
  }
  if ('if' in step && step.if !== undefined) {
    if (!made.has(step.if)) found.push(`if: expected the name of a ticket, call, entry or snapshot that an earlier step brings (${[...made.keys()].join(', ') || 'none does'}), got "${step.if}"`);
  }
  for (const { what, name } of makes(step)) {
    const given = made.get(name);
    if (name === 'last') found.push(`${what}: expected another name than "last", which is the last entry of a log`);
    else if (Object.hasOwn(entries, name)) found.push(`${what}: expected a name of its own, got "${name}", which an entry of this scenario has`);
    else if (given !== undefined) found.push(`${what}: expected a name of its own, got "${name}", which ${article(given.what)} of ${given.node} has`);
    else if (on !== null) made.set(name, { what, node: on });
  }
  return found;
}

const article = (what: MadeName['what']): string => what === 'entry' ? 'an entry' : `a ${what}`;
const namesOf = (made: MadeNames, wanted: MadeName['what']): string => [...made].flatMap(([name, { what }]) => what === wanted ? [name] : []).join(', ') || 'none does';

/** Whether a scenario has a step of level L2. */
export const leads = (steps: readonly WrittenStep[]): boolean => steps.some((step) => 'op' in step && isLeaderOp(step.op));
