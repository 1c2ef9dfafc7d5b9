/** Answers the operations of level L2 with the leader side of a node. */
import type { CallReport } from '../../../src/node/cutover-calls.js';
import type { Leader } from '../../../src/node/leader.js';
import type { OperationHandlers } from '../serve.js';
import { bytes } from './handlers.js';
import { answered, lived, type OpenNode } from './node.js';
import { answerMessage, entryMessage } from './node-messages.js';

type Handlers = Required<Pick<OperationHandlers, 'role' | 'propose' | 'admit' | 'cancel' | 'cutover.begin' | 'cutover.step' | 'cutover.poll' | 'cutover.expire' | 'transfer' | 'tick'>>;

const told = ({ phase, answer }: CallReport) => ({ phase, ...(answer !== null && { answer: answerMessage(answer) }) });

/** The handlers; `open` gives the node that an operation needs, or throws. */
export function leaderHandlers(open: (op: string, id: string) => OpenNode): Handlers {
  /** An operation on the way of which its machine may die. */
  const leading = <Args, Ok extends object>(op: string, step: (leader: Leader, args: Args) => Promise<Ok>) =>
    (args: Args, id: string): Promise<Ok | { crashed: string }> => {
      const { node, leader } = open(op, id);
      return lived(node, () => step(leader, args));
    };
  return {
    'role': leading('role', async (leader, args) => {
      if (args.is === 'follower') {
        await leader.follow(args.term === undefined ? null : BigInt(args.term));
        return {};
      }
      return { entry: entryMessage(await leader.lead(BigInt(args.term))) };
    }),
    'propose': leading('propose', (leader, { source, data }) => leader.propose(source, data === undefined ? null : bytes(data))),
    'admit': leading('admit', async (leader, { ticket }) => {
      const { index, term, data } = entryMessage(await leader.admit(ticket));
      return { index, term, data };
    }),
    'cancel': leading('cancel', async (leader, { ticket }) => {
      await leader.cancel(ticket);
      return {};
    }),
    'cutover.begin': leading('cutover.begin', async (leader) => {
      const begun = await leader.begin();
      return { call: begun.call, ...told(begun) };
    }),
    'cutover.step': leading('cutover.step', async (leader, { call }) => {
      const { waits, entry, ...report } = await leader.step(call);
      return { ...told(report), ...(waits !== null && { waits }), ...(entry !== null && { entry: entryMessage(entry) }) };
    }),
    'cutover.poll': ({ call }, id) => answered(async () => told(await open('cutover.poll', id).leader.poll(call))),
    'cutover.expire': leading('cutover.expire', async (leader, { call }) => {
      const { phase, answer } = await leader.expire(call);
      if (answer === null) throw new Error(`cutover.expire: the caller of ${call} went without an answer`);
      return { phase, answer: answerMessage(answer) };
    }),
    'transfer': leading('transfer', async (leader) => {
      await leader.transfer();
      return {};
    }),
    'tick': leading('tick', async (leader, { ms }) => {
      await leader.tick(BigInt(ms));
      return {};
    }),
  };
}
