/**
 * The leader: the six steps, the gate, the intake; and any interleaving of three nodes, which breaks nothing in the repaired design,
 * and something in every lesser one.
 */
import test from 'ava';
import { Cluster } from './leader-cluster.js';
import { operations } from './replica-logs.js';

test('six steps, and everything behind them is wrapped', async (t) => {
  const cluster = await Cluster.start(operations());
  const { n1 } = cluster.nodes;
  await cluster.write(n1);
  await cluster.settle(n1);
  const call = await cluster.begin(n1);
  const phases: string[] = [];
  for (let at = 0; at < 8; at += 1) {
    const { phase, waits } = await cluster.step(n1, call);
    phases.push(waits === null ? phase : `${phase} waits ${waits}`);
    if (waits !== null) await cluster.settle(n1);
  }
  t.deepEqual(phases, ['drained', 'proposed', 'proposed waits commit', 'applied', 'switched', 'idle', 'idle', 'idle']);
  t.like(await n1.leader.poll(call), { answer: { is: 'applied', index: 4n, already: false } });
  await cluster.check();
  await cluster.write(n1, 'registration', null);
  await cluster.settle(n1);
  await cluster.write(n1);
  await cluster.settle(n1);
  await cluster.check();
});
