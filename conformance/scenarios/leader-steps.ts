/**
 * Shapes of the steps of level L2: who leads, proposals, the cutover step by step, snapshots, and the suite's part as the
 * consensus layer, which carries entries from log to log.
 *
 * What a node makes gets a name at the step: the entry that it appends, the ticket and the call that it gives, the
 * snapshot that it takes. Later steps use the name. The names of a scenario, those of its written entries with them, are
 * all different.
 */
import { z } from 'zod';
import { CALLERS, PHASES, type Caller } from '../protocol/leader-operations.js';
import { positiveU64, u32, u64 } from '../protocol/values.js';
import { checks, may, save } from './expectations.js';
import { name, named, node, nodes, payload } from './payloads.js';

const makes = (what: string) => name.describe(`The name of ${what}, for the steps behind.`);
const madeEntry = makes('the entry that it appends');
const ticket = name.describe('The name of a ticket.');
const call = name.describe('The name of a call.');
const snapshot = name.describe('The name of a snapshot.');
const caller = z.enum(Object.keys(CALLERS) as Caller[]).describe('Who proposes.');
const phase = z.enum(PHASES);
export const indexOf = z.union([u64, named, z.literal('last')]).describe('An index, the name of an entry, or "last", the last of the log.');

/** A step that is passed over when the ticket, call, entry or snapshot of this name never came about, its own step having been refused where that was allowed. */
export const onlyIf = name.optional().describe('Passed over when what has this name (a ticket, call, entry or snapshot) never came about. Such a step has no checks.');
const around = { if: onlyIf, checks, save, may };

export const leaderStepShapes = {
  'role': z.strictObject({
    on: node, op: z.literal('role'), is: z.enum(['leader', 'follower']), term: positiveU64.optional().describe('Of a leader, where it is left out: one above the highest term of the steps before.'),
    entry: madeEntry.optional().describe('Of a leader, and there always: the name of the empty entry of its term.'), ...around,
  }),
  'propose': z.strictObject({
    on: node, op: z.literal('propose'), source: caller, payload: payload.optional().describe('Left out of a `registration` alone, which the node then makes itself.'), ticket: makes('the ticket'), ...around,
  }),
  'admit': z.strictObject({ on: node, op: z.literal('admit'), ticket, entry: madeEntry, ...around }).describe('Beside the members of the answer stand `form` and, of what is sealed, `key`, `nonce` and `epoch`, as the suite reads them.'),
  'cancel': z.strictObject({ on: node, op: z.literal('cancel'), ticket, ...around }),
  'cutover.begin': z.strictObject({ on: node, op: z.literal('cutover.begin'), call: makes('the call'), ...around }),
  'cutover.step': z.strictObject({
    on: node, op: z.literal('cutover.step'), call,
    until: phase.optional().describe('One request after the other, until the call has come to this phase; where it waits, is answered or is refused it ends before. The outcome is the last one.'),
    entry: madeEntry.optional().describe('The name of the cutover entry, where this step may append it.'), ...around,
  }).describe('Beside the members of the entry in the answer stands `form`, as the suite reads it.'),
  'cutover.poll': z.strictObject({ on: node, op: z.literal('cutover.poll'), call, ...around }),
  'cutover.expire': z.strictObject({ on: node, op: z.literal('cutover.expire'), call, ...around }),
  'transfer': z.strictObject({ on: node, op: z.literal('transfer'), to: node, ...around }),
  'tick': z.strictObject({ on: node, op: z.literal('tick'), ms: u32, ...around }),
  'snapshot.take': z.strictObject({ on: node, op: z.literal('snapshot.take'), snapshot: makes('the snapshot'), ...around }),
  'snapshot.install': z.strictObject({ on: node, op: z.literal('snapshot.install'), snapshot, ...around }),
  'replicate': z.strictObject({
    on: nodes, op: z.literal('replicate'), from: node.describe('The node whose log is carried over.'), to: indexOf.optional().describe('In the log of that node; its last.'),
    commit: z.literal(true).optional().describe('Then commit up to there.'), apply: z.literal(true).optional().describe('Then commit and apply up to there.'), ...around,
  }).describe('The suite appends what the log lacks of the other, from the first difference on. The outcome is that of the last request.'),
} as const;
export type LeaderOp = keyof typeof leaderStepShapes;

export const isLeaderOp = (op: string): op is LeaderOp => Object.hasOwn(leaderStepShapes, op);
