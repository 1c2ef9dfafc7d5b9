/** Any interleaving of three nodes: what may happen next, and a walk that takes one step after the other and looks after each whether everything holds. */
import { u64be } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import type { Operations } from '../src/node/compose.js';
import { Broken, Cluster, INVARIANTS, type Invariant } from './leader-cluster.js';
import { NEXT, registration, rotation } from './replica-logs.js';

/** How far a walk may go. */
export interface Limits { readonly terms: bigint; readonly length: number; readonly calls: number; readonly starts: number; readonly snapshots: boolean }
/** A step by its name; of two, that with the greater weight is taken more often. */
export interface Step { readonly name: string; readonly weight: number; run(): Promise<void> }

/** Where a raft key was rotated already: a second time the same key would register its proposer anew, below the row that it has by then. */
const rotations = new WeakSet<Cluster>();

/** What may happen next. */
function stepsOf(cluster: Cluster, limits: Limits): Step[] {
  const found: Step[] = [];
  const may = (name: string, weight: number, run: () => Promise<unknown>): void => { found.push({ name, weight, run: async () => { await run(); } }); };
  const quiet = (attempt: () => Promise<unknown>) => async (): Promise<void> => {
    try {
      await attempt();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  };
  for (const node of cluster.all) {
    const { name, log } = node;
    const halted = node.replica.halted !== null;
    if (halted) continue;
    const others = cluster.all.filter((other) => other !== node && other.replica.halted === null);
    const applied = node.replica.applied;
    if (applied < node.commit) may(`${name} applies`, 6, async () => node.replica.apply({ step: true }));
    if (node.starts < limits.starts) may(`${name} restarts`, 1, async () => cluster.restart(node));
    for (const other of others) {
      const terms = cluster.all.reduce((most, { term }) => term > most ? term : most, 0n);
      if (!node.leads && terms < limits.terms && cluster.upToDate(node, other)) may(`${name} is elected by ${other.name}`, 1, async () => cluster.elect(node, [name, other.name]));
      if (!node.leads || node.term < other.term) continue;
      const at = cluster.match(log, other.log);
      if (at < log.length) may(`${name} sends to ${other.name}`, 6, async () => cluster.replicate(node, other, 1));
      if (at < log.length - 1) may(`${name} sends all to ${other.name}`, 2, async () => cluster.replicate(node, other, Infinity));
      const known = BigInt(Math.min(Number(node.commit), at));
      if (node.term === other.term && known > other.commit) may(`${other.name} learns the commit index`, 3, async () => { cluster.commit(other, Number(known)); });
      if (limits.snapshots && applied > other.replica.applied) may(`${other.name} installs a snapshot of ${name}`, 1, quiet(async () => cluster.snapshot(node, other)));
    }
    if (node.leads) {
      const index = cluster.committable(node);
      if (index > 0) may(`${name} commits ${index}`, 8, async () => { cluster.commit(node, index); });
      if (log.length < limits.length) {
        may(`${name} takes a write`, 3, quiet(async () => cluster.propose(node, 'client-write', cluster.payload())));
        may(`${name} takes a lease`, 1, quiet(async () => cluster.propose(node, 'lease-renewal', Uint8Array.of(2, ...u64be(BigInt(log.length))))));
        may(`${name} takes its registration`, 2, quiet(async () => cluster.propose(node, 'registration', null)));
        if (!rotations.has(cluster)) {
          may(`${name} rotates`, 1, quiet(async () => {
            await cluster.propose(node, 'rotation', rotation(0x01, NEXT, 2));
            rotations.add(cluster);
          }));
        }
        may(`${name} takes a registration`, 1, quiet(async () => cluster.propose(node, 'pre-registration', registration(0, 7))));
      }
      if (cluster.all.reduce((sum, { calls }) => sum + calls.length, 0) < limits.calls) may(`${name} is called`, 5, quiet(async () => cluster.begin(node)));
      may(`two seconds go by at ${name}`, 1, async () => node.leader.tick(2000n));
    }
    for (const { ticket, state } of node.leader.state().tickets) {
      if (state !== 'accepted') continue;
      if (node.leads) may(`${name} admits ${ticket}`, 6, quiet(async () => cluster.admit(node, ticket)));
      may(`${ticket} of ${name} is cancelled`, 1, async () => node.leader.cancel(ticket));
    }
    for (const { name: call, answered } of node.calls) {
      may(`${name} steps ${call}`, answered ? 1 : 8, async () => cluster.step(node, call));
      if (!answered) may(`the caller of ${call} at ${name} goes`, 1, async () => { await node.leader.expire(call); node.calls.forEach((one) => { if (one.name === call) one.answered = true; }); });
    }
  }
  return found;
}

export const LIMITS: Limits = { terms: 5n, length: 18, calls: 3, starts: 1, snapshots: true };

/** Takes one step after the other, each chosen among those that may happen by a number, and looks after each whether everything holds. */
export async function explore(
  ops: Operations, choices: readonly number[], { watched = INVARIANTS, limits = LIMITS }: { readonly watched?: readonly Invariant[]; readonly limits?: Limits } = {},
): Promise<{ broken: Broken | null; trace: readonly string[] }> {
  const trace: string[] = [];
  try {
    const cluster = (choices[0] ?? 0) % 3 === 0 ? await Cluster.cutOver(ops, watched) : await Cluster.start(ops, watched);
    for (const choice of choices) {
      const steps = stepsOf(cluster, limits);
      let left = choice % steps.reduce((sum, { weight }) => sum + weight, 0);
      const step = steps.find(({ weight }) => (left -= weight) < 0);
      if (step === undefined) break;
      trace.push(step.name);
      await step.run();
      await cluster.check();
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw Object.assign(error as Error, { trace });
    return { broken: error, trace };
  }
  return { broken: null, trace };
}
