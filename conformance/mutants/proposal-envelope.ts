/** Mutants of the proposal envelope and the two contexts. */
import { concat, view } from '../../src/base/bytes.js';
import { Refusal, refuse } from '../../src/base/errors.js';
import { swapped64 } from './byte-order.js';
import type { Mutant } from './mutant.js';

const format = 'proposal-envelope';

export const proposalEnvelopeMutants: readonly Mutant[] = [
  {
    id: 'proposal-id-little-endian', wrong: 'writes and reads the proposal id little-endian', clause: 'base/proposal-layout', format,
    replace: (sound) => ({
      encodeProposal: ({ id, payload }) => sound.encodeProposal({ id: swapped64(id), payload }),
      decodeProposal: (data) => {
        const { id, payload } = sound.decodeProposal(data);
        return { id: swapped64(id), payload };
      },
    }),
    claims: [
      { check: 'proposal-envelope/encode/proposal-layout', answers: { result: 'valid' } },
      { check: 'proposal-envelope/decode/proposal-decode', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'proposal-empty-payload-refused', wrong: 'takes nine bytes for too few', clause: 'base/proposal-decode', format,
    replace: (sound) => ({
      decodeProposal: (data) => data.length === 9
        ? refuse('too-short', { clause: 'base/proposal-decode', field: 'entry data', expected: 'a payload', got: 'none' })
        : sound.decodeProposal(data),
    }),
    claims: [{ check: 'proposal-envelope/decode/proposal-decode', answers: { result: 'invalid', reason: 'too-short' } }],
  },
  {
    id: 'proposal-version-ignored', wrong: 'takes any first byte for a proposal', clause: 'base/proposal-decode', format,
    replace: (sound) => ({ decodeProposal: (data) => sound.decodeProposal(data.length === 0 ? data : concat(Uint8Array.of(0x01), data.subarray(1))) }),
    claims: [{ check: 'proposal-envelope/decode-rejects/proposal-decode', answers: { result: 'valid' } }],
  },
  {
    id: 'read-context-longer-accepted', wrong: 'ignores bytes behind a read context', clause: 'base/read-context', format,
    replace: (sound) => ({ decodeReadContext: (context) => sound.decodeReadContext(context.subarray(0, 9)) }),
    claims: [{ check: 'proposal-envelope/read-context/read-context', answers: { result: 'valid' } }],
  },
  {
    id: 'conf-change-trailing-accepted', wrong: 'ignores bytes behind the address of a membership change', clause: 'base/conf-change-context', format,
    replace: (sound) => ({
      decodeConfChangeContext: (context) => {
        const fields = view(context);
        const end = context.length < 21 ? context.length : 21 + fields.getUint16(17) + fields.getUint16(19);
        return sound.decodeConfChangeContext(context.subarray(0, end));
      },
    }),
    claims: [{ check: 'proposal-envelope/conf-change-context/conf-change-context', answers: { result: 'valid' } }],
  },
  {
    id: 'conf-change-text-cut', wrong: 'cuts a text above the limit instead of refusing it', clause: 'base/conf-change-text-limit', format,
    replace: (sound) => ({
      encodeConfChangeContext: (change) => {
        try {
          return sound.encodeConfChangeContext(change);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          return sound.encodeConfChangeContext({ ...change, peerId: change.peerId.slice(0, 0xffff), peerAddress: change.peerAddress.slice(0, 0xffff) });
        }
      },
    }),
    claims: [{ check: 'proposal-envelope/conf-change-context/conf-change-text-limit', answers: { result: 'valid' } }],
  },
];
