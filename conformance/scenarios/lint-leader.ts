/** The lint of level L2: who leads, who follows, and what steps of a scenario may have beside what they do. */
import type { Followed } from './follow.js';
import { leads } from './made-names.js';
import { isLeaderOp, type Scenario, type WrittenStep } from './schema.js';

/** What cannot be said in the form of a step alone. */
export function shapeProblems({ level, steps }: Scenario): string[] {
  if (level === 'L1' && leads(steps)) {
    const at = steps.findIndex((step) => leads([step]));
    return [`level: expected "L2", since step ${at + 1} is one of that level, got "${level}"`];
  }
  return steps.flatMap((step, at) => stepShape(step).map((problem) => `step ${at + 1}: ${problem}`));
}

function stepShape(step: WrittenStep): string[] {
  const found: string[] = [];
  if (Array.isArray(step.on)) {
    if (new Set(step.on).size < step.on.length) found.push('on: expected each node once, got one twice');
    if ('save' in step && step.save !== undefined) found.push('save: expected a step on one node, whose answer is kept, got one on several');
  }
  if (!('op' in step)) return found;
  if ('if' in step && step.if !== undefined && (step.checks ?? []).length > 0) found.push('if: expected no checks at a step that may be passed over, got one');
  if (step.op === 'role' && step.is === 'leader' && step.entry === undefined) found.push('entry: expected a name for the empty entry of the new leader, got none');
  if (step.op === 'role' && step.is === 'follower' && step.entry !== undefined) found.push(`entry: expected none, since a follower appends nothing, got "${step.entry}"`);
  if (step.op === 'propose' && step.payload === undefined && step.source !== 'registration') found.push(`payload: expected one, since only a registration is made by the node itself, got none for "${step.source}"`);
  if (step.op === 'replicate' && [step.on].flat().includes(step.from)) found.push(`from: expected another node than the one that takes it, got "${step.from}"`);
  if (step.op === 'transfer' && step.to === step.on) found.push(`to: expected another node than the one that leads, got "${step.to}"`);
  return found;
}

/** What only a leader does. */
const LEADS: ReadonlySet<string> = new Set(['propose', 'cutover.begin', 'transfer']);

/** What a node that leads, or follows, cannot be asked where no refusal is expected. */
export function leaderProblems({ step, before, kinds, term }: Followed): string[] {
  if (!('op' in step) || kinds.has('refused') || before.open === 'closed') return [];
  const takes = step.op === 'append' || step.op === 'replicate';
  if (takes && before.role === 'leader') return [`expected ${step.on} to follow, since it takes the entries of another leader, got the leader of term ${before.term}: a step "role" comes before`];
  if (!isLeaderOp(step.op)) return [];
  if (LEADS.has(step.op) && before.role === 'follower') return [`expected ${step.on} to lead, got a follower: a step "role" comes before`];
  if (step.op === 'role' && step.is === 'leader' && term !== null && term <= before.term) return [`term: expected one above ${before.term}, which ${step.on} has led, got ${term}; where that is the point, expect a refusal`];
  return [];
}
