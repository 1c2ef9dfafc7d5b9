/** Mutants of snapshots: what one says, which of them are installed, and what an install makes of state, log, sidecar and switch. */
import { refuse } from '../../src/base/errors.js';
import type { RaftIndex } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import { proposalRules } from '../../src/node/rules.js';
import type { Started } from '../../src/node/start-replica.js';
import type { Mutant } from './mutant.js';
import { over, starting } from './over.js';

const format = 'scenarios';

/** Which takes nothing from a snapshot into the sidecar but the cutover. */
const { sidecarAfterInstall: cutoverInSidecar } = proposalRules;

/** An install that leaves another state. */
const adopting = (sound: Operations, change: (body: Parameters<Started['machine']['adopt']>[0]) => Parameters<Started['machine']['adopt']>[0]): Partial<Operations> =>
  starting(sound, (started) => ({
    ...started, machine: over(started.machine, { adopt: (body, ceiling, sync) => started.machine.adopt(change(body), ceiling, sync) }),
  }));

/** An install that cuts off more of the log, or less. */
const cutting = (sound: Operations, term: (log: Started['log'], index: RaftIndex) => bigint): Partial<Operations> => starting(sound, (started) => {
  const { log } = started;
  return { ...started, log: over(log, { cut: ({ index }, sync) => log.cut({ index, term: term(log, index) }, sync) }) };
});

/** No snapshot is too old of which this holds. */
const takingOld = (sound: Operations, taken: (index: RaftIndex, applied: RaftIndex) => boolean): Partial<Operations> => ({
  checkSnapshot: (parts, snapshot) => sound.checkSnapshot(
    taken(snapshot.index, parts.machine.applied) ? { ...parts, machine: over(parts.machine, { get applied() { return 0n as RaftIndex; } }) } : parts, snapshot,
  ),
});

export const snapshotInstallMutants: readonly Mutant[] = [
  {
    id: 'snapshot-of-the-entry-before', wrong: 'gives a snapshot the index of the entry before the last that is in it', clause: 'base/snapshot-header-writer', format,
    replace: (sound) => ({
      takeSnapshot: (parts, cutover) => {
        const snapshot = sound.takeSnapshot(parts, cutover);
        return { ...snapshot, index: snapshot.index - 1n as RaftIndex };
      },
    }),
    claims: [{ check: 'snapshot/across-the-cutover/taken-at-applied', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-always-switches', wrong: 'turns the wrap switch on with every snapshot', clause: 'repair/snapshot-adoption', format,
    replace: () => ({ switchAfterInstall: () => true }),
    claims: [{ check: 'snapshot/below-the-cutover/carries-none', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-switches-later', wrong: 'leaves the wrap switch to the next start', clause: 'repair/snapshot-adoption', format,
    replace: () => ({ switchAfterInstall: (before) => before }),
    claims: [{ check: 'snapshot/across-the-cutover/adopts-the-switch', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-cutover-ignored', wrong: 'does not look at the cutover that a header names', clause: 'repair/snapshot-adoption', format,
    replace: () => ({ cutoverAfterInstall: (recorded) => recorded }),
    claims: [{ check: 'snapshot/across-the-cutover/adopts-the-cutover', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-cutover-not-written', wrong: 'takes the cutover of a snapshot into memory alone', clause: 'repair/snapshot-adoption', format,
    replace: () => ({ sidecarAfterInstall: (before) => before }),
    claims: [
      { check: 'snapshot/across-the-cutover/adopts-the-cutover', answers: { result: 'ok' } },
      { check: 'snapshot/across-the-cutover/after-a-restart', answers: { result: 'refused', reason: 'sidecar-behind-log' } },
    ],
  },
  {
    id: 'snapshot-cutover-of-its-index', wrong: 'takes the index of a snapshot that names a cutover for the cutover', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => ({
      readSnapshot: (snapshot) => {
        const read = sound.readSnapshot(snapshot);
        return read.header.cutover === 0n ? read : { ...read, header: { ...read.header, cutover: snapshot.index } };
      },
    }),
    claims: [{ check: 'snapshot/across-the-cutover/names-it-again', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-without-state', wrong: 'takes index, rows and cutover of a snapshot, and keeps its own state', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => starting(sound, (started) => ({
      ...started, machine: over(started.machine, { adopt: (body, ceiling, sync) => started.machine.adopt({ ...body, chain: started.machine.chain }, ceiling, sync) }),
    })),
    claims: [
      { check: 'holes/h3/no-write-is-lost', answers: { result: 'ok' } },
      { check: 'snapshot/across-the-cutover/opens-what-follows', answers: { result: 'ok' } },
      { check: 'snapshot/across-the-cutover/state-with-it', answers: { result: 'ok' } },
      { check: 'snapshot/at-the-cutover/n-itself-is-carried', answers: { result: 'ok' } },
      { check: 'snapshot/learner-with-keys/learner-follows', answers: { result: 'ok' } },
      { check: 'snapshot/tail/after-a-restart', answers: { result: 'ok' } },
      { check: 'snapshot/tail/tail-applied', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'snapshot-one-behind', wrong: 'counts the last entry of a snapshot as not applied', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => adopting(sound, (body) => ({ ...body, applied: body.applied - 1n as RaftIndex })),
    claims: [{ check: 'snapshot/learner-with-keys/installed-with-keys', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-drops-every-tail', wrong: 'drops what stands in the log behind a snapshot, also where it is of the same log', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => cutting(sound, () => 0n),
    claims: [{ check: 'snapshot/tail/tail-stays', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-keeps-every-tail', wrong: 'keeps what stands in the log behind a snapshot, also where it is of another one', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => cutting(sound, (log, index) => log.termAt(index) ?? 0n),
    claims: [{ check: 'snapshot/tail/tail-goes', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-older-installed', wrong: 'goes back to a snapshot from below its applied index', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => takingOld(sound, (index, applied) => index < applied),
    claims: [
      { check: 'snapshot/refused/not-above-applied', answers: { result: 'ok' } },
      { check: 'snapshot/refused/nothing-changed', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'snapshot-equal-installed', wrong: 'installs a snapshot at its applied index', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => takingOld(sound, (index, applied) => index === applied),
    claims: [{ check: 'snapshot/refused/equal-is-not-above', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-divergence-not-asked', wrong: 'installs a snapshot that names another cutover', clause: 'repair/snapshot-adoption', format,
    replace: () => ({ checkSnapshotCutover: () => {} }),
    claims: [
      { check: 'snapshot/refused/another-changed-nothing', answers: { result: 'ok' } },
      { check: 'snapshot/refused/another-cutover', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'snapshot-keys-not-asked', wrong: 'installs a snapshot whose active keys are not loaded', clause: 'repair/snapshot-adoption', format,
    replace: () => ({ checkSnapshotKeys: () => {}, sidecarAfterInstall: cutoverInSidecar }),
    claims: [
      { check: 'snapshot/keys-missing/nothing-installed', answers: { result: 'ok' } },
      { check: 'snapshot/keys-missing/refused-without-keys', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'snapshot-raft-key-not-asked', wrong: 'asks for the active storage key of a snapshot alone', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => ({ checkSnapshotKeys: (active, loaded) => sound.checkSnapshotKeys({ ...active, raft: active.storage }, loaded), sidecarAfterInstall: cutoverInSidecar }),
    claims: [
      { check: 'snapshot/behind-a-rotation/log-brings-the-key', answers: { result: 'ok' } },
      { check: 'snapshot/behind-a-rotation/missed-rotation', answers: { result: 'ok' } },
      { check: 'snapshot/behind-a-rotation/stays-behind', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'snapshot-refused-with-keys', wrong: 'refuses every snapshot that names active keys where the log has brought none', clause: 'repair/snapshot-adoption', format,
    replace: (sound) => ({
      checkSnapshot: (parts, snapshot) => {
        const read = sound.checkSnapshot(parts, snapshot);
        if (parts.machine.applied > 0n || read.body.keys.active.raft === 0) return read;
        return refuse('snapshot-key-missing', { clause: 'repair/snapshot-adoption', field: 'keys', expected: 'those that a log has brought', got: 'others' });
      },
    }),
    claims: [
      { check: 'snapshot/learner-with-keys/installed-with-keys', answers: { result: 'refused', reason: 'snapshot-key-missing' } },
      { check: 'snapshot/learner-with-keys/learner-adopts', answers: { result: 'ok' } },
    ],
  },
];
