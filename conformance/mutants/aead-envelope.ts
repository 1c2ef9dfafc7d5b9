/** Mutants of the envelope, the cipher and the key store. */
import { concat, equal } from '../../src/base/bytes.js';
import { refuse } from '../../src/base/errors.js';
import type { KeyId } from '../../src/base/ids.js';
import { KeyStore } from '../../src/base/key-store.js';
import type { ClauseId } from '../../spec/clauses.js';
import type { Aead } from '../../src/ports/aead.js';
import { swapped32 } from './byte-order.js';
import type { Mutant } from './mutant.js';

const format = 'aead-envelope';
const TAG_LENGTH = 16;
const NOTHING = new Uint8Array(0);

const rebound = (clause: ClauseId): never => refuse('key-id-rebound', { clause, field: 'key', expected: 'the one that the id had', got: 'another' });

/** Opens without a look at the tag: sealing zeros under the same nonce gives the key stream. */
const openUnverified = (aead: Aead): Aead['open'] => (key, nonce, aad, body) => {
  const ciphertext = body.subarray(0, body.length - TAG_LENGTH);
  const stream = aead.seal(key, nonce, aad, new Uint8Array(ciphertext.length), NOTHING);
  return ciphertext.map((byte, at) => byte ^ (stream[at] ?? 0));
};

export const aeadEnvelopeMutants: readonly Mutant[] = [
  {
    id: 'envelope-key-id-little-endian', wrong: 'writes and reads the key id of an envelope little-endian', clause: 'base/envelope-layout', format,
    replace: (sound) => ({
      envelopeHead: (version, flag, keyId, nonce) => sound.envelopeHead(version, flag, swapped32(keyId), nonce),
      viewEnvelope: (bytes) => {
        const envelope = sound.viewEnvelope(bytes);
        return { ...envelope, keyId: swapped32(envelope.keyId) };
      },
    }),
    claims: [
      { check: 'aead-envelope/encode/envelope-layout', answers: { result: 'valid' } },
      { check: 'aead-envelope/decode/envelope-layout', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'envelope-body-length-unchecked', wrong: 'encodes a body that cannot hold a tag', clause: 'base/envelope-encode-checks', format,
    replace: (sound) => ({
      encodeEnvelope: (fields) => fields.version !== 0x01 || fields.body.length >= TAG_LENGTH ? sound.encodeEnvelope(fields)
        : concat(sound.envelopeHead(fields.version, fields.flag, fields.keyId, fields.nonce), fields.body),
    }),
    claims: [{ check: 'aead-envelope/encode-rejects/envelope-encode-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'envelope-encode-length-before-version', wrong: 'tests the length of a body before the version when it encodes', clause: 'base/envelope-encode-checks', format,
    replace: (sound) => ({
      encodeEnvelope: (fields) => fields.body.length < TAG_LENGTH ? sound.encodeEnvelope({ ...fields, version: 0x01 }) : sound.encodeEnvelope(fields),
    }),
    claims: [{ check: 'aead-envelope/encode-rejects/envelope-encode-checks', answers: { result: 'invalid', reason: 'envelope-too-short' } }],
  },
  {
    id: 'envelope-version-before-length', wrong: 'tests the version of an envelope before its length', clause: 'base/envelope-decode-checks', format,
    replace: (sound) => ({
      viewEnvelope: (bytes) => bytes.length > 0 && bytes[0] !== 0x01
        ? refuse('envelope-version-unknown', { clause: 'base/envelope-decode-checks', field: 'version', expected: '01', got: 'another' })
        : sound.viewEnvelope(bytes),
    }),
    claims: [{ check: 'aead-envelope/decode-rejects/envelope-decode-checks', answers: { result: 'invalid', reason: 'envelope-version-unknown' } }],
  },
  {
    id: 'envelope-reserved-flag-refused', wrong: 'refuses an envelope with a flag bit that no writer sets', clause: 'base/envelope-decode-checks', format,
    replace: (sound) => ({
      viewEnvelope: (bytes) => {
        const envelope = sound.viewEnvelope(bytes);
        if ((envelope.flag & 0xfe) === 0) return envelope;
        return refuse('envelope-version-unknown', { clause: 'base/envelope-decode-checks', field: 'flag', expected: '00 or 01', got: 'another' });
      },
    }),
    claims: [{ check: 'aead-envelope/decode/envelope-decode-checks', answers: { result: 'invalid', reason: 'envelope-version-unknown' } }],
  },
  {
    id: 'header-aad-without-flag', wrong: 'leaves the flag out of the authenticated header bytes', clause: 'base/header-aad', format,
    replace: (sound) => ({ headerAad: (version, _flag, keyId) => sound.headerAad(version, 0x00, keyId) }),
    claims: [{ check: 'aead-envelope/header-aad/header-aad', answers: { result: 'valid' } }],
  },
  {
    id: 'tag-before-ciphertext', wrong: 'puts the tag before the ciphertext', clause: 'base/aead-algorithm', format,
    replace: ({ aead }) => ({
      aead: {
        ...aead,
        seal: (key, nonce, aad, plaintext, head) => {
          const body = aead.seal(key, nonce, aad, plaintext, NOTHING);
          return concat(head, body.subarray(plaintext.length), body.subarray(0, plaintext.length));
        },
        open: (key, nonce, aad, body) => aead.open(key, nonce, aad, concat(body.subarray(TAG_LENGTH), body.subarray(0, TAG_LENGTH))),
      },
    }),
    claims: [{ check: 'aead-envelope/encrypt/aead-algorithm', answers: { result: 'valid' } }],
  },
  {
    id: 'aad-not-authenticated', wrong: 'seals and opens without the additional data', clause: 'base/aead-algorithm', format,
    replace: ({ aead }) => ({
      aead: {
        ...aead,
        seal: (key, nonce, _aad, plaintext, head) => aead.seal(key, nonce, NOTHING, plaintext, head),
        open: (key, nonce, _aad, body) => aead.open(key, nonce, NOTHING, body),
      },
    }),
    claims: [{ check: 'aead-envelope/encrypt/aead-algorithm', answers: { result: 'valid' } }],
  },
  {
    id: 'nonce-length-before-key-id', wrong: 'looks at the length of the nonce before key id 0', clause: 'base/cipher-check-order', format,
    replace: (sound) => ({ cipherKey: (keys, keyId, nonce) => sound.cipherKey(keys, keyId === 0 && nonce.length !== 12 ? 1 as KeyId : keyId, nonce) }),
    claims: [{ check: 'aead-envelope/cipher-rejects/cipher-check-order', answers: { result: 'invalid', reason: 'nonce-length' } }],
  },
  {
    id: 'key-looked-up-first', wrong: 'looks for the key before it looks at the nonce', clause: 'base/cipher-check-order', format,
    replace: (sound) => ({
      cipherKey: (keys, keyId, nonce) => sound.cipherKey(keys, keyId, keys.aeadKey(keyId) === null ? new Uint8Array(12) : nonce),
    }),
    claims: [{ check: 'aead-envelope/cipher-rejects/cipher-check-order', answers: { result: 'invalid', reason: 'key-not-loaded' } }],
  },
  {
    id: 'tag-not-verified', wrong: 'gives out the plaintext without a look at the tag', clause: 'base/cipher-authenticates', format,
    replace: ({ aead }) => ({ aead: { ...aead, open: openUnverified(aead) } }),
    claims: [{ check: 'aead-envelope/cipher-rejects/cipher-authenticates', answers: { result: 'valid' } }],
  },
  {
    id: 'cut-body-called-short', wrong: 'calls a body without room for a tag too short instead of not authentic', clause: 'base/cipher-authenticates', format,
    replace: (sound) => ({
      open: (keys, keyId, nonce, aad, body) => {
        sound.cipherKey(keys, keyId, nonce);
        if (body.length >= TAG_LENGTH) return sound.open(keys, keyId, nonce, aad, body);
        return refuse('envelope-too-short', { clause: 'base/cipher-authenticates', field: 'body', expected: 'at least a tag', got: 'less' });
      },
    }),
    claims: [{ check: 'aead-envelope/cipher-rejects/cipher-authenticates', answers: { result: 'invalid', reason: 'envelope-too-short' } }],
  },
  {
    id: 'key-overwritten', wrong: 'puts another key in the place of the one that an id holds', clause: 'base/key-store-set', format,
    replace: ({ aead }) => ({
      keyStore: () => new class extends KeyStore {
        override set(id: KeyId, bytes: Uint8Array): void {
          if (bytes.length === 32) this.delete(id);
          super.set(id, bytes);
        }
      }(aead),
    }),
    claims: [{ check: 'aead-envelope/key-store/key-store-set', answers: { result: 'valid' } }],
  },
  {
    id: 'key-conflict-before-length', wrong: 'compares with the key that an id holds before it looks at the length', clause: 'base/key-store-set', format,
    replace: ({ aead }) => ({
      keyStore: () => new class extends KeyStore {
        override set(id: KeyId, bytes: Uint8Array): void {
          const held = this.get(id);
          if (held !== null && !equal(held, bytes)) rebound('base/key-store-set');
          super.set(id, bytes);
        }
      }(aead),
    }),
    claims: [{ check: 'aead-envelope/key-store/key-store-set', answers: { result: 'valid' } }],
  },
  {
    id: 'deleted-key-remembered', wrong: 'holds a deleted id to the key that it had', clause: 'base/key-store-delete', format,
    replace: ({ aead }) => ({
      keyStore: () => new class extends KeyStore {
        readonly #gone = new Map<KeyId, Uint8Array>();
        override delete(id: KeyId): void {
          const held = this.get(id);
          if (held !== null) this.#gone.set(id, held);
          super.delete(id);
        }
        override set(id: KeyId, bytes: Uint8Array): void {
          const before = this.#gone.get(id);
          if (before !== undefined && !equal(before, bytes)) rebound('base/key-store-delete');
          super.set(id, bytes);
        }
      }(aead),
    }),
    claims: [{ check: 'aead-envelope/key-store/key-store-delete', answers: { result: 'valid' } }],
  },
  {
    id: 'key-ids-sorted-as-text', wrong: 'lists the loaded ids in the order of their decimal texts', clause: 'base/key-store-ids', format,
    replace: ({ aead }) => ({
      keyStore: () => new class extends KeyStore {
        override ids(): readonly KeyId[] {
          return [...super.ids()].sort((a, b) => (`${a}` < `${b}` ? -1 : 1));
        }
      }(aead),
    }),
    claims: [{ check: 'aead-envelope/key-store/key-store-ids', answers: { result: 'valid' } }],
  },
];
