/**
 * Edits of the files of a closed node, by role: the paths come from `files` of the handshake, on a real directory they are
 * edited in place, on a virtual disk through the operations of the disk. Copies are kept by name for the scenario.
 *
 * A role whose pattern finds nothing where a file is due is a fault of the set-up, told in words: an edit that changed
 * nothing would leave a check that passes and says nothing.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import type { FileRole } from '../protocol/operations.js';
import { count, printable } from '../report/text.js';
import type { Edit } from '../scenarios/schema.js';
import type { Nodes, Stop, Told } from './nodes.js';

/** A file that was there, by its path below the directory of its node. */
interface Held { readonly path: string; readonly bytes: Buffer }

/** The files of one node, wherever they are. What cannot be done is thrown as Trouble. */
interface NodeFiles {
  list(): Promise<string[]>;
  read(path: string): Promise<Buffer>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  hide(path: string): Promise<void>;
}

class Trouble extends Error {
  readonly stop: Stop;
  constructor(stop: Stop) {
    super(stop.got);
    this.stop = stop;
  }
}

const trouble = (got: string): Trouble => new Trouble({ kind: 'setup', got });
const isPattern = (place: string): boolean => /[*?[{]/.test(place);

export class ScenarioFiles {
  readonly #kept = new Map<string, { readonly role: FileRole; readonly files: readonly Held[] }>();

  /** Does an edit. Null: done. */
  async edit(nodes: Nodes, node: string, role: FileRole, edit: Edit): Promise<Stop | null> {
    return attempt(async () => {
      const place = placeOf(nodes, role);
      const disk = filesOf(nodes, node);
      const there = await matching(disk, place);
      const missing = (): Trouble => trouble(`the role ${role} (${printable(place)}) finds no file of ${node}, and one is due here`);

      if ('restore' in edit) {
        const kept = this.#kept.get(edit.restore);
        if (kept === undefined) throw trouble(`there is no kept copy "${edit.restore}" to put back`);
        if (kept.role !== role) throw trouble(`the kept copy "${edit.restore}" is one of ${kept.role}, and is to be put back as ${role}`);
        for (const path of there) await disk.remove(path);
        for (const { path, bytes } of kept.files) await disk.write(path, bytes);
        return;
      }
      if ('text' in edit && there.length === 0 && !isPattern(place)) return disk.write(place, Buffer.from(edit.text));
      // A store that is made by its first write has no file yet: to put such a copy back takes the files away.
      if (there.length === 0 && !('keep' in edit)) throw missing();
      if ('keep' in edit) {
        const files: Held[] = [];
        for (const path of there) files.push({ path, bytes: await disk.read(path) });
        this.#kept.set(edit.keep, { role, files });
      } else if ('remove' in edit) for (const path of there) await disk.remove(path);
      else if ('empty' in edit) for (const path of there) await disk.write(path, Buffer.alloc(0));
      else if ('unreadable' in edit) for (const path of there) await disk.hide(path);
      else {
        const { path, bytes } = await largest(disk, there);
        if ('temporary' in edit) await disk.write(path + edit.temporary, Buffer.from('stale'));
        else await disk.write(path, changed(bytes, edit, `${role} of ${node} (${printable(path)})`));
      }
    });
  }

  /** Whether the bytes of a text stand in a file of these roles. */
  async find(nodes: Nodes, node: string, text: string, roles: readonly FileRole[]): Promise<Told> {
    let found = false;
    const stop = await attempt(async () => {
      const disk = filesOf(nodes, node);
      const wanted = Buffer.from(text);
      for (const role of roles) {
        const place = placeOf(nodes, role);
        const there = await matching(disk, place);
        if (there.length === 0) throw trouble(`the role ${role} (${printable(place)}) finds no file of ${node} to search`);
        for (const path of there) found ||= (await disk.read(path)).includes(wanted);
      }
    });
    return stop === null ? { outcome: { ok: { found } } } : { stop };
  }
}

async function attempt(work: () => Promise<void>): Promise<Stop | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Trouble) return error.stop;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { kind: 'setup', got: `the files of the node could not be edited (${code}: ${printable((error as Error).message)})` };
  }
}

function placeOf({ hello }: Nodes, role: FileRole): string {
  const place = Object.hasOwn(hello.files, role) ? hello.files[role] : undefined;
  if (place === undefined) throw trouble(`the handshake says nothing of the role ${role} in "files"`);
  // It is joined to a directory of ours: nothing outside is ever edited.
  if (place.startsWith('/') || place.split('/').includes('..')) throw trouble(`the handshake puts the role ${role} outside of the directory of the node: "${printable(place)}"`);
  return place;
}

async function matching(disk: NodeFiles, place: string): Promise<string[]> {
  const matches = isPattern(place) ? picomatch(place, { dot: true, nonegate: true }) : (path: string): boolean => path === place;
  return (await disk.list()).filter((path) => matches(path)).sort();
}

/** Of several files the largest is the one that holds something. */
async function largest(disk: NodeFiles, paths: readonly string[]): Promise<Held> {
  const all: Held[] = [];
  for (const path of paths) all.push({ path, bytes: await disk.read(path) });
  return all.reduce((one, other) => other.bytes.length > one.bytes.length ? other : one);
}

type Change = Exclude<Edit, { keep: string } | { restore: string } | { remove: true } | { empty: true } | { unreadable: true } | { temporary: string }>;

function changed(bytes: Buffer, edit: Change, what: string): Buffer {
  if ('text' in edit) return Buffer.from(edit.text);
  if ('truncate' in edit) {
    if (edit.truncate >= bytes.length) throw trouble(`${what} has ${count(bytes.length, 'byte')}, and is to be cut to ${edit.truncate}`);
    return bytes.subarray(0, edit.truncate);
  }
  if ('shorten' in edit) {
    if (edit.shorten > bytes.length) throw trouble(`${what} has ${count(bytes.length, 'byte')}, and is to be shortened by ${edit.shorten}`);
    return bytes.subarray(0, bytes.length - edit.shorten);
  }
  if ('flip' in edit) {
    const at = edit.flip < 0 ? bytes.length + edit.flip : edit.flip;
    const old = bytes[at];
    if (old === undefined) throw trouble(`${what} has ${count(bytes.length, 'byte')}, and none at ${edit.flip}`);
    const flipped = Buffer.from(bytes);
    flipped[at] = old ^ 1;
    return flipped;
  }
  const text = bytes.toString('latin1');
  const [wanted, by] = [edit.replace.this, edit.replace.by].map((each) => Buffer.from(each).toString('latin1')) as [string, string];
  const places = text.split(wanted).length - 1;
  if (places !== 1) throw trouble(`the text that is to be replaced stands in ${what} ${places === 0 ? 'nowhere' : `${places} times`}, and is due once`);
  return Buffer.from(text.replace(wanted, () => by), 'latin1');
}

const filesOf = (nodes: Nodes, node: string): NodeFiles => nodes.disk === 'dir' ? realFiles(nodes.directoryOf(node)) : virtualFiles(nodes, node);

function realFiles(directory: string): NodeFiles {
  return {
    list: () => Promise.resolve(!existsSync(directory) ? [] : readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))),
    read: (path) => Promise.resolve(readFileSync(join(directory, path))),
    write: (path, bytes) => {
      const target = join(directory, path);
      mkdirSync(dirname(target), { recursive: true });
      // What stands there may be hidden; a new file takes its place.
      rmSync(target, { recursive: true, force: true });
      writeFileSync(target, bytes, { mode: 0o600 });
      return Promise.resolve();
    },
    remove: (path) => Promise.resolve(rmSync(join(directory, path), { recursive: true, force: true })),
    hide: (path) => {
      const target = join(directory, path);
      // Nobody hides a file from the superuser.
      if (process.getuid?.() !== 0) return Promise.resolve(chmodSync(target, 0));
      rmSync(target);
      return Promise.resolve(void mkdirSync(target));
    },
  };
}

function virtualFiles(nodes: Nodes, node: string): NodeFiles {
  const ask = async (op: 'disk.list' | 'disk.read' | 'disk.write' | 'disk.remove', args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> => {
    const told = await nodes.ask(op, args, node);
    if ('stop' in told) throw new Trouble(told.stop);
    if ('crashed' in told || !('ok' in told.outcome)) throw trouble(`${op} did not come to ok`);
    return told.outcome['ok'] as Readonly<Record<string, unknown>>;
  };
  return {
    list: async () => (await ask('disk.list', {}))['paths'] as string[],
    read: async (path) => {
      const { data } = await ask('disk.read', { path });
      if (typeof data !== 'string') throw trouble(`disk.read finds no file at "${printable(path)}", which disk.list names`);
      return Buffer.from(data, 'hex');
    },
    write: async (path, bytes) => void await ask('disk.write', { path, data: Buffer.from(bytes).toString('hex') }),
    remove: async (path) => void await ask('disk.remove', { path }),
    // A directory in its place, as for the superuser.
    hide: async (path) => {
      await ask('disk.remove', { path });
      await ask('disk.write', { path: `${path}/hidden`, data: '' });
    },
  };
}
