/**
 * Operations of the node adapter protocol at level L2: a node that leads over a log of which the suite is the consensus layer.
 *
 * The suite says who leads in which term, carries what the leader appends to the others, and says what is committed. The
 * node decides what it takes, in which form, and when: accepting a proposal and appending it are two requests, and so is
 * each step of the cutover, so that whatever can come between them can be asked for. Snapshots are a capability of their own.
 */
import { z } from 'zod';
import { crashed, logEntry, noArgs, unlessCrashed } from './shared.js';
import { hex, positiveU64, u32, u64 } from './values.js';

const reasonsOfNo = z.array(z.string().min(1)).min(1).describe('The cause first, then its outer marks; compared as a set.');

/** Who proposes: the classes of callers, each with what it is. By its class the gate knows whom to hold. */
export const CALLERS = {
  'client-write': 'A write of a client, made at this node.',
  'forwarded-write': 'A write of a client, forwarded by another node.',
  'lease-renewal': 'The leader renews its lease by itself.',
  'registration': 'A node registers itself as a writer. Without `data` it is the registration of this node, which it makes itself: its active raft key and the raft epoch of this load.',
  'pre-registration': 'The leader registers a new member.',
  'rotation': 'A key is rotated.',
  'storage-cutover': 'The storage envelope is enabled.',
  'bootstrap': 'The first keys.',
} as const;
export type Caller = keyof typeof CALLERS;
const caller = z.enum(Object.keys(CALLERS) as [Caller, ...Caller[]])
  .meta({ id: 'Caller', description: Object.entries(CALLERS).map(([name, about]) => `\`${name}\`: ${about}`).join(' ') });

/** The phases of the cutover, in their order; the last step leads back to the first. */
export const PHASES = ['idle', 'gated', 'drained', 'proposed', 'applied', 'switched'] as const;
export type Phase = (typeof PHASES)[number];
const phase = z.enum(PHASES).meta({ id: 'CutoverPhase', description: 'Where a call of the cutover stands.' });

/** What becomes of a ticket. */
export const TICKET_STATES = {
  accepted: 'In flight, and not appended.',
  admitted: 'Appended, and not resolved.',
  done: 'Its own entry was applied; with `refused`, where the state machine refused it as an ordinary answer.',
  refused: 'Not appended, and it never will be: the rules of the append say no, and `refused` why.',
  cancelled: 'Not appended, and it never will be: its caller went.',
  lost: 'It had no effect and never will: the node lost the term before it was appended, or another entry was applied in its place.',
  unknown: 'Appended, and nobody knows: the node halted or lost the term, or the caller went.',
} as const;
export type TicketState = keyof typeof TICKET_STATES;

/** What the caller of the cutover is told. Once it was told, it stays. */
export const cutoverAnswer = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('applied'), index: positiveU64.describe('N, the recorded cutover.'),
    already: z.boolean().describe('True: it had been applied before the call.'),
  }),
  z.object({ is: z.literal('not-appended'), reasons: reasonsOfNo }),
  z.object({ is: z.literal('unknown') }),
]).meta({
  id: 'CutoverAnswer',
  description: '`applied`: the cutover is at N. `not-appended`: this call has no effect and never will. `unknown`: it may take effect, or have done so; a later call tells.',
});
export type CutoverAnswerMessage = z.infer<typeof cutoverAnswer>;

// ── Arguments ───────────────────────────────────────────────────────────────────────────────────────────────

export const roleArgs = z.union([
  z.object({ is: z.literal('leader'), term: positiveU64.describe('Above every term that the node led or follows; the suite gives a term to one node alone.') }),
  z.object({ is: z.literal('follower'), term: positiveU64.optional().describe('That of the new leader, where there is one.') }),
]).meta({ id: 'RoleArgs' });
export const proposeArgs = z.object({
  source: caller,
  data: hex.optional().describe('The plain payload with its first byte. Only of `registration` it may be left out.'),
}).meta({ id: 'ProposeArgs' });
const ticket = z.string().min(1).max(64).describe('As `propose` gave it: the node\'s own, and given once in the life of its process.');
export const ticketArgs = z.object({ ticket }).meta({ id: 'TicketArgs' });
const call = z.string().min(1).max(64).describe('As `cutover.begin` gave it: the node\'s own, and given once in the life of its process.');
export const callArgs = z.object({ call }).meta({ id: 'CallArgs' });
export const transferArgs = z.object({ to: z.string().min(1).describe('The node that shall lead, by its raft id.') }).meta({ id: 'TransferArgs' });
export const tickArgs = z.object({ ms: u32.describe('So many milliseconds go by, for holds and for calls.') }).meta({ id: 'TickArgs' });

// ── Members of `ok` ─────────────────────────────────────────────────────────────────────────────────────────

const done = z.object({ crashed });
export const roleReply = z.object({
  entry: logEntry.optional().describe('Of a new leader: the empty entry of its term, which stands behind the last of its log and is durable.'),
  crashed,
}).meta({ id: 'RoleReply' });
export const proposeReply = unlessCrashed(z.object({ ticket })).meta({ id: 'ProposeReply' });
export const admitReply = unlessCrashed(z.object({
  index: positiveU64, term: positiveU64, data: hex.describe('The data of the entry as they stand in the log.'),
})).meta({ id: 'AdmitReply' });
const answer = cutoverAnswer.optional().describe('What the caller is told, as soon as it can be told.');
export const beginReply = unlessCrashed(z.object({ call, phase, answer })).meta({ id: 'CutoverBeginReply' });
export const stepReply = unlessCrashed(z.object({
  phase,
  waits: z.string().min(1).max(64).optional().describe('Nothing was done: what has to come first, in a word of the node\'s own, such as "drain" or "apply".'),
  entry: logEntry.optional().describe('Of the step that appends: the cutover entry.'),
  answer,
})).meta({ id: 'CutoverStepReply' });
export const pollReply = unlessCrashed(z.object({ phase, answer })).meta({ id: 'CutoverPollReply' });
export const expireReply = unlessCrashed(z.object({ phase, answer: cutoverAnswer })).meta({ id: 'CutoverExpireReply' });

/** A snapshot: its last index and that entry's term, and its bytes. */
export const snapshotMessage = z.object({
  index: positiveU64, term: positiveU64,
  data: hex.describe('The header, and behind it what the node writes of its state: its own affair.'),
});
export type SnapshotMessage = z.infer<typeof snapshotMessage>;
export const takeReply = unlessCrashed(snapshotMessage).meta({ id: 'SnapshotTakeReply' });
export const installReply = unlessCrashed(z.object({ applied: u64.describe('The applied index afterwards.') })).meta({ id: 'SnapshotInstallReply' });

// ── What a node says of itself beyond level L1 ──────────────────────────────────────────────────────────────

const door = z.enum(['open', 'closed']);
/** Members of the answer to `state`, beside those of level L1. */
export const leaderState = {
  role: z.object({ is: z.enum(['leader', 'follower']), term: u64 }).describe('What the node is, and the highest term that it knows since it was started; "0" is none.'),
  gate: z.object({ users: door, admins: door }).describe('Whether a proposal of a caller with this tag would be taken now, as far as the gate goes.'),
  in_flight: z.int().min(0).describe('The proposals that are counted in flight, so that the drain waits for them.'),
  tickets: z.array(z.object({
    ticket,
    state: z.enum(Object.keys(TICKET_STATES) as [TicketState, ...TicketState[]])
      .describe(Object.entries(TICKET_STATES).map(([name, about]) => `\`${name}\`: ${about}`).join(' ')),
    index: positiveU64.optional().describe('Where it was appended.'),
    refused: reasonsOfNo.optional(),
  })).describe('The tickets that were given since the node was started, in the order in which they were given.'),
};

/** By name, as those of level L1. */
export const leaderOperations = {
  'role': { args: roleArgs, ok: roleReply, needs: 'L2', about: 'Lead in this term, or follow. A new leader puts the empty entry of its term into its log. Refused with `term-old` for a term that is not above those that it knows. A node that was started follows.' },
  'propose': { args: proposeArgs, ok: proposeReply, needs: 'L2', about: 'Take a proposal: it gets a ticket, is in flight from now on, and keeps the form in which it was taken. Nothing is appended. Refused: the gate is closed to its caller, the node does not lead, or it cannot seal.' },
  'admit': { args: ticketArgs, ok: admitReply, needs: 'L2', about: 'Append the proposal of a ticket, behind the last entry and in the term that the node leads: the only way in which it gets into the log. It is durable when it answers. Refused: the rules of the append say no, or the ticket has ended; then it is never appended.' },
  'cancel': { args: ticketArgs, ok: done, needs: 'L2', about: 'The caller goes. What was not appended never will be; what was appended stays. Of a ticket that has ended: nothing happens.' },
  'cutover.begin': { args: noArgs, ok: beginReply, needs: 'L2', about: 'A call that is to enable the raft envelope: its checks, and the first step. Refused: nothing was done and nothing appended.' },
  'cutover.step': { args: callArgs, ok: stepReply, needs: 'L2', about: 'Exactly one further step of the call, or what it waits for. The step from `drained` appends the cutover entry.' },
  'cutover.poll': { args: callArgs, ok: pollReply, needs: 'L2', about: 'Where the call stands, and what its caller was told; nothing changes.' },
  'cutover.expire': { args: callArgs, ok: expireReply, needs: 'L2', about: 'The caller goes, and takes its answer with it. What was begun by appending the cutover entry goes on.' },
  'transfer': { args: transferArgs, ok: done, needs: 'L2', about: 'Ask the leader to give leadership to another node. `ok`: it would; the suite then says who leads.' },
  'tick': { args: tickArgs, ok: done, needs: 'L2', about: 'Let time go by. There is no other clock for holds and calls.' },
  'snapshot.take': { args: noArgs, ok: takeReply, needs: 'snapshot', about: 'Take a snapshot at the applied index. Nothing else changes.' },
  'snapshot.install': { args: snapshotMessage, ok: installReply, needs: 'snapshot', about: 'Take over a snapshot of another node of this implementation; it is durable when it answers. Refused: nothing has changed.' },
} as const;
