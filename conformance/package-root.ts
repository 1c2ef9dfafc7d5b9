/** Where the package lies: the nearest directory above this file that holds its package.json. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

let root: string | undefined;

/** Absolute path of the package's root, in a checkout or installed. */
export function packageRoot(): string {
  if (root !== undefined) return root;
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) at = dirname(at);
  return root = at;
}

/** Version of the suite. */
export const packageVersion = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))).version;
