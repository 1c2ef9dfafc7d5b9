/** Sorting of the format `raft-envelope`. */
import { bytesOf, listOf, normative, notOurs, u64Of, type FormatSorting, type Input } from './rules.js';

const keyIdsOf = (input: Input): readonly unknown[] => listOf(input['keys']).map(({ key_id }) => key_id);
const withoutKeyStore = notOurs('a cipher without a key store, or none, exists in some languages only', (input) => !Array.isArray(input['keys']));

/** Refused before the tag is looked at: too short, unknown version, key id 0, key not loaded. */
const stopsBeforeTag = (input: Input): boolean => {
  const envelope = bytesOf(input, 'envelope');
  return envelope.length < 34 || envelope[0] !== 0x01 || envelope.readUInt32BE(2) === 0 || !keyIdsOf(input).includes(envelope.readUInt32BE(2));
};

const LAST_COUNT = 2n ** 64n - 1n;
/** The write count of the last call, were there no end. */
const lastCount = (input: Input): bigint =>
  u64Of(input, 'consumed_before') + (Number.isSafeInteger(input['calls']) ? BigInt(input['calls'] as number) : 0n);

const isOrdinaryName = (input: Input): boolean => typeof input['raft_id'] === 'string' && /^[a-z]+[0-9]+$/.test(input['raft_id']);

/** The switch is on from the start, or is turned on by a cutover entry. */
const beginsWrapping = (input: Input): boolean => u64Of(input, 'start_cutover') !== 0n
  || listOf(input['operations']).some(({ op }) => op === 'install');

export const raftEnvelopeSorting: FormatSorting = {
  'aad': { class: 'codec', rules: [normative('base/raft-aad', 'the additional data')] },
  'wrap': { class: 'codec', rules: [normative('base/raft-wrap', 'the bytes of an envelope')] },
  'wrap-rejects': { class: 'codec', rules: [withoutKeyStore, normative('base/raft-wrap-checks', 'a key id or a nonce that is refused')] },
  'unwrap': {
    class: 'codec',
    rules: [
      normative('base/raft-flag-ignored', 'a flag byte other than 00', (input) => bytesOf(input, 'envelope')[1] !== 0),
      normative('base/raft-unwrap', 'an envelope that opens'),
    ],
  },
  'unwrap-rejects': {
    class: 'codec',
    rules: [
      withoutKeyStore,
      normative('base/raft-unwrap-checks', 'refused before the tag is looked at', stopsBeforeTag),
      normative('base/raft-unwrap-authenticates', 'changed, or sealed for something else'),
    ],
  },
  'nonce': {
    class: 'codec',
    rules: [
      normative('base/nonce-exhaustion', 'the calls go beyond the last write count', (input) => lastCount(input) > LAST_COUNT),
      normative('base/nonce-layout', 'write counts of more than 32 bits', (input) => lastCount(input) > 0xffff_ffffn),
      normative('base/nonce-counter', 'the first nonces of a factory'),
    ],
  },
  'node-id': {
    class: 'codec',
    rules: [
      normative('base/node-id16', 'an ordinary short name, and the low 16 bits of its id', isOrdinaryName),
      normative('base/node-id', 'the hash of a raft id: empty, with punctuation, or beyond ASCII'),
    ],
  },
  'proposal-wrapping': {
    class: 'machine',
    rules: [
      normative('6E-2/start-up-sets-switch', 'a start behind a cutover without a raft key', (input) => u64Of(input, 'start_cutover') !== 0n && input['start_raft_dek_id'] === 0),
      normative('6E-2/writer-registered', 'proposals of a load whose registration has not committed', (input) => input['commits'] !== 'known' && beginsWrapping(input)),
      normative('6E-2/wrap-switch', 'what is sent before the cutover and after it'),
    ],
  },
};
