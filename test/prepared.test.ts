/** Cases of class file: what the runner lays out, that it sends nothing but a path, and that it believes only what it sees. */
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import type { VecAnswer } from '../conformance/protocol/messages.js';
import { askCase, type Seen, type VectorRequest } from '../conformance/runner/prepared.js';

const root = mkdtempSync(join(tmpdir(), 'cutcheck-prepared-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

const STATE = {
  version: 2, raft_applied_index: '1', storage_envelope_active: false, storage_envelope_cutover_index: '0', raft_envelope_cutover_index: '0',
  active: { storage: 0, raft: 0 }, keys: {},
};
const TEXT = `{
  "version": 2,
  "raft_applied_index": 1,
  "storage_envelope_active": false,
  "storage_envelope_cutover_index": 0,
  "raft_envelope_cutover_index": 0,
  "active": {
    "storage": 0,
    "raft": 0
  },
  "keys": {}
}`;

/** Asks with an adapter that does something at the path that it is given. */
const ask = (format: string, group: string, input: Record<string, unknown>, adapter: (path: string, sent: Record<string, unknown>) => VecAnswer): Promise<Seen> =>
  askCase(root, { format, group, input }, (request: VectorRequest) => Promise.resolve({
    kind: 'reply', outcome: 'ok', reply: { id: 1, ok: { ...adapter(String(request.input['path']), request.input) } },
  }));
const observed = (seen: Seen): unknown => seen.kind === 'reply' && 'ok' in seen.reply ? (seen.reply.ok as { observed?: unknown }).observed : seen;
const done = { result: 'valid' } as const;
const refused = { result: 'invalid', reasons: ['write-failed'] } satisfies VecAnswer;

test('a directory of its own for each case, which is gone afterwards, and an input without the answer', async (t) => {
  const paths: string[] = [];
  for (const kind of ['file', 'symlink', 'directory', 'fifo', 'nothing']) {
    await ask('kek-wrap', 'file-checks', { kind, path: 'f.bin', mode: '0640', content: '00ff' }, (path, sent) => {
      t.deepEqual(Object.keys(sent), ['path']);
      t.is(existsSync(path), kind !== 'nothing');
      if (kind === 'file') t.is(lstatSync(path).mode & 0o777, 0o640);
      if (kind === 'symlink') t.deepEqual([lstatSync(path).isSymbolicLink(), readFileSync(path)], [true, Buffer.of(0, 255)]);
      if (kind === 'fifo') t.true(lstatSync(path).isFIFO());
      paths.push(path);
      return done;
    });
  }
  t.is(new Set(paths.map((path) => dirname(path))).size, 5);
  t.deepEqual(readdirSync(root).filter((name) => name.startsWith('vector-')), []);
});

test('the name of a provider is compared as the vector has it', async (t) => {
  const input = { kind: 'file', path: 'f.bin', mode: '0600', content: '' };
  t.deepEqual(observed(await ask('kek-wrap', 'file-checks', input, (path) => ({ ...done, observed: { provider_name: `file:${path}` } }))), { provider_name: 'file:f.bin' });
  t.deepEqual(observed(await ask('kek-wrap', 'file-checks', input, () => ({ ...done, observed: { provider_name: 'file:another' } }))), { provider_name: 'file:another' });
});

test('what is in the directory is what counts, and not what the adapter says of it', async (t) => {
  const input = { file_name: 'keys.json', state: STATE, before: [{ kind: 'symlink', name: 'keys.json', to: 'elsewhere' }, { kind: 'file', mode: '0644', name: 'elsewhere' }] };
  const lie = { ...done, observed: { after: [{ kind: 'file', name: 'keys.json', mode: '0600', content: 'new-state' }] } };
  const elsewhere = { name: 'elsewhere', kind: 'file', mode: '0644', content: 'other' };
  t.deepEqual(observed(await ask('sidecar', 'write-effects', input, () => lie)), { after: [elsewhere, { name: 'keys.json', kind: 'symlink' }] });
  t.deepEqual(observed(await ask('sidecar', 'write-effects', input, (path) => {
    rmSync(path);
    writeFileSync(path, TEXT, { mode: 0o600 });
    mkdirSync(`${path}.d`);
    return done;
  })), { after: [elsewhere, { name: 'keys.json', kind: 'file', mode: '0600', content: 'new-state' }, { name: 'keys.json.d', kind: 'directory' }] });
});

test('a refusal leaves the sidecar as it was, and the runner expects so', async (t) => {
  const seen = await ask('sidecar', 'bump-epoch', { document: TEXT, dek_id: 7 }, (path) => {
    writeFileSync(path, 'spoiled');
    return refused;
  });
  t.deepEqual(observed(seen), { text: 'spoiled' });
  t.deepEqual('also' in seen ? seen.also : null, { text: TEXT });
  const accepted = await ask('sidecar', 'bump-epoch', { document: TEXT, dek_id: 7 }, () => done);
  t.is('also' in accepted ? accepted.also : null, null);
  t.deepEqual(observed(await ask('sidecar', 'bump-epoch', { document: TEXT, dek_id: 7 }, (path) => {
    rmSync(path);
    return done;
  })), { text: '' });
});

test('payload files are read from the disk', async (t) => {
  t.deepEqual(observed(await ask('snapshot-header', 'payload-file', { operation: 'write', payload: '62' }, (path) => {
    writeFileSync(path, Buffer.of(0x62));
    return { ...done, observed: { file: '62d280b0c4', crc32c: 1 } };
  })), { file: '62', crc32c: 1 });
  await ask('snapshot-header', 'payload-file', { operation: 'verify', file: '62d280b0c4', token_crc32c: null }, (path, sent) => {
    t.deepEqual(readFileSync(path).toString('hex'), '62d280b0c4');
    t.deepEqual(Object.keys(sent), ['operation', 'path', 'token_crc32c']);
    return done;
  });
});

test('a directory that cannot be laid out is a fault of the suite, and an answer that is none is left to the judge', async (t) => {
  const twice = { file_name: 'keys.json', state: STATE, before: [{ kind: 'directory', name: 'a' }, { kind: 'directory', name: 'a' }] };
  t.is((await ask('sidecar', 'write-effects', twice, () => done)).kind, 'suite-fault');
  const odd = { file_name: 'keys.json', state: STATE, before: [] };
  t.deepEqual(observed(await ask('sidecar', 'write-effects', odd, () => ({ result: 'fine' } as unknown as VecAnswer))), undefined);
  // A group of another class is passed on as it is.
  t.deepEqual(observed(await ask('raft-envelope', 'aad', { key_id: 8, version: 1 }, (_path, sent) => ({ ...done, observed: sent }))), { key_id: 8, version: 1 });
});
