/**
 * The point of append: where a leader puts an entry into its own log, and the term in which it may. There is no other way in, so
 * that the rule of the append is asked in one step with it.
 *
 * Implements base/leader-role (spec/base/leader.md) as far as the log goes, and step 4 of 6E-2/intake (spec/6E-2/intake.md); the
 * rule itself is in repair/append-rule.ts.
 */
import { CutoverEntries } from '../6E-1/cutover-entry.js';
import type { ProposalId, RaftIndex } from '../base/ids.js';
import { checkLeads, checkTerm } from '../base/leader-role.js';
import type { LogEntry } from '../base/log-entry.js';
import { checkAppend, type AppendedForm } from '../repair/append-rule.js';
import type { Operations } from './compose.js';
import type { Replica } from './replica.js';

/**
 * The role of one replica, and its way into the log.
 *
 * @clause base/leader-role 6E-2/intake repair/append-rule
 */
export class AppendPoint {
  readonly #ops: Operations;
  readonly #replica: Replica;
  readonly #cutoverEntries: CutoverEntries;
  /** The term that it leads, and the index of the empty entry with which that begins. */
  #leads: { readonly term: bigint; readonly first: RaftIndex } | null = null;
  #seen = 0n;
  #proposals = 0n;

  constructor(ops: Operations, replica: Replica) {
    this.#ops = ops;
    this.#replica = replica;
    this.#cutoverEntries = new CutoverEntries(ops);
  }

  get leads(): boolean {
    return this.#leads !== null;
  }

  /** The highest term that this start has led or followed in; 0: none. */
  get seen(): bigint {
    return this.#seen;
  }

  /** The cutover entry that stands unapplied in the log, whoever wrote it; null: none does. */
  get pending(): RaftIndex | null {
    return this.#cutoverEntries.above(this.#replica.applied);
  }

  /** Has this leader applied the first entry of its term? */
  get ownTermApplied(): boolean {
    return this.#leads !== null && this.#replica.applied >= this.#leads.first;
  }

  /**
   * Is this a term that it can lead in?
   *
   * @throws Refusal `term-old`, `log-unreadable`
   */
  checkTerm(term: bigint): void {
    checkTerm(term, this.#seen, this.#replica.lastTerm);
  }

  /**
   * It leads, once the empty entry of the term is durable.
   *
   * @throws Refusal `store-failure`
   */
  async lead(term: bigint): Promise<LogEntry> {
    this.follow(term);
    const entry = await this.#append(new Uint8Array(), term, () => {});
    this.#leads = { term, first: entry.index };
    return entry;
  }

  /** It leads no more. */
  follow(term: bigint | null): void {
    this.#leads = null;
    if (term !== null && term > this.#seen) this.#seen = term;
  }

  /**
   * Asks the rule of the append and appends, in one step: nobody may append or apply between the question and the answer of the log.
   *
   * @param standing told where the entry is going to stand, before the log answers: should that fail, nobody knows whether it is there
   * @throws Refusal `not-leader` or of the rule, and `standing` was not told: nothing is appended; `store-failure`
   */
  async put(data: Uint8Array, form: AppendedForm, standing: (entry: LogEntry) => void): Promise<LogEntry> {
    checkLeads(this.#leads !== null);
    const { recorded, sealing: { raftKey } } = this.#replica;
    checkAppend(this.#ops, { pending: this.pending, recorded, raftKey }, form);
    return await this.#append(data, this.#leads.term, standing);
  }

  /**
   * The id of the next proposal of this start.
   *
   * @clause base/proposal-ids
   */
  nextProposal(): ProposalId {
    this.#proposals += 1n;
    return this.#proposals as ProposalId;
  }

  /** Entries were put into the log, here or by the raft core. */
  appended(entries: readonly LogEntry[]): void {
    this.#cutoverEntries.appended(entries, this.#replica.last);
  }

  /** Is it the first entry of the term that it leads? */
  isFirst({ index }: LogEntry): boolean {
    return this.#leads?.first === index;
  }

  async #append(data: Uint8Array, term: bigint, standing: (entry: LogEntry) => void): Promise<LogEntry> {
    const entry: LogEntry = { index: this.#replica.last + 1n as RaftIndex, term, type: 'normal', data };
    standing(entry);
    await this.#replica.append([entry]);
    return entry;
  }
}
