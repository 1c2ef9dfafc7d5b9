/**
 * Files and stores: the durable write under every failure and every loss of power, the disk in memory held against the real
 * one.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { Reason } from '../spec/reasons.js';
import { equal } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { keyId, localEpoch, raftIndex } from '../src/base/ids.js';
import type { SidecarState } from '../src/base/sidecar.js';
import { composeOperations } from '../src/node/compose.js';
import { nodeAead } from '../src/ports/aead-node.js';
import { FaultyDisk, type FileCall, type PowerLoss } from '../src/ports/files-faulty.js';
import { posixFiles, unsyncedPosixFiles } from '../src/ports/files-posix.js';
import type { Files } from '../src/ports/files.js';
import { systemRandom } from '../src/ports/random.js';

const ops = composeOperations(nodeAead);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const root = mkdtempSync(join(tmpdir(), 'cutcheck-files-'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
/** A new directory, on the real disk. */
function place(): string {
  const path = join(root, String(made += 1));
  mkdirSync(path);
  return path;
}

const state = (applied: bigint, keys = 40): SidecarState => ({
  version: 2, raftAppliedIndex: raftIndex(applied), storageEnvelopeActive: false, storageEnvelopeCutover: raftIndex(0n), raftEnvelopeCutover: raftIndex(0n),
  active: { storage: keyId(1), raft: keyId(0) },
  keys: new Map(Array.from({ length: keys }, (_, at) => [`${at + 1}`, { purpose: 'storage', wrapped: new Uint8Array(60), created: 'now', localEpoch: localEpoch(at) }])),
});
const textOf = (of: SidecarState): Uint8Array => utf8(ops.serialiseSidecar(of));

const SIDECAR = 'n1/keys.json';
const [OLD, NEW] = [state(1n), state(2n)];

/** A disk with a sidecar on it that is durable, or an empty directory. */
function diskWith(old: SidecarState | null): FaultyDisk {
  const disk = new FaultyDisk();
  disk.makeDirectory('n1');
  if (old !== null) ops.writeSidecarFile(disk, SIDECAR, old);
  return disk;
}
const standing = (disk: FaultyDisk): 'nothing' | 'old' | 'new' | 'something else' => {
  const bytes = disk.contents(SIDECAR);
  return bytes === null ? 'nothing' : equal(bytes, textOf(OLD)) ? 'old' : equal(bytes, textOf(NEW)) ? 'new' : 'something else';
};
function reasonOf(step: () => unknown): Reason | null {
  try {
    step();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

// ── The durable write ───────────────────────────────────────────────────────────────────────────────────────────────

/** Every call that the write makes, in order. */
const CALLS: readonly FileCall[] = ['remove', 'create', 'write', 'sync', 'close', 'rename', 'openDirectory', 'syncDirectory', 'closeDirectory'];

test('durable write: the calls are made in the order of the steps, and each once', (t) => {
  for (const old of [OLD, null]) {
    const seen: string[] = [];
    ops.writeSidecarFile(watched(diskWith(old), (call) => seen.push(call)), SIDECAR, NEW);
    t.deepEqual(seen, CALLS);
  }
});

test('durable write: whichever call fails, the old file is there or the new one, and no temporary one', (t) => {
  for (const old of [OLD, null]) {
    for (const call of CALLS) {
      const disk = diskWith(old);
      disk.fail(call, 1, 'EIO');
      const reason = reasonOf(() => ops.writeSidecarFile(disk, SIDECAR, NEW));
      const renamed = ['openDirectory', 'syncDirectory', 'closeDirectory'].includes(call);
      // The names were synced by then; that their handle does not close changes nothing.
      t.is(reason, call === 'syncDirectory' ? 'unsupported-filesystem' : call === 'closeDirectory' ? null : 'write-failed', call);
      t.is(standing(disk), renamed ? 'new' : old === null ? 'nothing' : 'old', call);
      t.deepEqual(disk.list('n1'), standing(disk) === 'nothing' ? [] : ['keys.json'], call);
      ops.writeSidecarFile(disk, SIDECAR, NEW);
      t.is(standing(disk), 'new', `${call}, and again`);
    }
  }
});

test('durable write: a state that no reader takes is refused before anything is touched', (t) => {
  const seen: string[] = [];
  const bad = { ...NEW, active: { storage: keyId(99), raft: keyId(0) } };
  t.is(reasonOf(() => ops.writeSidecarFile(watched(diskWith(OLD), (call) => seen.push(call)), SIDECAR, bad)), 'sidecar-active-key-missing');
  t.deepEqual(seen, []);
});

test('durable write: an error that is none of the system is not taken for one', (t) => {
  const disk = diskWith(OLD);
  const bug = new TypeError('a bug');
  const files = watched(disk, (call) => { if (call === 'write') throw bug; });
  t.is(t.throws(() => ops.writeSidecarFile(files, SIDECAR, NEW), { instanceOf: TypeError }), bug);
});

const LOSSES: readonly PowerLoss[] = ['lose', 'reorder', 'torn'];
/** The write, cut off behind a number of calls. True: it was over before. */
function cutOff(disk: FaultyDisk, calls: number, operations = ops): boolean {
  let left = calls;
  class Cut extends Error {}
  try {
    operations.writeSidecarFile(watched(disk, () => {
      if (left === 0) throw new Cut();
      left -= 1;
    }), SIDECAR, NEW);
    return true;
  } catch (error) {
    if (error instanceof Cut) return false;
    throw error;
  }
}

test('durable write: wherever the power fails, the old file is there or the new one; once it has returned, the new one', (t) => {
  t.notThrows(() => fc.assert(fc.property(fc.constantFrom(OLD, null), fc.nat(CALLS.length), fc.constantFrom(...LOSSES), fc.integer(), (old, calls, mode, seed) => {
    const disk = diskWith(old);
    const over = cutOff(disk, calls);
    disk.losePower(mode, seed);
    const left = standing(disk);
    if (over) return left === 'new';
    // The next start writes in spite of whatever is left of the temporary file.
    ops.writeSidecarFile(disk, SIDECAR, NEW);
    return (left === 'new' || left === (old === null ? 'nothing' : 'old')) && standing(disk) === 'new' && disk.list('n1').length === 1;
  }), { numRuns: 1000 }));
});

test('durable write: without the sync of the file, or of the directory, a loss of power shows it', (t) => {
  const without = (replaced: Parameters<typeof composeOperations>[1]) => composeOperations(nodeAead, replaced);
  const leaves = (operations: typeof ops, mode: PowerLoss, seed: number): string => {
    const disk = diskWith(OLD);
    t.true(cutOff(disk, 99, operations));
    disk.losePower(mode, seed);
    return standing(disk);
  };
  t.is(leaves(without({ syncSidecarDirectory: () => {} }), 'lose', 1), 'old');
  t.is(leaves(without({ syncTemporary: () => {} }), 'lose', 1), 'something else');
  t.true([1, 2, 3, 4].some((seed) => leaves(without({ syncTemporary: () => {} }), 'torn', seed) === 'something else'));
});

/** The same files, with a word before each call that the write may make. */
function watched(files: Files, say: (call: FileCall) => void): Files {
  const said = <A extends unknown[], R>(call: FileCall, step: (...args: A) => R) => (...args: A): R => {
    say(call);
    return step(...args);
  };
  return {
    openToRead: (path) => files.openToRead(path),
    create: said('create', (path, permissions) => {
      const file = files.create(path, permissions);
      return { write: said('write', (bytes) => file.write(bytes)), sync: said('sync', () => file.sync()), close: said('close', () => file.close()) };
    }),
    rename: said('rename', (from, to) => files.rename(from, to)),
    remove: said('remove', (path) => files.remove(path)),
    makeDirectory: said('makeDirectory', (path) => files.makeDirectory(path)),
    list: said('list', (path) => files.list(path)),
    openDirectory: said('openDirectory', (path) => {
      const directory = files.openDirectory(path);
      return { sync: said('syncDirectory', () => directory.sync()), close: said('closeDirectory', () => directory.close()) };
    }),
  };
}

// ── Reading, probing, raising ───────────────────────────────────────────────────────────────────────────────────────

test('sidecar at a path: nothing there is null, what cannot be read is refused, and what is written reads back', (t) => {
  const disk = new FaultyDisk();
  const sidecar = ops.sidecarAtPath(disk, SIDECAR);
  t.is(sidecar.read(), null);
  t.is(reasonOf(() => sidecar.write(OLD)), 'write-failed');
  disk.makeDirectory('n1');
  t.is(sidecar.read(), null);
  sidecar.write(state(7n, 2000));
  t.is(sidecar.read()?.keys?.size, 2000);
  for (const call of ['openToRead', 'facts', 'read'] as const) {
    disk.fail(call, 1, 'EIO');
    t.is(reasonOf(() => sidecar.read()), 'unreadable', call);
  }
  disk.put(SIDECAR, utf8('{"version": 3}'));
  t.is(reasonOf(() => sidecar.read()), 'sidecar-version');
  disk.drop(SIDECAR);
  disk.makeDirectory(SIDECAR);
  t.is(reasonOf(() => sidecar.read()), 'unreadable');
});

test('probe: it leaves nothing behind, and only a sync that fails is held against the file system', (t) => {
  const calls = ['create', 'write', 'sync', 'close', 'rename', 'openDirectory', 'syncDirectory', 'closeDirectory', 'remove'] as const;
  const seen: string[] = [];
  const sound = diskWith(OLD);
  ops.probeFilesystem(watched(sound, (call) => seen.push(call)), SIDECAR, systemRandom);
  t.deepEqual(seen, calls);
  t.deepEqual(sound.paths(), [SIDECAR]);
  for (const call of calls) {
    const disk = diskWith(OLD);
    disk.fail(call, 1, 'EINVAL');
    t.is(reasonOf(() => ops.probeFilesystem(disk, SIDECAR, systemRandom)), call === 'sync' || call === 'syncDirectory' ? 'unsupported-filesystem' : 'write-failed', call);
    t.deepEqual(disk.paths(), [SIDECAR], call);
  }
  // The sidecar need not exist, its directory has to.
  t.notThrows(() => ops.probeFilesystem(posixFiles, join(place(), 'keys.json'), systemRandom));
  t.is(reasonOf(() => ops.probeFilesystem(posixFiles, join(root, 'missing', 'keys.json'), systemRandom)), 'write-failed');
  t.is(reasonOf(() => ops.probeFilesystem({ ...posixFiles, create: () => { throw Object.assign(new Error(), { code: 'EROFS' }); } }, SIDECAR, systemRandom)), 'write-failed');
});

test('epochs: one key goes up by one, durably, and nothing is written of a refusal', (t) => {
  const disk = diskWith(OLD);
  t.is(ops.bumpSidecarEpoch(disk, SIDECAR, keyId(3)), localEpoch(3));
  disk.losePower('lose', 1);
  const after = ops.readSidecarFile(disk, SIDECAR).keys;
  for (const [name, entry] of OLD.keys ?? []) t.is(Number(after?.get(name)?.localEpoch), entry.localEpoch + (name === '3' ? 1 : 0));
  const full = { ...OLD, keys: new Map([...OLD.keys ?? []].map(([name, entry]) => [name, { ...entry, localEpoch: localEpoch(0xffff) }])) };
  ops.writeSidecarFile(disk, SIDECAR, full);
  const calls: string[] = [];
  t.is(reasonOf(() => ops.bumpSidecarEpoch(watched(disk, (call) => calls.push(call)), SIDECAR, keyId(1))), 'local-epoch-exhausted');
  t.deepEqual(calls, []);
});

// ── The disk in memory ──────────────────────────────────────────────────────────────────────────────────────────────

type Step = (files: Files, at: (name: string) => string) => unknown;
const name = fc.constantFrom('a', 'b', 'd', 'd/a', 'd/e', 'd/e/f', 'missing/a');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, fc.uint8Array({ maxLength: 8 })).map(([path, bytes]): Step => (files, at) => {
    const file = files.create(at(path), 0o600);
    file.write(bytes);
    file.sync();
    file.close();
  }),
  fc.tuple(fc.constantFrom('a', 'b', 'd'), fc.constantFrom('a', 'b', 'd')).map(([from, to]): Step => (files, at) => files.rename(at(from), at(to))),
  name.map((path): Step => (files, at) => files.remove(at(path))),
  fc.constantFrom('d', 'd/e', 'a/x').map((path): Step => (files, at) => files.makeDirectory(at(path))),
  name.map((path): Step => (files, at) => [...files.list(at(path))].sort()),
  name.map((path): Step => (files, at) => {
    const file = files.openToRead(at(path));
    try {
      return [file.facts().regular, file.read(4), file.read(100)];
    } finally {
      file.close();
    }
  }),
  fc.constantFrom('', 'd', 'a').map((path): Step => (files, at) => {
    const directory = files.openDirectory(at(path));
    directory.sync();
    directory.close();
  }),
);

test('the disk in memory answers as the real one does, failures included', (t) => {
  const outcome = (files: Files, one: Step, at: (name: string) => string): unknown => {
    try {
      return one(files, at) ?? 'done';
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
    const [disk, directory] = [new FaultyDisk(), place()];
    for (const one of steps) t.deepEqual(outcome(disk, one, (path) => path), outcome(unsyncedPosixFiles, one, (path) => join(directory, path)));
    return true;
  }), { numRuns: 150 });
});

test('the disk in memory: what was synced survives any loss of power, and the same seed leaves the same disk', (t) => {
  const write = (files: Files, path: string, bytes: Uint8Array, synced: boolean): void => {
    const file = files.create(path, 0o600);
    file.write(bytes.subarray(0, bytes.length >> 1));
    if (synced) file.sync();
    file.write(bytes.subarray(bytes.length >> 1));
    if (synced) file.sync();
    file.close();
  };
  const bytes = fc.uint8Array({ maxLength: 3000 });
  const history = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), bytes, fc.boolean(), fc.boolean()), { maxLength: 8 });
  fc.assert(fc.property(history, fc.constantFrom(...LOSSES), fc.integer(), (writes, mode, seed) => {
    const run = (): { disk: FaultyDisk; durable: Map<string, Uint8Array> } => {
      const disk = new FaultyDisk();
      const durable = new Map<string, Uint8Array>();
      for (const [at, [path, content, fileSynced, directorySynced]] of writes.entries()) {
        write(disk, `${path}.${at}`, content, fileSynced);
        if (!directorySynced) continue;
        disk.openDirectory('').sync();
        for (const [earlier, [name, all, synced]] of writes.slice(0, at + 1).entries()) if (synced) durable.set(`${name}.${earlier}`, all);
      }
      disk.losePower(mode, seed);
      return { disk, durable };
    };
    const [one, two] = [run(), run()];
    const contents = ({ disk }: typeof one): unknown => disk.paths().map((path) => [path, disk.contents(path)]);
    t.deepEqual(contents(one), contents(two));
    return [...one.durable].every(([path, content]) => equal(one.disk.contents(path) ?? Uint8Array.of(1), content));
  }), { numRuns: 300 });
});

test('the disk in memory loses, reorders and tears what was not synced', (t) => {
  const content = Uint8Array.from({ length: 2048 }, (_, at) => 1 + (at >> 9));
  const after = (mode: PowerLoss, seed: number): string => {
    const disk = new FaultyDisk();
    const file = disk.create('a', 0o600);
    for (let at = 0; at < content.length; at += 1024) file.write(content.subarray(at, at + 1024));
    disk.losePower(mode, seed);
    const left = disk.contents('a');
    return left === null ? 'no name' : [...left].filter((_, at) => at % 512 === 0).join('');
  };
  const all = (mode: PowerLoss): string[] => [...new Set(Array.from({ length: 200 }, (_, seed) => after(mode, seed)))].sort();
  t.deepEqual(all('lose'), ['no name']);
  t.deepEqual(all('reorder'), ['', '0034', '12', '1234', 'no name']);
  // Each of four sectors is there or not; what lies before one that is there reads as zeros.
  t.is(all('torn').length, 16);
  t.true(all('torn').includes('0204'));
});

test('the disk in memory: its owner sees and changes it durably', (t) => {
  const disk = new FaultyDisk();
  disk.put('/n1/encryption/keys.json', utf8('one'));
  disk.put('n1/other', utf8('two'));
  disk.losePower('lose', 1);
  t.deepEqual(disk.paths(), ['n1/encryption/keys.json', 'n1/other']);
  t.is(disk.contents('n1/encryption'), null);
  disk.drop('n1/encryption');
  disk.drop('n1/absent');
  disk.losePower('lose', 1);
  t.deepEqual(disk.paths(), ['n1/other']);
  disk.fail('write', 2, 'ENOSPC');
  const file = disk.create('n1/new', 0o600);
  file.write(utf8('12'));
  t.throws(() => file.write(utf8('3456')), { code: 'ENOSPC' });
  t.deepEqual(disk.contents('n1/new'), utf8('1234'));
});

test('real files: no create over what is there, permissions as asked, directories made with all above them', (t) => {
  const directory = place();
  posixFiles.makeDirectory(join(directory, 'a/b/c'));
  t.true(statSync(join(directory, 'a/b/c')).isDirectory());
  posixFiles.makeDirectory(join(directory, 'a/b/c'));
  ops.writeSidecarFile(posixFiles, join(directory, 'a/keys.json'), OLD);
  t.is(statSync(join(directory, 'a/keys.json')).mode & 0o777, 0o600);
  t.deepEqual(readFileSync(join(directory, 'a/keys.json')), Buffer.from(textOf(OLD)));
  t.deepEqual(readdirSync(join(directory, 'a')).sort(), ['b', 'keys.json']);
  writeFileSync(join(directory, 'there'), '');
  t.throws(() => posixFiles.create(join(directory, 'there'), 0o600), { code: 'EEXIST' });
  posixFiles.remove(join(directory, 'there'));
  t.false(existsSync(join(directory, 'there')));
});
