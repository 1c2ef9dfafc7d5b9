/**
 * The port to files over a disk in memory that keeps its promises and not a bit more: bytes are durable once their file
 * was synced, names once their directory was. On a loss of power the rest is lost, reordered or torn; and any call can be
 * made to fail.
 *
 * Implements what base/sidecar-durable-write and base/filesystem-probe ask of a file system. It has neither links nor
 * renames from one directory to another.
 */
import type { Files, ReadHandle, WriteHandle } from './files.js';

/**
 * What a loss of power makes of that which was not synced. `lose`: all of it is lost. `reorder`: each change of names and
 * each write is lost or not, whatever became of those before it. `torn`: the names are there, and of the bytes each sector
 * is lost or not.
 */
export type PowerLoss = 'lose' | 'reorder' | 'torn';

/** The calls that can be made to fail. */
export type FileCall =
  | 'openToRead' | 'facts' | 'read' | 'create' | 'write' | 'sync' | 'close' | 'rename' | 'remove' | 'makeDirectory' | 'list'
  | 'openDirectory' | 'syncDirectory' | 'closeDirectory';

interface FileNode {
  readonly kind: 'file';
  readonly permissions: number;
  bytes: Uint8Array;
  /** The bytes at the last sync, and the writes since. */
  durable: Uint8Array;
  writes: { readonly at: number; readonly bytes: Uint8Array }[];
}
type Names = Map<string, Node>;
/** Null takes the name away. What one call changed survives as a whole or not at all. */
type NameChange = readonly (readonly [name: string, node: Node | null])[];
interface DirectoryNode {
  readonly kind: 'directory';
  readonly names: Names;
  readonly durable: Names;
  pending: NameChange[];
}
type Node = FileNode | DirectoryNode;

const SECTOR = 512;

const directory = (names: Names = new Map()): DirectoryNode => ({ kind: 'directory', names, durable: new Map(names), pending: [] });
const file = (bytes: Uint8Array, permissions: number): FileNode => ({ kind: 'file', permissions, bytes, durable: bytes, writes: [] });

/** A failure of the system, with a code as the platform has them. */
const failure = (code: string): Error => Object.assign(new Error(`${code}: the disk in memory says so`), { code });

/**
 * A disk in memory. Paths are parted by `/` and all begin at its root, with or without a leading one.
 *
 * @clause base/sidecar-durable-write base/filesystem-probe
 */
export class FaultyDisk implements Files {
  #root = directory();
  readonly #faults: { readonly call: FileCall; readonly code: string; left: number }[] = [];

  // ── Faults ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The n-th such call from now on fails with a code, and does nothing; a write does half of it. */
  fail(call: FileCall, nth: number, code: string): void {
    this.#faults.push({ call, code, left: nth });
  }

  /** Takes back the failures that have not come yet, and says how many they were. */
  heal(): number {
    return this.#faults.splice(0).filter(({ left }) => left > 0).length;
  }

  /** The power fails and comes back. The same seed over the same history leaves the same disk. Handles from before reach nothing any more. */
  losePower(mode: PowerLoss, seed: number): void {
    this.#root = survivorsOf(this.#root, mode, randomOf(seed));
  }

  // ── As the owner of the disk sees it: what is written here is durable ─────────────────────────────────────────

  /** The paths of all files, in order. */
  paths(): readonly string[] {
    const walk = (node: DirectoryNode, above: string): string[] => [...node.names]
      .flatMap(([name, inner]) => inner.kind === 'file' ? [above + name] : walk(inner, `${above}${name}/`));
    return walk(this.#root, '').sort();
  }

  /** The bytes of a file; null when there is none. */
  contents(path: string): Uint8Array | null {
    const node = this.#owned(path);
    return node?.kind === 'file' ? Uint8Array.from(node.bytes) : null;
  }

  put(path: string, bytes: Uint8Array, permissions = 0o600): void {
    const { parent, name } = this.#place(path, (names) => this.#makeDirectories(names));
    settle(parent, [[name, file(Uint8Array.from(bytes), permissions)]]);
  }

  /** Takes a file away, or a directory with all that is in it; nothing there is fine. */
  drop(path: string): void {
    if (this.#owned(path) === undefined) return;
    const { parent, name } = this.#place(path);
    settle(parent, [[name, null]]);
  }

  // ── The port ──────────────────────────────────────────────────────────────────────────────────────────────────

  openToRead(path: string): ReadHandle {
    this.#failing('openToRead');
    const node = this.#at(path) ?? raise('ENOENT');
    let at = 0;
    return {
      facts: () => {
        this.#failing('facts');
        return { regular: node.kind === 'file', permissions: node.kind === 'file' ? node.permissions : 0o700 };
      },
      read: (most) => {
        this.#failing('read');
        if (node.kind !== 'file') throw failure('EISDIR');
        const bytes = Uint8Array.from(node.bytes.subarray(at, at + most));
        at += bytes.length;
        return bytes;
      },
      close: () => {},
    };
  }

  create(path: string, permissions: number): WriteHandle {
    this.#failing('create');
    const { parent, name } = this.#place(path);
    if (parent.names.has(name)) throw failure('EEXIST');
    const node = file(new Uint8Array(), permissions);
    change(parent, [[name, node]]);
    return {
      write: (bytes) => {
        const fault = this.#faultOf('write');
        append(node, fault === null ? bytes : bytes.subarray(0, bytes.length >> 1));
        if (fault !== null) throw failure(fault);
      },
      sync: () => {
        this.#failing('sync');
        node.durable = node.bytes;
        node.writes = [];
      },
      close: () => this.#failing('close'),
    };
  }

  rename(from: string, to: string): void {
    this.#failing('rename');
    const [source, target] = [this.#place(from), this.#place(to)];
    if (source.parent !== target.parent) throw failure('EXDEV');
    const [node, replaced] = [source.parent.names.get(source.name) ?? raise('ENOENT'), target.parent.names.get(target.name)];
    if (node === replaced) return;
    if (node.kind === 'file' && replaced?.kind === 'directory') throw failure('EISDIR');
    if (node.kind === 'directory' && replaced?.kind === 'file') throw failure('ENOTDIR');
    if (replaced?.kind === 'directory' && replaced.names.size > 0) throw failure('ENOTEMPTY');
    change(source.parent, [[source.name, null], [target.name, node]]);
  }

  remove(path: string): void {
    this.#failing('remove');
    const { parent, name } = this.#place(path);
    const node = parent.names.get(name);
    if (node === undefined) throw failure('ENOENT');
    if (node.kind === 'directory' && node.names.size > 0) throw failure('ENOTEMPTY');
    change(parent, [[name, null]]);
  }

  makeDirectory(path: string): void {
    this.#failing('makeDirectory');
    this.#makeDirectories(partsOf(path));
  }

  list(path: string): readonly string[] {
    this.#failing('list');
    return [...this.#directoryAt(partsOf(path)).names.keys()];
  }

  openDirectory(path: string): { sync(): void; close(): void } {
    this.#failing('openDirectory');
    const node = this.#directoryAt(partsOf(path));
    return {
      sync: () => {
        this.#failing('syncDirectory');
        settle(node, []);
      },
      close: () => this.#failing('closeDirectory'),
    };
  }

  // ── Paths ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Undefined when nothing is there. @throws when a file stands in the way to it */
  #at(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of partsOf(path)) node = node?.kind === 'file' ? raise('ENOTDIR') : node?.names.get(name);
    return node;
  }

  #owned(path: string): Node | undefined {
    try {
      return this.#at(path);
    } catch {
      return undefined;
    }
  }

  #directoryAt(parts: readonly string[]): DirectoryNode {
    const node = this.#at(parts.join('/')) ?? raise('ENOENT');
    return node.kind === 'directory' ? node : raise('ENOTDIR');
  }

  #place(path: string, above = (parts: readonly string[]): DirectoryNode => this.#directoryAt(parts)): { parent: DirectoryNode; name: string } {
    const parts = partsOf(path);
    return { parent: above(parts.slice(0, -1)), name: parts.at(-1) ?? raise('EISDIR') };
  }

  #makeDirectories(parts: readonly string[]): DirectoryNode {
    let node = this.#root;
    for (const [at, name] of parts.entries()) {
      const found: Node | undefined = node.names.get(name);
      if (found?.kind === 'file') throw failure(at === parts.length - 1 ? 'EEXIST' : 'ENOTDIR');
      const next = found ?? directory();
      if (found === undefined) settle(node, [[name, next]]);
      node = next;
    }
    return node;
  }

  // ── Failing calls ─────────────────────────────────────────────────────────────────────────────────────────────

  #failing(call: FileCall): void {
    const code = this.#faultOf(call);
    if (code !== null) throw failure(code);
  }

  #faultOf(call: FileCall): string | null {
    let code: string | null = null;
    for (const fault of this.#faults) {
      if (fault.call !== call) continue;
      fault.left -= 1;
      if (fault.left === 0) code = fault.code;
    }
    return code;
  }
}

const raise = (code: string): never => {
  throw failure(code);
};

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

// ── What is durable, and what is not yet ──────────────────────────────────────────────────────────────────────────

function put(names: Names, changed: NameChange): void {
  for (const [name, node] of changed) {
    if (node === null) names.delete(name);
    else names.set(name, node);
  }
}

function change(node: DirectoryNode, changed: NameChange): void {
  put(node.names, changed);
  node.pending.push(changed);
}

/** Makes all names of a directory durable, with these changes at their end. */
function settle(node: DirectoryNode, changed: NameChange): void {
  change(node, changed);
  for (const each of node.pending.splice(0)) put(node.durable, each);
}

function append(node: FileNode, bytes: Uint8Array): void {
  const written = { at: node.bytes.length, bytes: Uint8Array.from(bytes) };
  node.bytes = overlaid(node.bytes, written);
  node.writes.push(written);
}

function overlaid(under: Uint8Array, { at, bytes }: { readonly at: number; readonly bytes: Uint8Array }): Uint8Array {
  const all = new Uint8Array(Math.max(under.length, at + bytes.length));
  all.set(under);
  all.set(bytes, at);
  return all;
}

// ── Loss of power ─────────────────────────────────────────────────────────────────────────────────────────────────

type Chance = () => boolean;

function survivorsOf(root: DirectoryNode, mode: PowerLoss, survives: Chance): DirectoryNode {
  // A file may stand under two names when a rename is half of what survived.
  const files = new Map<FileNode, FileNode>();

  const fileOf = (node: FileNode): FileNode => {
    const known = files.get(node) ?? file(mode === 'lose' ? node.durable : mode === 'reorder' ? reordered(node, survives) : torn(node, survives), node.permissions);
    files.set(node, known);
    return known;
  };
  const directoryOf = (node: DirectoryNode): DirectoryNode => {
    const names = new Map(node.durable);
    for (const changed of node.pending) if (mode === 'torn' || (mode === 'reorder' && survives())) put(names, changed);
    return directory(new Map([...names].map(([name, inner]) => [name, inner.kind === 'file' ? fileOf(inner) : directoryOf(inner)])));
  };
  return directoryOf(root);
}

const reordered = ({ durable, writes }: FileNode, survives: Chance): Uint8Array =>
  writes.reduce((bytes, written) => survives() ? overlaid(bytes, written) : bytes, durable);

function torn({ bytes, durable }: FileNode, survives: Chance): Uint8Array {
  let left = durable;
  for (let at = durable.length - durable.length % SECTOR; at < bytes.length; at += SECTOR) {
    if (survives()) left = overlaid(left, { at, bytes: bytes.subarray(at, at + SECTOR) });
  }
  return left;
}

/** Heads or tails from a seed: the generator mulberry32. */
function randomOf(seed: number): Chance {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 31) === 1;
  };
}
