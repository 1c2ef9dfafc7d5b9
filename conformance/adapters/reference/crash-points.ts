/**
 * The crash points of the reference: wrappers over the ports that count what a node has made visible on its disk, and let
 * it die at the passage that was armed. A point is passed when the port has done its part. The node itself knows of none
 * of it.
 *
 * Implements `crash.arm` and `crash.disarm` of the protocol, for a process on real files and for a virtual machine.
 */
import { basename, dirname } from 'node:path';
import { REPLICA_LAYOUT } from '../../../src/node/replica-paths.js';
import type { Files } from '../../../src/ports/files.js';
import type { OpenStore, Store } from '../../../src/ports/store.js';

export const CRASH_POINTS = [
  'sidecar.tmp-created', 'sidecar.tmp-written', 'sidecar.tmp-synced', 'sidecar.renamed', 'sidecar.dir-synced',
  'identity.tmp-synced', 'log.identity-written', 'identity.renamed', 'identity.written', 'log.appended', 'log.cut', 'fsm.batch-written',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export const isCrashPoint = (name: string): name is CrashPoint => (CRASH_POINTS as readonly string[]).includes(name);

/** Unwinds a node whose machine is dead. Every further use of its ports throws it again, so that nobody can catch it and go on. */
export class Crash extends Error {
  readonly point: string;
  constructor(point: string) {
    super(`the node died at ${point}`);
    this.point = point;
  }
}

/** How much of what was not synced goes with the power: all of it, or what chance has, drawn from this text. */
export type PowerFailure = 'all' | { readonly chance: string };

interface Armed { readonly point: CrashPoint; readonly power: PowerFailure | null; left: number }

/** What a machine does when its node reaches the armed point; `power` null: the node dies alone. */
export type Die = (power: PowerFailure | null) => void;

/** The passages of one node, across all its starts. */
export class Passages {
  readonly #die: Die;
  #armed: Armed | null = null;
  #reached = false;
  #dead: Crash | null = null;

  constructor(die: Die) {
    this.#die = die;
  }

  arm(point: CrashPoint, nth: number, power: PowerFailure | null): void {
    this.#armed = { point, power, left: nth };
    this.#reached = false;
  }

  /** Was the armed point reached? Afterwards nothing is armed. */
  disarm(): boolean {
    this.#armed = null;
    return this.#reached;
  }

  /** Is the power to fail at the point that is armed? */
  get waitsForPower(): boolean {
    return this.#armed !== null && this.#armed.power !== null;
  }

  /** How the node died in this load, or null. */
  get dead(): Crash | null {
    return this.#dead;
  }

  /** A new load: its ports work again. */
  revive(): void {
    this.#dead = null;
  }

  /** @throws Crash when the node is dead */
  alive(): void {
    if (this.#dead !== null) throw this.#dead;
  }

  /** @throws Crash when it is the passage that was armed and the process goes on */
  pass(point: CrashPoint): void {
    this.alive();
    if (this.#armed?.point !== point) return;
    this.#armed.left -= 1;
    if (this.#armed.left > 0) return;
    const { power } = this.#armed;
    this.#armed = null;
    this.#reached = true;
    this.#dead = new Crash(point);
    this.#die(power);
    throw this.#dead;
  }
}

const SIDECAR = basename(REPLICA_LAYOUT.sidecar);
const IDENTITY = basename(REPLICA_LAYOUT.identity);
/** By the name under which a file is written first: the points behind its steps. */
const TEMPORARY: readonly { readonly name: string; readonly created?: CrashPoint; readonly written?: CrashPoint; readonly synced: CrashPoint }[] = [
  { name: SIDECAR, created: 'sidecar.tmp-created', written: 'sidecar.tmp-written', synced: 'sidecar.tmp-synced' },
  { name: IDENTITY, synced: 'identity.tmp-synced' },
];
/** By the name that a file gets: the points behind the rename, and behind the sync of the directory. */
const NAMED: Readonly<Record<string, readonly [CrashPoint, CrashPoint]>> = {
  [SIDECAR]: ['sidecar.renamed', 'sidecar.dir-synced'], [IDENTITY]: ['identity.renamed', 'identity.written'],
};

/** The files of a node, with the points of the sidecar and of the identity. */
export function crashingFiles(files: Files, passages: Passages): Files {
  /** Names that were changed and whose directory was not synced since, with the point that its sync passes. */
  const unsynced = new Map<string, Set<CrashPoint>>();
  const named = (path: string, point: CrashPoint): void => {
    const waiting = unsynced.get(dirname(path)) ?? new Set();
    unsynced.set(dirname(path), waiting.add(point));
  };
  const living = <T>(step: () => T): T => {
    passages.alive();
    return step();
  };
  const passed = (point: CrashPoint | undefined): void => {
    if (point !== undefined) passages.pass(point);
  };
  return {
    openToRead: (path) => living(() => files.openToRead(path)),
    create(path, permissions) {
      const points = TEMPORARY.find(({ name }) => basename(path).startsWith(`${name}.`));
      const handle = living(() => files.create(path, permissions));
      passed(points?.created);
      return {
        write(bytes) {
          living(() => handle.write(bytes));
          passed(points?.written);
        },
        sync() {
          living(() => handle.sync());
          passed(points?.synced);
        },
        close: () => handle.close(),
      };
    },
    rename(from, to) {
      living(() => files.rename(from, to));
      const [renamed, durable] = NAMED[basename(to)] ?? [];
      if (durable !== undefined) named(to, durable);
      passed(renamed);
    },
    remove: (path) => living(() => files.remove(path)),
    makeDirectory: (path) => living(() => files.makeDirectory(path)),
    list: (path) => living(() => files.list(path)),
    openDirectory(path) {
      const directory = living(() => files.openDirectory(path));
      return {
        sync() {
          living(() => directory.sync());
          const waiting = unsynced.get(path) ?? new Set();
          unsynced.delete(path);
          for (const point of waiting) passages.pass(point);
        },
        close: () => directory.close(),
      };
    },
  };
}

/** The first bytes of the keys in the log store: of its beginning behind a snapshot, and of an entry. What else it holds is its identity. */
const BASE = 0x62;
const ENTRY = 0x65;

/** The stores of a node, with the points behind their batches. */
export function crashingStores(open: OpenStore, passages: Passages): OpenStore {
  return async (path) => {
    passages.alive();
    const store = await open(path);
    return basename(path) === REPLICA_LAYOUT.log ? watched(store, passages, logPoint)
      : basename(path) === REPLICA_LAYOUT.fsm ? watched(store, passages, () => 'fsm.batch-written') : store;
  };
}

/** The point behind a batch of the log. */
function logPoint(keys: readonly Uint8Array[]): CrashPoint {
  const holds = (first: number): boolean => keys.some((key) => key[0] === first);
  return holds(BASE) ? 'log.cut' : holds(ENTRY) ? 'log.appended' : 'log.identity-written';
}

function watched(store: Store, passages: Passages, pointOf: (keys: readonly Uint8Array[]) => CrashPoint): Store {
  return {
    get(key) {
      passages.alive();
      return store.get(key);
    },
    async rows(from, to) {
      passages.alive();
      return store.rows(from, to);
    },
    async batch(changes, options) {
      passages.alive();
      await store.batch(changes, options);
      passages.pass(pointOf(changes.map(({ key }) => key)));
    },
    close: () => store.close(),
  };
}
