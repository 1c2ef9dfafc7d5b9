/**
 * Intake: accepting a proposal and appending it are two steps, with time between them, and what was accepted is accounted for
 * until it is resolved.
 *
 * Implements 6E-2/intake and 6E-2/proposal-resolved-once (spec/6E-2/intake.md). The gate in front is repair/gate's, the rule of
 * the append repair/append-rule's; whoever leads asks both, and appends.
 */
import { Refusal } from '../base/errors.js';
import type { KeyId, ProposalId, RaftIndex } from '../base/ids.js';
import type { LogEntry } from '../base/log-entry.js';
import type { Proposal } from '../base/proposal-envelope.js';
import type { SourceTag } from './caller-classes.js';

/** Where an entry stands, and the id in its proposal envelope (null: it has none). */
export interface Standing {
  readonly index: RaftIndex;
  readonly term: bigint;
  readonly proposal: ProposalId | null;
}

/**
 * A user proposal is counted in flight from its acceptance on. Counted from the append on, one that waits for it would not be seen.
 *
 * @clause 6E-2/barrier-2-drain 6E-2/intake
 */
export const countedFromAcceptance = (): 'acceptance' => 'acceptance';

/**
 * As proposed, it is in flight until its call returns: when it is applied, or given up.
 *
 * @clause 6E-2/barrier-2-drain
 */
export const countedUntilApplied = (): 'apply' => 'apply';

/**
 * It is in flight until it is appended: from there on it stands below the cutover entry.
 *
 * @clause 6E-2/barrier-2-drain repair/gate
 */
export const countedUntilAppended = (): 'append' => 'append';

/**
 * A proposal gets the form of the wrap switch when it is accepted, and keeps it.
 *
 * @clause 6E-2/wrap-switch 6E-2/intake
 */
export const formBySwitch = (wrap: boolean): 'plain' | 'sealed' => wrap ? 'sealed' : 'plain';

/**
 * A proposal that was accepted in one term is not appended in a later one.
 *
 * @clause 6E-2/intake repair/append-rule
 */
export const diesWithTerm = (): boolean => false;

/**
 * An entry is that of a proposal if it stands where that was appended, in the term in which it was. Ids begin anew in every process.
 *
 * @clause 6E-2/proposal-resolved-once
 */
export const standsWhereAppended = (appended: Standing, applied: Standing): boolean => appended.index === applied.index && appended.term === applied.term;

/** What becomes of a ticket. */
export type TicketState = 'accepted' | 'admitted' | 'done' | 'refused' | 'cancelled' | 'lost' | 'unknown';

/** A proposal that was accepted. */
export interface Accepted {
  readonly tag: SourceTag;
  readonly proposal: ProposalId;
  /** The data of its entry, in the form that it keeps; none once the ticket has ended. */
  readonly data: Uint8Array;
  /** The key under which it is wrapped; null: it is plain. */
  readonly key: KeyId | null;
  /** A plain one may be a cutover entry, whoever brings it. */
  readonly cutoverEntry: boolean;
}

/** Its ticket, as it stands. */
export interface Ticket extends Accepted {
  readonly name: string;
  readonly state: TicketState;
  /** Where it was appended. */
  readonly standing: Standing | null;
  /** Why it was not appended, or the ordinary refusal with which the state machine answered. */
  readonly refused: Refusal | null;
}

const NO_DATA = new Uint8Array();

/** What the intake builds on. */
export interface IntakeParts {
  readonly decodeProposal: (data: Uint8Array) => Proposal;
  readonly countedFrom: () => 'acceptance' | 'append';
  readonly countedUntil: () => 'append' | 'apply';
  readonly outlivesTerm: () => boolean;
  readonly isOwnEntry: (appended: Standing, applied: Standing) => boolean;
}

/**
 * The tickets of one start, in the order in which they were given.
 *
 * @clause 6E-2/intake 6E-2/barrier-2-drain 6E-2/proposal-resolved-once
 */
export class Intake {
  readonly #ops: IntakeParts;
  readonly #tickets = new Map<string, Ticket>();
  /** Those that have not ended. */
  readonly #open = new Set<string>();

  constructor(ops: IntakeParts) {
    this.#ops = ops;
  }

  tickets(): readonly Ticket[] {
    return [...this.#tickets.values()];
  }

  find(name: string): Ticket | null {
    return this.#tickets.get(name) ?? null;
  }

  /** The user proposals in flight: what the drain waits for. */
  get inFlight(): number {
    const [waiting, appended] = [this.#ops.countedFrom() === 'acceptance', this.#ops.countedUntil() === 'apply'];
    return this.#opened().filter(({ tag, standing }) => tag === 'user' && (standing === null ? waiting : appended)).length;
  }

  /** It passed the gate and has its form: from here on it is counted. */
  accept(name: string, accepted: Accepted): Ticket {
    this.#open.add(name);
    return this.#put({ ...accepted, name, state: 'accepted', standing: null, refused: null });
  }

  /** It is about to stand in the log: whether it does, nobody knows until the log answers. */
  admitted(ticket: Ticket, { index, term }: Omit<Standing, 'proposal'>): void {
    this.#put({ ...ticket, state: 'admitted', standing: { index, term, proposal: ticket.proposal } });
  }

  /** The rule of the append said no: nothing was appended, and nothing will be. */
  refused(ticket: Ticket, refusal: Refusal): void {
    this.#end(ticket, 'refused', refusal);
  }

  /** Its caller goes. What was appended stays, and nobody waits for it. */
  cancel(ticket: Ticket): void {
    if (ticket.state === 'accepted') this.#end(ticket, 'cancelled');
    else if (ticket.state === 'admitted') this.#end(ticket, 'unknown');
  }

  /** An entry was applied: one proposal at most is resolved by it, with the result of that entry. */
  applied(entry: LogEntry, refusal: Refusal | null): void {
    const admitted = this.#opened().filter(({ standing }) => standing !== null);
    if (admitted.length === 0) return;
    const applied: Standing = { index: entry.index, term: entry.term, proposal: this.#proposalOf(entry) };
    for (const ticket of admitted) {
      if (ticket.standing === null) continue;
      if (this.#ops.isOwnEntry(ticket.standing, applied)) this.#end(ticket, 'done', refusal);
      // Another entry at its place: its own never will be applied.
      else if (ticket.standing.index === applied.index) this.#end(ticket, 'lost');
    }
  }

  /** The term is over. What was appended in it may be applied yet. */
  termLost(): void {
    for (const ticket of this.#opened()) {
      if (ticket.state === 'admitted') this.#end(ticket, 'unknown');
      else if (!this.#ops.outlivesTerm()) this.#end(ticket, 'lost');
    }
  }

  /** The replica halted: none is resolved as done. */
  halted(): void {
    for (const ticket of this.#opened()) this.#end(ticket, ticket.state === 'admitted' ? 'unknown' : 'lost');
  }

  #opened(): readonly Ticket[] {
    return [...this.#open].flatMap((name) => this.#tickets.get(name) ?? []);
  }

  #proposalOf({ type, data }: LogEntry): ProposalId | null {
    if (type !== 'normal' || data.length === 0) return null;
    try {
      return this.#ops.decodeProposal(data).id;
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }

  #end(ticket: Ticket, state: TicketState, refused: Refusal | null = null): void {
    this.#open.delete(ticket.name);
    this.#put({ ...ticket, data: NO_DATA, state, refused });
  }

  #put(ticket: Ticket): Ticket {
    this.#tickets.set(ticket.name, ticket);
    return ticket;
  }
}
