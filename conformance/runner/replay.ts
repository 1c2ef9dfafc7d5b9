/**
 * Replays, with a fresh process and told step by step to a listener: a scenario is played here as a run plays it, its checks
 * and invariants judged; a transcript is sent again in resend.ts.
 *
 * Input: a scenario, a command, and a pace. Output: events, and whether something failed that the profile demands.
 */
import type { HelloReply, Profile } from '../protocol/messages.js';
import type { StateMessage } from '../protocol/operations.js';
import type { EventOf, Failure, RunEvent } from '../report/events.js';
import type { TranscriptHead } from '../report/transcripts.js';
import { invariantChecks, scenarioChecks } from '../scenarios/library.js';
import type { LoadedScenario } from '../scenarios/load.js';
import { stepWords } from '../scenarios/step-words.js';
import { changes, type Change } from './changes.js';
import { Directories } from './directories.js';
import { kekOf } from './handshake.js';
import type { Stop } from './nodes.js';
import { checkIds, planFor, type Judged } from './plan.js';
import type { StartAdapter } from './process.js';
import { diskOf, playOnce, prepared, verdictsOn } from './scenario-run.js';
import { ScenarioAsked } from './scenario-ledger.js';
import { Sessions } from './sessions.js';

export interface ReplayOptions {
  readonly command: readonly string[];
  readonly start?: StartAdapter;
  readonly profile: Profile;
  readonly seed: string;
  readonly slow: number;
  readonly digest: string;
  readonly signal?: AbortSignal;
  readonly onEvent: (event: ReplayEvent) => void;
  /** Waited for before each step; false: the replay ends here. */
  readonly pace: () => Promise<boolean>;
}

/** What is told: the events of a run, and those of a replay. */
export type ReplayEvent = RunEvent
  | { readonly type: 'replay'; readonly what: 'scenario' | 'transcript'; readonly id: string; readonly title: string; readonly profile: Profile; readonly seed: string; readonly disk: string; readonly declared: HelloReply; readonly crash: TranscriptHead['crash'] }
  /** A step begins; null: what was asked for none, such as where to die. */
  | { readonly type: 'step'; readonly step: number | null; readonly words: string }
  /** What a node says of itself, in so far as it said otherwise before, or nothing. */
  | { readonly type: 'changed'; readonly node: string; readonly changes: readonly Change[]; readonly first: boolean }
  | { readonly type: 'judged'; readonly check: string; readonly clause: string; readonly says: string; readonly required: boolean; readonly failure: Failure | null }
  /** It goes no further, or not in this way. */
  | { readonly type: 'stopped'; readonly step: number | null; readonly got: string }
  /** An answer that is not the recorded one. */
  | { readonly type: 'differs'; readonly step: number | null; readonly op: string; readonly changes: readonly Change[] }
  /** A recorded failure at the end: whether what it was about came out as it did then. */
  | { readonly type: 'again'; readonly failure: TranscriptHead['failures'][number]; readonly came: 'again' | 'otherwise' | 'led-away' | 'not-reached'; readonly changes: readonly Change[] }
  | { readonly type: 'replayed'; readonly failed: boolean; readonly quit: boolean; readonly unable: readonly string[] };

export interface Replayed {
  /** Something that the profile demands failed. */
  readonly failed: boolean;
  /** It was ended before its end. */
  readonly quit: boolean;
  /** What the adapter does not declare, so that nothing was played. */
  readonly unable: readonly string[];
}

/** @throws NotDriven, Interrupted */
export async function replayScenario(loaded: LoadedScenario, options: ReplayOptions): Promise<Replayed> {
  const { scenario } = loaded;
  return withSessions(options, async (sessions, directories, tell) => {
    const { hello } = await sessions.current();
    const suite: Judged = {
      digest: options.digest, checks: [], unjudged: [], notOurs: 0, scenarios: [loaded], scenarioChecks: scenarioChecks(scenario), invariantChecks: invariantChecks([scenario]),
    };
    const plan = planFor(suite, hello, options.profile, new Set(checkIds(suite)));
    const [batch] = plan.scenarios;
    const disk = diskOf(scenario, hello);
    tell({ type: 'replay', what: 'scenario', id: scenario.id, title: scenario.title, profile: options.profile, seed: options.seed, disk, declared: hello, crash: [] });
    if (batch === undefined) return { failed: false, quit: false, unable: [...new Set(plan.event.checks.flatMap(({ kind, lacks }) => kind === 'scenario' ? lacks ?? [] : []))] };

    const ready = prepared(batch, Buffer.from(kekOf(options.seed), 'hex'));
    const planned = new Map(plan.event.checks.map((check) => [check.id, check]));
    const says = new Map([...suite.scenarioChecks ?? [], ...suite.invariantChecks ?? []].map((check) => [check.id, check.says]));
    const judged = (id: string, failure: Failure | null): void => {
      const { clause = '', required = false } = planned.get(id) ?? {};
      tell({ type: 'judged', check: id, clause, says: says.get(id) ?? '', required, failure });
    };
    let quit = false;
    const told = new Set<string>();
    const { played } = await playOnce(ready, { sessions, directories }, {
      disk, sync: scenario.sync, asked: new ScenarioAsked(scenario.id), impatient: false, until: Infinity,
      play: {
        everyState: true,
        onlooker: {
          before: async ({ step, number }) => {
            tell({ type: 'step', step: number, words: stepWords(step) });
            quit = !await options.pace();
            return !quit;
          },
          behind: ({ step, number }, verdicts, stop: Stop | null) => {
            if (stop !== null) tell({ type: 'stopped', step: number, got: stop.got });
            for (const { check } of 'checks' in step ? step.checks ?? [] : []) {
              const id = `${scenario.id}/${check}`;
              const failure = verdicts.get(check);
              if (failure !== undefined) judged(id, failure);
              told.add(id);
            }
          },
        },
      },
    });
    const verdicts = verdictsOn(ready, played);
    // What was told at its step is not told again, unless something behind the scenario turned it.
    for (const { check, failure } of verdicts) if (!told.has(check) || (failure !== null && failure.step === undefined)) judged(check, failure);
    return { failed: verdicts.some(({ check, failure }) => failure !== null && planned.get(check)?.required === true), quit, unable: [] };
  });
}

/** A fresh process, directories of its own, and a listener who is told of the states too. */
export async function withSessions(options: ReplayOptions, work: (sessions: Sessions, directories: Directories, tell: ReplayOptions['onEvent']) => Promise<Replayed>): Promise<Replayed> {
  const { command, start, profile, seed, slow, digest, signal } = options;
  const directories = Directories.below(null);
  const states = new Map<string, StateMessage>();
  const asked = new Map<string, EventOf<'request'>>();
  const tell = (event: ReplayEvent): void => {
    options.onEvent(event);
    if (event.type === 'request') asked.set(`${event.process} ${event.id}`, event);
    if (event.type !== 'reply') return;
    const { op, node } = asked.get(`${event.process} ${event.id}`) ?? {};
    asked.delete(`${event.process} ${event.id}`);
    const state = event.reply?.['ok'];
    if (op !== 'state' || node === undefined || state === undefined) return;
    const before = states.get(node);
    states.set(node, state as StateMessage);
    const found = changes(before ?? {}, state);
    if (found.length > 0) options.onEvent({ type: 'changed', node, changes: found, first: before === undefined });
  };
  const sessions = new Sessions({
    command, profile, seed, slow, digest, out: null, dataRoot: directories.root, onEvent: tell,
    ...(start !== undefined && { start }), ...(signal !== undefined && { signal }),
  });
  try {
    const replayed = await work(sessions, directories, tell);
    await sessions.close();
    options.onEvent({ type: 'replayed', ...replayed });
    return replayed;
  } finally {
    await sessions.end();
    await directories.end();
  }
}
