/** Mutants of the encryption entries and leases that a replica applies, judged by scenarios. Those that vectors find out are in appliers.ts and fsm-dispatch.ts. */
import { Refusal, refuse } from '../../src/base/errors.js';
import type { Bootstrap, Rotation, WriterRow } from '../../src/base/fsm-entries.js';
import type { KeyId, LocalEpoch, Millis } from '../../src/base/ids.js';
import type { ApplierParts } from '../../src/base/applier.js';
import type { SidecarEntry } from '../../src/base/sidecar.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';
import { newRow, over, withRows, withSidecar } from './over.js';

const format = 'scenarios';
const REGISTRATION_LENGTH = 15;

/** A bootstrap, a rotation or a storage cutover is applied as another one. */
const bootstrapAs = (sound: Operations, change: (entry: Bootstrap) => Bootstrap): Partial<Operations> =>
  ({ applyBootstrap: (parts, entry, index) => sound.applyBootstrap(parts, change(entry), index) });
const rotationAs = (sound: Operations, change: (entry: Rotation) => Rotation): Partial<Operations> =>
  ({ applyRotation: (parts, entry, index) => sound.applyRotation(parts, change(entry), index) });
const storageCutoverAs = (sound: Operations, change: (entry: Rotation) => Rotation): Partial<Operations> =>
  ({ applyStorageCutover: (parts, entry, index) => sound.applyStorageCutover(parts, change(entry), index) });

const ofTheEntry = ({ dekId, proposer }: Rotation): WriterRow => ({ ...proposer, dekId });

/** Does what a refusal should leave undone, and refuses. */
function spoiling<T>(step: () => T, spoil: () => void): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) spoil();
    throw error;
  }
}

export const entryMutants: readonly Mutant[] = [
  // Bootstrap
  {
    id: 'bootstrap-slots-swapped', wrong: 'takes the raft key of a bootstrap for the storage key, and the other way round', clause: 'base/apply-bootstrap', format,
    replace: (sound) => bootstrapAs(sound, (entry) => ({
      ...entry, storageDekId: entry.raftDekId, wrappedStorage: entry.wrappedRaft, raftDekId: entry.storageDekId, wrappedRaft: entry.wrappedStorage,
    })),
    claims: [{ check: 'entries/bootstrap/keys-active', answers: { result: 'ok' } }],
  },
  {
    id: 'bootstrap-storage-rows-only', wrong: 'registers the writers of the storage key only', clause: 'base/apply-bootstrap', format,
    replace: (sound) => bootstrapAs(sound, (entry) => ({ ...entry, rows: entry.rows.filter(({ dekId }) => dekId !== entry.raftDekId) })),
    claims: [{ check: 'entries/bootstrap/rows-written', answers: { result: 'ok' } }],
  },
  {
    id: 'bootstrap-rows-at-epoch-0', wrong: 'registers the writers of a bootstrap with epoch 0, whatever it names', clause: 'base/apply-bootstrap', format,
    replace: (sound) => bootstrapAs(sound, (entry) => ({ ...entry, rows: entry.rows.map((row) => ({ ...row, localEpoch: 0 as LocalEpoch })) })),
    claims: [{ check: 'epochs/bootstrap-with-epochs/rows-as-named', answers: { result: 'ok' } }],
  },
  {
    id: 'bootstrap-compared-by-ids', wrong: 'takes a second bootstrap with the same ids and other wrapped keys', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      checkSecondBootstrap: (before, entry) => {
        const held = (id: KeyId, otherwise: Uint8Array): Uint8Array => before.keys?.get(`${id}`)?.wrapped ?? otherwise;
        sound.checkSecondBootstrap(before, {
          ...entry, wrappedStorage: held(entry.storageDekId, entry.wrappedStorage), wrappedRaft: held(entry.raftDekId, entry.wrappedRaft),
        });
      },
    }),
    claims: [{ check: 'entries/bootstrap-refused/second-with-another-wrap', answers: { result: 'ok' } }],
  },
  {
    id: 'refused-bootstrap-registers', wrong: 'registers the writers of a bootstrap that it refuses', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => spoiling(() => sound.applyBootstrap(parts, entry, index), () => {
        for (const row of entry.rows) parts.rows.put(...newRow(sound, row));
      }),
    }),
    claims: [{ check: 'entries/bootstrap-refused/nothing-left-behind', answers: { result: 'ok' } }],
  },
  {
    id: 'refused-row-passed-over', wrong: 'goes on with the rows of a bootstrap behind one that it refuses', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => spoiling(() => sound.applyBootstrap(parts, entry, index), () => {
        if (parts.sidecar?.read()?.active.raft !== entry.raftDekId) return;
        for (const [key, value] of entry.rows.map((row) => newRow(sound, row))) if (parts.rows.get(key) === null) parts.rows.put(key, value);
      }),
    }),
    claims: [{ check: 'halt/rows-before-a-refused-row/rows-up-to-it', answers: { result: 'ok' } }],
  },
  {
    id: 'refused-row-takes-all-back', wrong: 'writes no row of a bootstrap of which one is refused', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => {
        const rows = new Map<string, [Uint8Array, Uint8Array]>();
        const name = (key: Uint8Array): string => Buffer.from(key).toString('hex');
        const applied = sound.applyBootstrap(withRows(parts, {
          get: (key) => rows.get(name(key))?.[1] ?? parts.rows.get(key), put: (key, value) => { rows.set(name(key), [key, value]); },
        }), entry, index);
        for (const row of rows.values()) parts.rows.put(...row);
        return applied;
      },
    }),
    claims: [{ check: 'halt/rows-before-a-refused-row/rows-up-to-it', answers: { result: 'ok' } }],
  },
  {
    id: 'refused-row-not-told', wrong: 'counts a bootstrap as applied of which a row is refused', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      ...bootstrapAs(sound, (entry) => {
        const sameRow = (one: WriterRow, other: WriterRow): boolean => one.dekId === other.dekId && sound.narrowNodeId(one.fullNodeId) === sound.narrowNodeId(other.fullNodeId);
        return { ...entry, rows: entry.rows.filter((row, at) => entry.rows.findIndex((other) => sameRow(row, other)) === at) };
      }),
    }),
    claims: [{ check: 'halt/rows-before-a-refused-row/row-refused', answers: { result: 'ok' } }],
  },
  {
    id: 'refused-bootstrap-takes-over', wrong: 'makes the keys of a second bootstrap active before it refuses it', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => spoiling(() => sound.applyBootstrap(parts, entry, index), () => {
        const before = parts.sidecar?.read() ?? null;
        if (before?.keys?.has(`${entry.raftDekId}`) !== false) return;
        const key = (purpose: 'storage' | 'raft', wrapped: Uint8Array): SidecarEntry => ({ purpose, wrapped, created: '2026-01-01T00:00:00Z', localEpoch: 0 as LocalEpoch });
        parts.sidecar?.write({
          ...before, active: { storage: entry.storageDekId, raft: entry.raftDekId },
          keys: new Map([...before.keys ?? [], [`${entry.storageDekId}`, key('storage', entry.wrappedStorage)], [`${entry.raftDekId}`, key('raft', entry.wrappedRaft)]]),
        });
      }),
    }),
    claims: [{ check: 'entries/bootstrap-refused/first-stays', answers: { result: 'ok' } }],
  },
  {
    id: 'bootstrap-moves-load', wrong: 'begins a new epoch of the load with the bootstrap', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      applyBootstrap: (parts, entry, index) => {
        const epochs = parts.epochs as Record<'storage' | 'raft', LocalEpoch>;
        epochs.storage = epochs.storage + 1 as LocalEpoch;
        return sound.applyBootstrap(parts, entry, index);
      },
    }),
    claims: [{ check: 'epochs/raised-at-the-start/bootstrap-leaves-the-load', answers: { result: 'ok' } }],
  },
  {
    id: 'key-that-does-not-open-taken', wrong: 'takes a wrapped key that does not open for one of zeros', clause: 'base/apply-rotation', format,
    replace: (sound) => ({
      kekUnwrap: (kek, wrapped) => {
        try {
          return sound.kekUnwrap(kek, wrapped);
        } catch {
          return new Uint8Array(32);
        }
      },
    }),
    claims: [{ check: 'entries/rotation-refused/broken-wrap', answers: { result: 'ok' } }],
  },

  // Rotation
  {
    id: 'rotation-of-storage-always', wrong: 'makes every rotated key the storage key', clause: 'base/apply-rotation', format,
    replace: (sound) => rotationAs(sound, (entry) => ({ ...entry, purpose: 1 })),
    claims: [{ check: 'entries/rotation/new-keys-active', answers: { result: 'ok' } }],
  },
  {
    id: 'rotation-drops-old-key', wrong: 'drops the key that was active before a rotation', clause: 'base/apply-rotation', format,
    replace: (sound) => ({
      applyRotation: (parts, entry, index) => sound.applyRotation(withSidecar(parts, {
        write: (state) => {
          const active = new Set([`${state.active.storage}`, `${state.active.raft}`]);
          parts.sidecar?.write({ ...state, keys: new Map([...state.keys ?? []].filter(([name]) => active.has(name))) });
        },
      }), entry, index),
    }),
    claims: [{ check: 'entries/rotation/old-keys-stay', answers: { result: 'ok' } }],
  },
  {
    id: 'rotation-without-row', wrong: 'does not register the proposer of a rotation', clause: 'base/apply-rotation', format,
    replace: (sound) => ({ applyRotation: (parts, entry, index) => sound.applyRotation(withRows(parts, { put: () => {} }), entry, index) }),
    claims: [{ check: 'entries/rotation/proposer-registered', answers: { result: 'ok' } }],
  },
  {
    id: 'rotation-any-registration', wrong: 'takes a rotation whose proposer registers for another key', clause: 'base/apply-rotation', format,
    replace: (sound) => rotationAs(sound, (entry) => ({ ...entry, proposer: ofTheEntry(entry) })),
    claims: [{ check: 'entries/rotation-refused/row-for-another-key', answers: { result: 'ok' } }],
  },
  {
    id: 'rotation-unknown-sub-tag-taken', wrong: 'takes a rotation with a reserved sub-tag', clause: 'base/rotation-sub-tags', format,
    replace: (sound) => ({ decodeRotation: (body) => sound.decodeRotation([1, 4, 5].includes(body[1] ?? 0) ? body : body.with(1, 1)) }),
    claims: [{ check: 'entries/rotation-refused/reserved-sub-tag', answers: { result: 'ok' } }],
  },
  {
    id: 'rotation-tail-taken', wrong: 'takes a rotation with a byte behind it', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => ({
      decodeRotation: (body) => {
        try {
          return sound.decodeRotation(body);
        } catch {
          return sound.decodeRotation(body.subarray(0, -1));
        }
      },
    }),
    claims: [{ check: 'entries/rotation-refused/trailing-byte', answers: { result: 'ok' } }],
  },
  {
    id: 'key-zero-loaded', wrong: 'loads a key under the id 0', clause: 'base/apply-rotation', format,
    replace: (sound) => ({
      keyStore: () => {
        const keys = sound.keyStore();
        return over(keys, { set: (id, bytes) => { if (id !== 0) keys.set(id, bytes); } });
      },
    }),
    claims: [{ check: 'entries/rotation-refused/id-zero', answers: { result: 'halted' } }],
  },

  // Storage cutover
  {
    id: 'storage-cutover-any-purpose', wrong: 'takes a storage cutover with any purpose', clause: 'base/apply-storage-cutover', format,
    replace: (sound) => storageCutoverAs(sound, (entry) => ({ ...entry, purpose: 1 })),
    claims: [{ check: 'entries/storage-cutover-refused/other-purpose', answers: { result: 'ok' } }],
  },
  {
    id: 'storage-cutover-with-key-taken', wrong: 'takes a storage cutover that carries a wrapped key', clause: 'base/apply-storage-cutover', format,
    replace: (sound) => storageCutoverAs(sound, (entry) => ({ ...entry, wrapped: new Uint8Array() })),
    claims: [{ check: 'entries/storage-cutover-refused/wrapped-key', answers: { result: 'ok' } }],
  },
  {
    id: 'storage-cutover-any-registration', wrong: 'takes a storage cutover whose proposer registers for another key', clause: 'base/apply-storage-cutover', format,
    replace: (sound) => storageCutoverAs(sound, (entry) => ({ ...entry, proposer: ofTheEntry(entry) })),
    claims: [{ check: 'entries/storage-cutover-refused/row-for-another-key', answers: { result: 'ok' } }],
  },
  {
    id: 'storage-cutover-without-row', wrong: 'does not register the proposer of a storage cutover', clause: 'base/apply-storage-cutover', format,
    replace: (sound) => ({ applyStorageCutover: (parts, entry, index) => sound.applyStorageCutover(withRows(parts, { put: () => {} }), entry, index) }),
    claims: [{ check: 'entries/storage-cutover/proposer-registered', answers: { result: 'ok' } }],
  },

  // Registration
  {
    id: 'registration-of-unknown-key-ignored', wrong: 'passes over a registration for a key that it does not know', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      applyRegistration: (parts, entry, index) => {
        const { sidecar } = parts as ApplierParts;
        return sidecar?.read()?.keys?.has(`${entry.dekId}`) === true ? sound.applyRegistration(parts, entry, index) : { cutover: null };
      },
    }),
    claims: [{ check: 'entries/registration/inserted', answers: { result: 'ok' } }],
  },
  {
    id: 'registration-raises-first-seen', wrong: 'raises the first epoch of a row with the last', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, writer) => {
        const decided = sound.decideRegistration(row, writer);
        return decided.effect === 'raise' ? { ...decided, row: { ...decided.row, firstSeen: writer.localEpoch } } : decided;
      },
    }),
    claims: [{ check: 'entries/registration/raised', answers: { result: 'ok' } }],
  },
  {
    id: 'registration-equal-refused', wrong: 'refuses a registration with the epoch of its row', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, writer) => {
        const decided = sound.decideRegistration(row, writer);
        if (decided.effect !== 'done') return decided;
        return refuse('apply-refused', { clause: 'base/registration-cases', field: 'local_epoch', expected: 'a later one', got: `${writer.localEpoch}` });
      },
    }),
    claims: [{ check: 'entries/registration/equal-is-done', answers: { result: 'halted', reason: 'apply-refused' } }],
  },
  {
    id: 'refused-registration-written', wrong: 'writes the row of a registration before it is decided', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      applyRegistration: (parts, entry, index) => spoiling(() => sound.applyRegistration(parts, entry, index), () => {
        parts.rows.put(...newRow(sound, entry));
      }),
    }),
    claims: [{ check: 'entries/registration/row-as-it-was', answers: { result: 'ok' } }],
  },
  {
    id: 'registration-short-taken', wrong: 'reads what is missing of a registration as 0', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => ({
      decodeRegistration: (body) => sound.decodeRegistration(Buffer.concat([body, new Uint8Array(Math.max(0, REGISTRATION_LENGTH - body.length))])),
    }),
    claims: [{ check: 'entries/registration/cut-short', answers: { result: 'halted', reason: 'apply-refused' } }],
  },
  {
    id: 'registration-any-version', wrong: 'does not look at the version of a registration', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => ({ decodeRegistration: (body) => sound.decodeRegistration(body.length === 0 ? body : body.with(0, 0x01)) }),
    claims: [{ check: 'entries/registration/other-version', answers: { result: 'ok' } }],
  },

  // First byte and lease
  {
    id: 'six-is-a-request', wrong: 'takes the reserved first byte 06 for a request', clause: 'base/reserved-opcodes-halt', format,
    replace: (sound) => ({ classifyPayload: (payload) => payload[0] === 0x06 ? 'request' : sound.classifyPayload(payload) }),
    claims: [{ check: 'entries/reserved/six', answers: { result: 'ok' } }],
  },
  {
    id: 'seven-is-a-request', wrong: 'takes the reserved first byte 07 for a request', clause: 'base/reserved-opcodes-halt', format,
    replace: (sound) => ({ classifyPayload: (payload) => payload[0] === 0x07 ? 'request' : sound.classifyPayload(payload) }),
    claims: [{ check: 'entries/reserved/seven', answers: { result: 'ok' } }],
  },
  {
    id: 'eight-is-reserved', wrong: 'takes 08 for a reserved first byte', clause: 'base/first-byte-dispatch', format,
    replace: (sound) => ({ classifyPayload: (payload) => payload[0] === 0x08 ? 'reserved' : sound.classifyPayload(payload) }),
    claims: [{ check: 'entries/reserved/eight-is-a-request', answers: { result: 'halted', reason: 'apply-refused' } }],
  },
  {
    id: 'ceiling-follows-lease', wrong: 'puts the ceiling where the last lease asks', clause: 'base/lease-entry', format,
    replace: () => ({ raiseCeiling: (_before, asked) => BigInt.asUintN(64, asked) as Millis }),
    claims: [{ check: 'entries/leases/never-lowered', answers: { result: 'ok' } }],
  },
  {
    id: 'lease-unsigned', wrong: 'reads a lease as a number without a sign', clause: 'base/lease-entry', format,
    replace: () => ({
      raiseCeiling: (before, asked) => {
        const unsigned = BigInt.asUintN(64, asked) as Millis;
        return unsigned > before ? unsigned : before;
      },
    }),
    claims: [{ check: 'entries/leases/zero-and-below-ignored', answers: { result: 'ok' } }],
  },
  {
    id: 'snapshot-header-version-2-always', wrong: 'writes a header of version 2 before there is a cutover', clause: 'base/snapshot-header-writer', format,
    replace: (sound) => ({
      writeSnapshotHeader: (remembered, current, ceiling) => {
        const { remembered: cutover } = sound.writeSnapshotHeader(remembered, current, ceiling);
        return { remembered: cutover, header: sound.encodeSnapshotHeaderV2({ ceiling, cutover }) };
      },
    }),
    claims: [{ check: 'snapshot/header/version-1-at-first', answers: { result: 'ok' } }],
  },
];
