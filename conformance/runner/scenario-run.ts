/**
 * One scenario of a run: played on its disk, its checks judged, the invariants watched. Whatever the adapter does costs
 * this scenario at most, and never the run.
 *
 * A scenario whose process broke down is played once more in a fresh one, only to tell whether it hangs on what came
 * before. An adapter that lost a scenario by a time-out is on probation, as it is after a group of vectors.
 */
import type { HelloReply } from '../protocol/messages.js';
import type { Failure, RunEvent } from '../report/events.js';
import { ONCE_MORE } from '../report/transcripts.js';
import { expandScenario, type ExpandedScenario } from '../scenarios/expand.js';
import { follow, type Followed } from '../scenarios/follow.js';
import { needsOf } from '../scenarios/library.js';
import type { Scenario } from '../scenarios/schema.js';
import type { Directories } from './directories.js';
import { brokenInvariants, type Broken } from './invariants.js';
import { Nodes, type Disk, type Stop } from './nodes.js';
import type { Asked, ScenarioBatch } from './plan.js';
import type { Played } from './played.js';
import { Play, type PlayOptions } from './scenario.js';
import type { ScenarioLedger, ScenarioVerdict } from './scenario-ledger.js';
import type { Sessions } from './sessions.js';

export interface ScenarioContext {
  readonly sessions: Sessions;
  readonly directories: Directories;
  readonly kek: Uint8Array;
  readonly ledger: ScenarioLedger;
  readonly emit: (event: RunEvent) => void;
  /** Carried from one to the next. */
  readonly probation: { on: boolean };
}

/** A scenario with what follows from it. */
export interface Prepared { readonly batch: ScenarioBatch; readonly scenario: Scenario; readonly expanded: ExpandedScenario; readonly followed: readonly Followed[] }

export function prepared(batch: ScenarioBatch, kek: Uint8Array): Prepared {
  const { scenario } = batch.loaded;
  return { batch, scenario, expanded: expandScenario(scenario, { kek }), followed: follow(scenario) };
}

/** A real directory where the adapter has one, unless the power or the disk fails: only a virtual disk loses what was not synced, or refuses to sync it. */
export function diskOf(scenario: Scenario, { caps }: HelloReply): Disk {
  return caps.includes('disk.dir') && !needsOf(scenario).includes('disk.virtual') ? 'dir' : caps.includes('disk.virtual') ? 'virtual' : 'dir';
}

/** Runs it and gives its verdicts. @throws NotDriven, Interrupted */
export async function runScenario(batch: ScenarioBatch, context: ScenarioContext): Promise<void> {
  const { sessions, ledger, emit, probation } = context;
  const ready = prepared(batch, context.kek);
  const { scenario } = ready;
  const begun = performance.now();
  const { hello } = await sessions.current();
  const disk = diskOf(scenario, hello);
  const asked = ledger.asked(scenario.id);
  const impatient = probation.on;
  const once = { disk, sync: scenario.sync, asked, impatient };
  const { played } = await playOnce(ready, context, once);

  let orderDependent = false;
  if (!brokeDown(played)) probation.on = false;
  else if (!impatient) {
    await sessions.close();
    const again = await playOnce(ready, context, { ...once, asked: ledger.asked(scenario.id + ONCE_MORE), impatient: true });
    orderDependent = again.played.stopped === null && [...again.played.verdicts.values()].every((failure) => failure === null);
    probation.on = played.stopped?.kind === 'timed-out' && again.played.stopped?.kind === 'timed-out';
    await sessions.close();
  }
  emit({ type: 'scenario', scenario: scenario.id, disk, sync: scenario.sync, ms: Math.round(performance.now() - begun) });
  ledger.settle(asked, verdictsOn(ready, played, orderDependent));
}

/** Stops of which the process knows nothing: it answered as an adapter does. */
const HARMLESS: ReadonlySet<string> = new Set(['setup', 'malformed', 'not-sent', 'suite-fault', 'not-run', 'unsupported', 'unknown', 'fault']);

/** The process broke down. */
export const brokeDown = ({ stopped }: Played): boolean => stopped !== null && !HARMLESS.has(stopped.kind);

export interface Once {
  readonly disk: Disk;
  readonly sync: boolean;
  readonly asked: Asked;
  readonly impatient: boolean;
  /** The moment at which it has had its time; absent: that of a group from now. */
  readonly until?: number;
  readonly play?: PlayOptions;
  /** Done before the first step. */
  readonly before?: (nodes: Nodes) => Promise<Stop | null>;
  /** Done behind the last step. */
  readonly after?: (play: Play, played: Played) => Promise<void>;
}

/** Plays it once, in a directory of its own, and lets the process forget it. @throws NotDriven, Interrupted */
export async function playOnce({ expanded, followed }: Prepared, { sessions, directories }: Pick<ScenarioContext, 'sessions' | 'directories'>, once: Once): Promise<{ played: Played; play: Play }> {
  const directory = directories.next();
  const { client } = await sessions.current();
  const nodes = await Nodes.of({ sessions, directory, until: once.until ?? performance.now() + client.limits.groupMs, disk: once.disk, sync: once.sync, asked: once.asked, impatient: once.impatient });
  const play = new Play(nodes, expanded, followed, once.play);
  const stop = await once.before?.(nodes) ?? null;
  let played: Played = stop === null ? await play.toTheEnd() : { moments: [], verdicts: new Map(), stopped: { ...stop, step: 1 }, over: null };
  await once.after?.(play, played);
  const late = brokeDown(played) ? null : await forget(sessions, once.asked);
  if (late !== null) played = blamed(played, late);
  // On a virtual disk nothing was made there.
  if (once.disk === 'dir') directories.done(directory, [...played.verdicts.values()].some((failure) => failure !== null));
  return { played, play };
}

/**
 * `reset`, so that the process can be used again. It is the fence behind the scenario too: behind its answer nothing can
 * still be on the way. An adapter that cannot forget is started anew.
 */
async function forget(sessions: Sessions, asked: Once['asked']): Promise<Stop | null> {
  const { client } = await sessions.current();
  const answer = await client.request('reset', {}, client.limits.hardMs, asked);
  sessions.throwIfInterrupted();
  if (answer.kind === 'reply' && answer.outcome === 'ok') return null;
  if (answer.kind === 'breakdown') return { kind: answer.breakdown.kind, got: `the adapter ${answer.breakdown.detail}, at the reset behind this scenario` };
  await sessions.close();
  if (answer.kind === 'reply' && answer.outcome === 'unsupported') return null;
  return { kind: answer.kind === 'reply' ? 'fault' : 'malformed', got: `reset, behind this scenario, came to ${answer.kind === 'reply' ? `"${answer.outcome}"` : answer.kind}` };
}

/** What broke behind a scenario is laid to its last check. */
function blamed(played: Played, stop: Stop): Played {
  const verdicts = new Map(played.verdicts);
  const last = [...verdicts].filter(([, failure]) => failure === null).at(-1);
  if (last !== undefined) verdicts.set(last[0], { kind: stop.kind, expected: 'an adapter that can be used on', got: stop.got });
  return { ...played, verdicts };
}

/** The verdicts on its selected checks, and on the invariants that are watched in it. */
export function verdictsOn({ batch, scenario, followed }: Prepared, played: Played, orderDependent = false): ScenarioVerdict[] {
  const ofChecks = batch.checks.flatMap(({ id, says }): ScenarioVerdict[] => {
    const failure = played.verdicts.get(id.slice(scenario.id.length + 1));
    if (failure === null) return [{ check: id, failure: null }];
    // Nobody asked: what it would have asked for died with a node.
    if (failure === undefined && played.stopped === null) return [];
    const found: Failure = failure ?? { kind: played.stopped?.kind ?? 'not-run', expected: says, got: played.stopped?.got ?? 'not run' };
    return [{ check: id, failure: { ...withHoles(found, scenario), ...(orderDependent && { order_dependent: true }) } }];
  });
  const broken = brokenInvariants(followed, played);
  const ofInvariants = batch.invariants.flatMap(({ id, invariant }): ScenarioVerdict[] => {
    const found = broken.get(invariant);
    if (found !== undefined) return [{ check: id, failure: brokenFailure(found, scenario) }];
    // A scenario that was cut short says nothing of what has to hold to its end.
    return played.stopped === null ? [{ check: id, failure: null }] : [];
  });
  return [...ofChecks, ...ofInvariants];
}

/** A broken invariant as the failure of its check. */
export const brokenFailure = ({ step, node, op, expected, got }: Broken, scenario: Scenario): Failure =>
  withHoles({ kind: 'answer', expected, got, step: { number: step, node, op }, answer: { result: 'broken', reasons: [] } }, scenario);

const withHoles = (failure: Failure, { hole }: Scenario): Failure => hole.length === 0 ? failure : { ...failure, holes: [...hole] };
