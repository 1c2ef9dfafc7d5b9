/** Sorting of the format `kek-wrap`. */
import { normative, notOurs, type FormatSorting, type Input } from './rules.js';

const noKek = notOurs('no KEK, or one that was never loaded: misuse of one interface', (input: Input) => input['kek'] === undefined || input['kek'] === null);

export const kekWrapSorting: FormatSorting = {
  'file-checks': { class: 'file', rules: [normative('base/kek-file-checks', 'what lies at the path of the key file')] },
  'unwrap': { class: 'codec', rules: [noKek, normative('base/kek-wrap-layout', 'a wrapped key that opens')] },
  'unwrap-rejects': { class: 'codec', rules: [noKek, normative('base/kek-unwrap-checks', 'bytes that do not unwrap')] },
  'wrap-rejects': { class: 'codec', rules: [noKek, normative('base/kek-wrap-checks', 'a key of another length')] },
  'wrap': {
    class: 'codec',
    rules: [
      noKek,
      normative('base/kek-wrap-fresh-nonce', 'the same key wrapped several times', (input) => typeof input['times'] === 'number' && input['times'] > 1),
      normative('base/kek-wrap-layout', 'a key wrapped once'),
    ],
  },
};
