/**
 * Watches what has to hold whatever happens (spec/repair/invariants.md): over the outcomes and states of a scenario that
 * was played, the first place at which each invariant is broken.
 *
 * Pure. What should be there (the cutover, the chain) is worked out from what stands in the logs and the suite's own
 * codec. Where the suite cannot know, because a log was edited or an entry is none that it could read, nothing is said:
 * a watcher that cries without need is worth nothing.
 */
import type { AppliedMessage, StateMessage } from '../protocol/operations.js';
import { lastOf, type Followed } from '../scenarios/follow.js';
import type { Invariant, Step } from '../scenarios/schema.js';
import { LeaderWatch } from './invariants-leader.js';
import { LogWatch } from './invariants-log.js';
import { ReplicaWatch } from './invariants-replica.js';
import { ResultWatch } from './invariants-results.js';
import type { Moment, Played } from './played.js';

/** Where an invariant is broken, and how. */
export interface Broken { readonly step: number; readonly node: string; readonly op: string; readonly expected: string; readonly got: string }
export type BrokenInvariants = ReadonlyMap<Invariant, Broken>;

/** What is remembered of a node. */
export interface Watched {
  /** The highest index that it said was applied. */
  applied: bigint;
  /** The recorded cutover that it last said. */
  cutover: bigint;
  /** What became of each index. */
  readonly outcomes: Map<bigint, AppliedMessage['outcome']>;
  last: StateMessage | null;
  /** The index of the snapshot that it installed last; 0: none. */
  installed: bigint;
  /** Its files were edited: what it is, the suite has made of it. */
  edited: boolean;
}

export type Found = (invariant: Invariant, expected: string, got: string) => void;

/** A moment with what it belongs to. */
export interface Seen {
  readonly moment: Moment;
  readonly step: Step;
  /** Of the node, as it was before. */
  readonly watched: Watched;
  readonly found: Found;
}

/** One that watches some of the invariants. */
export interface Watcher { see(seen: Seen): void }

/** The first break of each invariant. An invariant that the scenario suspends is watched too: who reads this decides. */
export function brokenInvariants(followed: readonly Followed[], { moments }: Played): BrokenInvariants {
  const broken = new Map<Invariant, Broken>();
  const nodes = new Map<string, Watched>();
  const watchers: readonly Watcher[] = [new ReplicaWatch(), new ResultWatch(), new LogWatch(), new LeaderWatch()];
  const steps = new Map(followed.map(({ number, step }) => [`${number} ${step.on}`, step]));
  for (const moment of moments) {
    const { node, op } = moment;
    const step = steps.get(`${moment.step} ${node}`);
    if (step === undefined) continue;
    const watched = nodes.get(node) ?? { applied: 0n, cutover: 0n, outcomes: new Map(), last: null, installed: 0n, edited: false };
    nodes.set(node, watched);
    const found: Found = (invariant, expected, got) => {
      if (!broken.has(invariant)) broken.set(invariant, { step: moment.step, node, op, expected, got });
    };
    // What may lie behind the recorded cutover again: a file that was put back, or taken away.
    if ('file' in step && !('keep' in step.edit) && !('temporary' in step.edit)) Object.assign(watched, { cutover: 0n, edited: true });
    for (const { index, outcome } of resultsOf(moment)) {
      // Applied again, an entry keeps what it was at first.
      if (!watched.outcomes.has(BigInt(index)) || outcome === 'apply') watched.outcomes.set(BigInt(index), outcome);
    }
    if (op === 'snapshot.install' && 'ok' in moment.outcome) watched.installed = installedIndex(moment);
    for (const watcher of watchers) watcher.see({ moment, step, watched, found });
    for (const state of moment.states) {
      watched.last = state;
      if (state.cutover !== undefined) watched.cutover = BigInt(state.cutover);
      if (BigInt(state.applied) > watched.applied) watched.applied = BigInt(state.applied);
    }
  }
  return broken;
}

/** Up to where a snapshot stands for the log: the node has applied it. */
function installedIndex({ outcome, log }: Moment): bigint {
  const { applied } = outcome['ok'] as { readonly applied?: string };
  return applied === undefined ? lastOf(log ?? []) : BigInt(applied);
}

/** What became of the entries of an apply. */
export function resultsOf({ op, outcome }: Moment): readonly AppliedMessage[] {
  if (op !== 'apply') return [];
  const members = (outcome['ok'] ?? outcome['halted']) as { readonly results?: readonly AppliedMessage[] } | undefined;
  return members?.results ?? [];
}

export const short = (text: string): string => text.length <= 24 ? text : `${text.slice(0, 16)}… (${text.length} characters)`;
