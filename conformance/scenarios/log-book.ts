/**
 * The log book of a run: what stands in the log of every node, by what was answered so far, and what the names of the
 * scenario stand for that nodes gave or made.
 *
 * Pure; whoever plays a scenario writes it up. Where `follow` says before a run what may come about, this says what did.
 * An entry keeps its name in every log that it is carried into.
 */
import type { LogEntryMessage } from '../protocol/operations.js';
import type { ExpandedScenario } from './expand.js';
import { editedLog, indexNamed, lastOf, placedBy, putInto } from './follow.js';
import type { Step } from './schema.js';
import { made, written, type Maker, type Standing } from './standing.js';

/** The log of one node. */
export interface NodeLog {
  /** From index 1 on and without a hole, with the entries for which a snapshot stands; null after an edit that leaves it unknown. */
  readonly entries: readonly Standing[] | null;
  /** The same, and after such an edit what stood there before: where the names of a check lead. */
  readonly named: readonly Standing[];
  /** Index of the first entry that the node still has: those before it are in the snapshot that it installed. */
  readonly first: bigint;
}

/** A ticket, or a call, as the node gave it. */
export interface Given { readonly name: string; readonly node: string; readonly id: string }
export interface Ticket extends Given {
  /** The plain payload that was proposed, as hex; null where the node chose it. */
  readonly proposed: string | null;
}
export interface Snapshot {
  readonly name: string;
  /** The node that took it. */
  readonly node: string;
  readonly message: { readonly index: string; readonly term: string; readonly data: string };
  /** The entries that it stands for; null where the log was unknown. */
  readonly entries: readonly Standing[] | null;
}

const EMPTY: NodeLog = { entries: [], named: [], first: 1n };

export class LogBook {
  readonly tickets = new Map<string, Ticket>();
  readonly calls = new Map<string, Given>();
  readonly snapshots = new Map<string, Snapshot>();
  readonly #expanded: ExpandedScenario;
  readonly #logs = new Map<string, NodeLog>();
  /** What nodes made, by name, where it was made. */
  readonly #made = new Map<string, Standing>();
  readonly #copies = new Map<string, readonly Standing[] | null>();

  constructor(expanded: ExpandedScenario) {
    this.#expanded = expanded;
  }

  // ── What stands where ─────────────────────────────────────────────────────────────────────────────────────

  log(node: string): NodeLog {
    return this.#logs.get(node) ?? EMPTY;
  }

  /** Index of the last entry; 0 where there is none, or where the log is unknown. */
  last(node: string): bigint {
    return lastOf(this.log(node).entries ?? []);
  }

  /** The index that `to` of a step names in the log of a node: a number, an entry that stands there, or "last". Null when it cannot be known. */
  index(node: string, to: string): bigint | null {
    return indexNamed(to, this.log(node).entries);
  }

  /** What the names of a check stand for at a node: what stands in its log, else where it was made. */
  names(node: string): ReadonlyMap<string, Standing> {
    return new Map([...this.#made, ...this.log(node).named.map((entry): [string, Standing] => [entry.entry, entry])]);
  }

  /** An entry that a node made, by its name; or the one that came from a ticket or a call. */
  made(name: string): Standing | undefined {
    return this.#made.get(name) ?? [...this.#made.values()].find(({ by }) => by === name);
  }

  /** Whether a name came about that a node gives or makes. */
  cameAbout(name: string): boolean {
    return this.#made.has(name) || this.tickets.has(name) || this.calls.has(name) || this.snapshots.has(name);
  }

  // ── What is sent ──────────────────────────────────────────────────────────────────────────────────────────

  /** The entries that an `append` step gives, where they are to stand. Names that no node made and the scenario does not have are left out. */
  placed(step: Step): readonly Standing[] {
    return placedBy(step, this.log(step.on).entries ?? []).flatMap((placed) => {
      const own = this.#made.get(placed.entry);
      return own !== undefined ? [own] : written(placed, this.#expanded) ?? [];
    });
  }

  /** What a node lacks of the log of another, up to an index, from the first difference on; in words why it cannot be said. */
  lacking(node: string, { from, to }: { readonly from: string; readonly to: bigint }): readonly Standing[] | string {
    const there = this.log(from);
    const here = this.log(node);
    if (there.entries === null || here.entries === null) return `the log of ${there.entries === null ? from : node} is not known here: it was edited`;
    if (to > lastOf(there.entries)) return `index ${to} lies behind the log of ${from}, which ends at ${lastOf(there.entries)}`;
    const own = here.entries;
    const wanted = there.entries.slice(0, Number(to));
    const at = wanted.findIndex(({ index, term, data }, offset) => index >= here.first && (own[offset]?.term !== term || own[offset].data !== data));
    if (at === -1) return [];
    const lacks = wanted.slice(at);
    const first = lacks[0]?.index ?? 1n;
    return first < there.first ? `${node} lacks the entry at ${first}, and ${from} has a snapshot in its place` : lacks;
  }

  // ── What was answered ─────────────────────────────────────────────────────────────────────────────────────

  /** Entries were let in: what stood behind the first of them is gone. With a hole before them, the log is not known any more. */
  put(node: string, entries: readonly Standing[]): void {
    const [head] = entries;
    const log = this.log(node);
    if (head === undefined || log.entries === null) return;
    this.#set(node, { ...log, entries: head.index > lastOf(log.entries) + 1n ? null : putInto(log.entries, entries) });
  }

  /** A node made an entry: the empty one of its term, that of a ticket, or the cutover entry. */
  make(node: string, message: LogEntryMessage, maker: Maker): Standing {
    const entry = made(message, maker, this.#expanded);
    this.#made.set(entry.entry, entry);
    this.put(node, [entry]);
    return entry;
  }

  /** Why an entry that a node says it made cannot stand there, in words; null when it can. */
  misplaced(node: string, { index }: Pick<LogEntryMessage, 'index'>): string | null {
    const { entries } = this.log(node);
    const due = lastOf(entries ?? []) + 1n;
    return entries === null || BigInt(index) === due ? null : `an entry at ${index}, where its log ends at ${due - 1n}`;
  }

  ticket(ticket: Ticket): void {
    this.tickets.set(ticket.name, ticket);
  }

  call(call: Given): void {
    this.calls.set(call.name, call);
  }

  /** A snapshot was taken. */
  taken(node: string, name: string, message: Snapshot['message']): void {
    const { entries } = this.log(node);
    this.snapshots.set(name, { name, node, message, entries: entries?.filter(({ index }) => index <= BigInt(message.index)) ?? null });
  }

  /** A snapshot was installed: its entries stand in front, and of the log what goes on from it. */
  installed(node: string, { message, entries: prefix }: Snapshot): void {
    const index = BigInt(message.index);
    const { entries: old } = this.log(node);
    const fits = old?.some((entry) => entry.index === index && entry.term === BigInt(message.term)) ?? false;
    const entries = prefix === null || old === null ? null : [...prefix, ...(fits ? old.filter((entry) => entry.index > index) : [])];
    this.#set(node, { ...this.log(node), entries, first: index + 1n });
  }

  /** Files of a closed node were edited. */
  edited(step: Extract<Step, { file: unknown }>): void {
    const log = this.log(step.on);
    const entries = editedLog(step, log.entries, this.#copies);
    if (entries !== log.entries) this.#set(step.on, { ...log, entries, ...(entries?.length === 0 && { first: 1n }) });
  }

  #set(node: string, log: NodeLog): void {
    this.#logs.set(node, { ...log, named: log.entries ?? log.named });
  }
}
