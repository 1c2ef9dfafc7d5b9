/** Sorting of the format `writer-registry`. */
import { bytesOf, normative, type FormatSorting } from './rules.js';

const KEY_FORM = /^!encryption\|writers\|[^]{4}\|[^]{2}$/;

export const writerRegistrySorting: FormatSorting = {
  'key': { class: 'codec', rules: [normative('base/registry-key', 'the key of a row')] },
  'prefix': { class: 'codec', rules: [normative('base/registry-prefix', 'the prefix of the rows of one data key')] },
  'key-decode': {
    class: 'codec',
    rules: [
      normative('base/registry-key', 'a row key that reads back', (input) => KEY_FORM.test(bytesOf(input, 'key').toString('latin1'))),
      normative('base/registry-key-checks', 'bytes that are no row key'),
    ],
  },
  'value': { class: 'codec', rules: [normative('base/registry-value', 'the value of a row')] },
  'value-decode': {
    class: 'codec',
    rules: [
      normative('base/registry-value-checks', 'a row value of another length', (input) => bytesOf(input, 'value').length !== 12),
      normative('base/registry-value-checks', 'epochs in an order that nothing checks', (input) => {
        const value = bytesOf(input, 'value');
        return value.readUInt16BE(8) > value.readUInt16BE(10);
      }),
      normative('base/registry-value', 'a row value that reads back'),
    ],
  },
  'node-id16': { class: 'codec', rules: [normative('base/node-id16', 'the low 16 bits of a node id')] },
  'apply': { class: 'machine', rules: [normative('base/registration-cases', 'registrations against rows, in a store that may fail')] },
  'pre-registration': { class: 'machine', rules: [normative('base/pre-registration', 'the rows of a member that is to be added')] },
};
