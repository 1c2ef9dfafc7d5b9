/**
 * Operations of the node adapter protocol beyond vectors: level L1, a replica that takes a committed log from the suite. Those of a
 * leader, level L2, are in leader-operations.ts, and join them here.
 *
 * The suite is the consensus layer. It gives entries, says up to where they are committed, and has them applied; the
 * node owns its log and its state, on a real directory or on a virtual disk of its own that the suite can look into.
 */
import { z } from 'zod';
import { leaderOperations, leaderState } from './leader-operations.js';
import { crashed, logEntry, noArgs, nothing, type LogEntryMessage } from './shared.js';
import { hex, u16, u32, u64 } from './values.js';

const reason = z.string().min(1);

/** The capabilities that this version asks of an adapter, beside its level. */
export const CAPABILITIES = {
  'disk.dir': 'Its nodes keep real files below the directory that `open` names, at the places that `files` declares.',
  'disk.virtual': 'It also runs on a disk of its own making that loses what was not synced: `open` with `disk` "virtual", and `disk.list`, `disk.read`, `disk.write`, `disk.remove`.',
  'disk.faults': 'Its virtual disk can be told to refuse to sync: `open` with `fails`.',
  'crash.points': 'It dies at the named points of `crashPoints`: `crash.arm`, `crash.disarm` and `crash.now`.',
  'snapshot.header': 'It says the header of a snapshot that is taken now.',
  'snapshot': 'It takes a snapshot and installs one: `snapshot.take` and `snapshot.install`.',
} as const;
export type Capability = keyof typeof CAPABILITIES;

/** The exit status of a planned crash. */
export const CRASH_STATUS = 86;

/** Roles of files: what `files` of the handshake maps to paths and patterns below the directory of a node. */
export const FILE_ROLES = {
  sidecar: 'The sidecar.',
  identity: 'The file beside the sidecar that holds the identity of the log.',
  log: 'The log: all files of its store.',
  fsm: 'The state of the state machine: all files of its store.',
} as const;
export type FileRole = keyof typeof FILE_ROLES;

export { logEntry, noArgs, nothing, type LogEntryMessage };

// ── Arguments ───────────────────────────────────────────────────────────────────────────────────────────────

/** What a virtual disk can refuse in one load. */
export const DISK_FAULTS = ['file-sync', 'directory-sync'] as const;
export type DiskFault = (typeof DISK_FAULTS)[number];
export const openArgs = z.object({
  disk: z.enum(['dir', 'virtual']).describe('"dir": real files. "virtual": a disk of the node\'s own, empty at first, which it keeps until `reset`.'),
  directory: z.string().describe('Of this node alone. With "dir" the path of a directory below `dataRoot`, which is there already; the node may make directories below it. With "virtual" a name, and no more.'),
  sync: z.boolean().describe('False: nothing in this scenario is about the disk, so that the node may leave out its syncs.'),
  fails: z.enum(DISK_FAULTS).optional().describe('With "virtual", until the node is closed: no file in the directory of the sidecar can be synced ("file-sync"), or the directory itself cannot ("directory-sync"). All else works.'),
}).meta({ id: 'OpenArgs' });
export const appendArgs = z.object({ entries: z.array(logEntry).min(1) }).meta({ id: 'AppendArgs' });
export const commitArgs = z.object({ to: u64 }).meta({ id: 'CommitArgs' });
export const applyArgs = z.object({
  to: u64.optional().describe('No further than this, and never beyond the commit index: one that lies beyond it means the commit index. Absent: up to the commit index.'),
  step: z.boolean().optional().describe('True: up to the first entry of which there is a result, or to the end. What is passed without a result does not count, and no results mean that there is nothing left.'),
}).meta({ id: 'ApplyArgs' });
export const crashArmArgs = z.object({
  point: z.string().describe('One of `crashPoints`.'),
  nth: z.int().min(1).describe('Die at this passage of the point, counted from now.'),
  power: z.boolean().optional().describe('True: the power fails with it, so that what was not synced is lost, all of it unless `chance` stands beside. On a virtual disk only; on real files it is never asked.'),
  chance: z.string().min(1).optional().describe('Only beside `power`. The loss is drawn from this text and the seed of the handshake, the same from the same: of what was not synced a part survives, as a disk may have it (in another order, or torn in the middle of a write). A node that knows no such loss loses all.'),
}).meta({ id: 'CrashArmArgs' });
export const crashNowArgs = z.object({
  power: z.boolean().optional().describe('True: the power fails with it, so that what was not synced is lost. On a virtual disk only; on real files it is never asked.'),
}).meta({ id: 'CrashNowArgs' });
export const diskPathArgs = z.object({ path: z.string().describe('Below the directory of the node, with `/` between its parts.') }).meta({ id: 'DiskPathArgs' });
export const diskWriteArgs = diskPathArgs.extend({ data: hex }).meta({ id: 'DiskWriteArgs' });

// ── Members of `ok` ─────────────────────────────────────────────────────────────────────────────────────────

/** What became of one entry. */
export const applied = z.object({
  index: u64,
  outcome: z.enum(['apply', 'skip', 'drop', 'reapply']).describe('`apply`: handed to the state machine. `skip`: passed over, counts as applied from now on. `drop`, `reapply`: counted as applied before; not handed over, or again. An empty entry that is met again is a `drop`.'),
  refused: z.array(reason).optional().describe('The ordinary refusal with which the state machine answered.'),
}).meta({ id: 'Applied' });
export type AppliedMessage = z.infer<typeof applied>;

export const openReply = z.object({ crashed }).meta({ id: 'OpenReply' });
export const appendReply = z.object({ last: u64.optional().describe('Index of the last entry of the log.'), crashed }).meta({ id: 'AppendReply' });
export const applyReply = z.object({
  applied: u64.optional().describe('The applied index afterwards.'),
  results: z.array(applied).default([]).describe('In the order of the log; empty when there was nothing to apply. An entry that was applied before and is not handed over again may be left out.'),
  crashed,
}).meta({ id: 'ApplyReply' });
export const headerReply = z.object({ header: hex }).meta({ id: 'SnapshotHeaderReply' });

/** What a node says of itself. Members that a node does not know are left out, never null; checks that need them then fail as unsupported. */
export const stateReply = z.object({
  applied: u64,
  cutover: u64.describe('The recorded cutover index by which the node dispatches; "0" is none.'),
  wrap: z.boolean().describe('The wrap switch.'),
  halted: z.array(reason).nullable().describe('The reasons with which the node stopped, or null.'),
  sidecar: z.object({ index: u64, cutover: u64, storage: z.boolean(), storage_cutover: u64 }).nullable().describe('What the file says; null when there is none.'),
  keys: z.array(z.object({ id: u32, purpose: z.enum(['storage', 'raft']), epoch: u16, loaded: z.boolean(), active: z.boolean() })).describe('The keys that the sidecar lists, by ascending id; `loaded` says whether the node has the key in memory. `epoch` and `active` as the sidecar has them.'),
  epochs: z.object({ storage: u16, raft: u16 }).describe('The epochs of this load.'),
  registry: z.array(z.object({ dek_id: u32, full_node_id: u64, first_seen: u16, last_seen: u16 })).describe('By ascending dek_id, then by the low 16 bits of full_node_id.'),
  lease_ms: u64.describe('The lease ceiling.'),
  log: z.object({ first: u64, last: u64, commit: u64 }).describe('First and last index of the log ("0" when it is empty) and the commit index.'),
  chain: hex.describe('SHA-256 over (chain before, index as u64 big-endian, plain payload) of every payload handed to the state machine, each index once; 32 bytes of 0 at the beginning. One that is refused as an ordinary answer is among them, one on which the replica halts is not.'),
  ...leaderState,
}).partial().required({ applied: true }).meta({ id: 'StateReply' });
export type StateMessage = z.infer<typeof stateReply>;

const reached = z.object({ reached: z.boolean() }).meta({ id: 'CrashDisarmReply' });
const diedNow = z.object({ crashed }).meta({ id: 'CrashNowReply' });
const paths = z.object({ paths: z.array(z.string()).describe('In any order. How a store is cut into files is the node\'s affair.') }).meta({ id: 'DiskListReply' });
const content = z.object({ data: hex.nullable() }).meta({ id: 'DiskReadReply' });

/** The operations by name: arguments, members of `ok`, the level or capability that they need, and what they do. */
export const operations = {
  'open': { args: openArgs, ok: openReply, needs: 'L1', about: 'Start the node from its directory. Nothing is applied, and nothing is committed. Refused with a start-up reason.' },
  'close': { args: noArgs, ok: nothing, needs: 'L1', about: 'Stop it cleanly; also a halted one. One that is not open (it was refused, or it has died) is closed already: `ok`.' },
  'append': { args: appendArgs, ok: appendReply, needs: 'L1', about: 'Put entries into its log; they are durable when it answers. Overwrites what is there and not committed, from the first given index on.' },
  'commit': { args: commitArgs, ok: nothing, needs: 'L1', about: 'Move the commit index, which is volatile: told anew after every `open`, and never taken from what an earlier start was told.' },
  'apply': { args: applyArgs, ok: applyReply, needs: 'L1', about: 'Apply committed entries; `halted` with the index before which it stopped, and the `results` up to there. Of a node that halted before: `refused` with `replica-halted`, or `halted` again.' },
  'state': { args: noArgs, ok: stateReply, needs: 'L1', about: 'What the node says of itself; also of a halted one.' },
  'snapshot.header': { args: noArgs, ok: headerReply, needs: 'snapshot.header', about: 'The header bytes that a snapshot taken now would begin with.' },
  ...leaderOperations,
  'crash.arm': { args: crashArmArgs, ok: nothing, needs: 'crash.points', about: `Die at a point, whether the node is open already or not: a process on real files exits with status ${CRASH_STATUS}; on a virtual disk the operation answers \`crashed\`, and the node is closed.` },
  'crash.disarm': { args: noArgs, ok: reached, needs: 'crash.points', about: 'Forget what was armed, and say whether the point was reached since. On real files: whether this process has seen it.' },
  'crash.now': { args: crashNowArgs, ok: diedNow, needs: 'crash.points', about: `Die now. A process on real files exits with status ${CRASH_STATUS} and does not answer. Afterwards nothing is armed.` },
  'disk.list': { args: noArgs, ok: paths, needs: 'disk.virtual', about: 'The paths of all files on the virtual disk of the node, below its directory.' },
  'disk.read': { args: diskPathArgs, ok: content, needs: 'disk.virtual', about: 'The bytes of a file; null when it is not there.' },
  'disk.write': { args: diskWriteArgs, ok: nothing, needs: 'disk.virtual', about: 'Put a file there, durably, while the node is closed. The directories above it are made.' },
  'disk.remove': { args: diskPathArgs, ok: nothing, needs: 'disk.virtual', about: 'Remove a file, durably, while the node is closed. One that is not there is no mistake.' },
} as const satisfies Readonly<Record<string, { readonly args: z.ZodType; readonly ok: z.ZodType; readonly needs: 'L1' | 'L2' | Capability; readonly about: string }>>;
export type OperationName = keyof typeof operations;

/** The arguments of an operation, checked. */
export type OperationArgs<Name extends OperationName> = z.output<(typeof operations)[Name]['args']>;
/** The members of `ok` as an adapter writes them: what has a default may be left out. */
export type OperationAnswer<Name extends OperationName> = z.input<(typeof operations)[Name]['ok']>;

export const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);
