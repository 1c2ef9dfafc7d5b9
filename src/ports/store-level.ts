/**
 * The port to stores over `level`: a directory of files that are this library's own.
 *
 * Implements what base/log-append and base/applied-index ask of a store: whole batches, and those that are durable when
 * they answer.
 */
import { Level } from 'level';
import type { OpenStore, Store } from './store.js';

/**
 * Opens a store on the disk.
 *
 * @clause base/log-append base/applied-index
 */
export const openLevelStore: OpenStore = openingWith((asked) => asked);

/**
 * The same without its syncs, for runs in which nothing is about the disk: no batch is synced, whatever it asks.
 *
 * @clause base/log-append base/applied-index
 */
export const openUnsyncedLevelStore: OpenStore = openingWith(() => false);

function openingWith(syncOf: (asked: boolean) => boolean): OpenStore {
  return async (path) => {
    const level = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' });
    await level.open();
    return storeOver(level, syncOf);
  };
}

const storeOver = (level: Level<Uint8Array, Uint8Array>, syncOf: (asked: boolean) => boolean): Store => ({
  get: (key) => level.getSync(key) ?? null,

  rows: async (from, to) => level.iterator({ gte: from, ...(to !== null && { lt: to }) }).all(),

  batch: async (changes, { sync }) => level.batch(
    changes.map(({ key, value }) => value === null ? { type: 'del', key } : { type: 'put', key, value }), { sync: syncOf(sync) }),

  close: () => level.close(),
});
