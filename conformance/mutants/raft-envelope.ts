/** Mutants of the raft envelope, the nonces and the node ids. */
import { concat } from '../../src/base/bytes.js';
import { Refusal, refuse } from '../../src/base/errors.js';
import type { FullNodeId, KeyId, LocalEpoch, NodeId16, WriteCount } from '../../src/base/ids.js';
import { NonceFactory } from '../../src/base/nonce.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';

const format = 'raft-envelope';
const LAST = 0xffff_ffff_ffff_ffffn;
const U64 = 64;

/** Factories whose counter runs as `after` says: how many were handed out before and how often this one was called give the next count. */
const counting = (sound: Operations, after: (consumed: bigint, calls: number) => bigint): Partial<Operations> => ({
  nonceFactory: (pin, consumed = 0n as WriteCount) => new class extends NonceFactory {
    #calls = 0;
    override next(): Uint8Array {
      const count = after(consumed, this.#calls);
      this.#calls += 1;
      // The sound factory refuses what lies beyond the last count.
      return count > LAST ? sound.nonceFactory(pin, LAST as WriteCount).next() : sound.encodeNonce(pin, count as WriteCount);
    }
  }(sound, pin, consumed),
});

const reversed = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes).reverse();

export const raftEnvelopeMutants: readonly Mutant[] = [
  {
    id: 'raft-aad-without-purpose', wrong: 'leaves the purpose byte out of the additional data', clause: 'base/raft-aad', format,
    replace: (sound) => ({ raftAad: (version, keyId) => sound.raftAad(version, keyId).subarray(1) }),
    claims: [
      { check: 'raft-envelope/aad/raft-aad', answers: { result: 'valid' } },
      { check: 'raft-envelope/wrap/raft-wrap', answers: { result: 'valid' } },
      { check: 'raft-envelope/unwrap/raft-unwrap', answers: { result: 'invalid', reason: 'authentication-failed' } },
    ],
  },
  {
    id: 'raft-aad-version-fixed', wrong: 'writes version 01 into the additional data, whatever the version is', clause: 'base/raft-aad', format,
    replace: (sound) => ({ raftAad: (_version, keyId) => sound.raftAad(0x01, keyId) }),
    claims: [{ check: 'raft-envelope/aad/raft-aad', answers: { result: 'valid' } }],
  },
  {
    id: 'raft-wrap-flag-set', wrong: 'sets a flag bit when it wraps', clause: 'base/raft-wrap', format,
    replace: (sound) => ({
      raftWrap: (keys, keyId, nonce, payload) => {
        const envelope = Uint8Array.from(sound.raftWrap(keys, keyId, nonce, payload));
        envelope[1] = 0x01;
        return envelope;
      },
    }),
    claims: [{ check: 'raft-envelope/wrap/raft-wrap', answers: { result: 'valid' } }],
  },
  {
    id: 'raft-wrap-empty-refused', wrong: 'refuses to wrap an empty payload', clause: 'base/raft-wrap', format,
    replace: (sound) => ({
      raftWrap: (keys, keyId, nonce, payload) => payload.length === 0
        ? refuse('envelope-too-short', { clause: 'base/raft-wrap', field: 'payload', expected: 'at least one byte', got: '0' })
        : sound.raftWrap(keys, keyId, nonce, payload),
    }),
    claims: [{ check: 'raft-envelope/wrap/raft-wrap', answers: { result: 'invalid', reason: 'envelope-too-short' } }],
  },
  {
    id: 'raft-wrap-key-id-before-nonce', wrong: 'looks at the key id before the length of the nonce when it wraps', clause: 'base/raft-wrap-checks', format,
    replace: (sound) => ({
      raftWrap: (keys, keyId, nonce, payload) => {
        if (keyId !== 0) return sound.raftWrap(keys, keyId, nonce, payload);
        return refuse('key-id-reserved', { clause: 'base/raft-wrap-checks', field: 'key id', expected: '1 or more', got: '0' });
      },
    }),
    claims: [{ check: 'raft-envelope/wrap-rejects/raft-wrap-checks', answers: { result: 'invalid', reason: 'key-id-reserved' } }],
  },
  {
    id: 'raft-unwrap-first-key', wrong: 'opens with the first loaded key instead of the one that the envelope names', clause: 'base/raft-unwrap', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        const { version, keyId, nonce, body } = sound.viewEnvelope(bytes);
        const first = keys.aeadKey(keyId) === null ? keyId : keys.ids()[0] ?? keyId;
        return sound.open(keys, first, nonce, sound.raftAad(version, keyId), body);
      },
    }),
    claims: [{ check: 'raft-envelope/unwrap/raft-unwrap', answers: { result: 'invalid', reason: 'authentication-failed' } }],
  },
  {
    id: 'raft-unwrap-key-before-version', wrong: 'looks at the key id of an envelope before its version', clause: 'base/raft-unwrap-checks', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        if (bytes.length < 34) return sound.raftUnwrap(keys, bytes);
        const { keyId, nonce } = sound.viewEnvelope(concat(Uint8Array.of(0x01), bytes.subarray(1)));
        sound.cipherKey(keys, keyId, nonce);
        return sound.raftUnwrap(keys, bytes);
      },
    }),
    claims: [{ check: 'raft-envelope/unwrap-rejects/raft-unwrap-checks', answers: { result: 'invalid', reason: 'key-id-reserved' } }],
  },
  {
    id: 'raft-unwrap-tries-all-keys', wrong: 'tries every loaded key when the named one is not loaded or does not open', clause: 'base/raft-unwrap-checks', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        const { version, keyId, nonce, body } = sound.viewEnvelope(bytes);
        const aad = sound.raftAad(version, keyId);
        return tried([keyId, ...keys.ids()].map((id) => () => sound.open(keys, id === 0 ? 1 as KeyId : id, nonce, aad, body)));
      },
    }),
    claims: [{ check: 'raft-envelope/unwrap-rejects/raft-unwrap-checks', answers: { result: 'invalid', reason: 'authentication-failed' } }],
  },
  {
    id: 'raft-unwrap-without-aad-too', wrong: 'opens envelopes that were sealed without additional data as well', clause: 'base/raft-unwrap-authenticates', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        const { keyId, nonce, body } = sound.viewEnvelope(bytes);
        return tried([() => sound.raftUnwrap(keys, bytes), () => sound.open(keys, keyId, nonce, new Uint8Array(0), body)]);
      },
    }),
    claims: [{ check: 'raft-envelope/unwrap-rejects/raft-unwrap-authenticates', answers: { result: 'valid' } }],
  },
  {
    id: 'raft-unwrap-tail-ignored', wrong: 'opens an envelope with bytes behind it', clause: 'base/raft-unwrap-authenticates', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => bytes.length === 34 ? sound.raftUnwrap(keys, bytes)
        : tried([() => sound.raftUnwrap(keys, bytes), () => sound.raftUnwrap(keys, bytes.subarray(0, -1))]),
    }),
    claims: [{ check: 'raft-envelope/unwrap-rejects/raft-unwrap-authenticates', answers: { result: 'valid' } }],
  },
  {
    id: 'raft-flag-authenticated', wrong: 'puts the flag byte into the additional data', clause: 'base/raft-flag-ignored', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        const { version, flag, keyId, nonce, body } = sound.viewEnvelope(bytes);
        const aad = sound.raftAad(version, keyId);
        return sound.open(keys, keyId, nonce, flag === 0 ? aad : concat(aad.subarray(0, 2), Uint8Array.of(flag), aad.subarray(2)), body);
      },
    }),
    claims: [{ check: 'raft-envelope/unwrap/raft-flag-ignored', answers: { result: 'invalid', reason: 'authentication-failed' } }],
  },
  {
    id: 'raft-flag-refused', wrong: 'refuses an envelope with a flag byte other than 00', clause: 'base/raft-flag-ignored', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        const payload = sound.raftUnwrap(keys, bytes);
        if (bytes[1] === 0x00) return payload;
        return refuse('envelope-version-unknown', { clause: 'base/raft-flag-ignored', field: 'flag', expected: '00', got: 'another' });
      },
    }),
    claims: [{ check: 'raft-envelope/unwrap/raft-flag-ignored', answers: { result: 'invalid', reason: 'envelope-version-unknown' } }],
  },
  {
    id: 'nonce-epoch-before-node', wrong: 'puts the epoch of a nonce before the node', clause: 'base/nonce-layout', format,
    replace: (sound) => ({
      encodeNonce: ({ nodeId16, localEpoch }, count) =>
        sound.encodeNonce({ nodeId16: Number(localEpoch) as NodeId16, localEpoch: Number(nodeId16) as LocalEpoch }, count),
    }),
    claims: [{ check: 'raft-envelope/nonce/nonce-layout', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-count-little-endian', wrong: 'writes the write count of a nonce little-endian', clause: 'base/nonce-layout', format,
    replace: (sound) => ({
      encodeNonce: (pin, count) => {
        const nonce = sound.encodeNonce(pin, count);
        return concat(nonce.subarray(0, 4), reversed(nonce.subarray(4)));
      },
    }),
    claims: [{ check: 'raft-envelope/nonce/nonce-layout', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-count-32-bits', wrong: 'counts nonces in 32 bits', clause: 'base/nonce-layout', format,
    replace: (sound) => counting(sound, (consumed, calls) => BigInt.asUintN(32, consumed + BigInt(calls) + 1n)),
    claims: [{ check: 'raft-envelope/nonce/nonce-layout', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-count-double', wrong: 'counts nonces in a floating-point number', clause: 'base/nonce-layout', format,
    replace: (sound) => counting(sound, (consumed, calls) => BigInt(Number(consumed) + calls + 1)),
    claims: [{ check: 'raft-envelope/nonce/nonce-layout', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-starts-at-0', wrong: 'raises the write count after use, so that the first nonce carries 0', clause: 'base/nonce-counter', format,
    replace: (sound) => counting(sound, (consumed, calls) => consumed + BigInt(calls)),
    claims: [{ check: 'raft-envelope/nonce/nonce-counter', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-count-restarts', wrong: 'begins to count anew after two nonces', clause: 'base/nonce-counter', format,
    replace: (sound) => counting(sound, (consumed, calls) => consumed + BigInt(calls % 2) + 1n),
    claims: [{ check: 'raft-envelope/nonce/nonce-counter', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-count-wraps', wrong: 'goes on at 0 after the last write count', clause: 'base/nonce-exhaustion', format,
    replace: (sound) => counting(sound, (consumed, calls) => BigInt.asUintN(U64, consumed + BigInt(calls) + 1n)),
    claims: [{ check: 'raft-envelope/nonce/nonce-exhaustion', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-last-count-withheld', wrong: 'does not hand out the last write count', clause: 'base/nonce-exhaustion', format,
    replace: (sound) => counting(sound, (consumed, calls) => {
      const count = consumed + BigInt(calls) + 1n;
      return count === LAST ? LAST + 1n : count;
    }),
    claims: [{ check: 'raft-envelope/nonce/nonce-exhaustion', answers: { result: 'valid' } }],
  },
  {
    id: 'node-id-over-utf-16', wrong: 'hashes the UTF-16 code units of a raft id, cut to bytes', clause: 'base/node-id', format,
    replace: (sound) => ({ deriveNodeId: (raftId) => raftId === '' ? sound.deriveNodeId(raftId) : fnv1a(Buffer.from(raftId, 'latin1')) }),
    claims: [{ check: 'raft-envelope/node-id/node-id', answers: { result: 'valid' } }],
  },
  {
    id: 'node-id-of-empty-hashed', wrong: 'hashes the empty raft id like any other', clause: 'base/node-id', format,
    replace: () => ({ deriveNodeId: (raftId) => fnv1a(Buffer.from(raftId)) }),
    claims: [{ check: 'raft-envelope/node-id/node-id', answers: { result: 'valid' } }],
  },
  {
    id: 'node-id16-high-bits', wrong: 'takes the high 16 bits of a node id', clause: 'base/node-id16', format,
    replace: () => ({ narrowNodeId: (id) => Number(id >> 48n) as NodeId16 }),
    claims: [{ check: 'raft-envelope/node-id/node-id16', answers: { result: 'valid' } }],
  },
];

/** The first attempt that is not refused as unauthentic or for want of the key; else what the last one says. */
function tried(attempts: readonly (() => Uint8Array)[]): Uint8Array {
  const [first, ...others] = attempts;
  if (first === undefined) return new Uint8Array(0);
  if (others.length === 0) return first();
  try {
    return first();
  } catch (error) {
    if (error instanceof Refusal && (error.reason === 'authentication-failed' || error.reason === 'key-not-loaded')) return tried(others);
    throw error;
  }
}

/** The hash without the exceptions for the empty id and for 0. */
const fnv1a = (bytes: Uint8Array): FullNodeId =>
  bytes.reduce((hash, byte) => BigInt.asUintN(U64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n), 0xcbf2_9ce4_8422_2325n) as FullNodeId;
