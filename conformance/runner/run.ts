/**
 * The run: what is selected, the handshake, group after group, the report.
 *
 * Input: a command, a library and a selection. Output: the content of report.json, and the files of the report.
 * Whatever the adapter does ends in a report; what the user can put right is thrown before it is started.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageVersion } from '../package-root.js';
import type { Profile } from '../protocol/messages.js';
import { REPORT_SCHEMA, type RunEvent } from '../report/events.js';
import { junitOf } from '../report/junit.js';
import { RunLog } from '../report/log.js';
import { reportOf } from '../report/report-json.js';
import type { Report } from '../report/schema.js';
import { tally } from '../report/tally.js';
import type { Library } from '../vectors/library.js';
import { runGroup } from './group.js';
import { Ledger } from './ledger.js';
import { selectIds } from './patterns.js';
import { planFor } from './plan.js';
import { Interrupted, NotDriven, Sessions } from './sessions.js';

export interface RunOptions {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly library: Library;
  /** The profile that is judged. */
  readonly profile: Profile;
  /** Patterns over check ids; none: all. */
  readonly run: readonly string[];
  readonly skip: readonly string[];
  /** Directory of the report; null: nothing is written. */
  readonly out: string | null;
  readonly seed: string;
  /** All time limits scale with it. */
  readonly slow: number;
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
 * @throws UsageError for a pattern that matches nothing; InputError when the report cannot be written; Interrupted
 */
export async function run(options: RunOptions): Promise<Report> {
  const { library, profile, seed, slow, out } = options;
  const selected = selectIds(library.checks.map(({ id }) => id), options.run, options.skip);
  const log = new RunLog(out, options.onEvent);
  const dataRoot = mkdtempSync(join(tmpdir(), 'cutcheck-'));
  const begun = performance.now();
  const end = (problem: string | null, stopped: 'fail-fast' | 'interrupted' | null): void =>
    log.add({ type: 'end', ms: Math.round(performance.now() - begun), problem, stopped });
  const sessions = new Sessions({
    command: options.command, profile, seed, slow, out, dataRoot, digest: library.digest, onEvent: log.add,
    ...(options.env !== undefined && { env: options.env }), ...(options.signal !== undefined && { signal: options.signal }),
  });

  try {
    log.add({
      type: 'run', schema: REPORT_SCHEMA, suite: packageVersion(), digest: library.digest, profile, seed, slow, at: new Date().toISOString(),
      command: [...options.command],
      again: { options: [...options.again?.options ?? []], command: options.again?.command === null ? null : [...options.again?.command ?? options.command] },
      selection: { run: [...options.run], skip: [...options.skip], fail_fast: options.failFast === true },
    });
    try {
      const stopped = await judgeAll(options, selected, sessions, log);
      end(null, stopped ? 'fail-fast' : null);
    } catch (error) {
      await sessions.end();
      if (error instanceof Interrupted) end(null, 'interrupted');
      if (!(error instanceof NotDriven)) throw error;
      end(error.message, null);
    }
    const tallied = tally(log.events);
    const report = reportOf(tallied);
    log.write({ 'report.json': `${JSON.stringify(report, null, 2)}\n`, 'junit.xml': junitOf(tallied) });
    return report;
  } finally {
    await sessions.end();
    log.close();
    removeData(dataRoot);
  }
}

/** What the adapter left there may be beyond removing; that is no reason to lose a run. */
function removeData(dataRoot: string): void {
  try {
    rmSync(dataRoot, { recursive: true, force: true });
  } catch {
    // It stays in the temporary directory of the system.
  }
}

/** True when it stopped at the first failure. */
async function judgeAll({ library, profile, failFast }: RunOptions, selected: ReadonlySet<string>, sessions: Sessions, log: RunLog): Promise<boolean> {
  const { hello } = await sessions.current();
  log.add({ type: 'hello', declared: hello });
  const plan = planFor(library, hello, profile, selected);
  log.add(plan.event);

  const required = new Set(plan.event.checks.filter((check) => check.required).map(({ id }) => id));
  let failed = false;
  const ledger = new Ledger(hello, (event) => {
    if (event.type === 'verdict' && event.verdict !== 'passed' && required.has(event.check)) failed = true;
    log.add(event);
  });
  sessions.onAnsweredTwice = (item) => ledger.answeredTwice(item);

  const probation = { on: false };
  let stopped = false;
  for (const [at, batch] of plan.batches.entries()) {
    await runGroup(batch, { sessions, ledger, emit: log.add, probation });
    log.throwIfBroken();
    if (failFast === true && failed && at < plan.batches.length - 1) {
      stopped = true;
      break;
    }
  }
  const late = await sessions.close();
  sessions.throwIfInterrupted();
  if (late !== null) ledger.blameLast(late);
  return stopped;
}
