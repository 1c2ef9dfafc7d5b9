/**
 * A process of the tests' own: small nodes that lead and follow, on a disk in memory, and that misbehave in one way each. They hold
 * what level L2 asks for and no more: one raft key, two callers, no epochs.
 */
import { Halted, Refused, serve, type OperationHandlers } from '../conformance/adapters/serve.js';
import { chained, EMPTY_CHAIN, snapshotHeader } from '../conformance/oracle/chain.js';
import { PURPOSES, rotation, SUB_TAGS } from '../conformance/oracle/entries.js';
import { nonce, opened, proposal, proposalPayload, sealed } from '../conformance/oracle/envelope.js';
import { dataKey, fullNodeId, nodeId16 } from '../conformance/oracle/keys.js';
import { keyChange } from '../conformance/oracle/read.js';
import type { CutoverAnswerMessage, Phase, TicketState } from '../conformance/protocol/leader-operations.js';
import type { AppliedMessage, LogEntryMessage } from '../conformance/protocol/operations.js';

/** What goes wrong; `well`: nothing. */
const mode = process.argv[2] ?? 'well';
const KEY = { id: 8, bytes: dataKey('raft-1') };

interface Entry { readonly index: number; readonly term: string; readonly type: 'normal' | 'conf-change'; readonly data: string }
interface Ticket { readonly ticket: string; state: TicketState; readonly data: Buffer; entry: Entry | null }
interface Call { phase: Phase; readonly hold: boolean; entry: Entry | null; answer: CutoverAnswerMessage | null }

/** What is on the disk. */
class Disk {
  first = 1;
  log: Entry[] = [];
  applied = 0;
  chain: Uint8Array = EMPTY_CHAIN;
  cutover = 0;
  starts = 0;
}

class Crash extends Error {}

class Node {
  readonly id: string;
  readonly disk: Disk;
  commit = 0;
  leads: string | null = null;
  term = '0';
  count = 0;
  readonly tickets: Ticket[] = [];
  readonly calls = new Map<string, Call>();
  armed: { point: string; nth: number } | null = null;

  constructor(id: string, disk: Disk) {
    this.id = id;
    this.disk = disk;
  }

  get last(): number {
    return this.disk.first + this.disk.log.length - 1;
  }

  at(index: number): Entry | undefined {
    return this.disk.log[index - this.disk.first];
  }

  point(name: string): void {
    const armed = armedAt.get(this.id);
    if (armed === undefined || armed.point !== name || (armed.nth -= 1) > 0) return;
    armedAt.delete(this.id);
    nodes.delete(this.id);
    const [head] = this.disk.log;
    if (mode === 'doubles' && head !== undefined) this.disk.log.push({ ...head, index: this.last + 1 }, { ...head, index: this.last + 2 });
    throw new Crash(name);
  }

  put(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.index < this.disk.first) continue;
      this.disk.log = [...this.disk.log.slice(0, entry.index - this.disk.first), entry];
    }
    this.point('log');
  }

  make(data: Uint8Array): Entry {
    const entry: Entry = { index: this.last + 1, term: this.leads ?? '0', type: 'normal', data: Buffer.from(data).toString('hex') };
    this.put([entry]);
    return entry;
  }

  /** A cutover entry stands in the log, and is not applied. */
  get pending(): boolean {
    return this.disk.log.some(({ index, data }) => index > this.disk.applied && keyChange(proposalPayload(Buffer.from(data, 'hex')) ?? Buffer.alloc(0))?.does === 'cutover');
  }

  get held(): boolean {
    return [...this.calls.values()].some(({ phase, hold }) => hold && (phase === 'gated' || phase === 'drained'));
  }

  seal(payload: Uint8Array): Buffer {
    this.count += 1;
    return sealed({ key: KEY.bytes, keyId: KEY.id, nonce: nonce(nodeId16(fullNodeId(this.id)), this.disk.starts, BigInt(this.count)), payload });
  }

  get wraps(): boolean {
    return this.disk.cutover !== 0;
  }

  applyOne(results: AppliedMessage[]): boolean {
    const { disk } = this;
    const index = disk.applied + 1;
    const entry = this.at(index);
    if (entry === undefined) return false;
    let payload = proposalPayload(Buffer.from(entry.data, 'hex'));
    if (payload !== null && disk.cutover !== 0 && index > disk.cutover) {
      const inner = opened(payload, (id) => id === KEY.id ? KEY.bytes : undefined);
      if (inner === null && mode !== 'plain-above' || (mode === 'halts' && this.id === 'n2')) throw new Halted(['raft-unwrap-failed'], `${index}`, results);
      payload = inner ?? payload;
    }
    if (payload !== null) {
      if (keyChange(payload)?.does === 'cutover' && disk.cutover === 0) disk.cutover = index;
      disk.chain = chained(disk.chain, BigInt(index), mode === 'garbles' && this.id === 'n2' ? Buffer.from('?') : payload);
    }
    disk.applied = index;
    this.point('fsm');
    results.push({ index: `${index}`, outcome: payload === null ? 'skip' : 'apply' });
    for (const ticket of this.tickets) {
      if (ticket.entry?.index === index && ticket.state === 'admitted') ticket.state = ticket.entry.term === entry.term && ticket.entry.data === entry.data ? 'done' : 'lost';
    }
    return payload === null;
  }
}

const disks = new Map<string, Disk>();
const nodes = new Map<string, Node>();
const armedAt = new Map<string, { point: string; nth: number }>();
const reached = new Set<string>();
let given = 0;

function of(id: string): Node {
  const node = nodes.get(id);
  if (node === undefined) throw new Error(`${id} is not open`);
  return node;
}

const message = ({ index, ...entry }: Entry): LogEntryMessage => ({ index: `${index}`, ...entry });
const read = ({ index, ...entry }: LogEntryMessage): Entry => ({ index: Number(index), ...entry });
const leading = (id: string): Node => {
  const node = of(id);
  if (node.leads === null) throw new Refused(['not-leader']);
  return node;
};

/** The death of a node is an answer. */
function mortal<Args, Answer>(work: (args: Args, id: string) => Answer): (args: Args, id: string) => Answer | { crashed: string } {
  return (args, id) => {
    try {
      return work(args, id);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      reached.add(id);
      return { crashed: error.message };
    }
  };
}

function deposed(node: Node): void {
  node.leads = null;
  for (const ticket of node.tickets) if (ticket.state === 'accepted' || ticket.state === 'admitted') ticket.state = ticket.state === 'accepted' ? 'lost' : 'unknown';
  for (const call of node.calls.values()) call.answer ??= call.entry === null ? { is: 'not-appended', reasons: ['not-leader'] } : { is: 'unknown' };
}

function step(node: Node, call: Call): { phase: Phase; waits?: string; entry?: LogEntryMessage; answer?: CutoverAnswerMessage } {
  const told = (): { answer?: CutoverAnswerMessage } => call.answer === null ? {} : { answer: call.answer };
  const to = (phase: Phase, more: { entry?: LogEntryMessage } = {}) => ({ phase: call.phase = phase, ...more, ...told() });
  switch (call.phase) {
    case 'gated': return node.tickets.some(({ state }) => state === 'accepted') ? { phase: call.phase, waits: 'drain', ...told() } : to('drained');
    case 'drained': {
      const payload = rotation({
        subTag: SUB_TAGS.cutover, keyId: KEY.id, purpose: PURPOSES.raft, wrapped: Buffer.alloc(0), proposer: { keyId: KEY.id, node: fullNodeId(node.id), epoch: node.disk.starts },
      });
      given += 1;
      call.entry = node.make(proposal(BigInt(given), node.wraps ? node.seal(payload) : payload));
      return to('proposed', { entry: message(call.entry) });
    }
    case 'proposed': return node.disk.applied < (call.entry?.index ?? 0) ? { phase: call.phase, waits: 'apply', ...told() } : to('applied');
    case 'applied': return to('switched');
    case 'switched':
      call.answer ??= { is: 'applied', index: `${node.disk.cutover}`, already: false };
      return to('idle');
    default: return { phase: call.phase, ...told() };
  }
}

const operations: OperationHandlers = {
  open: mortal((_args, id) => {
    const disk = disks.get(id) ?? new Disk();
    disks.set(id, disk);
    disk.starts += 1;
    const node = new Node(id, disk);
    nodes.set(id, node);
    node.point('open');
    return {};
  }),
  close: (_args, id) => {
    nodes.delete(id);
    return {};
  },
  append: mortal(({ entries }, id) => {
    of(id).put(entries.map(read));
    return { last: `${of(id).last}` };
  }),
  commit: ({ to }, id) => {
    const node = of(id);
    node.commit = Math.max(node.commit, Number(to));
    return {};
  },
  apply: mortal(({ to, step: single }, id) => {
    const node = of(id);
    const results: AppliedMessage[] = [];
    while (node.disk.applied < Math.min(node.commit, Number(to ?? Infinity))) {
      node.applyOne(results);
      if (single === true) break;
    }
    return { applied: `${node.disk.applied}`, results };
  }),
  state: (_args, id) => {
    const node = of(id);
    const { disk } = node;
    const odd = (name: string, on = 'n2'): boolean => mode === name && id === on;
    const cutover = odd('forks') ? 0 : disk.cutover;
    const stuck = mode === 'stuck' && [...node.calls.values()].some(({ phase }) => phase === 'idle');
    return {
      applied: `${disk.applied}`, cutover: `${cutover}`, wrap: node.wraps && !odd('wrapless'), halted: null, chain: Buffer.from(disk.chain).toString('hex'),
      sidecar: odd('forks') ? null : { index: `${disk.cutover}`, cutover: `${odd('moves') && cutover !== 0 ? cutover + 1 : cutover}`, storage: false, storage_cutover: '0' },
      keys: [{ id: KEY.id, purpose: 'raft', epoch: 0, loaded: !odd('keyless'), active: true }],
      registry: [{ dek_id: KEY.id, full_node_id: `${fullNodeId('n1')}`, first_seen: 0, last_seen: odd('forgets') ? node.disk.starts : 0 }],
      log: { first: disk.log.length === 0 ? '0' : `${disk.first}`, last: `${node.last}`, commit: `${node.commit}` },
      role: { is: node.leads === null ? 'follower' : 'leader', term: node.term },
      gate: { users: node.held || stuck || (node.pending && mode !== 'behind') ? 'closed' : 'open', admins: node.pending ? 'closed' : 'open' },
      in_flight: node.tickets.filter(({ state }) => state === 'accepted').length,
      tickets: node.tickets.map(({ ticket, state, entry }) => ({
        ticket, state: mode === 'hasty' && (state === 'admitted' || state === 'unknown') ? 'done' : mode === 'boasts' && state === 'accepted' ? 'done' : state, ...(entry !== null && { index: `${entry.index}` }),
      })),
    };
  },
  role: mortal((args, id) => {
    const node = of(id);
    if (args.is === 'follower') {
      deposed(node);
      return {};
    }
    node.leads = node.term = args.term;
    return { entry: message(node.make(Buffer.alloc(0))) };
  }),
  propose: ({ source, data = '' }, id) => {
    const node = leading(id);
    if (mode !== 'behind' && (node.pending || (node.held && source.endsWith('write')))) throw new Refused(['cutover-in-progress']);
    if (mode === 'refuses' && node.wraps) throw new Refused(['writer-not-registered']);
    given += 1;
    const payload = Buffer.from(data, 'hex');
    const ticket: Ticket = { ticket: `t${given}`, state: 'accepted', data: proposal(BigInt(given), node.wraps && mode !== 'plain-above' ? node.seal(payload) : payload), entry: null };
    node.tickets.push(ticket);
    return { ticket: ticket.ticket };
  },
  admit: mortal(({ ticket: name }, id) => {
    const node = leading(id);
    const ticket = node.tickets.find((one) => one.ticket === name);
    if (ticket?.state !== 'accepted') throw new Refused(['not-leader']);
    if (node.pending && mode !== 'behind') {
      ticket.state = 'refused';
      throw new Refused(['cutover-in-progress']);
    }
    ticket.entry = node.make(ticket.data);
    ticket.state = 'admitted';
    const { index, term, data } = message(ticket.entry);
    return { index: mode === 'renumbers' ? '9' : index, term, data };
  }),
  cancel: ({ ticket: name }, id) => {
    const ticket = of(id).tickets.find((one) => one.ticket === name);
    if (ticket?.state === 'accepted') ticket.state = 'cancelled';
    return {};
  },
  'cutover.begin': (_args, id) => {
    const node = leading(id);
    given += 1;
    const call: Call = node.wraps && mode !== 'again'
      ? { phase: 'idle', hold: false, entry: null, answer: { is: 'applied', index: `${node.disk.cutover}`, already: true } } : { phase: 'gated', hold: true, entry: null, answer: null };
    if (call.phase === 'gated' && (node.held || node.pending)) throw new Refused(['cutover-in-progress']);
    node.calls.set(`c${given}`, call);
    return { call: `c${given}`, phase: call.phase, ...(call.answer !== null && { answer: call.answer }) };
  },
  'cutover.step': mortal(({ call: name }, id) => {
    const call = of(id).calls.get(name);
    if (call === undefined) throw new Error('no such call');
    return mode === 'endless' && call.phase === 'gated' ? { phase: call.phase } : step(leading(id), call);
  }),
  'cutover.poll': ({ call: name }, id) => {
    const call = of(id).calls.get(name);
    return { phase: call?.phase ?? 'idle', ...(call?.answer !== null && call !== undefined && { answer: call.answer }) };
  },
  'cutover.expire': ({ call: name }, id) => {
    const call = of(id).calls.get(name);
    if (call === undefined) throw new Error('no such call');
    call.answer ??= call.entry === null || mode === 'dishonest' ? { is: 'not-appended', reasons: ['call-expired'] } : { is: 'unknown' };
    if (call.entry === null) call.phase = 'idle';
    return { phase: call.phase, answer: call.answer };
  },
  transfer: (_args, id) => {
    if (leading(id).pending) throw new Refused(['cutover-in-progress']);
    return {};
  },
  tick: () => ({}),
  'snapshot.take': (_args, id) => {
    const { disk, ...node } = of(id);
    const header = snapshotHeader(0n, BigInt(mode === 'header' ? 0 : disk.cutover));
    const term = disk.log[disk.applied - disk.first]?.term ?? node.term;
    return { index: `${disk.applied}`, term, data: Buffer.concat([header, Buffer.from(JSON.stringify({ cutover: disk.cutover, chain: Buffer.from(disk.chain).toString('hex') }))]).toString('hex') };
  },
  'snapshot.install': mortal(({ index, data }, id) => {
    const node = of(id);
    const { disk } = node;
    if (Number(index) <= disk.applied) throw new Refused(['snapshot-old']);
    const text = Buffer.from(data, 'hex').toString('latin1');
    const body = JSON.parse(text.slice(text.indexOf('{'))) as { cutover: number; chain: string };
    Object.assign(disk, { log: [], first: Number(index) + 1, applied: Number(index), cutover: body.cutover, chain: Buffer.from(body.chain, 'hex') });
    node.commit = Math.max(node.commit, disk.applied);
    node.point('fsm');
    return { applied: index };
  }),
  'crash.arm': ({ point, nth }, id) => {
    armedAt.set(id, { point, nth });
    reached.delete(id);
    return {};
  },
  'crash.disarm': (_args, id) => {
    armedAt.delete(id);
    return { reached: reached.has(id) };
  },
  'crash.now': (_args, id) => {
    nodes.delete(id);
    return { crashed: 'now' };
  },
};

await serve({
  hello: ({ profile }) => ({
    implementation: { name: 'toy leader' }, level: mode === 'follower' ? 'L1' : 'L2', profile, formats: {}, caps: ['disk.virtual', 'crash.points', 'snapshot'], crashPoints: ['open', 'log', 'fsm'], files: {},
  }),
  vec: () => { throw new Error('it knows no vectors'); },
  operations,
  reset: () => {
    disks.clear();
    nodes.clear();
    armedAt.clear();
  },
});
