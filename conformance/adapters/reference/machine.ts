/**
 * The machines that nodes of the reference run on: the disk of this computer, which a crash leaves by ending the process, and
 * a virtual disk of the node's own, which outlives the node and can lose its power.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { REPLICA_LAYOUT } from '../../../src/node/replica-paths.js';
import type { ReplicaPorts } from '../../../src/node/replica.js';
import { systemClock } from '../../../src/ports/clock.js';
import { FaultyDisk, type PowerLoss } from '../../../src/ports/files-faulty.js';
import { posixFiles, unsyncedPosixFiles } from '../../../src/ports/files-posix.js';
import type { Files } from '../../../src/ports/files.js';
import { systemRandom } from '../../../src/ports/random.js';
import { openLevelStore, openUnsyncedLevelStore } from '../../../src/ports/store-level.js';
import { MemoryStores } from '../../../src/ports/store-memory.js';
import type { OpenStore } from '../../../src/ports/store.js';
import { CRASH_STATUS } from '../../protocol/operations.js';
import { crashingFiles, crashingStores, type Passages, type PowerFailure } from './crash-points.js';

/** What a node keeps its files on. */
export interface Disk {
  readonly files: Files;
  readonly openStore: OpenStore;
  /** The node dies, and where the power fails with it so does what was not synced: all of it, or as much as chance will have. On a real disk it does not return. */
  die(power: PowerFailure | null): void;
}

/** The ports of a node on a disk, its crash points before them. */
export const machinePorts = (disk: Disk, passages: Passages, sync: boolean): ReplicaPorts => ({
  files: crashingFiles(disk.files, passages), openStore: crashingStores(disk.openStore, passages), clock: systemClock, random: systemRandom, sync,
});

const endProcess = (): never => process.exit(CRASH_STATUS);

/** The disk of this computer. Without `sync` nothing that happens is about the disk, and nothing waits for it. */
export const realDisk = (sync: boolean): Disk => ({
  files: sync ? posixFiles : unsyncedPosixFiles, openStore: sync ? openLevelStore : openUnsyncedLevelStore, die: endProcess,
});

/** A store shows as one file of this name in its directory: its rows, and a digest behind them by which a changed one is known. */
const STORE_FILE = 'rows';
const DIGEST_LENGTH = 32;
const digest = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** What a disk may do beside losing all. */
const IN_PART: readonly PowerLoss[] = ['reorder', 'torn'];
/** So many of the batches that were not synced may survive where not all are lost. */
const MOST_KEPT = 4;

/** Files in memory that say which directory was synced. */
class WatchedDisk extends FaultyDisk {
  readonly #synced: (directory: string) => void;

  constructor(synced: (directory: string) => void) {
    super();
    this.#synced = synced;
  }

  override openDirectory(path: string): { sync(): void; close(): void } {
    const directory = super.openDirectory(path);
    return {
      sync: () => {
        directory.sync();
        this.#synced(path);
      },
      close: () => directory.close(),
    };
  }
}

/** The disk of one node, in memory: files by their names, and its stores as one file each. */
export class VirtualDisk implements Disk {
  readonly #seed: string;
  /** Stores that were made, and whose names are not durable yet: those of their directories. */
  readonly #unnamed = new Set<string>();
  readonly #disk = new WatchedDisk((directory) => {
    for (const store of this.#unnamed) if (dirname(store) === directory) this.#unnamed.delete(store);
  });
  readonly #stores = new MemoryStores();
  /** Stores whose file was written with something that is none, by the path of the store. */
  readonly #broken = new Map<string, Uint8Array>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  get files(): Files {
    return this.#disk;
  }

  readonly openStore: OpenStore = (path) => {
    // A directory in the place of the file: nobody can read it.
    if (this.#disk.paths().some((file) => `/${file}`.startsWith(`${path}/`))) return Promise.reject(Object.assign(new Error('the file of the store cannot be read'), { code: 'EISDIR' }));
    if (this.#broken.has(path)) return Promise.reject(Object.assign(new Error('the file of the store is damaged'), { code: 'LEVEL_CORRUPTION' }));
    if (!this.#stores.paths().includes(path)) this.#unnamed.add(path);
    return this.#stores.open(path);
  };

  die(power: PowerFailure | null): void {
    if (power === null) return this.#stores.crash();
    const chance = digest(Buffer.from(`${this.#seed} ${power === 'all' ? '' : power.chance}`));
    const loss = power === 'all' ? 'lose' : IN_PART[(chance[0] ?? 0) % IN_PART.length] ?? 'lose';
    this.#disk.losePower(loss, Buffer.from(chance).readUInt32BE(4));
    this.#stores.losePower(loss === 'lose' ? 0 : (chance[1] ?? 0) % MOST_KEPT);
    // A store goes with its name, whatever was synced in it.
    for (const [at, store] of [...this.#unnamed].entries()) if (loss === 'lose' || (loss === 'reorder' && ((chance[2 + at] ?? 0) & 1) === 0)) this.#stores.remove(store);
    this.#unnamed.clear();
  }

  // ── As the suite sees it, which writes durably ────────────────────────────────────────────────────────────────

  /** The paths of all files below a directory, from there. */
  list(directory: string): readonly string[] {
    const stores = new Set([...this.#stores.paths(), ...this.#broken.keys()]);
    const all = [...this.#disk.paths().map((path) => `/${path}`), ...[...stores].map((path) => `${path}/${STORE_FILE}`)];
    return all.filter((path) => path.startsWith(`${directory}/`)).map((path) => path.slice(directory.length + 1)).sort();
  }

  read(path: string): Uint8Array | null {
    const store = storeOf(path);
    if (store === null) return this.#disk.contents(path);
    const broken = this.#broken.get(store);
    if (broken !== undefined) return broken;
    const image = this.#stores.image(store);
    return image && Buffer.concat([image, digest(image)]);
  }

  write(path: string, bytes: Uint8Array): void {
    const store = storeOf(path);
    if (store === null) return this.#disk.put(path, bytes);
    this.remove(path);
    const image = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_LENGTH));
    if (Buffer.compare(digest(image), bytes.subarray(image.length)) === 0) this.#stores.restore(store, image);
    else this.#broken.set(store, bytes);
  }

  remove(path: string): void {
    const store = storeOf(path);
    if (store === null) return this.#disk.drop(path);
    this.#broken.delete(store);
    this.#stores.remove(store);
    this.#unnamed.delete(store);
  }
}

const STORE_PATH = new RegExp(`^(.*/(?:${REPLICA_LAYOUT.log}|${REPLICA_LAYOUT.fsm}))/${STORE_FILE}$`);
/** The store that shows as a file at a path, or null. */
const storeOf = (path: string): string | null => STORE_PATH.exec(path)?.[1] ?? null;
