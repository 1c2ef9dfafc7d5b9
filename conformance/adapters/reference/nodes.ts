/**
 * The nodes of the reference: answers the operations of the levels from L1 on, and those of the capabilities, with a replica and
 * a leader on it for each node that is open. A refusal of them is the outcome `refused`, a halt `halted`; on a virtual disk a
 * planned crash is an answer. What no runner should ask for (a node that is not open, a path outside) is a fault that says so.
 */
import { realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { hex } from '../../../src/base/bytes.js';
import { raftIndex } from '../../../src/base/ids.js';
import type { Kek } from '../../../src/base/kek.js';
import type { LogEntry } from '../../../src/base/log-entry.js';
import type { Operations } from '../../../src/node/compose.js';
import { replicaPaths } from '../../../src/node/replica-paths.js';
import { Replica } from '../../../src/node/replica.js';
import type { LogEntryMessage } from '../../protocol/operations.js';
import { Halted, type OperationHandlers } from '../serve.js';
import { CRASH_POINTS, isCrashPoint, Passages } from './crash-points.js';
import { failingFiles } from './failing-files.js';
import { bytes } from './handlers.js';
import { leaderHandlers } from './leaders.js';
import { machinePorts, realDisk, VirtualDisk } from './machine.js';
import { leaderStateMessage, resultMessages, snapshotMessage, snapshotOf, stateMessage } from './node-messages.js';
import { answered, lived, reasonsOf, type Node, type OpenNode } from './node.js';

/** What the nodes of a run have in common, from the handshake. */
export interface Setting {
  readonly operations: Operations;
  readonly kek: Kek | null;
  readonly dataRoot: string;
  readonly seed: string;
}

/** Where a node on a virtual disk keeps its files: the disk is its own. */
const VIRTUAL_DIRECTORY = '/node';

export class Nodes {
  #begun: Setting | null = null;
  readonly #nodes = new Map<string, Node>();

  /** A handshake: forgets what was before it. */
  async begin(setting: Setting): Promise<void> {
    await this.reset();
    this.#begun = setting;
  }

  /** Closes all nodes, and forgets their virtual disks. */
  async reset(): Promise<void> {
    const nodes = [...this.#nodes.values()];
    this.#nodes.clear();
    // Each of them, whatever closing another comes to.
    const closed = await Promise.allSettled(nodes.map(({ running }) => running?.replica.close()));
    const failed = closed.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  readonly operations: OperationHandlers = {
    'open': async ({ disk, directory, sync, fails }, id) => {
      const node = this.#node(id);
      if (node.running !== null) throw new Error(`open: the node ${id} is open already`);
      const below = disk === 'dir' ? this.#directory(directory) : VIRTUAL_DIRECTORY;
      if (disk === 'dir' && node.passages.waitsForPower) throw new Error(`open: the power of ${id} is to fail at a crash point, and it can on a virtual disk only`);
      if (disk === 'dir' && fails !== undefined) throw new Error('open: a virtual disk alone can be told to fail');
      node.disk = disk === 'dir' ? realDisk(sync) : node.virtual;
      node.passages.revive();
      // On a virtual disk a sync costs nothing, and the power may fail at any time.
      const machine = machinePorts(node.disk, node.passages, sync || disk === 'virtual');
      const ports = fails === undefined ? machine : { ...machine, files: failingFiles(machine.files, fails, replicaPaths(below).encryption) };
      return lived(node, async () => {
        const { operations, kek } = this.#setting;
        const replica = await Replica.open(operations, ports, { directory: below, kek, raftId: id });
        node.starts += 1;
        try {
          node.running = { replica, leader: await operations.openLeader(replica, `${node.starts}-`) };
        } catch (error) {
          await replica.close();
          throw error;
        }
        return {};
      });
    },
    'close': async (_, id) => {
      const node = this.#node(id);
      const { running } = node;
      node.running = null;
      return answered(async () => {
        await running?.replica.close();
        return {};
      });
    },
    'append': ({ entries }, id) => {
      const { node, replica } = this.#open('append', id);
      return lived(node, async () => ({ last: `${await replica.append(entries.map(entryOf))}` }));
    },
    'commit': ({ to }, id) => {
      const { replica } = this.#open('commit', id);
      return answered(() => {
        replica.commit(raftIndex(BigInt(to)));
        return {};
      });
    },
    'apply': ({ to, step }, id) => {
      const { node, replica } = this.#open('apply', id);
      return lived(node, async () => {
        const { applied, results, halted } = await replica.apply({ ...(to !== undefined && { to: raftIndex(BigInt(to)) }), ...(step !== undefined && { step }) });
        const told = resultMessages(results);
        if (halted !== null) throw new Halted(reasonsOf(halted.refusal), `${halted.index}`, told, halted.refusal.message);
        return { applied: `${applied}`, results: told };
      });
    },
    'state': (_, id) => {
      const { replica, leader } = this.#open('state', id);
      return { ...stateMessage(replica.state()), ...leaderStateMessage(leader.state()) };
    },
    'snapshot.header': (_, id) => {
      const { replica } = this.#open('snapshot.header', id);
      return answered(() => ({ header: hex(replica.snapshotHeader()) }));
    },

    ...leaderHandlers((op, id) => this.#open(op, id)),
    'snapshot.take': (_, id) => {
      const { node, replica } = this.#open('snapshot.take', id);
      return lived(node, async () => snapshotMessage(replica.takeSnapshot()));
    },
    'snapshot.install': (snapshot, id) => {
      const { node, replica } = this.#open('snapshot.install', id);
      return lived(node, async () => ({ applied: `${await replica.installSnapshot(snapshotOf(snapshot))}` }));
    },

    'crash.arm': ({ point, nth, power = false, chance }, id) => {
      if (!isCrashPoint(point)) throw new Error(`crash.arm: there is no point "${point}"; there are ${CRASH_POINTS.join(', ')}`);
      const node = this.#node(id);
      if (power && node.running !== null && node.disk !== node.virtual) throw new Error('crash.arm: the power fails on a virtual disk only');
      node.passages.arm(point, nth, !power ? null : chance === undefined ? 'all' : { chance });
      return {};
    },
    'crash.disarm': (_, id) => ({ reached: this.#node(id).passages.disarm() }),
    'crash.now': ({ power = false }, id) => {
      const node = this.#node(id);
      if (node.disk === null) throw new Error(`crash.now: the node ${id} was never opened`);
      if (power && node.disk !== node.virtual) throw new Error('crash.now: the power fails on a virtual disk only');
      node.running = null;
      node.passages.disarm();
      node.disk.die(power ? 'all' : null);
      return { crashed: 'now' };
    },

    'disk.list': (_, id) => ({ paths: [...this.#node(id).virtual.list(VIRTUAL_DIRECTORY)] }),
    'disk.read': ({ path }, id) => {
      const data = this.#node(id).virtual.read(virtualPath(path));
      return { data: data && hex(data) };
    },
    'disk.write': ({ path, data }, id) => {
      this.#closed('disk.write', id).virtual.write(virtualPath(path), bytes(data));
      return {};
    },
    'disk.remove': ({ path }, id) => {
      this.#closed('disk.remove', id).virtual.remove(virtualPath(path));
      return {};
    },
  };

  get #setting(): Setting {
    if (this.#begun === null) throw new Error('a node needs the key and the directory of the run, and hello was not asked yet');
    return this.#begun;
  }

  #node(id: string): Node {
    let node = this.#nodes.get(id);
    if (node === undefined) {
      const made: Node = {
        virtual: new VirtualDisk(`${this.#setting.seed} ${id}`), disk: null, running: null, starts: 0,
        passages: new Passages((power) => made.disk?.die(power)),
      };
      this.#nodes.set(id, node = made);
    }
    return node;
  }

  #open(op: string, id: string): OpenNode {
    const node = this.#nodes.get(id);
    if (node === undefined || node.running === null) throw new Error(`${op}: the node ${id} is not open`);
    return { node, ...node.running };
  }

  #closed(op: string, id: string): Node {
    const node = this.#node(id);
    if (node.running !== null && node.disk === node.virtual) throw new Error(`${op}: the node ${id} is open; its files are changed while it is closed`);
    return node;
  }

  /** @throws Error unless it lies below the directory of the run, links followed */
  #directory(directory: string): string {
    const root = real(resolve(this.#setting.dataRoot));
    const path = real(resolve(root, directory));
    const between = relative(root, path);
    if (between === '' || between === '..' || between.startsWith(`..${sep}`) || isAbsolute(between)) throw new Error('open: the directory of a node lies below dataRoot, and this one does not');
    return path;
  }
}

/** The path as the system has it; as it is written where there is nothing yet. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** @throws Error when it leads out of the directory */
function virtualPath(path: string): string {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new Error('a path on the disk is a path below the directory of the node: no empty part, no "." and no ".."');
  return `${VIRTUAL_DIRECTORY}/${path}`;
}

const entryOf = ({ index, term, type, data }: LogEntryMessage): LogEntry =>
  ({ index: raftIndex(BigInt(index)), term: BigInt(term), type, data: bytes(data) });
