/** A scenario as it went: what was seen at each of its steps, and the verdicts on its checks. */
import type { StateMessage } from '../protocol/operations.js';
import type { Failure } from '../report/events.js';
import type { Outcome } from '../scenarios/match.js';
import type { Step } from '../scenarios/schema.js';
import type { Standing } from '../scenarios/standing.js';
import type { Stop, Told } from './nodes.js';

/** One step as it went on one node; one that appends, commits and applies is a moment for each. */
export interface Moment {
  /** Number of the step, from 1. */
  readonly step: number;
  readonly node: string;
  readonly op: string;
  readonly outcome: Outcome;
  /** What the node said afterwards; several where entries were applied one by one. */
  readonly states: readonly StateMessage[];
  /** Its log before and behind it; null where an edit left it unknown. */
  readonly before: readonly Standing[] | null;
  readonly log: readonly Standing[] | null;
  /** Its commit index behind it, which is volatile. */
  readonly commit: bigint;
  /** What the node appended by itself. */
  readonly made: Standing | null;
  /** The plain payload that it was given to propose, as hex. */
  readonly proposed: string | null;
}

/** A part of a step that was done, before it is known what the node says afterwards. */
export type Done = Omit<Moment, 'step' | 'node' | 'states'> & { readonly states?: readonly StateMessage[] };

/** What became of a step: what the checks see, and its parts. */
export type Performed = Exclude<Told, { readonly outcome: Outcome }> | { readonly outcome: Outcome; readonly parts: readonly Done[] };

/** How a scenario went. */
export interface Played {
  readonly moments: readonly Moment[];
  /** The verdict on each check, by its slug; null: passed. */
  readonly verdicts: ReadonlyMap<string, Failure | null>;
  /** What ended it early, and at which step. */
  readonly stopped: (Stop & { readonly step: number }) | null;
  /** The step behind which there is nothing more to see, since what it needs died with a node; null: it went to its end. */
  readonly over: number | null;
}

/** What a step does, in a word. */
export const opOf = (step: Step): string => 'op' in step ? step.op : 'file' in step ? `edit ${step.file}` : 'find';
