/** The leader, step by step: the role, the six steps and what ends them, the gate, the intake and the append. */
import test from 'ava';
import { raftIndex } from '../src/base/ids.js';
import { Cluster } from './leader-cluster.js';
import { change, fates, gate, polled, start, stepped, upTo } from './leader-words.js';
import { cutover, NEXT, operations, refused, request, rotation } from './replica-logs.js';

// ── Role ────────────────────────────────────────────────────────────────────────────────────────────────────

test('a start leads nothing, and a term is led once', async (t) => {
  const { nodes: { n1, n2 } } = await start();
  t.like(n1.leader.state(), { role: 'leader', term: 1n });
  t.like(n2.leader.state(), { role: 'follower', term: 1n });
  for (const attempt of [() => n2.leader.propose('client-write', request('a')), () => n2.leader.begin(), () => n2.leader.transfer()]) await refused(t, attempt(), 'not-leader');
  await refused(t, n1.leader.lead(1n), 'term-old');
  await refused(t, n2.leader.lead(1n), 'term-old');
  t.deepEqual(await n2.leader.lead(7n), { index: raftIndex(3n), term: 7n, type: 'normal', data: new Uint8Array() });
  t.is(n2.replica.last, raftIndex(3n));
  await n2.leader.follow(9n);
  await refused(t, n2.leader.lead(9n), 'term-old');
});

test('a term that the log holds is known after a restart', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  await cluster.restart(n1);
  t.like(n1.leader.state(), { role: 'follower', term: 0n });
  await refused(t, n1.leader.lead(1n), 'term-old');
});

// ── The six steps ───────────────────────────────────────────────────────────────────────────────────────────

for (const name of ['repaired', 'proposal', 'upstream', 'base-a'] as const) {
  test(`six steps, and everything behind them is wrapped: ${name}`, async (t) => {
    const cluster = await start(name);
    const { n1 } = cluster.nodes;
    const call = await cluster.begin(n1);
    const waiting = [await stepped(cluster, n1, call), await stepped(cluster, n1, call), await stepped(cluster, n1, call)];
    t.deepEqual(waiting, ['drained', 'proposed', 'proposed waits for commit']);
    for (const node of [cluster.nodes.n2, cluster.nodes.n3]) await cluster.replicate(n1, node, Infinity);
    cluster.commit(n1, 3);
    t.is(await stepped(cluster, n1, call), 'proposed waits for apply');
    await cluster.settle(n1);
    const last = [await stepped(cluster, n1, call), await stepped(cluster, n1, call), await stepped(cluster, n1, call), await stepped(cluster, n1, call)];
    t.deepEqual(last, ['applied', 'switched', 'idle, applied at 3', 'idle, applied at 3']);
    t.is(gate(n1), 'users pass, admins pass');
    await cluster.write(n1, 'registration', null);
    await cluster.settle(n1);
    t.is((await cluster.write(n1)).data[9], 1, 'the version of an envelope');
    await cluster.settle(n1);
    await cluster.check();
    t.like(await n1.leader.begin(), { phase: 'idle', answer: { is: 'applied', index: 3n, already: true } });
  });
}

test('the checks of a call, in their order', async (t) => {
  const cluster = await start();
  const { n1, n2 } = cluster.nodes;
  await refused(t, n2.leader.begin(), 'not-leader');
  await cluster.begin(n1);
  await refused(t, n1.leader.begin(), 'cutover-in-progress');
  const early = await start('6e-1-repaired');
  await refused(t, early.nodes.n1.leader.begin(), 'cutover-without-6e-2');
  t.is(early.nodes.n1.replica.last, raftIndex(2n));
  const base = await start('base-a');
  await change(base, base.nodes.n1, base.nodes.n2);
  await refused(t, base.nodes.n2.leader.begin(), 'leader-not-ready');
});

test('the drain waits for what was accepted: until it is appended, and as proposed until it is applied', async (t) => {
  for (const [name, behind] of [['repaired', 'drained'], ['proposal', 'gated waits for drain']] as const) {
    const cluster = await start(name);
    const { n1 } = cluster.nodes;
    const ticket = await cluster.propose(n1, 'client-write', request('early'));
    const call = await cluster.begin(n1);
    t.is(n1.leader.state().inFlight, 1);
    t.is(await stepped(cluster, n1, call), 'gated waits for drain');
    await cluster.admit(n1, ticket);
    t.is(await stepped(cluster, n1, call), behind, name);
    await cluster.settle(n1);
    t.is(n1.leader.state().inFlight, 0);
    await cluster.step(n1, call);
    await cluster.check();
  }
});

test('a new leader registers its proposer once it has seen every row there is', async (t) => {
  const cluster = await start();
  const { n1, n2 } = cluster.nodes;
  await change(cluster, n1, n2);
  const call = await upTo(cluster, n2, 'drained');
  t.is(await stepped(cluster, n2, call), 'drained waits for own-term-entry');
  await cluster.settle(n2);
  t.is(await stepped(cluster, n2, call), 'proposed');
});

test('a key that is rotated under the call: no effect, and the next call finds the new one', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  const call = await upTo(cluster, n1, 'drained');
  await cluster.write(n1, 'rotation', rotation(0x01, NEXT, 2));
  t.is(await stepped(cluster, n1, call), 'proposed');
  await cluster.settle(n1);
  t.is(await stepped(cluster, n1, call), 'idle, not appended: cutover-key-stale');
  t.is(gate(n1), 'users pass, admins pass');
  await cluster.wholeCall(n1);
  t.is(n1.replica.state().cutover, raftIndex(5n));
  await cluster.check();
});

// ── What ends a call ────────────────────────────────────────────────────────────────────────────────────────

test('the caller goes: before the append nothing was appended, behind it nobody knows and the steps go on', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  const early = await upTo(cluster, n1, 'drained');
  await n1.leader.expire(early);
  t.is(await polled(n1, early), 'idle, not appended: call-expired');
  t.is(gate(n1), 'users pass, admins pass');
  const late = await upTo(cluster, n1, 'proposed');
  await n1.leader.expire(late);
  t.is(await polled(n1, late), 'proposed, unknown');
  t.is(gate(n1), 'users stop, admins stop', 'by the log, and by no call');
  await refused(t, n1.leader.begin(), 'cutover-in-progress');
  await cluster.settle(n1);
  t.is(gate(n1), 'users pass, admins pass');
  const rest = [await stepped(cluster, n1, late), await stepped(cluster, n1, late), await stepped(cluster, n1, late)];
  t.deepEqual(rest, ['applied, unknown', 'switched, unknown', 'idle, unknown'], 'what the caller was told stays');
  t.like(await n1.leader.begin(), { answer: { is: 'applied', already: true } });
});

test('the same as written: the gate opens above an entry that commits (H6), and stays closed in the Go implementation (H12)', async (t) => {
  for (const [name, after] of [['proposal', 'users pass, admins pass'], ['upstream', 'users stop, admins pass']] as const) {
    const cluster = await start(name);
    const { n1 } = cluster.nodes;
    await n1.leader.expire(await upTo(cluster, n1, 'proposed'));
    t.is(gate(n1), after, name);
    await cluster.settle(n1);
    t.is(gate(n1), after, name);
  }
});

test('the term is lost: before the append not appended, behind it unknown; as written never appended (R10)', async (t) => {
  for (const [name, fate] of [['repaired', 'idle, unknown'], ['proposal', 'idle, not appended: not-leader']] as const) {
    const cluster = await start(name);
    const { n1, n2 } = cluster.nodes;
    const early = await upTo(cluster, n1, 'gated');
    await change(cluster, n1, n2);
    t.is(await polled(n1, early), 'idle, not appended: not-leader');
    await cluster.settle(n2);
    const late = await upTo(cluster, n2, 'proposed');
    await cluster.replicate(n2, n1, Infinity);
    await change(cluster, n2, n1);
    t.is(await polled(n2, late), fate, name);
    t.is(await stepped(cluster, n2, late), fate, 'the critical section is over');
    await cluster.settle(n1);
    t.is(n2.replica.state().cutover, raftIndex(4n), 'and the entry has committed');
  }
});

test('a hold runs out, and another call begins', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  await cluster.propose(n1, 'client-write', request('slow'));
  const call = await cluster.begin(n1);
  await n1.leader.tick(4999n);
  t.is(await stepped(cluster, n1, call), 'gated waits for drain');
  t.is(gate(n1), 'users stop, admins pass');
  await refused(t, n1.leader.propose('lease-renewal', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 1)), 'cutover-in-progress');
  await n1.leader.tick(1n);
  t.is(await polled(n1, call), 'idle, not appended: hold-expired');
  await cluster.propose(n1, 'lease-renewal', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 1));
  await cluster.begin(n1);
  await n1.leader.tick(4999n);
  t.is(gate(n1), 'users stop, admins pass', 'every hold has its own age');
});

test('a transfer waits for the cutover entry, and a follower has nothing to transfer', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  await upTo(cluster, n1, 'drained');
  await n1.leader.transfer();
  await upTo(cluster, n1, 'proposed').catch(() => {});
  const next = await start();
  await upTo(next, next.nodes.n1, 'proposed');
  await refused(t, next.nodes.n1.leader.transfer(), 'cutover-in-progress');
  await next.settle(next.nodes.n1);
  await next.nodes.n1.leader.transfer();
});

// ── Gate and intake ─────────────────────────────────────────────────────────────────────────────────────────

test('an admin proposal passes a hold, and nothing passes an unapplied cutover entry; as written it does (H7)', async (t) => {
  for (const [name, behind] of [['repaired', 'users stop, admins stop'], ['proposal', 'users stop, admins pass'], ['base-a', 'users stop, admins pass']] as const) {
    const cluster = await start(name);
    const { n1 } = cluster.nodes;
    const call = await upTo(cluster, n1, 'drained');
    t.is(gate(n1), 'users stop, admins pass', name);
    await cluster.step(n1, call);
    t.is(gate(n1), behind, name);
  }
});

test('what was accepted before is not appended behind: the rule of the append says no, whoever brings it', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  const call = await upTo(cluster, n1, 'drained');
  const [admin, second] = [await cluster.propose(n1, 'rotation', rotation(0x01, NEXT, 2)), await cluster.propose(n1, 'rotation', cutover())];
  await cluster.step(n1, call);
  await refused(t, n1.leader.admit(admin), 'cutover-in-progress');
  await refused(t, n1.leader.admit(admin), 'cutover-in-progress');
  await cluster.settle(n1);
  await refused(t, n1.leader.admit(second), 'cutover-already-active');
  t.is(n1.replica.last, raftIndex(3n));
  t.is(fates(n1).replace(/^done, /, ''), 'refused cutover-in-progress, refused cutover-already-active');
});

test('no proposal changes its form: plain or under an old key, it is refused and taken again', async (t) => {
  const cluster = await Cluster.cutOver(operations());
  const { n1 } = cluster.nodes;
  const old = await cluster.propose(n1, 'client-write', request('under the old key'));
  await cluster.write(n1, 'rotation', rotation(0x01, NEXT, 2));
  await cluster.settle(n1);
  await refused(t, n1.leader.admit(old), 'form-not-due');
  t.is(n1.leader.state().inFlight, 0);
  await cluster.write(n1);
  await cluster.settle(n1);
  await cluster.check();
});

test('the fates of a proposal', async (t) => {
  const cluster = await start();
  const { n1, n2, n3 } = cluster.nodes;
  const done = await cluster.propose(n1, 'client-write', request('done'));
  const answered = await cluster.propose(n1, 'lease-renewal', Uint8Array.of(2, 0));
  const cancelled = await cluster.propose(n1, 'client-write', request('cancelled'));
  await cluster.admit(n1, done);
  await cluster.admit(n1, answered);
  await n1.leader.cancel(cancelled);
  await refused(t, n1.leader.admit(cancelled), 'call-expired');
  await cluster.settle(n1);
  const unknown = await cluster.propose(n1, 'client-write', request('unknown'));
  await cluster.admit(n1, unknown);
  await n1.leader.cancel(unknown);
  const overtaken = await cluster.propose(n1, 'client-write', request('unknown too'));
  await cluster.admit(n1, overtaken);
  const lost = await cluster.propose(n1, 'client-write', request('lost'));
  await cluster.elect(n2, ['n2', 'n3']);
  await cluster.settle(n2);
  t.is(fates(n1).replace(/^\w+, /, ''), 'done, done lease-length, cancelled, unknown, unknown, lost');
  await refused(t, n1.leader.admit(lost), 'not-leader');
  await cluster.elect(n1, ['n1', 'n3']);
  await refused(t, n1.leader.admit(lost), 'not-leader');
  t.is(n3.leader.state().tickets.length, 0);
  await cluster.check();
});

test('two appends at once: the second is an error of the caller, and takes nobody\'s place', async (t) => {
  const cluster = await start();
  const { leader, replica } = cluster.nodes.n1;
  const [a, b] = [await leader.propose('client-write', request('a')), await leader.propose('client-write', request('b'))];
  const first = leader.admit(a.ticket);
  await t.throwsAsync(leader.admit(b.ticket), { instanceOf: Error, message: /one thing after the other/ });
  t.is((await first).index, replica.last);
});

test('a log that fails: nobody knows what it has, and the halt resolves nothing as done', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  const waiting = await cluster.propose(n1, 'client-write', request('waiting'));
  const ticket = await cluster.propose(n1, 'rotation', rotation(0x01, NEXT, 2));
  const call = await cluster.begin(n1);
  await n1.replica.close();
  await refused(t, n1.leader.admit(ticket), 'store-failure');
  t.is(fates(n1).replace(/^\w+, /, ''), 'lost, unknown');
  t.is(await polled(n1, call), 'idle, not appended: store-failure');
  t.is(n1.leader.state().role, 'follower');
  for (const attempt of [() => n1.leader.lead(9n), () => n1.leader.follow(9n), () => n1.leader.admit(waiting), () => n1.leader.begin()]) await refused(t, attempt(), 'replica-halted');
});

test('a payload that cannot be wrapped is not counted', async (t) => {
  const cluster = await start();
  const { n1 } = cluster.nodes;
  await cluster.wholeCall(n1);
  await cluster.elect(cluster.nodes.n2, ['n2', 'n3']);
  await refused(t, cluster.nodes.n2.leader.propose('client-write', request('early')), 'leader-not-ready');
  await cluster.settle(cluster.nodes.n2);
  await refused(t, cluster.nodes.n2.leader.propose('client-write', request('not registered')), 'writer-not-registered');
  t.like(cluster.nodes.n2.leader.state(), { inFlight: 0, tickets: [] });
});
