/**
 * The events of a run: one JSON object a line in `events.ndjson`, written as they happen. They are the single source:
 * report.json, junit.xml and the console summary are made from them and from nothing else.
 */
import { z } from 'zod';
import { helloReply, level, profile } from '../protocol/messages.js';
import { vectorClass } from '../protocol/formats/format.js';

/** Number of the form of events.ndjson and report.json. */
export const REPORT_SCHEMA = 1;

const process = z.int().min(1).describe('Number of the process within the run.');
const id = z.int().min(0);
const ms = z.number().min(0);

/** Why a case did not pass. */
export const failureKind = z.enum([
  'answer', 'setup', 'malformed', 'refused', 'halted', 'unknown', 'fault', 'unsupported', 'choice-undeclared',
  'timed-out', 'exited', 'closed-stdout', 'closed-stdin', 'garbage', 'line-too-long', 'wrong-id', 'answered-twice', 'stderr-flood',
  'not-sent', 'suite-fault', 'not-run',
]).describe([
  '`answer`: the vector or the step of a scenario was answered, and wrongly. `setup`: the scenario did not get to the check.',
  '`refused`, `halted`, `unknown`, `fault`: an outcome that is none for a vector. `unsupported`: of something that the handshake declared.',
  '`suite-fault`: our own message was not one of the protocol. `not-sent`: longer than the adapter takes.',
  '`not-run`: the group was lost before. The rest: what the process did instead of answering.',
].join(' '));
export type FailureKind = z.infer<typeof failureKind>;

export const failure = z.object({
  kind: failureKind,
  expected: z.string(),
  got: z.string(),
  /** Of a wrong output. */
  member: z.string().optional(),
  /** What was answered, its reasons as the adapter named them. */
  answer: z.object({ result: z.string(), reasons: z.array(z.string()) }).optional(),
  order_dependent: z.boolean().optional().describe('The case passes in a fresh process. It has failed all the same.'),
  /** Of a scenario. */
  step: z.object({ number: z.int().min(1).describe('From 1.'), node: z.string(), op: z.string() }).optional().describe('The step of the scenario at which it showed.'),
  holes: z.array(z.string()).optional().describe('The holes that it exposes where the profile does not demand the check.'),
});
export type Failure = z.infer<typeof failure>;

const plannedCheck = z.object({
  id: z.string(), clause: z.string(),
  kind: z.enum(['scenario', 'invariant']).optional().describe('Absent: cases of a group of vectors, and then format, group and class are there.'),
  format: z.string().optional(), group: z.string().optional(), class: vectorClass.optional(),
  scenario: z.string().optional().describe('The scenario that it stands in.'),
  cases: z.int().min(0).describe('Of an invariant: the scenarios in which it is watched. Crashes come on top.'),
  required: z.boolean().describe('Profile, declared level, formats and capabilities require it.'),
  run: z.enum(['sent', 'unsupported', 'deselected']).describe('`unsupported`: the handshake does not declare what it needs, so that it is not sent.'),
  lacks: z.array(z.string()).optional().describe('What the handshake does not declare.'),
});
export type PlannedCheck = z.infer<typeof plannedCheck>;

export const unjudgedGroup = z.object({ id: z.string(), class: vectorClass, clauses: z.array(z.string()), cases: z.int().min(0), why: z.string() });

export const events = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'), schema: z.literal(REPORT_SCHEMA), suite: z.string(), digest: z.string(), profile, seed: z.string(), slow: z.number(), at: z.string(),
    command: z.array(z.string()),
    again: z.object({ options: z.array(z.string()), command: z.array(z.string()).nullable() }).describe('How the run was asked for, to ask for a part of it again.'),
    selection: z.object({ run: z.array(z.string()), skip: z.array(z.string()), fail_fast: z.boolean() }),
    crash: z.string().optional().describe('Crash points that were asked for: `all`, `none` or one by its name. Absent: none.'),
  }),
  z.object({ type: z.literal('hello'), declared: helloReply }),
  z.object({
    type: z.literal('plan'), level: level.describe('The highest level up to the declared one of which the suite has a check.'), checks: z.array(plannedCheck), required_clauses: z.array(z.string()),
    unjudged: z.array(unjudgedGroup), not_ours: z.int().min(0), notes: z.array(z.string()),
  }),
  z.object({ type: z.literal('start'), process, pid: z.int() }),
  z.object({
    type: z.literal('stop'), process, code: z.int().nullable(), signal: z.string().nullable(),
    stderr_bytes: z.int().min(0), stderr: z.string().nullable().describe('Where its stderr was kept, below the directory of the report.'),
  }),
  z.object({
    type: z.literal('request'), process, id, op: z.string(), args: z.record(z.string(), z.unknown()), node: z.string().optional(), case: z.string().optional(),
    step: z.int().min(1).optional().describe('The step of the scenario that asks for it.'),
  }),
  z.object({ type: z.literal('reply'), process, id, ms, reply: z.record(z.string(), z.unknown()).optional(), malformed: z.string().optional() }),
  z.object({
    type: z.literal('files'), node: z.string(), case: z.string(), step: z.int().min(1).optional(), does: z.record(z.string(), z.unknown()).describe('As the step has it: `file` and `edit`, or `find`.'),
    got: z.record(z.string(), z.unknown()).describe('`found` of a search; `problem` where it could not be done.'),
  }).describe('The runner edited or searched the files of a node in a real directory. On a virtual disk it asks for that, and nothing stands here.'),
  z.object({ type: z.literal('answered-twice'), process, id }),
  z.object({ type: z.literal('slow'), process, id, ms }),
  z.object({ type: z.literal('adapter-event'), process, event: z.string() }),
  z.object({ type: z.literal('breakdown'), process, id: id.nullable(), kind: failureKind, detail: z.string() }),
  z.object({ type: z.literal('failed-start'), process, detail: z.string() }),
  z.object({ type: z.literal('group-lost'), group: z.string(), detail: z.string() }),
  z.object({
    type: z.literal('scenario'), scenario: z.string(), disk: z.enum(['dir', 'virtual']), sync: z.boolean().describe('The node was asked to sync.'), ms,
  }).describe('A scenario was run.'),
  z.object({
    type: z.literal('crash'), scenario: z.string(), node: z.string(), point: z.string(), nth: z.int().min(1), disk: z.enum(['dir', 'virtual']),
    power: z.boolean(), survived: z.boolean(), case: z.string().optional().describe('Of its verdicts.'),
    twice: z.boolean().optional().describe('The node was to die once more on its way back, and did.'),
  }).describe('A scenario was run with a crash. The requests and replies of one that was survived are left out.'),
  /** A second verdict on a case replaces the first: an answer may be repeated long after its group. */
  z.object({ type: z.literal('verdict'), check: z.string(), case: z.string(), verdict: z.enum(['passed', 'failed', 'unsupported']), failure: failure.optional() }),
  z.object({ type: z.literal('kept'), case: z.string(), file: z.string().describe('Where, as the run was told.') }).describe('The transcript of a failing case of a scenario was kept in a file of its own.'),
  z.object({
    type: z.literal('end'), ms, problem: z.string().nullable().describe('Why the adapter could not be driven, or null.'),
    stopped: z.enum(['fail-fast', 'interrupted']).nullable(),
  }),
]).meta({ id: 'RunEvent' });
export type RunEvent = z.infer<typeof events>;
export type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** The events that no report is made from: they are the bulk, and need not be held in memory. */
export const isTranscript = ({ type }: RunEvent): boolean => type === 'request' || type === 'reply' || type === 'files' || type === 'adapter-event';

