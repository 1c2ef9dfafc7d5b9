/** Which adapter a command drives: the one behind `--`, or the bundled reference. */
import { fileURLToPath } from 'node:url';
import { Option, type Command } from 'commander';
import { COMPOSITIONS, type Composition } from '../../spec/rules.js';
import type { Profile } from '../protocol/messages.js';
import { UsageError } from '../errors.js';

/** What is said of the bundled reference. */
export interface ReferenceFlags { readonly aead?: 'node' | 'noble'; readonly composition?: Composition }

export const referenceOptions = (command: Command): Command => command
  .addOption(new Option('--aead <provider>', 'cipher of the bundled reference').choices(['node', 'noble']))
  .addOption(new Option('--composition <name>', 'composition of the bundled reference (default: that of the profile)').choices(Object.keys(COMPOSITIONS)));

/** The adapter's command, or null for the bundled reference. It stands behind `--`, so that nothing is started by mistake. */
export function commandOf(operands: readonly string[], flags: ReferenceFlags): readonly string[] | null {
  const at = process.argv.indexOf('--');
  const behind = at < 0 ? [] : process.argv.slice(at + 1);
  if (operands.length > behind.length) throw new UsageError(`"${operands[0] ?? ''}" was not expected here; the command of an adapter stands behind "--"`);
  if (at < 0) return null;
  if (behind.length === 0) throw new UsageError('a command was expected behind "--", and nothing came');
  for (const flag of ['aead', 'composition'] as const) {
    if (flags[flag] !== undefined) throw new UsageError(`--${flag} belongs to the bundled reference and cannot stand with a command`);
  }
  return behind;
}

export function referenceCommand({ aead = 'node', composition }: ReferenceFlags, profile: Profile): readonly string[] {
  // By its place beside this file: nothing of the reference is loaded into the runner.
  return [process.execPath, fileURLToPath(new URL('../adapters/reference/main.js', import.meta.url)), '--aead', aead, '--profile', profile,
    ...(composition === undefined ? [] : ['--composition', composition])];
}

const MOST_SLOW = 1_000;

export const slowOf = (text: string): number => {
  const factor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (factor <= 0 || factor > MOST_SLOW) throw new UsageError(`--slow: a number above 0 and up to ${MOST_SLOW} was expected, and "${text}" came`);
  return factor;
};
