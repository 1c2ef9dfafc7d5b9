/** Another leader: what it takes before the cutover entry of an earlier one is applied, and what of the earlier one may still come. */
import test, { type ExecutionContext } from 'ava';
import { raftIndex } from '../src/base/ids.js';
import { compositions } from '../src/node/compositions.js';
import { Cluster } from './leader-cluster.js';
import { change, gate, start, upTo } from './leader-words.js';
import { operations, refused, request } from './replica-logs.js';

test('a new leader with the cutover entry in its log takes nothing before it is applied (H2), also after a restart', async (t) => {
  for (const restarted of [false, true]) {
    const cluster = await start();
    const { n1, n2, n3 } = cluster.nodes;
    await upTo(cluster, n1, 'proposed');
    await cluster.replicate(n1, n2, Infinity);
    if (restarted) await cluster.restart(n2);
    await cluster.elect(n2, ['n2', 'n3']);
    await refused(t, n2.leader.propose('lease-renewal', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 1)), 'cutover-in-progress');
    await refused(t, n2.leader.propose('registration', request('x')), 'cutover-in-progress');
    await refused(t, n2.leader.begin(), 'cutover-in-progress');
    await cluster.settle(n2);
    t.true(n3.replica.state().wrap);
    await cluster.write(n2, 'registration', null);
    await cluster.settle(n2);
    await cluster.check();
  }
});

test('a cutover entry that is truncated closes nothing any more', async (t) => {
  const cluster = await start();
  const { n1, n2 } = cluster.nodes;
  await upTo(cluster, n1, 'proposed');
  t.is(gate(n1), 'users stop, admins stop');
  await cluster.elect(n2, ['n2', 'n3']);
  await cluster.write(n2);
  await cluster.settle(n2);
  t.is(gate(n1), 'users pass, admins pass');
  await change(cluster, n2, n1);
  await cluster.settle(n1);
  await cluster.wholeCall(n1);
  await cluster.check();
});

/** What was accepted plain in one term of a node is appended in a later one, behind a cutover that another node has run meanwhile (H8). */
async function outlived(t: ExecutionContext, cluster: Cluster): Promise<string> {
  const { n1, n2 } = cluster.nodes;
  const ticket = await cluster.propose(n1, 'client-write', request('early'));
  await change(cluster, n1, n2);
  await cluster.settle(n2);
  await cluster.wholeCall(n2);
  await change(cluster, n2, n1);
  await cluster.settle(n1);
  t.is(n1.replica.state().cutover, n2.replica.state().cutover);
  try {
    await cluster.admit(n1, ticket);
    await cluster.settle(n1);
    await cluster.check();
    return 'nothing breaks';
  } catch (error) {
    return (error as Error).message;
  }
}

test('a proposal does not outlive its term, or is refused by the rule of the append (H8)', async (t) => {
  t.regex(await outlived(t, await start()), /^not-leader/);
  t.regex(await outlived(t, await start('base-a')), /^not-leader/);
  t.regex(await outlived(t, await start('base-b')), /^form-not-due/);
  t.regex(await outlived(t, await start('base-a', { outlivesTerm: () => true })), /^I2: n1 halts/);
  t.regex(await outlived(t, await start('proposal')), /^I2: n1 halts/);
});

test('6E-1 alone is inert while it runs, and its data halt the proposal and refuse the start of the repaired (H25)', async (t) => {
  // With an identity of its log: without one, the repaired does not even look so far.
  const cluster = await start('6e-1', { logIdentity: compositions.repaired.logIdentity });
  const { n1 } = cluster.nodes;
  await cluster.wholeCall(n1);
  await cluster.write(n1);
  await cluster.settle(n1);
  t.like(n1.replica.state(), { cutover: 3n, wrap: false, halted: null, applied: 4n });
  await n1.replica.close();
  for (const [name, what] of [['proposal', /halt/], ['repaired', /does not start: early-cutover-index/]] as const) {
    const opened = await Cluster.start(operations(compositions[name]));
    Object.assign(opened.nodes.n1, { machine: n1.machine, log: n1.log });
    const error = await t.throwsAsync(async () => {
      await opened.restart(opened.nodes.n1);
      const again = opened.nodes.n1;
      await opened.elect(again, ['n1']);
      await again.replica.append([{ ...n1.log[3] as NonNullable<typeof n1.log[3]>, index: raftIndex(again.replica.last + 1n), term: again.term }]);
      again.replica.commit(again.replica.last);
      await again.replica.apply();
      if (again.replica.halted !== null) throw new Error('n1 halts');
    });
    t.regex(error?.message ?? '', what, name);
    await opened.nodes.n1.replica.close();
  }
});
