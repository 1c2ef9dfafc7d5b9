/** Mutants of replay and of the entries that it meets again, beyond the rules. */
import type { RaftIndex } from '../../src/base/ids.js';
import type { ApplierParts } from '../../src/base/applier.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';
import { batching, withRows, withSidecar } from './over.js';

const format = 'scenarios';

/** Every encryption entry is applied to other parts. */
const applyingTo = (sound: Operations, change: (parts: ApplierParts, index: RaftIndex) => ApplierParts): Partial<Operations> => ({
  applyRegistration: (parts, entry, index) => sound.applyRegistration(change(parts as ApplierParts, index), entry, index),
  applyBootstrap: (parts, entry, index) => sound.applyBootstrap(change(parts, index), entry, index),
  applyRotation: (parts, entry, index) => sound.applyRotation(change(parts, index), entry, index),
  applyStorageCutover: (parts, entry, index) => sound.applyStorageCutover(change(parts, index), entry, index),
  applyCutoverEntry: (parts, entry, index) => sound.applyCutoverEntry(change(parts, index), entry, index),
});

const markOfSidecar = ({ sidecar }: ApplierParts): RaftIndex => sidecar?.read()?.raftAppliedIndex ?? 0n as RaftIndex;

export const replayMutants: readonly Mutant[] = [
  {
    id: 'replay-trusts-sidecar', wrong: 'takes the rows of an entry for written when the sidecar is past it', clause: 'repair/replay', format,
    replace: (sound) => applyingTo(sound, (parts) => withRows(parts, { mark: markOfSidecar(parts) })),
    claims: [{ check: 'TODO', answers: { result: 'ok' } }],
  },
  {
    id: 'replay-trusts-store', wrong: 'takes the sidecar for written when the store is past the entry, and only then', clause: 'repair/replay', format,
    replace: (sound) => applyingTo(sound, (parts) => withSidecar(parts, {
      read: () => {
        const state = parts.sidecar?.read() ?? null;
        return state && { ...state, raftAppliedIndex: parts.rows.mark };
      },
    })),
    claims: [{ check: 'TODO', answers: { result: 'ok' } }],
  },
  {
    id: 'rows-mark-not-stored', wrong: 'does not store the mark of the rows', clause: 'repair/replay', format,
    replace: (sound) => batching(sound, 'fsm', (store, changes, options) =>
      store.batch(changes.filter(({ key }) => Buffer.from(key).toString('latin1') !== 'rows-mark'), options)),
    claims: [{ check: 'TODO', answers: { result: 'ok' } }],
  },
  {
    id: 'sidecar-index-stays', wrong: 'does not raise the applied index of the sidecar', clause: 'base/apply-rotation', format,
    replace: () => ({ raiseAppliedIndex: (before) => before }),
    claims: [{ check: 'TODO', answers: { result: 'ok' } }],
  },
  {
    id: 'sidecar-index-lowered', wrong: 'writes the index of the entry into the sidecar, also when it is lower', clause: 'base/apply-rotation', format,
    replace: () => ({ raiseAppliedIndex: (_before, index) => index }),
    claims: [{ check: 'TODO', answers: { result: 'ok' } }],
  },
  {
    id: 'second-bootstrap-taken', wrong: 'takes a second bootstrap, whatever it says', clause: 'base/apply-bootstrap', format,
    replace: () => ({ checkSecondBootstrap: () => {} }),
    claims: [{ check: 'TODO', answers: { result: 'ok' } }],
  },
  {
    id: 'identical-bootstrap-halts', wrong: 'refuses every second bootstrap, the identical one too', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      checkSecondBootstrap: (before, entry) => { sound.checkSecondBootstrap(before, before.active.storage === 0 ? entry : { ...entry, wrappedRaft: new Uint8Array() }); },
    }),
    claims: [{ check: 'TODO', answers: { result: 'halted' } }],
  },
];
