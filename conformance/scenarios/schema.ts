/**
 * Shape of a scenario: one JSON file, a list of steps in one general form, and what is expected of them.
 *
 * A scenario says what is done to nodes and to their files, in order; checks stand at the steps. What it writes in
 * readable form (`{"sealed": {…}}`) the suite expands with a codec of its own, so that nothing that it expects was
 * computed by the implementation under test. Published as JSON Schema; read, linted and run by the same definition.
 */
import { z } from 'zod';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { reasons, type Reason } from '../../spec/reasons.js';
import { level } from '../protocol/messages.js';
import { CAPABILITIES, FILE_ROLES, type Capability, type FileRole } from '../protocol/operations.js';
import { hex, positiveU64, u16, u32, u64 } from '../protocol/values.js';

const clauseId = z.enum(Object.keys(clauses) as ClauseId[]);
const reason = z.enum(Object.keys(reasons) as Reason[]);
const capability = z.enum(Object.keys(CAPABILITIES) as Capability[]);
const role = z.enum(Object.keys(FILE_ROLES) as FileRole[]);
const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
/** Names begin with a letter, so that the members of a JSON object keep the order in which they are written. */
const name = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
const scenarioId = z.string().regex(/^[a-z0-9-]+(\/[a-z0-9-]+)+$/).describe('`<folder>/<slug>`; permanent.');
const node = z.enum(['n1', 'n2', 'n3']);

// ── Keys and entries ────────────────────────────────────────────────────────────────────────────────────────

/** A data key by name: its id here, its bytes derived from the name, its wrapped form made under the KEK of the run. */
const keyName = name;
const named = name.describe('The name of an entry of this scenario.');
/** Whose row it is: a raft id, from which the full node id follows, or the full node id itself. */
const writer = z.union([z.string().regex(/^n[0-9]+$/), u64]).describe('A raft id, or a full node id as a decimal string.');
const row = z.strictObject({ key: keyName, node: writer, epoch: u16 });
const proposer = z.strictObject({ node: writer, epoch: u16, key: keyName.optional().describe('That of the entry.') });

/** A payload of the state machine, before it is sealed. */
export const payload = z.union([
  z.strictObject({ text: z.string().describe('A request: `00` and the text in UTF-8.') }),
  z.strictObject({ hex: hex.describe('Exactly these bytes.') }),
  z.strictObject({ lease: z.string().regex(/^-?[0-9]+$/).describe('A lease: `02` and the milliseconds.') }),
  z.strictObject({ registration: row }),
  z.strictObject({
    bootstrap: z.strictObject({
      storage: keyName, raft: keyName,
      writers: z.array(row).describe('The rows.'),
      wrapped: z.enum(['sound', 'other-wrap', 'broken', 'empty']).optional().describe('`other-wrap`: the same keys, wrapped again. `broken`: a bit of the storage key\'s is flipped; `empty`: the storage key\'s has no bytes.'),
    }),
  }),
  z.strictObject({
    rotation: z.strictObject({
      key: keyName, purpose: z.enum(['storage', 'raft']), proposer,
      wrapped: z.enum(['sound', 'broken', 'empty']).optional(), sub_tag: z.int().min(0).max(255).optional(),
    }),
  }),
  z.strictObject({
    storage_cutover: z.strictObject({
      key: keyName, proposer, purpose: z.int().min(0).max(255).optional(), wrapped: hex.optional(),
    }),
  }),
  z.strictObject({
    cutover: z.strictObject({
      key: keyName, proposer, purpose: z.int().min(0).max(255).optional(), wrapped: hex.optional(),
    }).describe('The cutover entry: sub-tag 05.'),
  }),
]).meta({ id: 'ScenarioPayload' });
export type Payload = z.infer<typeof payload>;

/** Something that is done to finished bytes: a bit flipped at an offset (from the end where negative), cut to a length, bytes put behind. */
const damage = z.union([
  z.strictObject({ flip: z.int().describe('Offset of the byte whose lowest bit is flipped; negative counts from the end.') }),
  z.strictObject({ cut: z.int().min(0).describe('Keep so many bytes.') }),
  z.strictObject({ behind: hex }),
  z.strictObject({ byte: z.strictObject({ at: z.int(), is: z.int().min(0).max(255) }) }),
]);
export type Damage = z.infer<typeof damage>;

/** An entry of the log in readable form. All but `empty`, `membership` and `raw` are put into a proposal envelope, under a proposal id of their own. */
export const entry = z.union([
  z.strictObject({ empty: z.literal(true).describe('The entry of a new leader.') }),
  z.strictObject({ raw: hex.describe('The data of the entry, as they are.') }),
  z.strictObject({ membership: hex.describe('Data of a membership change: a `conf-change` entry. Published ones are a `ConfChange` of etcd\'s raftpb.') }),
  z.strictObject({ plain: payload, damage: damage.optional() }),
  z.strictObject({
    sealed: z.strictObject({
      payload, key: keyName, node: node.optional().describe('Of the nonce; n1.'), epoch: u16.optional().describe('Of the nonce; 1.'),
      count: u64.optional().describe('Of the nonce; counted from 1 for each node and epoch, in the order of the entries.'),
      flag: z.int().min(0).max(255).optional().describe('The flag byte; 0.'),
      as: keyName.optional().describe('The key whose id is written, in the associated data too; `key`.'),
      damage: damage.optional().describe('Done to the envelope, behind the nine bytes of the proposal.'),
    }),
  }),
]).meta({ id: 'ScenarioEntry' });
export type ScenarioEntry = z.infer<typeof entry>;

// ── Expectations ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A pattern over the members of an answer. Objects match by the members that they name; lists item by item; everything else is
 * equal. An object with one member that begins with `$` is looked up or compared by the suite.
 */
export type Pattern = string | number | boolean | null | readonly Pattern[] | { readonly [member: string]: Pattern };
const pattern: z.ZodType<Pattern> = z.lazy(() => z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(pattern), z.record(z.string(), pattern)]))
  .meta({
    id: 'ScenarioPattern',
    description: 'Objects by the members named; lists item by item; else equal. `{"$index": ENTRY}`: the index of an entry in the log of this node, as a u64; `{"$before": ENTRY}`: the one before. '
      + '`{"$chain": [ENTRY, …]}`: the chain over their plain payloads at their indices; an item `{"standing": ENTRY}` takes the bytes behind the nine of the proposal as they stand. '
      + '`{"$key": NAME}`: the id of a key. `{"$node": NODE}`: its full node id. `{"$header": {"ceiling": MS, "cutover": INDEX or ENTRY or "0"}}`: the header bytes. `{"$saved": NAME}`: what a step saved, dotted path into it. '
      + '`{"$not": PATTERN}`, `{"$oneOf": [PATTERN, …]}`, `{"$has": [PATTERN, …]}` (a list with an item of its own for each), `{"$none": PATTERN}` (a list without such an item), `{"$set": [PATTERN, …]}` (a list of as many items, in any order), `{"$count": N}`, `{"$above": U64}`, `{"$hex": TEXT}`.',
  });

/** What an answer may be. */
export const expected = z.union([
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
export type Expected = z.infer<typeof expected>;

const profiles = z.enum(['both', 'proposal', 'repaired']);

export const check = z.strictObject({
  check: slug.describe('`<scenario id>/<slug>` is the id of the check; permanent.'),
  clause: clauseId,
  profile: profiles.optional().describe('The profiles that demand it; `repaired` for a clause of that chapter, else both.'),
  says: z.string().min(1).describe('What must hold, in one line.'),
  expect: expected.optional(),
  any_of: z.array(expected).min(2).optional().describe('Any of these is right, so that an implementation keeps its freedom.'),
  never: z.array(expected).min(1).optional().describe('None of these may come. Beside `expect` or `any_of`, or alone.'),
}).meta({ id: 'ScenarioCheck' });
export type ScenarioCheckSpec = z.infer<typeof check>;

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

const checks = z.array(check).optional();
const save = slug.optional().describe('Keep the members of `ok` under this name.');
/** What a step without a check must come to: `ok`, unless it says so; otherwise the scenario did not get to its checks. */
const may = z.array(z.enum(['ok', 'refused', 'halted'])).min(1).optional();
const indexOf = z.union([u64, named, z.literal('last')]).describe('An index, the name of an entry, or "last", the last of the log.');

/** The steps by their `op`, and the two that work on files by the member that tells them. */
export const stepShapes = {
  'open': z.strictObject({ on: node, op: z.literal('open'), checks, save, may }),
  'close': z.strictObject({ on: node, op: z.literal('close') }),
  'append': z.strictObject({
    on: node, op: z.literal('append'), entries: z.array(named).min(1), at: positiveU64.optional().describe('Index of the first; behind the last of this log.'),
    term: positiveU64.optional().describe('1.'), checks, save, may,
  }),
  'commit': z.strictObject({ on: node, op: z.literal('commit'), to: indexOf, checks, save, may }),
  'apply': z.strictObject({ on: node, op: z.literal('apply'), to: indexOf.optional(), step: z.literal(true).optional(), checks, save, may }),
  'state': z.strictObject({ on: node, op: z.literal('state'), checks, save }),
  'snapshot.header': z.strictObject({ on: node, op: z.literal('snapshot.header'), checks, save }),
  'crash.now': z.strictObject({ on: node, op: z.literal('crash.now'), power: z.boolean().optional() }),
  'file': z.strictObject({ on: node, file: role, edit }).describe('Edit the file of a role while the node is closed.'),
  'find': z.strictObject({ on: node, find: z.strictObject({ text: z.string(), in: z.array(role).min(1) }), checks })
    .describe('Search the files of these roles for the bytes of a text. Answers ok `{found}`.'),
} as const;

export const step = z.union([
  stepShapes.open, stepShapes.close, stepShapes.append, stepShapes.commit, stepShapes.apply, stepShapes.state,
  stepShapes['snapshot.header'], stepShapes['crash.now'], stepShapes.file, stepShapes.find,
]).meta({ id: 'ScenarioStep' });
export type Step = z.infer<typeof step>;

/** The invariants that are watched in every scenario, and whose breaking exposes a hole. */
export const INVARIANTS = {
  I2: { clause: 'repair/no-halt', says: 'no correct replica halts' },
  I6: { clause: 'repair/cutover-write-once', says: 'the recorded cutover is written once, and is the same wherever it stands' },
  I7: { clause: 'repair/snapshot-carries-cutover', says: 'a snapshot carries N exactly when N was applied' },
  I8: { clause: 'repair/applied-means-sealing', says: 'the wrap switch is on exactly when the cutover entry was applied' },
  I9: { clause: 'repair/key-present', says: 'a key that is needed is there' },
  I10: { clause: 'repair/replay-total', says: 'replay from any point reaches the same state' },
  I13: { clause: 'repair/no-sealed-bytes', says: 'sealed bytes never reach a state machine' },
} as const satisfies Record<string, { readonly clause: ClauseId; readonly says: string }>;
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
  entries: z.record(named, entry),
  steps: z.array(step).min(1),
}).meta({ id: 'Scenario' });
export type Scenario = z.infer<typeof scenario>;
/** As a file holds it: what has a default may be left out. */
export type ScenarioFile = z.input<typeof scenario>;
