/** Sorting of the format `snapshot-header`. */
import { bytesOf, normative, type FormatSorting, type Input, type Rule } from './rules.js';

const MAGIC = 'EKVTHLC';
const LENGTH = { least: 16, most: 1024 };
const startsWithMagic = (stream: Buffer): boolean => stream.length >= 8 && stream.toString('latin1', 0, 7) === MAGIC;
const versionByte = (stream: Buffer): string => stream.toString('latin1', 7, 8);

/** The length field of a version 2 header; null where there is none. */
function lengthField(input: Input): number | null {
  const stream = bytesOf(input, 'stream');
  return startsWithMagic(stream) && versionByte(stream) === '2' && stream.length >= 10 ? stream.readUInt16BE(8) : null;
}

const rules: readonly Rule[] = [
  normative('base/snapshot-source-failure', 'a source that fails', (input) => input['source_fails'] === true),
  normative('base/snapshot-peek', 'a stream without a header', (input) => !startsWithMagic(bytesOf(input, 'stream'))),
  normative('base/snapshot-header-magic', 'an unknown eighth byte', (input) => !['1', '2'].includes(versionByte(bytesOf(input, 'stream')))),
  normative('base/snapshot-header-length', 'a length out of its bounds, or at the upper one', (input) => {
    const length = lengthField(input);
    return length !== null && (length < LENGTH.least || length >= LENGTH.most);
  }),
  normative('base/snapshot-header-cut', 'a header that is cut short', (input) => {
    const stream = bytesOf(input, 'stream');
    return stream.length < (versionByte(stream) === '1' ? 16 : 10 + (lengthField(input) ?? LENGTH.least));
  }),
  normative('base/snapshot-header-layout', 'a header that reads back'),
];

export const snapshotHeaderSorting: FormatSorting = {
  'read': { class: 'codec', rules },
  'read-rejects': { class: 'codec', rules },
  'write': { class: 'machine', rules: [normative('base/snapshot-header-writer', 'the headers that one load writes')] },
  'restore': { class: 'machine', rules: [normative('base/snapshot-restore', 'what restoring a header leaves')] },
  'token': {
    class: 'codec',
    rules: [
      normative('base/snapshot-token-test', 'bytes of another length or magic', (input) => {
        const token = bytesOf(input, 'token');
        return input['operation'] === 'decode' && (token.length !== 17 || token.toString('latin1', 0, 4) !== 'EKVT');
      }),
      normative('base/snapshot-token', 'a token'),
    ],
  },
  'payload-file': { class: 'file', rules: [normative('base/snapshot-payload-file', 'a payload file, its name, or its checks')] },
};
