/**
 * The judge of one case: an expectation and an answer in, the first difference or null out.
 *
 * Compared are the result; the reasons, as sets, where the expectation has them; and every member of the expected
 * outputs. Outputs that the expectation does not name are ignored. Inside an output all members count, except in the
 * verdict on one operation of several (an object with `result` or `outcome`), which is judged as a case is.
 */
import { isReason } from '../../spec/reasons.js';
import type { VecReply } from '../protocol/messages.js';
import { isRun } from './expand.js';
import type { Expectation } from './schema.js';

/** Where an answer differs from what was expected, in words short enough for a console. */
export interface Mismatch {
  readonly kind: 'result' | 'reasons' | 'observed';
  /** The output that differs, such as `outcomes[2].nonce`. */
  readonly member?: string;
  readonly expected: string;
  readonly got: string;
}

type Members = Readonly<Record<string, unknown>>;

/** The adapter's own names of reasons to those of the table. */
export type ReasonMap = Readonly<Record<string, string>>;

/** First difference between expectation and answer; null when there is none. */
export function judge(expect: Expectation, answer: VecReply, reasonMap: ReasonMap): Mismatch | null {
  const reasons = answer.reasons.map((name) => mapped(name, reasonMap));
  if (answer.result !== expect.result) {
    return { kind: 'result', expected: expect.result, got: reasons.length === 0 ? answer.result : `${answer.result} (${short(reasons.join(', '))})` };
  }
  return judgeReasons(expect, reasons) ?? judgeMembers(expect.observed ?? {}, answer.observed, '', reasonMap);
}

const mapped = (name: string, reasonMap: ReasonMap): string => Object.hasOwn(reasonMap, name) ? reasonMap[name] ?? name : name;

function judgeReasons(expect: Members, got: readonly string[], member?: string): Mismatch | null {
  const at = member === undefined ? {} : { member };
  const sets = reasonSets(expect);
  const wanted = sets.map((set) => set.join(' + ')).join(' or ') || 'of the published table';
  const unknown = got.find((name) => !isReason(name));
  if (unknown !== undefined) return { kind: 'reasons', ...at, expected: wanted, got: `"${short(unknown)}", which the published table does not have` };
  if (sets.length === 0 || sets.some((set) => sameSet(set, got))) return null;
  return { kind: 'reasons', ...at, expected: wanted, got: got.length === 0 ? 'none' : got.join(' + ') };
}

/** The sets of reasons of which one has to be met; none when they do not bind. */
function reasonSets(expect: Members): readonly (readonly string[])[] {
  const any = expect['reasons_any_of'];
  const one = expect['reasons'];
  return [...(Array.isArray(one) ? [one as string[]] : []), ...(Array.isArray(any) ? any as string[][] : [])];
}

const sameSet = (left: readonly string[], right: readonly string[]): boolean => {
  const set = new Set(left);
  return new Set(right).size === set.size && right.every((item) => set.has(item));
};

function judgeMembers(expected: Members, got: Members, path: string, reasonMap: ReasonMap): Mismatch | null {
  for (const [name, value] of Object.entries(expected)) {
    const member = path === '' ? name : `${path}.${name}`;
    const found = Object.hasOwn(got, name) ? judgeValue(value, got[name], member, reasonMap)
      : { kind: 'observed' as const, member, expected: show(value), got: 'nothing' };
    if (found !== null) return found;
  }
  return null;
}

function judgeValue(expected: unknown, got: unknown, member: string, reasonMap: ReasonMap): Mismatch | null {
  const differs = (): Mismatch => ({ kind: 'observed', member, expected: show(expected), got: show(got) });
  if (isRun(expected)) return typeof got === 'string' && got === expected.repeat.repeat(expected.count) ? null : differs();
  if (isLong(expected)) return typeof got === 'string' && fitsLong(expected, got) ? null : differs();
  if (Array.isArray(expected)) {
    if (!Array.isArray(got)) return differs();
    for (const [at, item] of expected.entries()) {
      const found: Mismatch | null = at < got.length ? judgeValue(item, got[at], `${member}[${at}]`, reasonMap)
        : { kind: 'observed', member, expected: `${expected.length} items`, got: `${got.length}` };
      if (found !== null) return found;
    }
    return got.length === expected.length ? null : { kind: 'observed', member, expected: `${expected.length} items`, got: `${got.length}` };
  }
  if (isMembers(expected)) {
    if (!isMembers(got)) return differs();
    const verdict = VERDICTS.find((name) => typeof expected[name] === 'string');
    if (verdict !== undefined) return judgeOutcome(verdict, expected, got, member, reasonMap);
    const extra = Object.keys(got).find((name) => !Object.hasOwn(expected, name));
    return judgeMembers(expected, got, member, reasonMap)
      ?? (extra === undefined ? null : { kind: 'observed', member: `${member}.${short(extra)}`, expected: 'nothing', got: show(got[extra]) });
  }
  if (expected === got) return null;
  return typeof expected === 'string' && typeof got === 'string' ? { kind: 'observed', member, ...parted(expected, got) } : differs();
}

/** The member that makes an object a verdict: on one operation of several, or on one entry of a log. */
const VERDICTS = ['result', 'outcome'] as const;

/** The verdict on one operation of several. */
function judgeOutcome(verdict: (typeof VERDICTS)[number], expected: Members, got: Members, member: string, reasonMap: ReasonMap): Mismatch | null {
  const { [verdict]: result, reasons: _reasons, reasons_any_of: _any, ...outputs } = expected;
  if (result !== got[verdict]) return { kind: 'observed', member: `${member}.${verdict}`, expected: show(result), got: show(got[verdict]) };
  const reasons = Array.isArray(got['reasons']) ? got['reasons'].map((name) => mapped(String(name), reasonMap)) : [];
  return judgeReasons(expected, reasons, member) ?? judgeMembers(outputs, got, member, reasonMap);
}

/** A long output by its beginning, its length (in bytes) and, where it is known, its end. */
interface Long { readonly head: string; readonly length: number; readonly tail?: string }

export const isLong = (value: unknown): value is Long =>
  isMembers(value) && typeof value['head'] === 'string' && typeof value['length'] === 'number'
  && (value['tail'] === undefined || typeof value['tail'] === 'string') && Object.keys(value).every((name) => ['head', 'length', 'tail'].includes(name));

const HEX = /^(?:[0-9a-f]{2})*$/;

function fitsLong({ head, length, tail = '' }: Long, got: string): boolean {
  const bytes = HEX.test(head + tail) ? (HEX.test(got) ? got.length / 2 : -1) : Buffer.byteLength(got);
  return bytes === length && got.startsWith(head) && got.endsWith(tail);
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

// ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────

const SHOWN = 40;

/** Text that fits a line. Twenty bytes of hex at most: no key is ever shown whole. */
const short = (text: string): string => text.length <= SHOWN ? text
  : `${text.slice(0, 16)}… (${HEX.test(text) ? `${text.length / 2} bytes` : `${text.length} characters`})`;

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return HEX.test(value) && value !== '' ? short(value) : JSON.stringify(short(value));
  if (isRun(value)) return `${value.count} times ${short(value.repeat)}`;
  if (isLong(value)) return `${short(value.head)}… (${value.length} bytes)`;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${show(value[0])}${value.length > 1 ? `, … ${value.length} items` : ''}]`;
  if (isMembers(value)) return `{${short(Object.keys(value).join(', '))}}`;
  return String(value);
}

/** Bytes or characters that are shown from the first difference on: few, since it may be a key. */
const WINDOW = 4;

/** Two texts, and where they part when what is shown of them may look alike. Bytes and characters are counted from 0. */
function parted(expected: string, got: string): { expected: string; got: string } {
  if (expected.length <= SHOWN && got.length <= SHOWN) return { expected: show(expected), got: show(got) };
  let at = 0;
  while (at < expected.length && expected[at] === got[at]) at += 1;
  const bytes = HEX.test(expected) && HEX.test(got);
  if (bytes) at -= at % 2;
  const where = bytes ? `from byte ${at / 2}` : `from character ${at}`;
  const shown = (text: string): string => `${show(text)}, ${where}: ${text.slice(at, at + (bytes ? 2 * WINDOW : WINDOW)) || 'nothing'}`;
  return { expected: shown(expected), got: shown(got) };
}
