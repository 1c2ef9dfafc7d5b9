/** `cutcheck vectors`: bring vector files in, check the published ones, count them, and write them out for others. */
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { makeDirectory } from '../make-directory.js';
import { packageRoot } from '../package-root.js';
import { countsOf, sumOf, type CountRow } from '../vectors/counts.js';
import { importDirectory, publishedText } from '../vectors/import.js';
import { readPublishedFiles, vectorsDirectory } from '../vectors/library.js';
import { lint, type Finding } from '../vectors/lint.js';
import { InputError, UsageError } from '../errors.js';
import { columns, printJson, printLines } from './print.js';

export function register(program: Command): void {
  const vectors = program.command('vectors').description('import, check, count and copy the published vectors');

  vectors.command('import').argument('<dir>', 'directory of golden files (*.json)')
    .option('--into <dir>', 'where the published files go (default, in a checkout: its golden vectors)')
    .description('sort golden cases by rule and write them in the published form')
    .action((dir: string, options: { into?: string }) => {
      const into = options.into ?? goldenOfCheckout();
      const imported = importDirectory(dir);
      writing(into, () => {
        makeDirectory(into);
        for (const { file } of imported) writeFileSync(join(into, `${file.format}.json`), publishedText(file));
      });
      printLines(countsTable(countsOf(imported.map(({ file }) => file))));
    });

  vectors.command('lint').argument('[dir]', 'directory with golden/ and own/ (default: the vectors of this package)')
    .option('--json', 'print the findings as JSON')
    .description('check published files: schema, ids, clauses, sorting, expectations, coverage; exit 1 on findings')
    .action(async (dir: string | undefined, { json = false }: { json?: boolean }) => {
      const findings = [...lint(dir ?? vectorsDirectory()), ...(dir === undefined ? await staleSchemas() : [])];
      if (json) printJson(findings);
      else {
        for (const { where, problem } of findings) printLines([`${where}: ${problem}`]);
        printLines([findings.length === 0 ? 'no findings' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`]);
      }
      if (findings.length > 0) process.exitCode = 1;
    });

  vectors.command('counts').option('--json', 'print the rows as JSON')
    .description('count the published cases by format, class and sort')
    .action(({ json = false }: { json?: boolean }) => {
      const rows: CountRow[] = countsOf(readPublishedFiles(vectorsDirectory()).map(({ file }) => file));
      if (json) printJson(rows);
      else printLines(countsTable(rows));
    });

  vectors.command('copy').argument('<dir>', 'a new or empty place for them')
    .description('write the published vectors and their JSON Schema files for others to take along')
    .action((dir: string) => {
      const files = readPublishedFiles(vectorsDirectory());
      const schemas = schemaFiles();
      writing(dir, () => {
        for (const { path, bytes } of files) write(join(dir, path), bytes);
        for (const name of schemas) {
          makeDirectory(dirname(join(dir, 'schemas', name)));
          copyFileSync(join(packageRoot(), 'schemas', name), join(dir, 'schemas', name));
        }
      });
      printLines([`${files.length} vector files and ${schemas.length} schemas written to ${resolve(dir)}`]);
    });
}

/** The rows and their sums as aligned columns. */
const countsTable = (rows: readonly CountRow[]): string[] => columns(
  ['format', 'class', 'groups', 'normative', 'choice', 'not ours', 'not judged', 'cases'],
  [...rows, { format: 'all', class: '', ...sumOf(rows) }]
    .map((row) => [row.format, row.class, row.groups, row.normative, row.choice, row.notOurs, row.notJudged, row.cases]));

function write(path: string, bytes: Uint8Array): void {
  makeDirectory(dirname(path));
  writeFileSync(path, bytes);
}

/** The golden vectors that a run judges by. Those of an installed package are nobody's to change. @throws UsageError */
function goldenOfCheckout(): string {
  if (packageRoot().split(sep).includes('node_modules')) throw new UsageError('--into: a directory was expected, since the vectors of an installed package are not changed');
  return join(vectorsDirectory(), 'golden');
}

/** Writes to a place that the user gave. */
function writing(directory: string, step: () => void): void {
  try {
    if (existsSync(directory) && !statSync(directory).isDirectory()) throw new InputError(`${directory}: expected a directory to write to, got something else`);
    step();
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new InputError(`${directory}: expected a directory to write to, got ${String(error.code)}`);
    throw error;
  }
}

/** The schemas that a reader of vectors needs: that of the files and those of the formats. */
const schemaFiles = (): string[] =>
  ['vectors.schema.json', ...readPublishedFiles(vectorsDirectory()).map(({ file }) => `formats/${file.format}.schema.json`)]
    .filter((name, at, all) => all.indexOf(name) === at && existsSync(join(packageRoot(), 'schemas', name)));

/** The schema files of the package that are not as the code would write them. */
async function staleSchemas(): Promise<Finding[]> {
  const { publishedSchemas } = await import('../publish/json-schema.js');
  return [...publishedSchemas()].flatMap(([name, schema]) => {
    const path = join(packageRoot(), 'schemas', name);
    const fresh = existsSync(path) && readFileSync(path, 'utf8') === `${JSON.stringify(schema, null, 2)}\n`;
    return fresh ? [] : [{ where: `schemas/${name}`, problem: 'not as the code has it; run "npm run generate"' }];
  });
}
