/** `cutcheck run`: judges an adapter, or the bundled reference. */
import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { profile as profiles, type Profile } from '../protocol/messages.js';
import { consoleOf } from '../report/console.js';
import { isTranscript, type RunEvent } from '../report/events.js';
import { exitCodeOf } from '../report/report-json.js';
import { tally } from '../report/tally.js';
import { run } from '../runner/run.js';
import { withSignals } from '../runner/signals.js';
import { loadSuite } from '../scenarios/library.js';
import { UsageError } from '../errors.js';
import { commandOf, referenceCommand, referenceOptions, slowOf, type ReferenceFlags } from './adapter.js';
import { directoryOf } from './directory.js';
import { EXIT_CODES, tell } from './exit.js';
import { progressBar } from './progress.js';

interface Flags extends ReferenceFlags {
  readonly profile: Profile;
  readonly run: readonly string[];
  readonly skip: readonly string[];
  readonly vectors?: string;
  readonly scenarios?: string;
  readonly crash: string;
  readonly data?: string;
  readonly out: string;
  readonly seed?: string;
  readonly slow: number;
  readonly jobs: number;
  readonly json?: boolean;
  readonly failFast?: boolean;
}

const seedOf = (text: string): string => {
  if (!/^(?:[0-9a-fA-F]{2}){1,64}$/.test(text)) throw new UsageError(`--seed: hex of 1 to 64 bytes was expected, and "${text}" came`);
  return text.toLowerCase();
};

const MOST_JOBS = 64;
const jobsOf = (text: string): number => {
  const jobs = /^[1-9]\d?$/.test(text) ? Number(text) : 0;
  if (jobs < 1 || jobs > MOST_JOBS) throw new UsageError(`--jobs: a number from 1 to ${MOST_JOBS} was expected, and "${text}" came`);
  return jobs;
};

const crashOf = (text: string): string => {
  if (text === '') throw new UsageError('--crash: "all", "none" or a crash point was expected, and nothing came');
  return text;
};

const also = (text: string, before: readonly string[]): readonly string[] => [...before, text];

export function register(program: Command): void {
  referenceOptions(program.command('run'))
    .description('judge an adapter; without a command, the bundled reference')
    .usage('[options] -- COMMAND [ARG...]')
    .argument('[command...]', 'the adapter, started without a shell')
    .addOption(new Option('--profile <profile>', 'what is demanded: the proposal to the letter, or as repaired').choices(profiles.options).default('repaired'))
    .option('--run <pattern>', 'only these checks: parts between slashes, * within a part, ** over parts; @FILE: one a line (repeatable)', also, [])
    .option('--skip <pattern>', 'not these checks (repeatable)', also, [])
    .option('--vectors <dir>', 'add golden files of your own', directoryOf('--vectors'))
    .option('--scenarios <dir>', 'add scenarios of your own; their ids begin with extra/', directoryOf('--scenarios'))
    .option('--crash <points>', 'run crashable scenarios with crashes too: all, none, or one point of the adapter', crashOf, 'none')
    .option('--data <dir>', 'where the directories of nodes go; it must be empty, or made by an earlier run, and not that of the reports (default: a temporary one)', directoryOf('--data'))
    .option('--out <dir>', 'where the reports go', directoryOf('--out'), './cutcheck-report')
    .option('--seed <hex>', 'seed of the run (default: random)', seedOf)
    .option('--slow <n>', 'multiply all time limits', slowOf, 1)
    .option('--jobs <n>', 'so many processes of the adapter side by side, where there is work for them', jobsOf, 2)
    .option('--json', 'print report.json to stdout, and nothing else there')
    .option('--fail-fast', 'stop after the first group with a failure')
    .addHelpText('after', EXIT_CODES)
    .action(async (operands: string[], flags: Flags) => {
      process.exitCode = await judge(commandOf(operands, flags), flags);
    });
}

async function judge(command: readonly string[] | null, flags: Flags): Promise<number> {
  const library = loadSuite({ ...(flags.vectors !== undefined && { vectors: flags.vectors }), ...(flags.scenarios !== undefined && { scenarios: flags.scenarios }) });
  const events: RunEvent[] = [];
  const progress = progressBar();
  try {
    const report = await withSignals((signal) => run({
      library, signal, command: command ?? referenceCommand(flags, flags.profile),
      profile: flags.profile, run: flags.run, skip: flags.skip, crash: flags.crash, data: flags.data ?? null, out: flags.out,
      seed: flags.seed ?? randomBytes(8).toString('hex'), slow: flags.slow, jobs: flags.jobs, failFast: flags.failFast === true,
      again: { command, options: optionsAgain(flags) },
      onEvent: (event) => {
        if (!isTranscript(event)) events.push(event);
        progress.onEvent(event);
      },
    }));
    progress.stop();
    if (report.problem !== null) tell(report.problem);
    process.stdout.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n`
      : consoleOf(tally(events), report, flags.out, pc.createColors(process.stdout.isTTY === true && pc.isColorSupported)));
    return exitCodeOf(report.verdict);
  } finally {
    progress.stop();
  }
}

/** The options that change what a check asks or how long it may take. */
function optionsAgain({ profile, aead, composition, vectors, scenarios, crash, seed, slow }: Flags): string[] {
  return [
    ...(profile === 'repaired' ? [] : ['--profile', profile]), ...(aead === undefined ? [] : ['--aead', aead]),
    ...(composition === undefined ? [] : ['--composition', composition]),
    ...(vectors === undefined ? [] : ['--vectors', vectors]), ...(scenarios === undefined ? [] : ['--scenarios', scenarios]),
    ...(crash === 'none' ? [] : ['--crash', crash]), ...(seed === undefined ? [] : ['--seed', seed]), ...(slow === 1 ? [] : ['--slow', String(slow)]),
  ];
}
