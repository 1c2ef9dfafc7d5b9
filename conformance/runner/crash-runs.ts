/**
 * Crash points, one after the other: every crashable scenario is run with each named point armed for its first, second, …
 * passage, until the adapter says that it was not reached. Behind each crash the node is opened again, is held against
 * what a crash may leave, does the interrupted step again and goes on; its checks have to hold, and its states have to be
 * those of the uncrashed run.
 *
 * On real files the process dies; on a virtual disk the node does, alone, with the power and all that was not synced, and
 * with a part of it. At the first passage of each point in each operation it dies alone, and then once more on its way
 * back, at the first passage of each point there and with the power. On real files, where a death costs a process, those
 * first passages are all that is done when there is a virtual disk as well: the others differ in what the node was at, and
 * that was seen there.
 *
 * Several processes run side by side. The transcript of a run that held is not kept: there are thousands.
 */
import type { HelloReply } from '../protocol/messages.js';
import { isTranscript, type Failure, type RunEvent } from '../report/events.js';
import { printable } from '../report/text.js';
import { INVARIANTS } from '../scenarios/schema.js';
import { sameState } from './crash-compare.js';
import { CrashRecovery, momentsAt } from './crash-recovery.js';
import { brokenInvariants, type Broken, type BrokenInvariants } from './invariants.js';
import { kindOf, outcomeText, type Armed, type Death, type Disk, type Stop } from './nodes.js';
import { BROKEN_IN_A_ROW } from './limits.js';
import type { ScenarioBatch } from './plan.js';
import { opOf, type Played } from './played.js';
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
const DEATHS: readonly Death[] = ['node', 'power', 'power-in-part'];
const withPower = (death: Death): string => death === 'node' ? '' : `+${death}`;
/** So many passages of one point, and more with every step and entry: what is still reached then is reached for ever. */
const PASSAGES = 50;
const PASSAGES_EACH = 10;

/** The run without a crash, and what is broken in it already. */
interface Uncrashed { readonly played: Played; readonly broken: BrokenInvariants }

/** By node and point, the operations in which the node died, passage by passage. */
type Passed = Map<string, readonly string[]>;
/** The first passage in its operation. */
const isFirst = (operations: readonly string[], nth: number): boolean => operations.indexOf(operations[nth - 1] ?? '') === nth - 1;

/** The disks on which crashes are made. */
const disksOf = ({ caps }: HelloReply): Disk[] => (['virtual', 'dir'] as const).filter((disk) => caps.includes(`disk.${disk}`));

/** One scenario on one disk; `seen` settles with what was seen there, and with null where the crashes did not come to their end. */
interface Job { readonly batch: ScenarioBatch; readonly disk: Disk; readonly seen: Promise<Passed | null>; readonly told: (seen: Passed | null) => void; readonly before: Job | null }

function jobOf(batch: ScenarioBatch, disk: Disk, before: Job | null): Job {
  let told: Job['told'] = () => {};
  const seen = new Promise<Passed | null>((resolve) => { told = resolve; });
  return { batch, disk, seen, told, before };
}

/** @throws NotDriven, Interrupted */
export async function runCrashes(options: CrashOptions): Promise<void> {
  const crashable = options.batches.filter(({ loaded: { scenario } }) => scenario.crashable);
  const jobs: Job[] = [];
  for (const disk of disksOf(options.hello)) for (const batch of crashable) jobs.push(jobOf(batch, disk, jobs.find((job) => job.batch === batch) ?? null));
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
        let seen: Passed | null = null;
        try {
          seen = await new Enumeration(prepared(job.batch, options.context.kek), job.disk, await job.before?.seen ?? null, sessions, options, flush, () => problem !== null).run();
        } finally {
          job.told(seen);
        }
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
  /** What was seen on the disk before this one. */
  readonly #known: Passed | null;
  readonly #passed: Passed = new Map();
  /** The cases of single crashes that were not survived: a second one would say the same. */
  readonly #lost = new Set<string>();
  #brokenInARow = 0;

  constructor(ready: Prepared, disk: Disk, known: Passed | null, sessions: Sessions, options: CrashOptions, flush: (kept: boolean) => void, givenUp: () => boolean) {
    this.#ready = ready;
    this.#disk = disk;
    this.#known = known;
    this.#sessions = sessions;
    this.#options = options;
    this.#flush = flush;
    this.#givenUp = givenUp;
  }

  /** What was seen; null where it was given up. */
  async run(): Promise<Passed | null> {
    const { scenario } = this.#ready;
    const uncrashed = await this.#play(new ScenarioAsked(`${scenario.id}@uncrashed`), { play: { oneByOne: true } });
    this.#flush(uncrashed.stopped !== null);
    if (uncrashed.stopped !== null) {
      const { kind, got } = uncrashed.stopped;
      // A scenario that its node does not get through anyway has been judged, and leaves nothing to be held against.
      if (kind === 'setup' && (await this.#play(new ScenarioAsked(`${scenario.id}@uncrashed`), {})).stopped?.kind === 'setup') return null;
      this.#settle(`${scenario.id}@uncrashed`, this.#onReplay({ failure: { kind, expected: 'the scenario to run to its end with one entry applied at a time', got } }));
      return null;
    }
    const without: Uncrashed = { played: uncrashed, broken: brokenInvariants(this.#ready.followed, uncrashed) };
    for (const death of this.#disk === 'virtual' ? DEATHS : DEATHS.slice(0, 1)) {
      for (const node of new Set(scenario.steps.flatMap(({ on }) => on))) {
        for (const point of this.#options.points) {
          if (this.#over) return null;
          await this.#passages(without, node, point, death);
        }
      }
    }
    if (this.#known !== null) return this.#passed;
    for (const node of new Set(scenario.steps.flatMap(({ on }) => on))) {
      for (const point of this.#options.points) {
        const operations = this.#passed.get(`${node} ${point}`) ?? [];
        for (const at of operations.keys()) {
          const first = this.#armed(node, point, at + 1, 'node');
          if (isFirst(operations, at + 1) && !this.#lost.has(this.#caseId(node, first))) await this.#twice(without, node, first);
        }
      }
    }
    return this.#over ? null : this.#passed;
  }

  /** A death, and a second one at the first passage of each point on the way back, of those that the node passes at all here. */
  async #twice(uncrashed: Uncrashed, node: string, first: Armed): Promise<void> {
    for (const point of this.#options.points) {
      if (this.#over) return;
      if (!this.#passed.get(`${node} ${point}`)?.length) continue;
      await this.#crash(uncrashed, node, first, this.#armed(node, point, 1, this.#disk === 'virtual' ? 'power' : 'node'));
    }
  }

  get #over(): boolean {
    return this.#brokenInARow === BROKEN_IN_A_ROW || this.#givenUp();
  }

  /** So many passages, and no point is passed more often. */
  get #most(): number {
    const { scenario } = this.#ready;
    return PASSAGES + PASSAGES_EACH * (scenario.steps.length + Object.keys(scenario.entries).length);
  }

  async #passages(uncrashed: Uncrashed, node: string, point: string, death: Death): Promise<void> {
    const most = this.#most;
    const known = this.#known?.get(`${node} ${point}`) ?? [];
    const operations: string[] = [];
    if (death === 'node') this.#passed.set(`${node} ${point}`, operations);
    for (let nth = 1; nth <= most; nth += 1) {
      if (nth <= known.length && !isFirst(known, nth)) continue;
      const op = await this.#crash(uncrashed, node, this.#armed(node, point, nth, death));
      if (op === null || this.#givenUp()) return;
      operations.push(op);
    }
    this.#settle(this.#caseId(node, this.#armed(node, point, most, death)), this.#onReplay({
      failure: { kind: 'answer', expected: `"${point}" not to be reached any more at passage ${most}`, got: 'it is reached for ever', answer: { result: 'broken', reasons: [] } },
    }));
  }

  /** One crash, and with `again` one more on the way back. The operation in which the first one came; null: a point was not reached, or nothing more can be learned of it. */
  async #crash(uncrashed: Uncrashed, node: string, armed: Armed, again: Armed | null = null): Promise<string | null> {
    const { scenario } = this.#ready;
    const { point, nth, death } = armed;
    const id = this.#caseId(node, armed, again);
    const recovery = new CrashRecovery(uncrashed.played, again);
    const asked = new ScenarioAsked(id);
    const disarmed: { answer: Stop | { readonly reached: boolean } } = { answer: { reached: true } };
    const played = await this.#play(asked, {
      play: { recovery },
      before: (nodes) => nodes.arm(node, armed),
      after: async (play, { stopped }) => {
        if (recovery.at === null && stopped === null) disarmed.answer = await play.nodes.disarm(node);
      },
    });
    const answered = disarmed.answer;
    const unreached = recovery.at === null && played.stopped === null && 'reached' in answered && !answered.reached;
    if (unreached || recovery.unreached) {
      this.#flush(false);
      return null;
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
    const before = new Set([
      ...this.#ready.batch.invariants.filter(({ invariant }) => uncrashed.broken.has(invariant)).map(({ id: check }) => check),
      ...[...uncrashed.played.verdicts].filter(([, failure]) => failure !== null).map(([slug]) => `${scenario.id}/${slug}`),
    ]);
    const survived = verdicts.every(({ check, failure }) => failure === null || before.has(check)) && broken === null;
    if (!survived) this.#lost.add(id);
    this.#options.context.emit({ type: 'crash', scenario: scenario.id, node, point: printable(point), nth, disk: this.#disk, power: death !== 'node', survived, case: id, ...(again !== null && { twice: true }) });
    this.#flush(!survived);
    this.#options.context.ledger.settle(asked, verdicts);
    // A dead adapter must not cost hours.
    this.#brokenInARow = brokeDown(played) ? this.#brokenInARow + 1 : 0;
    if (this.#brokenInARow === BROKEN_IN_A_ROW) {
      this.#options.context.emit({ type: 'group-lost', group: id, detail: `${BROKEN_IN_A_ROW} runs in a row broke down, at last ${played.stopped?.got ?? ''}` });
      return null;
    }
    return recovery.at === null ? null : opOf(recovery.at.step);
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

  #armed(node: string, point: string, nth: number, death: Death): Armed {
    return { point, nth, death, chance: `${this.#ready.scenario.id} ${node} ${point} ${nth}` };
  }

  #caseId(node: string, { point, nth, death }: Armed, again: Armed | null = null): string {
    const where = `${node === 'n1' ? '' : `${node}:`}${this.#disk === 'virtual' && death === 'node' ? 'virtual:' : ''}`;
    const then = again === null ? '' : `,${printable(again.point)}#${again.nth}${withPower(again.death)}`;
    return `${this.#ready.scenario.id}@${where}${printable(point)}#${nth}${withPower(death)}${then}`;
  }
}

/** Where the run goes another way than the uncrashed one, from the step on that was done again. */
function differs(uncrashed: Uncrashed, played: Played, from: number): Broken | null {
  for (const moment of played.moments) {
    const { step, node, op } = moment;
    const without = momentsAt(uncrashed.played, step, node).find((one) => one.op === op);
    if (step < from || without === undefined) continue;
    if (kindOf(moment.outcome) !== kindOf(without.outcome)) {
      return { step, node, op, expected: `${outcomeText(without.outcome)}, as without the crash`, got: outcomeText(moment.outcome) };
    }
    const [is, was] = [moment.states.at(-1), without.states.at(-1)];
    const found = is === undefined || was === undefined ? null : sameState(was, is, !uncrashed.broken.has('I8'));
    if (found !== null) return { step, node, op, ...found };
  }
  return null;
}
