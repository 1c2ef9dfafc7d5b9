/** Mutants of the first-byte dispatch. */
import { Refusal } from '../../src/base/errors.js';
import type { Millis, RaftIndex } from '../../src/base/ids.js';
import type { Claim, Mutant } from './mutant.js';

const format = 'fsm-entries';
const dispatch = (slug: string, answers: Claim['answers']): Claim => ({ check: `fsm-entries/first-byte/${slug}`, answers });
const script = (slug: string, answers: Claim['answers']): Claim => ({ check: `fsm-entries/applier-script/${slug}`, answers });
const VALID = { result: 'valid' } as const;
const HALTS = { result: 'halt', reason: 'apply-refused' } as const;

export const firstByteMutants: readonly Mutant[] = [
  {
    id: 'lease-lowers-ceiling', wrong: 'puts the ceiling where a lease asks, below what it was too', clause: 'base/lease-entry', format,
    replace: () => ({ raiseCeiling: (ceiling, asked) => asked > 0n ? asked as Millis : ceiling }),
    claims: [dispatch('lease-entry', VALID)],
  },
  {
    id: 'lease-not-volatile', wrong: 'counts no payload as one that is applied again after a restart', clause: 'base/lease-entry', format,
    replace: () => ({ isVolatilePayload: () => false }),
    claims: [dispatch('lease-entry', VALID)],
  },
  {
    id: 'ordinary-refusal-halts', wrong: 'halts on a lease of another length, and on an empty payload',
    clause: 'base/lease-entry', format,
    replace: (sound) => ({
      dispatchPayload: (handlers, payload, index) => {
        const dispatched = sound.dispatchPayload(handlers, payload, index);
        return dispatched.verdict === 'refused' ? { ...dispatched, verdict: 'halted' } : dispatched;
      },
    }),
    claims: [dispatch('lease-entry', { result: 'halt', reason: 'lease-length' }), dispatch('first-byte-dispatch', { result: 'halt', reason: 'request-invalid' })],
  },
  {
    id: 'entry-refusal-ordinary', wrong: 'answers the refusal of an encryption entry as an ordinary one',
    clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => ({
      dispatchPayload: (handlers, payload, index) => {
        const dispatched = sound.dispatchPayload(handlers, payload, index);
        return dispatched.verdict === 'halted' && sound.classifyPayload(payload) !== 'reserved' ? { ...dispatched, verdict: 'refused' } : dispatched;
      },
    }),
    claims: [
      dispatch('encryption-entry-failure-halts', { result: 'invalid', reason: 'wire-malformed' }),
      script('apply-bootstrap', VALID),
    ],
  },
  {
    id: 'entry-halts-unmarked', wrong: 'leaves out the mark of a halt', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => ({
      dispatchPayload: (handlers, payload, index) => {
        const dispatched = sound.dispatchPayload(handlers, payload, index);
        return dispatched.verdict === 'halted' ? { verdict: 'halted', refusal: new Refusal(dispatched.refusal.reason, dispatched.refusal) } : dispatched;
      },
    }),
    claims: [dispatch('encryption-entry-failure-halts', { result: 'halt', reason: 'wire-version' })],
  },
  {
    id: 'reserved-byte-passed-over', wrong: 'answers the reserved first bytes 06 and 07 as a bad request',
    clause: 'base/reserved-opcodes-halt', format,
    replace: (sound) => ({
      dispatchPayload: (handlers, payload, index) => {
        const dispatched = sound.dispatchPayload(handlers, payload, index);
        return dispatched.verdict === 'halted' && sound.classifyPayload(payload) === 'reserved' ? { ...dispatched, verdict: 'refused' } : dispatched;
      },
    }),
    claims: [dispatch('reserved-opcodes-halt', { result: 'invalid', reason: 'apply-refused' })],
  },
  {
    id: 'entry-decoded-before-wiring', wrong: 'decodes a rotation before it looks whether anything is wired to take it',
    clause: 'base/reserved-opcodes-halt', format,
    replace: (sound) => ({
      dispatchPayload: (handlers, payload, index) => {
        const unwired = sound.dispatchPayload(handlers, payload, index);
        if (handlers.entries !== null || sound.classifyPayload(payload) !== 'rotation') return unwired;
        try {
          sound.decodeRotation(payload.subarray(1));
          return unwired;
        } catch (error) {
          if (error instanceof Refusal) return { verdict: 'halted', refusal: error.marked('apply-refused') };
          throw error;
        }
      },
    }),
    claims: [dispatch('reserved-opcodes-halt', { result: 'halt', reason: 'wire-version' })],
  },
  {
    id: 'entry-index-left-out', wrong: 'hands encryption entries over without their index', clause: 'base/first-byte-dispatch', format,
    replace: (sound) => ({ dispatchPayload: (handlers, payload) => sound.dispatchPayload(handlers, payload, 0n as RaftIndex) }),
    claims: [
      dispatch('first-byte-dispatch', VALID),
      script('apply-bootstrap', VALID), script('apply-rotation', VALID), script('apply-storage-cutover', VALID), script('cutover-recorded', HALTS),
    ],
  },
];
