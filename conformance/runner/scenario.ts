/**
 * Plays one scenario: step by step a request, its outcome, and the checks that stand at the step. A check that fails
 * stops nothing; a step that does not come to what it may come to fails every check behind it, since the scenario did not
 * get there. A step whose `if` never came about is passed over.
 *
 * Input: a scenario written out, and nodes. Output: the verdicts on its checks, and what was seen: every outcome, and
 * what the nodes said of themselves, which the player asks for: at level L1 after each opening and each apply, above it
 * after every step.
 */
import type { StateMessage } from '../protocol/operations.js';
import type { Failure } from '../report/events.js';
import { printable } from '../report/text.js';
import type { ExpandedScenario } from '../scenarios/expand.js';
import type { Followed } from '../scenarios/follow.js';
import { judgeExpected, type MatchContext, type Outcome } from '../scenarios/match.js';
import { isLeaderOp, type ScenarioCheckSpec } from '../scenarios/schema.js';
import { written } from '../scenarios/standing.js';
import { Acting, type ActingOptions } from './acting.js';
import { kindOf, outcomeText, reasonsOf, type Nodes, type Stop } from './nodes.js';
import { opOf, type Done, type Moment, type Played } from './played.js';

/** What is done about a node that dies within a step. */
export interface Recovery {
  /**
   * Brings it back to before the step, which is then done again, or to behind it: `done`. A stop ends the scenario; `over` does too, and
   * says that there is nothing more to see: what the step needs died with the node.
   */
  died(acting: Acting, step: Followed): Promise<Stop | 'over' | 'done' | null>;
  /** The step was done again, and nobody died of it. */
  redone(acting: Acting, step: Followed): Promise<Stop | null>;
  /** Whether a step needs what died with a node. */
  needsTheDead(acting: Acting, step: Followed): boolean;
  /** Whether a check asks for what died with a node. */
  asksTheDead(step: Followed, check: ScenarioCheckSpec): boolean;
  /** What the checks are shown of an outcome. */
  shown(outcome: Outcome, step: Followed, again: boolean): Outcome;
}

/** One who looks on, step by step. */
export interface Onlooker {
  /** Before a step; false: the play ends here. */
  before(followed: Followed): Promise<boolean>;
  /** Behind it, with the verdicts up to here, and with what ended the scenario there. */
  behind(followed: Followed, verdicts: Played['verdicts'], stop: Stop | null): void;
}

export interface PlayOptions extends ActingOptions {
  readonly recovery?: Recovery;
  readonly onlooker?: Onlooker;
  /** The nodes are asked for their state behind every step, at level L1 too. */
  readonly everyState?: boolean;
}

// Failures are held until the end of the run, and no true answer has more.
const MOST_REASONS = 20;

export class Play {
  readonly acting: Acting;
  readonly #moments: Moment[] = [];
  readonly #expanded: ExpandedScenario;
  readonly #followed: readonly Followed[];
  readonly #options: PlayOptions;
  /** Above level L1 what a node decides can show at any step. */
  readonly #statesAtAll: boolean;
  readonly #saved = new Map<string, unknown>();
  readonly #verdicts = new Map<string, Failure | null>();

  constructor(nodes: Nodes, expanded: ExpandedScenario, followed: readonly Followed[], options: PlayOptions = {}) {
    this.acting = new Acting(nodes, expanded, options);
    this.#expanded = expanded;
    this.#followed = followed;
    this.#options = options;
    this.#statesAtAll = options.everyState === true || expanded.scenario.level !== 'L1';
  }

  /** The nodes as they run now. */
  get nodes(): Nodes {
    return this.acting.nodes;
  }

  /** @throws NotDriven, Interrupted */
  async toTheEnd(): Promise<Played> {
    const { onlooker } = this.#options;
    let stopped: Played['stopped'] = null;
    for (const followed of this.#followed) {
      const { step, number } = followed;
      const checks = 'checks' in step ? step.checks ?? [] : [];
      if (stopped === null) {
        if (await onlooker?.before(followed) === false) return this.#played(null, number);
        this.nodes.at(number);
        const stop = await this.#take(followed, checks);
        this.nodes.at(null);
        if (stop === 'over') return this.#played(null, number);
        if (stop !== null) stopped = { ...stop, step: number };
        if (stopped !== null) this.#reachNone(checks, stopped);
        onlooker?.behind(followed, this.#verdicts, stop);
      } else this.#reachNone(checks, stopped);
    }
    return this.#played(stopped, null);
  }

  #reachNone(checks: readonly ScenarioCheckSpec[], stopped: NonNullable<Played['stopped']>): void {
    for (const check of checks) {
      if (!this.#verdicts.has(check.check)) this.#verdicts.set(check.check, this.#unreached(check, stopped));
    }
  }

  #played(stopped: Played['stopped'], over: number | null): Played {
    return { moments: this.#moments, verdicts: this.#verdicts, stopped, over };
  }

  async #take(followed: Followed, checks: readonly ScenarioCheckSpec[]): Promise<Stop | 'over' | null> {
    const { step } = followed;
    const { acting } = this;
    const { recovery } = this.#options;
    if ('if' in step && step.if !== undefined && !acting.book.cameAbout(step.if)) return null;
    if (recovery?.needsTheDead(acting, followed) === true) return 'over';
    let done = await acting.perform(followed);
    let again = false;
    while ('crashed' in done && recovery !== undefined) {
      const stop = await recovery.died(acting, followed);
      if (stop !== null && stop !== 'done') return stop;
      again = true;
      done = stop === 'done' ? acting.finished(followed) : await acting.perform(followed);
    }
    if ('stop' in done) return done.stop;
    if ('crashed' in done) return { kind: 'setup', got: `the node died (${printable(done.crashed)}) where nothing of the kind was due` };
    const late = again ? await recovery?.redone(acting, followed) ?? null : null;
    if (late !== null) return late;
    const { outcome } = done;
    const shown = recovery?.shown(outcome, followed, again) ?? outcome;
    this.#judge(shown, followed, recovery === undefined ? checks : checks.filter((check) => !recovery.asksTheDead(followed, check)));
    if ('save' in step && step.save !== undefined && 'ok' in shown) this.#saved.set(step.save, shown['ok']);
    const stop = await this.#note(followed, done.parts);
    if (stop !== null) return stop;
    const may: readonly string[] | null = 'may' in step && step.may !== undefined ? step.may : checks.length === 0 ? ['ok'] : null;
    if (may === null || may.includes(kindOf(outcome))) return null;
    return { kind: 'setup', got: `${step.on}.${opOf(step)} came to ${outcomeText(outcome)} where ${may.join(' or ')} was due` };
  }

  // ── What is seen ──────────────────────────────────────────────────────────────────────────────────────────

  /** The moments of a step: what the node says afterwards goes with the last one. */
  async #note({ step, number }: Followed, parts: readonly Done[]): Promise<Stop | null> {
    for (const [at, { states: had = [], ...part }] of parts.entries()) {
      const states = at < parts.length - 1 ? had : await this.#statesAfter(step.on, part, had);
      if ('kind' in states) return states;
      this.#moments.push({ step: number, node: step.on, ...part, states });
    }
    return null;
  }

  async #statesAfter(node: string, { op, outcome }: Pick<Done, 'op' | 'outcome'>, had: readonly StateMessage[]): Promise<Stop | readonly StateMessage[]> {
    if (op === 'state') return 'ok' in outcome ? [outcome['ok'] as StateMessage] : [];
    if ('ok' in outcome && had.length > 0) return had;
    const told = (op === 'open' && 'ok' in outcome) || (op === 'apply' && !('refused' in outcome));
    const asked = told || (this.#statesAtAll && (isLeaderOp(op) || LOGGED.has(op)));
    if (!asked || !this.acting.running.has(node)) return had;
    const state = await this.acting.nodes.state(node);
    return 'kind' in state ? { ...state, got: `${node}.state, asked for after ${op}: ${state.got}` } : [...had, state];
  }

  #judge(outcome: Outcome, followed: Followed, checks: readonly ScenarioCheckSpec[]): void {
    const { step, number } = followed;
    if (checks.length === 0) return;
    const context: MatchContext = { expanded: this.#expanded, saved: this.#saved, reasons: this.acting.nodes.hello.reasons, names: this.#names(followed) };
    for (const check of checks) {
      // Of several nodes the first failure stands.
      if ((this.#verdicts.get(check.check) ?? null) !== null) continue;
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

  /** What names stand for: what was let in, and where the suite alone decides what stands where, what was to be. */
  #names({ step: { on }, after }: Followed): MatchContext['names'] {
    const there = this.acting.book.names(on);
    if (after.log === null) return there;
    const due = after.log.flatMap((placed) => there.has(placed.entry) ? [] : written(placed, this.#expanded) ?? []);
    return new Map([...due.map((one) => [one.entry, one] as const), ...there]);
  }

  #unreached(check: ScenarioCheckSpec, stopped: NonNullable<Played['stopped']>): Failure {
    const at = this.#followed.find(({ number }) => number === stopped.step)?.step;
    return {
      kind: stopped.kind, expected: printable(check.says), got: printable(stopped.got),
      ...(at !== undefined && { step: { number: stopped.step, node: at.on, op: opOf(at) } }),
    };
  }
}

/** What changes a log or its commit index and nothing else. */
const LOGGED: ReadonlySet<string> = new Set(['append', 'commit']);
