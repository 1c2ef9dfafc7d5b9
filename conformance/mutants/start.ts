/** Mutants of the order of a start: what it tries and when, what it leaves behind when it refuses, and what it may not do at all. */
import { Refusal } from '../../src/base/errors.js';
import type { RaftIndex } from '../../src/base/ids.js';
import { ReplicaLog } from '../../src/base/replica-log.js';
import type { Operations } from '../../src/node/compose.js';
import { replicaPaths } from '../../src/node/replica-paths.js';
import type { ReplicaPorts } from '../../src/node/replica.js';
import type { Mutant } from './mutant.js';
import { over, refusing, starting } from './over.js';

const format = 'scenarios';

/** Raises the epoch of the active storage key, where a sidecar has one. */
function raiseOnceMore(sound: Operations, { files }: Pick<ReplicaPorts, 'files'>, directory: string): void {
  const { sidecar } = replicaPaths(directory);
  try {
    sound.bumpSidecarEpoch(files, sidecar, sound.readSidecarFile(files, sidecar).active.storage);
  } catch {
    // Then there is none to raise.
  }
}

/** Empty entries behind the end of the log, up to what the state has applied. False where none is missing. */
async function fillUp({ openStore }: Pick<ReplicaPorts, 'openStore'>, directory: string): Promise<boolean> {
  const paths = replicaPaths(directory);
  const fsm = await openStore(paths.fsm);
  const applied = Buffer.from(fsm.get(Buffer.from('applied')) ?? Buffer.alloc(8)).readBigUInt64BE();
  await fsm.close();
  const store = await openStore(paths.log);
  const log = await ReplicaLog.open(store);
  const missing = Array.from({ length: Math.max(0, Number(applied - log.last)) }, (_, at) =>
    ({ index: log.last + 1n + BigInt(at) as RaftIndex, term: 1n, type: 'normal' as const, data: new Uint8Array() }));
  await log.append(missing, 0n as RaftIndex, true);
  await store.close();
  return missing.length > 0;
}

export const startMutants: readonly Mutant[] = [
  // The file system
  {
    id: 'probe-left-out', wrong: 'does not try the file system at its start', clause: 'base/filesystem-probe', format,
    replace: () => ({ probeFilesystem: () => {} }),
    claims: [
      { check: 'start/disk-that-does-not-sync/file-not-synced', answers: { result: 'ok' } },
      { check: 'start/disk-that-does-not-sync/no-epoch-used-up', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'probe-without-directory', wrong: 'tries to sync a file and not its directory', clause: 'base/filesystem-probe', format,
    replace: (sound) => ({
      probeFilesystem: (files, path, random) => {
        const openDirectory: typeof files.openDirectory = (directory) => ({ ...files.openDirectory(directory), sync: () => {} });
        sound.probeFilesystem(over(files, { openDirectory }), path, random);
      },
    }),
    claims: [{ check: 'start/disk-that-does-not-sync/directory-not-synced', answers: { result: 'ok' } }],
  },
  {
    id: 'probe-before-the-files', wrong: 'tries the file system before it looks at what is there', clause: 'base/start', format,
    replace: (sound) => ({
      startReplica: (ports, options) => {
        const { encryption, sidecar } = replicaPaths(options.directory);
        ports.files.makeDirectory(encryption);
        sound.probeFilesystem(ports.files, sidecar, ports.random);
        return sound.startReplica(ports, options);
      },
    }),
    claims: [{ check: 'start/disk-that-does-not-sync/files-before-their-system', answers: { result: 'refused', reason: 'unsupported-filesystem' } }],
  },

  // What is looked at, and in which order
  {
    id: 'short-log-filled-up', wrong: 'fills a log that has lost its end up with empty entries', clause: 'base/start', format,
    replace: (sound) => ({
      startReplica: async (ports, options) => {
        try {
          return await sound.startReplica(ports, options);
        } catch (error) {
          if (!(error instanceof Refusal) || error.reason !== 'log-unreadable') throw error;
          if (!await fillUp(ports, options.directory).catch(() => false)) throw error;
          return sound.startReplica(ports, options);
        }
      },
    }),
    claims: [{ check: 'start/refused-starts/log-behind-what-is-applied', answers: { result: 'ok' } }],
  },
  {
    id: 'raft-key-before-log', wrong: 'looks for the raft key of the cutover before it looks at the log', clause: 'base/start', format,
    replace: (sound) => ({
      sidecarAtPath: (files, path) => {
        const found = sound.sidecarAtPath(files, path);
        return over(found, {
          read: () => {
            const state = found.read();
            if (state !== null) sound.checkCutoverKey(state);
            return state;
          },
        });
      },
    }),
    claims: [{ check: 'start/refused-starts/first-step-is-told', answers: { result: 'refused', reason: 'raft-key-absent' } }],
  },
  {
    id: 'refused-start-raises-epoch', wrong: 'raises an epoch in a start that it refuses', clause: 'base/start', format,
    replace: (sound) => refusing(sound, (ports, options) => raiseOnceMore(sound, ports, options.directory)),
    claims: [{ check: 'start/refused-starts/no-epoch-used-up', answers: { result: 'ok' } }],
  },
  {
    id: 'refused-start-empties-state', wrong: 'begins its state anew behind a start that it refused', clause: 'base/start', format,
    replace: (sound) => refusing(sound, async (ports, options) => {
      const store = await ports.openStore(replicaPaths(options.directory).fsm).catch(() => null);
      const rows = await store?.rows(Uint8Array.of(0), Uint8Array.of(0xff)) ?? [];
      await store?.batch(rows.map(([key]) => ({ key, value: null })), { sync: true });
      await store?.close();
    }),
    claims: [
      { check: 'start/refused-starts/as-before', answers: { result: 'ok' } },
      { check: 'start/disk-that-does-not-sync/as-before', answers: { result: 'ok' } },
    ],
  },

  // What a start does not do
  {
    id: 'start-applies-log', wrong: 'counts what its log holds as applied when it starts', clause: 'base/start', format,
    replace: (sound) => ({
      startReplica: async (ports, options) => {
        const started = await sound.startReplica(ports, options);
        if (started.log.last > started.machine.applied) await started.machine.move({ index: started.log.last, payload: null }, true);
        return started;
      },
    }),
    claims: [{ check: 'start/applies-nothing/nothing-applied', answers: { result: 'ok' } }],
  },
  {
    id: 'start-commits-log', wrong: 'takes its whole log for committed until it is told better', clause: 'base/start', format,
    replace: (sound) => starting(sound, (started) => {
      const { log } = started;
      return { ...started, log: over(log, { entries: (from, to, ...most) => log.entries(from, to === 0n ? log.last : to, ...most) }) };
    }),
    claims: [{ check: 'start/applies-nothing/nothing-committed', answers: { result: 'ok' } }],
  },
  {
    id: 'commit-survives-restart', wrong: 'goes on from the commit index of an earlier load', clause: 'base/start', format,
    replace: (sound) => {
      const known = new Map<string, RaftIndex>();
      let directory = '';
      return {
        startReplica: (ports, options) => {
          ({ directory } = options);
          return sound.startReplica(ports, options);
        },
        movedCommit: (before, to, last) => {
          const moved = sound.movedCommit(before, to, last);
          const earlier = known.get(directory) ?? moved;
          const further = earlier > moved && earlier <= last ? earlier : moved;
          known.set(directory, further);
          return further;
        },
      };
    },
    claims: [{ check: 'start/applies-nothing/as-far-as-told-anew', answers: { result: 'ok' } }],
  },

  // The epochs of a load
  {
    id: 'close-raises-epoch', wrong: 'raises the epoch of the storage key when it closes too', clause: 'base/start-raises-epochs', format,
    replace: (sound) => ({
      startReplica: async (ports, options) => {
        const started = await sound.startReplica(ports, options);
        const close = (): Promise<void> => {
          raiseOnceMore(sound, ports, options.directory);
          return started.close();
        };
        return { ...started, close };
      },
    }),
    claims: [{ check: 'start/epochs-once-a-load/none-by-closing', answers: { result: 'ok' } }],
  },
  {
    id: 'cutover-raises-epochs', wrong: 'raises the epoch of the storage key when the cutover is applied', clause: 'base/start-raises-epochs', format,
    replace: (sound) => {
      let raise = (): void => {};
      return {
        startReplica: (ports, options) => {
          raise = () => { raiseOnceMore(sound, ports, options.directory); };
          return sound.startReplica(ports, options);
        },
        applyCutoverEntry: (parts, entry, index) => {
          const applied = sound.applyCutoverEntry(parts, entry, index);
          raise();
          return applied;
        },
      };
    },
    claims: [{ check: 'start/epochs-once-a-load/once-a-load', answers: { result: 'ok' } }],
  },
  {
    id: 'idle-load-keeps-epoch', wrong: 'gives the epoch of a load that took no entry back when it closes', clause: 'base/start-raises-epochs', format,
    replace: (sound) => ({
      startReplica: async (ports, options) => {
        const before = ((): ReturnType<Operations['readSidecarFile']> | null => {
          try {
            return sound.readSidecarFile(ports.files, replicaPaths(options.directory).sidecar);
          } catch {
            return null;
          }
        })();
        const started = await sound.startReplica(ports, options);
        const { applied } = started.machine;
        const close = (): Promise<void> => {
          if (before !== null && started.machine.applied === applied) sound.writeSidecarFile(ports.files, replicaPaths(options.directory).sidecar, before);
          return started.close();
        };
        return { ...started, close };
      },
    }),
    claims: [{ check: 'start/epochs-once-a-load/idle-starts-count', answers: { result: 'ok' } }],
  },
];
