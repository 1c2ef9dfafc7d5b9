/**
 * `cutcheck selftest`: is the suite itself worth trusting? Every mutant of the reference must be found out, and the
 * runner must survive every misbehaviour of the puppet.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import cliProgress from 'cli-progress';
import { Option, type Command } from 'commander';
import { packageRoot } from '../package-root.js';
import { Interrupted } from '../runner/sessions.js';
import { withSignals } from '../runner/signals.js';
import { loadSuite } from '../scenarios/library.js';
import { killMatrix, type KillMatrix } from '../selftest/kill-matrix.js';
import { joined, parseRecord, recordText, type Finding, type KillRecord } from '../selftest/kills.js';
import { listMutants } from '../selftest/mutants.js';
import { Pool } from '../selftest/pool.js';
import { allKinds, trials } from '../selftest/trials.js';
import { judgeWhole, parseWhole, wholeMinusEach, wholeText, type WholeMinusOne } from '../selftest/whole.js';
import { InputError, UsageError } from '../errors.js';
import { printJson, printLines } from './print.js';

interface Options { readonly only?: 'mutants' | 'rules' | 'puppet'; readonly mutant?: string; readonly full?: boolean; readonly record?: boolean; readonly json?: boolean }

const RECORD = 'conformance/mutants/kills.json';
const WHOLE_RECORD = 'conformance/mutants/whole-minus-one.json';
const recordPath = (): string => join(packageRoot(), RECORD);

function readRecord(): KillRecord {
  try {
    return parseRecord(readFileSync(recordPath(), 'utf8'));
  } catch (error) {
    throw new InputError(`${RECORD}: the record of kills was expected, and it cannot be read (${(error as Error).message}); "cutcheck selftest --record" writes it anew`);
  }
}

function readWhole(): readonly WholeMinusOne[] {
  try {
    return parseWhole(readFileSync(join(packageRoot(), WHOLE_RECORD), 'utf8'));
  } catch (error) {
    throw new InputError(`${WHOLE_RECORD}: the record of the rules was expected, and it cannot be read (${(error as Error).message}); "cutcheck selftest --record" writes it anew`);
  }
}

export function register(program: Command): void {
  program.command('selftest')
    .description('try the suite itself: mutants of the reference that it must find out, and a puppet that misbehaves')
    .addOption(new Option('--only <part>', 'run one part').choices(['mutants', 'rules', 'puppet']))
    .option('--mutant <id>', 'run one mutant and nothing else')
    .option('--full', 'run every mutant through all checks, and not through those alone that it claims, and every rule dropped from the whole')
    .option('--record', 'write what came of it into conformance/mutants/kills.json instead of comparing with it: what the mutants claim, beside what the record has of the rest; with --mutant all that kills that one, with --full all of it, and whole-minus-one.json')
    .option('--json', 'print one document for programs')
    .action(selftest);
}

async function selftest({ only, mutant, full = false, record = false, json = false }: Options): Promise<void> {
  const mutants = only === 'puppet' ? [] : await listMutants();
  if (mutant !== undefined && only !== 'puppet' && !mutants.some(({ id }) => id === mutant)) {
    throw new UsageError(`--mutant: there is no mutant "${mutant}"; there are: ${mutants.map(({ id }) => id).join(', ')}`);
  }
  if (record && only === 'puppet') throw new UsageError('--record: writes the kills of mutants, and --only puppet runs none');
  if (mutant !== undefined && (only === 'puppet' || only === 'rules')) throw new UsageError(`--mutant: names a mutant, and --only ${only} runs none`);

  const suite = loadSuite();
  const former = only === 'puppet' || (record && full && mutant === undefined && only !== 'rules') ? null : readRecord();
  const recorded = record && only !== 'rules' ? null : former;
  const kinds = only === 'mutants' || only === 'rules' || mutant !== undefined ? [] : allKinds();
  const begun = performance.now();
  // One mutant is looked at whole.
  const claimed = !full && mutant === undefined;
  const { matrix, whole, puppet } = await withSignals(async (signal) => {
    const { matrix, whole } = await inThreads(signal, async ({ drive }) => {
      const matrix = only === 'puppet' || only === 'rules' ? null : await withProgress('mutants', (onMutant) => killMatrix({
        mutants, ...(mutant !== undefined && { only: mutant }), suite, recorded, claimed, jobs: THREADS, onMutant, drive,
      }));
      // What the matrix has found is what the whole without a rule of its own comes to.
      const kills = matrix !== null && !claimed ? matrix : recorded;
      const whole = kills === null || !(only === 'rules' || (!claimed && mutant === undefined)) ? null
        : await withProgress('rules', (onRule) => wholeMinusEach({ mutants, suite, kills, jobs: THREADS, onRule, drive }));
      return { matrix, whole };
    });
    return { matrix, whole, puppet: await withProgress('puppet', (onTrial) => trials(kinds, suite, { onTrial, signal })) };
  });
  const findings = [
    ...matrix?.findings ?? [], ...whole === null ? [] : [...whole.findings, ...record ? [] : judgeWhole(readWhole(), whole.rows)], ...puppet,
  ];
  if (record && matrix !== null) writeFileSync(recordPath(), recordText(former === null ? matrix : joined(former, matrix, { mutants, suite })));
  if (record && whole !== null) writeFileSync(join(packageRoot(), WHOLE_RECORD), wholeText(whole.rows));

  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  if (json) {
    printJson({
      ok: findings.length === 0, seconds,
      mutants: matrix === null ? null : { run: matrix.mutants, bases: matrix.bases, kills: matrix.kills, groups_without_kill: matrix.idleGroups },
      rules: whole === null ? null : whole.rows,
      puppet: kinds.length === 0 ? null : { run: kinds.length },
      findings,
    });
  } else {
    printLines(summary({ matrix, claimed, whole: whole?.rows ?? null, puppets: kinds.length }, findings, seconds));
  }
  process.exitCode = findings.length === 0 ? 0 : 1;
}

/** What ran; null: a part that did not. */
interface Ran { readonly matrix: KillMatrix | null; readonly claimed: boolean; readonly whole: readonly WholeMinusOne[] | null; readonly puppets: number }

/** One line a finding, then one a part, then what is worth knowing and no failure. */
function summary({ matrix, claimed, whole, puppets }: Ran, findings: readonly Finding[], seconds: number): string[] {
  const wrong = (part: Finding['part']): number => findings.filter((finding) => finding.part === part).length;
  const lines = findings.map(({ part, subject, says }) => `FINDING ${part} · ${subject}: ${says}`);
  if (matrix !== null) {
    const killed = new Set(matrix.kills.map((kill) => kill.mutant)).size;
    lines.push(`mutants: ${killed} of ${matrix.mutants} killed${claimed ? ' by what they claim (--full runs all checks on each)' : ''}, ${matrix.kills.length} kills, ${wrong('mutants')} findings`);
    if (matrix.bases.length > 0) lines.push(`compositions: ${matrix.bases.length} checks that one of them fails by itself, in cases that kill nobody`);
    if (matrix.idleGroups.length > 0) lines.push(`vector groups that kill no mutant: ${matrix.idleGroups.join(', ')}`);
  }
  if (whole !== null) {
    const masked = whole.filter(({ comes_to: to }) => to === 'masked');
    const unseen = masked.filter(({ checks }) => checks.length === 0).length;
    lines.push(`rules: of ${whole.length} dropped from the whole ${whole.length - masked.length} break an outcome, ${masked.length} are masked by the rest, ${unseen} of them unseen, ${wrong('rules')} findings`);
  }
  if (puppets > 0) lines.push(`puppet: ${puppets} behaviours tried on the runner, ${wrong('puppet')} findings`);
  lines.push(`${findings.length === 0 ? 'the suite holds' : 'the suite does not hold'} · ${seconds} s`);
  return lines;
}

const THREADS = Math.max(1, Math.min(4, availableParallelism()));

/** @throws Interrupted when `signal` is aborted */
async function inThreads<T>(signal: AbortSignal, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool(THREADS);
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Interrupted('the self-test was interrupted')), { once: true });
  });
  try {
    return await Promise.race([work(pool), interrupted]);
  } finally {
    await pool.end();
  }
}

/** Shows how far it is while stderr is a terminal, and nothing otherwise. */
async function withProgress<T>(what: string, work: (onStep: (done: number, of: number) => void) => Promise<T>): Promise<T> {
  const bar = new cliProgress.SingleBar({ format: `${what} {bar} {value}/{total}`, clearOnComplete: true, hideCursor: null, stream: process.stderr }, cliProgress.Presets.shades_classic);
  let begun = false;
  try {
    return await work((done, of) => {
      if (begun) bar.update(done);
      else bar.start(of, done);
      begun = true;
    });
  } finally {
    bar.stop();
  }
}
