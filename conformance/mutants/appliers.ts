/** Mutants of what applying an encryption entry does. */
import type { ApplierParts, SidecarAtPath } from '../../src/base/applier.js';
import { Refusal, refuse } from '../../src/base/errors.js';
import { PURPOSE, type Bootstrap, type Rotation } from '../../src/base/fsm-entries.js';
import type { KeyId, LocalEpoch, RaftIndex } from '../../src/base/ids.js';
import type { SidecarState } from '../../src/base/sidecar.js';
import type { Operations } from '../../src/node/compose.js';
import type { Claim, Mutant } from './mutant.js';

const format = 'fsm-entries';
const script = (slug: string, answers: Claim['answers']): Claim => ({ check: `fsm-entries/applier-script/${slug}`, answers });
const VALID = { result: 'valid' } as const;
const HALTS = { result: 'halt', reason: 'apply-refused' } as const;

/** A sidecar of which a reader sees something else. */
const seenAs = (sidecar: SidecarAtPath | null, change: (state: SidecarState) => SidecarState): SidecarAtPath | null => sidecar && {
  read: () => {
    const state = sidecar.read();
    return state && change(state);
  },
  write: (state) => { sidecar.write(state); },
};

/** An operation with other parts or another entry. */
const rotating = (change: (parts: ApplierParts, entry: Rotation) => readonly [ApplierParts, Rotation]) => (sound: Operations): Partial<Operations> => ({
  applyRotation: (parts, entry, index) => sound.applyRotation(...change(parts, entry), index),
});
const enablingStorage = (change: (parts: ApplierParts, entry: Rotation) => readonly [ApplierParts, Rotation]) => (sound: Operations): Partial<Operations> => ({
  applyStorageCutover: (parts, entry, index) => sound.applyStorageCutover(...change(parts, entry), index),
});
const ownProposer = (entry: Rotation): Rotation => ({ ...entry, proposer: { ...entry.proposer, dekId: entry.dekId } });
const NO_ROWS: Pick<ApplierParts, 'rows'> = { rows: { get: () => null, put: () => undefined, mark: 0n as RaftIndex } };

const commonMutants: readonly Mutant[] = [
  {
    id: 'start-on-unchecked-sidecar', wrong: 'starts on a sidecar whose active id has no entry', clause: 'base/storage-view', format,
    replace: () => ({ checkSidecarActive: () => undefined }),
    claims: [script('storage-view', VALID)],
  },
  {
    id: 'view-of-key-zero', wrong: 'takes id 0 for an active storage key', clause: 'base/apply-storage-cutover', format,
    replace: (sound) => ({ storageView: (sidecar) => ({ ...sound.storageView(sidecar), storageKey: sidecar === null ? null : sidecar.active.storage }) }),
    claims: [script('apply-storage-cutover', VALID), script('cutover-recorded', VALID)],
  },
  {
    id: 'view-after-the-entry', wrong: 'refreshes the view when the whole entry was applied, and not with the sidecar',
    clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => {
        let last = sound.storageView(null);
        const applied = sound.applyBootstrap({ ...parts, keepView: (view) => { last = view; } }, entry, index);
        parts.keepView(last);
        return applied;
      },
    }),
    claims: [script('apply-bootstrap', HALTS)],
  },
  {
    id: 'view-of-the-start', wrong: 'keeps the view of the start for ever', clause: 'base/apply-rotation', format,
    replace: (sound) => ({
      applyRotation: (parts, entry, index) => sound.applyRotation({ ...parts, keepView: () => undefined }, entry, index),
      applyStorageCutover: (parts, entry, index) => sound.applyStorageCutover({ ...parts, keepView: () => undefined }, entry, index),
    }),
    claims: [script('apply-rotation', VALID), script('apply-storage-cutover', VALID)],
  },
  {
    id: 'sidecar-index-follows', wrong: 'puts the index of every entry into the sidecar, below what it was too',
    clause: 'base/apply-rotation', format, base: 'proposal',
    replace: () => ({ raiseAppliedIndex: (before, index) => index === 0n ? before : index }),
    claims: [
      script('apply-bootstrap', VALID), script('apply-rotation-as-proposed', VALID), script('cutover-recorded-as-proposed', VALID),
    ],
  },
  {
    id: 'sidecar-index-unknown-lowers', wrong: 'takes an index that is not known for one', clause: 'base/apply-storage-cutover', format, base: 'proposal',
    replace: () => ({ raiseAppliedIndex: (_before, index) => index }),
    claims: [script('apply-storage-cutover', VALID)],
  },
  {
    id: 'parts-checked-late', wrong: 'looks for the parts of the node when the entry was checked', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => entry.storageDekId === entry.raftDekId
        ? refuse('apply-refused', { clause: 'base/apply-bootstrap', field: 'raft dek_id', expected: 'another', got: 'the same' }) : sound.applyBootstrap(parts, entry, index),
    }),
    claims: [script('apply-bootstrap', HALTS)],
  },
  {
    id: 'replay-refreshes-nothing', wrong: 'takes an entry at or below the index of the sidecar for done, which the proposal does not',
    clause: 'base/apply-bootstrap', format, base: 'proposal',
    replace: () => ({ doneBefore: (index, mark) => index <= mark }),
    claims: [
      script('apply-bootstrap-as-proposed', VALID), script('apply-rotation-as-proposed', VALID), script('cutover-recorded-as-proposed', VALID),
    ],
  },
  {
    id: 'registration-lower-epoch-passes', wrong: 'takes a registration with a lower epoch for done', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, entry) => row !== null && row.fullNodeId === entry.fullNodeId && entry.localEpoch < row.lastSeen ? { effect: 'done' }
        : sound.decideRegistration(row, entry),
    }),
    claims: [script('registration-cases', VALID), script('apply-rotation', VALID)],
  },
];

/** A bootstrap in which something of the entry is not looked at. */
const bootstrapping = (change: (parts: ApplierParts, entry: Bootstrap, sound: Operations) => Bootstrap) => (sound: Operations): Partial<Operations> => ({
  applyBootstrap: (parts, entry, index) => sound.applyBootstrap(parts, change(parts, entry, sound), index),
});

const bootstrapMutants: readonly Mutant[] = [
  {
    id: 'bootstrap-again-taken', wrong: 'takes any second bootstrap', clause: 'base/apply-bootstrap', format,
    replace: () => ({ checkSecondBootstrap: () => undefined }),
    claims: [script('apply-bootstrap', VALID)],
  },
  {
    id: 'bootstrap-again-by-ids', wrong: 'takes a second bootstrap with the same ids, whatever it wraps', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      checkSecondBootstrap: (sidecar, entry) => {
        if (sidecar.active.storage !== entry.storageDekId || sidecar.active.raft !== entry.raftDekId) sound.checkSecondBootstrap(sidecar, entry);
      },
    }),
    claims: [script('apply-bootstrap', VALID)],
  },
  {
    id: 'bootstrap-again-refused', wrong: 'refuses every second bootstrap, the identical one too',
    clause: 'base/apply-bootstrap', format, base: 'proposal',
    replace: (sound) => ({
      checkSecondBootstrap: (sidecar, entry) => sidecar.active.storage !== 0
        ? refuse('apply-refused', { clause: 'base/apply-bootstrap', field: 'bootstrap', expected: 'one', got: 'a second' }) : sound.checkSecondBootstrap(sidecar, entry),
    }),
    claims: [script('apply-bootstrap-as-proposed', HALTS)],
  },
  {
    id: 'bootstrap-keeps-epoch-as-proposed', wrong: 'keeps the epoch of a key that a bootstrap meets again, which the proposal does not',
    clause: 'base/apply-bootstrap', format, base: 'proposal',
    replace: () => ({ bootstrapEpoch: (before) => before ?? 0 as LocalEpoch }),
    claims: [script('apply-bootstrap-as-proposed', VALID)],
  },
  {
    id: 'bootstrap-sets-one-by-one', wrong: 'sets the storage key before the raft key is unwrapped', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => {
        const { kek, keys } = parts;
        const unwraps = (wrapped: Uint8Array): boolean => kek !== null && refusalOf(() => sound.kekUnwrap(kek, wrapped)) === null;
        // Where both unwrap it makes no difference.
        if (kek !== null && keys !== null && unwraps(entry.wrappedStorage) && !unwraps(entry.wrappedRaft)) {
          keys.set(entry.storageDekId, sound.kekUnwrap(kek, entry.wrappedStorage));
        }
        return sound.applyBootstrap(parts, entry, index);
      },
    }),
    claims: [script('apply-bootstrap', HALTS)],
  },
  {
    id: 'bootstrap-rows-left-out', wrong: 'registers no row of a bootstrap', clause: 'base/apply-bootstrap', format,
    replace: bootstrapping((_parts, entry) => ({ ...entry, rows: [] })),
    claims: [script('apply-bootstrap', VALID)],
  },
  {
    id: 'bootstrap-foreign-rows-dropped', wrong: 'leaves out the rows of a bootstrap that are for another key, instead of refusing it',
    clause: 'base/apply-bootstrap', format,
    replace: bootstrapping((_parts, entry) =>
      ({ ...entry, rows: entry.rows.filter(({ dekId }) => dekId === entry.storageDekId || dekId === entry.raftDekId) })),
    claims: [script('apply-bootstrap', VALID)],
  },
  {
    id: 'bootstrap-rows-before-sidecar', wrong: 'registers the rows of a bootstrap before it writes the sidecar',
    clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => {
        for (const row of entry.rows) sound.applyRegistration(parts, row, index);
        return sound.applyBootstrap(parts, entry, index);
      },
    }),
    claims: [script('apply-bootstrap', HALTS)],
  },
];

/** The refusal of an operation; null when it does not refuse. */
function refusalOf(operation: () => unknown): Refusal | null {
  try {
    operation();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const rotationMutants: readonly Mutant[] = [
  {
    id: 'rotation-proposer-unchecked', wrong: 'registers the proposer of a rotation for the key of the entry, whatever its row names',
    clause: 'base/apply-rotation', format,
    replace: rotating((parts, entry) => [parts, ownProposer(entry)]),
    claims: [script('apply-rotation', VALID)],
  },
  {
    id: 'rotation-epoch-of-other-purpose', wrong: 'writes the epoch of the other purpose for a rotated key', clause: 'base/apply-rotation', format,
    replace: rotating((parts, entry) => [{ ...parts, epochs: { storage: parts.epochs.raft, raft: parts.epochs.storage } }, entry]),
    claims: [script('apply-rotation', VALID)],
  },
  {
    id: 'rotation-forgets-older-keys', wrong: 'leaves only the new key in the sidecar', clause: 'base/apply-rotation', format,
    replace: rotating((parts, entry) => [{
      ...parts,
      sidecar: parts.sidecar && {
        read: () => parts.sidecar?.read() ?? null,
        write: (state) => {
          const active = [state.active.storage, state.active.raft].map((id) => `${id}`);
          parts.sidecar?.write({ ...state, keys: new Map([...state.keys ?? []].filter(([id]) => active.includes(id))) });
        },
      },
    }, entry]),
    claims: [script('apply-rotation', VALID)],
  },
  {
    id: 'rotation-registers-before-sidecar', wrong: 'registers the proposer of a rotation before it writes the sidecar',
    clause: 'base/apply-rotation', format,
    replace: (sound) => ({
      applyRotation: (parts, entry, index) => {
        sound.applyRegistration(parts, entry.proposer, index);
        return sound.applyRotation(parts, entry, index);
      },
    }),
    claims: [script('apply-rotation', HALTS)],
  },
  {
    id: 'rotation-needs-no-sidecar', wrong: 'takes a rotation before there is a sidecar', clause: 'base/apply-rotation', format,
    replace: (sound) => rotating((parts, entry) => [{
      ...parts,
      sidecar: parts.sidecar && {
        read: () => parts.sidecar?.read() ?? sound.readSidecar(new TextEncoder().encode('{"version":2}')),
        write: (state) => { parts.sidecar?.write(state); },
      },
    }, entry])(sound),
    claims: [script('apply-rotation', VALID)],
  },
  {
    id: 'rotation-does-not-install', wrong: 'tells the part that seals proposals of no rotation', clause: 'base/apply-rotation', format,
    replace: rotating((parts, entry) => [{ ...parts, installer: null }, entry]),
    claims: [script('apply-rotation', VALID), script('first-cutover-wins', VALID)],
  },
  {
    id: 'rotation-installs-any-purpose', wrong: 'tells the part that seals proposals of a rotated storage key', clause: 'base/apply-rotation', format,
    replace: (sound) => ({
      applyRotation: (parts, entry, index) => {
        const applied = sound.applyRotation(parts, entry, index);
        const cutover = parts.sidecar?.read()?.raftEnvelopeCutover ?? 0n as RaftIndex;
        if (entry.purpose === PURPOSE.storage && cutover !== 0n) parts.installer?.(cutover, entry.dekId);
        return applied;
      },
    }),
    claims: [script('apply-rotation', VALID)],
  },
];

const cutoverMutants: readonly Mutant[] = [
  {
    id: 'storage-cutover-second-moves-index', wrong: 'lets a second storage cutover move the index of the first',
    clause: 'base/apply-storage-cutover', format,
    replace: enablingStorage((parts, entry) => [{ ...parts, sidecar: seenAs(parts.sidecar, (state) => ({ ...state, storageEnvelopeActive: false })) }, entry]),
    claims: [script('apply-storage-cutover', VALID)],
  },
  {
    id: 'storage-cutover-any-key', wrong: 'takes a storage cutover for any key', clause: 'base/apply-storage-cutover', format,
    replace: enablingStorage((parts, entry) => {
      const dekId = parts.sidecar?.read()?.active.storage ?? entry.dekId;
      return [parts, { ...entry, dekId, proposer: entry.proposer.dekId === entry.dekId ? { ...entry.proposer, dekId } : entry.proposer }];
    }),
    claims: [script('apply-storage-cutover', VALID)],
  },
  {
    id: 'storage-cutover-form-unchecked', wrong: 'does not look at purpose, wrapped key and proposer of a storage cutover',
    clause: 'base/apply-storage-cutover', format,
    replace: enablingStorage((parts, entry) => [parts, { ...ownProposer(entry), purpose: PURPOSE.storage, wrapped: new Uint8Array() }]),
    claims: [script('apply-storage-cutover', VALID)],
  },
  {
    id: 'storage-cutover-registers-nobody', wrong: 'does not register the proposer of a storage cutover',
    clause: 'base/apply-storage-cutover', format,
    replace: enablingStorage((parts, entry) => [{ ...parts, ...NO_ROWS }, entry]),
    claims: [script('apply-storage-cutover', VALID)],
  },
  {
    id: 'cutover-form-unchecked', wrong: 'does not look at purpose, wrapped key and proposer of a cutover entry',
    clause: '6E-1/cutover-recorded', format,
    replace: (sound) => ({
      applyCutoverEntry: (parts, entry, index) => sound.applyCutoverEntry(parts, { ...ownProposer(entry), purpose: PURPOSE.raft, wrapped: new Uint8Array() }, index),
    }),
    claims: [script('cutover-recorded', VALID)],
  },
  {
    id: 'cutover-registers-nobody', wrong: 'does not register the proposer of the cutover entry', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => ({ applyCutoverEntry: (parts, entry, index) => sound.applyCutoverEntry({ ...parts, ...NO_ROWS }, entry, index) }),
    claims: [script('cutover-recorded', VALID)],
  },
  {
    id: 'cutover-index-unknown-taken', wrong: 'records a cutover at an index that is not known', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => ({ applyCutoverEntry: (parts, entry, index) => sound.applyCutoverEntry(parts, entry, index === 0n ? 1n as RaftIndex : index) }),
    claims: [script('cutover-recorded', VALID)],
  },
  {
    id: 'cutover-installs-early', wrong: 'tells the part that seals proposals before the cutover is in the sidecar',
    clause: '6E-1/cutover-recorded', format,
    replace: (sound) => ({
      applyCutoverEntry: (parts, entry, index) => {
        const state = parts.sidecar?.read() ?? null;
        if (state !== null && index !== 0n && state.raftEnvelopeCutover === 0n && entry.dekId === state.active.raft) parts.installer?.(index, entry.dekId);
        return sound.applyCutoverEntry({ ...parts, installer: null }, entry, index);
      },
    }),
    claims: [script('cutover-recorded', HALTS)],
  },
  {
    id: 'cutover-later-moves-index', wrong: 'lets a later cutover entry move the recorded index', clause: '6E-1/first-cutover-wins', format,
    replace: (sound) => ({ cutoverVerdict: (facts) => sound.cutoverVerdict({ ...facts, recorded: 0n as RaftIndex }) }),
    claims: [script('first-cutover-wins', VALID)],
  },
  {
    id: 'cutover-stale-before-recorded', wrong: 'compares the keys before it looks whether a cutover is recorded',
    clause: '6E-1/first-cutover-wins', format,
    replace: (sound) => ({ cutoverVerdict: (facts) => facts.entryKey === facts.activeRaftKey ? sound.cutoverVerdict(facts) : 'stale' }),
    claims: [script('first-cutover-wins', VALID)],
  },
  {
    id: 'cutover-recorded-installs-own-key', wrong: 'tells the part that seals proposals the key of an entry that meets a recorded cutover',
    clause: '6E-1/first-cutover-wins', format,
    replace: (sound) => ({
      applyCutoverEntry: (parts, entry, index) => sound.applyCutoverEntry(
        { ...parts, installer: parts.installer && ((cutover: RaftIndex, _raftKey: KeyId) => { parts.installer?.(cutover, entry.dekId); }) }, entry, index),
    }),
    claims: [script('first-cutover-wins', VALID)],
  },
  {
    id: 'cutover-stale-key-recorded', wrong: 'records a cutover whose key is not active any more', clause: '6E-1/stale-key-no-op', format,
    replace: (sound) => ({ cutoverVerdict: (facts) => sound.cutoverVerdict({ ...facts, activeRaftKey: facts.entryKey }) }),
    claims: [script('stale-key-no-op', VALID)],
  },
  {
    id: 'cutover-stale-key-halts', wrong: 'halts on a cutover entry whose key is not active any more', clause: '6E-1/stale-key-no-op', format,
    replace: (sound) => ({
      cutoverVerdict: (facts) => {
        const verdict = sound.cutoverVerdict(facts);
        return verdict === 'stale' ? refuse('apply-refused', { clause: '6E-1/stale-key-no-op', field: 'dek_id', expected: 'the active raft key', got: 'another' }) : verdict;
      },
    }),
    claims: [script('stale-key-no-op', HALTS)],
  },
];

export const applierMutants: readonly Mutant[] = [...commonMutants, ...bootstrapMutants, ...rotationMutants, ...cutoverMutants];
