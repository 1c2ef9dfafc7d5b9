/**
 * Shape of a scenario: one JSON file, a list of steps in one general form, and what is expected of them.
 *
 * A scenario says what is done to nodes and to their files, in order; checks stand at the steps. What it writes in
 * readable form (`{"sealed": {…}}`) the suite expands with a codec of its own, so that nothing that it expects was
 * computed by the implementation under test. Published as JSON Schema; read, linted and run by the same definition.
 *
 * The parts: payloads.ts (names, keys, entries), expectations.ts (patterns, checks), leader-steps.ts (steps of level L2).
 */
import { z } from 'zod';
import type { ClauseId } from '../../spec/clauses.js';
import { level, type Level } from '../protocol/messages.js';
import { CAPABILITIES, DISK_FAULTS, FILE_ROLES, type Capability, type FileRole } from '../protocol/operations.js';
import { positiveU64, u32 } from '../protocol/values.js';
import { checks, may, save } from './expectations.js';
import { indexOf, leaderStepShapes, onlyIf } from './leader-steps.js';
import { entry, keyName, named, node, nodes, slug, type NodeName } from './payloads.js';

export { check, expected, type Expected, type Pattern, type ScenarioCheckSpec } from './expectations.js';
export { isLeaderOp, type LeaderOp } from './leader-steps.js';
export { entry, payload, type Damage, type NodeName, type Payload, type ScenarioEntry } from './payloads.js';

const capability = z.enum(Object.keys(CAPABILITIES) as Capability[]);
const role = z.enum(Object.keys(FILE_ROLES) as FileRole[]);
const scenarioId = z.string().regex(/^[a-z0-9-]+(\/[a-z0-9-]+)+$/).describe('`<folder>/<slug>`; permanent.');

// ── Steps ───────────────────────────────────────────────────────────────────────────────────────────────────

/** An edit of files while the node is closed. Copies are kept by name, and can be put back into any node. */
export const edit = z.union([
  z.strictObject({ truncate: z.int().min(0).describe('To so many bytes.') }),
  z.strictObject({ shorten: z.int().min(1).describe('By so many bytes.') }),
  z.strictObject({ flip: z.int().describe('The lowest bit of the byte at this offset; negative counts from the end.') }),
  z.strictObject({ empty: z.literal(true) }),
  z.strictObject({ remove: z.literal(true) }),
  z.strictObject({ unreadable: z.literal(true).describe('Nobody may read it. As the superuser: a directory in its place.') }),
  z.strictObject({ keep: slug.describe('Keep a copy under this name.') }),
  z.strictObject({ restore: slug.describe('Put the kept copy back, from whatever node it is.') }),
  z.strictObject({ text: z.string().describe('Write this text.') }),
  z.strictObject({ replace: z.strictObject({ this: z.string(), by: z.string() }).describe('In the text: the one place where this stands.') }),
  z.strictObject({ temporary: z.string().describe('Leave a file beside it, under its name with this behind it and `stale` in it.') }),
]).meta({ id: 'ScenarioEdit' });
export type Edit = z.infer<typeof edit>;

/** The steps by their `op`, and the two that work on files by the member that tells them. */
export const stepShapes = {
  'open': z.strictObject({
    on: nodes, op: z.literal('open'), fails: z.enum(DISK_FAULTS).optional().describe('What the disk refuses in this load; on a virtual disk only.'), checks, save, may,
  }),
  'close': z.strictObject({ on: nodes, op: z.literal('close') }),
  'append': z.strictObject({
    on: node, op: z.literal('append'), entries: z.array(named).min(1), at: positiveU64.optional().describe('Index of the first; behind the last of this log.'),
    term: positiveU64.optional().describe('1.'), if: onlyIf, checks, save, may,
  }),
  'commit': z.strictObject({ on: nodes, op: z.literal('commit'), to: indexOf, if: onlyIf, checks, save, may }),
  'apply': z.strictObject({ on: nodes, op: z.literal('apply'), to: indexOf.optional(), step: z.literal(true).optional(), if: onlyIf, checks, save, may }),
  'state': z.strictObject({ on: nodes, op: z.literal('state'), checks, save }),
  'snapshot.header': z.strictObject({ on: node, op: z.literal('snapshot.header'), checks, save }),
  'crash.now': z.strictObject({ on: node, op: z.literal('crash.now'), power: z.boolean().optional() }),
  'file': z.strictObject({ on: node, file: role, edit }).describe('Edit the file of a role while the node is closed.'),
  'find': z.strictObject({ on: node, find: z.strictObject({ text: z.string(), in: z.array(role).min(1) }), checks })
    .describe('Search the files of these roles for the bytes of a text. Answers ok `{found}`.'),
  ...leaderStepShapes,
} as const;

/** Those of an operation are told by it, so that a step is held against one shape and not against all. */
export const step = z.union([
  z.discriminatedUnion('op', [
    stepShapes.open, stepShapes.close, stepShapes.append, stepShapes.commit, stepShapes.apply, stepShapes.state, stepShapes['snapshot.header'], stepShapes['crash.now'],
    stepShapes.role, stepShapes.propose, stepShapes.admit, stepShapes.cancel, stepShapes['cutover.begin'], stepShapes['cutover.step'], stepShapes['cutover.poll'],
    stepShapes['cutover.expire'], stepShapes.transfer, stepShapes.tick, stepShapes['snapshot.take'], stepShapes['snapshot.install'], stepShapes.replicate,
  ]),
  stepShapes.file, stepShapes.find,
]).meta({ id: 'ScenarioStep' });
/** As the file has it: where several nodes are allowed, `on` may name them all. */
export type WrittenStep = z.infer<typeof step>;
type OnOne<Of> = Of extends { readonly on: unknown } ? Omit<Of, 'on'> & { readonly on: NodeName } : never;
/** As it is done on one node. */
export type Step = OnOne<WrittenStep>;

/** A step for each of its nodes. */
export const onEach = (written: WrittenStep): Step[] => [written.on].flat().map((on): Step => ({ ...written, on }));

/**
 * The invariants that are watched in every scenario of their level and above, and whose breaking exposes a hole. Those of L2 are about what nodes
 * append: in a log that the suite wrote by itself they say nothing.
 */
export const INVARIANTS = {
  I1: { clause: 'repair/seal-matches-index', level: 'L2', says: 'below N committed entries are plain, at N stands the cutover entry, above N they are sealed' },
  I2: { clause: 'repair/no-halt', level: 'L1', says: 'no correct replica halts' },
  I3: { clause: 'repair/same-mode', level: 'L2', says: 'all replicas dispatch the same index in the same way' },
  I4: { clause: 'repair/one-cutover-entry', level: 'L2', says: 'exactly one cutover entry is committed at or above N' },
  I5: { clause: 'repair/append-behind-none', level: 'L2', says: 'a leader that appends has no unapplied cutover entry in its log' },
  I6: { clause: 'repair/cutover-write-once', level: 'L1', says: 'the recorded cutover is written once, and is the same wherever it stands' },
  I7: { clause: 'repair/snapshot-carries-cutover', level: 'L1', says: 'a snapshot carries N exactly when N was applied' },
  I8: { clause: 'repair/applied-means-sealing', level: 'L1', says: 'the wrap switch is on exactly when the cutover entry was applied' },
  I9: { clause: 'repair/key-present', level: 'L1', says: 'a key that is needed is there' },
  I10: { clause: 'repair/replay-total', level: 'L1', says: 'replay from any point reaches the same state' },
  I11: { clause: 'repair/ok-means-writable', level: 'L2', says: 'after "applied at N" the leader can seal, and takes writes' },
  I12: { clause: 'repair/no-means-never', level: 'L2', says: 'after "not appended" no cutover entry of that call ever commits' },
  I13: { clause: 'repair/no-sealed-bytes', level: 'L1', says: 'sealed bytes never reach a state machine, and what was acknowledged is in every replica' },
} as const satisfies Record<string, { readonly clause: ClauseId; readonly level: Level; readonly says: string }>;
export type Invariant = keyof typeof INVARIANTS;
const invariant = z.enum(Object.keys(INVARIANTS) as Invariant[]);

export const scenario = z.strictObject({
  $schema: z.literal('urn:cutcheck:schema:scenario:1'),
  id: scenarioId,
  title: z.string().min(1).describe('What happens, in one line.'),
  level: level,
  since: z.string().regex(/^\d+\.\d+\.\d+$/),
  needs: z.array(capability).default([]).describe('Beside the level.'),
  sync: z.boolean().default(false).describe('It is about the disk: the node is asked to sync.'),
  crashable: z.boolean().default(false).describe('The runner also runs it with a crash at every passage of every point of the node.'),
  hole: z.array(z.string().regex(/^[HN]\d+[a-z]?$/)).default([]).describe('The holes that a broken invariant exposes here.'),
  verification: z.array(z.string().regex(/^Test[A-Z]\w+$/)).default([]).describe('The verification items of the proposal that it answers, by their names.'),
  suspends: z.array(invariant).default([]).describe('Invariants that its own steps break, since the design could not have produced the log; a check states the outcome instead.'),
  keys: z.record(keyName, u32).describe('The ids of the data keys by name.'),
  entries: z.record(named, entry).default({}).describe('Those that the suite writes; what nodes make is named at its step.'),
  steps: z.array(step).min(1),
}).meta({ id: 'Scenario' });
export type Scenario = z.infer<typeof scenario>;
/** As a file holds it: what has a default may be left out. */
export type ScenarioFile = z.input<typeof scenario>;
