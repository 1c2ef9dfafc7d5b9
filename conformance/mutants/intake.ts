/** Mutants of the intake: who is taken, in which form, when it is appended, and what its caller is told. */
import { refuse } from '../../src/base/errors.js';
import type { CallerClass } from '../../src/6E-2/caller-classes.js';
import type { LogEntry } from '../../src/base/log-entry.js';
import type { Operations } from '../../src/node/compose.js';
import { instead, leading, stating, ticketing } from './leading.js';
import type { Mutant } from './mutant.js';

const format = 'scenarios';

/** So many proposals of users that the gate or the wrapper refused, counted as well. */
const countingRefused = (sound: Operations): Partial<Operations> => leading(sound, (leader) => {
  let refused = 0;
  return {
    propose: async (caller, data) => {
      try {
        return await leader.propose(caller, data);
      } catch (error) {
        refused += 1;
        throw error;
      }
    },
    state: () => ({ ...leader.state(), inFlight: leader.state().inFlight + refused }),
  };
});

/** A node that follows and takes proposals all the same, which then are nowhere. */
const takingAsFollower = (sound: Operations): Partial<Operations> => leading(sound, (leader) => {
  let taken = 0;
  return {
    propose: (caller, data) => instead('not-leader', () => leader.propose(caller, data), () => ({ ticket: `nowhere-${taken += 1}` })),
    transfer: () => instead('not-leader', () => leader.transfer(), () => undefined),
  };
});

/** What is proposed is kept, so that it can be appended when it should not be. */
const appendingAgain = (sound: Operations, reason: 'call-expired' | 'form-not-due' | 'not-leader'): Partial<Operations> => leading(sound, (leader) => {
  const proposed = new Map<string, [CallerClass, Uint8Array | null]>();
  return {
    propose: async (caller, data) => {
      const taken = await leader.propose(caller, data);
      proposed.set(taken.ticket, [caller, data]);
      return taken;
    },
    admit: (name) => instead(reason, () => leader.admit(name), async () => {
      const again = await leader.propose(...(proposed.get(name) ?? ['client-write', null] as const));
      return await leader.admit(again.ticket);
    }),
  };
});

export const intakeMutants: readonly Mutant[] = [
  {
    id: 'accepting-appends', wrong: 'appends a proposal when it is accepted', clause: '6E-2/intake', format,
    replace: (sound) => leading(sound, (leader) => {
      const appended = new Map<string, LogEntry>();
      return {
        propose: async (caller, data) => {
          const taken = await leader.propose(caller, data);
          if (caller === 'client-write') appended.set(taken.ticket, await leader.admit(taken.ticket));
          return taken;
        },
        admit: async (name) => appended.get(name) ?? await leader.admit(name),
      };
    }),
    claims: [{ check: 'intake/accept-and-append/accepting-appends-nothing', answers: { result: 'ok' } }],
  },
  {
    id: 'appends-again', wrong: 'appends what was appended or cancelled before', clause: '6E-2/intake', format,
    replace: (sound) => appendingAgain(sound, 'call-expired'),
    claims: [
      { check: 'intake/accept-and-append/appended-once', answers: { result: 'ok' } },
      { check: 'intake/what-callers-are-told/cancelled-is-never-appended', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'wraps-again-by-itself', wrong: 'wraps a plain proposal that is not due, and appends it', clause: '6E-2/intake', format,
    replace: (sound) => appendingAgain(sound, 'form-not-due'),
    claims: [{ check: 'intake/keeps-its-form/form-never-changes', answers: { result: 'ok' } }],
  },
  {
    id: 'revives-lost-proposals', wrong: 'appends in a later term what was lost with an earlier one', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => appendingAgain(sound, 'not-leader'),
    claims: [{ check: 'intake/what-callers-are-told/not-appended-in-a-later-term', answers: { result: 'ok' } }],
  },
  {
    id: 'proposals-outlive-the-term', wrong: 'keeps what it accepted beyond its term', clause: '6E-2/proposal-resolved-once', format,
    replace: () => ({ outlivesTerm: () => true }),
    claims: [{ check: 'intake/what-callers-are-told/term-lost-before-the-append', answers: { result: 'ok' } }],
  },
  {
    id: 'lost-as-expired', wrong: 'says of a proposal that was lost with the term that its caller went', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({
      admit: (name) => instead('not-leader', () => leader.admit(name), () =>
        refuse('call-expired', { clause: 'base/leader-role', field: 'ticket', expected: 'a caller', got: 'none' })),
    })),
    claims: [{ check: 'intake/leader-alone/not-appended-by-a-follower', answers: { result: 'refused', reason: 'call-expired' } }],
  },
  {
    id: 'done-when-appended', wrong: 'says that a write is done when it is appended', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket) => ticket.state === 'admitted' ? { ...ticket, state: 'done' } : ticket),
    claims: [
      { check: 'intake/accept-and-append/append-is-durable-only', answers: { result: 'ok' } },
      { check: 'intake/accept-and-append/commit-resolves-nothing', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'done-when-committed', wrong: 'says that a write is done when it is committed', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket, { commitIndex }) =>
      ticket.state === 'admitted' && (ticket.index ?? 0n) <= commitIndex ? { ...ticket, state: 'done' } : ticket),
    claims: [
      { check: 'intake/accept-and-append/commit-resolves-nothing', answers: { result: 'ok' } },
      { check: 'intake/accept-and-append/resolved-at-its-own-apply', answers: { result: 'ok' } },
      { check: 'intake/own-entry/not-by-the-id-alone', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'resolved-by-any-entry', wrong: 'resolves a proposal when any entry is applied', clause: '6E-2/proposal-resolved-once', format,
    replace: () => ({ isOwnEntry: () => true }),
    claims: [{ check: 'intake/own-entry/not-by-the-id-alone', answers: { result: 'ok' } }],
  },
  {
    id: 'resolved-by-none', wrong: 'does not know its own entry when it is applied', clause: '6E-2/proposal-resolved-once', format,
    replace: () => ({ isOwnEntry: () => false }),
    claims: [
      { check: 'intake/accept-and-append/both-done', answers: { result: 'ok' } },
      { check: 'intake/own-entry/each-by-its-own-entry', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'refusal-not-told', wrong: 'keeps from the caller that the state machine refused', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket) => ticket.state === 'done' ? { ...ticket, refused: null } : ticket),
    claims: [{ check: 'intake/what-callers-are-told/ordinary-refusal-is-the-result', answers: { result: 'ok' } }],
  },
  {
    id: 'cancel-does-nothing', wrong: 'goes on with a proposal whose caller went', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => leading(sound, () => ({ cancel: async () => {} })),
    claims: [
      { check: 'barrier/drains-all-that-is-in-flight/applied-cancelled-and-refused-have-finished', answers: { result: 'ok' } },
      { check: 'intake/what-callers-are-told/cancelled-before-the-append', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'unknown-as-cancelled', wrong: 'says "cancelled" of what was appended', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket) => ticket.state === 'unknown' ? { ...ticket, state: 'cancelled' } : ticket),
    claims: [
      { check: 'intake/what-callers-are-told/cancelled-behind-the-append', answers: { result: 'ok' } },
      { check: 'intake/what-callers-are-told/term-lost-behind-the-append', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'unknown-becomes-done', wrong: 'resolves a proposal again whose caller was told that nobody knows', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket, { applied }) =>
      ticket.state === 'unknown' && (ticket.index ?? applied + 1n) <= applied ? { ...ticket, state: 'done' } : ticket),
    claims: [
      { check: 'intake/what-callers-are-told/applied-under-another-leader', answers: { result: 'ok' } },
      { check: 'intake/what-callers-are-told/entry-stays', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'cancels-what-is-done', wrong: 'takes back that a write was done, when its caller goes', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => leading(sound, (leader) => {
      const gone = new Set<string>();
      return {
        cancel: async (name) => {
          gone.add(name);
          await leader.cancel(name);
        },
        state: () => {
          const state = leader.state();
          return { ...state, tickets: state.tickets.map((ticket) => ticket.state === 'done' && gone.has(ticket.ticket) ? { ...ticket, state: 'unknown' } : ticket) };
        },
      };
    }),
    claims: [{ check: 'intake/accept-and-append/done-stays-done', answers: { result: 'ok' } }],
  },
  {
    id: 'halt-resolves', wrong: 'says when it halts that everything is done', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket, { halted }) => halted === null ? ticket : { ...ticket, state: 'done' }),
    claims: [{ check: 'intake/halt/halt-resolves-none', answers: { result: 'ok' } }],
  },
  {
    id: 'halted-goes-on-leading', wrong: 'leads, and takes proposals and calls, though its replica has halted', clause: 'base/halted-replica', format,
    replace: (sound) => leading(sound, (leader, { last }) => ({
      propose: (caller, data) => instead('replica-halted', () => leader.propose(caller, data), () => ({ ticket: 'nowhere' })),
      begin: () => instead('replica-halted', () => leader.begin(), () => ({ call: 'nowhere', phase: 'gated' as const, answer: null })),
      lead: (term) => instead('replica-halted', () => leader.lead(term), () => ({ index: last + 6n as typeof last, term, type: 'normal' as const, data: new Uint8Array() })),
    })),
    claims: [
      { check: 'intake/halt/halted-takes-no-call', answers: { result: 'ok' } },
      { check: 'intake/halt/halted-takes-no-role', answers: { result: 'ok' } },
      { check: 'intake/halt/halted-takes-nothing', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'follower-takes-proposals', wrong: 'takes proposals and transfers on a node that follows', clause: 'base/leader-role', format,
    replace: takingAsFollower,
    claims: [
      { check: 'barrier/restart-before-the-append/starts-as-a-follower', answers: { result: 'ok' } },
      { check: 'intake/leader-alone/no-proposals', answers: { result: 'ok' } },
      { check: 'intake/leader-alone/no-registrations', answers: { result: 'ok' } },
      { check: 'intake/leader-alone/no-transfers', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'says-that-it-leads', wrong: 'says that it leads when it follows', clause: 'base/leader-role', format,
    replace: (sound) => stating(sound, (state) => ({ ...state, role: 'leader' })),
    claims: [{ check: 'intake/leader-alone/nothing-appended', answers: { result: 'ok' } }],
  },
  {
    id: 'leads-in-the-next-term-alone', wrong: 'takes no term but the one above its last', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({
      lead: async (term) => {
        const { term: seen } = leader.state();
        if (term > seen + 2n) refuse('term-old', { clause: 'base/leader-role', field: 'term', expected: `${seen + 1n}`, got: `${term}` });
        return await leader.lead(term);
      },
    })),
    claims: [{ check: 'intake/leader-alone/leads-in-the-term-given', answers: { result: 'refused', reason: 'term-old' } }],
  },
  {
    id: 'leads-after-following-alone', wrong: 'refuses a later term as long as it leads', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({
      lead: async (term) => {
        if (leader.state().role === 'leader') refuse('term-old', { clause: 'base/leader-role', field: 'role', expected: 'follower', got: 'leader' });
        return await leader.lead(term);
      },
    })),
    claims: [{ check: 'gate/ends-with-the-term/same-node-next-term', answers: { result: 'refused', reason: 'term-old' } }],
  },
  {
    id: 'leads-no-empty-log', wrong: 'refuses to lead before it has a log', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader, replica) => ({
      lead: async (term) => {
        if (replica.last === 0n) refuse('term-old', { clause: 'base/leader-role', field: 'log', expected: 'an entry', got: 'none' });
        return await leader.lead(term);
      },
    })),
    claims: [{ check: 'barrier/six-steps/leads-with-an-empty-entry', answers: { result: 'refused', reason: 'term-old' } }],
  },
  {
    id: 'leads-in-an-old-term', wrong: 'leads in a term that is not above those that it knows', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({
      lead: (term) => instead('term-old', () => leader.lead(term), async () => ({ ...await leader.lead(term + 100n), term })),
    })),
    claims: [
      { check: 'intake/leader-alone/follows-as-before', answers: { result: 'ok' } },
      { check: 'intake/leader-alone/old-term-is-refused', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'counts-what-it-refused', wrong: 'counts a refused proposal in flight', clause: '6E-2/intake', format,
    replace: countingRefused,
    claims: [
      { check: 'barrier/drains-all-that-is-in-flight/none-in-flight', answers: { result: 'ok' } },
      { check: 'barrier/restart-before-the-append/nothing-left-of-the-call', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'counts-nothing', wrong: 'says that nothing is in flight', clause: '6E-2/barrier-2-drain', format,
    replace: (sound) => stating(sound, (state) => ({ ...state, inFlight: 0 })),
    claims: [
      { check: 'barrier/drains-all-that-is-in-flight/accepted-is-counted', answers: { result: 'ok' } },
      { check: 'barrier/drains-all-that-is-in-flight/refused-is-not-counted', answers: { result: 'ok' } },
      { check: 'intake/accept-and-append/accepting-appends-nothing', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'counts-for-ever', wrong: 'says that everything is in flight that was ever accepted', clause: '6E-2/barrier-2-drain', format,
    replace: (sound) => {
      let taken = 0;
      return leading(sound, (leader) => ({
        propose: async (caller, data) => {
          const ticket = await leader.propose(caller, data);
          taken += 1;
          return ticket;
        },
        state: () => ({ ...leader.state(), inFlight: taken }),
      }));
    },
    claims: [
      { check: 'barrier/drains-all-that-is-in-flight/refused-is-not-counted', answers: { result: 'ok' } },
      { check: 'barrier/drains-all-that-is-in-flight/accepted-is-counted', answers: { result: 'ok' } },
    ],
  },
];
