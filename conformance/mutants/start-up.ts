/** Mutants of opening a replica: each step left out or done halfway. */
import { basename, dirname } from 'node:path';
import type { Reason } from '../../spec/reasons.js';
import { Refusal, refuse } from '../../src/base/errors.js';
import type { RaftIndex } from '../../src/base/ids.js';
import type { SidecarState } from '../../src/base/sidecar.js';
import type { Operations } from '../../src/node/compose.js';
import { replicaPaths } from '../../src/node/replica-paths.js';
import type { Files } from '../../src/ports/files.js';
import { MemoryStores } from '../../src/ports/store-memory.js';
import type { Mutant } from './mutant.js';
import { batching, over, refusing, starting } from './over.js';

const format = 'scenarios';

const refused = (reason: Reason, field: string): never => refuse(reason, { clause: 'repair/no-halt', field, expected: 'another', got: 'this one' });

/** The text of the identity beside the sidecar, or null. */
function identityOf(files: Files, directory: string): string | null {
  try {
    const file = files.openToRead(replicaPaths(directory).identity);
    const text = Buffer.from(file.read(64)).toString();
    file.close();
    return text;
  } catch {
    return null;
  }
}

/** Only some of the keys of a sidecar are hydrated. */
const hydrating = (sound: Operations, which: (id: number, active: SidecarState['active']) => boolean): Partial<Operations> => ({
  hydrateKeyStore: (store, kek, state) => {
    const { active } = state as SidecarState;
    sound.hydrateKeyStore(store, kek, { keys: new Map([...state.keys ?? []].filter(([name]) => which(Number(name), active))) });
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
    replace: (sound) => hydrating(sound, (id, active) => id === active.storage || id === active.raft),
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
    claims: [
      { check: 'epochs/cutover-in-a-fresh-epoch/durable-before', answers: { result: 'ok' } },
      { check: 'epochs/raised-at-the-start/active-key-alone', answers: { result: 'ok' } },
    ],
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
      epochsRaisedAtStart: (state) => sound.epochsRaisedAtStart({ ...state, keys: null }),
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
    id: 'refused-start-uses-epochs', wrong: 'raises one epoch before it finds that the other is used up', clause: 'repair/fresh-epoch-at-start', format,
    replace: (sound) => ({ epochsRaisedAtStart: (state) => sound.epochsRaisedAtStart({ ...state, keys: null }) }),
    claims: [{ check: 'epochs/exhausted-raft/none-used-up', answers: { result: 'ok' } }],
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
    replace: (sound) => ({ logIdentity: (found) => sound.logIdentity({ ...found, besideSidecar: found.besideSidecar === 'none' ? 'none' : found.inLog }), refusesEarlyIndex: () => false }),
    claims: [{ check: 'identity/sidecar-and-log/foreign-log', answers: { result: 'ok' } }],
  },
  {
    id: 'new-log-adopted', wrong: 'makes a new identity for a log that has none, whatever stands beside it', clause: 'repair/log-identity', format,
    replace: (sound) => ({ logIdentity: (found) => found.inLog === 'none' ? 'adopt' : sound.logIdentity(found), checkSidecarPlace: () => {} }),
    claims: [{ check: 'holes/h11/refused', answers: { result: 'ok' } }],
  },
  {
    id: 'missing-identity-opens', wrong: 'opens when one of the two copies of the identity is missing', clause: 'repair/log-identity', format,
    replace: (sound) => ({
      logIdentity: (found) => {
        const known = found.inLog === 'none' ? found.besideSidecar : found.inLog;
        return sound.logIdentity({ ...found, inLog: known, besideSidecar: found.besideSidecar === 'none' ? known : found.besideSidecar });
      },
    }),
    claims: [{ check: 'identity/identity-file/identity-deleted', answers: { result: 'ok' } }],
  },
  {
    id: 'epoch-behind-row-refused', wrong: 'refuses to start when a row names a later epoch than the sidecar has after the start', clause: 'repair/fresh-epoch-at-start', format,
    replace: (sound) => ({
      startReplica: async (ports, options) => {
        const started = await sound.startReplica(ports, options);
        const keys = started.sidecar.read()?.keys;
        if (started.machine.registry().every(({ dekId, lastSeen }) => lastSeen <= (keys?.get(`${dekId}`)?.localEpoch ?? lastSeen))) return started;
        await started.close();
        return refused('local-epoch-rollback', 'epoch');
      },
    }),
    claims: [{ check: 'epochs/bootstrap-with-epochs/starts-again', answers: { result: 'refused', reason: 'local-epoch-rollback' } }],
  },
  {
    id: 'last-epoch-refused', wrong: 'refuses the last epoch', clause: 'base/sidecar-bump-epoch', format,
    replace: (sound) => ({
      bumpSidecarEpoch: (files, path, id) => sound.readSidecarFile(files, path).keys?.get(`${id}`)?.localEpoch === 0xfffe
        ? refused('local-epoch-exhausted', 'epoch') : sound.bumpSidecarEpoch(files, path, id),
    }),
    claims: [{ check: 'epochs/exhausted/last-epoch-serves', answers: { result: 'refused', reason: 'local-epoch-exhausted' } }],
  },
  {
    id: 'image-remembered', wrong: 'refuses an older copy of its own files by what it remembers elsewhere', clause: 'repair/log-identity', format,
    replace: (sound) => {
      const seen = new Map<string, number>();
      return {
        startReplica: async (ports, options) => {
          const started = await sound.startReplica(ports, options);
          const identity = identityOf(ports.files, options.directory);
          const epoch = started.sidecar.read()?.keys?.values().next().value?.localEpoch ?? 0;
          const older = identity !== null && epoch <= (seen.get(identity) ?? -1) && epoch > 0;
          if (identity !== null) seen.set(identity, Math.max(epoch, seen.get(identity) ?? 0));
          if (!older) return started;
          await started.close();
          return refused('local-epoch-rollback', 'epoch');
        },
      };
    },
    claims: [{ check: 'epochs/restored-image/image-opens', answers: { result: 'refused', reason: 'local-epoch-rollback' } }],
  },
  {
    id: 'identity-never-adopted', wrong: 'refuses a sidecar beside which there is no identity yet', clause: 'repair/log-identity', format,
    replace: (sound) => ({
      logIdentity: (found) => found.inLog === 'none' && found.besideSidecar === 'none' && found.sidecar !== null
        ? refused('log-identity-missing', 'identity of the log') : sound.logIdentity(found),
    }),
    claims: [{ check: 'identity/adopted/adopted-without-a-cutover', answers: { result: 'refused', reason: 'log-identity-missing' } }],
  },
  {
    id: 'identity-log-first', wrong: 'writes a new identity into the log before the file has it', clause: 'repair/replay-total', format,
    replace: (sound) => ({
      adoptIdentity: async (places, random) => {
        const identity = random(16);
        await sound.storeIdentity(places, identity);
        sound.prepareIdentity(places, identity);
        sound.publishIdentity(places);
      },
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'entries/bootstrap', point: 'log.identity-written' }, answers: { result: 'broken' } }],
  },
  {
    id: 'identity-named-first', wrong: 'gives the file of a new identity its name before the log has it', clause: 'repair/replay-total', format,
    replace: (sound) => ({
      adoptIdentity: async (places, random) => {
        const identity = random(16);
        sound.prepareIdentity(places, identity);
        sound.publishIdentity(places);
        await sound.storeIdentity(places, identity);
      },
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'entries/bootstrap', point: 'identity.renamed' }, answers: { result: 'broken' } }],
  },
  {
    id: 'identity-never-finished', wrong: 'refuses an identity whose file has not got its name yet', clause: 'repair/replay-total', format,
    replace: (sound) => ({
      findIdentity: (places) => {
        const found = sound.findIdentity(places);
        return found.unfinished ? { ...found, besideSidecar: 'none', unfinished: false } : found;
      },
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'entries/bootstrap', point: 'log.identity-written' }, answers: { result: 'broken' } }],
  },
  {
    id: 'identity-stale-half', wrong: 'goes on with a prepared file that the log knows nothing of', clause: 'repair/replay-total', format,
    replace: (sound) => ({
      prepareIdentity: (places, identity) => {
        const directory = dirname(places.path);
        if (places.files.list(directory).includes(`${basename(places.path)}.tmp`)) return;
        sound.prepareIdentity(places, identity);
      },
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'entries/bootstrap', point: 'identity.tmp-synced' }, answers: { result: 'broken' } }],
  },
  {
    id: 'store-names-not-synced', wrong: 'does not make the names of its stores durable', clause: 'base/start', format, base: 'proposal',
    replace: () => ({ syncStoreNames: () => {} }),
    claims: [{ check: 'disk/new-stores/still-there', answers: { result: 'ok' } }, { check: 'disk/power/entries-durable', answers: { result: 'ok' } }],
  },
  {
    id: 'sidecar-due-once-written', wrong: 'misses a sidecar only where an entry wrote it, and not where one found it written', clause: 'repair/log-identity', format,
    replace: (sound) => {
      let wrote = false;
      const marking = batching(sound, 'fsm', (store, changes, options) => {
        const kept = wrote ? changes : changes.filter(({ key }) => Buffer.from(key).toString() !== 'sidecar-mark');
        wrote = false;
        return store.batch(kept, options);
      });
      return {
        startReplica: async (ports, options) => {
          const rename: Files['rename'] = (from, to) => {
            ports.files.rename(from, to);
            wrote ||= to === replicaPaths(options.directory).sidecar;
          };
          const started = await (marking.startReplica ?? sound.startReplica)({ ...ports, files: over(ports.files, { rename }) }, options);
          wrote = false;
          return started;
        },
      };
    },
    claims: [{ check: 'identity/caught-up/sidecar-deleted', answers: { result: 'ok' } }],
  },
  {
    id: 'identity-in-one-place', wrong: 'keeps a new identity beside the sidecar only', clause: 'repair/log-identity', format,
    replace: (sound) => batching(sound, 'log', (store, changes, options) => store.batch(changes.filter(({ key }) => Buffer.from(key).toString() !== 'id'), options)),
    claims: [{ check: 'identity/adopted/kept-from-then-on', answers: { result: 'refused', reason: 'log-identity-missing' } }],
  },
  {
    id: 'refused-start-renames-log', wrong: 'gives the log another identity when it refuses to start', clause: 'base/sidecar-file-state', format,
    replace: (sound) => refusing(sound, async (ports, options) => {
      const store = await ports.openStore(replicaPaths(options.directory).log).catch(() => null);
      await store?.batch([{ key: Buffer.from('id'), value: Buffer.alloc(16, 0x5a) }], { sync: true });
      await store?.close();
    }),
    claims: [{ check: 'disk/sidecar-damaged/sound-copy-opens', answers: { result: 'refused', reason: 'log-identity-differs' } }],
  },
  {
    id: 'refused-start-renames-file', wrong: 'writes another identity beside the sidecar when it refuses to start', clause: 'repair/log-identity', format,
    replace: (sound) => refusing(sound, (ports, options) => {
      const path = replicaPaths(options.directory).identity;
      if (identityOf(ports.files, options.directory) !== null) ports.files.remove(path);
      const file = ports.files.create(path, 0o600);
      file.write(Buffer.from(`${'5a'.repeat(16)}\n`));
      file.close();
    }),
    claims: [{ check: 'identity/sidecar-and-log/own-log-opens', answers: { result: 'refused', reason: 'log-identity-differs' } }],
  },
  {
    id: 'refused-start-sticks', wrong: 'refuses every start of a log behind one that it refused', clause: 'base/sidecar-file-state', format,
    replace: (sound) => {
      const stuck = new Set<string>();
      return {
        startReplica: async (ports, options) => {
          const identity = identityOf(ports.files, options.directory);
          if (identity !== null && stuck.has(identity)) return refused('sidecar-unreadable', 'sidecar');
          try {
            return await sound.startReplica(ports, options);
          } catch (error) {
            if (identity !== null) stuck.add(identity);
            throw error;
          }
        },
      };
    },
    claims: [{ check: 'disk/sidecar-damaged/sound-copy-opens', answers: { result: 'refused', reason: 'sidecar-unreadable' } }],
  },
  {
    id: 'broken-store-made-anew', wrong: 'begins with empty stores where one cannot be opened', clause: 'base/log-append', format, base: 'proposal',
    replace: (sound) => ({
      startReplica: async (ports, options) => {
        try {
          return await sound.startReplica(ports, options);
        } catch (error) {
          if (!(error instanceof Refusal) || error.reason !== 'log-unreadable') throw error;
          return sound.startReplica({ ...ports, openStore: (path) => new MemoryStores().open(path) }, options);
        }
      },
    }),
    claims: [
      { check: 'disk/stores-damaged/log-emptied', answers: { result: 'ok' } },
      { check: 'disk/stores-unreadable/log-unreadable', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'older-sidecar-opens', wrong: 'does not hold the sidecar against what the store has taken over', clause: 'repair/sidecar-in-place', format,
    replace: (sound) => ({ checkSidecarPlace: (sidecar, bounds) => { sound.checkSidecarPlace(sidecar, { ...bounds, mark: 0n as RaftIndex }); } }),
    claims: [
      { check: 'identity/older-sidecar/of-before-a-rotation', answers: { result: 'ok' } },
      { check: 'identity/sidecar-of-another-node/of-a-node-that-is-behind', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'sidecar-beyond-log-opens', wrong: 'does not hold the sidecar against the end of the log', clause: 'repair/sidecar-in-place', format,
    replace: (sound) => ({ checkSidecarPlace: (sidecar, bounds) => { sound.checkSidecarPlace(sidecar, { ...bounds, last: null }); } }),
    claims: [{ check: 'identity/sidecar-of-another-node/of-a-node-that-is-further', answers: { result: 'ok' } }],
  },
  {
    id: 'older-pair-refused', wrong: 'refuses an older sidecar by the highest index that it remembers, also beside a store of its own time', clause: 'repair/sidecar-in-place', format,
    replace: (sound) => {
      const seen = new Map<string, RaftIndex>();
      return {
        startReplica: async (ports, options) => {
          const started = await sound.startReplica(ports, options);
          const identity = identityOf(ports.files, options.directory);
          const index = started.sidecar.read()?.raftAppliedIndex ?? 0n as RaftIndex;
          if (identity === null || index >= (seen.get(identity) ?? 0n)) {
            if (identity !== null) seen.set(identity, index);
            return started;
          }
          await started.close();
          return refused('sidecar-behind-log', 'raft_applied_index');
        },
      };
    },
    claims: [{ check: 'identity/older-sidecar/with-its-store-opens', answers: { result: 'refused', reason: 'sidecar-behind-log' } }],
  },
];
