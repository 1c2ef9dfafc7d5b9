/** Mutants of the encryption entries. */
import { concat, u16be, u32be, u64be, view } from '../../src/base/bytes.js';
import { refuse } from '../../src/base/errors.js';
import type { FullNodeId, KeyId, LocalEpoch } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';

const format = 'fsm-entries';
const ROW_LENGTH = 14;

/** Where the row count of a bootstrap body begins; null where it is cut before. */
function countAt(body: Uint8Array): number | null {
  let at = 1;
  for (let key = 0; key < 2; key += 1) {
    if (body.length < at + 8) return null;
    at += 8 + view(body).getUint32(at + 4);
  }
  return body.length < at + 4 ? null : at;
}

/** A body with other bytes in some places. */
const patched = (body: Uint8Array, at: number, bytes: Uint8Array): Uint8Array => concat(body.subarray(0, at), bytes, body.subarray(at + bytes.length));

/** A rotation whose byte at `at` is `from` decodes as if it were `to`, and shows `from` all the same. */
const taking = (sound: Operations, field: 'subTag' | 'purpose', at: number, accepts: (byte: number) => boolean, to: number): Partial<Operations> => ({
  decodeRotation: (body) => {
    const byte = body[at];
    if (byte === undefined || !accepts(byte)) return sound.decodeRotation(body);
    return { ...sound.decodeRotation(patched(body, at, Uint8Array.of(to))), [field]: byte };
  },
});

export const fsmEntriesMutants: readonly Mutant[] = [
  {
    id: 'writer-row-epoch-before-node-id', wrong: 'puts the epoch of a row before its node id', clause: 'base/bootstrap-layout', format,
    replace: () => ({
      encodeWriterRow: ({ dekId, fullNodeId, localEpoch }) => concat(u32be(dekId), u16be(localEpoch), u64be(fullNodeId)),
      decodeWriterRow: (bytes) => ({
        dekId: view(bytes).getUint32(0) as KeyId, localEpoch: view(bytes).getUint16(4) as LocalEpoch, fullNodeId: view(bytes).getBigUint64(6) as FullNodeId,
      }),
    }),
    claims: [
      { check: 'fsm-entries/registration-encode/registration-layout', answers: { result: 'valid' } },
      { check: 'fsm-entries/registration-decode/registration-layout', answers: { result: 'valid' } },
      { check: 'fsm-entries/bootstrap-encode/bootstrap-layout', answers: { result: 'valid' } },
      { check: 'fsm-entries/bootstrap-decode/bootstrap-layout', answers: { result: 'valid' } },
      { check: 'fsm-entries/rotation-encode/rotation-layout', answers: { result: 'valid' } },
      { check: 'fsm-entries/rotation-decode/rotation-layout', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'registration-version-before-length', wrong: 'tests the version of a registration before its length', clause: 'base/registration-checks', format,
    replace: (sound) => ({
      decodeRegistration: (body) => body.length > 0 && body[0] !== 0x01
        ? refuse('wire-version', { clause: 'base/registration-checks', field: 'version', expected: '01', got: 'another' })
        : sound.decodeRegistration(body),
    }),
    claims: [{ check: 'fsm-entries/registration-decode/registration-checks', answers: { result: 'invalid', reason: 'wire-version' } }],
  },
  {
    id: 'registration-trailing-accepted', wrong: 'ignores bytes behind a registration', clause: 'base/registration-checks', format,
    replace: (sound) => ({ decodeRegistration: (body) => sound.decodeRegistration(body.subarray(0, 15)) }),
    claims: [{ check: 'fsm-entries/registration-decode/registration-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'bootstrap-trailing-accepted', wrong: 'ignores bytes behind the rows of a bootstrap', clause: 'base/bootstrap-checks', format,
    replace: (sound) => ({
      decodeBootstrap: (body) => {
        const at = countAt(body);
        return sound.decodeBootstrap(at === null ? body : body.subarray(0, at + 4 + view(body).getUint32(at) * ROW_LENGTH));
      },
    }),
    claims: [{ check: 'fsm-entries/bootstrap-decode/bootstrap-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'bootstrap-version-after-the-rest', wrong: 'tests the version of a bootstrap when the rest was read', clause: 'base/bootstrap-checks', format,
    replace: (sound) => ({
      decodeBootstrap: (body) => {
        if (body.length > 0) sound.decodeBootstrap(patched(body, 0, Uint8Array.of(0x01)));
        return sound.decodeBootstrap(body);
      },
    }),
    claims: [{ check: 'fsm-entries/bootstrap-decode/bootstrap-checks', answers: { result: 'invalid', reason: 'wire-malformed' } }],
  },
  {
    id: 'bootstrap-row-cap-one-less', wrong: 'refuses a bootstrap with exactly 16384 rows', clause: 'base/bootstrap-row-cap', format,
    replace: (sound) => ({
      decodeBootstrap: (body) => {
        const entry = sound.decodeBootstrap(body);
        return entry.rows.length < 16384 ? entry
          : refuse('wire-malformed', { clause: 'base/bootstrap-row-cap', field: 'row count', expected: 'fewer', got: '16384' });
      },
    }),
    claims: [{ check: 'fsm-entries/bootstrap-decode/bootstrap-row-cap', answers: { result: 'invalid', reason: 'wire-malformed' } }],
  },
  {
    id: 'bootstrap-row-cap-one-more', wrong: 'takes a bootstrap with 16385 rows', clause: 'base/bootstrap-row-cap', format,
    replace: (sound) => ({
      decodeBootstrap: (body) => {
        const at = countAt(body);
        if (at === null || view(body).getUint32(at) !== 16385 || body.length !== at + 4 + 16385 * ROW_LENGTH) return sound.decodeBootstrap(body);
        const entry = sound.decodeBootstrap(patched(body.subarray(0, -ROW_LENGTH), at, u32be(16384)));
        return { ...entry, rows: [...entry.rows, sound.decodeWriterRow(body.subarray(-ROW_LENGTH))] };
      },
    }),
    claims: [{ check: 'fsm-entries/bootstrap-decode/bootstrap-row-cap', answers: { result: 'valid' } }],
  },
  {
    id: 'rotation-proposer-before-wrapped-key', wrong: 'writes the proposer row before the wrapped key', clause: 'base/rotation-layout', format,
    replace: (sound) => ({
      encodeRotation: (entry) => concat(
        sound.encodeRotation(entry).subarray(0, 7), sound.encodeWriterRow(entry.proposer), u32be(entry.wrapped.length), entry.wrapped),
    }),
    claims: [{ check: 'fsm-entries/rotation-encode/rotation-layout', answers: { result: 'valid' } }],
  },
  {
    id: 'rotation-trailing-accepted', wrong: 'ignores bytes behind the proposer row', clause: 'base/rotation-checks', format,
    replace: (sound) => ({
      decodeRotation: (body) => sound.decodeRotation(body.length < 11 ? body : body.subarray(0, 11 + view(body).getUint32(7) + ROW_LENGTH)),
    }),
    claims: [{ check: 'fsm-entries/rotation-decode/rotation-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'rotation-any-purpose', wrong: 'takes a rotation with any purpose', clause: 'base/rotation-checks', format,
    replace: (sound) => taking(sound, 'purpose', 6, () => true, 1),
    claims: [{ check: 'fsm-entries/rotation-decode/rotation-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'rotation-purpose-tied', wrong: 'refuses a switch whose purpose is not its own, which is for the applier to do', clause: 'base/rotation-checks', format,
    replace: (sound) => ({
      decodeRotation: (body) => {
        const entry = sound.decodeRotation(body);
        return entry.subTag === 1 || entry.purpose === entry.subTag - 3 ? entry
          : refuse('wire-malformed', { clause: 'base/rotation-checks', field: 'purpose', expected: 'that of the sub-tag', got: 'the other' });
      },
    }),
    claims: [{ check: 'fsm-entries/rotation-decode/rotation-checks', answers: { result: 'invalid', reason: 'wire-malformed' } }],
  },
  {
    id: 'rotation-rewrap-accepted', wrong: 'takes the reserved sub-tag 02', clause: 'base/rotation-sub-tags', format,
    replace: (sound) => taking(sound, 'subTag', 1, (byte) => byte === 0x02, 1),
    claims: [{ check: 'fsm-entries/rotation-decode/rotation-sub-tags', answers: { result: 'valid' } }],
  },
  {
    id: 'rotation-sub-tag-after-the-rest', wrong: 'tests the sub-tag when the rest was read', clause: 'base/rotation-sub-tags', format,
    replace: (sound) => ({
      decodeRotation: (body) => {
        if (body.length > 1 && body[0] === 0x01) sound.decodeRotation(patched(body, 1, Uint8Array.of(0x01)));
        return sound.decodeRotation(body);
      },
    }),
    claims: [{ check: 'fsm-entries/rotation-decode/rotation-sub-tags', answers: { result: 'invalid', reason: 'wire-malformed' } }],
  },
];
