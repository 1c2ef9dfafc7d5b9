/** Mutants of opening a replica: each step left out or done halfway. */
import type { RaftIndex } from '../../src/base/ids.js';
import type { SidecarState } from '../../src/base/sidecar.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';
import { starting } from './over.js';

const format = 'scenarios';

/** Only some of the keys of a sidecar are hydrated. */
const hydrating = (sound: Operations, which: (id: number, purpose: string, active: SidecarState['active']) => boolean): Partial<Operations> => ({
  hydrateKeyStore: (store, kek, state) => {
    const { active } = state as SidecarState;
    sound.hydrateKeyStore(store, kek, { keys: new Map([...state.keys ?? []].filter(([name, { purpose }]) => which(Number(name), purpose, active))) });
  },
});

export const startUpMutants: readonly Mutant[] = [
  {
    id: 'cutover-not-loaded', wrong: 'starts without the recorded cutover', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => starting(sound, (started) => ({ ...started, cutover: 0n as RaftIndex })),
    claims: [{ check: 'cutover/recorded/recorded-across-a-restart', answers: { result: 'ok' } }],
  },
  {
    id: 'switch-always-on', wrong: 'starts with the wrap switch on', clause: '6E-2/start-up-sets-switch', format,
    replace: () => ({ switchAtStart: () => true }),
    claims: [{ check: 'wrap/start-up/off-on-a-fresh-node', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-without-key-opens', wrong: 'opens with a recorded cutover and no raft key', clause: '6E-2/start-up-sets-switch', format,
    replace: () => ({ checkCutoverKey: () => {} }),
    claims: [{ check: 'wrap/start-up/cutover-without-raft-key', answers: { result: 'ok' } }],
  },
  {
    id: 'keys-not-hydrated', wrong: 'starts with an empty key store', clause: 'base/sidecar-hydrate', format,
    replace: () => ({ hydrateKeyStore: () => {} }),
    claims: [{ check: 'disk/sidecar-damaged/wrapped-key-damaged', answers: { result: 'ok' } }],
  },
  {
    id: 'active-keys-only', wrong: 'loads only the active keys at a start', clause: 'repair/key-present', format,
    replace: (sound) => hydrating(sound, (id, _purpose, active) => id === active.storage || id === active.raft),
    claims: [{ check: 'invariants/i9-key-present', answers: { result: 'broken' } }],
  },
  {
    id: 'epoch-not-durable', wrong: 'raises an epoch in memory only', clause: 'base/sidecar-bump-epoch', format,
    replace: (sound) => ({
      bumpSidecarEpoch: (files, path, id) => {
        const before = sound.readSidecarFile(files, path);
        const raised = sound.bumpSidecarEpoch(files, path, id);
        sound.writeSidecarFile(files, path, before);
        return raised;
      },
    }),
    claims: [{ check: 'epochs/raised-at-the-start/active-key-alone', answers: { result: 'ok' } }],
  },
  {
    id: 'epoch-used-before-raised', wrong: 'starts in the epoch that the sidecar had before it is raised', clause: 'base/sidecar-bump-epoch', format,
    replace: (sound) => ({
      bumpSidecarEpoch: (files, path, id) => (sound.bumpSidecarEpoch(files, path, id) - 1) as ReturnType<Operations['bumpSidecarEpoch']>,
    }),
    claims: [{ check: 'epochs/exhausted/is-65535', answers: { result: 'ok' } }],
  },
  {
    id: 'epoch-exhausted-wraps', wrong: 'goes on at epoch 0 behind 65535', clause: 'base/sidecar-bump-epoch', format,
    replace: (sound) => ({
      bumpSidecarEpoch: (files, path, id) => {
        const state = sound.readSidecarFile(files, path);
        const entry = state.keys?.get(`${id}`);
        if (entry?.localEpoch !== 0xffff) return sound.bumpSidecarEpoch(files, path, id);
        sound.writeSidecarFile(files, path, { ...state, keys: new Map(state.keys).set(`${id}`, { ...entry, localEpoch: 0 as typeof entry.localEpoch }) });
        return 0 as typeof entry.localEpoch;
      },
    }),
    claims: [{ check: 'epochs/exhausted/refused-then', answers: { result: 'ok' } }],
  },
  {
    id: 'unreadable-sidecar-is-none', wrong: 'starts with a sidecar that cannot be read as with none', clause: 'base/sidecar-file-state', format,
    replace: (sound) => ({
      sidecarAtPath: (files, path) => {
        const found = sound.sidecarAtPath(files, path);
        return {
          read: () => {
            try {
              return found.read();
            } catch {
              return null;
            }
          },
          write: (state) => { found.write(state); },
        };
      },
    }),
    claims: [{ check: 'disk/sidecar-damaged/cut-in-half', answers: { result: 'refused', reason: 'sidecar-missing' } }],
  },
  {
    id: 'missing-sidecar-opens', wrong: 'opens a log whose sidecar is missing', clause: 'repair/log-identity', format,
    replace: (sound) => ({ logIdentity: (found) => sound.logIdentity({ ...found, sidecarDue: false, sidecar: found.sidecar ?? { raftEnvelopeCutover: 0n as RaftIndex } }) }),
    claims: [{ check: 'identity/sidecar-and-log/sidecar-deleted', answers: { result: 'ok' } }],
  },
  {
    id: 'foreign-log-opens', wrong: 'does not compare the two copies of the identity', clause: 'repair/log-identity', format,
    replace: (sound) => ({ logIdentity: (found) => sound.logIdentity({ ...found, besideSidecar: found.besideSidecar && found.inLog }) }),
    claims: [{ check: 'identity/sidecar-and-log/foreign-log', answers: { result: 'ok' } }],
  },
  {
    id: 'missing-identity-opens', wrong: 'opens when one of the two copies of the identity is missing', clause: 'repair/log-identity', format,
    replace: (sound) => ({
      logIdentity: (found) => {
        const known = found.inLog ?? found.besideSidecar;
        return sound.logIdentity({ ...found, inLog: known, besideSidecar: found.besideSidecar ?? known });
      },
    }),
    claims: [{ check: 'identity/identity-file/identity-deleted', answers: { result: 'ok' } }],
  },
];

