/**
 * Messages of the node adapter protocol, version 1: one JSON object a line, UTF-8, over the adapter's stdin and stdout.
 *
 * The runner sends a request and waits for the reply with the same id before it sends the next. A reply holds exactly
 * one of six outcomes. A refusal is a correct answer, not an error: `fault` alone says that the adapter itself broke.
 * Within one protocol number only additive changes are made, so a reader ignores members that it does not know.
 */
import { z } from 'zod';
import { hex, u64 } from './values.js';
import { vectorClass } from './formats/format.js';
import { applied, CAPABILITIES, FILE_ROLES } from './operations.js';

/** The protocol numbers that this suite speaks. */
export const PROTOCOL = { min: 1, max: 1 } as const;
/** Longest line in bytes, its line break included, that either side sends; an adapter may ask for less. */
export const MAX_LINE = 1_048_576;
/** Least `limits.maxLine` that an adapter may ask for. */
export const MIN_LINE = 65_536;
/** Deepest nesting of objects and arrays in a line. */
export const MAX_DEPTH = 64;

export const level = z.enum(['L0', 'L1', 'L2', 'L3']);
export type Level = z.infer<typeof level>;
/** What is demanded: the proposal to the letter, or as the repair rules complete it. */
export const profile = z.enum(['proposal', 'repaired']);
export type Profile = z.infer<typeof profile>;

const reason = z.string().min(1).describe('A slug of the published table of reasons, or a name that the table `reasons` of the handshake maps to one.');
const id = z.int().min(0).describe('Chosen by the runner; the reply repeats it.');

// ── Requests ────────────────────────────────────────────────────────────────────────────────────────────────

export const helloArgs = z.object({
  protocol: z.object({ min: z.int().min(1), max: z.int().min(1) }).describe('The protocol numbers that the runner speaks.'),
  suite: z.string().describe('Version of the suite.'),
  digest: z.string().describe('Digest over the vectors and the spec of the suite.'),
  profile: profile.describe('The profile that this run judges.'),
  seed: hex.describe('Seed of the run.'),
  dataRoot: z.string().describe('A directory that the adapter may use and that is removed after the run. Directories of nodes are below it.'),
  kek: hex.describe('The key-encryption key of the nodes of this run, 32 bytes; made for it, and no secret. Empty where there are none.'),
  nodeIds: z.array(z.string()).describe('Raft ids of the nodes that the run may open; `node` of a request is one of them.'),
}).meta({ id: 'HelloArgs' });

export const vecArgs = z.object({
  format: z.string(),
  group: z.string(),
  input: z.record(z.string(), z.unknown()).describe('As the schema of the group has it; long runs are written out.'),
}).meta({ id: 'VecArgs', description: 'One vector. The expectation and the id of the case are never sent.' });

export const request = z.object({
  id,
  op: z.string().min(1).describe('`hello`, `vec`, `reset`, `bye`, an operation of a node, or a name that the adapter does not know. What it does not know or do it answers with `unsupported`.'),
  node: z.string().optional().describe('The node that is meant, by its raft id; absent where the operation belongs to none.'),
  args: z.record(z.string(), z.unknown()),
}).meta({ id: 'Request' });
export type Request = z.infer<typeof request>;

// ── Replies ─────────────────────────────────────────────────────────────────────────────────────────────────

export const helloReply = z.object({
  protocol: z.int().min(1).describe('The highest number that both sides speak.'),
  implementation: z.object({
    name: z.string().min(1), version: z.string().optional(), language: z.string().optional(), issues: z.string().optional(),
  }).describe('What is judged; `issues` is where its maintainers want to hear of failures.'),
  level: level.describe('The highest level that the adapter can answer.'),
  profile: profile.describe('The profile that the implementation claims.'),
  formats: z.record(z.string(), z.array(vectorClass)).describe('The vector formats that it answers, each with its classes. What stands here is required.'),
  caps: z.array(z.string()).default([]).describe(`Capabilities beyond the level: ${Object.keys(CAPABILITIES).map((name) => `\`${name}\``).join(', ')}. Others are ignored.`),
  limits: z.object({
    maxLine: z.int().min(MIN_LINE).max(MAX_LINE).optional(), maxNodes: z.int().min(1).optional(),
  }).default({}),
  files: z.record(z.string(), z.string()).default({})
    .describe(`Role of a file (${Object.keys(FILE_ROLES).map((name) => `\`${name}\``).join(', ')}) to its path below the directory of a node, or to a pattern with \`*\` and \`**\`.`),
  crashPoints: z.array(z.string()).default([]).describe('The names of the points at which a node can be made to die. One stands behind each effect that the disk can see.'),
  choices: z.record(z.string(), z.string()).default({}).describe('For each clause that leaves a choice, the alternative that the implementation takes; it is held to it.'),
  reasons: z.record(z.string(), z.string()).default({}).describe("The implementation's own error names to reasons of the table."),
}).meta({ id: 'HelloReply' });
export type HelloReply = z.infer<typeof helloReply>;
/** The same as an adapter writes it: what is optional may be left out. */
export type HelloAnswer = z.input<typeof helloReply>;

/** Verdict on one vector. */
export const vecReply = z.object({
  result: z.enum(['valid', 'invalid', 'skip', 'halt']),
  reasons: z.array(reason).default([]).describe('The cause first, then its outer marks; compared as a set.'),
  observed: z.record(z.string(), z.unknown()).default({}).describe('The outputs of the group.'),
}).meta({ id: 'VecReply' });
export type VecReply = z.infer<typeof vecReply>;
/** The same as an adapter writes it. */
export type VecAnswer = z.input<typeof vecReply>;

const reasonsOfNo = z.array(reason).min(1).describe('The cause first, then its outer marks.');
const text = z.string().optional();

/** The six outcomes. */
export const outcomes = {
  ok: z.record(z.string(), z.unknown()).describe('Done; the members are those of the operation.'),
  refused: z.object({ reasons: reasonsOfNo, detail: text }).describe('A correct no: nothing happened.'),
  halted: z.object({
    reasons: reasonsOfNo, index: u64.optional(), results: z.array(applied).optional().describe('Of `apply`: what became of the entries before.'), detail: text,
  }).describe('The replica stopped before this index.'),
  unsupported: z.object({ what: z.string() }).describe('The adapter does not do this. Of something that the handshake declared, a failure.'),
  unknown: z.object({ detail: text }).describe('It may or may not have happened; legal for `propose` and the cutover only.'),
  fault: z.object({ message: z.string(), trace: text }).describe('The adapter broke: always a failure.'),
};
export type OutcomeKind = keyof typeof outcomes;

const reply = <K extends OutcomeKind>(kind: K) => z.object({ id, [kind]: outcomes[kind] } as { id: typeof id } & { [P in K]: (typeof outcomes)[P] });

/** A reply: the id of its request and exactly one outcome. */
export const replyShapes = {
  ok: reply('ok'), refused: reply('refused'), halted: reply('halted'),
  unsupported: reply('unsupported'), unknown: reply('unknown'), fault: reply('fault'),
};
export const replySchema = z.union([
  replyShapes.ok, replyShapes.refused, replyShapes.halted, replyShapes.unsupported, replyShapes.unknown, replyShapes.fault,
]).meta({ id: 'Reply' });
export type Reply = z.infer<typeof replySchema>;

/** What an adapter may send unasked: one event of a trace. */
export const event = z.object({ event: z.string() }).loose().meta({ id: 'Event' });

/** The names of the outcomes that a parsed reply holds; a good reply holds one. */
export const outcomesIn = (parsed: Readonly<Record<string, unknown>>): OutcomeKind[] =>
  (Object.keys(outcomes) as OutcomeKind[]).filter((kind) => Object.hasOwn(parsed, kind));
