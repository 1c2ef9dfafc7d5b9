/**
 * Watches what applying comes to: that going through a log again ends where it ended before (I10), that replicas treat the
 * same entry alike (I3), and that what is handed to the state machine is what was meant for it, with all that was
 * acknowledged in it (I13).
 */
import { chained, EMPTY_CHAIN } from '../oracle/chain.js';
import type { StateMessage } from '../protocol/operations.js';
import { lastOf } from '../scenarios/follow.js';
import type { Standing } from '../scenarios/standing.js';
import { resultsOf, short, type Found, type Seen, type Watched, type Watcher } from './invariants.js';
import { outcomeText } from './nodes.js';
import { Places } from './places.js';

/** What a node said of itself at a place. */
interface Replica { readonly node: string; readonly chain: string | undefined; readonly mode: string }

/** A write whose caller was told that it is done. */
interface Acknowledged { readonly entry: Standing; readonly node: string }

export class ResultWatch implements Watcher {
  /** The places up to which a log was applied, by any node. */
  readonly #handled = new Set<string>();
  /** By such a place, what was said of the state machine there. */
  readonly #seen = new Map<string, string>();
  readonly #replicas = new Map<string, Replica>();
  /** By node and id, the tickets of its present start, with their entries once they are appended. */
  readonly #tickets = new Map<string, { readonly name: string; entry: Standing | null }>();
  readonly #acknowledged: Acknowledged[] = [];
  readonly #places = new Places();

  see(seen: Seen): void {
    const { moment, watched, found } = seen;
    const { node, op, outcome, log } = moment;
    if (op === 'apply' && 'halted' in outcome && log !== null) {
      const at = BigInt((outcome['halted'] as { readonly index?: string }).index ?? '0');
      if (this.#handled.has(this.#places.place(log, at))) found('I10', `index ${at}, which was applied before, to be applied again`, outcomeText(outcome));
    }
    if (log !== null) for (const { index } of resultsOf(moment)) this.#handled.add(this.#places.place(log, BigInt(index)));
    this.#follow(seen);
    let highest = watched.applied;
    for (const state of moment.states) {
      this.#state(node, state, watched, highest, log, found);
      this.#tell(node, state, watched, log, found);
      if (BigInt(state.applied) > highest) highest = BigInt(state.applied);
    }
  }

  #state(node: string, state: StateMessage, watched: Watched, highest: bigint, log: readonly Standing[] | null, found: Found): void {
    if (log === null) return;
    const applied = BigInt(state.applied);
    const place = this.#places.place(log, applied);
    if (state.chain !== undefined) {
      const expected = chainOf(log, applied, watched);
      if (expected !== null && expected !== state.chain) found('I13', `the chain over the plain payloads up to ${applied}, ${short(expected)}`, short(state.chain));
      // What a snapshot brought was not replayed: such a node is compared with itself.
      const by = watched.installed === 0n ? place : `${place} by ${node}`;
      this.#same(`chain at ${applied}`, by, state.chain, found);
      // Rows may be durable before the applied index is: they are compared where nothing is left to be applied again.
      if (state.registry !== undefined && applied >= highest) this.#same(`registry at ${applied}`, by, JSON.stringify(state.registry), found);
    }
    this.#alike(node, state, watched, place, found);
  }

  /** Two looks at the same place of the same log have to show the same. */
  #same(what: string, place: string, value: string, found: Found): void {
    const key = `${what} of ${place}`;
    const before = this.#seen.get(key);
    if (before === undefined) this.#seen.set(key, value);
    else if (before !== value) found('I10', `the ${what} as it was before: ${short(before)}`, short(value));
  }

  /** I3: two replicas that have applied the same entries dispatch the next one alike, and have come to the same. */
  #alike(node: string, { applied, cutover, chain }: StateMessage, { edited }: Watched, place: string, found: Found): void {
    if (cutover === undefined || edited) return;
    // A cutover that lies ahead was recorded before the state machine was put back: what comes next is plain all the same.
    const mode = cutover !== '0' && BigInt(cutover) <= BigInt(applied) ? `sealed above ${cutover}` : 'plain';
    const other = this.#replicas.get(place);
    if (other === undefined) {
      this.#replicas.set(place, { node, chain, mode });
      return;
    }
    if (other.node === node) return;
    if (other.mode !== mode) found('I3', `entries behind ${applied} taken as "${other.mode}", as by ${other.node}`, `as "${mode}"`);
    if (other.chain !== undefined && chain !== undefined && other.chain !== chain) found('I3', `the chain at ${applied} as that of ${other.node}: ${short(other.chain)}`, short(chain));
  }

  // ── What was acknowledged ─────────────────────────────────────────────────────────────────────────────────

  #follow({ moment: { node, op, outcome, made }, step }: Seen): void {
    if (op === 'open') for (const key of [...this.#tickets.keys()]) if (key.startsWith(`${node} `)) this.#tickets.delete(key);
    if (op === 'propose' && 'ok' in outcome && 'ticket' in step) {
      this.#tickets.set(`${node} ${(outcome['ok'] as { readonly ticket: string }).ticket}`, { name: step.ticket, entry: null });
    }
    if (op === 'admit' && made !== null) for (const [key, ticket] of this.#tickets) if (key.startsWith(`${node} `) && ticket.name === made.by) ticket.entry = made;
  }

  /** I13: a write whose caller was told that it is done stands in every log that was applied that far. */
  #tell(node: string, { applied, tickets }: StateMessage, watched: Watched, log: readonly Standing[] | null, found: Found): void {
    for (const { ticket: id, state } of tickets ?? []) {
      const ticket = this.#tickets.get(`${node} ${id}`);
      if (state !== 'done' || ticket === undefined || this.#acknowledged.some(({ entry }) => entry === ticket.entry)) continue;
      if (ticket.entry === null) found('I13', `the ticket "${ticket.name}" not done, since it was never appended`, 'it is done');
      else this.#acknowledged.push({ entry: ticket.entry, node });
    }
    if (log === null || watched.edited) return;
    for (const { entry, node: by } of this.#acknowledged) {
      if (BigInt(applied) < entry.index) continue;
      const there = log.find(({ index }) => index === entry.index);
      if (there !== undefined && there.entry !== entry.entry) found('I13', `"${entry.entry}" at ${entry.index}, which ${by} acknowledged`, `"${there.entry}"`);
    }
  }
}

/** The chain that the state machine should have; null where the suite cannot know. */
function chainOf(log: readonly Standing[], applied: bigint, { outcomes }: Watched): string | null {
  let chain: Uint8Array = EMPTY_CHAIN;
  for (const { type, data, plain, sealed, opens, index } of log) {
    if (index > applied) break;
    if (type === 'conf-change' || data === '') continue;
    if (plain === null) {
      if (outcomes.get(index) === 'apply') return null;
      continue;
    }
    if (sealed && !opens) return null;
    chain = chained(chain, index, Buffer.from(plain, 'hex'));
  }
  return lastOf(log) < applied || log.length === 0 ? null : Buffer.from(chain).toString('hex');
}
