/**
 * Does the steps of a scenario, and writes up what they did: in the log book, and of every node that runs its commit
 * index and whether it has halted.
 *
 * Input: a step with what is known before it. Output: the outcome that its checks see, and its parts; or the death or the
 * fault that came instead.
 */
import { LeaderAnswers } from '../protocol/coherence.js';
import type { DiskFault, OperationName, StateMessage } from '../protocol/operations.js';
import type { ExpandedScenario } from '../scenarios/expand.js';
import type { Followed } from '../scenarios/follow.js';
import { LogBook } from '../scenarios/log-book.js';
import type { Outcome } from '../scenarios/match.js';
import { isLeaderOp } from '../scenarios/schema.js';
import { messageOf, type Standing } from '../scenarios/standing.js';
import { Leading } from './leading.js';
import { kindOf, outcomeText, type Nodes, type Stop, type Told } from './nodes.js';
import { opOf, type Done, type Performed } from './played.js';
import { ScenarioFiles } from './scenario-files.js';
import { printable } from '../report/text.js';

/** A node that runs. */
interface Running { commit: bigint; halted: boolean; readonly answers: LeaderAnswers }

export interface ActingOptions {
  /** Entries are applied one by one, with a state after each. */
  readonly oneByOne?: boolean;
}

/** The most entries of one apply that are asked for one by one. */
const MOST_ENTRIES = 1000;

export class Acting {
  nodes: Nodes;
  readonly book: LogBook;
  readonly running = new Map<string, Running>();
  /** How often each node was started: what lives in its memory belongs to one start. */
  readonly starts = new Map<string, number>();
  readonly expanded: ExpandedScenario;
  readonly #options: ActingOptions;
  readonly #leading: Leading;
  readonly #files = new ScenarioFiles();
  /** The refusals with which nodes did not come up: the last that they said of themselves. */
  readonly #notUp = new Map<string, Outcome>();

  constructor(nodes: Nodes, expanded: ExpandedScenario, options: ActingOptions = {}) {
    this.nodes = nodes;
    this.expanded = expanded;
    this.book = new LogBook(expanded);
    this.#options = options;
    this.#leading = new Leading(this);
  }

  /** Does a step, and notes what it does to the node. @throws NotDriven, Interrupted */
  async perform(followed: Followed): Promise<Performed> {
    const { step } = followed;
    const before = this.book.log(step.on).entries;
    if ('op' in step && isLeaderOp(step.op) && this.running.has(step.on)) return this.#leading.perform(followed, step);
    const told = await this.#done(followed);
    return 'outcome' in told ? { outcome: told.outcome, parts: [this.part(step.on, opOf(step), told.outcome, before, told.states)] } : told;
  }

  /** A step that was finished without a request: the node came to its end on the way back from its death. */
  finished({ step }: Followed): Performed {
    const before = this.book.log(step.on).entries;
    const outcome: Outcome = { ok: 'op' in step && step.op === 'snapshot.install' ? this.#leading.installed(step) : {} };
    return { outcome, parts: [this.part(step.on, opOf(step), outcome, before)] };
  }

  /** One part of a step, as it stands now. */
  part(node: string, op: string, outcome: Outcome, before: readonly Standing[] | null, states?: readonly StateMessage[], more: Partial<Done> = {}): Done {
    return {
      op, outcome, before, log: this.book.log(node).entries, commit: this.running.get(node)?.commit ?? 0n, made: null, proposed: null, ...(states !== undefined && { states }), ...more,
    };
  }

  async #done({ step }: Followed): Promise<Told & { readonly states?: readonly StateMessage[] }> {
    const { on } = step;
    if ('file' in step) {
      // It opened where it had to refuse: its files are not touched under it.
      if (this.running.has(on)) return { stop: { kind: 'setup', got: `${on} is open, and its files are edited while it is closed` } };
      const stop = await this.#files.edit(this.nodes, on, step.file, step.edit);
      this.nodes.noteFiles(on, { file: step.file, edit: step.edit }, stop === null ? {} : { problem: stop.got });
      if (stop === null) this.book.edited(step);
      return stop === null ? { outcome: { ok: {} } } : { stop };
    }
    if ('find' in step) {
      const told = await this.#files.find(this.nodes, on, step.find.text, step.find.in);
      this.nodes.noteFiles(on, { find: step.find }, 'stop' in told ? { problem: told.stop.got } : 'outcome' in told ? told.outcome['ok'] as { found: boolean } : {});
      return told;
    }
    // A node that did not come up has said all that there is: so a check can take either, the refusal or the right state.
    const refusal = step.op === 'state' ? this.#notUp.get(on) : undefined;
    if (refusal !== undefined) return { outcome: refusal };
    // Everything else behind that was never reached.
    if (step.op !== 'open' && step.op !== 'close' && !this.running.has(on)) return { stop: { kind: 'setup', got: `${on} is not open: it did not start` } };
    switch (step.op) {
      case 'open':
        if (this.running.has(on)) return { stop: { kind: 'setup', got: `${on} is open already, where it had to refuse before` } };
        return this.open(on, step.fails);
      case 'close': {
        // One that did not come up is closed already.
        if (!this.running.has(on)) return { outcome: { ok: {} } };
        const told = await this.nodes.ask('close', {}, on);
        this.running.delete(on);
        return told;
      }
      case 'append': {
        const placed = this.book.placed(step);
        const missing = step.entries.find((name) => !placed.some(({ entry }) => entry === name));
        return missing === undefined ? this.append(on, placed) : { stop: neverCame('entry', missing) };
      }
      case 'commit': {
        const to = this.book.index(on, step.to);
        return to === null ? { stop: unknownIndex(on, step.to, this.book) } : this.commit(on, to);
      }
      case 'apply': {
        const to = step.to === undefined ? undefined : this.book.index(on, step.to);
        return to === null ? { stop: unknownIndex(on, step.to ?? '', this.book) } : this.applyAll(on, to, step.step === true);
      }
      case 'state': return this.answered(on, 'state', {});
      case 'snapshot.header': return this.nodes.ask(step.op, {}, on);
      case 'crash.now': {
        const told = await this.nodes.ask('crash.now', { ...(step.power !== undefined && { power: step.power }) }, on);
        if ('stop' in told) return told;
        if (!('crashed' in told)) return { stop: { kind: 'malformed', got: `crash.now came to ${outcomeText(told.outcome)}, and the node lives` } };
        const stop = await this.afterDeath(on);
        return stop === null ? { outcome: { ok: {} } } : { stop };
      }
      default: return { stop: { kind: 'setup', got: `${on} is not open: it did not start` } };
    }
  }

  // ── What a node is asked ──────────────────────────────────────────────────────────────────────────────────

  /** Asks what has to fit to what this node answered before. */
  async answered(node: string, op: OperationName, args: Readonly<Record<string, unknown>>): Promise<Told> {
    const told = await this.nodes.ask(op, args, node);
    if (!('outcome' in told) || !('ok' in told.outcome)) return told;
    const problem = this.running.get(node)?.answers.problem(op, args, told.outcome['ok'] as Readonly<Record<string, unknown>>) ?? null;
    return problem === null ? told : { stop: { kind: 'malformed', got: printable(`an answer that is not one of the protocol: ${problem}`) } };
  }

  async open(node: string, fails?: DiskFault): Promise<Told> {
    const told = await this.nodes.open(node, fails);
    this.#notUp.delete(node);
    this.starts.set(node, (this.starts.get(node) ?? 0) + 1);
    if ('outcome' in told && 'refused' in told.outcome) this.#notUp.set(node, told.outcome);
    if ('outcome' in told && 'ok' in told.outcome) {
      this.running.set(node, { commit: 0n, halted: false, answers: new LeaderAnswers() });
      this.logged(node);
    }
    return told;
  }

  /** Its log has changed by other hands than its own. */
  logged(node: string): void {
    if (this.book.log(node).entries !== null) this.running.get(node)?.answers.logged(this.book.last(node));
  }

  async append(node: string, entries: readonly Standing[]): Promise<Told> {
    const told = await this.nodes.ask('append', { entries: entries.map(messageOf) }, node);
    if ('outcome' in told && 'ok' in told.outcome) {
      this.book.put(node, entries);
      this.logged(node);
    }
    return told;
  }

  async commit(node: string, to: bigint): Promise<Told> {
    const told = await this.nodes.ask('commit', { to: `${to}` }, node);
    if ('outcome' in told && 'ok' in told.outcome) this.committed(node, to);
    return told;
  }

  committed(node: string, to: bigint): void {
    const noted = this.running.get(node);
    if (noted !== undefined && to > noted.commit) noted.commit = to;
  }

  async apply(node: string, to: bigint | undefined, step: boolean): Promise<Told> {
    const told = await this.nodes.ask('apply', { ...(to !== undefined && { to: `${to}` }), ...(step && { step }) }, node);
    const noted = this.running.get(node);
    if (noted !== undefined && 'outcome' in told && 'halted' in told.outcome) noted.halted = true;
    return told;
  }

  /** As far as is asked; one by one where that is how this play goes. */
  async applyAll(node: string, to: bigint | undefined, step = false): Promise<Told & { readonly states?: readonly StateMessage[] }> {
    return this.#options.oneByOne === true && !step ? this.#applyOneByOne(node, to) : this.apply(node, to, step);
  }

  /** Every entry by a request of its own, and what the node says of itself after each. */
  async #applyOneByOne(node: string, to: bigint | undefined): Promise<Told & { readonly states?: readonly StateMessage[] }> {
    const results: unknown[] = [];
    const states: StateMessage[] = [];
    // A node whose applied index stands still is no reason to ask for ever.
    for (let left = (this.book.log(node).entries?.length ?? MOST_ENTRIES) + 1; left > 0; left -= 1) {
      const told = await this.apply(node, to, true);
      if (!('outcome' in told)) return told;
      const members = told.outcome[kindOf(told.outcome)];
      const some = (members as { readonly results?: readonly unknown[] } | undefined)?.results ?? [];
      if (!('ok' in told.outcome)) {
        const [kind] = Object.keys(told.outcome) as [string];
        return { outcome: { [kind]: { ...members as object, ...(kind === 'halted' && { results: [...results, ...some] }) } }, states };
      }
      results.push(...some);
      const state = await this.nodes.state(node);
      if ('kind' in state) return { stop: state };
      states.push(state);
      if (some.length === 0 || (to !== undefined && BigInt(state.applied) >= to)) return { outcome: { ok: { ...members as object, results } }, states };
    }
    return { stop: { kind: 'setup', got: `${node}.apply hands over one entry after the other, and never comes to the end` } };
  }

  // ── Deaths ────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A node has died. On real files its process has, and with it every other node of it: those are brought back to where
   * they were, since the scenario knows nothing of their death.
   */
  async afterDeath(node: string): Promise<Stop | null> {
    this.running.delete(node);
    if (this.nodes.disk !== 'dir') return null;
    this.nodes = await this.nodes.next();
    for (const [other, { commit, halted }] of [...this.running]) {
      const back = await this.revive(other, commit, halted);
      if (back !== null) return 'crashed' in back ? { kind: 'setup', got: `${other}, opened again after the crash of ${node}, came to another crash` } : back;
    }
    return null;
  }

  /** Opens a node that died, and commits as far as it was. It may die of a point that was armed for that. */
  async revive(node: string, commit: bigint, halted: boolean): Promise<Stop | { readonly crashed: string } | null> {
    const steps = [() => this.open(node), ...(commit > 0n ? [() => this.commit(node, commit)] : []), ...(halted ? [() => this.apply(node, undefined, false)] : [])];
    for (const [at, step] of steps.entries()) {
      const told = await step();
      if ('stop' in told) return told.stop;
      if ('crashed' in told) return told;
      const due = at === 2 ? 'halted' : 'ok';
      if (kindOf(told.outcome) !== due) return { kind: 'setup', got: `${node}, opened again after its crash, came to ${outcomeText(told.outcome)} where ${due} was due` };
    }
    return null;
  }
}

/** The stop of a step that needs what never came about. */
export const neverCame = (what: string, name: string): Stop => ({ kind: 'setup', got: `the ${what} "${printable(name)}" never came about` });

/** The stop of a step with an index that cannot be known. */
export const unknownIndex = (node: string, to: string, book: LogBook): Stop => ({
  kind: 'setup',
  got: book.log(node).entries === null ? `the index "${printable(to)}" is not known here: the log was edited` : `the entry "${printable(to)}" does not stand in the log of ${node}`,
});
