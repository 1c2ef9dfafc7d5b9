/**
 * From bytes to replies: splits at line breaks within the limits of the protocol, decodes, and parses.
 *
 * Every limit is looked at before the work that it bounds: bytes before decoding, depth before parsing. What comes out
 * is a reply, an event, or the one sentence that says what is wrong with the line.
 */
import secureJson from 'secure-json-parse';
import { event as eventSchema, MAX_DEPTH, MAX_LINE, outcomesIn, replyShapes, type OutcomeKind, type Reply } from '../protocol/messages.js';
import { printable } from '../report/text.js';

/** What is wrong with a line. Nothing behind it can be trusted, so the process is ended. */
export interface LineProblem { readonly kind: 'garbage' | 'line-too-long'; readonly detail: string }

export type Line =
  | { readonly reply: Reply; readonly outcome: OutcomeKind }
  | { readonly event: string }
  /** A reply to that id whose content is not of the protocol: the answer is bad, the stream is not. */
  | { readonly malformed: number; readonly detail: string }
  | { readonly problem: LineProblem };

/** Splits a stream of bytes into lines, none longer than the limit. */
export class LineSplitter {
  #held: Buffer[] = [];
  #length = 0;

  /** The whole lines that this chunk completes, without their line breaks; null when one is too long. */
  *push(chunk: Buffer): Generator<Buffer | null> {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      const length = this.#length + end - from + 1;
      this.#held.push(chunk.subarray(from, end));
      const line = length > MAX_LINE ? null : this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held);
      [this.#held, this.#length, from] = [[], 0, end + 1];
      yield line ?? null;
    }
    this.#held.push(chunk.subarray(from));
    this.#length += chunk.length - from;
    if (this.#length > MAX_LINE) {
      [this.#held, this.#length] = [[], 0];
      yield null;
    }
  }

  /** What stands behind the last line break. */
  rest(): Buffer {
    return Buffer.concat(this.#held);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads one line. */
export function readLine(line: Buffer | null): Line {
  if (line === null) return problem('line-too-long', `a line of more than ${MAX_LINE} bytes`);
  let text: string;
  try {
    text = utf8.decode(line);
  } catch {
    return problem('garbage', `a line that is not UTF-8: ${printable(line.toString('latin1'))}`);
  }
  if (text.startsWith('\ufeff')) return problem('garbage', `a line that begins with a byte order mark: ${printable(text)}`);
  const written = structureOf(text);
  if (written.depth > MAX_DEPTH) return problem('garbage', `a line nested deeper than ${MAX_DEPTH}: ${printable(text)}`);
  let parsed: unknown;
  try {
    parsed = secureJson.parse(text);
  } catch (error) {
    const forbidden = error instanceof SyntaxError && error.message.includes('forbidden prototype');
    return problem('garbage', forbidden ? `a line with a member that reaches for a prototype: ${printable(text)}`
      : text.trim() === '' ? 'an empty line' : `this line, which is not JSON: ${printable(text)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return problem('garbage', `this line, which is no JSON object: ${printable(text)}`);
  if (membersOf(parsed) !== written.members) return problem('garbage', `a line with a member that stands twice in its object: ${printable(text)}`);
  return readMessage(parsed as Record<string, unknown>, text);
}

function readMessage(message: Readonly<Record<string, unknown>>, text: string): Line {
  if (Object.hasOwn(message, 'event') && !Object.hasOwn(message, 'id')) {
    const read = eventSchema.safeParse(message);
    return read.success ? { event: read.data.event } : problem('garbage', `an event without a name: ${printable(text)}`);
  }
  const { id } = message;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return problem('garbage', `a line without the id of a request: ${printable(text)}`);
  const found = outcomesIn(message);
  const [kind] = found;
  if (kind === undefined || found.length > 1) {
    const held = kind === undefined ? 'no outcome' : `${found.length} outcomes (${found.join(', ')})`;
    return { malformed: id, detail: `a reply with ${held} where there is exactly one: ${printable(text)}` };
  }
  const read = replyShapes[kind].safeParse(message);
  if (read.success) return { reply: read.data as Reply, outcome: kind };
  const [issue] = read.error.issues;
  return { malformed: id, detail: `a reply "${kind}" of another shape (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}): ${printable(text)}` };
}

const problem = (kind: LineProblem['kind'], detail: string): Line => ({ problem: { kind, detail } });

/** How deep a text of JSON is nested, and how many members it writes. Counted on the text: parsing is what the limit protects. */
export function structureOf(text: string): { readonly depth: number; readonly members: number } {
  let [depth, deepest, members] = [0, 0, 0];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at += 1;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x3a) members += 1;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return { depth: deepest, members };
}

/** The members that parsing kept: of two that have the same name, one. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const inner of Object.values(value)) if (typeof inner === 'object') members += membersOf(inner);
  return members;
}
