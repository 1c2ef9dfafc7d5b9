/**
 * How a replica starts: what refuses it, the identity of its log, and what the compositions decide otherwise.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { raftIndex, type LocalEpoch, type RaftIndex } from '../src/base/ids.js';
import type { Operations } from '../src/node/compose.js';
import { Replica } from '../src/node/replica.js';
import { proposalRules, repairedRules, upstreamRules, type Rules } from '../src/node/rules.js';
import { posixFiles } from '../src/ports/files-posix.js';
import { openLevelStore } from '../src/ports/store-level.js';
import {
  clock, random, operations, sound, kek, machine, opened, bootstrap, cutover, registration, rotation, request, logOf, outcomes, applied, refused, NEXT,
} from './replica-logs.js';

const SIDECAR = '/n1/encryption/keys.json';
const CUT = logOf([bootstrap(), cutover(), { sealed: request('a') }]);

// ── Start ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A replica on the disk that has cut over and was closed. */
async function closed(rules: Rules = repairedRules): Promise<{ readonly directory: string; readonly file: (name: string) => string; readonly open: (ops?: Operations) => Promise<Replica> }> {
  const directory = mkdtempSync(join(tmpdir(), 'cutcheck-replica-'));
  const ports = { files: posixFiles, openStore: openLevelStore, clock, random, sync: false };
  const open = (ops = operations(rules)): Promise<Replica> => Replica.open(ops, ports, { directory, kek });
  const replica = await open();
  await applied(replica, logOf([bootstrap(), cutover(), { sealed: request('a') }]));
  await replica.close();
  return { directory, file: (name) => join(directory, 'encryption', name), open };
}

test('a start that is refused says why and closes what it opened', async (t) => {
  const change = (file: string, to: (text: string) => string): void => writeFileSync(file, to(readFileSync(file, 'utf8')));
  const { directory, file, open } = await closed();
  const [sidecar, identity] = [readFileSync(file('keys.json')), readFileSync(file('log-id'))];
  for (const [damage, reason] of [
    [() => unlinkSync(file('keys.json')), 'sidecar-missing'],
    [() => writeFileSync(file('keys.json'), ''), 'json-syntax'],
    [() => change(file('keys.json'), (text) => text.replace('"raft": 8', '"raft": 0')), 'raft-key-absent'],
    [() => change(file('keys.json'), (text) => text.replaceAll(/"local_epoch": \d+/g, '"local_epoch": 65535')), 'local-epoch-exhausted'],
    [() => unlinkSync(file('log-id')), 'log-identity-missing'],
    [() => writeFileSync(file('log-id'), ''), 'log-identity-differs'],
    [() => change(file('log-id'), (text) => text.replace(/^./, (digit) => digit === '0' ? '1' : '0')), 'log-identity-differs'],
    [() => rmSync(join(directory, 'log'), { recursive: true }), 'log-identity-missing'],
  ] as const) {
    damage();
    await refused(t, open(), reason);
    await refused(t, open(), reason);
    writeFileSync(file('keys.json'), sidecar);
    writeFileSync(file('log-id'), identity);
  }
  rmSync(directory, { recursive: true });
});

test('a node without its KEK starts, has no cipher, and refuses keys', async (t) => {
  const replica = await opened(machine().ports, sound, null);
  t.is(await applied(replica, logOf([request('a'), bootstrap()])), '1 apply, 2 halt kek-not-configured+apply-refused');
});

test('an identity is made with the log, also where a crash came between its two places', async (t) => {
  const { directory, file, open } = await closed();
  t.deepEqual(readdirSync(join(directory, 'encryption')).sort(), ['keys.json', 'log-id']);
  const identity = readFileSync(file('log-id'), 'utf8');
  t.regex(identity, /^[0-9a-f]{32}\n$/);
  // The log has it, and the file has not got its name yet.
  writeFileSync(file('log-id.tmp'), identity);
  unlinkSync(file('log-id'));
  await (await open()).close();
  t.deepEqual(readdirSync(join(directory, 'encryption')).sort(), ['keys.json', 'log-id']);
  // Another one under that name finishes nothing.
  writeFileSync(file('log-id.tmp'), identity.replace(/^./, (digit) => digit === '0' ? '1' : '0'));
  unlinkSync(file('log-id'));
  await refused(t, open(), 'log-identity-missing');
  rmSync(directory, { recursive: true });

  const { ports } = machine();
  const fresh = await opened(ports);
  await fresh.close();
  await t.notThrowsAsync(async () => (await opened(ports)).close(), 'before the bootstrap there is no sidecar to miss');
});

test('a log that ends before the applied index refuses the start', async (t) => {
  const { ports, stores } = machine();
  const replica = await opened(ports, operations(proposalRules));
  await applied(replica, CUT);
  await replica.close();
  stores.remove('/n1/log');
  await refused(t, opened(ports, operations(proposalRules)), 'log-unreadable');
});

test('an older sidecar beside a newer store is refused, whichever entry it has not seen; as proposed it opens', async (t) => {
  const log = logOf([bootstrap(), request('a'), cutover(), { sealed: rotation(0x01, NEXT, 2) }, { sealed: request('b'), under: NEXT }]);
  for (const [upTo, last] of [[1n, 3n], [1n, 5n], [3n, 4n]] as const) {
    for (const [rules, refuses] of [[repairedRules, true], [{ ...repairedRules, checkSidecarPlace: proposalRules.checkSidecarPlace }, false], [proposalRules, false]] as const) {
      const { ports } = machine();
      const ops = operations(rules);
      let replica = await opened(ports, ops);
      await replica.append(log);
      replica.commit(raftIndex(upTo));
      await replica.apply();
      const older = sound.readSidecarFile(ports.files, SIDECAR);
      replica.commit(raftIndex(last));
      await replica.apply();
      await replica.close();
      const newer = sound.readSidecarFile(ports.files, SIDECAR);
      sound.writeSidecarFile(ports.files, SIDECAR, older);
      if (refuses) await refused(t, opened(ports, ops), 'sidecar-behind-log');
      else await (await opened(ports, ops)).close();
      sound.writeSidecarFile(ports.files, SIDECAR, newer);
      replica = await opened(ports, ops);
      t.is(replica.state().applied, last as RaftIndex);
      await replica.close();
    }
  }
});

test('a sidecar may stand at the mark of the store, and at the end of the log, and not beyond', (t) => {
  const at = (index: bigint, mark: bigint, last: bigint | null): void =>
    sound.checkSidecarPlace({ raftAppliedIndex: raftIndex(index) }, { mark: raftIndex(mark), last: last === null ? null : raftIndex(last) });
  const reason = (check: () => void): unknown => t.throws(check, { instanceOf: Refusal })?.reason;
  for (const [index, mark, last] of [[3n, 3n, 3n], [4n, 3n, 4n], [3n, 0n, 3n], [5n, 3n, null], [0n, 0n, 0n]] as const) t.notThrows(() => { at(index, mark, last); });
  t.is(reason(() => { at(2n, 3n, 3n); }), 'sidecar-behind-log');
  t.is(reason(() => { at(0n, 1n, null); }), 'sidecar-behind-log');
  t.is(reason(() => { at(4n, 3n, 3n); }), 'log-unreadable');
  t.notThrows(() => { sound.checkSidecarPlace(null, { mark: raftIndex(3n), last: raftIndex(3n) }); }, 'one that is not there is missed elsewhere');
});

test('a sidecar that is adopted for a shorter log opens, then and later', async (t) => {
  const { ports, stores } = machine();
  let replica = await opened(ports);
  await applied(replica, logOf([request('a'), request('b'), bootstrap()]));
  await replica.close();
  for (const store of ['/n1/log', '/n1/fsm']) stores.remove(store);
  ports.files.remove('/n1/encryption/log-id');
  replica = await opened(ports);
  t.is(replica.state().sidecar?.index, 0n as RaftIndex);
  await applied(replica, logOf([rotation(0x01, NEXT, 2)]));
  await replica.close();
  replica = await opened(ports);
  t.is(replica.state().sidecar?.index, 1n as RaftIndex);
  await replica.close();
});

test('data of the proposal are adopted by the repaired composition before the cutover, and refused behind it', async (t) => {
  const { directory, file, open } = await closed(proposalRules);
  t.throws(() => readFileSync(file('log-id')));
  await refused(t, open(sound), 'log-identity-missing');
  rmSync(directory, { recursive: true });
});

// ── The compositions ────────────────────────────────────────────────────────────────────────────────────────

test('the switch: by apply where it is repaired, by the start everywhere', async (t) => {
  for (const [rules, byApply] of [[proposalRules, false], [upstreamRules, true], [repairedRules, true]] as const) {
    const { ports } = machine();
    let replica = await opened(ports, operations(rules));
    t.false(replica.state().wrap);
    await applied(replica, CUT);
    t.is(replica.state().wrap, byApply);
    t.is(replica.state().cutover, 2n as RaftIndex);
    await replica.close();
    replica = await opened(ports, operations(rules));
    t.true(replica.state().wrap);
    await replica.close();
  }
});

test('the epochs of a start: both before the cutover where it is repaired', async (t) => {
  for (const [rules, raft] of [[proposalRules, 0], [upstreamRules, 0], [repairedRules, 1]] as const) {
    const { ports } = machine();
    let replica = await opened(ports, operations(rules));
    t.deepEqual(replica.state().epochs, { storage: 0 as LocalEpoch, raft: 0 as LocalEpoch });
    await applied(replica, CUT.slice(0, 1));
    await replica.close();
    replica = await opened(ports, operations(rules));
    t.deepEqual(replica.state().epochs, { storage: 1 as LocalEpoch, raft: raft as LocalEpoch });
    await replica.close();
  }
});

test('a quiet log: what does not move the applied index is met again, and halts where replay is not repaired', async (t) => {
  const log = logOf([bootstrap(), registration(1), registration(2)]);
  for (const [rules, again] of [
    [upstreamRules, '1 halt apply-refused'],
    [{ ...repairedRules, movesApplied: upstreamRules.movesApplied }, '1 apply, 2 apply, 3 apply'],
    [repairedRules, ''],
  ] as const) {
    const { ports } = machine();
    let replica = await opened(ports, operations(rules));
    await applied(replica, log);
    const chain = hex(replica.state().chain);
    await replica.close();
    replica = await opened(ports, operations(rules));
    replica.commit(raftIndex(3n));
    t.is(outcomes(await replica.apply()), again);
    if (rules !== upstreamRules) t.is(hex(replica.state().chain), chain);
    await replica.close();
  }
});

test('an applied index that waits for an ordinary entry takes the chain along', async (t) => {
  const { ports } = machine();
  const ops = operations(upstreamRules);
  let replica = await opened(ports, ops);
  await applied(replica, logOf([bootstrap(), request('a')]));
  const chain = hex(replica.state().chain);
  await replica.close();
  replica = await opened(ports, ops);
  t.is(replica.state().applied, 2n as RaftIndex);
  t.is(hex(replica.state().chain), chain);
});

test('the cutover entry met again writes its row where the batch was lost, and only there', async (t) => {
  for (const rules of [proposalRules, upstreamRules, repairedRules]) {
    const { ports, stores } = machine();
    let replica = await opened(ports, operations(rules));
    const log = logOf([bootstrap(), cutover(3)]);
    await applied(replica, log.slice(0, 1));
    const before = stores.image('/n1/fsm') as Uint8Array;
    await applied(replica, log);
    const { registry } = replica.state();
    t.true(registry.some(({ lastSeen }) => lastSeen === 3));
    await replica.close();
    stores.restore('/n1/fsm', before);
    replica = await opened(ports, operations(rules));
    replica.commit(raftIndex(2n));
    t.is(outcomes(await replica.apply()), rules === upstreamRules ? '1 apply, 2 apply' : '2 apply');
    t.deepEqual(replica.state().registry, registry);
    await replica.close();
  }
});

test('a snapshot below N carries N as proposed, and none where it is repaired', async (t) => {
  for (const [rules, version] of [[proposalRules, '32'], [repairedRules, '31']] as const) {
    const { ports, stores } = machine();
    let replica = await opened(ports, operations(rules));
    await applied(replica, CUT.slice(0, 1));
    const before = stores.image('/n1/fsm') as Uint8Array;
    await applied(replica, CUT);
    t.is(hex(replica.snapshotHeader()).slice(14, 16), '32');
    await replica.close();
    stores.restore('/n1/fsm', before);
    replica = await opened(ports, operations(rules));
    t.is(hex(replica.snapshotHeader()).slice(14, 16), version);
    await replica.close();
  }
});

test('beside a new log the index of the sidecar is lowered before an identity is made', async (t) => {
  const { ports, stores } = machine();
  let replica = await opened(ports);
  await applied(replica, logOf([request('a'), request('b'), bootstrap()]));
  t.is(replica.state().sidecar?.index, 3n as RaftIndex);
  await replica.close();
  for (const store of ['/n1/log', '/n1/fsm']) stores.remove(store);
  ports.files.remove('/n1/encryption/log-id');
  replica = await opened(ports);
  t.is(replica.state().sidecar?.index, 0n as RaftIndex);
  t.is(await applied(replica, logOf([registration(1), cutover()])), '1 apply, 2 apply');
  t.like(replica.state(), { cutover: 2n, wrap: true });
});
