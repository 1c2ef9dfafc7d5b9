/**
 * The run: what is selected, the handshake, group after group of vectors, scenario after scenario, on as many processes as
 * there are jobs, the crashes, the report.
 *
 * Input: a command, a library and a selection. Output: the content of report.json, and the files of the report.
 * Whatever the adapter does ends in a report; what the user can put right is thrown before it is judged.
 */
import { UsageError } from '../errors.js';
import { packageVersion } from '../package-root.js';
import type { HelloReply, Profile } from '../protocol/messages.js';
import { REPORT_SCHEMA, type RunEvent } from '../report/events.js';
import { junitOf } from '../report/junit.js';
import { RunLog } from '../report/log.js';
import { reportOf } from '../report/report-json.js';
import type { Report } from '../report/schema.js';
import { tally } from '../report/tally.js';
import { printable } from '../report/text.js';
import type { About } from '../report/transcripts.js';
import { stepWords } from '../scenarios/step-words.js';
import { runCrashes } from './crash-runs.js';
import { Directories } from './directories.js';
import { HandshakeError, kekOf, openSession } from './handshake.js';
import { selectIds } from './patterns.js';
import { checkIds, planFor, type Judged, type Plan } from './plan.js';
import { SpawnError, type StartAdapter } from './process.js';
import { ScenarioAsked, ScenarioLedger } from './scenario-ledger.js';
import { Interrupted, NotDriven, Sessions, type SessionsOptions } from './sessions.js';
import { InOrder, runSideBySide, shares, weightOfGroup, weightOfScenario } from './side-by-side.js';
import { AdapterWorker, type Piece, type SessionsOf, type Work } from './worker.js';

export interface RunOptions {
  readonly command: readonly string[];
  /** How it is started: as a process of its own, unless it says otherwise. */
  readonly start?: StartAdapter;
  readonly env?: NodeJS.ProcessEnv;
  /** Vectors, and scenarios where it has them. */
  readonly library: Judged;
  /** The profile that is judged. */
  readonly profile: Profile;
  /** Patterns over check ids; none: all. */
  readonly run: readonly string[];
  readonly skip: readonly string[];
  /** Crash points that are gone through: `all`, `none` (the default) or one by its name. */
  readonly crash?: string;
  /** Directory below which the nodes have theirs; null or absent: a temporary one. */
  readonly data?: string | null;
  /** Directory of the report; null: nothing is written. */
  readonly out: string | null;
  readonly seed: string;
  /** All time limits scale with it. */
  readonly slow: number;
  /** So many processes of the adapter side by side, where there is work for them: one unless it says otherwise, and two in crash runs. */
  readonly jobs?: number;
  readonly failFast?: boolean;
  /** How the run was asked for, so that a failure can name the command that runs it again; `command` null: the bundled reference. */
  readonly again?: { readonly options: readonly string[]; readonly command: readonly string[] | null };
  /** Ends all groups, and the run throws Interrupted. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/**
 * Judges an adapter.
 *
 * @throws UsageError for a pattern that matches nothing, a crash point that the adapter does not have, and nodes in the place of the reports; InputError when the report cannot
 * be written or the nodes have no place; Interrupted
 */
export async function run(options: RunOptions): Promise<Report> {
  const { library, profile, seed, slow, out, crash = 'none' } = options;
  const selected = selectIds(checkIds(library), options.run, options.skip);
  if (crash !== 'all' && crash !== 'none') await throwUnlessDeclared(crash, options);
  const directories = Directories.below(options.data ?? null, out);
  try {
    const session = {
      command: options.command, profile, seed, slow, out, dataRoot: directories.root, digest: library.digest,
      ...startOf(options),
    };
    const log = new RunLog(out, options.onEvent, aboutOf(library));
    const begun = performance.now();
    const end = (problem: string | null, stopped: 'fail-fast' | 'interrupted' | null): void =>
      log.add({ type: 'end', ms: Math.round(performance.now() - begun), problem, stopped });
    const judging = new Judging(options, session, selected, directories, log);

    try {
      log.add({
        type: 'run', schema: REPORT_SCHEMA, suite: packageVersion(), digest: library.digest, profile, seed, slow, crash, at: new Date().toISOString(),
        command: [...options.command],
        again: { options: [...options.again?.options ?? []], command: options.again?.command === null ? null : [...options.again?.command ?? options.command] },
        selection: { run: [...options.run], skip: [...options.skip], fail_fast: options.failFast === true },
      });
      try {
        const stopped = await judging.all();
        end(null, stopped ? 'fail-fast' : null);
      } catch (error) {
        await judging.end();
        if (error instanceof Interrupted) end(null, 'interrupted');
        if (!(error instanceof NotDriven)) throw error;
        end(error.message, null);
      }
      const tallied = tally(log.events);
      const report = reportOf(tallied);
      log.write({ 'report.json': `${JSON.stringify(report, null, 2)}\n`, 'junit.xml': junitOf(tallied) });
      return report;
    } finally {
      await judging.end();
      log.close();
    }
  } finally {
    await directories.end();
  }
}

/** What transcripts tell of a scenario. */
function aboutOf({ scenarios = [] }: Judged): About {
  const known = new Map(scenarios.map(({ scenario }) => [scenario.id, scenario]));
  return (id) => {
    const scenario = known.get(id);
    return scenario === undefined ? null : { title: scenario.title, steps: scenario.steps.map(stepWords) };
  };
}

/** How an adapter is started, and ended by a signal: what was said of it. */
const startOf = ({ start, env, signal }: RunOptions): Pick<RunOptions, 'start' | 'env' | 'signal'> =>
  ({ ...(start !== undefined && { start }), ...(env !== undefined && { env }), ...(signal !== undefined && { signal }) });

/** Before anything is written: the adapter is asked for its points. One that cannot be started is told of by the run itself. */
async function throwUnlessDeclared(point: string, options: RunOptions): Promise<void> {
  const { command, profile, seed, slow, library } = options;
  let hello: HelloReply;
  const directories = Directories.below(null);
  try {
    const opened = await openSession({ command, profile, seed, slow, out: null, dataRoot: directories.root, digest: library.digest, ...startOf(options) });
    ({ hello } = opened);
    await opened.client.close();
  } catch (error) {
    if (error instanceof HandshakeError || error instanceof SpawnError) return;
    throw error;
  } finally {
    await directories.end();
  }
  const points = hello.caps.includes('crash.points') ? hello.crashPoints : [];
  if (points.includes(point)) return;
  const has = points.length === 0 ? 'none' : points.slice(0, 20).map((each) => printable(each, 60)).join(', ');
  throw new UsageError(`--crash: expected "all", "none" or a crash point that the adapter declares (${has}), got "${printable(point, 60)}"`);
}

class Judging {
  readonly #options: RunOptions;
  readonly #selected: ReadonlySet<string>;
  readonly #directories: Directories;
  readonly #log: RunLog;
  readonly #session: Omit<SessionsOptions, 'onEvent'>;
  /** Of the first worker: they are there before there is anything to be asked. */
  readonly #sessions: Sessions;
  readonly #stopFirst = new AbortController();
  #tellFirst: (event: RunEvent) => void;
  #workers: readonly AdapterWorker[] = [];
  #processes = 0;
  #failed = false;

  constructor(options: RunOptions, session: Omit<SessionsOptions, 'onEvent'>, selected: ReadonlySet<string>, directories: Directories, log: RunLog) {
    this.#options = options;
    this.#selected = selected;
    this.#directories = directories;
    this.#log = log;
    this.#session = session;
    this.#tellFirst = log.add;
    this.#sessions = this.#sessionsOf(1, (event) => this.#tellFirst(event), this.#stopFirst.signal);
  }

  async end(): Promise<void> {
    await Promise.all([this.#sessions, ...this.#workers.map(({ sessions }) => sessions)].map((sessions) => sessions.end()));
  }

  /** True when it stopped at the first failure. @throws NotDriven, Interrupted */
  async all(): Promise<boolean> {
    const { hello } = await this.#sessions.current();
    this.#log.add({ type: 'hello', declared: hello });
    const plan = planFor(this.#options.library, hello, this.#options.profile, this.#selected, this.#options.crash);
    this.#log.add(plan.event);

    const required = new Set(plan.event.checks.filter((check) => check.required).map(({ id }) => id));
    const emit = (event: RunEvent): void => {
      if (event.type === 'verdict' && event.verdict !== 'passed' && required.has(event.check)) this.#failed = true;
      this.#log.add(event);
    };
    if (await this.#pieces(plan, hello, emit)) return true;

    const points = this.#crashPoints(hello);
    if (points.length === 0) return false;
    let stopped = false;
    const scenarios = new ScenarioLedger(emit);
    await runCrashes({
      batches: plan.scenarios, hello, points, required,
      context: { directories: this.#directories, kek: this.#kek(), ledger: scenarios, emit },
      sessions: (onEvent) => {
        const worker = new Sessions({ ...this.#session, declared: hello, onEvent, nextNumber: () => this.#processes += 1 });
        worker.onAnsweredTwice = (asked) => asked instanceof ScenarioAsked && scenarios.answeredTwice(asked);
        return worker;
      },
      enough: () => {
        this.#log.throwIfBroken();
        stopped ||= this.#options.failFast === true && this.#failed;
        return stopped;
      },
      ...(this.#options.jobs !== undefined && { workers: this.#options.jobs }),
    });
    this.#log.throwIfBroken();
    return stopped;
  }

  /** Vectors and scenarios. True when it stopped at a failure. */
  async #pieces(plan: Plan, hello: HelloReply, emit: (event: RunEvent) => void): Promise<boolean> {
    const scenarios = plan.scenarios.filter(({ checks, invariants }) => checks.length + invariants.length > 0);
    const pieces: Piece[] = [...plan.batches.map((group) => ({ group })), ...scenarios.map((scenario) => ({ scenario }))];
    const of = shares([...plan.batches.map(weightOfGroup), ...scenarios.map(weightOfScenario)], this.#options.jobs ?? 1);
    const order = new InOrder(emit);
    const work: Work = { pieces, hello, directories: this.#directories, kek: this.#kek() };
    this.#workers = Array.from({ length: Math.max(0, ...of) + 1 }, (_, at) => new AdapterWorker(work, Math.max(0, of.indexOf(at)), at === 0 ? this.#givenFirst : (onEvent, signal) => this.#sessionsOf(at + 1, onEvent, signal, hello), order.tell));
    return await runSideBySide({
      shares: of, workers: this.#workers, order,
      enough: () => {
        this.#log.throwIfBroken();
        return this.#options.failFast === true && this.#failed;
      },
    });
  }

  readonly #givenFirst: SessionsOf = (onEvent, signal) => {
    this.#tellFirst = onEvent;
    signal.addEventListener('abort', () => this.#stopFirst.abort(), { once: true });
    return this.#sessions;
  };

  /** Sessions whose processes have numbers of their own, whatever the others do: of three workers the second has 2, 5, 8. */
  #sessionsOf(worker: number, onEvent: (event: RunEvent) => void, stop: AbortSignal, declared?: HelloReply): Sessions {
    const { signal } = this.#session;
    let number = worker - Math.max(1, this.#options.jobs ?? 1);
    return new Sessions({
      ...this.#session, onEvent, signal: AbortSignal.any([stop, ...signal === undefined ? [] : [signal]]), ...(declared !== undefined && { declared }),
      nextNumber: () => {
        number += Math.max(1, this.#options.jobs ?? 1);
        this.#processes = Math.max(this.#processes, number);
        return number;
      },
    });
  }

  #kek(): Uint8Array {
    return Buffer.from(kekOf(this.#options.seed), 'hex');
  }

  #crashPoints({ caps, crashPoints }: HelloReply): readonly string[] {
    const { crash = 'none' } = this.#options;
    return crash === 'none' || !caps.includes('crash.points') ? [] : crashPoints.filter((point) => crash === 'all' || crash === point);
  }
}
