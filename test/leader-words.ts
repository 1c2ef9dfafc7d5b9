/** What the tests of a leader say in words: the fate of a call or a proposal, the gate; and how they come to a phase, or to another leader. */
import type { Composition } from '../spec/rules.js';
import { compositions } from '../src/node/compositions.js';
import type { Leader } from '../src/node/leader.js';
import type { Rules } from '../src/node/rules.js';
import { Cluster, INVARIANTS, OUTCOMES, type Node } from './leader-cluster.js';
import { operations } from './replica-logs.js';

/** Three nodes of a composition, of which the first leads; the proposal to the letter restates no rule. */
export const start = (name: Composition = 'repaired', dropped: Partial<Rules> = {}): Promise<Cluster> => Cluster.start(operations({ ...compositions[name], ...dropped }), name === 'proposal' ? OUTCOMES : INVARIANTS);

/** The step of a call in words. */
export function words({ phase, waits, answer }: Awaited<ReturnType<Leader['step']>>): string {
  const told = answer === null ? '' : answer.is === 'not-appended' ? `, not appended: ${answer.refusal.reason}` : answer.is === 'unknown' ? ', unknown' : `, applied at ${answer.index}`;
  return `${phase}${waits === null ? '' : ` waits for ${waits}`}${told}`;
}
export const stepped = async (cluster: Cluster, node: Node, call: string): Promise<string> => words(await cluster.step(node, call));
export const polled = async (node: Node, call: string): Promise<string> => words({ ...await node.leader.poll(call), waits: null, entry: null });
export const fates = ({ leader }: Node): string => leader.state().tickets.map(({ state, refused: why }) => why === null ? state : `${state} ${why.join('+')}`).join(', ');
export const gate = ({ leader }: Node): string => {
  const { users, admins } = leader.state().gate;
  return `users ${users ? 'pass' : 'stop'}, admins ${admins ? 'pass' : 'stop'}`;
};
/** A call up to the phase that is named. */
export async function upTo(cluster: Cluster, node: Node, phase: string): Promise<string> {
  const call = await cluster.begin(node);
  while ((await node.leader.poll(call)).phase !== phase) await cluster.step(node, call);
  return call;
}
/** The other node leads, and the first follows it. */
export async function change(cluster: Cluster, from: Node, to: Node): Promise<void> {
  await cluster.elect(to, [from.name, to.name]);
}
