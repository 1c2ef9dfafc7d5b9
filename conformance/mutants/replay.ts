/** Mutants of replay and of the entries that it meets again, beyond the rules. */
import type { RaftIndex } from '../../src/base/ids.js';
import type { ApplierParts } from '../../src/base/applier.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';
import { newRow, over, starting, withRows, withSidecar } from './over.js';

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
    claims: [{ check: 'replay/bootstrap-after-rotation/rows-made-again', answers: { result: 'ok' } }],
  },
  {
    id: 'replay-trusts-store', wrong: 'takes the sidecar for written when the store is past the entry, and only then', clause: 'repair/replay', format,
    replace: (sound) => applyingTo(sound, (parts) => withSidecar(parts, {
      read: () => {
        const state = parts.sidecar?.read() ?? null;
        return state && { ...state, raftAppliedIndex: parts.rows.mark };
      },
    })),
    claims: [{ check: 'replay/bootstrap-after-rotation/bootstrap-met-again', answers: { result: 'halted', reason: 'apply-refused' } }],
  },
  {
    id: 'recorded-cutover-registers-again', wrong: 'registers the proposer of a recorded cutover whenever it meets its entry again', clause: '6E-1/first-cutover-wins',
    format, base: 'upstream',
    replace: (sound) => ({ applyCutoverEntry: (parts, entry, index) => sound.applyCutoverEntry(withRows(parts, { mark: 0n as RaftIndex }), entry, index) }),
    claims: [{ check: 'replay/cutovers-behind-later-rows/cutover-met-again', answers: { result: 'halted', reason: 'apply-refused' } }],
  },
  {
    id: 'storage-cutover-registers-again', wrong: 'registers the proposer of a recorded storage cutover whenever it meets its entry again', clause: 'base/apply-storage-cutover',
    format, base: 'upstream',
    replace: (sound) => ({ applyStorageCutover: (parts, entry, index) => sound.applyStorageCutover(withRows(parts, { mark: 0n as RaftIndex }), entry, index) }),
    claims: [{ check: 'replay/cutovers-behind-later-rows/storage-cutover-met-again', answers: { result: 'halted', reason: 'apply-refused' } }],
  },
  {
    id: 'recorded-cutover-raises-row-back', wrong: 'puts the row of a recorded cutover back to its epoch whenever it meets its entry again', clause: '6E-1/first-cutover-wins',
    format, base: 'upstream',
    replace: (sound) => ({
      applyCutoverEntry: (parts, entry, index) => {
        const applied = sound.applyCutoverEntry(parts, entry, index);
        if (applied.cutover === index && parts.rows.mark >= index) parts.rows.put(...newRow(sound, entry.proposer));
        return applied;
      },
    }),
    claims: [{ check: 'replay/cutovers-behind-later-rows/later-rows-stay', answers: { result: 'ok' } }],
  },
  {
    id: 'sidecar-index-stays', wrong: 'does not raise the applied index of the sidecar', clause: 'base/apply-rotation', format, base: 'proposal',
    replace: () => ({ raiseAppliedIndex: (before) => before }),
    claims: [{ check: 'entries/rotation-refused/active-keys-stay', answers: { result: 'ok' } }],
  },
  {
    id: 'sidecar-index-lowered', wrong: 'writes the index of the entry into the sidecar, also when it is lower', clause: 'base/apply-rotation', format, base: 'proposal',
    replace: () => ({ raiseAppliedIndex: (_before, index) => index }),
    claims: [{ check: 'replay/from-below-the-cutover/sidecar-index-is-never-lowered', answers: { result: 'ok' } }],
  },
  {
    id: 'second-bootstrap-taken', wrong: 'takes a second bootstrap, whatever it says', clause: 'base/apply-bootstrap', format,
    replace: () => ({ checkSecondBootstrap: () => {} }),
    claims: [{ check: 'entries/bootstrap-refused/second-with-other-keys', answers: { result: 'ok' } }],
  },
  {
    id: 'replayed-not-handed-over', wrong: 'leaves an entry that the sidecar is past out of the state of the state machine', clause: 'repair/replay', format,
    replace: (sound) => starting(sound, (started) => {
      const { machine } = started;
      const mark = started.sidecar.read()?.raftAppliedIndex ?? 0n;
      return {
        ...started,
        machine: over(machine, { move: (moved, sync) => machine.move([3, 4, 5].includes(moved.payload?.[0] ?? 0) && moved.index <= mark ? { ...moved, payload: null } : moved, sync) }),
      };
    }),
    claims: [{ check: 'replay/older-rotation/same-end', answers: { result: 'ok' } }],
  },
  {
    id: 'mode-not-index', wrong: 'unwraps every entry once a cutover is recorded, also those below it', clause: '6E-2/dispatch-is-strict', format,
    replace: (sound) => ({ dispatchBoundary: (recorded) => recorded === 0n ? sound.dispatchBoundary(recorded) : 0n as RaftIndex }),
    claims: [{ check: 'replay/from-below-the-cutover/plain-below-again', answers: { result: 'halted', reason: 'raft-unwrap-failed' } }],
  },
  {
    id: 'boundary-only-when-applied', wrong: 'dispatches by the recorded cutover only once it has applied it in this load', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => starting(sound, (started) => ({ ...started, cutover: started.machine.applied < started.cutover ? 0n as RaftIndex : started.cutover })),
    claims: [{ check: 'replay/from-below-the-cutover/boundary-from-the-sidecar', answers: { result: 'ok' } }],
  },
];
