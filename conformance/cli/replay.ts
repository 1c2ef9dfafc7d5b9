/** `cutcheck replay FILE`: plays one scenario, or one failing case of a report, step by step, and shows what is asked and answered. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { profile as profiles, type Profile } from '../protocol/messages.js';
import { readTranscript } from '../report/transcripts.js';
import { replayScenario, type Replayed, type ReplayEvent, type ReplayOptions } from '../runner/replay.js';
import { replayTranscript } from '../runner/resend.js';
import { NotDriven } from '../runner/sessions.js';
import { withSignals } from '../runner/signals.js';
import { checksOf } from '../scenarios/lint.js';
import { loadSuite } from '../scenarios/library.js';
import { readScenario, type LoadedScenario } from '../scenarios/load.js';
import { reading } from '../vectors/import.js';
import { InputError, UsageError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import { commandOf, referenceCommand, referenceOptions, slowOf, type ReferenceFlags } from './adapter.js';
import { tell } from './exit.js';
import { replayView } from './replay-view.js';
import { scenarioIds } from './show-scenario.js';

interface Flags extends ReferenceFlags { readonly profile?: Profile; readonly slow?: number; readonly step?: boolean; readonly json?: boolean }

const NOT_DRIVEN = 4;
const NOTHING_RAN = 5;

const HELP = `
FILE is a scenario (*.json), the transcript of a failing case (*.ndjson, in the directory fail/ of a report), or the id of a scenario of the suite or of
one of its checks. A transcript is sent again with the seed, the profile and the time limits of its run, and held against what was recorded.

With --step, Enter goes on by one step, "c" to the end, "q" ends.

Exit codes:
  0    nothing failed; of a transcript: no failure that the profile demands is there again
  1    a check that the profile demands failed, or an invariant was broken; of a transcript: such a failure is there again, or the adapter broke down
  2    usage or input error
  4    the adapter could not be driven
  5    the adapter does not declare what the scenario needs
  70   an error of cutcheck itself
  129, 130, 131, 143  ended by SIGHUP, SIGINT, SIGQUIT, SIGTERM`;

export function register(program: Command): void {
  referenceOptions(program.command('replay'))
    .description('play one scenario, or one failing case of a report, step by step; without a command, on the bundled reference')
    .usage('[options] FILE -- COMMAND [ARG...]')
    .argument('<file>', 'a scenario, a transcript of a failing case, or the id of a scenario')
    .argument('[command...]', 'the adapter, started without a shell')
    .option('--step', 'wait before each step')
    .addOption(new Option('--profile <profile>', 'what is demanded (default: repaired, or that of the transcript)').choices(profiles.options))
    .option('--slow <n>', 'multiply all time limits', slowOf)
    .option('--json', 'print whole events, one JSON object a line, and nothing else to stdout')
    .addHelpText('after', HELP)
    .action(async (file: string, operands: string[], flags: Flags) => {
      const command = commandOf(operands, flags);
      if (command !== null && command.length > operands.length) throw new UsageError('a scenario or a transcript was expected before "--", and nothing came');
      process.exitCode = await replay(file, command, flags);
    });
}

async function replay(what: string, command: readonly string[] | null, flags: Flags): Promise<number> {
  const { slow } = flags;
  const source = sourceOf(what);
  const profile = flags.profile ?? ('head' in source ? source.head.profile : 'repaired');
  const show = flags.json === true ? (event: ReplayEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`)
    : replayView((text) => void process.stdout.write(text), pc.createColors(process.stdout.isTTY === true && pc.isColorSupported));
  try {
    const { failed, unable } = await withSignals(async (signal): Promise<Replayed> => {
      const pacing = flags.step === true ? new Pacing(signal) : null;
      const options: Omit<ReplayOptions, 'seed' | 'slow' | 'digest'> = {
        command: command ?? referenceCommand(flags, profile), profile, signal, onEvent: show, pace: () => pacing?.wait() ?? Promise.resolve(true),
      };
      try {
        return 'head' in source ? await replayTranscript(source, { ...options, seed: source.head.seed, slow: slow ?? source.head.slow, digest: source.head.digest })
          : await replayScenario(source.loaded, { ...options, seed: randomBytes(8).toString('hex'), slow: slow ?? 1, digest: source.digest });
      } finally {
        pacing?.end();
      }
    });
    return unable.length > 0 ? NOTHING_RAN : failed ? 1 : 0;
  } catch (error) {
    if (!(error instanceof NotDriven)) throw error;
    tell(error.message);
    return NOT_DRIVEN;
  }
}

/** What is meant: a file, where there is one, or else an id. @throws UsageError or InputError */
function sourceOf(what: string): ReturnType<typeof readTranscript> | { readonly loaded: LoadedScenario; readonly digest: string } {
  const isFile = existsSync(what);
  if (isFile && what.endsWith('.ndjson')) return readTranscript(what, Buffer.from(bytesOf(what)).toString());
  if (isFile) return { loaded: readScenario({ name: what, bytes: bytesOf(what) }, '', ''), digest: loadSuite().digest };
  const suite = loadSuite();
  const loaded = suite.scenarios.find(({ scenario }) => scenario.id === what || scenario.steps.some((step) => checksOf(step).some(({ check }) => `${scenario.id}/${check}` === what)));
  if (loaded === undefined) {
    throw new UsageError(`expected a scenario file, the transcript of a failing case or the id of a scenario, got "${what}", which is none of them${didYouMean(what, scenarioIds({ ...suite, invariantChecks: [] }))}`);
  }
  return { loaded, digest: suite.digest };
}

function bytesOf(file: string): Uint8Array {
  const bytes = reading(file, 'file', () => statSync(file).isFIFO() ? null : readFileSync(file));
  if (bytes === null) throw new InputError(`${file}: expected a file that can be read, got a pipe`);
  return bytes;
}

/** Waits for lines of stdin. */
class Pacing {
  readonly #lines;
  /** Lines that came before they were waited for. */
  readonly #ahead: string[] = [];
  #waiting: ((line: string | null) => void) | null = null;
  #over = false;
  #running = false;

  constructor(signal: AbortSignal) {
    this.#lines = createInterface({ input: process.stdin });
    this.#lines.on('line', (line) => {
      if (this.#waiting === null) this.#ahead.push(line);
      else this.#give(line);
    });
    // At the end of its input there is nobody to wait for.
    this.#lines.on('close', () => {
      this.#over = true;
      this.#give(null);
    });
    signal.addEventListener('abort', () => this.#lines.close(), { once: true });
  }

  /** False: it ends here. */
  async wait(): Promise<boolean> {
    while (!this.#running) {
      if (process.stdin.isTTY) process.stderr.write('Enter: this step · c: to the end · q: end > ');
      const line = await this.#line();
      if (line === null || line === 'c') this.#running = true;
      else if (line === 'q') return false;
      else if (line === '') return true;
    }
    return true;
  }

  end(): void {
    this.#lines.close();
  }

  #line(): Promise<string | null> {
    const [ahead] = this.#ahead.splice(0, 1);
    if (ahead !== undefined) return Promise.resolve(ahead.trim());
    if (this.#over) return Promise.resolve(null);
    return new Promise((resolve) => { this.#waiting = (line) => resolve(line === null ? null : line.trim()); });
  }

  #give(line: string | null): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(line);
  }
}
