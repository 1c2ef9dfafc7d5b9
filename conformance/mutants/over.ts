/** What the mutants of a replica are put together with: something that stands there already, with a part of it wrong. */
import { basename } from 'node:path';
import type { ApplierParts, RegistryRows } from '../../src/base/applier.js';
import type { WriterRow } from '../../src/base/fsm-entries.js';
import type { Operations } from '../../src/node/compose.js';
import type { Started } from '../../src/node/start-replica.js';
import type { Store, StoreChange } from '../../src/ports/store.js';

/** An object with some members replaced; all others are its own, private parts included. */
export const over = <T extends object>(sound: T, replaced: Partial<T>): T => new Proxy(sound, {
  get(of, name) {
    if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name) as unknown;
    const found: unknown = Reflect.get(of, name, of);
    return typeof found === 'function' ? found.bind(of) as unknown : found;
  },
});

/** A start of which something else comes out. */
export const starting = (sound: Operations, change: (started: Started) => Started): Partial<Operations> => ({
  startReplica: async (ports, options) => change(await sound.startReplica(ports, options)),
});

/** A start that does something more when it refuses: the refusal is told all the same. */
export const refusing = (sound: Operations, besides: (...start: Parameters<Operations['startReplica']>) => void | Promise<void>): Partial<Operations> => ({
  startReplica: async (ports, options) => {
    try {
      return await sound.startReplica(ports, options);
    } catch (error) {
      await besides(ports, options);
      throw error;
    }
  },
});

/** A start whose stores, the log or the state of the state machine, take another batch than they are given. */
export const batching = (
  sound: Operations, which: 'log' | 'fsm', batch: (store: Store, changes: readonly StoreChange[], options: { readonly sync: boolean }) => Promise<void>,
): Partial<Operations> => ({
  startReplica: (ports, options) => sound.startReplica({
    ...ports,
    openStore: async (path) => {
      const store = await ports.openStore(path);
      return basename(path) === which ? over(store, { batch: (changes, how) => batch(store, changes, how) }) : store;
    },
  }, options),
});

/** The parts of a node with other rows. */
export const withRows = (parts: ApplierParts, rows: Partial<RegistryRows>): ApplierParts => ({ ...parts, rows: over(parts.rows, rows) });

/** The parts of a node whose sidecar is written otherwise, or not at all. */
export const withSidecar = (parts: ApplierParts, sidecar: Partial<NonNullable<ApplierParts['sidecar']>>): ApplierParts =>
  ({ ...parts, sidecar: parts.sidecar === null ? null : over(parts.sidecar, sidecar) });

/** The row that a registration inserts: key and value. */
export const newRow = (sound: Operations, { dekId, fullNodeId, localEpoch }: WriterRow): [Uint8Array, Uint8Array] => [
  sound.encodeRegistryKey({ dekId, nodeId16: sound.narrowNodeId(fullNodeId) }), sound.encodeRegistryValue({ fullNodeId, firstSeen: localEpoch, lastSeen: localEpoch }),
];
