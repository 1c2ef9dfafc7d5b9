/** Three nodes in memory, and the raft core above them: whatever may happen to a log in whatever order, and what must hold after every step. */
import { createHash } from 'node:crypto';
import { hex, u64be } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { raftIndex, type RaftIndex } from '../src/base/ids.js';
import type { LogEntry } from '../src/base/log-entry.js';
import { isCutoverEntry } from '../src/6E-1/cutover-entry.js';
import type { CallerClass } from '../src/6E-2/caller-classes.js';
import type { Operations } from '../src/node/compose.js';
import { Leader } from '../src/node/leader.js';
import { Replica } from '../src/node/replica.js';
import { bootstrap, dataKey, kek, machine, NEXT, RAFT, request, sound, type Machine } from './replica-logs.js';

export const NAMES = ['n1', 'n2', 'n3'] as const;
export type Name = (typeof NAMES)[number];

/** Those of spec/repair/invariants.md; H6: a gate that is open while a cutover entry stands unapplied in the log; H24: a nonce that was used before under its key. */
export const INVARIANTS = ['I1', 'I2', 'I5', 'I6', 'I8', 'I11', 'I12', 'I13', 'H6', 'H24'] as const;
export type Invariant = (typeof INVARIANTS)[number];
/** What comes out in the end. The others restate rules, and a design without the rule breaks them before anything has happened. */
export const OUTCOMES: readonly Invariant[] = ['I1', 'I2', 'I6', 'I13'];

/** A broken invariant. */
export class Broken extends Error {
  readonly invariant: Invariant;
  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`);
    this.invariant = invariant;
  }
}

export interface Node {
  readonly name: Name;
  readonly machine: Machine;
  replica: Replica;
  leader: Leader;
  /** The log as it must be, by what was appended and answered. */
  log: LogEntry[];
  /** The term that it knows, which raft keeps on its disk; whether it leads in it. */
  term: bigint;
  leads: boolean;
  commit: bigint;
  tickets: { name: string; plain: Uint8Array | null; entry: LogEntry | null }[];
  calls: { name: string; entry: LogEntry | null; answered: boolean }[];
  /** Nothing has changed at the leader since a call of it answered that the cutover is applied. */
  promised: boolean;
  starts: number;
}

const QUORUM = 2;

export class Cluster {
  readonly ops: Operations;
  readonly nodes: Record<Name, Node>;
  /** What is committed, once and for all. */
  committed: LogEntry[] = [];
  readonly #watched: readonly Invariant[];
  /** Key and nonce of whatever was appended wrapped, truncated or not. */
  readonly #nonces = new Set<string>();
  /** So many payloads were made, all of them different. */
  #writes = 0;

  private constructor(ops: Operations, nodes: Record<Name, Node>, watched: readonly Invariant[]) {
    this.ops = ops;
    this.nodes = nodes;
    this.#watched = watched;
  }

  static async start(ops: Operations, watched: readonly Invariant[] = INVARIANTS): Promise<Cluster> {
    const open = async (name: Name): Promise<Node> => {
      const place = machine({ sync: false });
      return { name, machine: place, ...await opened(ops, place, name, 0), log: [], term: 0n, leads: false, commit: 0n, tickets: [], calls: [], promised: false, starts: 0 };
    };
    const cluster = new Cluster(ops, { n1: await open('n1'), n2: await open('n2'), n3: await open('n3') }, watched);
    const { n1 } = cluster.nodes;
    await cluster.elect(n1, ['n1', 'n2', 'n3']);
    await cluster.settle(n1);
    await cluster.write(n1, 'bootstrap', bootstrap());
    await cluster.settle(n1);
    return cluster;
  }

  /** A cluster that has cut over, and whose first leader has registered; one that may not cut over stays as it is. */
  static async cutOver(ops: Operations, watched: readonly Invariant[] = INVARIANTS): Promise<Cluster> {
    const cluster = await Cluster.start(ops, watched);
    const { n1 } = cluster.nodes;
    try {
      await cluster.wholeCall(n1);
    } catch (error) {
      if (error instanceof Refusal) return cluster;
      throw error;
    }
    try {
      await cluster.write(n1, 'registration', null);
    } catch (error) {
      if (error instanceof Refusal) throw new Broken('I11', `n1 answered "applied", and refuses its own registration: ${error.reason}`);
      throw error;
    }
    await cluster.settle(n1);
    return cluster;
  }

  get all(): Node[] {
    return NAMES.map((name) => this.nodes[name]);
  }

  // ── The raft core ─────────────────────────────────────────────────────────────────────────────────────────

  upToDate(candidate: Node, voter: Node): boolean {
    const [mine, its] = [candidate.log.at(-1)?.term ?? 0n, voter.log.at(-1)?.term ?? 0n];
    return mine > its || (mine === its && candidate.log.length >= voter.log.length);
  }

  async elect(node: Node, quorum: readonly Name[]): Promise<void> {
    const term = quorum.map((name) => this.nodes[name].term).reduce((a, b) => a > b ? a : b) + 1n;
    for (const name of quorum) if (name !== node.name) await this.follow(this.nodes[name], term);
    node.log.push(await node.leader.lead(term));
    [node.term, node.leads, node.promised] = [term, true, false];
    for (const call of node.calls) call.answered ||= (await node.leader.poll(call.name)).answer !== null;
  }

  async follow(node: Node, term: bigint): Promise<void> {
    if (node.term === term && !node.leads) return;
    await node.leader.follow(term);
    [node.term, node.leads, node.promised] = [term, false, false];
  }

  match(a: readonly LogEntry[], b: readonly LogEntry[]): number {
    let at = 0;
    while (at < a.length && at < b.length && a[at]?.term === b[at]?.term) at += 1;
    return at;
  }

  async replicate(from: Node, to: Node, count: number): Promise<void> {
    await this.follow(to, from.term);
    const at = this.match(from.log, to.log);
    const entries = from.log.slice(at, at + count);
    await to.replica.append(entries);
    to.log = [...to.log.slice(0, at), ...entries];
  }

  committable(leader: Node): number {
    for (let index = leader.log.length; index > leader.commit; index -= 1) {
      if (leader.log[index - 1]?.term !== leader.term) return 0;
      if (this.all.filter((node) => this.match(leader.log, node.log) >= index).length >= QUORUM) return index;
    }
    return 0;
  }

  commit(node: Node, index: number): void {
    node.commit = BigInt(index);
    node.replica.commit(raftIndex(node.commit));
    if (index > this.committed.length) this.committed = node.log.slice(0, index);
  }

  async restart(node: Node): Promise<void> {
    await node.replica.close();
    node.starts += 1;
    try {
      Object.assign(node, await opened(this.ops, node.machine, node.name, node.starts));
    } catch (error) {
      if (error instanceof Refusal) throw new Broken('I2', `${node.name} does not start: ${error.reasons.join('+')}`);
      throw error;
    }
    Object.assign(node, { leads: false, commit: 0n, tickets: [], calls: [], promised: false });
    node.replica.commit(raftIndex(this.#applied(node)));
    node.commit = this.#applied(node);
    await node.replica.apply();
  }

  async snapshot(from: Node, to: Node): Promise<void> {
    await this.follow(to, from.term);
    const snapshot = from.replica.takeSnapshot();
    await to.replica.installSnapshot(snapshot);
    const at = Number(snapshot.index);
    to.log = this.match(from.log, to.log) >= at ? to.log : from.log.slice(0, at);
    if (to.commit < snapshot.index) to.commit = snapshot.index;
  }

  /** Everything goes through on every node, as far as it can. */
  async settle(leader: Node): Promise<void> {
    for (const node of this.all) if (node !== leader) await this.replicate(leader, node, Infinity);
    for (const node of [leader, ...this.all.filter((one) => one !== leader)]) {
      this.commit(node, leader.log.length);
      await node.replica.apply();
    }
  }

  // ── The leader ────────────────────────────────────────────────────────────────────────────────────────────

  async propose(node: Node, caller: CallerClass, data: Uint8Array | null): Promise<string> {
    const { ticket } = await node.leader.propose(caller, data);
    node.tickets.push({ name: ticket, plain: data, entry: null });
    return ticket;
  }

  async admit(node: Node, name: string): Promise<LogEntry> {
    const before = this.#pending(node);
    const entry = await node.leader.admit(name);
    if (before !== null) this.#broken('I5', `${node.name} appends ${entry.index} behind the cutover entry at ${before}`);
    node.log.push(entry);
    for (const ticket of node.tickets) if (ticket.name === name) ticket.entry = entry;
    const { payload } = sound.decodeProposal(entry.data);
    if (payload[0] === 1) {
      const used = hex(payload.subarray(2, 18));
      if (this.#nonces.has(used)) this.#broken('H24', `${node.name} wraps under key and nonce ${used} once more`);
      this.#nonces.add(used);
    }
    return entry;
  }

  /** A write that there was none of before. */
  payload(): Uint8Array {
    return request(`w${this.#writes += 1}`);
  }

  async write(node: Node, caller: CallerClass = 'client-write', data: Uint8Array | null = this.payload()): Promise<LogEntry> {
    return await this.admit(node, await this.propose(node, caller, data));
  }

  async begin(node: Node): Promise<string> {
    const { call, answer } = await node.leader.begin();
    node.calls.push({ name: call, entry: null, answered: answer !== null });
    node.promised ||= answer?.is === 'applied';
    return call;
  }

  async step(node: Node, call: string): Promise<Awaited<ReturnType<Leader['step']>>> {
    const before = this.#pending(node);
    const told = await node.leader.step(call);
    const known = node.calls.find(({ name }) => name === call);
    if (told.entry !== null) {
      if (before !== null) this.#broken('I5', `${node.name} appends a cutover entry at ${told.entry.index} behind the one at ${before}`);
      node.log.push(told.entry);
      if (known) known.entry = told.entry;
    }
    if (known && told.answer?.is === 'applied' && !known.answered) node.promised = true;
    if (known) known.answered ||= told.answer !== null;
    return told;
  }

  /** A call from its first step to its last. */
  async wholeCall(node: Node): Promise<string> {
    const call = await this.begin(node);
    for (;;) {
      const { answer, waits } = await this.step(node, call);
      if (answer !== null) return call;
      if (waits !== null) await this.settle(node);
    }
  }

  // ── What must hold ────────────────────────────────────────────────────────────────────────────────────────

  #broken(invariant: Invariant, what: string): void {
    if (this.#watched.includes(invariant)) throw new Broken(invariant, what);
  }

  #applied(node: Node): bigint {
    return node.replica.applied;
  }

  /** The cutover entry that stands unapplied in the log of a node. */
  #pending(node: Node): RaftIndex | null {
    return node.log.find((entry) => entry.index > node.replica.applied && isCutoverEntry(sound, entry))?.index ?? null;
  }

  async check(): Promise<void> {
    const states = this.all.map((node) => ({ node, state: node.replica.state() }));
    // I2
    for (const { node, state } of states) if (state.halted !== null) this.#broken('I2', `${node.name} halts with ${state.halted.join('+')}`);
    // I1, and what every state machine must have been given
    let [effective, active]: [RaftIndex | null, number] = [null, RAFT];
    const chains = [new Uint8Array(32)];
    for (const entry of this.committed) {
      const before = chains.at(-1) ?? new Uint8Array(32);
      if (entry.data.length === 0) {
        chains.push(before);
        continue;
      }
      const { payload } = sound.decodeProposal(entry.data);
      const sealed = payload[0] === 1;
      const plain = sealed ? open(payload) : payload;
      // A rotation makes its key the active one, and a cutover entry under another key has no effect.
      if (plain[0] === 5) {
        const { subTag, dekId } = sound.decodeRotation(plain.subarray(1));
        if (subTag === 1) active = dekId;
        else if (effective === null && dekId === active && !sealed) effective = entry.index;
      }
      if (effective !== null && sealed !== entry.index > effective) this.#broken('I1', `the entry at ${entry.index} is ${sealed ? 'wrapped' : 'plain'}, and N is ${effective}`);
      if (effective === null && sealed) this.#broken('I1', `the entry at ${entry.index} is wrapped, and nothing was cut over`);
      chains.push(createHash('sha256').update(before).update(u64be(entry.index)).update(plain).digest());
    }
    for (const { node, state } of states) {
      // I13
      if (hex(state.chain) !== hex(chains[Number(state.applied)] ?? new Uint8Array())) this.#broken('I13', `${node.name} has another state at ${state.applied}`);
      // I6 and I8
      const recorded = effective !== null && state.applied >= effective ? effective : 0n;
      if (state.cutover !== recorded) this.#broken('I6', `${node.name} records ${state.cutover} at ${state.applied}, and N is ${effective}`);
      if (recorded !== 0n && !state.wrap) this.#broken('I8', `${node.name} has applied N and does not wrap`);
      if (state.wrap && (effective === null || state.log.last < effective)) this.#broken('I8', `${node.name} wraps, and its log does not reach N`);
      // I11
      if (node.promised && node.leads && !(state.wrap && node.leader.state().gate.users)) this.#broken('I11', `${node.name} answered "applied", and takes no writes`);
      // H6
      const pending = this.#pending(node);
      if (node.leads && pending !== null && node.leader.state().gate.users) this.#broken('H6', `the gate of ${node.name} is open, and the cutover entry at ${pending} is not applied`);
      // I12
      for (const { name, entry } of node.calls) {
        const { answer } = await node.leader.poll(name);
        const stands = entry !== null && this.committed[Number(entry.index) - 1] === entry;
        if (stands && answer?.is === 'not-appended' && effective === entry.index) this.#broken('I12', `${node.name} answered "not appended", and the entry at ${entry.index} has committed`);
      }
      // I13, of those that were acknowledged
      for (const { ticket, state: fate } of node.leader.state().tickets) {
        const own = node.tickets.find(({ name }) => name === ticket)?.entry;
        if (fate === 'done' && (own === undefined || own === null || this.committed[Number(own.index) - 1]?.term !== own.term)) this.#broken('I13', `${ticket} of ${node.name} is done, and its entry is not there`);
      }
    }
  }
}

const keys = sound.keyStore();
for (const id of [RAFT, NEXT]) keys.set(id, dataKey(id));
const open = (envelope: Uint8Array): Uint8Array => sound.raftUnwrap(keys, envelope);

async function opened(ops: Operations, { ports }: Machine, name: Name, starts: number): Promise<{ replica: Replica; leader: Leader }> {
  const replica = await Replica.open(ops, ports, { directory: '/node', raftId: name, kek });
  return { replica, leader: await Leader.open(ops, replica, `${name}.${starts}.`) };
}
