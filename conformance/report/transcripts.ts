/**
 * Transcripts of failing cases: of every case of a scenario that failed one file below `fail/` in the directory of the
 * report, so that it can be replayed without the suite that asked (`cutcheck replay`).
 *
 * The first line is the head: which case, under which profile and seed, the steps in words, what failed. Behind it stand the
 * requests, replies and edits of files of this case in their order, each line as it stands in events.ndjson, and the
 * breakdown that came instead of a reply.
 *
 * Input: the events of a run. Output: the files, and an event for each.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.js';
import { makeDirectory } from '../make-directory.js';
import { profile } from '../protocol/messages.js';
import { events, failure, type EventOf, type RunEvent } from './events.js';
import { printable } from './text.js';

/** Number of the form of a transcript. */
export const TRANSCRIPT_SCHEMA = 1;
/** Below the directory of the report. */
const DIRECTORY = 'fail';
/** So many files are written at most, and so many of them for cases of which no check is required that failed. */
const MOST = 50;
const MOST_NOT_REQUIRED = 20;
const MOST_NAME = 150;

/** Behind the case of a scenario that is played once more, only to tell whether it hangs on what came before. */
export const ONCE_MORE = '@once-more';

export const transcriptHead = z.object({
  type: z.literal('transcript'), schema: z.literal(TRANSCRIPT_SCHEMA),
  suite: z.string(), digest: z.string(),
  scenario: z.string(), title: z.string(), case: z.string(),
  profile, seed: z.string().regex(/^([0-9a-f]{2})+$/), slow: z.number().positive(),
  disk: z.enum(['dir', 'virtual']), sync: z.boolean().describe('The node was asked to sync.'),
  crash: z.array(z.object({ node: z.string(), point: z.string(), nth: z.int().min(1), power: z.boolean().optional(), chance: z.string().optional() }))
    .describe('Where a node was to die, as `crash.arm` asked for it; in the order in which it was asked.'),
  steps: z.array(z.string()).describe('The steps of the scenario in words, from step 1 on.'),
  failures: z.array(failure.extend({ check: z.string(), clause: z.string(), required: z.boolean() })).min(1),
}).meta({ id: 'TranscriptHead' });
export type TranscriptHead = z.infer<typeof transcriptHead>;

type Line = EventOf<'request' | 'reply' | 'files' | 'breakdown'>;
const isLine = (event: RunEvent): event is Line => event.type === 'request' || event.type === 'reply' || event.type === 'files' || event.type === 'breakdown';

/** One line of a transcript. */
export const transcriptLine = z.union([transcriptHead, events]).meta({ id: 'TranscriptLine', description: 'The first line is the head; the others are events of the types request, reply, files and breakdown.' });

/** What is known of a scenario: its title, and its steps in words. */
export type About = (scenario: string) => { readonly title: string; readonly steps: readonly string[] } | null;

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

const byRequest = ({ process, id }: { readonly process: number; readonly id: number | null }): string => `${process} ${id}`;

/** The case that is being run, and what came of it. */
interface Current { readonly case: string; readonly lines: (EventOf<'request'> | EventOf<'reply'> | EventOf<'files'>)[]; readonly asked: Set<string>; readonly failed: EventOf<'verdict'>[] }

export class Transcripts {
  readonly #out: string;
  readonly #about: About;
  #run: EventOf<'run'> | null = null;
  readonly #planned = new Map<string, { readonly clause: string; readonly required: boolean }>();
  /** What came instead of a reply. That of a crash is told before the requests that led there. */
  readonly #breakdowns = new Map<string, EventOf<'breakdown'>>();
  readonly #names = new Set<string>();
  #notRequired = 0;
  #current: Current | null = null;

  /** What a former run left goes. */
  constructor(out: string, about: About) {
    this.#out = out;
    this.#about = about;
    const directory = join(out, DIRECTORY);
    try {
      for (const name of readdirSync(directory)) if (/^[\w.+-]+\.ndjson$/.test(name)) rmSync(join(directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Takes an event; gives the one that stands before it when it shows that a failing case has been told whole. */
  see(event: RunEvent): EventOf<'kept'> | null {
    const { type } = event;
    const kept = this.#current !== null && this.#current.failed.length > 0 && !(type === 'verdict' && event.case === this.#current.case) ? this.#write(this.#current) : null;
    if (type === 'run') this.#run = event;
    else if (type === 'plan') for (const { id, clause, required } of event.checks) this.#planned.set(id, { clause, required });
    else if (type === 'breakdown') this.#breakdowns.set(byRequest(event), event);
    else if ((type === 'request' && event.op !== 'vec') || type === 'files') this.#asked(event);
    else if (type === 'reply' && this.#current?.asked.has(byRequest(event)) === true) this.#current.lines.push(event);
    else if (type === 'verdict' && event.verdict !== 'passed' && event.case === this.#current?.case) this.#current.failed.push(event);
    return kept;
  }

  #asked(event: EventOf<'request'> | EventOf<'files'>): void {
    if (event.case === undefined || event.case.endsWith(ONCE_MORE)) return;
    // The cases of scenarios are told one after the other.
    if (event.case !== this.#current?.case) this.#current = { case: event.case, lines: [], asked: new Set(), failed: [] };
    this.#current.lines.push(event);
    if (event.type === 'request') this.#current.asked.add(byRequest(event));
  }

  #write(current: Current): EventOf<'kept'> | null {
    this.#current = null;
    const run = this.#run;
    const scenario = current.case.split('@')[0] ?? '';
    const about = this.#about(scenario);
    const failures = current.failed.flatMap(({ check, failure: found }) => {
      const { clause = '', required = false } = this.#planned.get(check) ?? {};
      return found === undefined ? [] : [{ check, clause, required, ...found }];
    });
    if (run === null || about === null || failures.length === 0 || this.#names.size >= MOST) return null;
    if (!failures.some(({ required }) => required)) {
      if (this.#notRequired >= MOST_NOT_REQUIRED) return null;
      this.#notRequired += 1;
    }
    const requests = current.lines.flatMap((line) => line.type === 'request' ? [line] : []);
    const opened = requests.find(({ op }) => op === 'open')?.args;
    const { suite, digest, profile: judged, seed, slow } = run;
    const head: TranscriptHead = {
      type: 'transcript', schema: TRANSCRIPT_SCHEMA, suite, digest, scenario, title: about.title, case: current.case, profile: judged, seed, slow,
      disk: opened?.['disk'] === 'virtual' ? 'virtual' : 'dir', sync: opened?.['sync'] === true,
      crash: requests.flatMap(({ op, node, args }) => op === 'crash.arm' && node !== undefined ? [{ node, ...args as { point: string; nth: number } }] : []),
      steps: [...about.steps], failures,
    };
    const answered = new Set(current.lines.flatMap((line) => line.type === 'reply' ? [byRequest(line)] : []));
    const lines = current.lines.flatMap((line): Line[] => {
      const instead = line.type === 'request' && !answered.has(byRequest(line)) ? this.#breakdowns.get(byRequest(line)) : undefined;
      return instead === undefined ? [line] : [line, instead];
    });
    makeDirectory(join(this.#out, DIRECTORY));
    const file = join(this.#out, DIRECTORY, this.#name(current.case));
    writeFileSync(file, [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
    return { type: 'kept', case: current.case, file };
  }

  /** A name of its own for the file of a case. */
  #name(id: string): string {
    const safe = id.replace(/^\.+/, '').replaceAll('/', '_').replace(/[^\w.+-]/g, '.').slice(0, MOST_NAME);
    let name = `${safe}.ndjson`;
    for (let nth = 2; this.#names.has(name.toLowerCase()); nth += 1) name = `${safe}-${nth}.ndjson`;
    this.#names.add(name.toLowerCase());
    return name;
  }
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A request with what came of it; or what was done to files. */
export type Exchange =
  | { readonly request: EventOf<'request'>; readonly answer: EventOf<'reply'> | EventOf<'breakdown'> | null }
  | { readonly files: EventOf<'files'> };

export interface Transcript { readonly head: TranscriptHead; readonly exchanges: readonly Exchange[] }

/** Nodes have directories by their names. */
const isNodeName = (name: string): boolean => /^[a-z0-9]{1,20}$/.test(name);

/** @throws InputError naming the file, the line, what was expected and what came */
export function readTranscript(name: string, text: string): Transcript {
  const lines = text.split('\n').map((line, at) => ({ line, number: at + 1 })).filter(({ line }) => line.trim() !== '');
  const fail = (number: number, expected: string, got: string): InputError => new InputError(`${name}: line ${number}: expected ${expected}, got ${got}`);
  const values = lines.map(({ line, number }) => {
    try {
      return { value: JSON.parse(line) as unknown, number };
    } catch {
      throw fail(number, 'one JSON object', printable(line.trim(), 60));
    }
  });
  const [first, ...rest] = values;
  const typed = (value: unknown): { readonly type?: unknown; readonly schema?: unknown } => typeof value === 'object' && value !== null ? value : {};
  const wanted = `the head of a transcript, {"type": "transcript", "schema": ${TRANSCRIPT_SCHEMA}, …}`;
  if (first === undefined) throw new InputError(`${name}: expected ${wanted}, got an empty file`);
  const { type, schema } = typed(first.value);
  if (type !== 'transcript') throw fail(first.number, wanted, type === undefined ? 'no type' : `the type ${printable(JSON.stringify(type), 60)}`);
  if (schema !== TRANSCRIPT_SCHEMA) throw fail(first.number, `a transcript of schema ${TRANSCRIPT_SCHEMA}`, `schema ${printable(JSON.stringify(schema) ?? 'nothing', 60)}`);
  const problemOf = ({ issues: [issue] }: z.ZodError): string => `${(issue?.path ?? []).join('.')}: ${issue?.message ?? ''}`;
  const head = transcriptHead.safeParse(first.value);
  if (!head.success) throw fail(first.number, wanted, `a head that is none (${printable(problemOf(head.error))})`);

  const exchanges: Exchange[] = [];
  const asked = new Map<string, { request: EventOf<'request'>; answer: EventOf<'reply'> | EventOf<'breakdown'> | null }>();
  for (const { value, number } of rest) {
    const read = events.safeParse(value);
    if (!read.success || !isLine(read.data)) throw fail(number, 'a request, a reply, a breakdown or what was done to files', printable(JSON.stringify(typed(value).type) ?? 'no type', 60) + (read.success ? '' : ` (${printable(problemOf(read.error))})`));
    const event = read.data;
    const node = event.type === 'request' || event.type === 'files' ? event.node : undefined;
    if (node !== undefined && !isNodeName(node)) throw fail(number, 'the name of a node', printable(JSON.stringify(node), 60));
    if (event.type === 'files') exchanges.push({ files: event });
    else if (event.type === 'request') {
      const exchange = { request: event, answer: null };
      exchanges.push(exchange);
      asked.set(byRequest(event), exchange);
    } else {
      const exchange = asked.get(byRequest(event));
      if (exchange === undefined || exchange.answer !== null) throw fail(number, 'the answer to a request that stands before it', `one to ${event.id}`);
      exchange.answer = event;
    }
  }
  return { head: head.data, exchanges };
}
