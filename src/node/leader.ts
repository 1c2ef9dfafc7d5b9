/**
 * Leader: what a replica does that the raft core above it has made leader of a term. It takes proposals, appends them, and runs
 * the calls of the cutover; what is replicated, what is committed and who leads is decided above.
 *
 * Implements base/leader-role (spec/base/leader.md) and 6E-2/intake (spec/6E-2/intake.md), whose numbers stand beside the lines.
 * The way into the log is in append-point.ts, the calls of the cutover in cutover-calls.ts.
 */
import type { Reason } from '../../spec/reasons.js';
import { isCutoverPayload } from '../6E-1/cutover-entry.js';
import type { CallerClass, SourceTag } from '../6E-2/caller-classes.js';
import { Intake, type Ticket, type TicketState } from '../6E-2/intake.js';
import { Refusal, refuse } from '../base/errors.js';
import type { RaftIndex } from '../base/ids.js';
import { checkLeads, checkReady } from '../base/leader-role.js';
import type { LogEntry } from '../base/log-entry.js';
import { gateStops, passGate } from '../repair/gate.js';
import { checkTransfer } from '../repair/no-transfer.js';
import { AppendPoint } from './append-point.js';
import type { Operations } from './compose.js';
import { CutoverCalls, type CallReport, type StepReport } from './cutover-calls.js';
import type { LogWatcher, Replica } from './replica.js';

/** What a replica says of its leader side, whether it leads or not. */
export interface LeaderState {
  readonly role: 'leader' | 'follower';
  /** The highest term that this start has led or followed in; 0: none. */
  readonly term: bigint;
  /** Is the gate open to proposals of a tag? */
  readonly gate: { readonly users: boolean; readonly admins: boolean };
  readonly inFlight: number;
  /** In the order in which they were given. */
  readonly tickets: readonly {
    readonly ticket: string; readonly state: TicketState; readonly index: RaftIndex | null; readonly refused: readonly Reason[] | null;
  }[];
}

/**
 * The leader side of one open replica.
 *
 * Its operations and those of the replica that append, apply or install are called one after the other: each when the one before
 * has answered. They look at the log first and wait for the disk then, so that two at once would take the same index, or see an
 * entry applied whose cutover is not in memory yet. Whoever serves several callers puts them into one queue; a second append throws.
 *
 * @clause base/leader-role 6E-2/intake 6E-2/proposal-resolved-once repair/gate repair/no-transfer
 */
export class Leader implements LogWatcher {
  readonly #ops: Operations;
  readonly #replica: Replica;
  readonly #prefix: string;
  readonly #point: AppendPoint;
  readonly #intake: Intake;
  readonly #calls: CutoverCalls;

  private constructor(ops: Operations, replica: Replica, prefix: string) {
    this.#ops = ops;
    this.#replica = replica;
    this.#prefix = prefix;
    this.#point = new AppendPoint(ops, replica);
    this.#intake = new Intake(ops);
    this.#calls = new CutoverCalls(ops, { replica, point: this.#point, intake: this.#intake, prefix });
  }

  /**
   * The leader side of a replica that has just been opened: a follower of no term.
   *
   * @param prefix what the names of its tickets and calls begin with
   * @throws Refusal `log-unreadable`
   */
  static async open(ops: Operations, replica: Replica, prefix = ''): Promise<Leader> {
    const leader = new Leader(ops, replica, prefix);
    // Whoever leads next has to know of the cutover entries that the log holds already.
    for await (const entries of replica.unapplied()) leader.appended(entries);
    replica.watch(leader);
    return leader;
  }

  // Role

  /**
   * Leads in a term, and answers with the empty entry of the term; it is durable.
   *
   * @throws Refusal `term-old`, `log-unreadable`, `replica-halted`, and nothing has changed; `store-failure`, and the replica has halted
   */
  async lead(term: bigint): Promise<LogEntry> {
    this.#ops.refuseHalted(this.#replica.halted);
    // 1. A term above every other.
    this.#point.checkTerm(term);
    // 2. What was accepted in an earlier one.
    this.#loseTerm();
    // 3. The empty entry of the term.
    const entry = await this.#point.lead(term);
    this.#replica.sealing.termBegins();
    return entry;
  }

  /**
   * Leads no more. Whether the term is one to follow in, the raft core has decided.
   *
   * @param term that of the new leader; null: there is none yet
   * @throws Refusal `replica-halted`
   */
  async follow(term: bigint | null): Promise<void> {
    this.#ops.refuseHalted(this.#replica.halted);
    this.#loseTerm();
    this.#point.follow(term);
  }

  /**
   * Would it hand its leadership over?
   *
   * @throws Refusal `not-leader`, `cutover-in-progress`, `replica-halted`
   */
  async transfer(): Promise<void> {
    this.#ops.refuseHalted(this.#replica.halted);
    checkLeads(this.#point.leads);
    checkTransfer(this.#ops, this.#point.pending);
  }

  // Intake

  /**
   * Takes a proposal: from here on it is counted, and has its form. Nothing is appended; where it refuses, nothing is counted.
   *
   * @param caller who proposes, which gives the source tag
   * @param data the plain payload; null: the registration of this load
   * @throws Refusal `not-leader`, `leader-not-ready`, `cutover-in-progress`, `writer-not-registered`, `write-count-exhausted`, `key-not-loaded`, `not-bootstrapped`,
   *   `replica-halted`; or why the epoch of this term could not be raised (`local-epoch-exhausted`, of the sidecar)
   */
  async propose(caller: CallerClass, data: Uint8Array | null): Promise<{ readonly ticket: string }> {
    this.#ops.refuseHalted(this.#replica.halted);
    // 1. Only a leader takes proposals.
    checkLeads(this.#point.leads);
    checkReady(this.#ops.mayTakeInTerm(caller, this.#point.ownTermApplied), 'repair/append-rule');
    // 2. The gate. Nothing comes between here and the ticket: test and count are one step.
    const tag = this.#ops.sourceTag(caller);
    passGate(this.#ops, this.#calls.gate, tag);
    // 3. The form.
    const { sealing } = this.#replica;
    const plain = data ?? sealing.registration();
    const { payload, key } = this.#ops.formAtAcceptance(sealing.on) === 'sealed' ? sealing.seal(plain) : { payload: plain, key: null };
    const proposal = this.#point.nextProposal();
    const name = `${this.#prefix}t${proposal}`;
    this.#intake.accept(name, {
      tag, proposal, key, data: this.#ops.encodeProposal({ id: proposal, payload }), cutoverEntry: key === null && isCutoverPayload(this.#ops, payload),
    });
    return { ticket: name };
  }

  /**
   * Appends the proposal of a ticket, behind the last entry and in the term that it leads; it is durable when it answers.
   *
   * @throws Refusal `not-leader` and `cutover-in-progress`, `cutover-already-active`, `form-not-due` of the rule of the append, `replica-halted`, and why the
   *   ticket has ended (`call-expired`, `not-leader`, or the refusal that it met): it is not appended. `store-failure`: nobody knows, and the replica has halted
   */
  async admit(name: string): Promise<LogEntry> {
    this.#ops.refuseHalted(this.#replica.halted);
    const ticket = this.#ticket(name);
    refuseEnded(ticket);
    checkLeads(this.#point.leads);
    // 4. The append.
    try {
      return await this.#point.put(ticket.data, ticket, (entry) => { this.#intake.admitted(ticket, entry); });
    } catch (error) {
      if (error instanceof Refusal && this.#ticket(name).state === 'accepted') this.#intake.refused(ticket, error);
      throw error;
    }
  }

  /** The caller of a ticket goes; also on a replica that halted. A ticket that has ended stays as it is. */
  async cancel(name: string): Promise<void> {
    this.#intake.cancel(this.#ticket(name));
  }

  // The calls of the cutover

  /**
   * The checks of a call and step 1 of the barrier, or the answer that it was active already.
   *
   * @throws Refusal `not-leader`, `not-bootstrapped`, `cutover-in-progress`, `cutover-without-6e-2`, `leader-not-ready`, `replica-halted`; of a sidecar that
   *   cannot be read. Nothing is held then
   */
  async begin(): Promise<CallReport & { readonly call: string }> {
    this.#ops.refuseHalted(this.#replica.halted);
    return this.#calls.begin();
  }

  /** Exactly one step of a call, or what it waits for. @throws Refusal `store-failure`, and the replica has halted; of a sidecar that cannot be read */
  async step(call: string): Promise<StepReport> {
    return await this.#calls.step(call);
  }

  /** Where a call stands; nothing changes. */
  async poll(call: string): Promise<CallReport> {
    return this.#calls.poll(call);
  }

  /** The caller of a call goes, and takes its answer with it. Behind the append the steps go on. */
  async expire(call: string): Promise<CallReport> {
    return this.#calls.expire(call);
  }

  /** Time goes by: a hold may run out. */
  async tick(ms: bigint): Promise<void> {
    this.#calls.tick(ms);
  }

  // What the replica tells it

  appended(entries: readonly LogEntry[]): void {
    this.#point.appended(entries);
  }

  applied(entry: LogEntry, refused: Refusal | null): void {
    this.#intake.applied(entry, refused);
    // Step 2 of repair/fresh-epoch: it has seen every row that there is.
    if (this.#point.isFirst(entry)) this.#replica.sealing.termApplied();
  }

  /** A snapshot was installed, which no leader needs: who takes one follows. */
  installed(): void {
    this.#loseTerm();
    this.#point.follow(null);
    this.#point.appended([]);
  }

  /** The replica halted: it leads nothing any more, and nothing is resolved as done. */
  halted(refusal: Refusal): void {
    this.#intake.halted();
    this.#calls.endAll('halted', refusal);
    this.#point.follow(null);
  }

  /** Also of a follower, and of a replica that halted. */
  state(): LeaderState {
    const open = (tag: SourceTag): boolean => !gateStops(this.#ops, this.#calls.gate, tag);
    return {
      role: this.#point.leads ? 'leader' : 'follower', term: this.#point.seen,
      gate: { users: open('user'), admins: open('encryption_admin') },
      inFlight: this.#intake.inFlight,
      tickets: this.#intake.tickets().map(({ name, state, standing, refused }) => ({
        ticket: name, state, index: standing && standing.index, refused: refused && refused.reasons,
      })),
    };
  }

  /** The term that it leads is over, and with it the calls, their holds and the proposals of the term. */
  #loseTerm(): void {
    if (!this.#point.leads) return;
    this.#intake.termLost();
    this.#calls.endAll('term-lost',
      new Refusal('not-leader', { clause: 'base/leader-role', field: 'term', expected: 'the one in which the call began', got: 'another' }));
  }

  #ticket(name: string): Ticket {
    const ticket = this.#intake.find(name);
    if (ticket === null) throw new Error(`this start has given no ticket "${name}"`);
    return ticket;
  }
}

/**
 * The leader side of a replica that has just been opened.
 *
 * @clause base/leader-role
 * @throws Refusal `log-unreadable`
 */
export const openLeader = (ops: Operations, replica: Replica, prefix?: string): Promise<Leader> => Leader.open(ops, replica, prefix);

/** @throws Refusal: why a ticket has ended */
function refuseEnded({ state, refused }: Ticket): void {
  switch (state) {
    case 'accepted':
      return;
    case 'refused':
      if (refused !== null) throw refused;
      return;
    case 'lost':
      return refuse('not-leader', { clause: '6E-2/intake', field: 'ticket', expected: 'one of this term', got: 'one that was lost' });
    case 'admitted': case 'done': case 'cancelled': case 'unknown':
      return refuse('call-expired', { clause: '6E-2/proposal-resolved-once', field: 'ticket', expected: 'one that waits for its append', got: `one that is ${state}` });
  }
}
