/** Sorting of the format `storage-envelope`. */
import { bytesOf, normative, u64Of, type FormatSorting, type Input } from './rules.js';

/** A stored value whose header does not split. */
const badHeader = (input: Input): boolean => {
  const stored = bytesOf(input, 'stored');
  return stored.length < 9 || ((stored[0] ?? 0) & 0xfc) !== 0;
};

const hasTombstone = (input: Input): boolean => ((bytesOf(input, 'stored')[0] ?? 0) & 0x01) !== 0;
const isSealed = (input: Input): boolean => ((bytesOf(input, 'stored')[0] ?? 0) & 0x06) === 0x02;
const expiryOf = (input: Input): bigint => bytesOf(input, 'stored').readBigUInt64LE(1);
const isNewer = (input: Input): boolean => u64Of(input, 'commit_ts') > u64Of(input, 'read_ts');
const isHidden = (input: Input): boolean => hasTombstone(input) || (expiryOf(input) !== 0n && expiryOf(input) <= u64Of(input, 'read_ts'));
const hasCipher = (input: Input): boolean => Array.isArray(input['keys']);

/** Hidden by a header that no writer leaves: a sealed deletion, or an expiry before the value was committed. */
const hiddenByChange = (input: Input): boolean => isSealed(input) && (hasTombstone(input) || (isHidden(input) && expiryOf(input) < u64Of(input, 'commit_ts')));
/** The guard looks at a clear value when there is a cipher and the body could hold an envelope. */
const guardLooks = (input: Input): boolean => !isSealed(input) && hasCipher(input) && bytesOf(input, 'stored').length >= 9 + 34;

export const storageEnvelopeSorting: FormatSorting = {
  'value-encode': { class: 'codec', rules: [normative('base/value-header', 'the bytes of a stored value')] },
  'value-decode': {
    class: 'codec',
    rules: [
      normative('base/value-header-checks', 'too short, a reserved bit or a reserved state', badHeader),
      normative('base/value-header', 'the parts of a stored value'),
    ],
  },
  'store-key': { class: 'codec', rules: [normative('base/store-key', 'the key in the store')] },
  'aad': { class: 'codec', rules: [normative('base/storage-aad', 'the additional data')] },
  'write': {
    class: 'codec',
    rules: [
      normative('base/storage-clear', 'a deletion', (input) => input['delete'] === true),
      normative('base/storage-clear', 'no cipher', (input) => !hasCipher(input)),
      normative('base/storage-seal', 'a value, or several, under a key'),
    ],
  },
  'value-size': { class: 'codec', rules: [normative('base/value-size-limit', 'the length of a plaintext value')] },
  'read': {
    class: 'codec',
    rules: [
      normative('base/read-visibility', 'committed after the read', isNewer),
      normative('base/value-header-checks', 'a header that does not split', badHeader),
      normative('base/read-without-cipher', 'sealed, and no cipher', (input) => isSealed(input) && !hasCipher(input)),
      normative('base/open-before-visibility', 'sealed, and hidden by a header that no writer leaves', hiddenByChange),
      normative('base/rebadge-guard', 'clear, and long enough to be an envelope', guardLooks),
      normative('base/read-visibility', 'deleted or expired at the read', isHidden),
      normative('base/read-sealed', 'a sealed value', isSealed),
      normative('base/read-clear', 'a clear value'),
    ],
  },
  'write-decision': { class: 'machine', rules: [normative('base/write-decision', 'a write by a store whose gates, keys and nonces are prepared')] },
};
