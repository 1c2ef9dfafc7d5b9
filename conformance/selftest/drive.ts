/** Drives one adapter through some checks with the runner itself, and sorts what failed: by an answer, or otherwise. */
import type { EventOf } from '../report/events.js';
import { run } from '../runner/run.js';
import type { Check } from '../vectors/library.js';
import type { Driven } from './kill-matrix.js';
import { answerText } from './kills.js';

type Verdict = EventOf<'verdict'>;

/** The verdicts of one run and why it could not be driven, if so. */
export async function verdictsOf(command: readonly string[], checks: readonly Check[], { slow = 1, signal }: { readonly slow?: number; readonly signal?: AbortSignal } = {}):
Promise<{ verdicts: readonly Verdict[]; verdict: string; problem: string | null }> {
  // A later verdict on a case replaces an earlier one.
  const verdicts = new Map<string, Verdict>();
  const { verdict, problem } = await run({
    command, library: { digest: 'sha256:selftest', checks, unjudged: [], notOurs: 0 }, profile: 'repaired', run: [], skip: [], out: null, seed: '5e1f', slow,
    // A signal of its own for each run, since one is listened to for as long as it lives.
    ...(signal !== undefined && { signal: AbortSignal.any([signal]) }),
    onEvent: (event) => { if (event.type === 'verdict') verdicts.set(`${event.check} ${event.case}`, event); },
  });
  return { verdicts: [...verdicts.values()], verdict, problem };
}

/** @throws Interrupted when `signal` is aborted */
export async function drive(command: readonly string[], checks: readonly Check[], signal?: AbortSignal): Promise<Driven> {
  const { verdicts, problem } = await verdictsOf(command, checks, signal === undefined ? {} : { signal });
  const failures = new Map<string, Record<string, string[]>>();
  const troubles = problem === null ? [] : [problem];
  for (const { check, case: id, failure } of verdicts) {
    if (failure === undefined) continue;
    if (failure.kind !== 'answer' || failure.answer === undefined) {
      troubles.push(`${check}, case ${id}: ${failure.got} (${failure.kind}): no kill, since it was not found out by its answer`);
      continue;
    }
    const answers = failures.get(check) ?? {};
    failures.set(check, answers);
    (answers[answerText(failure.answer.result, failure.answer.reasons)] ??= []).push(id);
  }
  return { failures: [...failures].map(([check, answers]) => ({ check, answers })), troubles };
}
