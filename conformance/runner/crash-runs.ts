/**
 * Crash points, one after the other: every crashable scenario is run with each named point armed for its first, second, …
 * passage, until the adapter says that it was not reached. Behind each crash the node is opened again, is held against
 * what a crash may leave, does the interrupted step again and goes on; its checks have to hold, and its states have to be
 * those of the uncrashed run.
 *
 * On real files the process dies; on a virtual disk the node does, without and with the power. Several processes run side
 * by side. The transcript of a run that held is not kept: there are thousands.
 */
import type { HelloReply } from '../protocol/messages.js';
import type { StateMessage } from '../protocol/operations.js';
import { isTranscript, type Failure, type RunEvent } from '../report/events.js';
import { printable } from '../report/text.js';
import type { Followed } from '../scenarios/follow.js';
import type { Outcome } from '../scenarios/match.js';
import { INVARIANTS } from '../scenarios/schema.js';
import { afterCrash, epochsAside, sameState } from './crash-compare.js';
import { brokenInvariants, type Broken, type BrokenInvariants } from './invariants.js';
import { kindOf, outcomeText, type Disk, type Stop } from './nodes.js';
import { BROKEN_IN_A_ROW } from './limits.js';
import type { ScenarioBatch } from './plan.js';
import { opOf, type Moment, type Play, type Played, type Recovery } from './scenario.js';
import { brokeDown, brokenFailure, playOnce, prepared, verdictsOn, type Prepared, type ScenarioContext } from './scenario-run.js';
import { ScenarioAsked, type ScenarioVerdict } from './scenario-ledger.js';
import type { Sessions } from './sessions.js';

export interface CrashOptions {
  readonly batches: readonly ScenarioBatch[];
  readonly hello: HelloReply;
  /** The points that are armed. */
  readonly points: readonly string[];
  /** The ids of the checks that count. */
  readonly required: ReadonlySet<string>;
  readonly context: Omit<ScenarioContext, 'sessions' | 'probation'>;
  /** Sessions of a worker; what they tell goes to the listener. */
  readonly sessions: (onEvent: (event: RunEvent) => void) => Sessions;
  /** True: no further scenario is begun. */
  readonly enough: () => boolean;
  readonly workers?: number;
}

const WORKERS = 2;
/** So many passages of one point, and more with every step and entry: what is still reached then is reached for ever. */
const PASSAGES = 50;
const PASSAGES_EACH = 10;

/** The run without a crash, and what is broken in it already. */
interface Uncrashed { readonly played: Played; readonly broken: BrokenInvariants }

/** The disks on which crashes are made. */
const disksOf = ({ caps }: HelloReply): Disk[] => (['virtual', 'dir'] as const).filter((disk) => caps.includes(`disk.${disk}`));

/** @throws NotDriven, Interrupted */
export async function runCrashes(options: CrashOptions): Promise<void> {
  const crashable = options.batches.filter(({ loaded: { scenario } }) => scenario.crashable);
  const jobs = crashable.flatMap((batch) => disksOf(options.hello).map((disk) => ({ batch, disk })));
  let problem: unknown = null;
  await Promise.all(Array.from({ length: Math.min(options.workers ?? WORKERS, jobs.length) }, async () => {
    let buffer: RunEvent[] = [];
    const sessions = options.sessions((event) => {
      if (isTranscript(event)) buffer.push(event);
      else options.context.emit(event);
    });
    const flush = (kept: boolean): void => {
      if (kept) for (const event of buffer) options.context.emit(event);
      buffer = [];
    };
    try {
      for (let job = jobs.shift(); job !== undefined && problem === null && !options.enough(); job = jobs.shift()) {
        await new Enumeration(prepared(job.batch, options.context.kek), job.disk, sessions, options, flush, () => problem !== null).run();
      }
      await sessions.close();
    } catch (error) {
      problem ??= error;
    } finally {
      await sessions.end();
    }
  }));
  if (problem !== null) throw problem;
}

/** The crashes of one scenario on one disk. */
class Enumeration {
  readonly #ready: Prepared;
  readonly #disk: Disk;
  readonly #sessions: Sessions;
  readonly #options: CrashOptions;
  readonly #flush: (kept: boolean) => void;
  /** Has another worker failed, and with it the run? */
  readonly #givenUp: () => boolean;
  #brokenInARow = 0;

  constructor(ready: Prepared, disk: Disk, sessions: Sessions, options: CrashOptions, flush: (kept: boolean) => void, givenUp: () => boolean) {
    this.#ready = ready;
    this.#disk = disk;
    this.#sessions = sessions;
    this.#options = options;
    this.#flush = flush;
    this.#givenUp = givenUp;
  }

  async run(): Promise<void> {
    const { scenario } = this.#ready;
    const uncrashed = await this.#play(new ScenarioAsked(`${scenario.id}@uncrashed`), { play: { oneByOne: true } });
    this.#flush(uncrashed.stopped !== null);
    if (uncrashed.stopped !== null) {
      const { kind, got } = uncrashed.stopped;
      this.#settle(`${scenario.id}@uncrashed`, this.#onReplay({ failure: { kind, expected: 'the scenario to run to its end with one entry applied at a time', got } }));
      return;
    }
    const without: Uncrashed = { played: uncrashed, broken: brokenInvariants(this.#ready.expanded, this.#ready.followed, uncrashed) };
    for (const power of this.#disk === 'virtual' ? [false, true] : [false]) {
      for (const node of new Set(scenario.steps.map(({ on }) => on))) {
        for (const point of this.#options.points) {
          if (this.#brokenInARow === BROKEN_IN_A_ROW || this.#givenUp()) return;
          await this.#passages(without, node, point, power);
        }
      }
    }
  }

  async #passages(uncrashed: Uncrashed, node: string, point: string, power: boolean): Promise<void> {
    const { scenario } = this.#ready;
    const most = PASSAGES + PASSAGES_EACH * (scenario.steps.length + Object.keys(scenario.entries).length);
    for (let nth = 1; nth <= most; nth += 1) {
      if (!await this.#crash(uncrashed, node, point, nth, power) || this.#givenUp()) return;
    }
    this.#settle(this.#caseId(node, point, most, power), this.#onReplay({
      failure: { kind: 'answer', expected: `"${point}" not to be reached any more at passage ${most}`, got: 'it is reached for ever', answer: { result: 'broken', reasons: [] } },
    }));
  }

  /** One crash. False: the point was not reached, or nothing more can be learned of it. */
  async #crash(uncrashed: Uncrashed, node: string, point: string, nth: number, power: boolean): Promise<boolean> {
    const { scenario } = this.#ready;
    const id = this.#caseId(node, point, nth, power);
    const recovery = new CrashRecovery(uncrashed.played);
    const asked = new ScenarioAsked(id);
    const disarmed: { answer: Stop | { readonly reached: boolean } } = { answer: { reached: true } };
    const played = await this.#play(asked, {
      play: { recovery },
      before: (nodes) => nodes.arm(node, point, nth, power),
      after: async (play, { stopped }) => {
        if (recovery.at === null && stopped === null) disarmed.answer = await play.nodes.disarm(node);
      },
    });
    const answered = disarmed.answer;
    if (recovery.at === null && played.stopped === null && 'reached' in answered && !answered.reached) {
      this.#flush(false);
      return false;
    }

    const broken = recovery.broken ?? (recovery.at === null ? null : differs(uncrashed, played, recovery.at.number));
    const verdicts: ScenarioVerdict[] = [];
    if (recovery.at === null) {
      const got = played.stopped?.got ?? ('got' in answered ? answered.got : `"${point}" was reached, it says, and the node lives`);
      const kind = played.stopped?.kind ?? ('kind' in answered ? answered.kind : 'answer');
      verdicts.push(...this.#onReplay({ failure: { kind, expected: `a crash at passage ${nth} of "${point}", or word that it was not reached`, got, answer: { result: 'broken', reasons: [] } } }));
    } else {
      verdicts.push(...this.#judged(played, broken));
    }
    // What is broken without a crash is no matter of the crash.
    const before = new Set(this.#ready.batch.invariants.filter(({ invariant }) => uncrashed.broken.has(invariant)).map(({ id: check }) => check));
    const survived = verdicts.every(({ check, failure }) => failure === null || before.has(check)) && broken === null;
    this.#options.context.emit({ type: 'crash', scenario: scenario.id, node, point: printable(point), nth, disk: this.#disk, power, survived, case: id });
    this.#flush(!survived);
    this.#options.context.ledger.settle(asked, verdicts);
    // A dead adapter must not cost hours.
    this.#brokenInARow = brokeDown(played) ? this.#brokenInARow + 1 : 0;
    if (this.#brokenInARow === BROKEN_IN_A_ROW) {
      this.#options.context.emit({ type: 'group-lost', group: id, detail: `${BROKEN_IN_A_ROW} runs in a row broke down, at last ${played.stopped?.got ?? ''}` });
      return false;
    }
    return recovery.at !== null;
  }

  /** The checks again, and the replay. An invariant that is broken and not demanded here takes the rest of this run with it. */
  #judged(played: Played, broken: Broken | null): ScenarioVerdict[] {
    const { batch, scenario } = this.#ready;
    const replay = batch.invariants.find(({ invariant }) => invariant === 'I10');
    const ids = new Set(batch.checks.map(({ id }) => id));
    const all = verdictsOn(this.#ready, played);
    const watched = all.filter(({ check, failure }) => !ids.has(check) && failure !== null);
    const ofReplay = broken === null ? [] : this.#onInvariant({ failure: brokenFailure(broken, scenario) });
    const found = ofReplay.length > 0 ? [...watched.filter(({ check }) => check !== replay?.id), ...ofReplay] : watched;
    const exposes = found.some(({ check }) => !this.#options.required.has(check)) || (broken !== null && replay !== undefined && !this.#options.required.has(replay.id));
    const held = replay !== undefined && !found.some(({ check }) => check === replay.id) && played.stopped === null ? [{ check: replay.id, failure: null }] : [];
    // What both profiles demand of a crash stands for itself.
    const stopped: Failure | null = played.stopped === null ? null
      : { kind: played.stopped.kind, expected: 'a run that goes on behind its crash to the end, as without it', got: played.stopped.got };
    const ofCrashes = this.#onCrash({ failure: broken === null ? stopped : brokenFailure(broken, scenario) });
    return [...exposes ? [] : all.filter(({ check }) => ids.has(check)), ...found, ...held, ...ofCrashes];
  }

  /** On the replay, and on what a crash may leave. */
  #onReplay(verdict: Omit<ScenarioVerdict, 'check'>): ScenarioVerdict[] {
    return [...this.#onInvariant(verdict), ...this.#onCrash(verdict)];
  }

  #onCrash(verdict: Omit<ScenarioVerdict, 'check'>): ScenarioVerdict[] {
    return this.#ready.batch.ofCrashes.map(({ id }) => ({ check: id, ...verdict }));
  }

  #onInvariant(verdict: Omit<ScenarioVerdict, 'check'>): ScenarioVerdict[] {
    return this.#ready.batch.invariants.filter(({ invariant }) => INVARIANTS[invariant].clause === INVARIANTS.I10.clause).map(({ id }) => ({ check: id, ...verdict }));
  }

  async #play(asked: ScenarioAsked, more: Partial<Parameters<typeof playOnce>[2]>): Promise<Played> {
    const { context: { directories } } = this.#options;
    const { played } = await playOnce(this.#ready, { sessions: this.#sessions, directories }, { disk: this.#disk, sync: true, impatient: false, asked, ...more });
    return played;
  }

  #settle(id: string, verdicts: readonly ScenarioVerdict[]): void {
    this.#options.context.ledger.settle(new ScenarioAsked(id), verdicts);
  }

  #caseId(node: string, point: string, nth: number, power: boolean): string {
    const where = `${node === 'n1' ? '' : `${node}:`}${this.#disk === 'virtual' && !power ? 'virtual:' : ''}`;
    return `${this.#ready.scenario.id}@${where}${printable(point)}#${nth}${power ? '+power' : ''}`;
  }
}

/** Brings a node back that died at an armed point, and looks at what the crash left. */
class CrashRecovery implements Recovery {
  /** The step in which it died. */
  at: Followed | null = null;
  broken: Broken | null = null;
  readonly #uncrashed: Played;

  constructor(uncrashed: Played) {
    this.#uncrashed = uncrashed;
  }

  async died(play: Play, followed: Followed): Promise<Stop | null> {
    this.at = followed;
    const { step: { on }, step } = followed;
    const op = opOf(step);
    const was = play.running.get(on);
    const stop = await play.afterDeath(on);
    if (stop !== null) return this.#lost(stop, followed);
    // An opening that was interrupted is done again by the step itself, and a node that was to be closed is closed.
    if (was === undefined || op === 'open' || op === 'close') return null;
    const lost = await play.revive(on, was.commit, false);
    if (lost !== null) return this.#lost(lost, followed);
    const state = await play.nodes.state(on);
    if ('kind' in state) return state;
    const found = afterCrash(this.#passed(followed), state);
    if (found !== null) this.broken = { step: followed.number, node: on, op, ...found };
    return null;
  }

  shown(outcome: Outcome, { step, number }: Followed, again: boolean): Outcome {
    if (this.at === null) return outcome;
    const without = momentAt(this.#uncrashed, number);
    const op = opOf(step);
    if (op === 'state' && 'ok' in outcome && without?.states[0] !== undefined) return { ok: epochsAside(outcome['ok'] as StateMessage, without.states[0]) };
    return op === 'apply' && again && without !== undefined ? withEarlierResults(outcome, without.outcome) : outcome;
  }

  /** The states of the uncrashed run from before a step to after it, entry by entry. */
  #passed({ number, step: { on } }: Followed): StateMessage[] {
    const before = this.#uncrashed.moments.filter((moment) => moment.step < number && moment.node === on).flatMap(({ states }) => states).at(-1);
    return [...before === undefined ? [] : [before], ...momentAt(this.#uncrashed, number)?.states ?? []];
  }

  #lost(stop: Stop, { number, step }: Followed): Stop {
    if (stop.kind === 'setup') this.broken = { step: number, node: step.on, op: opOf(step), expected: 'a node that can be opened again after its crash', got: stop.got };
    return stop;
  }
}

const momentAt = ({ moments }: Played, step: number): Moment | undefined => moments.find((moment) => moment.step === step);

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

/** Where the run goes another way than the uncrashed one, from the step on that was done again. */
function differs(uncrashed: Uncrashed, played: Played, from: number): Broken | null {
  for (const moment of played.moments) {
    const without = momentAt(uncrashed.played, moment.step);
    if (moment.step < from || without === undefined) continue;
    const { step, node, op } = moment;
    if (kindOf(moment.outcome) !== kindOf(without.outcome)) {
      return { step, node, op, expected: `${outcomeText(without.outcome)}, as without the crash`, got: outcomeText(moment.outcome) };
    }
    const [is, was] = [moment.states.at(-1), without.states.at(-1)];
    const found = is === undefined || was === undefined ? null : sameState(was, is, !uncrashed.broken.has('I8'));
    if (found !== null) return { step, node, op, ...found };
  }
  return null;
}
