/**
 * Patterns over check ids: parts between slashes, `*` within a part, `**` over parts. `@FILE` stands for the patterns
 * in a file, one a line, `#` before a comment. A pattern that matches nothing is an error of whoever wrote it, never an
 * empty selection.
 */
import { readFileSync } from 'node:fs';
import picomatch from 'picomatch';
import { InputError, UsageError } from '../errors.js';

/** Before the ids of vectors and scenarios that were added. */
const ADDED = 'extra/';

interface Pattern { readonly text: string; readonly from: string }

/** The ids that are meant. @throws UsageError or InputError naming the pattern or the file */
export function selectIds(ids: readonly string[], run: readonly string[], skip: readonly string[]): ReadonlySet<string> {
  const meant = matching(ids, '--run', run);
  const left = matching(ids, '--skip', skip);
  return new Set(ids.filter((id) => (run.length === 0 || meant.has(id)) && !left.has(id)));
}

function matching(ids: readonly string[], flag: string, given: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { text, from } of given.flatMap((each) => expand(flag, each))) {
    const hits = ids.filter(matcher(text, from));
    if (hits.length === 0) throw new UsageError(`${from}: the pattern "${text}" matches no check (${hintOf(ids, text, from)})`);
    for (const id of hits) found.add(id);
  }
  return found;
}

/** Where a pattern that matches nothing may lead. */
function hintOf(ids: readonly string[], text: string, from: string): string {
  const added = `${ADDED}${text}`;
  return ids.some(matcher(added, from)) ? `the ids of what you added begin with "${ADDED}": "${added}" matches` : '`cutcheck list` shows them all';
}

function matcher(text: string, from: string): (id: string) => boolean {
  if (text === '') throw new UsageError(`${from}: a pattern is empty`);
  try {
    const matches = picomatch(text, { dot: true, nonegate: true, noextglob: true });
    return (id) => matches(id);
  } catch (error) {
    throw new UsageError(`${from}: "${text}" is no pattern (${error instanceof Error ? error.message : String(error)})`);
  }
}

function expand(flag: string, given: string): Pattern[] {
  if (!given.startsWith('@')) return [{ text: given, from: flag }];
  const file = given.slice(1);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new InputError(`${flag} ${given}: a file of patterns was expected at "${file}", and it cannot be read (${code})`);
  }
  const patterns = text.split(/\r?\n/)
    .map((line, at) => ({ text: line.replace(/(^|\s)#.*$/, '').trim(), from: `${flag} ${given}, line ${at + 1}` }))
    .filter((pattern) => pattern.text !== '');
  if (patterns.length === 0) throw new InputError(`${flag} ${given}: patterns were expected in "${file}", and it has none`);
  return patterns;
}
