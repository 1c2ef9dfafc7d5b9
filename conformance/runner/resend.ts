/**
 * Sends a failing case again from its transcript. It is no scenario: the requests go out as they stand there, to a fresh
 * process and with directories of this replay, and what was done to files is done again; the answers are held against the
 * recorded ones. A failure is there again where nothing that it was about came out in another way, nor an earlier failure;
 * whether another answer is the right one is for a run to judge.
 *
 * Input: a transcript, a command, and a pace. Output: events, and whether a failure is there again that the profile demands.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EventOf } from '../report/events.js';
import type { Exchange, Transcript, TranscriptHead } from '../report/transcripts.js';
import { stepShapes } from '../scenarios/schema.js';
import { changes, type Change } from './changes.js';
import type { Answer } from './client.js';
import { Nodes } from './nodes.js';
import type { Asked } from './plan.js';
import { withSessions, type Replayed, type ReplayEvent, type ReplayOptions } from './replay.js';
import { ScenarioFiles } from './scenario-files.js';
import type { Sessions } from './sessions.js';

type Members = Readonly<Record<string, unknown>>;

/** What nodes name by themselves. */
const NAMES: readonly string[] = ['ticket', 'call'];

/** What no answer is judged by: words for people. */
const WORDS = /^(refused|halted|unknown)\.detail$|^fault\.(message|trace)$/;

/** @throws NotDriven, Interrupted */
export async function replayTranscript(transcript: Transcript, options: ReplayOptions): Promise<Replayed> {
  return withSessions(options, (sessions, directories, tell) => new Resending(transcript, options, sessions, directories.next(), tell).toTheEnd());
}

/** The requests of a transcript, sent again. */
class Resending {
  readonly #transcript: Transcript;
  readonly #options: ReplayOptions;
  readonly #sessions: Sessions;
  readonly #directory: string;
  readonly #tell: ReplayOptions['onEvent'];
  readonly #asked: Asked;
  readonly #files = new ScenarioFiles();
  readonly #differences: { readonly step: number | null; readonly changes: readonly Change[] }[] = [];
  /** The names that nodes gave, as recorded, and as they are now. */
  readonly #given = new Map<string, string>();
  /** The process of the recorded run. */
  #process: number | null = null;
  #nodes: Nodes | null = null;

  constructor(transcript: Transcript, options: ReplayOptions, sessions: Sessions, directory: string, tell: ReplayOptions['onEvent']) {
    this.#transcript = transcript;
    this.#options = options;
    this.#sessions = sessions;
    this.#directory = directory;
    this.#tell = tell;
    this.#asked = { case: { id: transcript.head.case } };
  }

  async toTheEnd(): Promise<Replayed> {
    const { head, exchanges } = this.#transcript;
    const { hello } = await this.#sessions.current();
    this.#tell({ type: 'replay', what: 'transcript', id: head.case, title: head.title, profile: this.#options.profile, seed: head.seed, disk: head.disk, declared: hello, crash: head.crash });
    let at: number | null | undefined;
    /** The last step that was come to; Infinity at the end. */
    let reached = 0;
    let end: 'quit' | 'stopped' | null = null;
    for (const exchange of exchanges) {
      const step = ('request' in exchange ? exchange.request : exchange.files).step ?? null;
      if (step !== at) {
        this.#tell({ type: 'step', step, words: step === null ? '' : head.steps[step - 1] ?? '' });
        if (step !== null && !await this.#options.pace()) end = 'quit';
        if (end !== null) break;
      }
      at = step;
      reached = step ?? reached;
      this.#asked.step = step ?? undefined;
      const stopped = 'request' in exchange ? await this.#send(exchange) : await this.#edit(exchange.files);
      if (stopped === null) continue;
      this.#tell({ type: 'stopped', step, got: stopped });
      end = 'stopped';
      break;
    }
    // A step that was left in the middle was not come through.
    const through = end === null ? Infinity : end === 'quit' ? reached : reached - 1;
    const came = ledAway(head.failures.map((failure) => this.#cameOf(failure, through)));
    for (const each of came) this.#tell(each);
    return { failed: end === 'stopped' || came.some((each) => each.came === 'again' && each.failure.required), quit: end === 'quit', unable: [] };
  }

  /** Sends a request. Why the rest cannot be sent, or null. */
  async #send({ request, answer: recorded }: Extract<Exchange, { request: unknown }>): Promise<string | null> {
    const { op, node } = request;
    await this.#inProcess(request.process);
    const { client } = await this.#sessions.current();
    const answer = await client.request(op, this.#readdressed(request), client.limits.hardMs, this.#asked, node);
    this.#sessions.throwIfInterrupted();
    if (answer.kind === 'suite-fault' || answer.kind === 'not-sent') return `not sent: ${answer.detail}`;
    if (recorded === null) return answer.kind === 'breakdown' ? `the adapter ${answer.breakdown.detail}` : null;
    const was = recordedAnswer(recorded);
    const is = givenAnswer(answer);
    this.#learn(request, was, is);
    const found = changes(was, is).filter((change) => !WORDS.test(change.member) && !this.#isName(request, change));
    if (found.length > 0) {
      const step = request.step ?? null;
      this.#differences.push({ step, changes: found });
      this.#tell({ type: 'differs', step, op, changes: found });
    }
    return answer.kind === 'breakdown' && recorded.type === 'reply' ? `the adapter ${answer.breakdown.detail}, where it answered when this was recorded` : null;
  }

  /** Does to files what was done to them. */
  async #edit({ node, does }: EventOf<'files'>): Promise<string | null> {
    const nodes = await this.#current();
    const edit = stepShapes.file.safeParse({ on: node, ...does });
    const find = stepShapes.find.safeParse({ on: node, ...does });
    if (edit.success) return (await this.#files.edit(nodes, node, edit.data.file, edit.data.edit))?.got ?? null;
    if (!find.success) return 'an edit that this version does not know';
    const told = await this.#files.find(nodes, node, find.data.find.text, find.data.find.in);
    return 'stop' in told ? told.stop.got : null;
  }

  /** Where the recorded run had another process, this one has too. */
  async #inProcess(process: number): Promise<void> {
    if (this.#process !== null && process !== this.#process) {
      await this.#sessions.end();
      this.#nodes = null;
    }
    this.#process = process;
  }

  async #current(): Promise<Nodes> {
    const { disk, sync } = this.#transcript.head;
    return this.#nodes ??= await Nodes.of({ sessions: this.#sessions, asked: this.#asked, disk, sync, directory: this.#directory });
  }

  /** With directories of this replay, and the names that nodes gave in it. */
  #readdressed({ op, args, node }: EventOf<'request'>): Readonly<Record<string, unknown>> {
    const renamed = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, NAMES.includes(name) ? this.#given.get(`${node} ${name} ${String(value)}`) ?? value : value]));
    if (op !== 'open' || args['disk'] !== 'dir' || node === undefined) return renamed;
    const directory = join(this.#directory, node);
    mkdirSync(directory, { recursive: true });
    return { ...renamed, directory };
  }

  /** Tickets and calls are the node's own: what it gave is what it is asked for. */
  #learn({ op, node }: EventOf<'request'>, was: Members, is: Members): void {
    for (const name of NAMES) {
      const [recorded, given] = [was, is].map(({ ok }) => typeof ok === 'object' && ok !== null && Object.hasOwn(ok, name) ? (ok as Members)[name] : undefined);
      if ((op === 'propose' || op === 'cutover.begin') && typeof recorded === 'string' && typeof given === 'string') this.#given.set(`${node} ${name} ${recorded}`, given);
    }
  }

  /** Another name for the same ticket or call. */
  #isName({ node }: EventOf<'request'>, { member, before, after }: Change): boolean {
    const name = NAMES.find((each) => member.endsWith(`.${each}`));
    return name !== undefined && after !== undefined && this.#given.get(`${node} ${name} ${String(before)}`) === after;
  }

  /** A failure is there again when nothing of what it was about came out in another way. `through`: the last step that was gone through. */
  #cameOf(failure: TranscriptHead['failures'][number], through: number): Came {
    const { step, member } = failure;
    if ((step?.number ?? Infinity) > through) return { type: 'again', failure, came: 'not-reached', changes: [] };
    const all = this.#differences.filter((each) => step === undefined || each.step === step.number).flatMap((each) => each.changes);
    const found = member === undefined ? all : all.filter((change) => concerns(change.member, member));
    return { type: 'again', failure, came: found.length === 0 ? 'again' : 'otherwise', changes: found };
  }
}

type Came = Extract<ReplayEvent, { type: 'again' }>;

/** Behind a failure that came out in another way the recorded requests are those of a run that went elsewhere: what comes the same there says nothing. */
function ledAway(came: readonly Came[]): Came[] {
  const stepOf = ({ failure: { step } }: Came): number => step?.number ?? Infinity;
  const first = Math.min(...came.map((each) => each.came === 'otherwise' ? stepOf(each) : Infinity));
  return came.map((each) => each.came === 'again' && stepOf(each) > first ? { ...each, came: 'led-away' } : each);
}

/** Whether a difference of answers is about a member of `ok`, or about the whole outcome. */
const concerns = (path: string, member: string): boolean => {
  const inside = /^(ok|halted)\.(.*)$/.exec(path)?.[2];
  return inside === undefined || inside.startsWith(member) || member.startsWith(inside);
};

/** What was recorded, in a form that can be compared. */
function recordedAnswer(recorded: EventOf<'reply'> | EventOf<'breakdown'>): Members {
  if (recorded.type === 'breakdown') return broken(recorded.kind, recorded.detail);
  if (recorded.malformed !== undefined) return { malformed: recorded.malformed };
  const { id: _id, ...outcome } = recorded.reply ?? {};
  return outcome;
}

function givenAnswer(answer: Answer): Members {
  if (answer.kind === 'breakdown') return broken(answer.breakdown.kind, answer.breakdown.detail);
  if (answer.kind !== 'reply') return { [answer.kind]: answer.detail };
  const { id: _id, ...outcome } = answer.reply;
  return outcome;
}

/** How long was waited is no part of what an adapter did. */
const broken = (kind: string, detail: string): Members => ({ broke: kind === 'timed-out' ? 'did not answer' : detail });
