/**
 * Writes out what a vector file keeps short, so that an adapter sees plain values only.
 *
 * A long run `{repeat, count}` becomes the text that it stands for: a byte in hex for members of bytes, a character for
 * members of text. `body_pieces` `[{hex, times}]` becomes `body`, `document_pieces` `[{text, times}]` becomes `document`.
 */
import { InputError } from '../errors.js';
import { MAX_DEPTH } from '../protocol/messages.js';
import type { Input } from './sort/rules.js';

/** Most characters that the written-out runs of one case may have together. */
export const MAX_EXPANDED = 16 * 1024 * 1024;
/** Deepest nesting of an input: a request wraps three objects around it. */
export const MAX_INPUT_DEPTH = MAX_DEPTH - 3;

/** The pieces that are joined, by member: the member that they become and the name of the text in a piece. */
const PIECES: Readonly<Record<string, { readonly member: string; readonly text: string }>> = {
  body_pieces: { member: 'body', text: 'hex' },
  document_pieces: { member: 'document', text: 'text' },
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** A long run: exactly a text and how often it stands. */
export const isRun = (value: unknown): value is { readonly repeat: string; readonly count: number } =>
  isObject(value) && typeof value['repeat'] === 'string' && isCount(value['count']) && Object.keys(value).length === 2;

/** The input as it is sent. @throws InputError on a run or piece of another form, or on one beyond all measure. */
export function expandInput(input: Input): Record<string, unknown> {
  let room = MAX_EXPANDED;

  const run = (name: string, text: string, count: number): string => {
    if (text.length * count > room) throw new InputError(`${name}: expected at most ${MAX_EXPANDED} characters written out, got ${count} times ${text.length}`);
    room -= text.length * count;
    return text.repeat(text === '' ? 0 : count);
  };

  const pieces = (name: string, value: unknown, text: string): string => {
    if (!Array.isArray(value)) throw new InputError(`${name}: expected a list of {${text}, times}, got ${kind(value)}`);
    return value.map((piece: unknown, at) => {
      if (!isObject(piece) || typeof piece[text] !== 'string' || !isCount(piece['times']) || Object.keys(piece).length !== 2) {
        throw new InputError(`${name}[${at}]: expected {${text}, times}, got ${kind(piece)}`);
      }
      return run(`${name}[${at}]`, piece[text], piece['times']);
    }).join('');
  };

  const walk = (name: string, value: unknown, depth: number): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_INPUT_DEPTH) throw new InputError(`${name.slice(0, 40)}…: expected at most ${MAX_INPUT_DEPTH} levels of nesting, got more`);
    if (Array.isArray(value)) return value.map((item: unknown, at) => walk(`${name}[${at}]`, item, depth + 1));
    if (isRun(value)) return run(name, value.repeat, value.count);
    if (Object.hasOwn(value, 'repeat') && Object.hasOwn(value, 'count')) {
      throw new InputError(`${name}: expected {repeat: text, count: number from 0}, got {${Object.keys(value).join(', ')}} of another form`);
    }
    return members(name, value as Input, depth);
  };

  const members = (name: string, value: Input, depth: number): Record<string, unknown> =>
    Object.fromEntries(Object.entries(value).map(([member, inner]) => {
      const path = name === '' ? member : `${name}.${member}`;
      const joined = Object.hasOwn(PIECES, member) ? PIECES[member] : undefined;
      if (joined === undefined) return [member, walk(path, inner, depth + 1)];
      if (Object.hasOwn(value, joined.member)) throw new InputError(`${path}: expected it without "${joined.member}", got both`);
      return [joined.member, pieces(path, inner, joined.text)];
    }));

  return members('', input, 1);
}

const kind = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? `{${Object.keys(value).join(', ')}}`.slice(0, 60) : typeof value;
};
