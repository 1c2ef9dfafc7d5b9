/** Sorting of the format `fsm-entries`. */
import { bootstrapParts, fsmMachineSorting } from './fsm-machine.js';
import { bytesOf, normative, type FormatSorting, type Input } from './rules.js';

const ROW_CAP = 16384;
const VERSION = 0x01;

const wholeRegistration = (input: Input): boolean => {
  const body = bytesOf(input, 'body');
  return body.length === 15 && body[0] === VERSION;
};

/** The row count of a bootstrap body, and whether it is as long as it says; null where it is cut before the count. */
function bootstrapCount(input: Input): { readonly count: number; readonly whole: boolean } | null {
  const body = bytesOf(input, 'body');
  return body[0] === VERSION ? bootstrapParts(body) : null;
}

/** The parts of a rotation body that is as long as it says, of version 01 and with a purpose 1 or 2; else null. */
function wholeRotation(input: Input): { readonly subTag: number; readonly purpose: number; readonly wrapped: number } | null {
  const body = bytesOf(input, 'body');
  if (body.length < 11 || body[0] !== VERSION) return null;
  const [subTag, purpose, wrapped] = [body.readUInt8(1), body.readUInt8(6), body.readUInt32BE(7)];
  return body.length === 11 + wrapped + 14 && (purpose === 1 || purpose === 2) ? { subTag, purpose, wrapped } : null;
}

const unknownSubTag = (input: Input): boolean => {
  const body = bytesOf(input, 'body');
  return body.length >= 2 && body[0] === VERSION && ![1, 4, 5].includes(body.readUInt8(1));
};
/** A new key is wrapped, a switch wraps none, and each switch has its purpose: what the applier demands. */
const untied = (input: Input): boolean => {
  const parts = wholeRotation(input);
  if (parts === null) return false;
  return parts.subTag === 1 ? parts.wrapped === 0 : parts.wrapped > 0 || parts.purpose !== parts.subTag - 3;
};

export const fsmEntriesSorting: FormatSorting = {
  'registration-encode': { class: 'codec', rules: [normative('base/registration-layout', 'the bytes of a registration')] },
  'registration-decode': {
    class: 'codec',
    rules: [
      normative('base/registration-layout', 'a registration that reads back', wholeRegistration),
      normative('base/registration-checks', 'a registration of another length or version'),
    ],
  },
  'bootstrap-encode': { class: 'codec', rules: [normative('base/bootstrap-layout', 'the bytes of a bootstrap')] },
  'bootstrap-decode': {
    class: 'codec',
    rules: [
      normative('base/bootstrap-row-cap', 'as many rows as there may be, or more', (input) => (bootstrapCount(input)?.count ?? 0) >= ROW_CAP),
      normative('base/bootstrap-layout', 'a bootstrap that reads back', (input) => bootstrapCount(input)?.whole === true),
      normative('base/bootstrap-checks', 'a bootstrap of another version, cut short or with bytes left over'),
    ],
  },
  'rotation-encode': { class: 'codec', rules: [normative('base/rotation-layout', 'the bytes of a rotation')] },
  'rotation-decode': {
    class: 'codec',
    rules: [
      normative('base/rotation-sub-tags', 'an unknown sub-tag', unknownSubTag),
      normative('base/rotation-checks', 'sub-tag, purpose and wrapped length that do not belong together', untied),
      normative('base/rotation-layout', 'a rotation that reads back', (input) => wholeRotation(input)?.subTag === 1),
      normative('base/rotation-sub-tags', 'the sub-tags of the two switches', (input) => wholeRotation(input) !== null),
      normative('base/rotation-checks', 'a rotation of another version or purpose, cut short or with bytes left over'),
    ],
  },
  ...fsmMachineSorting,
};
