/**
 * Envelopes, cipher, key store, nonces and stored values, under both providers of the AEAD port: properties of their
 * codecs.
 */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Reason } from '../spec/reasons.js';
import { concat, hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { keyId, localEpoch, millis, nodeId16, writeCount, type KeyId } from '../src/base/ids.js';
import type { KeyStore } from '../src/base/key-store.js';
import { composeOperations, type Operations } from '../src/node/compose.js';
import { aeadProvider, AEAD_PROVIDERS, isAeadProvider } from '../src/ports/aead-provider.js';
import { nobleAead } from '../src/ports/aead-noble.js';
import { nodeAead } from '../src/ports/aead-node.js';

const providers = [nodeAead, nobleAead];
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

// The material of the worked examples in the spec.
const DEK = Uint8Array.from({ length: 32 }, (_, at) => at);
const N1_NONCE = bytes('d4c000010000000000000001');
const storage = { keyId: keyId(7), key: concat(utf8('k1'), bytes('ffffffffffffff9b')) };

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const anyKeyId = fc.integer({ min: 1, max: 0xffff_ffff }).map(keyId);
const dek = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });
const blob = fc.uint8Array({ maxLength: 300 });

const operations = providers.map((aead) => composeOperations(aead));
const withKeys = (ops: Operations, ...keys: readonly (readonly [KeyId, Uint8Array])[]): KeyStore => {
  const store = ops.keyStore();
  for (const [id, key] of keys) store.set(id, key);
  return store;
};

/** What an operation came to, in a form that can be compared; whatever is not a refusal fails the test. */
const verdict = (operation: () => Uint8Array): string => {
  try {
    return hex(operation());
  } catch (error) {
    if (error instanceof Refusal) return error.reasons.join();
    throw error;
  }
};
const refusedFor = (t: ExecutionContext, reason: Reason, operation: () => unknown): void => {
  t.is(t.throws(operation, { instanceOf: Refusal })?.reason, reason);
};
/** The bytes with one bit turned over. */
const flipped = (from: Uint8Array, bit: number): Uint8Array => {
  const changed = Uint8Array.from(from);
  changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ 1 << (bit & 7);
  return changed;
};

test('a provider is chosen by name, and node:crypto is the default', async (t) => {
  t.is(await aeadProvider(), nodeAead);
  for (const name of AEAD_PROVIDERS) t.is((await aeadProvider(name)).name, name);
  t.true(isAeadProvider('noble'));
  t.false(isAeadProvider('openssl'));
});

test('the providers give the same bytes, and each opens what the other sealed', (t) => {
  fc.assert(fc.property(dek, nonce, blob, fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 40 }), (key, n, aad, plaintext, head) => {
    const sealed = providers.map((aead) => aead.seal(aead.importKey(key), n, aad, plaintext, head));
    const [first, second] = sealed.map(hex);
    t.is(first, second);
    for (const aead of providers) {
      for (const made of sealed) {
        t.is(hex(made.subarray(0, head.length)), hex(head));
        t.is(hex(aead.open(aead.importKey(key), n, aad, made.subarray(head.length)) ?? utf8('nothing')), hex(plaintext));
      }
    }
  }), { numRuns: 60 });
});

test('the providers refuse the same bodies, and take no other lengths', (t) => {
  fc.assert(fc.property(dek, nonce, blob, blob, (key, n, aad, body) => {
    for (const aead of providers) t.is(aead.open(aead.importKey(key), n, aad, body), null);
  }), { numRuns: 60 });
  for (const aead of providers) {
    const key = aead.importKey(DEK);
    for (const length of [0, 16, 31, 33]) t.throws(() => aead.importKey(new Uint8Array(length)), { instanceOf: RangeError });
    for (const length of [0, 8, 11, 13, 16]) {
      t.throws(() => aead.seal(key, new Uint8Array(length), DEK, DEK, DEK), { instanceOf: RangeError });
      t.throws(() => aead.open(key, new Uint8Array(length), DEK, DEK), { instanceOf: RangeError });
    }
    // Four bytes of a good tag are no tag.
    const sealed = aead.seal(key, N1_NONCE, DEK, new Uint8Array(0), new Uint8Array(0));
    for (const length of [0, 4, 12, 15]) t.is(aead.open(key, N1_NONCE, DEK, sealed.subarray(0, length)), null);
  }
});

test('an imported key and a loaded key are copies', (t) => {
  for (const ops of operations) {
    const given = Uint8Array.from(DEK);
    const store = withKeys(ops, [keyId(8), given]);
    given.fill(0xff);
    const got = store.get(keyId(8));
    t.is(hex(got ?? given), hex(DEK));
    got?.fill(0xff);
    t.is(hex(store.get(keyId(8)) ?? given), hex(DEK));
    t.is(hex(ops.raftWrap(store, keyId(8), N1_NONCE, utf8('hello'))), '010000000008d4c00001000000000000000105ab38642fe814ea8a30651812b8991ae028eb277c');
    t.is(store.get(keyId(9)), null);
    t.is(store.aeadKey(keyId(9)), null);
  }
});

test('what is wrapped unwraps, also under any other flag byte', (t) => {
  fc.assert(fc.property(dek, anyKeyId, nonce, fc.uint8Array({ maxLength: 2000 }), u8, (key, id, n, payload, flag) => {
    const [byNode, byNoble] = operations.map((ops) => {
      const store = withKeys(ops, [id, key]);
      const envelope = ops.raftWrap(store, id, n, payload);
      t.is(envelope.length, payload.length + 34);
      t.is(hex(ops.raftUnwrap(store, envelope)), hex(payload));
      envelope[1] = flag;
      t.is(hex(ops.raftUnwrap(store, envelope)), hex(payload));
      return hex(envelope);
    });
    t.is(byNode, byNoble);
  }), { numRuns: 60 });
});

test('an envelope in which one bit outside the flag byte was changed does not unwrap', (t) => {
  const payload = utf8('no byte of this comes out');
  for (const ops of operations) {
    const store = withKeys(ops, [keyId(8), DEK], [keyId(9), DEK]);
    const envelope = ops.raftWrap(store, keyId(8), N1_NONCE, payload);
    for (let bit = 0; bit < envelope.length * 8; bit += 1) {
      if (bit >>> 3 === 1) continue;
      t.throws(() => ops.raftUnwrap(store, flipped(envelope, bit)), { instanceOf: Refusal }, `bit ${bit}`);
    }
  }
});

test('decoders that are given any bytes answer or refuse, and the providers agree', (t) => {
  // Some of it begins as the real thing does, so that it gets further than the first check.
  const envelopeLike = fc.oneof(blob, fc.tuple(u8, blob).map(([flag, rest]) => concat(Uint8Array.of(1, flag, 0, 0, 0, 8), rest)));
  const storedLike = fc.oneof(blob, fc.tuple(fc.integer({ min: 0, max: 3 }), fc.uint8Array({ minLength: 8, maxLength: 8 }), envelopeLike)
    .map(([flags, expiry, body]) => concat(Uint8Array.of(flags), expiry, body)));
  fc.assert(fc.property(envelopeLike, storedLike, u64, u64, fc.boolean(), (envelope, stored, commitTs, readTs, hasCipher) => {
    const [byNode, byNoble] = operations.map((ops) => {
      const store = withKeys(ops, [keyId(8), DEK]);
      const read = { userKey: utf8('k1'), commitTs: millis(commitTs), stored, readTs: millis(readTs) };
      return [
        verdict(() => ops.decodeEnvelope(envelope).body),
        verdict(() => ops.raftUnwrap(store, envelope)),
        verdict(() => ops.decodeValue(stored).body),
        verdict(() => {
          const result = ops.readValue(hasCipher ? store : null, read);
          return result.found ? result.value : utf8('not found');
        }),
      ];
    });
    t.deepEqual(byNode, byNoble);
  }), { numRuns: 300 });
});

test('an envelope splits into the fields that it was made of, and they are its own', (t) => {
  fc.assert(fc.property(u8, fc.integer({ min: 0, max: 0xffff_ffff }).map(keyId), nonce, fc.uint8Array({ minLength: 16, maxLength: 200 }), (flag, id, n, body) => {
    const [ops] = operations;
    if (ops === undefined) return t.fail();
    const envelope = ops.encodeEnvelope({ version: 1, flag, keyId: id, nonce: n, body });
    const split = ops.decodeEnvelope(envelope);
    envelope.fill(0);
    t.deepEqual({ ...split, nonce: hex(split.nonce), body: hex(split.body) }, { version: 1, flag, keyId: id, nonce: hex(n), body: hex(body) });
  }), { numRuns: 60 });
});

test('no refusal shows a key, a payload or a body', (t) => {
  const secret = utf8('plain text that must not show');
  for (const ops of operations) {
    const store = withKeys(ops, [keyId(8), DEK]);
    const envelope = ops.raftWrap(store, keyId(8), N1_NONCE, secret);
    const attempts = [
      () => store.set(keyId(8), Uint8Array.from(DEK).reverse()), () => store.set(keyId(0), DEK), () => store.set(keyId(8), DEK.subarray(1)),
      () => ops.raftWrap(store, keyId(9), N1_NONCE, secret), () => ops.raftWrap(store, keyId(8), DEK, secret),
      () => ops.raftUnwrap(store, flipped(envelope, 300)), () => ops.raftUnwrap(store, envelope.subarray(0, 33)),
      () => ops.decodeValue(concat(Uint8Array.of(0x08), secret)),
    ];
    for (const attempt of attempts) {
      const refusal = t.throws(attempt, { instanceOf: Refusal });
      const said = `${refusal?.message} ${JSON.stringify(refusal)}`;
      for (const hidden of [hex(DEK), hex(DEK).slice(2, 20), hex(secret), 'plain text', hex(envelope.subarray(18))]) t.false(said.includes(hidden));
    }
  }
});

test('a factory hands out every count once, in order, and none beyond the last', (t) => {
  const [ops] = operations;
  if (ops === undefined) return t.fail();
  fc.assert(fc.property(u16, u16, u64, fc.integer({ min: 1, max: 20 }), (node, epoch, consumed, calls) => {
    const factory = ops.nonceFactory({ nodeId16: nodeId16(node), localEpoch: localEpoch(epoch) }, writeCount(consumed));
    for (let call = 1n; call <= BigInt(calls); call += 1n) {
      if (consumed + call > 0xffff_ffff_ffff_ffffn) refusedFor(t, 'write-count-exhausted', () => factory.next());
      else t.is(hex(factory.next()), (BigInt(node) << 80n | BigInt(epoch) << 64n | consumed + call).toString(16).padStart(24, '0'));
    }
  }), { numRuns: 60 });
});

test('a stored value is read back, whatever its expiry, and only where it was put', (t) => {
  fc.assert(fc.property(blob, blob, blob, u64, u64, (value, userKey, otherKey, commitTs, expiry) => {
    for (const ops of operations) {
      const store = withKeys(ops, [storage.keyId, DEK]);
      const expireAt = millis(expiry);
      const stored = ops.sealValue(store, storage.keyId, N1_NONCE, ops.storeKey(userKey, millis(commitTs)), { value, expireAt });
      t.is(stored.length, value.length + 43);
      const read = (key: Uint8Array) => ops.readValue(store, { userKey: key, commitTs: millis(commitTs), stored, readTs: millis(commitTs) });
      const result = read(userKey);
      t.is(result.found ? hex(result.value) : 'not found', expiry === 0n || expiry > commitTs ? hex(value) : 'not found');
      if (hex(otherKey) !== hex(userKey)) refusedFor(t, 'stored-value-integrity', () => read(otherKey));
    }
  }), { numRuns: 40 });
});

test('a sealed value in which any one bit was changed is not read', (t) => {
  for (const ops of operations) {
    const store = withKeys(ops, [storage.keyId, DEK]);
    const stored = ops.sealValue(store, storage.keyId, N1_NONCE, storage.key, { value: utf8('hello'), expireAt: millis(0n) });
    t.is(hex(stored), '020000000000000000010000000007d4c00001000000000000000105ab38642f27d1642ddb7ba5e878efd6e5376a8c83');
    for (let bit = 0; bit < stored.length * 8; bit += 1) {
      const read = { userKey: utf8('k1'), commitTs: millis(100n), stored: flipped(stored, bit), readTs: millis(100n) };
      t.throws(() => ops.readValue(store, read), { instanceOf: Refusal }, `bit ${bit}`);
    }
  }
});

test('a clear value is given back byte for byte, and is never taken for a sealed one', (t) => {
  fc.assert(fc.property(blob, fc.boolean(), (value, hasCipher) => {
    for (const ops of operations) {
      const stored = ops.clearValue({ value, expireAt: millis(0n) });
      const read = { userKey: utf8('k1'), commitTs: millis(1n), stored, readTs: millis(1n) };
      const result = ops.readValue(hasCipher ? withKeys(ops, [storage.keyId, DEK]) : null, read);
      t.is(result.found ? hex(result.value) : 'not found', hex(value));
    }
  }), { numRuns: 60 });
});
