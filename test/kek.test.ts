/**
 * The KEK: wrapping under both providers, the checks of its file on real files, and the key store that is filled with it.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { Reason } from '../spec/reasons.js';
import { concat, equal, hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { keyId, localEpoch } from '../src/base/ids.js';
import type { SidecarEntry } from '../src/base/sidecar.js';
import { composeOperations } from '../src/node/compose.js';
import { nobleAead } from '../src/ports/aead-noble.js';
import { nodeAead } from '../src/ports/aead-node.js';
import type { FileFacts, Files } from '../src/ports/files.js';
import { posixFiles } from '../src/ports/files-posix.js';
import { systemRandom } from '../src/ports/random.js';

const ops = composeOperations(nodeAead);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('a wrapped key opens under its KEK with either provider, and under no other condition', (t) => {
  const providers = [composeOperations(nodeAead), composeOperations(nobleAead)] as const;
  fc.assert(fc.property(key, key, fc.constantFrom(0, 1), fc.nat(60 * 8 - 1), (kek, dek, side, bit) => {
    const [mine, other] = [providers[side === 0 ? 0 : 1], providers[side === 0 ? 1 : 0]];
    const wrapped = mine.kekWrap(mine.importKek('test', kek), dek, systemRandom);
    const opens = (with_: typeof mine, under: Uint8Array, bytes: Uint8Array): Uint8Array | Reason => {
      try {
        return with_.kekUnwrap(with_.importKek('test', under), bytes);
      } catch (error) {
        if (error instanceof Refusal) return error.reason;
        throw error;
      }
    };
    const turned = Uint8Array.from(wrapped);
    turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const unwrapped = opens(other, kek, wrapped);
    return wrapped.length === 60 && typeof unwrapped !== 'string' && equal(unwrapped, dek)
      && opens(other, kek, turned) === 'kek-unwrap-failed' && opens(mine, kek.map((byte) => byte ^ 1), wrapped) === 'kek-unwrap-failed'
      && opens(mine, kek, wrapped.subarray(1)) === 'unwrap-length' && opens(mine, kek, concat(wrapped, wrapped)) === 'unwrap-length';
  }), { numRuns: 60 });
  for (const length of [0, 16, 31, 33]) {
    const kek = ops.importKek('test', new Uint8Array(32));
    t.is(t.throws(() => ops.kekWrap(kek, new Uint8Array(length), systemRandom), { instanceOf: Refusal })?.reason, 'dek-length');
    t.is(t.throws(() => ops.importKek('test', new Uint8Array(length)), { instanceOf: Refusal })?.reason, 'kek-length');
  }
});

test('the worked examples of the spec are wrapped byte for byte', (t) => {
  const kek = ops.importKek('test', new Uint8Array(32).fill(0x42));
  const wrap = (dek: Uint8Array, first: number): string => hex(ops.kekWrap(kek, dek, (length) => Uint8Array.from({ length }, (_, at) => first + at)));
  t.is(wrap(Uint8Array.from({ length: 32 }, (_, at) => at), 0x00),
    '000102030405060708090a0b05df93deb529f40c950f4e18ddd05534228cdc79b45cf4fe0b803a3c8609a3e06f9c35024af42c30693bedaaf83b40c3');
  t.is(wrap(new Uint8Array(32).fill(0xa5), 0x10),
    '101112131415161718191a1bf75c0c0d0aaf9a80033af963d996e47aa64796e4c63f74c7841368fec855fd412aec619f052ecb6f40ec577fe15fdbf7');
});

test('no refusal of a key or a sidecar holds bytes of either', (t) => {
  const secret = Uint8Array.from({ length: 33 }, (_, at) => 0xa0 + at);
  for (const attempt of [
    () => ops.importKek('test', secret), () => ops.kekWrap(ops.importKek('test', secret.subarray(1)), secret, systemRandom),
    () => ops.readSidecar(utf8(`{"version":2,"keys":{"7":{"purpose":"raft","wrapped":"${Buffer.from(secret).toString('base64')}A"}}}`)),
  ]) {
    const message = t.throws(attempt, { instanceOf: Refusal })?.message ?? '';
    t.false(/a0a1|160,161|oKGi/.test(message), message);
  }
});

test('a KEK file: what the golden vectors cannot lay out', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cutcheck-kek-'));
  try {
    // A device, a link that leads to itself, a path that no system takes.
    symlinkSync(join(directory, 'self'), join(directory, 'self'));
    for (const [path, reason] of [
      ['/dev/zero', 'not-a-regular-file'], [join(directory, 'self'), 'open-failed'], ['a\0b', 'open-failed'], ['', 'open-failed'],
    ] as const) {
      t.is(t.throws(() => ops.readKekFile(posixFiles, path), { instanceOf: Refusal })?.reason, reason, path);
    }
    // And the key is the content of the file.
    const [path, content] = [join(directory, 'kek'), Uint8Array.from({ length: 32 }, (_, at) => at)];
    writeFileSync(path, content, { mode: 0o600 });
    const wrapped = ops.kekWrap(ops.readKekFile(posixFiles, path), new Uint8Array(32), systemRandom);
    t.is(hex(ops.kekUnwrap(ops.importKek('content', content), wrapped)), '00'.repeat(32));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a KEK file is closed on every path, and read no further than one byte too many', (t) => {
  const failing = (): never => { throw new Error('the disk fails here'); };
  const run = (facts: FileFacts | null, content: Uint8Array | null): { reason: Reason | null; closed: number; most: number } => {
    const seen = { closed: 0, most: 0 };
    const files: Pick<Files, 'openToRead'> = {
      openToRead: () => ({
        facts: () => facts ?? failing(),
        read: (most) => {
          seen.most = most;
          return content?.subarray(0, most) ?? failing();
        },
        close: () => { seen.closed += 1; },
      }),
    };
    try {
      ops.readKekFile(files, 'kek');
      return { reason: null, ...seen };
    } catch (error) {
      if (error instanceof Refusal) return { reason: error.reason, ...seen };
      throw error;
    }
  };
  const good = { regular: true, permissions: 0o600 };
  t.deepEqual(run(good, new Uint8Array(32)), { reason: null, closed: 1, most: 33 });
  t.deepEqual(run({ regular: true, permissions: null }, new Uint8Array(32)), { reason: null, closed: 1, most: 33 });
  t.deepEqual(run(good, new Uint8Array(100)), { reason: 'kek-length', closed: 1, most: 33 });
  t.deepEqual(run({ regular: false, permissions: 0o666 }, null), { reason: 'not-a-regular-file', closed: 1, most: 0 });
  t.deepEqual(run({ regular: true, permissions: 0o604 }, new Uint8Array(1)), { reason: 'kek-file-permissions', closed: 1, most: 0 });
  t.deepEqual(run(null, null), { reason: 'open-failed', closed: 1, most: 0 });
  t.deepEqual(run(good, null), { reason: 'open-failed', closed: 1, most: 33 });
});

test('hydration loads every entry under its number, and stops at the first that it cannot', (t) => {
  const kek = ops.importKek('test', new Uint8Array(32).fill(0x42));
  fc.assert(fc.property(fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 0xffff_ffff }), key), { selector: ([number]) => number, maxLength: 4 }), (deks) => {
    const entries = deks.map(([number, dek], at): [string, SidecarEntry] =>
      [`${'0'.repeat(at % 2)}${number}`, { purpose: 'raft', wrapped: ops.kekWrap(kek, dek, systemRandom), created: '', localEpoch: localEpoch(0) }]);
    const store = ops.keyStore();
    ops.hydrateKeyStore(store, kek, { keys: new Map(entries) });
    return store.ids().length === deks.length && deks.every(([number, dek]) => equal(store.get(keyId(number)) ?? new Uint8Array(), dek));
  }), { numRuns: 30 });
  const none: SidecarEntry = { purpose: 'raft', wrapped: null, created: '', localEpoch: localEpoch(0) };
  t.is(t.throws(() => ops.hydrateKeyStore(ops.keyStore(), kek, { keys: new Map([['1', none]]) }), { instanceOf: Refusal })?.reason, 'unwrap-length');
  t.notThrows(() => ops.hydrateKeyStore(ops.keyStore(), kek, { keys: null }));
});
