/**
 * One node of the reference, and what its answers have in common: a refusal is the outcome `refused`, and on a virtual disk a
 * planned crash is an answer.
 */
import { Refusal } from '../../../src/base/errors.js';
import type { Leader } from '../../../src/node/leader.js';
import type { Replica } from '../../../src/node/replica.js';
import { Refused, type Reasons } from '../serve.js';
import type { Passages } from './crash-points.js';
import type { Disk, VirtualDisk } from './machine.js';

/** A node, open or not, with what of it outlives a start. */
export interface Node {
  readonly passages: Passages;
  readonly virtual: VirtualDisk;
  /** The disk of the last start. */
  disk: Disk | null;
  running: Running | null;
  /** So many it had, so that each of them gives tickets and calls of its own. */
  starts: number;
}

/** A node that is open: a replica, and what leads on it. */
export interface Running {
  readonly replica: Replica;
  readonly leader: Leader;
}

/** A node that an operation needs to be open. */
export interface OpenNode extends Running {
  readonly node: Node;
}

export const reasonsOf = ({ reason, marks }: Refusal): Reasons => [reason, ...marks];

/** What a node answers. @throws Refused for what it refuses */
export async function answered<Ok>(step: () => Ok | Promise<Ok>): Promise<Ok> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof Refusal) throw new Refused(reasonsOf(error), error.message);
    throw error;
  }
}

/** The same where its machine may die on the way: whatever came of the step, the node is gone then, and the answer says so. */
export async function lived<Ok extends object>(node: Node, step: () => Promise<Ok>): Promise<Ok | { crashed: string }> {
  const outcome = await answered(step).then((ok) => ({ ok }), (error: unknown) => ({ error }));
  const { dead } = node.passages;
  if (dead !== null) {
    node.running = null;
    return { crashed: dead.point };
  }
  if ('error' in outcome) throw outcome.error;
  return outcome.ok;
}
