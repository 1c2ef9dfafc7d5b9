/** How commands that list things print: JSON for programs, aligned columns for people. */

/** One document, indented; nothing else goes to stdout. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

export const printLines = (lines: readonly string[]): void => {
  process.stdout.write(lines.map((line) => `${line.trimEnd()}\n`).join(''));
};

type Cell = string | number;

/** Rows under a head, in columns as wide as their widest cell; a column of numbers stands to the right. */
export function columns(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => String(row[column] ?? '').length)));
  const numeric = head.map((_title, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return [head, ...rows].map((row) => row.map((cell, column) => {
    const text = String(cell);
    return numeric[column] === true ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  }).join('  ').trimEnd());
}
