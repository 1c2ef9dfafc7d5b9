/** Stores: one behaviour of the one on the disk and the one in memory, and what a loss of power takes from the latter. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { openLevelStore, openUnsyncedLevelStore } from '../src/ports/store-level.js';
import { MemoryStores } from '../src/ports/store-memory.js';
import type { OpenStore, Store } from '../src/ports/store.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const root = mkdtempSync(join(tmpdir(), 'cutcheck-stores-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const place = (): string => join(root, String(made += 1));

const key = fc.uint8Array({ minLength: 1, maxLength: 3 });
const change = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 4 })) });

async function behaves(t: ExecutionContext, open: OpenStore, path: () => string): Promise<void> {
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.array(change, { maxLength: 6 }), fc.boolean(), fc.boolean()), { maxLength: 6 }), key, fc.option(key), async (batches, from, to) => {
    const at = path();
    let store = await open(at);
    const model = new Map<string, Uint8Array>();
    for (const [changes, sync, again] of batches) {
      await store.batch(changes, { sync });
      for (const one of changes) {
        if (one.value === null) model.delete(hexOf(one.key));
        else model.set(hexOf(one.key), one.value);
      }
      if (again) {
        await store.close();
        store = await open(at);
      }
    }
    const rows = await store.rows(from, to);
    const expected = [...model].filter(([name]) => name >= hexOf(from) && (to === null || name < hexOf(to))).sort(([left], [right]) => left < right ? -1 : 1);
    t.deepEqual(rows.map(([name, value]) => [hexOf(name), hexOf(value)]), expected.map(([name, value]) => [name, hexOf(value)]));
    for (const [name, value] of model) t.is(hexOf(store.get(Buffer.from(name, 'hex')) ?? utf8('nothing')), hexOf(value));
    t.is(store.get(utf8('a key that nobody put')), null);
    await store.close();
  }), { numRuns: 25 });

  // One handle at a time, and none after it was closed.
  const at = path();
  const store = await open(at);
  await t.throwsAsync(open(at));
  await store.close();
  await t.throwsAsync(store.batch([{ key: utf8('k'), value: utf8('v') }], { sync: true }));
  t.throws(() => store.get(utf8('k')));
  await t.throwsAsync(store.rows(utf8('k'), null));
}

test('store: level', (t) => behaves(t, openLevelStore, place));
test('store: level without its syncs', (t) => behaves(t, openUnsyncedLevelStore, place));
test('store: in memory', (t) => {
  const stores = new MemoryStores();
  let opened = 0;
  return behaves(t, stores.open, () => `s${opened += 1}`);
});

test('store in memory: a loss of power takes the last batches, never one before the last sync, and each whole', async (t) => {
  const put = (store: Store, number: number, sync: boolean): Promise<void> =>
    store.batch([{ key: utf8(`k${number}`), value: utf8('v') }, { key: utf8('last'), value: utf8(`${number}`) }], { sync });
  await fc.assert(fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 8 }), fc.nat(9), async (syncs, kept) => {
    const stores = new MemoryStores();
    const store = await stores.open('s');
    for (const [at, sync] of syncs.entries()) await put(store, at + 1, sync);
    stores.losePower(kept);
    const synced = syncs.lastIndexOf(true) + 1;
    const last = Math.min(syncs.length, synced + kept);
    // The handle from before reaches nothing any more.
    await put(store, 99, true);
    const again = await stores.open('s');
    const rows = await again.rows(utf8('k'), utf8('l'));
    t.is(rows.length, last);
    t.deepEqual(again.get(utf8('last')), last === 0 ? null : utf8(`${last}`));
  }), { numRuns: 100 });
});

test('store in memory: an image can be taken and put back, and a crash of the process loses nothing', async (t) => {
  const stores = new MemoryStores();
  const store = await stores.open('s');
  await store.batch([{ key: Uint8Array.of(0xff, 0), value: new Uint8Array() }, { key: utf8('a'), value: utf8('1') }], { sync: false });
  const image = stores.image('s') ?? t.fail();
  await store.batch([{ key: utf8('a'), value: null }], { sync: false });
  stores.crash();
  const after = await stores.open('s');
  t.is(after.get(utf8('a')), null);
  t.deepEqual(after.get(Uint8Array.of(0xff, 0)), new Uint8Array());
  stores.restore('s', image as Uint8Array);
  const restored = await stores.open('s');
  t.deepEqual(restored.get(utf8('a')), utf8('1'));
  t.deepEqual(stores.image('s'), image as Uint8Array);
  t.deepEqual(stores.paths(), ['s']);
  t.throws(() => stores.restore('s', Uint8Array.of(0, 0, 0, 9, 1)), { instanceOf: RangeError });
  stores.remove('s');
  t.is(stores.image('s'), null);
});
