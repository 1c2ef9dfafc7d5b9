/** Sorting of the format `aead-envelope`. */
import { bytesOf, normative, notOurs, type FormatSorting, type Input } from './rules.js';

interface LoadedKey { readonly key_id?: unknown; readonly key?: unknown }
const keysOf = (input: Input): readonly LoadedKey[] => Array.isArray(input['keys']) ? input['keys'] as LoadedKey[] : [];

/** No cipher object at all, or one with nothing behind it: a matter of one language's interface. */
const withoutKeyStore = (input: Input): boolean => !Array.isArray(input['keys']);
/** Something is wrong before the tag is looked at. */
const stopsBeforeTag = (input: Input): boolean =>
  input['key_id'] === 0 || bytesOf(input, 'nonce').length !== 12 || !keysOf(input).some(({ key_id }) => key_id === input['key_id']);

/** Bits of the flag that no writer sets, or key id 0: decoding takes both. */
const oddButAccepted = (input: Input): boolean => {
  const envelope = bytesOf(input, 'envelope');
  return envelope.length >= 6 && (((envelope[1] ?? 0) & 0xfe) !== 0 || envelope.readUInt32BE(2) === 0);
};

interface StoreOperation { readonly op?: unknown; readonly key_id?: unknown; readonly key?: unknown }
const operationsOf = (input: Input): readonly StoreOperation[] => Array.isArray(input['operations']) ? input['operations'] as StoreOperation[] : [];
/** At least two keys are loaded, and then listed. */
const listsSeveral = (input: Input): boolean => {
  const loads = operationsOf(input).filter(({ op, key_id, key }) => op === 'set' && key_id !== 0 && typeof key === 'string' && key.length === 64);
  const loaded = new Set(loads.map(({ key_id }) => key_id));
  return loaded.size >= 2 && operationsOf(input).some(({ op }) => op === 'ids');
};

export const aeadEnvelopeSorting: FormatSorting = {
  'encode': { class: 'codec', rules: [normative('base/envelope-layout', 'the bytes of an envelope')] },
  'encode-rejects': { class: 'codec', rules: [normative('base/envelope-encode-checks', 'fields that make no envelope')] },
  'decode': {
    class: 'codec',
    rules: [
      normative('base/envelope-decode-checks', 'an unusual flag or key id 0, which decoding accepts', oddButAccepted),
      normative('base/envelope-layout', 'the fields of an envelope'),
    ],
  },
  'decode-rejects': { class: 'codec', rules: [normative('base/envelope-decode-checks', 'bytes that are no envelope')] },
  'header-aad': { class: 'codec', rules: [normative('base/header-aad', 'the authenticated header bytes')] },
  'encrypt': { class: 'codec', rules: [normative('base/aead-algorithm', 'ciphertext and tag')] },
  'cipher-rejects': {
    class: 'codec',
    rules: [
      notOurs('a cipher without a key store exists in some languages only', withoutKeyStore),
      normative('base/cipher-check-order', 'a key id or a nonce that is refused before the tag', stopsBeforeTag),
      normative('base/cipher-authenticates', 'a body that does not verify'),
    ],
  },
  'key-store': {
    class: 'codec',
    rules: [
      notOurs('a store that is absent or uninitialised exists in some languages only', (input) => input['store'] !== 'empty'),
      normative('base/key-store-delete', 'a key is deleted', (input) => operationsOf(input).some(({ op }) => op === 'delete')),
      normative('base/key-store-ids', 'several keys are loaded and listed', listsSeveral),
      normative('base/key-store-set', 'keys are set'),
    ],
  },
};
