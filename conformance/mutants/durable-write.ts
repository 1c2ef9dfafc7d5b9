/**
 * Mutants of the durable write that write the right bytes, and are found out only when the machine dies at the wrong moment:
 * its steps left out or done in another order. Those that vectors find out are in files.ts.
 */
import { dirname, join } from 'node:path';
import type { SidecarState } from '../../src/base/sidecar.js';
import type { Files } from '../../src/ports/files.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';
import { over } from './over.js';

const clause = 'base/sidecar-durable-write';
const format = 'scenarios';

/** Removes what may not be there. */
function removed(files: Pick<Files, 'remove'>, path: string): void {
  try {
    files.remove(path);
  } catch {
    // Then it was not there.
  }
}

/** A whole write in another order, in the steps of the sound one. */
const writing = (sound: Operations, write: (files: Files, path: string, text: Uint8Array) => void): Partial<Operations> => ({
  writeSidecarFile: (files, path, state) => { write(files, path, new TextEncoder().encode(sound.serialiseSidecar(state))); },
});

export const durableWriteMutants: readonly Mutant[] = [
  {
    id: 'sidecar-file-not-synced', wrong: 'does not sync the temporary file before it is renamed', clause, format,
    replace: () => ({ syncTemporary: () => {} }),
    claims: [{ check: 'disk/power/new-sidecar-whole', answers: { result: 'refused' } }],
  },
  {
    id: 'sidecar-directory-not-synced', wrong: 'does not sync the directory behind the rename', clause, format,
    replace: () => ({ syncSidecarDirectory: () => {} }),
    claims: [{ check: 'disk/power/new-sidecar-whole', answers: { result: 'refused' } }],
  },
  {
    id: 'sidecar-renamed-before-sync', wrong: 'syncs the file only after it was renamed', clause: 'repair/replay-total', format,
    replace: (sound) => writing(sound, (files, path, text) => {
      const temporary = sound.sidecarTemporary(path);
      sound.clearTemporary(files, temporary);
      const file = sound.createTemporary(files, temporary);
      file.write(text);
      sound.replaceSidecar(files, temporary, path);
      sound.syncTemporary(file);
      file.close();
      sound.syncSidecarDirectory(files, dirname(path));
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'entries/rotation', point: 'sidecar.renamed' }, answers: { result: 'broken' } }],
  },
  {
    id: 'sidecar-old-removed-first', wrong: 'removes the old sidecar before the new one is written', clause: 'repair/replay-total', format,
    replace: (sound) => ({
      clearTemporary: (files, temporary) => {
        sound.clearTemporary(files, temporary);
        removed(files, temporary.replace(/\.tmp$/, ''));
      },
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'cutover/recorded', point: 'sidecar.tmp-created' }, answers: { result: 'broken' } }],
  },
  {
    id: 'sidecar-temporary-in-the-way', wrong: 'does not remove the temporary file of a write that did not end', clause, format,
    replace: () => ({ clearTemporary: () => {} }),
    claims: [{ check: 'disk/stale-temporary-file/opens-over-it', answers: { result: 'refused', reason: 'write-failed' } }],
  },
  {
    id: 'identity-before-the-sidecar', wrong: 'makes the identity of a new log before the sidecar is one of that log', clause: 'repair/replay-total', format,
    replace: (sound) => {
      let later: SidecarState | null = null;
      return {
        sidecarInLog: (state, last) => {
          later = sound.sidecarInLog(state, last);
          return null;
        },
        adoptIdentity: async (places, random) => {
          await sound.adoptIdentity(places, random);
          if (later !== null) sound.writeSidecarFile(places.files, join(dirname(places.path), 'keys.json'), later);
          later = null;
        },
      };
    },
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'identity/adopted-other-log', point: 'identity.written' }, answers: { result: 'broken' } }],
  },
  {
    id: 'identity-not-synced', wrong: 'does not sync the identity in the log', clause: 'repair/replay-total', format,
    replace: (sound) => ({
      storeIdentity: ({ log }, identity) => sound.storeIdentity({ log: over(log, { batch: (changes) => log.batch(changes, { sync: false }) }) }, identity),
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'entries/bootstrap', point: 'identity.written' }, answers: { result: 'broken' } }],
  },
  {
    // Only a second death shows it, which comes with the power.
    id: 'found-sidecar-taken-for-durable', wrong: 'starts over a sidecar of which only the last process knew, and makes nothing durable', clause: 'repair/replay-total', format,
    replace: () => ({ probeFilesystem: () => {}, epochsRaisedAtStart: () => [] }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'cutover/recorded', point: 'sidecar.renamed' }, answers: { result: 'broken' } }],
  },
];
