/** `cutcheck run`: judges an adapter, or the bundled reference. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { COMPOSITIONS, type Composition } from '../../spec/rules.js';
import { profile as profiles, type Profile } from '../protocol/messages.js';
import { consoleOf } from '../report/console.js';
import { isTranscript, type RunEvent } from '../report/events.js';
import { exitCodeOf } from '../report/report-json.js';
import { tally } from '../report/tally.js';
import { run } from '../runner/run.js';
import { withSignals } from '../runner/signals.js';
import { loadSuite } from '../scenarios/library.js';
import { UsageError } from '../errors.js';
import { directoryOf } from './directory.js';
import { EXIT_CODES, tell } from './exit.js';
import { progressBar } from './progress.js';

interface Flags {
  readonly profile: Profile;
  readonly aead?: 'node' | 'noble';
  readonly composition?: Composition;
  readonly run: readonly string[];
  readonly skip: readonly string[];
  readonly vectors?: string;
  readonly scenarios?: string;
  readonly crash: string;
  readonly data?: string;
  readonly out: string;
  readonly seed?: string;
  readonly slow: number;
  readonly json?: boolean;
  readonly failFast?: boolean;
}

const MOST_SLOW = 1_000;

const seedOf = (text: string): string => {
  if (!/^(?:[0-9a-fA-F]{2}){1,64}$/.test(text)) throw new UsageError(`--seed: hex of 1 to 64 bytes was expected, and "${text}" came`);
  return text.toLowerCase();
};

const slowOf = (text: string): number => {
  const factor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (factor <= 0 || factor > MOST_SLOW) throw new UsageError(`--slow: a number above 0 and up to ${MOST_SLOW} was expected, and "${text}" came`);
  return factor;
};

const crashOf = (text: string): string => {
  if (text === '') throw new UsageError('--crash: "all", "none" or a crash point was expected, and nothing came');
  return text;
};

const also = (text: string, before: readonly string[]): readonly string[] => [...before, text];

export function register(program: Command): void {
  program.command('run')
    .description('judge an adapter; without a command, the bundled reference')
    .usage('[options] -- COMMAND [ARG...]')
    .argument('[command...]', 'the adapter, started without a shell')
    .addOption(new Option('--profile <profile>', 'what is demanded: the proposal to the letter, or as repaired').choices(profiles.options).default('repaired'))
    .addOption(new Option('--aead <provider>', 'cipher of the bundled reference').choices(['node', 'noble']))
    .addOption(new Option('--composition <name>', 'composition of the bundled reference (default: that of the profile)').choices(Object.keys(COMPOSITIONS)))
    .option('--run <pattern>', 'only these checks: parts between slashes, * within a part, ** over parts; @FILE: one a line (repeatable)', also, [])
    .option('--skip <pattern>', 'not these checks (repeatable)', also, [])
    .option('--vectors <dir>', 'add golden files of your own', directoryOf('--vectors'))
    .option('--scenarios <dir>', 'add scenarios of your own; their ids begin with extra/', directoryOf('--scenarios'))
    .option('--crash <points>', 'run crashable scenarios with crashes too: all, none, or one point of the adapter', crashOf, 'none')
    .option('--data <dir>', 'where the directories of nodes go; it must be empty, or made by an earlier run, and not that of the reports (default: a temporary one)', directoryOf('--data'))
    .option('--out <dir>', 'where the reports go', directoryOf('--out'), './cutcheck-report')
    .option('--seed <hex>', 'seed of the run (default: random)', seedOf)
    .option('--slow <n>', 'multiply all time limits', slowOf, 1)
    .option('--json', 'print report.json to stdout, and nothing else there')
    .option('--fail-fast', 'stop after the first group with a failure')
    .addHelpText('after', EXIT_CODES)
    .action(async (operands: string[], flags: Flags) => {
      process.exitCode = await judge(commandOf(operands), flags);
    });
}

/** The adapter's command, or null for the bundled reference. It stands behind `--`, so that no pattern is started by mistake. */
function commandOf(operands: readonly string[]): readonly string[] | null {
  const at = process.argv.indexOf('--');
  const behind = at < 0 ? [] : process.argv.slice(at + 1);
  if (operands.length > behind.length) throw new UsageError(`"${operands[0] ?? ''}" was not expected here; the command of an adapter stands behind "--"`);
  if (at >= 0 && behind.length === 0) throw new UsageError('a command was expected behind "--", and nothing came');
  return at < 0 ? null : behind;
}

async function judge(command: readonly string[] | null, flags: Flags): Promise<number> {
  for (const flag of ['aead', 'composition'] as const) {
    if (command !== null && flags[flag] !== undefined) throw new UsageError(`--${flag} belongs to the bundled reference and cannot stand with a command`);
  }
  const library = loadSuite({ ...(flags.vectors !== undefined && { vectors: flags.vectors }), ...(flags.scenarios !== undefined && { scenarios: flags.scenarios }) });
  const events: RunEvent[] = [];
  const progress = progressBar();
  try {
    const report = await withSignals((signal) => run({
      library, signal, command: command ?? referenceCommand(flags),
      profile: flags.profile, run: flags.run, skip: flags.skip, crash: flags.crash, data: flags.data ?? null, out: flags.out,
      seed: flags.seed ?? randomBytes(8).toString('hex'), slow: flags.slow, failFast: flags.failFast === true,
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

function referenceCommand({ aead = 'node', profile, composition }: Flags): readonly string[] {
  // By its place beside this file: nothing of the reference is loaded into the runner.
  return [process.execPath, fileURLToPath(new URL('../adapters/reference/main.js', import.meta.url)), '--aead', aead, '--profile', profile,
    ...(composition === undefined ? [] : ['--composition', composition])];
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
