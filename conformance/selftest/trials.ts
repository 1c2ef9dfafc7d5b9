/**
 * The trials of the runner: one run against the puppet for each way to misbehave. The runner must see it, name it, keep
 * it to the group in which it happened, come to its end in time, and leave no process behind.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FailureKind } from '../report/events.js';
import type { Check, Library } from '../vectors/library.js';
import { vectorsAlone, verdictsOf } from './drive.js';
import type { JudgedSuite } from './judged.js';
import type { Finding } from './kills.js';
import { isAtLeader, isAtNode, misbehaviours, type AtLeader, type AtNode, type AtStart, type AtVector, type Misbehaviour } from './misbehaviours.js';
import { inParallel } from './parallel.js';
import { leaderTrial, NODE_HERE, nodeTrial, SCENARIO_HERE } from './trial-scenarios.js';

/** What a run has to say: nothing is wrong, the vectors of the group or the scenario failed in this way, or the adapter cannot be driven. */
export type Due = 'conformant' | { readonly failure: FailureKind } | { readonly problem: RegExp };

const seen: Readonly<Record<AtVector | AtNode | AtLeader, 'conformant' | FailureKind>> = {
  'hangs': 'timed-out', 'ignores-sigterm': 'timed-out',
  'crashes': 'exited', 'crashes-mid-line': 'exited', 'closes-stdout': 'closed-stdout',
  'garbage': 'garbage', 'invalid-utf8': 'garbage', 'deep-nesting': 'garbage', 'proto-member': 'garbage',
  'long-line': 'line-too-long', 'endless-line': 'line-too-long', 'floods-stderr': 'stderr-flood',
  'wrong-id': 'wrong-id', 'answers-twice': 'answered-twice', 'answers-twice-late': 'answered-twice',
  'two-outcomes': 'malformed', 'no-outcome': 'malformed', 'unsupported': 'unsupported', 'fault': 'fault', 'says-valid': 'answer',
  'talks-on-stderr': 'conformant', 'splits-line': 'conformant', 'sends-event': 'conformant',
  'node-hangs': 'timed-out', 'node-exits-86': 'exited', 'node-crashes-unasked': 'malformed', 'node-state-is-none': 'malformed', 'node-state-lies': 'answer',
  'node-halts-without-reason': 'malformed', 'node-unknown': 'unknown', 'node-unsupported': 'unsupported',
  'node-disarms-nonsense': 'malformed', 'node-says-reached': 'answer', 'node-exits-on-virtual': 'exited', 'node-comes-back-wrong': 'answer',
  'node-cannot-forget': 'conformant',
  'leader-begins-with-data': 'malformed', 'leader-gives-no-ticket': 'malformed', 'leader-gives-a-ticket-twice': 'malformed', 'leader-appends-elsewhere': 'malformed',
  'leader-appends-in-another-term': 'malformed', 'leader-appends-another-payload': 'answer', 'leader-acknowledges-too-early': 'answer', 'leader-speaks-of-a-strange-ticket': 'malformed',
  'leader-does-two-steps': 'malformed', 'leader-waits-and-goes-on': 'malformed', 'leader-goes-on-when-asked': 'malformed', 'leader-changes-its-answer': 'malformed',
  'leader-forgets-its-answer': 'malformed', 'leader-does-not-know': 'answer',
};

const refused: Readonly<Record<AtStart, RegExp>> = {
  'refuses-to-start': /exited with code 3.*the key file is missing/,
  'stays-silent': /stayed silent/,
  'bad-hello': /declaration/,
  'no-common-version': /speaks protocol 99/,
  'claims-operation': /an operation that does not exist/,
};

export function dueOf(kind: Misbehaviour): Due {
  if (Object.hasOwn(refused, kind)) return { problem: refused[kind as AtStart] };
  const failure = seen[kind as AtVector | AtNode | AtLeader];
  return failure === 'conformant' ? failure : { failure };
}

/** The group where the puppet misbehaves, and its cases; the group behind it shows that the harm went no further. */
const HERE = 'proposal-envelope/decode-rejects';
const THERE = 'proposal-envelope/decode';
const CASES = 2;
/** Longest that a trial may take: three lost processes with all their graces, and room for a busy machine. */
const BOUND_MS = 25_000;
/** Where a time-out is what is waited for, less than the usual patience does. */
const IMPATIENT = 0.2;
const patience = (kind: Misbehaviour): number => ['hangs', 'ignores-sigterm', 'stays-silent', 'node-hangs'].includes(kind) ? IMPATIENT : 1;

/** The checks of a trial: two cases where the puppet misbehaves, and a group behind it. */
export function trialChecks(library: Pick<Library, 'checks'>): Check[] {
  const of = (group: string): Check[] => library.checks.filter((check) => check.id.startsWith(`${group}/`));
  return [...of(HERE).slice(0, 1).map((check) => ({ ...check, cases: check.cases.slice(0, CASES) })), ...of(THERE)];
}

export const puppetCommand = (kind: Misbehaviour, pids: string): readonly string[] =>
  [process.execPath, fileURLToPath(new URL('puppet.js', import.meta.url)), '--misbehave', kind, '--at', isAtNode(kind) ? NODE_HERE : HERE, '--pids', pids];

/** What came of a trial. */
export interface Outcome {
  readonly verdict: string;
  readonly problem: string | null;
  /** Ids of the checks that did not pass, and of the cases in them, with the kinds of their failures. */
  readonly failures: readonly { readonly check: string; readonly case?: string; readonly kind: string }[];
  readonly ended: boolean;
  readonly leftBehind: readonly number[];
}

/** What is wrong with the runner, judging by a trial. */
export function judgeTrial(kind: Misbehaviour, { verdict, problem, failures, ended, leftBehind }: Outcome): Finding[] {
  const finding = (says: string): Finding => ({ part: 'puppet', subject: kind, says });
  const found = leftBehind.length === 0 ? [] : [finding(`left ${leftBehind.length === 1 ? 'a process' : `${leftBehind.length} processes`} behind`)];
  if (!ended) return [finding(`the run did not end within ${BOUND_MS / 1000} s`), ...found];
  const due = dueOf(kind);
  if (due === 'conformant') {
    if (verdict !== 'conformant') found.push(finding(`is lawful, and the verdict is ${verdict}: ${problem ?? failures.map(({ check, kind: how }) => `${check} ${how}`).join(', ')}`));
    return found;
  }
  if ('problem' in due) {
    if (verdict !== 'not-driven') found.push(finding(`the verdict is ${verdict}, and nothing could be driven`));
    else if (!due.problem.test(problem ?? '')) found.push(finding(`the runner says "${problem ?? ''}", which does not name it (${due.problem.source})`));
    return found;
  }
  if (verdict !== 'nonconformant') found.push(finding(`the verdict is ${verdict}${problem === null ? '' : ` (${problem})`}, and the adapter misbehaved`));
  const isHere = (failure: Outcome['failures'][number]): boolean => isAtNode(kind) ? failure.case?.split('@')[0] === SCENARIO_HERE : failure.check.startsWith(`${HERE}/`);
  const here = failures.filter(isHere);
  if ((isAtNode(kind) ? here.length === 0 : here.length !== CASES) || here.some((failure) => failure.kind !== due.failure)) {
    const what = isAtNode(kind) ? 'the scenario fails' : `${CASES} cases fail`;
    found.push(finding(`${what} as ${due.failure}; the run has ${here.length === 0 ? 'none' : here.map((failure) => failure.kind).join(', ')}`));
  }
  const beyond = failures.filter((failure) => !isHere(failure));
  if (beyond.length > 0) found.push(finding(`fails ${beyond.map(({ check }) => check).join(', ')} too, where the adapter behaved`));
  return found;
}

export interface TrialsOptions {
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly onTrial?: (done: number, of: number) => void;
}

/** Runs the trials. @returns what is wrong with the runner @throws Interrupted when `signal` is aborted */
export async function trials(kinds: readonly Misbehaviour[], library: Pick<Library, 'checks'>, options: TrialsOptions = {}): Promise<Finding[]> {
  const vectors = vectorsAlone(trialChecks(library));
  const found = new Map<Misbehaviour, Finding[]>();
  let done = 0;
  // Those that are waited for go first, so that the others run beside them.
  const inOrder = [...kinds].sort((left, right) => patience(left) - patience(right));
  await inParallel(options.jobs ?? 3, inOrder, async (kind) => {
    found.set(kind, judgeTrial(kind, await trial(kind, isAtLeader(kind) ? leaderTrial : isAtNode(kind) ? nodeTrial : vectors, options.signal)));
    options.onTrial?.(done += 1, kinds.length);
  });
  return kinds.flatMap((kind) => found.get(kind) ?? []);
}

export const allKinds = (): Misbehaviour[] => Object.keys(misbehaviours) as Misbehaviour[];

async function trial(kind: Misbehaviour, suite: JudgedSuite, signal?: AbortSignal): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'cutcheck-puppet-'));
  const pids = join(directory, 'pids');
  const over = new AbortController();
  const interrupt = new AbortController();
  const late = after(BOUND_MS, null, { signal: over.signal }).catch(() => null);
  try {
    const ends = AbortSignal.any(signal === undefined ? [interrupt.signal] : [interrupt.signal, signal]);
    const outcome = await Promise.race([verdictsOf(puppetCommand(kind, pids), suite, { crash: isAtNode(kind) ? 'all' : null, slow: patience(kind), signal: ends }), late]);
    // A run that does not come to its end is interrupted; what it leaves behind then counts like everything else.
    if (outcome === null) interrupt.abort();
    const noted = existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
    const leftBehind = await survivors(noted);
    if (outcome === null) return { verdict: 'none', problem: null, failures: [], ended: false, leftBehind };
    const failures = outcome.verdicts.flatMap(({ check, case: id, failure }) => failure === undefined ? [] : [{ check, case: id, kind: failure.kind }]);
    return { verdict: outcome.verdict, problem: outcome.problem, failures, ended: true, leftBehind };
  } finally {
    over.abort();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The processes that still run a moment after the run; they are ended here, being our own. */
export async function survivors(pids: readonly number[]): Promise<number[]> {
  for (let tries = 0; tries < 20 && pids.some(runs); tries += 1) await after(25);
  const left = pids.filter(runs);
  for (const pid of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went by itself meanwhile.
    }
  }
  return left;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // One that has ended and was not collected yet by its parent runs no more; only Linux lets us see that.
  const status = `/proc/${pid}/stat`;
  try {
    return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'));
  } catch {
    return false;
  }
}
