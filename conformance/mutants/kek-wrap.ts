/** Mutants of the wrapping under the KEK. */
import { concat } from '../../src/base/bytes.js';
import { refuse } from '../../src/base/errors.js';
import type { Mutant } from './mutant.js';

const format = 'kek-wrap';
const LENGTH = { nonce: 12, dek: 32, wrapped: 60 };
const NO_AAD = new Uint8Array();
const PURPOSE = Uint8Array.of(0x4b);

export const kekWrapMutants: readonly Mutant[] = [
  {
    id: 'kek-wrap-with-aad', wrong: 'authenticates a purpose byte that the layout does not have', clause: 'base/kek-wrap-layout', format,
    replace: ({ aead }) => ({
      kekWrap: (kek, dek, random) => {
        if (dek.length !== LENGTH.dek) refuse('dek-length', { clause: 'base/kek-wrap-checks', field: 'data key', expected: '32 bytes', got: `${dek.length}` });
        const nonce = random(LENGTH.nonce);
        return aead.seal(kek.key, nonce, PURPOSE, dek, nonce);
      },
      kekUnwrap: (kek, wrapped) => wrapped.length !== LENGTH.wrapped
        ? refuse('unwrap-length', { clause: 'base/kek-unwrap-checks', field: 'wrapped key', expected: '60 bytes', got: `${wrapped.length}` })
        : aead.open(kek.key, wrapped.subarray(0, LENGTH.nonce), PURPOSE, wrapped.subarray(LENGTH.nonce))
          ?? refuse('kek-unwrap-failed', { clause: 'base/kek-unwrap-checks', field: 'wrapped key', expected: 'a key under the KEK', got: 'another tag' }),
    }),
    claims: [{ check: 'kek-wrap/unwrap/kek-wrap-layout', answers: { result: 'invalid', reason: 'kek-unwrap-failed' } }],
  },
  {
    id: 'kek-wrap-nonce-at-end', wrong: 'puts the nonce behind the tag', clause: 'base/kek-wrap-layout', format,
    replace: (sound) => ({
      kekWrap: (kek, dek, random) => {
        const wrapped = sound.kekWrap(kek, dek, random);
        return concat(wrapped.subarray(LENGTH.nonce), wrapped.subarray(0, LENGTH.nonce));
      },
      kekUnwrap: (kek, wrapped) => sound.kekUnwrap(kek, concat(wrapped.subarray(-LENGTH.nonce), wrapped.subarray(0, -LENGTH.nonce))),
    }),
    claims: [{ check: 'kek-wrap/unwrap/kek-wrap-layout', answers: { result: 'invalid', reason: 'kek-unwrap-failed' } }],
  },
  {
    id: 'kek-unwrap-trailing-accepted', wrong: 'ignores bytes behind a wrapped key', clause: 'base/kek-unwrap-checks', format,
    replace: (sound) => ({ kekUnwrap: (kek, wrapped) => sound.kekUnwrap(kek, wrapped.subarray(0, LENGTH.wrapped)) }),
    claims: [{ check: 'kek-wrap/unwrap-rejects/kek-unwrap-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'kek-unwrap-tag-bit-ignored', wrong: 'takes a tag that differs in one bit', clause: 'base/kek-unwrap-checks', format,
    replace: (sound) => ({
      kekUnwrap: (kek, wrapped) => {
        for (let bit = 0; wrapped.length === LENGTH.wrapped && bit < 128; bit += 1) {
          const turned = Uint8Array.from(wrapped);
          const at = LENGTH.wrapped - 16 + (bit >> 3);
          turned[at] = (turned[at] ?? 0) ^ (1 << (bit & 7));
          const dek = sound.aead.open(kek.key, turned.subarray(0, LENGTH.nonce), NO_AAD, turned.subarray(LENGTH.nonce));
          if (dek !== null) return dek;
        }
        return sound.kekUnwrap(kek, wrapped);
      },
    }),
    claims: [{ check: 'kek-wrap/unwrap-rejects/kek-unwrap-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'kek-wrap-any-length', wrong: 'wraps data keys of any length', clause: 'base/kek-wrap-checks', format,
    replace: ({ aead }) => ({
      kekWrap: (kek, dek, random) => {
        const nonce = random(LENGTH.nonce);
        return aead.seal(kek.key, nonce, NO_AAD, dek, nonce);
      },
    }),
    claims: [{ check: 'kek-wrap/wrap-rejects/kek-wrap-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'kek-wrap-fixed-nonce', wrong: 'wraps with the same nonce every time', clause: 'base/kek-wrap-fresh-nonce', format,
    replace: (sound) => ({ kekWrap: (kek, dek) => sound.kekWrap(kek, dek, (length) => new Uint8Array(length)) }),
    claims: [{ check: 'kek-wrap/wrap/kek-wrap-fresh-nonce', answers: { result: 'valid' } }],
  },
];
