/**
 * Writes what is made from the code and kept in the repository: the JSON Schema files below `schemas/`, the reference page of
 * the protocol, and what the pages of the findings tell of scenarios that are played for it. A test fails when they are not fresh.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../conformance/package-root.js';
import { generatedFiles, playedFiles } from './generated-files.js';

const root = packageRoot();
const files = new Map([...generatedFiles(), ...await playedFiles(root)]);
for (const stale of readdirSync(join(root, 'schemas'), { recursive: true, encoding: 'utf8' })) {
  if (stale.endsWith('.json') && !files.has(`schemas/${stale}`)) rmSync(join(root, 'schemas', stale));
}
for (const [name, text] of files) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}
console.log(`${files.size} files written`);
