/**
 * The apply hook: what a replica does with one committed entry. This is where the cutover is felt: an entry whose index
 * is above it is unwrapped before the state machine sees it.
 *
 * Implements 6E-2/decode-first, 6E-2/undecodable-entry-skipped, 6E-2/dispatch-is-strict, 6E-2/unset-cutover-is-infinity,
 * 6E-2/unwrap-failure-halts, 6E-2/membership-entry-plain and 6E-2/ordinary-error-advances (spec/6E-2/apply-hook.md). Nothing
 * here is durable and nothing waits: whoever calls it moves the applied index when it answers.
 */
import { Refusal } from '../base/errors.js';
import type { Dispatched } from '../base/fsm-dispatch.js';
import type { ProposalId, RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import type { Proposal } from '../base/proposal-envelope.js';

/** "No cutover" as an index that none is above. */
const NEVER = 0xffff_ffff_ffff_ffffn as RaftIndex;

/**
 * The index above which entries are unwrapped. The sidecar writes "no cutover" as 0, which acts as infinity.
 *
 * @clause 6E-2/unset-cutover-is-infinity
 */
export const dispatchBoundary = (recorded: RaftIndex): RaftIndex => (recorded === 0n ? NEVER : recorded);

/**
 * The dispatch rule, on which every replica decides alike: strictly above. The cutover entry itself is plain.
 *
 * @clause 6E-2/dispatch-is-strict
 */
export const mustUnwrap = (index: RaftIndex, boundary: RaftIndex): boolean => index > boundary;

/**
 * What becomes of an entry that is no proposal.
 *
 * @clause 6E-2/undecodable-entry-skipped
 */
export const onUndecodable = (): 'skip' => 'skip';

/**
 * What becomes of an entry above the cutover that does not unwrap. Passing over it would let the replicas drift apart.
 *
 * @clause 6E-2/unwrap-failure-halts
 */
export const onUnwrapFailure = (): 'halt' => 'halt';

/**
 * What becomes of an entry to which the state machine answers with an error, without asking for a halt.
 *
 * @clause 6E-2/ordinary-error-advances
 */
export const onOrdinaryError = (): 'advance' => 'advance';

/** An entry as the raft core hands it over. `other` is what it may keep in its log beside the two kinds that mean something here. */
export interface CommittedEntry {
  readonly index: RaftIndex;
  readonly type: 'normal' | 'conf-change' | 'other';
  readonly data: Uint8Array;
}

/** By what an entry is dispatched. */
export interface Dispatch {
  /** The index above which entries are unwrapped. */
  readonly boundary: RaftIndex;
  /** Null where no cipher is wired. */
  readonly keys: KeyStore | null;
}

/** What the hook builds on. */
export interface HookParts {
  readonly decodeProposal: (data: Uint8Array) => Proposal;
  readonly raftUnwrap: (keys: KeyStore, envelope: Uint8Array) => Uint8Array;
  readonly checkMembershipEntry: (data: Uint8Array) => void;
  readonly mustUnwrap: typeof mustUnwrap;
  readonly onUndecodable: () => 'skip' | 'halt';
  readonly onUnwrapFailure: () => 'halt' | 'skip';
}

/** An entry up to the point where its payload is plain. `nothing`: there is no payload to hand over. */
export type OpenedEntry =
  | { readonly opened: 'payload'; readonly proposal: ProposalId; readonly payload: Uint8Array }
  | { readonly opened: 'nothing' }
  | { readonly opened: 'halt'; readonly refusal: Refusal };

const NOTHING: OpenedEntry = { opened: 'nothing' };

/**
 * Steps 1 to 3: from the data of an entry to its plain payload.
 *
 * @clause 6E-2/decode-first 6E-2/undecodable-entry-skipped 6E-2/dispatch-is-strict 6E-2/unwrap-failure-halts 6E-2/membership-entry-plain
 */
export function openEntry(ops: HookParts, { index, type, data }: CommittedEntry, { boundary, keys }: Dispatch): OpenedEntry {
  // A membership entry is the raft core's own encoding: it is never unwrapped, and must only parse.
  if (type === 'conf-change') return attempt(() => (ops.checkMembershipEntry(data), NOTHING), 'halt');
  // 1. A new leader's empty entry. (And what the raft core keeps in its log beside entries.)
  if (type === 'other' || data.length === 0) return NOTHING;
  // 2. The proposal envelope, around whatever is wrapped. No proposal: passed over, above the cutover too, and without a cipher too.
  const proposal = attempt(() => decoded(ops, data), ops.onUndecodable());
  if (proposal.opened !== 'payload' || !ops.mustUnwrap(index, boundary)) return proposal;
  // 3. Above the cutover: unwrapped, or the replica stops before this entry.
  return attempt(() => ({ ...proposal, payload: unwrap(ops, keys, proposal.payload) }), ops.onUnwrapFailure());
}

function decoded(ops: HookParts, data: Uint8Array): OpenedEntry {
  const { id, payload } = ops.decodeProposal(data);
  return { opened: 'payload', proposal: id, payload };
}

/** @throws Refusal with the outer mark `raft-unwrap-failed` */
function unwrap(ops: HookParts, keys: KeyStore | null, envelope: Uint8Array): Uint8Array {
  if (keys === null) {
    throw new Refusal('raft-unwrap-failed', { clause: '6E-2/unwrap-failure-halts', field: 'cipher', expected: 'one, above the cutover', got: 'none' });
  }
  try {
    return ops.raftUnwrap(keys, envelope);
  } catch (error) {
    throw error instanceof Refusal ? error.marked('raft-unwrap-failed') : error;
  }
}

function attempt(step: () => OpenedEntry, onRefusal: 'halt' | 'skip'): OpenedEntry {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return onRefusal === 'halt' ? { opened: 'halt', refusal: error } : NOTHING;
  }
}

/** The state machine as the hook sees it. */
export interface StateMachine<Answer> {
  /** Does a payload change only what lives in memory? */
  isVolatile(payload: Uint8Array): boolean;
  /** The index of the payload that is handed over next. */
  setIndex(index: RaftIndex): void;
  apply(payload: Uint8Array): Dispatched<Answer>;
}

/** What became of an entry: handed over and counted, passed over and counted, handed over again or dropped as counted before, or the replica stops before it. */
export type AppliedEntry<Answer> =
  | { readonly outcome: 'apply' | 'reapply'; readonly proposal: ProposalId; readonly payload: Uint8Array; readonly answer: Dispatched<Answer> }
  | { readonly outcome: 'skip' | 'drop' }
  | { readonly outcome: 'halt'; readonly refusal: Refusal; /** The payload, when the state machine saw it. */ readonly payload: Uint8Array | null };

/** What applying an entry builds on. */
export interface ApplyParts {
  readonly openEntry: (entry: CommittedEntry, dispatch: Dispatch) => OpenedEntry;
  readonly onDuplicate: (volatile: boolean) => 'reapply' | 'drop' | 'apply';
  readonly onOrdinaryError: () => 'advance' | 'halt';
}

/**
 * Takes one entry through the hook. Step 6 is the caller's: after `apply` and `skip` the applied index moves on, after
 * `reapply`, `drop` and `halt` it stays.
 *
 * @clause 6E-2/decode-first 6E-2/unwrap-failure-halts 6E-2/replay-from-applied 6E-2/ordinary-error-advances
 *   repair/no-sealed-bytes
 * @param applied the index up to which entries count as applied
 */
export function applyEntry<Answer>(
  ops: ApplyParts, entry: CommittedEntry, applied: RaftIndex, dispatch: Dispatch, machine: StateMachine<Answer>,
): AppliedEntry<Answer> {
  const duplicate = entry.index <= applied;
  // 1. to 3. Also for a duplicate: whether it is volatile is seen in its plain payload.
  const opened = ops.openEntry(entry, dispatch);
  if (opened.opened === 'halt') return { outcome: 'halt', refusal: opened.refusal, payload: null };
  if (opened.opened === 'nothing') return { outcome: duplicate ? 'drop' : 'skip' };
  const { proposal, payload } = opened;
  // 4. A duplicate is dropped, or handed over again without its index.
  const treatment = duplicate ? ops.onDuplicate(machine.isVolatile(payload)) : 'apply';
  if (treatment === 'drop') return { outcome: 'drop' };
  // 5. The index, then the payload.
  if (treatment === 'apply') machine.setIndex(entry.index);
  const answer = machine.apply(payload);
  if (answer.verdict === 'halted') return { outcome: 'halt', refusal: answer.refusal, payload };
  if (answer.verdict === 'refused' && ops.onOrdinaryError() === 'halt') return { outcome: 'halt', refusal: answer.refusal, payload };
  return { outcome: treatment, proposal, payload, answer };
}
