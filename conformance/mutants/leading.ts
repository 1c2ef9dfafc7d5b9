/** What the mutants of a leader are put together with: the sound leader side of a replica, of which a part answers or decides otherwise. */
import { Refusal } from '../../src/base/errors.js';
import type { Reason } from '../../spec/reasons.js';
import type { Operations } from '../../src/node/compose.js';
import { openLeader, type Leader, type LeaderState } from '../../src/node/leader.js';
import type { Replica } from '../../src/node/replica.js';
import type { Sealing } from '../../src/node/sealing.js';
import { over } from './over.js';

/** A leader some of whose operations are others, over decisions of which some are others. */
export const leading = (sound: Operations, change: (leader: Leader, replica: Replica) => Partial<Leader>, rules: Partial<Operations> = {}): Partial<Operations> => ({
  ...rules,
  openLeader: async (replica, prefix) => {
    const leader = await openLeader({ ...sound, ...rules }, replica, prefix);
    return over(leader, change(leader, replica));
  },
});

/** A leader that says other things of itself than it does. */
export const stating = (sound: Operations, change: (state: LeaderState, replica: Replica) => LeaderState): Partial<Operations> =>
  leading(sound, (leader, replica) => ({ state: () => change(leader.state(), replica) }));

/** The same of its tickets. */
export const ticketing = (sound: Operations, change: (ticket: LeaderState['tickets'][number], replica: Replica) => LeaderState['tickets'][number]): Partial<Operations> =>
  stating(sound, (state, replica) => ({ ...state, tickets: state.tickets.map((ticket) => change(ticket, replica)) }));

/** A leader that seals otherwise. */
export const sealing = (sound: Operations, change: (sealing: Sealing) => Partial<Sealing>, rules: Partial<Operations> = {}): Partial<Operations> => ({
  ...rules,
  openLeader: (replica, prefix) => openLeader({ ...sound, ...rules }, over(replica, { sealing: over(replica.sealing, change(replica.sealing)) }), prefix),
});

/** What is refused for one reason, answered otherwise; refusals for others stand. */
export async function instead<Ok>(reason: Reason, step: () => Promise<Ok>, other: () => Promise<Ok> | Ok): Promise<Ok> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof Refusal && error.reason === reason) return await other();
    throw error;
  }
}
