/** Mutants of the epochs of a leader: when it seals, in which epoch, and what registers it. */
import type { SidecarAtPath } from '../../src/base/applier.js';
import { Refusal } from '../../src/base/errors.js';
import type { LocalEpoch } from '../../src/base/ids.js';
import type { Started } from '../../src/node/start-replica.js';
import { sealing } from './leading.js';
import type { Mutant } from './mutant.js';
import { newRow, over, starting, withRows } from './over.js';

const format = 'scenarios';

/** A sidecar in which no epoch of a key moves once it is there. */
const standing = (sidecar: SidecarAtPath): SidecarAtPath => over(sidecar, {
  write: (state) => {
    const before = sidecar.read()?.keys;
    sidecar.write({ ...state, keys: state.keys && new Map([...state.keys].map(([id, entry]) => [id, { ...entry, localEpoch: before?.get(id)?.localEpoch ?? entry.localEpoch }])) });
  },
});

export const freshEpochLeaderMutants: readonly Mutant[] = [
  {
    id: 'seals-before-its-term', wrong: 'wraps its registration before it has applied the first entry of its term', clause: 'repair/fresh-epoch', format,
    replace: () => ({ mayWrapInTerm: () => true }),
    claims: [{ check: 'epochs/leader-behind-the-cutover/own-term-first', answers: { result: 'ok' } }],
  },
  {
    id: 'row-does-not-raise', wrong: 'keeps its epoch beside an equal row', clause: 'repair/fresh-epoch', format,
    replace: () => ({ raisesEpoch: ({ row, epoch, own }) => row > epoch && !own }),
    claims: [
      { check: 'epochs/leader-behind-the-cutover/epoch-above-its-row', answers: { result: 'ok' } },
      { check: 'holes/h24/registers-under-another-nonce', answers: { result: 'ok' } },
      { check: 'holes/h24/writes-in-another-epoch', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'equal-row-registers', wrong: 'takes an equal row for its own registration, and raises nothing', clause: 'repair/fresh-epoch', format,
    replace: () => ({ countsAsRegistered: () => true }),
    claims: [{ check: 'epochs/leader-behind-the-cutover/epoch-above-its-row', answers: { result: 'ok' } }],
  },
  {
    id: 'seals-unregistered', wrong: 'wraps writes before it has registered', clause: 'repair/fresh-epoch', format,
    replace: (sound) => sealing(sound, (sealed) => ({
      seal: (payload) => {
        try {
          return sealed.seal(payload);
        } catch (error) {
          if (error instanceof Refusal && error.reason === 'writer-not-registered') return sealed.sealAnyway(payload);
          throw error;
        }
      },
    })),
    claims: [{ check: 'epochs/leader-behind-the-cutover/not-registered', answers: { result: 'ok' } }],
  },
  {
    id: 'raised-in-memory', wrong: 'raises the epoch of a leader in memory alone', clause: 'repair/fresh-epoch', format,
    replace: (sound) => starting(sound, (started) => ({ ...started, sidecar: standing(started.sidecar) })),
    claims: [{ check: 'epochs/leader-behind-the-cutover/next-load-above', answers: { result: 'ok' } }],
  },
  {
    id: 'starts-in-the-same-epoch', wrong: 'raises no epoch at a start, so that the leader is as high as its last load', clause: 'repair/fresh-epoch', format,
    replace: () => ({ epochsRaisedAtStart: () => [] }),
    claims: [{ check: 'epochs/leader-behind-the-cutover/next-load-above', answers: { result: 'ok' } }],
  },
  {
    id: 'names-the-next-epoch', wrong: 'registers itself in an epoch above the one in which it wraps', clause: 'repair/ok-means-writable', format,
    replace: (sound) => sealing(sound, (sealed) => {
      const next = (): ReturnType<typeof sealed.proposer> => {
        const row = sealed.proposer();
        return { ...row, localEpoch: row.localEpoch + 1 as LocalEpoch };
      };
      return { proposer: next, registration: () => Uint8Array.of(0x03, ...sound.encodeRegistration(next())) };
    }),
    claims: [{ check: 'epochs/cutover-in-a-fresh-epoch/cutover-registers', answers: { result: 'refused', reason: 'writer-not-registered' } }],
  },
  {
    id: 'cutover-entry-writes-no-row', wrong: 'does not register the proposer of a cutover entry', clause: 'repair/fresh-epoch', format,
    replace: (sound) => ({ applyCutoverEntry: (parts, entry, index) => sound.applyCutoverEntry(withRows(parts, { put: () => {} }), entry, index) }),
    claims: [
      { check: 'epochs/cutover-in-a-fresh-epoch/cutover-registers', answers: { result: 'refused', reason: 'writer-not-registered' } },
      { check: 'epochs/cutover-in-a-fresh-epoch/registered-above-the-row', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'leader-registers-itself', wrong: 'writes the row of its epoch itself, with no entry for it', clause: 'repair/fresh-epoch', format,
    replace: (sound) => {
      let machine: Started['machine'] | null = null;
      return {
        ...starting(sound, (started) => {
          ({ machine } = started);
          return started;
        }),
        ...sealing(sound, (sealed) => {
          const rows = machine;
          return {
            termApplied: () => {
              sealed.termApplied();
              if (sealed.raftKey !== 0) rows?.put(...newRow(sound, sealed.proposer()));
            },
          };
        }),
      };
    },
    claims: [{ check: 'epochs/leader-behind-the-cutover/row-still-below', answers: { result: 'ok' } }],
  },
];
