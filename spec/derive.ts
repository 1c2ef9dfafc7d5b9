/**
 * Derives `spec/clauses.ts` from the pages: the registry as data, and the type `ClauseId`, so that a wrong id does
 * not compile. Run by the build; the result is not kept in the repository.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registry } from './registry.js';

const CHAPTERS = ['base', '6E-1', '6E-2', '6E-3', 'repair'];

const spec = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'spec');
const pages = CHAPTERS.flatMap((chapter) =>
  readdirSync(join(spec, chapter)).filter((name) => name.endsWith('.md')).sort()
    .map((name) => [`${chapter}/${name}`, readFileSync(join(spec, chapter, name), 'utf8')] as const));

const target = join(spec, 'clauses.ts');
const text = `// Derived from the pages of the spec by derive.ts; not kept in the repository.
import type { Clause } from './registry.js';

const derived = ${JSON.stringify(Object.fromEntries(registry(pages)), null, 1)} as const;

/** The id of a clause of the spec. */
export type ClauseId = keyof typeof derived;

/** Every clause by its id, chapter by chapter, page by page. */
export const clauses: Readonly<Record<ClauseId, Clause>> = derived;
`;
// Written only when it changed, so that an unchanged spec costs the compiler nothing.
if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
