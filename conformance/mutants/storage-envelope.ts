/** Mutants of stored values: layout, writes and reads. */
import { concat, u64be, view } from '../../src/base/bytes.js';
import { Refusal, refuse } from '../../src/base/errors.js';
import type { Millis } from '../../src/base/ids.js';
import { swapped64 } from './byte-order.js';
import type { Mutant } from './mutant.js';

const format = 'storage-envelope';
const HEADER_LENGTH = 9;
const NEVER = 0n as Millis;

/** A stored value with other flags in its header. */
const withFlags = (stored: Uint8Array, to: (flags: number) => number): Uint8Array => concat(stored.subarray(0, 1).map(to), stored.subarray(1));

export const storageEnvelopeMutants: readonly Mutant[] = [
  {
    id: 'expiry-big-endian', wrong: 'writes and reads the expiry of a stored value big-endian', clause: 'base/value-header', format,
    replace: (sound) => ({
      encodeValueHeader: (header) => sound.encodeValueHeader({ ...header, expireAt: swapped64(header.expireAt) }),
      decodeValue: (stored) => {
        const value = sound.decodeValue(stored);
        return { ...value, expireAt: swapped64(value.expireAt) };
      },
    }),
    claims: [
      { check: 'storage-envelope/value-encode/value-header', answers: { result: 'valid' } },
      { check: 'storage-envelope/value-decode/value-header', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'value-state-bit-3', wrong: 'keeps the state one bit further up', clause: 'base/value-header', format,
    replace: (sound) => ({
      encodeValueHeader: (header) => sound.encodeValueHeader({ ...header, state: header.state << 1 }),
    }),
    claims: [{ check: 'storage-envelope/value-encode/value-header', answers: { result: 'valid' } }],
  },
  {
    id: 'value-reserved-bits-ignored', wrong: 'takes no notice of the flag bits 3 to 7', clause: 'base/value-header-checks', format,
    replace: (sound) => ({
      decodeValue: (stored) => sound.decodeValue(withFlags(stored, (flags) => flags & 0x07)),
    }),
    claims: [
      { check: 'storage-envelope/value-decode/value-header-checks', answers: { result: 'valid' } },
      { check: 'storage-envelope/read/value-header-checks', answers: { result: 'invalid', reason: 'stored-value-integrity' } },
    ],
  },
  {
    id: 'value-reserved-state-clear', wrong: 'takes a reserved state for clear', clause: 'base/value-header-checks', format,
    replace: (sound) => ({
      decodeValue: (stored) => sound.decodeValue(withFlags(stored, (flags) => (flags & 0x04) === 0 ? flags : flags & 0xf9)),
    }),
    claims: [
      { check: 'storage-envelope/value-decode/value-header-checks', answers: { result: 'valid' } },
      { check: 'storage-envelope/read/value-header-checks', answers: { result: 'invalid', reason: 'stored-value-integrity' } },
    ],
  },
  {
    id: 'store-key-without-complement', wrong: 'puts the commit timestamp itself behind the user key', clause: 'base/store-key', format,
    replace: () => ({ storeKey: (userKey, commitTs) => concat(userKey, u64be(commitTs)) }),
    claims: [{ check: 'storage-envelope/store-key/store-key', answers: { result: 'valid' } }],
  },
  {
    id: 'storage-aad-without-place', wrong: 'leaves the store key out of the additional data, so that a value can be moved',
    clause: 'base/storage-aad', format,
    replace: (sound) => ({ storageAad: (fields, header) => sound.storageAad(fields, header, new Uint8Array(0)) }),
    claims: [
      { check: 'storage-envelope/aad/storage-aad', answers: { result: 'valid' } },
      { check: 'storage-envelope/write/storage-seal', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'storage-aad-key-before-header', wrong: 'puts the store key before the value header in the additional data',
    clause: 'base/storage-aad', format,
    replace: (sound) => ({ storageAad: (fields, header, key) => sound.storageAad(fields, key, header) }),
    claims: [{ check: 'storage-envelope/aad/storage-aad', answers: { result: 'valid' } }],
  },
  {
    id: 'storage-seal-expiry-outside', wrong: 'seals a value over a header without its expiry', clause: 'base/storage-seal', format,
    replace: (sound) => ({
      sealValue: (keys, keyId, nonce, key, { value, expireAt }) => {
        const sealed = sound.sealValue(keys, keyId, nonce, key, { value, expireAt: NEVER });
        return concat(sound.encodeValueHeader({ tombstone: false, state: 1, expireAt }), sealed.subarray(HEADER_LENGTH));
      },
    }),
    claims: [{ check: 'storage-envelope/write/storage-seal', answers: { result: 'valid' } }],
  },
  {
    id: 'storage-seal-flag-set', wrong: 'sets a flag bit in the envelope of a stored value', clause: 'base/storage-seal', format,
    replace: (sound) => ({
      sealValue: (keys, keyId, nonce, key, { value, expireAt }) => {
        const header = sound.encodeValueHeader({ tombstone: false, state: 1, expireAt });
        const aad = sound.storageAad({ version: 0x01, flag: 0x01, keyId }, header, key);
        return sound.seal(keys, keyId, nonce, aad, value, concat(header, sound.envelopeHead(0x01, 0x01, keyId, nonce)));
      },
    }),
    claims: [{ check: 'storage-envelope/write/storage-seal', answers: { result: 'valid' } }],
  },
  {
    id: 'deletion-marked-sealed', wrong: 'marks a deletion as sealed', clause: 'base/storage-clear', format,
    replace: (sound) => ({ deletion: () => sound.encodeValue({ tombstone: true, state: 1, expireAt: NEVER, body: new Uint8Array(0) }) }),
    claims: [{ check: 'storage-envelope/write/storage-clear', answers: { result: 'valid' } }],
  },
  {
    id: 'clear-value-without-header', wrong: 'stores a clear value without its header', clause: 'base/storage-clear', format,
    replace: () => ({ clearValue: ({ value }) => value }),
    claims: [{ check: 'storage-envelope/write/storage-clear', answers: { result: 'valid' } }],
  },
  {
    id: 'value-size-limit-exclusive', wrong: 'refuses a value of exactly 256 MiB', clause: 'base/value-size-limit', format,
    replace: (sound) => ({ checkValueSize: (length) => sound.checkValueSize(length + 1) }),
    claims: [{ check: 'storage-envelope/value-size/value-size-limit', answers: { result: 'invalid', reason: 'value-too-large' } }],
  },
  {
    id: 'value-size-unchecked', wrong: 'has no limit for the length of a value', clause: 'base/value-size-limit', format,
    replace: () => ({ checkValueSize: () => undefined }),
    claims: [{ check: 'storage-envelope/value-size/value-size-limit', answers: { result: 'valid' } }],
  },
  {
    id: 'clear-read-empty-lost', wrong: 'does not find an empty clear value', clause: 'base/read-clear', format,
    replace: (sound) => ({
      readValue: (keys, read) => {
        const result = sound.readValue(keys, read);
        return result.found && read.stored.length === HEADER_LENGTH ? { found: false } : result;
      },
    }),
    claims: [{ check: 'storage-envelope/read/read-clear', answers: { result: 'valid' } }],
  },
  {
    id: 'envelope-read-as-clear-refused', wrong: 'refuses a clear value that looks like an envelope where there is no cipher',
    clause: 'base/read-clear', format,
    replace: (sound) => ({
      guardRebadged: (keys, key, value) => {
        if (keys === null && value.body.length >= 34 && value.body[0] === 0x01) {
          refuse('stored-value-integrity', { clause: 'base/read-clear', field: 'body', expected: 'no envelope', got: 'one' });
        }
        sound.guardRebadged(keys, key, value);
      },
    }),
    claims: [{ check: 'storage-envelope/read/read-clear', answers: { result: 'invalid', reason: 'stored-value-integrity' } }],
  },
  {
    id: 'read-integrity-unnamed', wrong: 'lets the refusal of the cipher stand for that of the read', clause: 'base/read-sealed', format,
    replace: (sound) => ({
      openValue: (keys, key, stored, body) => {
        if (keys === null) return sound.openValue(keys, key, stored, body);
        const envelope = sound.viewEnvelope(body);
        return sound.open(keys, envelope.keyId, envelope.nonce, sound.storageAad(envelope, stored.subarray(0, HEADER_LENGTH), key), envelope.body);
      },
    }),
    claims: [{ check: 'storage-envelope/read/read-sealed', answers: { result: 'invalid', reason: 'authentication-failed' } }],
  },
  {
    id: 'read-flag-not-authenticated', wrong: 'opens a stored value as if its flag byte were 00', clause: 'base/read-sealed', format,
    replace: (sound) => ({
      openValue: (keys, key, stored, body) => {
        const unflagged = body.length < 2 ? body : concat(body.subarray(0, 1), Uint8Array.of(0x00), body.subarray(2));
        return sound.openValue(keys, key, stored, unflagged);
      },
    }),
    claims: [{ check: 'storage-envelope/read/read-sealed', answers: { result: 'valid' } }],
  },
  {
    id: 'read-all-refusals-integrity', wrong: 'calls every refusal of a sealed value one of integrity', clause: 'base/read-sealed', format,
    replace: (sound) => ({
      openValue: (keys, key, stored, body) => {
        try {
          return sound.openValue(keys, key, stored, body);
        } catch (error) {
          if (!(error instanceof Refusal) || keys === null) throw error;
          return refuse('stored-value-integrity', error);
        }
      },
    }),
    claims: [{ check: 'storage-envelope/read/read-sealed', answers: { result: 'invalid', reason: 'stored-value-integrity' } }],
  },
  {
    id: 'read-sealed-bytes-given-out', wrong: 'gives out the envelope where there is no cipher', clause: 'base/read-without-cipher', format,
    replace: (sound) => ({ openValue: (keys, key, stored, body) => keys === null ? body : sound.openValue(keys, key, stored, body) }),
    claims: [{ check: 'storage-envelope/read/read-without-cipher', answers: { result: 'valid' } }],
  },
  {
    id: 'visibility-before-open', wrong: 'acts on deletion and expiry before it opens a value', clause: 'base/open-before-visibility', format,
    replace: (sound) => ({
      readValue: (keys, read) => {
        if (read.commitTs <= read.readTs && !sound.isVisible(sound.decodeValue(read.stored), read.readTs)) return { found: false };
        return sound.readValue(keys, read);
      },
    }),
    claims: [{ check: 'storage-envelope/read/open-before-visibility', answers: { result: 'valid' } }],
  },
  {
    id: 'rebadge-guard-dropped', wrong: 'takes every value that is marked clear for clear', clause: 'base/rebadge-guard', format,
    replace: () => ({ guardRebadged: () => undefined }),
    claims: [{ check: 'storage-envelope/read/rebadge-guard', answers: { result: 'valid' } }],
  },
  {
    id: 'rebadge-guard-stored-expiry-only', wrong: 'tries the guard with the stored expiry alone', clause: 'base/rebadge-guard', format,
    replace: (sound) => ({
      guardRebadged: (keys, key, value) => {
        const header = sound.encodeValueHeader({ tombstone: false, state: 1, expireAt: value.expireAt });
        if (keys === null || value.body.length < 34) return;
        for (const keyId of keys.ids()) {
          const loaded = keys.aeadKey(keyId);
          const aad = sound.storageAad({ version: 0x01, flag: 0x00, keyId }, header, key);
          const opened = loaded === null ? null : sound.aead.open(loaded, value.body.subarray(6, 18), aad, value.body.subarray(18));
          if (opened !== null) sound.guardRebadged(keys, key, value);
        }
      },
    }),
    claims: [{ check: 'storage-envelope/read/rebadge-guard', answers: { result: 'valid' } }],
  },
  {
    id: 'rebadge-guard-trusts-body', wrong: 'tries the guard with the version, flag and key id that stand in the body',
    clause: 'base/rebadge-guard', format,
    replace: (sound) => ({
      guardRebadged: (keys, key, value) => {
        const { body } = value;
        const named = body.length < 6 ? 0 : view(body).getUint32(2);
        if (body[0] === 0x01 && body[1] === 0x00 && keys?.ids().some((id) => id === named) === true) sound.guardRebadged(keys, key, value);
      },
    }),
    claims: [{ check: 'storage-envelope/read/rebadge-guard', answers: { result: 'valid' } }],
  },
  {
    id: 'expiry-at-read-visible', wrong: 'finds a value at the very timestamp of its expiry', clause: 'base/read-visibility', format,
    replace: (sound) => ({ isVisible: (value, at) => sound.isVisible(value, at) || (!value.tombstone && value.expireAt === at) }),
    claims: [{ check: 'storage-envelope/read/read-visibility', answers: { result: 'valid' } }],
  },
  {
    id: 'newer-version-visible', wrong: 'finds a value that was committed after the read', clause: 'base/read-visibility', format,
    replace: (sound) => ({ readValue: (keys, read) => sound.readValue(keys, { ...read, readTs: read.commitTs > read.readTs ? read.commitTs : read.readTs }) }),
    claims: [{ check: 'storage-envelope/read/read-visibility', answers: { result: 'valid' } }],
  },
  {
    id: 'write-cutover-gate-open', wrong: 'seals although the storage cutover was not applied', clause: 'base/write-decision', format,
    replace: (sound) => ({ decideWrite: (circumstances) => sound.decideWrite({ ...circumstances, cutoverGate: null }) }),
    claims: [{ check: 'storage-envelope/write-decision/write-decision', answers: { result: 'valid' } }],
  },
  {
    id: 'write-unregistered-sealed', wrong: 'seals a direct write before the load is registered', clause: 'base/write-decision', format,
    replace: (sound) => ({ decideWrite: (circumstances) => sound.decideWrite({ ...circumstances, registrationGate: null }) }),
    claims: [{ check: 'storage-envelope/write-decision/write-decision', answers: { result: 'valid' } }],
  },
  {
    id: 'write-unregistered-before-cutover-gate', wrong: 'asks for the registration before it looks at the cutover',
    clause: 'base/write-decision', format,
    replace: (sound) => ({
      decideWrite: (circumstances) => {
        sound.decideWrite({ ...circumstances, cutoverGate: null });
        return sound.decideWrite(circumstances);
      },
    }),
    claims: [{ check: 'storage-envelope/write-decision/write-decision', answers: { result: 'invalid', reason: 'writer-not-registered' } }],
  },
  {
    id: 'write-key-not-loaded-clear', wrong: 'stores in the clear what it has no key to seal with', clause: 'base/write-decision', format,
    replace: (sound) => ({
      writeValue: (site, key, value) => {
        const unloaded = site.keys !== null && site.activeKey !== null && site.keys.get(site.activeKey) === null;
        return sound.writeValue(unloaded ? { ...site, activeKey: null } : site, key, value);
      },
    }),
    claims: [{ check: 'storage-envelope/write-decision/write-decision', answers: { result: 'valid' } }],
  },
  {
    id: 'write-nonce-before-decision', wrong: 'takes a nonce before it decides', clause: 'base/write-decision', format,
    replace: (sound) => ({
      writeValue: (site, key, value) => {
        const nonce = site.nonces.next();
        return sound.writeValue({ ...site, nonces: { next: () => nonce } }, key, value);
      },
    }),
    claims: [{ check: 'storage-envelope/write-decision/write-decision', answers: { result: 'valid' } }],
  },
];
