/** Mutants of what is read from files and written to them, judged by the vectors of class file. What only a loss of power shows is in durable-write.ts. */
import { u32be } from '../../src/base/bytes.js';
import { Refusal, refuse } from '../../src/base/errors.js';
import type { LocalEpoch } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import type { Files, WriteHandle } from '../../src/ports/files.js';
import type { Mutant } from './mutant.js';

const KEK = 'kek-wrap/file-checks/kek-file-checks';
const WRITE = 'sidecar/write-effects/sidecar-durable-write';
const BUMP = 'sidecar/bump-epoch/sidecar-bump-epoch';
const STATE = 'sidecar/file-state/sidecar-file-state';
const PAYLOAD = 'snapshot-header/payload-file/snapshot-payload-file';
const MUCH = 1 << 20;

/** The same files, whose permissions nobody has to mind. */
const lax = (files: Pick<Files, 'openToRead'>): Pick<Files, 'openToRead'> => ({
  openToRead(path) {
    const handle = files.openToRead(path);
    return { facts: () => ({ ...handle.facts(), permissions: null }), read: (most) => handle.read(most), close: () => handle.close() };
  },
});

/** What stands at a path; nothing when that cannot be read. */
function standing(files: Files, path: string): { bytes: Uint8Array; permissions: number } | null {
  try {
    const file = files.openToRead(path);
    const { regular, permissions } = file.facts();
    const found = regular ? { bytes: file.read(MUCH), permissions: permissions ?? 0 } : null;
    file.close();
    return found;
  } catch {
    return null;
  }
}

/** A file that is written over from its beginning on: what stood behind the new bytes stays. */
const writtenOver = (handle: WriteHandle, before: Uint8Array): WriteHandle => ({
  write: (bytes) => {
    handle.write(bytes);
    handle.write(before.subarray(bytes.length));
  },
  sync: () => handle.sync(),
  close: () => handle.close(),
});

const upTo = (epoch: number): LocalEpoch => (epoch & 0xffff) as LocalEpoch;

/** A bump that is otherwise sound, of another state than the one that was read. */
const bumping = (before: (ops: Operations, ...args: Parameters<Operations['bumpSidecarEpoch']>) => LocalEpoch) => (sound: Operations): Partial<Operations> =>
  ({ bumpSidecarEpoch: (files, path, id) => before(sound, files, path, id) });

export const fileMutants: readonly Mutant[] = [
  // ── KEK file
  {
    id: 'kek-file-permissions-unchecked', wrong: 'reads a KEK file that others may read', clause: 'base/kek-file-checks', format: 'kek-wrap',
    replace: (sound) => ({ readKekFile: (files, path) => sound.readKekFile(lax(files), path) }),
    claims: [{ check: KEK, answers: { result: 'valid' } }],
  },
  {
    id: 'kek-file-length-first', wrong: 'looks at the length of a KEK file before its permissions', clause: 'base/kek-file-checks', format: 'kek-wrap',
    replace: (sound) => ({
      readKekFile: (files, path) => {
        sound.readKekFile(lax(files), path);
        return sound.readKekFile(files, path);
      },
    }),
    claims: [{ check: KEK, answers: { result: 'invalid', reason: 'kek-length' } }],
  },
  {
    id: 'kek-file-line-break-trimmed', wrong: 'takes a KEK with a line break behind it', clause: 'base/kek-file-checks', format: 'kek-wrap',
    replace: (sound) => ({
      readKekFile: (files, path) => sound.readKekFile({
        openToRead(at) {
          const handle = files.openToRead(at);
          const trimmed = (bytes: Uint8Array): Uint8Array => bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
          return { facts: () => handle.facts(), read: (most) => trimmed(handle.read(most)), close: () => handle.close() };
        },
      }, path),
    }),
    claims: [{ check: KEK, answers: { result: 'valid' } }],
  },

  // ── Sidecar file
  {
    id: 'sidecar-directory-not-found', wrong: 'takes whatever cannot be read for nothing', clause: 'base/sidecar-file-state', format: 'sidecar',
    replace: (sound) => ({
      readSidecarFile: (files, path) => {
        try {
          return sound.readSidecarFile(files, path);
        } catch (error) {
          if (!(error instanceof Refusal) || error.reason !== 'unreadable') throw error;
          return refuse('not-found', error);
        }
      },
    }),
    claims: [{ check: STATE, answers: { result: 'invalid', reason: 'not-found' } }],
  },
  {
    id: 'sidecar-absent-unreadable', wrong: 'does not tell an absent sidecar from one that cannot be read', clause: 'base/sidecar-file-state', format: 'sidecar',
    replace: (sound) => ({
      readSidecarFile: (files, path) => {
        try {
          return sound.readSidecarFile(files, path);
        } catch (error) {
          if (!(error instanceof Refusal) || error.reason !== 'not-found') throw error;
          return refuse('unreadable', error);
        }
      },
    }),
    claims: [
      { check: STATE, answers: { result: 'invalid', reason: 'unreadable' } },
      { check: 'sidecar/bump-epoch/sidecar-file-state', answers: { result: 'invalid', reason: 'unreadable' } },
    ],
  },
  {
    id: 'sidecar-file-in-place', wrong: 'takes the old sidecar away and writes the new one in its place', clause: 'base/sidecar-durable-write', format: 'sidecar',
    replace: (sound) => ({
      writeSidecarFile: (files, path, state) => {
        const text = new TextEncoder().encode(sound.serialiseSidecar(state));
        sound.clearTemporary(files, path);
        const file = sound.createTemporary(files, path);
        file.write(text);
        sound.syncTemporary(file);
        file.close();
      },
    }),
    claims: [{ check: WRITE, answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-temporary-written-over', wrong: 'writes over a temporary file that is there', clause: 'base/sidecar-durable-write', format: 'sidecar',
    replace: (sound) => ({
      // The port makes new files only: the stale one comes back with its permissions and what stands behind the new bytes.
      clearTemporary: (files, temporary) => {
        if (standing(files, temporary) === null) sound.clearTemporary(files, temporary);
      },
      createTemporary: (files, temporary) => {
        const stale = standing(files, temporary);
        if (stale === null) return sound.createTemporary(files, temporary);
        files.remove(temporary);
        return writtenOver(files.create(temporary, stale.permissions), stale.bytes);
      },
    }),
    claims: [{ check: WRITE, answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-temporary-elsewhere', wrong: 'uses another temporary name, and leaves a stale file under the right one', clause: 'base/sidecar-durable-write', format: 'sidecar',
    replace: () => ({ sidecarTemporary: (path) => `${path}.new` }),
    claims: [{ check: WRITE, answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-temporary-left', wrong: 'leaves the temporary file behind when the write fails', clause: 'base/sidecar-durable-write', format: 'sidecar',
    replace: (sound) => ({
      replaceSidecar: (files, temporary, path) => {
        try {
          sound.replaceSidecar(files, temporary, path);
        } catch (error) {
          // Out of reach of the removal that follows.
          files.rename(temporary, `${temporary}.left`);
          throw error;
        }
      },
    }),
    claims: [{ check: WRITE, answers: { result: 'invalid', reason: 'write-failed' } }],
  },
  {
    id: 'sidecar-readable-by-all', wrong: 'creates the sidecar with permissions 0644', clause: 'base/sidecar-durable-write', format: 'sidecar',
    replace: (sound) => ({ createTemporary: (files, temporary) => sound.createTemporary(files, temporary, 0o644) }),
    claims: [{ check: WRITE, answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-directory-made', wrong: 'makes the directory of the sidecar', clause: 'base/sidecar-durable-write', format: 'sidecar',
    replace: (sound) => ({
      clearTemporary: (files, temporary) => {
        files.makeDirectory(temporary.slice(0, temporary.lastIndexOf('/')));
        sound.clearTemporary(files, temporary);
      },
    }),
    claims: [{ check: WRITE, answers: { result: 'valid' } }],
  },

  // ── Epochs
  {
    id: 'bump-all-keys', wrong: 'raises the epochs of all keys', clause: 'base/sidecar-bump-epoch', format: 'sidecar',
    replace: bumping((ops, files, path, id) => {
      const raised = ops.bumpSidecarEpoch(files, path, id);
      const state = ops.readSidecarFile(files, path);
      const others = [...state.keys ?? []].map(([name, entry]) => [name, name === `${id}` ? entry : { ...entry, localEpoch: upTo(entry.localEpoch + 1) }] as const);
      ops.writeSidecarFile(files, path, { ...state, keys: new Map(others) });
      return raised;
    }),
    claims: [{ check: BUMP, answers: { result: 'valid' } }],
  },
  {
    id: 'bump-not-written', wrong: 'gives the raised epoch and leaves the file as it was', clause: 'base/sidecar-bump-epoch', format: 'sidecar',
    replace: bumping((ops, files, path, id) => {
      const before = path === '' ? null : ops.sidecarAtPath(files, path).read();
      const raised = ops.bumpSidecarEpoch(files, path, id);
      if (before !== null) ops.writeSidecarFile(files, path, before);
      return raised;
    }),
    claims: [{ check: BUMP, answers: { result: 'valid' } }],
  },
  {
    id: 'bump-wraps-around', wrong: 'raises 65535 to 0', clause: 'base/sidecar-bump-epoch', format: 'sidecar',
    replace: bumping((ops, files, path, id) => {
      try {
        return ops.bumpSidecarEpoch(files, path, id);
      } catch (error) {
        if (error instanceof Refusal && error.reason === 'local-epoch-exhausted') return upTo(0);
        throw error;
      }
    }),
    claims: [{ check: BUMP, answers: { result: 'valid' } }],
  },
  {
    id: 'bump-stops-early', wrong: 'takes 65534 for the last epoch', clause: 'base/sidecar-bump-epoch', format: 'sidecar',
    replace: bumping((ops, files, path, id) => {
      const epoch = path === '' ? undefined : ops.sidecarAtPath(files, path).read()?.keys?.get(`${id}`)?.localEpoch;
      if (epoch === 0xfffe) refuse('local-epoch-exhausted', { clause: 'base/sidecar-bump-epoch', field: 'epoch', expected: 'one that is left', got: 'none' });
      return ops.bumpSidecarEpoch(files, path, id);
    }),
    claims: [{ check: BUMP, answers: { result: 'invalid', reason: 'local-epoch-exhausted' } }],
  },
  {
    id: 'bump-writes-and-refuses', wrong: 'writes the file anew even when it refuses', clause: 'base/sidecar-bump-epoch', format: 'sidecar',
    replace: bumping((ops, files, path, id) => {
      const before = path === '' ? null : ops.sidecarAtPath(files, path).read();
      if (before !== null) ops.writeSidecarFile(files, path, before);
      return ops.bumpSidecarEpoch(files, path, id);
    }),
    claims: [{ check: BUMP, answers: { result: 'invalid', reason: 'key-not-in-sidecar' } }],
  },

  // ── Payload files
  {
    id: 'payload-file-footer-little-endian', wrong: 'writes and reads the footer in little-endian order', clause: 'base/snapshot-payload-file', format: 'snapshot-header',
    replace: (sound) => ({
      sealPayloadFile: (payload) => turned(sound.sealPayloadFile(payload)),
      openPayloadFile: (file, token) => sound.openPayloadFile(turned(file), token),
    }),
    claims: [{ check: PAYLOAD, answers: { result: 'invalid', reason: 'snapshot-file-crc' } }],
  },
  {
    id: 'payload-file-token-first', wrong: 'compares the token before the footer', clause: 'base/snapshot-payload-file', format: 'snapshot-header',
    replace: (sound) => ({
      openPayloadFile: (file, token) => {
        const payload = file.subarray(0, -4);
        if (file.length >= 4 && token !== null && token !== 0 && token !== sound.crc32c(payload)) {
          refuse('snapshot-token-crc', { clause: 'base/snapshot-payload-file', field: 'token', expected: 'the checksum of the payload', got: 'another' });
        }
        return sound.openPayloadFile(file, token);
      },
    }),
    claims: [{ check: PAYLOAD, answers: { result: 'invalid', reason: 'snapshot-token-crc' } }],
  },
  {
    id: 'payload-file-token-zero-compared', wrong: 'compares a token checksum of 0', clause: 'base/snapshot-payload-file', format: 'snapshot-header',
    replace: (sound) => ({
      openPayloadFile: (file, token) => {
        const payload = sound.openPayloadFile(file, token);
        if (token === 0 && sound.crc32c(payload) !== 0) {
          refuse('snapshot-token-crc', { clause: 'base/snapshot-payload-file', field: 'token', expected: 'the checksum of the payload', got: 'another' });
        }
        return payload;
      },
    }),
    claims: [{ check: PAYLOAD, answers: { result: 'invalid', reason: 'snapshot-token-crc' } }],
  },
  {
    id: 'payload-file-footer-unchecked', wrong: 'does not look at the footer', clause: 'base/snapshot-payload-file', format: 'snapshot-header',
    replace: (sound) => ({
      openPayloadFile: (file, token) => {
        const payload = file.subarray(0, -4);
        return sound.openPayloadFile(file.length < 4 ? file : Uint8Array.of(...payload, ...u32be(sound.crc32c(payload))), token);
      },
    }),
    claims: [{ check: PAYLOAD, answers: { result: 'valid' } }],
  },
  {
    id: 'payload-file-name-unpadded', wrong: 'writes the index without leading zeros', clause: 'base/snapshot-payload-file', format: 'snapshot-header',
    replace: () => ({ payloadFileName: (index) => `${index.toString(16)}.fsm` }),
    claims: [{ check: PAYLOAD, answers: { result: 'valid' } }],
  },
];

/** A payload file with its footer turned round. */
function turned(file: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(file);
  if (copy.length >= 4) copy.subarray(-4).reverse();
  return copy;
}
