/**
 * What is done about a node that died at an armed point: it is opened again, held against what a crash may leave, and does
 * the interrupted step again. It may be made to die once more on that way, while it opens or within the step.
 *
 * Roles, tickets and calls die with a node. A step of a leader that was interrupted is not done again, and what comes behind
 * is played as far as it needs no node to lead that died.
 */
import type { StateMessage } from '../protocol/operations.js';
import type { Followed } from '../scenarios/follow.js';
import type { Outcome } from '../scenarios/match.js';
import { isLeaderOp, type ScenarioCheckSpec, type Step } from '../scenarios/schema.js';
import type { Acting } from './acting.js';
import { afterCrash, epochsAside, logAfterCrash } from './crash-compare.js';
import type { Broken } from './invariants.js';
import { kindOf, stopUnlessOk, type Armed, type Stop } from './nodes.js';
import { opOf, type Moment, type Played } from './played.js';
import type { Recovery } from './scenario.js';

/** Brings a node back that died at an armed point, and looks at what the crash left. */
export class CrashRecovery implements Recovery {
  /** The step in which it died. */
  at: Followed | null = null;
  broken: Broken | null = null;
  /** Where it is to die again was not reached on the way back: the run says nothing new. */
  unreached = false;
  readonly #uncrashed: Played;
  /** Where it is to die again; null when it did, and when nobody asked. */
  #again: Armed | null;
  #armed = false;
  /** The nodes that died, also those that did with the process of another: they follow, and have forgotten tickets and calls. */
  readonly #dead = new Set<string>();

  constructor(uncrashed: Played, again: Armed | null = null) {
    this.#uncrashed = uncrashed;
    this.#again = again;
  }

  async died(acting: Acting, followed: Followed): Promise<Stop | 'over' | 'done' | null> {
    const { step: { on }, step } = followed;
    const op = opOf(step);
    const was = acting.running.get(on);
    const stop = await this.#gone(acting, followed);
    if (stop !== null) return this.#lost(stop, followed);
    // A node that died while it was closed is closed, and an opening that was interrupted is done again by the step itself.
    if (op === 'close') return 'done';
    if (was === undefined || op === 'open') return null;
    let back = await acting.revive(on, was.commit, false);
    if (back !== null && 'crashed' in back && this.#armed) {
      const again = await this.#gone(acting, followed);
      if (again !== null) return this.#lost(again, followed);
      back = await acting.revive(on, was.commit, false);
    }
    if (back !== null) return this.#lost('crashed' in back ? { kind: 'setup', got: `${on}, opened again after its crash, came to another crash` } : back, followed);
    const state = await acting.nodes.state(on);
    if ('kind' in state) return state;
    const passed = this.#passed(followed);
    const found = afterCrash(passed, state) ?? (isLeaderOp(op) ? logAfterCrash(passed, state) : null);
    if (found !== null) this.broken ??= { step: followed.number, node: on, op, ...found };
    if ('op' in step && step.op === 'snapshot.install') return this.#installed(acting, on, state, acting.book.snapshots.get(step.snapshot)?.message.index);
    return needsMemory(step) ? await this.redone(acting, followed) ?? 'over' : null;
  }

  needsTheDead(_acting: Acting, { step }: Followed): boolean {
    return this.#dead.has(step.on) && needsMemory(step);
  }

  asksTheDead({ step }: Followed, check: ScenarioCheckSpec): boolean {
    return opOf(step) === 'state' && this.#dead.has(step.on) && OF_MEMORY.test(JSON.stringify(check));
  }

  /** A node that finds a snapshot half taken over may come to the end of that by itself. What is committed it is told anew. */
  async #installed(acting: Acting, node: string, { applied }: StateMessage, index = '0'): Promise<Stop | 'done' | null> {
    if (BigInt(applied) < BigInt(index)) return null;
    return stopUnlessOk('commit', await acting.commit(node, BigInt(index))) ?? 'done';
  }

  async redone(acting: Acting, { step: { on } }: Followed): Promise<Stop | null> {
    if (!this.#armed) return null;
    this.#armed = false;
    const answer = await acting.nodes.disarm(on);
    if ('kind' in answer) return answer;
    if (answer.reached) return { kind: 'answer', got: 'the point at which it was to die on its way back was reached, it says, and the node lives' };
    this.unreached = true;
    return { kind: 'not-run', got: 'the point at which it was to die on its way back was not reached' };
  }

  shown(outcome: Outcome, { step, number }: Followed, again: boolean): Outcome {
    if (this.at === null) return outcome;
    const without = momentsAt(this.#uncrashed, number, step.on).at(-1);
    if (without === undefined) return outcome;
    const op = opOf(step);
    if (op === 'state' && 'ok' in outcome && without.states[0] !== undefined) return { ok: epochsAside(outcome['ok'] as StateMessage, without.states[0]) };
    return again && without.op === 'apply' ? withEarlierResults(outcome, without.outcome) : outcome;
  }

  /** The states of the uncrashed run from before a step to after it, entry by entry. */
  #passed({ number, step: { on } }: Followed): StateMessage[] {
    const before = this.#uncrashed.moments.filter((moment) => moment.step < number && moment.node === on).flatMap(({ states }) => states).at(-1);
    return [...before === undefined ? [] : [before], ...momentsAt(this.#uncrashed, number, on).flatMap(({ states }) => states)];
  }

  /** After its first death the second one is armed. */
  async #gone(acting: Acting, followed: Followed): Promise<Stop | null> {
    const { step: { on } } = followed;
    this.at ??= followed;
    this.#armed = false;
    for (const node of acting.nodes.disk === 'dir' ? [on, ...acting.running.keys()] : [on]) this.#dead.add(node);
    const stop = await acting.afterDeath(on);
    if (stop !== null || this.#again === null || opOf(followed.step) === 'close') return stop;
    const again = this.#again;
    this.#again = null;
    this.#armed = true;
    return acting.nodes.arm(on, again);
  }

  #lost(stop: Stop, { number, step }: Followed): Stop {
    if (stop.kind === 'setup') this.broken = { step: number, node: step.on, op: opOf(step), expected: 'a node that can be opened again after its crash', got: stop.got };
    return stop;
  }
}

/** What was seen at a step of one node. */
export const momentsAt = ({ moments }: Played, step: number, node: string): readonly Moment[] => moments.filter((moment) => moment.step === step && moment.node === node);

/** The members of a state that live in memory alone. */
const OF_MEMORY = /"(role|gate|in_flight|tickets)":/;

/** Whether a step is one of a leader, or makes one: what a node appends after it was started anew is not what it would have appended. */
const needsMemory = (step: Step): boolean => 'op' in step && isLeaderOp(step.op) && step.op !== 'replicate' && step.op !== 'snapshot.take' && step.op !== 'snapshot.install';

/** The outcome of a repeated apply, with what the crash swallowed: the results of entries that had been applied before it. */
function withEarlierResults(outcome: Outcome, uncrashed: Outcome): Outcome {
  const kind = kindOf(outcome);
  if (kind !== 'ok' && kind !== 'halted') return outcome;
  type Results = readonly { readonly index: string }[];
  const of = (members: unknown): Results => (members as { readonly results?: Results } | undefined)?.results ?? [];
  const results = of(outcome[kind]);
  const there = new Set(results.map(({ index }) => index));
  const earlier = of(uncrashed['ok'] ?? uncrashed['halted']).filter(({ index }) => !there.has(index));
  const all = [...earlier, ...results].sort((left, right) => Number(BigInt(left.index) - BigInt(right.index)));
  return { [kind]: { ...outcome[kind] as object, results: all } };
}
