/**
 * The reference at level L1, as a process that is spoken to over its stdin and stdout: a log is given, committed and
 * applied; the process is killed, dies where it is told to, and finds its node again; and on a virtual disk the power
 * fails. The entries are made by the suite's own codec.
 */
import { existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { Halted, Refused, serve, Unknown, type AdapterHandlers } from '../conformance/adapters/serve.js';
import { chained, EMPTY_CHAIN, snapshotHeader } from '../conformance/oracle/chain.js';
import { PURPOSES, request as requestPayload, rotation, SUB_TAGS } from '../conformance/oracle/entries.js';
import { nonce, sealed } from '../conformance/oracle/envelope.js';
import { dataKey, nodeId16 } from '../conformance/oracle/keys.js';
import { helloReply, replySchema } from '../conformance/protocol/messages.js';
import { CRASH_STATUS, type OperationName } from '../conformance/protocol/operations.js';
import { Adapter, bootstrapPayload, entry, fault, greeted, home, N1, place, RAFT, STORAGE } from './adapter-process.js';

// ── A log of the suite: bootstrap, cutover, two sealed entries ──────────────────────────────────────────────────

const payloads = {
  bootstrap: bootstrapPayload,
  cutover: rotation({ subTag: SUB_TAGS.cutover, keyId: RAFT, purpose: PURPOSES.raft, wrapped: new Uint8Array(), proposer: { keyId: RAFT, node: N1, epoch: 1 } }),
  first: requestPayload('first'),
  second: requestPayload('second'),
};
const envelope = (payload: Uint8Array, count: bigint, key = 'raft'): Buffer =>
  sealed({ key: dataKey(key), keyId: RAFT, nonce: nonce(nodeId16(N1), 1, count), payload });

const LOG = [entry(1, payloads.bootstrap), entry(2, payloads.cutover), entry(3, envelope(payloads.first, 1n)), entry(4, envelope(payloads.second, 2n))];
const chainOf = (...handed: Uint8Array[]): string => Buffer.from(handed.reduce((before, payload, at) => chained(before, BigInt(at + 1), payload), EMPTY_CHAIN)).toString('hex');
const CHAIN = chainOf(payloads.bootstrap, payloads.cutover, payloads.first, payloads.second);

// ── The loop ────────────────────────────────────────────────────────────────────────────────────────────────────

test('the loop turns what a handler throws into its outcome, and checks arguments before a handler sees them', async (t) => {
  const handlers: AdapterHandlers = {
    hello: () => { throw new Error('not asked'); },
    vec: () => ({ result: 'valid' }),
    operations: {
      'open': () => { throw new Refused(['log-unreadable'], 'the disk is full'); },
      'close': (_, node) => { throw new Error(`close ${node}`); },
      'append': ({ entries }) => ({ last: `${entries.length}` }),
      'propose': ({ source }) => { throw new Unknown(source); },
      'cutover.begin': () => { throw new Unknown(); },
      'apply': () => { throw new Halted(['envelope-too-short', 'raft-unwrap-failed'], '4', [{ index: '3', outcome: 'apply' }]); },
    },
  };
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked = [
    { op: 'open', node: 'n1', args: { disk: 'dir', directory: 'x', sync: true } }, { op: 'close', node: 'n1', args: {} }, { op: 'append', node: 'n1', args: { entries: LOG } },
    { op: 'apply', node: 'n1', args: {} }, { op: 'commit', node: 'n1', args: { to: '1' } }, { op: 'append', node: 'n1', args: { entries: [] } },
    { op: 'append', node: 'n1', args: { entries: [{ ...LOG[0], index: '0' }] } }, { op: 'close', args: {} }, { op: 'toString', node: 'n1', args: {} },
    { op: 'propose', node: 'n1', args: { source: 'client-write', data: '00' } }, { op: 'cutover.begin', node: 'n1', args: {} }, { op: 'propose', node: 'n1', args: { source: 'nobody' } },
    { op: 'bye', args: {} },
  ];
  input.end(asked.map((request, id) => `${JSON.stringify({ id, ...request })}\n`).join(''));
  await serve(handlers, { input, output });
  const replies = String(output.read()).trim().split('\n').map((line) => replySchema.parse(JSON.parse(line)));
  t.deepEqual(replies.slice(0, 5), [
    { id: 0, refused: { reasons: ['log-unreadable'], detail: 'the disk is full' } },
    { id: 1, fault: { message: 'close n1' } },
    { id: 2, ok: { last: '4' } },
    { id: 3, halted: { reasons: ['envelope-too-short', 'raft-unwrap-failed'], index: '4', results: [{ index: '3', outcome: 'apply' }] } },
    { id: 4, unsupported: { what: 'commit' } },
  ]);
  t.regex(fault(replies[5] ?? null), /arguments of append.*entries/);
  t.regex(fault(replies[6] ?? null), /arguments of append.*entries\.0\.index/);
  t.regex(fault(replies[7] ?? null), /close names no node/);
  t.deepEqual(replies.slice(8, 11), [{ id: 8, unsupported: { what: 'toString' } }, { id: 9, unknown: { detail: 'client-write' } }, { id: 10, unknown: {} }]);
  t.regex(fault(replies[11] ?? null), /arguments of propose.*source/);
});

// ── A node ──────────────────────────────────────────────────────────────────────────────────────────────────────

test('the handshake declares its level, the capabilities, where the files are, and the crash points', async (t) => {
  const adapter = new Adapter();
  const hello = helloReply.parse(await adapter.greet(home, 'proposal'));
  t.like(hello, { level: 'L2', profile: 'proposal', caps: ['disk.dir', 'disk.virtual', 'disk.faults', 'crash.points', 'snapshot.header', 'snapshot'] });
  t.deepEqual(hello.files, { sidecar: 'encryption/keys.json', identity: 'encryption/log-id', log: 'log/**', fsm: 'fsm/**' });
  t.true(hello.crashPoints.includes('fsm.batch-written'));
  t.deepEqual(hello.formats['proposal-envelope'], ['codec']);
  t.is(await adapter.leave(), 0);
  const pinned = new Adapter('--composition', 'upstream');
  t.is((await pinned.greet(home)).profile, 'proposal');
  await pinned.kill();
});

test('a log is appended, committed and applied across the cutover, and is still there after a kill', async (t) => {
  const { root, directory } = place();
  const opening = { disk: 'dir', directory, sync: false };
  const first = await greeted(root);
  t.deepEqual(await first.ok('open', opening), {});
  t.deepEqual(await first.ok('append', { entries: LOG }), { last: '4' });
  t.like(await first.ok('apply'), { applied: '0', results: [] });
  await first.ok('commit', { to: '3' });
  t.deepEqual(await first.ok('apply', { step: true }), { applied: '1', results: [{ index: '1', outcome: 'apply' }] });
  t.like(await first.ok('apply', { to: '4' }), { applied: '3' });
  const before = await first.ok('state');
  t.like(before, { applied: '3', cutover: '2', wrap: true, halted: null, log: { first: '1', last: '4', commit: '3' }, chain: chainOf(payloads.bootstrap, payloads.cutover, payloads.first) });
  t.like(before.sidecar, { cutover: '2' });
  t.deepEqual((before.registry as { dek_id: number; full_node_id: string }[]).map(({ dek_id: id, full_node_id: node }) => [id, node]), [[STORAGE, `${N1}`], [RAFT, `${N1}`]]);
  t.is((await first.ok('snapshot.header')).header, Buffer.from(snapshotHeader(0n, 2n)).toString('hex'));
  t.is(await first.kill(), 'SIGKILL');

  const second = await greeted(root);
  await second.ok('open', opening);
  t.like(await second.ok('state'), { applied: '3', cutover: '2', wrap: true, log: { first: '1', last: '4', commit: '0' } });
  await second.ok('commit', { to: '4' });
  t.like(await second.ok('apply'), { applied: '4' });
  t.is((await second.ok('state')).chain, CHAIN);
  await second.ok('close');
  t.is(await second.leave(), 0);
});

test('a node that cannot unwrap halts, refuses all but state and close, and halts again after a restart', async (t) => {
  const { root, directory } = place();
  const opening = { disk: 'dir', directory, sync: false };
  const adapter = await greeted(root);
  await adapter.ok('open', opening);
  await adapter.ok('append', { entries: [...LOG.slice(0, 3), entry(4, envelope(payloads.second, 2n, 'another'))] });
  await adapter.ok('commit', { to: '4' });
  const halted = await adapter.ask('apply', {}, 'n1');
  t.like(halted, { halted: { reasons: ['authentication-failed', 'raft-unwrap-failed'], index: '4' } });
  t.is(halted !== null && 'halted' in halted ? halted.halted.results?.length : 0, 3);
  t.like(await adapter.ask('apply', {}, 'n1'), { refused: { reasons: ['replica-halted'] } });
  t.like(await adapter.ask('append', { entries: [entry(5, payloads.first)] }, 'n1'), { refused: { reasons: ['replica-halted'] } });
  t.like(await adapter.ok('state'), { applied: '3', halted: ['authentication-failed', 'raft-unwrap-failed'] });
  await adapter.ok('close');
  await adapter.ok('open', opening);
  t.like(await adapter.ok('state'), { applied: '3', halted: null });
  await adapter.ok('commit', { to: '4' });
  t.like(await adapter.ask('apply', {}, 'n1'), { halted: { index: '4' } });
  await adapter.leave();
});

test('what is refused is refused, and what no runner asks for is a fault that says so', async (t) => {
  const { root, directory } = place();
  const adapter = await greeted(root);
  const opening = { disk: 'dir', directory, sync: false };
  t.regex(fault(await adapter.ask('state', {}, 'n1')), /the node n1 is not open/);
  t.regex(fault(await adapter.ask('crash.now', {}, 'n1')), /never opened/);
  t.deepEqual(await adapter.ok('close'), {});
  await adapter.ok('open', opening);
  t.regex(fault(await adapter.ask('open', opening, 'n1')), /open already/);
  t.like(await adapter.ask('append', { entries: [LOG[1]] }, 'n1'), { refused: { reasons: ['log-gap'] } });
  t.like(await adapter.ask('commit', { to: '1' }, 'n1'), { refused: { reasons: ['commit-beyond-log'] } });
  t.regex(fault(await adapter.ask('crash.arm', { point: 'nowhere', nth: 1 }, 'n1')), /no point "nowhere"; there are sidecar\.tmp-created/);
  t.regex(fault(await adapter.ask('crash.arm', { point: 'log.appended', nth: 1, power: true }, 'n1')), /virtual disk only/);
  t.regex(fault(await adapter.ask('crash.now', { power: true }, 'n1')), /virtual disk only/);
  await adapter.ok('crash.arm', { point: 'log.appended', nth: 1, power: true }, 'n2');
  t.regex(fault(await adapter.ask('open', { ...opening, directory: join(root, 'n2') }, 'n2')), /virtual disk only/);
  await adapter.leave();
});

test('the directory of a node lies below that of the run, and a path on a virtual disk below that of the node', async (t) => {
  const { root } = place();
  const adapter = await greeted(root);
  const outside = mkdtempSync(join(home, 'outside-'));
  symlinkSync(outside, join(root, 'link'));
  for (const directory of [root, outside, join(root, '..'), join(root, 'n1', '..', '..'), '../outside', `${root}-beside`, '/', join(root, 'link')]) {
    t.regex(fault(await adapter.ask('open', { disk: 'dir', directory, sync: false }, 'n1')), /below dataRoot/, directory);
  }
  t.false(existsSync(join(outside, 'log')));
  for (const path of ['', '/etc/passwd', '../n2/log', 'encryption/../../x', 'a//b', './a']) {
    for (const op of ['disk.read', 'disk.write', 'disk.remove']) t.regex(fault(await adapter.ask(op, { path, data: '00' }, 'n1')), /below the directory of the node/, `${op} ${path}`);
  }
  await adapter.leave();
});

// ── Crashes ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('a process dies with its status at the passage that was armed, and the node goes on from there', async (t) => {
  const { root, directory } = place();
  const opening = { disk: 'dir', directory, sync: true };
  // 1. The sidecar of the bootstrap was renamed: the state machine has not taken it over.
  const first = await greeted(root);
  await first.ok('open', opening);
  await first.ok('append', { entries: LOG });
  await first.ok('commit', { to: '4' });
  await first.ok('crash.arm', { point: 'sidecar.renamed', nth: 1 });
  t.is(await first.ask('apply', {}, 'n1'), null);
  t.is(await first.ended(), CRASH_STATUS);

  // 2. The batch of the cutover was written, and nothing behind it.
  const second = await greeted(root);
  await second.ok('open', opening);
  t.like(await second.ok('state'), { applied: '0' });
  await second.ok('commit', { to: '4' });
  await second.ok('crash.arm', { point: 'fsm.batch-written', nth: 2 });
  t.is(await second.ask('apply', {}, 'n1'), null);
  t.is(await second.ended(), CRASH_STATUS);

  const third = await greeted(root);
  await third.ok('crash.arm', { point: 'identity.written', nth: 1 });
  await third.ok('open', opening);
  t.deepEqual(await third.ok('crash.disarm'), { reached: false });
  t.like(await third.ok('state'), { applied: '2', cutover: '2', wrap: true });
  await third.ok('commit', { to: '4' });
  t.like(await third.ok('apply'), { applied: '4' });
  t.is((await third.ok('state')).chain, CHAIN);
  t.is(await third.ask('crash.now', {}, 'n1'), null);
  t.is(await third.ended(), CRASH_STATUS);
});

test('on a virtual disk every crash, with and without the power, leaves a node that comes to the same state', async (t) => {
  t.timeout(120_000);
  const adapter = new Adapter();
  const hello = helloReply.parse(await adapter.greet(home));
  const opening = { disk: 'virtual', directory: 'n1', sync: true };
  let crashes = 0;
  for (const loss of [{}, { power: true }, { power: true, chance: 'one' }, { power: true, chance: 'another' }]) {
    for (const point of hello.crashPoints) {
      for (let nth = 1; ; nth += 1) {
        await adapter.ask('reset');
        await adapter.ok('crash.arm', { point, nth, ...loss });
        const here = `${point} ${nth} ${JSON.stringify(loss)}`;
        const steps: [OperationName, object][] = [['open', opening], ['append', { entries: LOG }], ['commit', { to: '4' }], ['apply', {}]];
        for (let at = 0; at < steps.length;) {
          const [op, args] = steps[at] ?? ['state', {}];
          const answer = await adapter.ok(op, args);
          if (answer.crashed === undefined) {
            at += 1;
            continue;
          }
          t.is(answer.crashed, point, here);
          t.regex(fault(await adapter.ask('state', {}, 'n1')), /not open/, here);
          if (op !== 'open') await adapter.ok('open', opening);
          if (op === 'apply') {
            const { applied, sidecar } = await adapter.ok('state') as { applied: string; sidecar: { cutover: string } | null };
            t.false(Number(applied) >= 2 && sidecar?.cutover !== '2', `${here}: the state is ahead of the sidecar`);
            await adapter.ok('commit', { to: '4' });
          }
        }
        t.like(await adapter.ok('state'), { applied: '4', cutover: '2', wrap: true, chain: CHAIN }, here);
        const { reached } = await adapter.ok('crash.disarm');
        if (reached !== true) break;
        crashes += 1;
      }
    }
  }
  t.true(crashes > 20, `${crashes} crashes`);
  t.is(await adapter.leave(), 0);
});

test('files of a virtual disk can be looked into and changed, the stores too', async (t) => {
  const adapter = await greeted(home);
  const opening = { disk: 'virtual', directory: 'n1', sync: true };
  await adapter.ok('open', opening);
  await adapter.ok('append', { entries: LOG });
  await adapter.ok('commit', { to: '4' });
  await adapter.ok('apply');
  const data = async (path: string, node = 'n1'): Promise<string | null> => (await adapter.ok('disk.read', { path }, node)).data as string | null;
  t.deepEqual((await adapter.ok('disk.list')).paths, ['encryption/keys.json', 'encryption/log-id', 'fsm/rows', 'log/rows']);
  t.regex(fault(await adapter.ask('disk.write', { path: 'encryption/keys.json', data: '' }, 'n1')), /is open/);
  await adapter.ok('close');
  t.is(await data('nothing'), null);
  t.regex(Buffer.from(await data('encryption/keys.json') ?? '', 'hex').toString(), /"raft_envelope_cutover_index": ?2/);

  // The files of one node make another that is the same.
  for (const path of ['encryption/keys.json', 'encryption/log-id', 'fsm/rows', 'log/rows']) await adapter.ok('disk.write', { path, data: await data(path) }, 'n2');
  await adapter.ok('open', opening, 'n2');
  t.like(await adapter.ok('state', {}, 'n2'), { applied: '4', cutover: '2', chain: CHAIN });

  // A store that was changed is not opened; one that is gone is a new one.
  const fsm = await data('fsm/rows') ?? '';
  await adapter.ok('disk.write', { path: 'fsm/rows', data: `00${fsm.slice(2, -2)}00` });
  t.like(await adapter.ask('open', opening, 'n1'), { refused: { reasons: ['log-unreadable'] } });
  await adapter.ok('disk.write', { path: 'fsm/rows', data: fsm });
  await adapter.ok('open', opening);
  // A death of another kind: the point is armed no more.
  await adapter.ok('crash.arm', { point: 'log.appended', nth: 1, power: true });
  t.deepEqual(await adapter.ok('crash.now', { power: true }), { crashed: 'now' });
  t.deepEqual(await adapter.ok('crash.disarm'), { reached: false });
  await adapter.ok('disk.remove', { path: 'encryption/keys.json' });
  await adapter.ok('disk.remove', { path: 'encryption/keys.json' });
  t.is(await data('encryption/keys.json'), null);
  t.like(await adapter.ask('open', opening, 'n1'), { refused: { reasons: ['sidecar-missing'] } });
  await adapter.ask('reset');
  t.deepEqual((await adapter.ok('disk.list')).paths, []);
  await adapter.leave();
});

test('two nodes in one process do not know of each other', async (t) => {
  const { root, directory } = place();
  mkdirSync(join(root, 'n2'));
  const adapter = await greeted(root);
  await adapter.ok('open', { disk: 'dir', directory, sync: false }, 'n1');
  await adapter.ok('open', { disk: 'dir', directory: join(root, 'n2'), sync: false }, 'n2');
  await adapter.ok('append', { entries: LOG }, 'n1');
  t.like(await adapter.ok('state', {}, 'n2'), { log: { first: '0', last: '0', commit: '0' } });
  await adapter.ask('reset');
  t.regex(fault(await adapter.ask('state', {}, 'n1')), /not open/);
  // What was closed can be opened again.
  await adapter.ok('open', { disk: 'dir', directory, sync: false }, 'n1');
  t.like(await adapter.ok('state', {}, 'n1'), { log: { first: '1', last: '4', commit: '0' } });
  await adapter.leave();
});
