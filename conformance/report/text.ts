/** Words for people: text that came from outside made fit to print, and commands made fit to paste. */

const SHOWN = 300;

/** One line of text: control characters and lone surrogates become visible, and what is too long is cut. */
export function printable(text: string, limit = SHOWN): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
  return cut.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A word for a POSIX shell. */
export const shellQuote = (word: string): string => /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

export const shellWords = (words: readonly string[]): string => words.map(shellQuote).join(' ');

/** `1 case`, `2 cases`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
