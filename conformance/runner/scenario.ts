/**
 * Plays one scenario: step by step a request, its outcome, and the checks that stand at the step. A check that fails
 * stops nothing; a step that does not come to what it may come to fails every check behind it, since the scenario did not
 * get there.
 *
 * Input: a scenario written out, and nodes. Output: the verdicts on its checks, and what was seen: every outcome, and
 * what the node said of itself after each opening and each apply, which the player asks for.
 */
import type { StateMessage } from '../protocol/operations.js';
import type { Failure } from '../report/events.js';
import { printable } from '../report/text.js';
import type { ExpandedScenario } from '../scenarios/expand.js';
import { indexNamed, indicesOf, type Followed } from '../scenarios/follow.js';
import { judgeExpected, type MatchContext, type Outcome } from '../scenarios/match.js';
import type { ScenarioCheckSpec, Step } from '../scenarios/schema.js';
import { kindOf, outcomeText, reasonsOf, type Nodes, type Stop, type Told } from './nodes.js';
import { ScenarioFiles } from './scenario-files.js';

/** One step as it went. */
export interface Moment {
  /** Number of the step, from 1. */
  readonly step: number;
  readonly node: string;
  readonly op: string;
  readonly outcome: Outcome;
  /** What the node said afterwards; several where entries were applied one by one. */
  readonly states: readonly StateMessage[];
}

/** How a scenario went. */
export interface Played {
  readonly moments: readonly Moment[];
  /** The verdict on each check, by its slug; null: passed. */
  readonly verdicts: ReadonlyMap<string, Failure | null>;
  /** What ended it early, and at which step. */
  readonly stopped: (Stop & { readonly step: number }) | null;
}

/** What is done about a node that dies within a step. */
export interface Recovery {
  /** Brings it back to before the step, which is then done again. A stop ends the scenario. */
  died(play: Play, step: Followed): Promise<Stop | null>;
  /** What the checks are shown of an outcome. */
  shown(outcome: Outcome, step: Followed, again: boolean): Outcome;
}

export interface PlayOptions {
  /** Entries are applied one by one, with a state after each. */
  readonly oneByOne?: boolean;
  readonly recovery?: Recovery;
}

// Failures are held until the end of the run, and no true answer has more.
const MOST_REASONS = 20;

/** What a step does, in a word. */
export const opOf = (step: Step): string => 'op' in step ? step.op : 'file' in step ? `edit ${step.file}` : 'find';

export class Play {
  nodes: Nodes;
  /** The nodes that run, with their commit index and whether they have halted. */
  readonly running = new Map<string, { commit: bigint; halted: boolean }>();
  readonly moments: Moment[] = [];
  readonly #expanded: ExpandedScenario;
  readonly #followed: readonly Followed[];
  readonly #options: PlayOptions;
  readonly #files = new ScenarioFiles();
  /** The refusals with which nodes did not come up: the last that they said of themselves. */
  readonly #notUp = new Map<string, Outcome>();
  readonly #saved = new Map<string, unknown>();
  readonly #verdicts = new Map<string, Failure | null>();

  constructor(nodes: Nodes, expanded: ExpandedScenario, followed: readonly Followed[], options: PlayOptions = {}) {
    this.nodes = nodes;
    this.#expanded = expanded;
    this.#followed = followed;
    this.#options = options;
  }

  /** @throws NotDriven, Interrupted */
  async toTheEnd(): Promise<Played> {
    let stopped: Played['stopped'] = null;
    for (const followed of this.#followed) {
      const { step, number } = followed;
      const checks = 'checks' in step ? step.checks ?? [] : [];
      const stop: Stop | null = stopped ?? await this.#take(followed, checks);
      if (stop === null) continue;
      stopped ??= { ...stop, step: number };
      for (const check of checks) {
        if (!this.#verdicts.has(check.check)) this.#verdicts.set(check.check, this.#unreached(check, stopped));
      }
    }
    return { moments: this.moments, verdicts: this.#verdicts, stopped };
  }

  async #take(followed: Followed, checks: readonly ScenarioCheckSpec[]): Promise<Stop | null> {
    const { step, number } = followed;
    const { recovery } = this.#options;
    let told = await this.perform(followed);
    let again = false;
    if ('crashed' in told && recovery !== undefined) {
      const stop = await recovery.died(this, followed);
      if (stop !== null) return stop;
      again = true;
      // A node that died while it was closed is closed.
      told = 'op' in step && step.op === 'close' ? { outcome: { ok: {} } } : await this.perform(followed);
    }
    if ('stop' in told) return told.stop;
    if ('crashed' in told) return { kind: 'setup', got: `the node died (${printable(told.crashed)}) where nothing of the kind was due` };
    const { outcome } = told;
    const shown = recovery?.shown(outcome, followed, again) ?? outcome;
    this.#judge(shown, followed, checks);
    if ('save' in step && step.save !== undefined && 'ok' in shown) this.#saved.set(step.save, shown['ok']);
    const states = await this.#statesAfter(step, outcome, told.states ?? []);
    if ('kind' in states) return states;
    this.moments.push({ step: number, node: step.on, op: opOf(step), outcome, states });
    const may: readonly string[] | null = 'may' in step && step.may !== undefined ? step.may : checks.length === 0 ? ['ok'] : null;
    if (may === null || may.includes(kindOf(outcome))) return null;
    return { kind: 'setup', got: `${step.on}.${opOf(step)} came to ${outcomeText(outcome)} where ${may.join(' or ')} was due` };
  }

  /** Does a step, and notes what it does to the node. @throws NotDriven, Interrupted */
  async perform(followed: Followed): Promise<Told & { readonly states?: readonly StateMessage[] }> {
    const { step, before, placed } = followed;
    if ('file' in step) {
      // It opened where it had to refuse: its files are not touched under it.
      if (this.running.has(step.on)) return { stop: { kind: 'setup', got: `${step.on} is open, and its files are edited while it is closed` } };
      const stop = await this.#files.edit(this.nodes, step.on, step.file, step.edit);
      return stop === null ? { outcome: { ok: {} } } : { stop };
    }
    if ('find' in step) return this.#files.find(this.nodes, step.on, step.find.text, step.find.in);
    // A node that did not come up has said all that there is: so a check can take either, the refusal or the right state.
    const refusal = step.op === 'state' ? this.#notUp.get(step.on) : undefined;
    if (refusal !== undefined) return { outcome: refusal };
    // Everything else behind that was never reached.
    if (step.op !== 'open' && step.op !== 'close' && !this.running.has(step.on)) return { stop: { kind: 'setup', got: `${step.on} is not open: it did not start` } };
    switch (step.op) {
      case 'open':
        if (this.running.has(step.on)) return { stop: { kind: 'setup', got: `${step.on} is open already, where it had to refuse before` } };
        return this.open(step.on);
      case 'close': {
        // One that did not come up is closed already.
        if (!this.running.has(step.on)) return { outcome: { ok: {} } };
        const told = await this.nodes.ask('close', {}, step.on);
        this.running.delete(step.on);
        return told;
      }
      case 'append': return this.nodes.ask('append', { entries: placed.map(({ entry, index, term }) => this.#message(entry, index, term)) }, step.on);
      case 'commit': {
        const to = indexNamed(step.to, before.log);
        return to === null ? unknownIndex(step.to) : this.commit(step.on, to);
      }
      case 'apply': {
        const to = step.to === undefined ? undefined : indexNamed(step.to, before.log);
        if (to === null) return unknownIndex(step.to ?? '');
        return this.#options.oneByOne === true && step.step !== true ? this.#applyOneByOne(step.on, to) : this.apply(step.on, to, step.step === true);
      }
      case 'state': case 'snapshot.header': return this.nodes.ask(step.op, {}, step.on);
      case 'crash.now': {
        const told = await this.nodes.ask('crash.now', { ...(step.power !== undefined && { power: step.power }) }, step.on);
        if ('stop' in told) return told;
        if (!('crashed' in told)) return { stop: { kind: 'malformed', got: `crash.now came to ${outcomeText(told.outcome)}, and the node lives` } };
        const stop = await this.afterDeath(step.on);
        return stop === null ? { outcome: { ok: {} } } : { stop };
      }
    }
  }

  async open(node: string): Promise<Told> {
    const told = await this.nodes.open(node);
    this.#notUp.delete(node);
    if ('outcome' in told && 'refused' in told.outcome) this.#notUp.set(node, told.outcome);
    if ('outcome' in told && 'ok' in told.outcome) this.running.set(node, { commit: 0n, halted: false });
    return told;
  }

  async commit(node: string, to: bigint): Promise<Told> {
    const told = await this.nodes.ask('commit', { to: `${to}` }, node);
    const noted = this.running.get(node);
    if (noted !== undefined && 'outcome' in told && 'ok' in told.outcome && to > noted.commit) noted.commit = to;
    return told;
  }

  async apply(node: string, to: bigint | undefined, step: boolean): Promise<Told> {
    const told = await this.nodes.ask('apply', { ...(to !== undefined && { to: `${to}` }), ...(step && { step }) }, node);
    const noted = this.running.get(node);
    if (noted !== undefined && 'outcome' in told && 'halted' in told.outcome) noted.halted = true;
    return told;
  }

  /**
   * A node has died. On real files its process has, and with it every other node of it: those are brought back to where
   * they were, since the scenario knows nothing of their death.
   */
  async afterDeath(node: string): Promise<Stop | null> {
    this.running.delete(node);
    if (this.nodes.disk !== 'dir') return null;
    this.nodes = await this.nodes.next();
    for (const [other, { commit, halted }] of [...this.running]) {
      const stop = await this.revive(other, commit, halted);
      if (stop !== null) return stop;
    }
    return null;
  }

  /** Opens a node that died, and commits as far as it was. */
  async revive(node: string, commit: bigint, halted: boolean): Promise<Stop | null> {
    const steps = [() => this.open(node), ...(commit > 0n ? [() => this.commit(node, commit)] : []), ...(halted ? [() => this.apply(node, undefined, false)] : [])];
    for (const [at, step] of steps.entries()) {
      const told = await step();
      if ('stop' in told) return told.stop;
      const due = at === 2 ? 'halted' : 'ok';
      if ('crashed' in told || kindOf(told.outcome) !== due) {
        const came = 'crashed' in told ? 'another crash' : outcomeText(told.outcome);
        return { kind: 'setup', got: `${node}, opened again after its crash, came to ${came} where ${due} was due` };
      }
    }
    return null;
  }

  /** Every entry by a request of its own, and what the node says of itself after each. */
  async #applyOneByOne(node: string, to: bigint | undefined): Promise<Told & { readonly states?: readonly StateMessage[] }> {
    const results: unknown[] = [];
    const states: StateMessage[] = [];
    // A node whose applied index stands still is no reason to ask for ever.
    for (let left = this.#followed.length + this.#expanded.entries.size * this.#followed.length + 1; left > 0; left -= 1) {
      const told = await this.apply(node, to, true);
      if (!('outcome' in told)) return told;
      const members = told.outcome['ok'] ?? told.outcome['halted'];
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

  async #statesAfter(step: Step, outcome: Outcome, had: readonly StateMessage[]): Promise<Stop | readonly StateMessage[]> {
    if (!('op' in step)) return [];
    if (step.op === 'state') return 'ok' in outcome ? [outcome['ok'] as StateMessage] : [];
    if (!(step.op === 'open' && 'ok' in outcome) && !(step.op === 'apply' && !('refused' in outcome))) return had;
    if ('ok' in outcome && had.length > 0) return had;
    const state = await this.nodes.state(step.on);
    return 'kind' in state ? { ...state, got: `${step.on}.state, asked for after ${opOf(step)}: ${state.got}` } : [...had, state];
  }

  #message(name: string, index: bigint, term: bigint): Readonly<Record<string, unknown>> {
    const entry = this.#expanded.entries.get(name);
    return { index: `${index}`, term: `${term}`, type: entry?.type ?? 'normal', data: entry?.data ?? '' };
  }

  #judge(outcome: Outcome, { step, number, after }: Followed, checks: readonly ScenarioCheckSpec[]): void {
    const context: MatchContext = {
      expanded: this.#expanded, saved: this.#saved, reasons: this.nodes.hello.reasons,
      indices: indicesOf(after.named),
    };
    for (const check of checks) {
      const mismatch = judgeExpected(check, outcome, context);
      if (mismatch === null) {
        this.#verdicts.set(check.check, null);
        continue;
      }
      const { kind, member } = mismatch;
      const undeclared = kind === 'absent' && opOf(step) === 'state' && member !== undefined && /^\w+$/.test(member);
      this.#verdicts.set(check.check, {
        kind: undeclared ? 'unsupported' : kind === 'lookup' ? 'setup' : 'answer',
        expected: printable(mismatch.expected), got: undeclared ? 'an answer without it: the node does not say it' : printable(mismatch.got),
        ...(member !== undefined && { member: printable(member) }), step: { number, node: step.on, op: opOf(step) },
        answer: { result: kindOf(outcome), reasons: reasonsOf(outcome).slice(0, MOST_REASONS).map((name) => printable(name)) },
      });
    }
  }

  #unreached(check: ScenarioCheckSpec, stopped: NonNullable<Played['stopped']>): Failure {
    const step = this.#followed[stopped.step - 1]?.step;
    return {
      kind: stopped.kind, expected: printable(check.says), got: printable(stopped.got),
      ...(step !== undefined && { step: { number: stopped.step, node: step.on, op: opOf(step) } }),
    };
  }
}

const unknownIndex = (to: string): Told => ({ stop: { kind: 'setup', got: `the index "${printable(to)}" is not known here: the log was edited` } });
