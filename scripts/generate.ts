/**
 * Writes what is made from the code and kept in the repository: the JSON Schema files below `schemas/` and the
 * reference page of the protocol. A test fails when they are not fresh.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../conformance/package-root.js';
import { generatedFiles } from './generated-files.js';

const root = packageRoot();
const files = generatedFiles();
for (const stale of readdirSync(join(root, 'schemas'), { recursive: true, encoding: 'utf8' })) {
  if (stale.endsWith('.json') && !files.has(`schemas/${stale}`)) rmSync(join(root, 'schemas', stale));
}
for (const [name, text] of files) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}
console.log(`${files.size} files written`);
