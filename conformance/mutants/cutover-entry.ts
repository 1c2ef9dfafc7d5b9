/** Mutants of applying the cutover entry, beyond its rules. */
import { Refusal } from '../../src/base/errors.js';
import type { KeyId, RaftIndex } from '../../src/base/ids.js';
import { SIDECAR_VERSIONS, type SidecarState } from '../../src/base/sidecar.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';
import { withRows, withSidecar } from './over.js';

const format = 'scenarios';
const NONE = 0n as RaftIndex;
const EMPTY: SidecarState = {
  version: SIDECAR_VERSIONS.last, raftAppliedIndex: NONE, storageEnvelopeActive: false, storageEnvelopeCutover: NONE, raftEnvelopeCutover: NONE,
  active: { storage: 0 as KeyId, raft: 0 as KeyId }, keys: new Map(),
};

/** What is remembered is remembered for one load: a start forgets it. */
const forgetting = (sound: Operations, forget: () => void): Partial<Operations> => ({
  startReplica: (ports, options) => {
    forget();
    return sound.startReplica(ports, options);
  },
});

/** The entry is applied in another way. */
const applying = (apply: Operations['applyCutoverEntry']): Partial<Operations> => ({ applyCutoverEntry: apply });

export const cutoverEntryMutants: readonly Mutant[] = [
  {
    id: 'cutover-not-recorded', wrong: 'applies the cutover entry without recording the cutover', clause: '6E-1/cutover-recorded', format,
    replace: () => ({ cutoverVerdict: () => 'stale' }),
    claims: [
      { check: 'cutover/recorded/index-recorded', answers: { result: 'ok' } },
      { check: 'leader/before-the-call/recorded-everywhere', answers: { result: 'ok' } },
      { check: 'snapshot/below-the-cutover/crosses-by-log', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'cutover-without-row', wrong: 'records the cutover without registering its proposer', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => applying((parts, entry, index) => sound.applyCutoverEntry(withRows(parts, { put: () => {} }), entry, index)),
    claims: [{ check: 'cutover/recorded/proposer-registered', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-always-registers', wrong: 'registers the proposer whatever becomes of the cutover entry', clause: '6E-1/first-cutover-wins', format,
    replace: (sound) => applying((parts, entry, index) => {
      sound.applyRegistration(parts, entry.proposer, NONE);
      return sound.applyCutoverEntry(parts, entry, index);
    }),
    claims: [{ check: 'cutover/first-wins/second-registers-nobody', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-no-op-leaves-index', wrong: 'leaves the sidecar untouched when the cutover entry has no effect', clause: '6E-1/first-cutover-wins', format,
    replace: (sound) => applying((parts, entry, index) => sound.applyCutoverEntry(withSidecar(parts, {
      write: (state) => { if (state.raftEnvelopeCutover === index) parts.sidecar?.write(state); },
    }), entry, index)),
    claims: [{ check: 'cutover/first-wins/sidecar-index-moves', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-moves-with-key', wrong: 'lets a cutover entry move the recorded index when it comes under another key', clause: '6E-1/first-cutover-wins', format,
    replace: (sound) => {
      let key: KeyId | null = null;
      return {
        ...forgetting(sound, () => { key = null; }),
        cutoverVerdict: (facts) => {
          const other = facts.recorded !== 0n && key !== null && facts.entryKey !== key;
          const verdict = sound.cutoverVerdict(other ? { ...facts, recorded: NONE } : facts);
          if (verdict === 'records') key = facts.entryKey;
          return verdict;
        },
      };
    },
    claims: [{ check: 'cutover/first-wins/index-stays-for-a-new-key', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-moves-boundary', wrong: 'dispatches by the last cutover entry, whatever became of it', clause: '6E-1/first-cutover-wins', format,
    replace: (sound) => applying((parts, entry, index) => {
      sound.applyCutoverEntry(parts, entry, index);
      return { cutover: index };
    }),
    claims: [{ check: 'cutover/first-wins/index-stays', answers: { result: 'ok' } }],
  },
  {
    id: 'no-cutover-after-rotation', wrong: 'lets no cutover entry take effect once a raft key was rotated', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => applying((parts, entry, index) => {
      const state = parts.sidecar?.read() ?? null;
      const rotated = [...state?.keys?.values() ?? []].filter(({ purpose }) => purpose === 'raft').length > 1;
      if (state === null || state.raftEnvelopeCutover !== 0n || !rotated) return sound.applyCutoverEntry(parts, entry, index);
      return sound.applyCutoverEntry(withSidecar(parts, {
        read: () => ({ ...state, active: { ...state.active, raft: 0 as KeyId } }),
        write: (written) => { parts.sidecar?.write({ ...written, active: state.active }); },
      }), entry, index);
    }),
    claims: [{ check: 'cutover/stale-key/next-one-takes-effect', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-any-purpose', wrong: 'takes a cutover entry with any purpose', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => applying((parts, entry, index) => sound.applyCutoverEntry(parts, { ...entry, purpose: 2 }, index)),
    claims: [{ check: 'cutover/malformed/other-purpose', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-with-key-taken', wrong: 'takes a cutover entry that carries a wrapped key', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => applying((parts, entry, index) => sound.applyCutoverEntry(parts, { ...entry, wrapped: new Uint8Array() }, index)),
    claims: [{ check: 'cutover/malformed/wrapped-key', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-any-registration', wrong: 'takes a cutover entry whose proposer registers for another key', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => applying((parts, entry, index) => sound.applyCutoverEntry(parts, { ...entry, proposer: { ...entry.proposer, dekId: entry.dekId } }, index)),
    claims: [{ check: 'cutover/malformed/other-registration', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-recorded-before-checks', wrong: 'records the cutover before it checks the entry and registers the proposer', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => applying((parts, entry, index) => {
      const before = parts.sidecar?.read() ?? null;
      try {
        return sound.applyCutoverEntry(parts, entry, index);
      } catch (error) {
        if (before !== null && error instanceof Refusal) parts.sidecar?.write({ ...before, raftEnvelopeCutover: index });
        throw error;
      }
    }),
    claims: [{ check: 'cutover/malformed/nothing-recorded', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-before-bootstrap', wrong: 'takes a missing sidecar for an empty one under a cutover entry', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => applying((parts, entry, index) => sound.applyCutoverEntry(withSidecar(parts, { read: () => parts.sidecar?.read() ?? EMPTY }), entry, index)),
    claims: [{ check: 'cutover/refused-registration/before-the-bootstrap', answers: { result: 'ok' } }],
  },
  {
    id: 'sidecar-made-by-refusal', wrong: 'leaves an empty sidecar behind when an entry finds none', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => applying((parts, entry, index) => {
      if (parts.sidecar?.read() === null) {
        parts.sidecar.write(EMPTY);
        throw new Refusal('apply-refused', { clause: '6E-1/cutover-recorded', field: 'sidecar', expected: 'one', got: 'none' });
      }
      return sound.applyCutoverEntry(parts, entry, index);
    }),
    claims: [{ check: 'cutover/refused-registration/no-sidecar-made', answers: { result: 'ok' } }],
  },
  {
    id: 'registration-behind-accepted', wrong: 'takes a registration with an epoch behind its row, without a write', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, writer) => row !== null && row.fullNodeId === writer.fullNodeId && writer.localEpoch < row.lastSeen
        ? { effect: 'done' } : sound.decideRegistration(row, writer),
    }),
    claims: [{ check: 'cutover/refused-registration/epoch-behind-its-row', answers: { result: 'ok' } }],
  },
  {
    id: 'registration-foreign-accepted', wrong: 'does not compare the full node ids of registration and row', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, writer) => sound.decideRegistration(row, row === null ? writer : { ...writer, fullNodeId: row.fullNodeId }),
    }),
    claims: [{ check: 'cutover/refused-registration/row-of-another-node', answers: { result: 'ok' } }],
  },
  {
    id: 'rotation-takes-cutover-away', wrong: 'writes the sidecar of a raft rotation without the recorded cutover', clause: '6E-2/start-up-sets-switch', format,
    replace: (sound) => ({
      applyRotation: (parts, entry, index) => sound.applyRotation(withSidecar(parts, {
        write: (state) => { parts.sidecar?.write(entry.purpose === 2 ? { ...state, raftEnvelopeCutover: NONE } : state); },
      }), entry, index),
    }),
    claims: [{ check: 'wrap/start-up/on-behind-a-rotation', answers: { result: 'ok' } }],
  },
];

