/**
 * A node of the puppet that leads: as little of a leader as a scenario with plain writes and a cutover that is begun needs. It answers
 * rightly, knows no keys and no envelope, and holds nobody back. What goes wrong is put in the place of its answers.
 */
import { proposal } from '../oracle/envelope.js';
import type { CutoverAnswerMessage, Phase, TicketState } from '../protocol/leader-operations.js';
import type { LogEntryMessage, StateMessage } from '../protocol/operations.js';
import type { AtLeader } from './misbehaviours.js';
import { PuppetNode } from './puppet-node.js';

interface Ticket { readonly payload: string; state: TicketState; index?: string }
interface Call { phase: Phase; answer?: CutoverAnswerMessage }
type Args = Readonly<Record<string, unknown>>;

/** The cutover entry of the puppet: bytes that an entry of that kind begins with, since it is never applied. */
const CUTOVER = Buffer.from('050105', 'hex');

export class PuppetLeader extends PuppetNode {
  readonly #tickets = new Map<string, Ticket>();
  readonly #calls = new Map<string, Call>();
  #term = '0';
  #leads = false;
  #proposals = 0n;

  override answer(op: string, args: Args): object | null {
    switch (op) {
      case 'open':
        [this.#term, this.#leads] = ['0', false];
        this.#tickets.clear();
        this.#calls.clear();
        return super.answer(op, args);
      case 'role':
        this.#leads = args['is'] === 'leader';
        this.#term = String(args['term'] ?? this.#term);
        return this.#leads ? { entry: this.#append('') } : {};
      case 'propose': {
        const ticket = `t${this.#tickets.size + 1}`;
        this.#tickets.set(ticket, { payload: String(args['data']), state: 'accepted' });
        return { ticket };
      }
      case 'admit': {
        const ticket = this.#tickets.get(String(args['ticket']));
        if (ticket === undefined) return null;
        const { index, term, data } = this.#append(this.#proposal(Buffer.from(ticket.payload, 'hex')));
        [ticket.state, ticket.index] = ['admitted', index];
        return { index, term, data };
      }
      case 'cancel': {
        const ticket = this.#tickets.get(String(args['ticket']));
        if (ticket !== undefined) ticket.state = ticket.state === 'accepted' ? 'cancelled' : ticket.state === 'admitted' ? 'unknown' : ticket.state;
        return {};
      }
      case 'apply': {
        const applied = super.answer(op, args);
        for (const ticket of this.#tickets.values()) if (ticket.state === 'admitted' && Number(ticket.index) <= this.applied) ticket.state = 'done';
        return applied;
      }
      case 'cutover.begin': {
        const call = `c${this.#calls.size + 1}`;
        this.#calls.set(call, { phase: 'gated' });
        return { call, phase: 'gated' };
      }
      case 'cutover.step': return this.#step(this.#calls.get(String(args['call'])));
      case 'cutover.poll': return { ...this.#calls.get(String(args['call'])) };
      case 'cutover.expire': return this.#expire(this.#calls.get(String(args['call'])));
      case 'transfer': case 'tick': return {};
      case 'state': return this.#state(super.answer(op, args) as StateMessage);
      default: return super.answer(op, args);
    }
  }

  #append(data: string): LogEntryMessage {
    const entry: LogEntryMessage = { index: `${this.log.length + 1}`, term: this.#term, type: 'normal', data };
    this.log.push(entry);
    return entry;
  }

  #proposal(payload: Uint8Array): string {
    return proposal(this.#proposals += 1n, payload).toString('hex');
  }

  #step(call: Call | undefined): object | null {
    if (call === undefined) return null;
    switch (call.phase) {
      case 'gated':
        call.phase = 'drained';
        return { ...call };
      case 'drained':
        call.phase = 'proposed';
        return { ...call, entry: this.#append(this.#proposal(CUTOVER)) };
      default: return { ...call, ...(call.phase === 'proposed' && { waits: 'apply' }) };
    }
  }

  #expire(call: Call | undefined): object | null {
    if (call === undefined) return null;
    const before = call.phase === 'gated' || call.phase === 'drained';
    if (before) call.phase = 'idle';
    call.answer ??= before ? { is: 'not-appended', reasons: ['call-expired'] } : { is: 'unknown' };
    return { ...call };
  }

  #state(state: StateMessage): StateMessage {
    const inFlight = [...this.#tickets.values()].filter((ticket) => ticket.state === 'accepted').length;
    const held = [...this.#calls.values()].some(({ phase }) => phase !== 'idle');
    return {
      ...state, role: { is: this.#leads ? 'leader' : 'follower', term: this.#term }, gate: { users: held ? 'closed' : 'open', admins: 'open' }, in_flight: inFlight,
      tickets: [...this.#tickets].map(([ticket, { state: is, index }]) => ({ ticket, state: is, ...(index !== undefined && { index }) })),
    };
  }
}

// ── Misbehaving ─────────────────────────────────────────────────────────────────────────────────────────────────

type Right = Readonly<Record<string, unknown>>;
const ok = (members: object): object => ({ ok: members });
const later = (index: unknown): string => `${BigInt(String(index)) + 1n}`;

/** What to answer to an operation in the place of the right answer, or null for that. */
export const misbehaveAtLeader: Readonly<Record<AtLeader, (op: string, right: Right) => object | null>> = {
  'leader-begins-with-data': (op, right) => op === 'role' && right['entry'] !== undefined ? ok({ entry: { ...right['entry'] as LogEntryMessage, data: '00' } }) : null,
  'leader-gives-no-ticket': (op) => op === 'propose' ? ok({}) : null,
  'leader-gives-a-ticket-twice': (op) => op === 'propose' ? ok({ ticket: 't1' }) : null,
  'leader-appends-elsewhere': (op, right) => op === 'admit' ? ok({ ...right, index: later(right['index']) }) : null,
  'leader-appends-in-another-term': (op, right) => op === 'admit' ? ok({ ...right, term: later(right['term']) }) : null,
  'leader-appends-another-payload': (op, right) => op === 'admit' ? ok({ ...right, data: `${String(right['data'])}00` }) : null,
  'leader-acknowledges-too-early': (op, right) => op === 'state' ? ok({ ...right, tickets: (right['tickets'] as Ticket[]).map((ticket) => ({ ...ticket, state: 'done' })) }) : null,
  'leader-speaks-of-a-strange-ticket': (op, right) => op === 'state' ? ok({ ...right, tickets: [...right['tickets'] as Ticket[], { ticket: 'stranger', state: 'accepted' }] }) : null,
  'leader-does-two-steps': (op, right) => op === 'cutover.step' && right['phase'] === 'drained' ? ok({ ...right, phase: 'applied' }) : null,
  'leader-waits-and-goes-on': (op, right) => op === 'cutover.step' && right['phase'] === 'drained' ? ok({ ...right, waits: 'drain' }) : null,
  'leader-goes-on-when-asked': (op, right) => op === 'cutover.poll' && right['phase'] === 'gated' ? ok({ phase: 'drained' }) : null,
  'leader-changes-its-answer': (op, right) => op === 'cutover.poll' && right['answer'] !== undefined ? ok({ ...right, answer: { is: 'unknown' } }) : null,
  'leader-forgets-its-answer': (op, right) => op === 'cutover.poll' ? ok({ phase: right['phase'] }) : null,
  'leader-does-not-know': (op, right) => op === 'cutover.begin' && right['call'] !== 'c1' ? { unknown: {} } : null,
};
