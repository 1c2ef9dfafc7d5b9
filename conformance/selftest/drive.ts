/** Drives one adapter through a part of the suite with the runner itself, and sorts what failed: by an answer, or otherwise. */
import type { Profile } from '../protocol/messages.js';
import type { EventOf } from '../report/events.js';
import type { StartAdapter } from '../runner/process.js';
import { run } from '../runner/run.js';
import type { Check } from '../vectors/library.js';
import type { JudgedSuite, Trial } from './judged.js';
import type { Driven } from './kill-matrix.js';
import { answerText } from './kills.js';

type Verdict = EventOf<'verdict'>;

/** A seed by which a power failure takes all that was not synced: another may leave some of it, and a mutant its life. */
const SEED = '5e1f02';

interface Options { readonly start?: StartAdapter; readonly profile?: Profile; readonly crash?: string | null; readonly slow?: number; readonly signal?: AbortSignal }

/** A suite of vectors alone. */
export const vectorsAlone = (checks: readonly Check[]): JudgedSuite => ({ checks, scenarios: [], scenarioChecks: [], invariantChecks: [] });

/** The verdicts of one run and why it could not be driven, if so. */
export async function verdictsOf(command: readonly string[], suite: JudgedSuite, { start, profile = 'repaired', crash = null, slow = 1, signal }: Options = {}):
Promise<{ verdicts: readonly Verdict[]; verdict: string; problem: string | null }> {
  // A later verdict on a case replaces an earlier one.
  const verdicts = new Map<string, Verdict>();
  const { verdict, problem } = await run({
    command, library: { digest: 'sha256:selftest', unjudged: [], notOurs: 0, ...suite }, profile, crash: crash ?? 'none', run: [], skip: [], out: null, seed: SEED, slow,
    ...(start !== undefined && { start }),
    // A signal of its own for each run, since one is listened to for as long as it lives.
    ...(signal !== undefined && { signal: AbortSignal.any([signal]) }),
    onEvent: (event) => { if (event.type === 'verdict') verdicts.set(`${event.check} ${event.case}`, event); },
  });
  return { verdicts: [...verdicts.values()], verdict, problem };
}

/** @throws Interrupted when `signal` is aborted */
export async function drive(
  command: readonly string[], { suite, crash }: Pick<Trial, 'suite' | 'crash'>, profile: Profile, more: Pick<Options, 'start' | 'signal'> = {},
): Promise<Driven> {
  const { verdicts, problem } = await verdictsOf(command, suite, { ...more, profile, crash });
  const failures = new Map<string, Record<string, string[]>>();
  const unreached = new Set<string>();
  const troubles = problem === null ? [] : [problem];
  for (const { check, case: id, failure } of verdicts) {
    if (failure === undefined) continue;
    // Nor was it reached behind an answer that does not fit the earlier ones: what a mutant breaks elsewhere can be that.
    if (failure.kind === 'setup' || failure.kind === 'malformed') {
      unreached.add(check);
      continue;
    }
    if (failure.kind !== 'answer' || failure.answer === undefined) {
      troubles.push(`${check}, case ${id}: ${failure.got} (${failure.kind}): no kill, since it was not found out by its answer`);
      continue;
    }
    const answers = failures.get(check) ?? {};
    failures.set(check, answers);
    (answers[answerText(failure.answer.result, failure.answer.reasons)] ??= []).push(id);
  }
  return { failures: [...failures].map(([check, answers]) => ({ check, answers })), unreached: [...unreached], troubles };
}
