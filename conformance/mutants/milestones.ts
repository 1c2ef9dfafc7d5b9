/** Mutants of the milestones apart: either half of 6E-2 without the other, a barrier without its exemption, and 6E-1 alone. */
import { Refusal, refuse } from '../../src/base/errors.js';
import { startReplica } from '../../src/node/start-replica.js';
import type { Mutant } from './mutant.js';

const format = 'scenarios';

export const milestoneMutants: readonly Mutant[] = [
  {
    id: 'unwraps-and-never-wraps', wrong: 'unwraps above the cutover, and never wraps', clause: '6E-2/wrap-switch', format, base: 'proposal',
    replace: () => ({ formAtAcceptance: () => 'plain' }),
    claims: [
      { check: 'milestones/whole-cutover/what-is-unwrapped-was-wrapped', answers: { result: 'ok' } },
      { check: 'milestones/whole-cutover/what-was-wrapped-is-unwrapped', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
    ],
  },
  {
    id: 'wraps-and-never-unwraps', wrong: 'wraps above the cutover, and never unwraps', clause: '6E-2/dispatch-is-strict', format, base: 'proposal',
    replace: () => ({ mustUnwrap: () => false }),
    claims: [{ check: 'milestones/whole-cutover/value-lands', answers: { result: 'ok' } }],
  },
  {
    id: 'gate-without-exemption', wrong: 'closes the gate to everybody, its own cutover entry too', clause: '6E-2/admin-exempt', format, base: 'proposal',
    replace: () => ({ holdStops: () => true }),
    claims: [{ check: 'milestones/whole-cutover/its-own-entry-passes', answers: { result: 'ok' } }],
  },
  {
    id: 'early-index-everywhere', wrong: 'refuses every start behind a recorded cutover, whatever stands above it', clause: 'repair/no-early-index', format,
    replace: () => ({
      checkEarlyIndex: async () => refuse('early-cutover-index', { clause: 'repair/no-early-index', field: 'recorded cutover', expected: 'none', got: 'one' }),
    }),
    claims: [{ check: 'milestones/no-cutover-without-the-flip/opens-again', answers: { result: 'refused', reason: 'early-cutover-index' } }],
  },
  {
    id: 'early-index-refused-once', wrong: 'refuses the data of 6E-1 alone at the first start, and opens them at the next', clause: 'repair/no-early-index', format,
    replace: (sound) => {
      const refused = new Set<string>();
      return {
        startReplica: async (ports, options) => {
          try {
            return await (refused.has(options.directory) ? startReplica({ ...sound, refusesEarlyIndex: () => false, checkEarlyIndex: async () => {} }, ports, options) : sound.startReplica(ports, options));
          } catch (error) {
            if (error instanceof Refusal && error.reason === 'early-cutover-index') refused.add(options.directory);
            throw error;
          }
        },
      };
    },
    claims: [{ check: 'milestones/data-of-6e-1-alone/refused-every-time', answers: { result: 'ok' } }],
  },
  {
    id: 'early-index-not-asked', wrong: 'opens the data of 6E-1 alone', clause: 'repair/no-early-index', format,
    replace: () => ({ refusesEarlyIndex: () => false }),
    claims: [{ check: 'holes/h25/refused', answers: { result: 'ok' } }],
  },
  {
    id: 'records-without-the-flip', wrong: 'records the cutover, and neither wraps nor switches', clause: 'repair/no-early-index', format,
    replace: () => ({ switchAfterApply: (before) => before, switchAtStep5: (before) => before, formIsDue: () => true }),
    claims: [{ check: 'milestones/no-cutover-without-the-flip/recorded-means-switched', answers: { result: 'ok' } }],
  },
];
