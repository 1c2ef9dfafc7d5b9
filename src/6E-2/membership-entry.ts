/**
 * Membership entry: the one entry whose data is the raft core's own. A replica looks only whether it parses.
 *
 * Implements 6E-2/membership-entry-plain (spec/6E-2/apply-hook.md).
 */
import { refuse } from '../base/errors.js';

// Wire types of protobuf: the number in the low three bits of a tag.
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const LONGEST_VARINT = 10;

/**
 * Refuses data that is no protobuf message. Fields are not looked at: what a change means is the raft core's business.
 *
 * @clause 6E-2/membership-entry-plain
 * @throws Refusal `membership-protobuf`
 */
export function checkMembershipEntry(data: Uint8Array): void {
  const malformed = (expected: string, got: string): never =>
    refuse('membership-protobuf', { clause: '6E-2/membership-entry-plain', field: 'membership entry', expected, got });
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let count = 0; count < LONGEST_VARINT; count += 1) {
      const byte = data[at];
      if (byte === undefined) return malformed('a whole varint', 'the end of the data');
      at += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return value;
    }
    return malformed(`a varint of at most ${LONGEST_VARINT} bytes`, 'a longer one');
  };
  while (at < data.length) {
    const tag = varint();
    if (tag >> 3n === 0n || tag >> 3n > 0x1fff_ffffn) malformed('a field number from 1 on', `${tag >> 3n}`);
    switch (Number(tag & 7n)) {
      case VARINT: varint(); break;
      case FIXED_64: at += 8; break;
      case LENGTH_DELIMITED: {
        const length = varint();
        if (length > BigInt(data.length - at)) malformed(`${length} bytes`, `${data.length - at}`);
        at += Number(length);
        break;
      }
      case FIXED_32: at += 4; break;
      default: malformed('wire type 0, 1, 2 or 5', `${tag & 7n}`);
    }
    if (at > data.length) malformed('a whole field', 'the end of the data');
  }
}
