/** Sorting of the format `proposal-envelope`. */
import { normative, type FormatSorting } from './rules.js';

const longText = (text: unknown): boolean => typeof text === 'string' && Buffer.byteLength(text) >= 0xffff;

export const proposalEnvelopeSorting: FormatSorting = {
  'encode': { class: 'codec', rules: [normative('base/proposal-layout', 'the bytes of entry data')] },
  'decode': { class: 'codec', rules: [normative('base/proposal-decode', 'entry data that splits')] },
  'decode-rejects': { class: 'codec', rules: [normative('base/proposal-decode', 'entry data that is no proposal')] },
  'read-context': { class: 'codec', rules: [normative('base/read-context', 'the context of a read')] },
  'conf-change-context': {
    class: 'codec',
    rules: [
      normative('base/conf-change-text-limit', 'a text at or above the limit', (input) => longText(input['peer_id']) || longText(input['peer_address'])),
      normative('base/conf-change-context', 'the context of a membership change'),
    ],
  },
};
