/** Mutants of the intake: who is taken, in which form, when it is appended, and what its caller is told. */
import { refuse } from '../../src/base/errors.js';
import type { CallerClass } from '../../src/6E-2/caller-classes.js';
import type { Operations } from '../../src/node/compose.js';
import { openLeader } from '../../src/node/leader.js';
import { instead, leading, sealing, stating, ticketing } from './leading.js';
import type { Mutant } from './mutant.js';
import { over } from './over.js';

const format = 'scenarios';

/** One class of callers with the source tag of the others. */
const tagged = (sound: Operations, caller: CallerClass): Partial<Operations> => ({
  sourceTag: (asked) => asked !== caller ? sound.sourceTag(asked) : sound.sourceTag(asked) === 'user' ? 'encryption_admin' : 'user',
});

/** Some classes of callers proposed as if the wrap switch were off. */
const plainFor = (sound: Operations, ...callers: CallerClass[]): Partial<Operations> => ({
  openLeader: async (replica, prefix) => {
    let plain = false;
    const { sealing: sealed } = replica;
    const leader = await openLeader(sound, over(replica, { sealing: over(sealed, { get on() { return sealed.on && !plain; } }) }), prefix);
    return over(leader, {
      propose: (caller, data) => {
        plain = callers.includes(caller);
        return leader.propose(caller, data);
      },
    });
  },
});

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
    replace: (sound) => leading(sound, (leader) => ({
      propose: async (caller, data) => {
        const taken = await leader.propose(caller, data);
        await leader.admit(taken.ticket);
        return taken;
      },
    })),
    claims: [],
  },
  {
    id: 'appends-again', wrong: 'appends what was appended or cancelled before', clause: '6E-2/intake', format,
    replace: (sound) => appendingAgain(sound, 'call-expired'),
    claims: [],
  },
  {
    id: 'wraps-again-by-itself', wrong: 'wraps a plain proposal that is not due, and appends it', clause: '6E-2/intake', format,
    replace: (sound) => appendingAgain(sound, 'form-not-due'),
    claims: [],
  },
  {
    id: 'revives-lost-proposals', wrong: 'appends in a later term what was lost with an earlier one', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => appendingAgain(sound, 'not-leader'),
    claims: [],
  },
  {
    id: 'proposals-outlive-the-term', wrong: 'keeps what it accepted beyond its term', clause: '6E-2/proposal-resolved-once', format,
    replace: () => ({ outlivesTerm: () => true }),
    claims: [],
  },
  {
    id: 'lost-as-expired', wrong: 'says of a proposal that was lost with the term that its caller went', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({
      admit: (name) => instead('not-leader', () => leader.admit(name), () => refuse('call-expired', { clause: 'base/leader-role', field: 'ticket', expected: 'a caller', got: 'none' })),
    })),
    claims: [],
  },
  {
    id: 'done-when-appended', wrong: 'says that a write is done when it is appended', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket) => ticket.state === 'admitted' ? { ...ticket, state: 'done' } : ticket),
    claims: [],
  },
  {
    id: 'done-when-committed', wrong: 'says that a write is done when it is committed', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket, { commitIndex }) => ticket.state === 'admitted' && (ticket.index ?? 0n) <= commitIndex ? { ...ticket, state: 'done' } : ticket),
    claims: [],
  },
  {
    id: 'resolved-by-any-entry', wrong: 'resolves a proposal when any entry is applied', clause: '6E-2/proposal-resolved-once', format,
    replace: () => ({ isOwnEntry: () => true }),
    claims: [],
  },
  {
    id: 'resolved-by-none', wrong: 'does not know its own entry when it is applied', clause: '6E-2/proposal-resolved-once', format,
    replace: () => ({ isOwnEntry: () => false }),
    claims: [],
  },
  {
    id: 'refusal-not-told', wrong: 'keeps from the caller that the state machine refused', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket) => ticket.state === 'done' ? { ...ticket, refused: null } : ticket),
    claims: [],
  },
  {
    id: 'cancel-does-nothing', wrong: 'goes on with a proposal whose caller went', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => leading(sound, () => ({ cancel: async () => {} })),
    claims: [],
  },
  {
    id: 'unknown-as-cancelled', wrong: 'says "cancelled" of what was appended', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket) => ticket.state === 'unknown' ? { ...ticket, state: 'cancelled' } : ticket),
    claims: [],
  },
  {
    id: 'unknown-becomes-done', wrong: 'resolves a proposal again whose caller was told that nobody knows', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket, { applied }) => ticket.state === 'unknown' && (ticket.index ?? applied + 1n) <= applied ? { ...ticket, state: 'done' } : ticket),
    claims: [],
  },
  {
    id: 'cancels-what-is-done', wrong: 'takes back that a write was done, when its caller goes', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => leading(sound, (leader) => {
      const gone = new Set<string>();
      return {
        cancel: async (name) => { gone.add(name); await leader.cancel(name); },
        state: () => {
          const state = leader.state();
          return { ...state, tickets: state.tickets.map((ticket) => ticket.state === 'done' && gone.has(ticket.ticket) ? { ...ticket, state: 'unknown' } : ticket) };
        },
      };
    }),
    claims: [],
  },
  {
    id: 'halt-resolves', wrong: 'says when it halts that everything is done', clause: '6E-2/proposal-resolved-once', format,
    replace: (sound) => ticketing(sound, (ticket, { halted }) => halted === null ? ticket : { ...ticket, state: 'done' }),
    claims: [],
  },
  {
    id: 'halted-goes-on-leading', wrong: 'leads, and takes proposals and calls, though its replica has halted', clause: 'base/halted-replica', format,
    replace: (sound) => leading(sound, (leader, { last }) => ({
      propose: (caller, data) => instead('replica-halted', () => leader.propose(caller, data), () => ({ ticket: 'nowhere' })),
      begin: () => instead('replica-halted', () => leader.begin(), () => ({ call: 'nowhere', phase: 'gated' as const, answer: null })),
      lead: (term) => instead('replica-halted', () => leader.lead(term), () => ({ index: last + 6n as typeof last, term, type: 'normal' as const, data: new Uint8Array() })),
    })),
    claims: [],
  },
  {
    id: 'follower-takes-proposals', wrong: 'takes proposals and transfers on a node that follows', clause: 'base/leader-role', format,
    replace: takingAsFollower,
    claims: [],
  },
  {
    id: 'says-that-it-leads', wrong: 'says that it leads when it follows', clause: 'base/leader-role', format,
    replace: (sound) => stating(sound, (state) => ({ ...state, role: 'leader' })),
    claims: [],
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
    claims: [],
  },
  {
    id: 'leads-after-following-alone', wrong: 'refuses a later term as long as it leads', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({
      lead: async (term) => {
        if (leader.state().role === 'leader') refuse('term-old', { clause: 'base/leader-role', field: 'role', expected: 'follower', got: 'leader' });
        return await leader.lead(term);
      },
    })),
    claims: [],
  },
  {
    id: 'leads-in-an-old-term', wrong: 'leads in a term that is not above those that it knows', clause: 'base/leader-role', format,
    replace: (sound) => leading(sound, (leader) => ({
      lead: (term) => instead('term-old', () => leader.lead(term), async () => ({ ...await leader.lead(leader.state().term + 1n), term })),
    })),
    claims: [],
  },
  ...(['client-write', 'forwarded-write'] as const).map((caller): Mutant => ({
    id: `${caller}-exempt`, wrong: `lets a ${caller} pass a hold`, clause: '6E-2/caller-classes', format,
    replace: (sound) => tagged(sound, caller),
    claims: [],
  })),
  {
    id: 'lease-exempt', wrong: 'lets the renewal of a lease pass a hold, and the drain pass it over', clause: 'repair/bounded-hold', format,
    replace: (sound) => tagged(sound, 'lease-renewal'),
    claims: [],
  },
  ...(['registration', 'pre-registration', 'rotation', 'storage-cutover', 'bootstrap'] as const).map((caller): Mutant => ({
    id: `${caller}-held`, wrong: `holds a ${caller} as it holds users`, clause: '6E-2/admin-exempt', format,
    replace: (sound) => tagged(sound, caller),
    claims: [],
  })),
  {
    id: 'wraps-no-writes', wrong: 'proposes the writes of clients plain above the cutover', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'client-write'),
    claims: [],
  },
  {
    id: 'wraps-no-forwarded-writes', wrong: 'proposes what another node passed on as it came', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'forwarded-write'),
    claims: [],
  },
  {
    id: 'wraps-no-leases', wrong: 'proposes leases plain above the cutover', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'lease-renewal'),
    claims: [],
  },
  {
    id: 'wraps-users-alone', wrong: 'proposes what changes encryption plain above the cutover', clause: '6E-2/caller-classes', format,
    replace: (sound) => plainFor(sound, 'registration', 'pre-registration', 'rotation', 'storage-cutover'),
    claims: [],
  },
  {
    id: 'wraps-from-the-bootstrap-on', wrong: 'wraps as soon as there is a raft key, whatever the switch says', clause: '6E-2/wrap-switch', format,
    replace: (sound) => sealing(sound, (sealed) => ({
      get on() { return sealed.raftKey !== 0; },
      seal: (payload) => sealed.on ? sealed.seal(payload) : sealed.sealAnyway(payload),
    })),
    claims: [],
  },
  {
    id: 'wraps-unregistered', wrong: 'wraps writes before this load is registered', clause: 'base/registration-gates', format,
    replace: (sound) => sealing(sound, (sealed) => ({ seal: (payload) => sealed.sealAnyway(payload) })),
    claims: [],
  },
  {
    id: 'never-registered', wrong: 'takes no registration for its own, and wraps no write', clause: 'base/registration-gates', format,
    replace: () => ({ countsAsRegistered: () => false }),
    claims: [],
  },
  {
    id: 'registers-another-epoch', wrong: 'registers itself under an epoch that is not that of its load', clause: 'base/registration-cases', format,
    replace: (sound) => sealing(sound, (sealed) => ({
      registration: () => {
        const { localEpoch, ...row } = sealed.proposer();
        return Uint8Array.of(3, ...sound.encodeRegistration({ ...row, localEpoch: localEpoch + 1 as typeof localEpoch }));
      },
    })),
    claims: [],
  },
  {
    id: 'counts-what-it-refused', wrong: 'counts a refused proposal in flight', clause: '6E-2/intake', format,
    replace: countingRefused,
    claims: [],
  },
  {
    id: 'counts-nothing', wrong: 'says that nothing is in flight', clause: '6E-2/barrier-2-drain', format,
    replace: (sound) => stating(sound, (state) => ({ ...state, inFlight: 0 })),
    claims: [],
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
    claims: [],
  },
];
