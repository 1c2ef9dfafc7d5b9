/**
 * Builds the site below `site/`: the guides, the chapters of the spec, the traceability of the clauses, and the API of
 * the reference and of the protocol. Fails on any warning: a broken link, a wrong anchor, an unknown tag, a clause id
 * that does not exist.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, OptionDefaults } from 'typedoc';
import { mutants } from '../conformance/mutants/index.js';
import { packageRoot, packageVersion } from '../conformance/package-root.js';
import { loadSuite } from '../conformance/scenarios/library.js';
import { parseWhole } from '../conformance/selftest/whole.js';
import { clauses } from '../spec/clauses.js';
import { bringDiagramScript, diagramBlocks, diagramScripts } from './docs-diagrams.js';
import { sitePages } from './docs-pages.js';
import { clauseLinks, codeHeadings } from './docs-plugin.js';
import { rulesPage } from './rules-page.js';
import { checksOf, clauseTags, traceability } from './traceability.js';

const root = packageRoot();
const pages = join(root, 'dist', 'site-pages');
const suite = loadSuite();
const traces = traceability(Object.values(clauses), {
  tags: clauseTags(root),
  checks: checksOf(suite),
  unjudged: suite.unjudged,
  mutants,
});
const whole = parseWhole(readFileSync(join(root, 'conformance/mutants/whole-minus-one.json'), 'utf8'));
rmSync(pages, { recursive: true, force: true });
mkdirSync(pages, { recursive: true });
for (const [name, text] of [...sitePages(root, pages, traces), ['rules.md', rulesPage(mutants, whole)] as const]) writeFileSync(join(pages, name), text);

const app = await Application.bootstrapWithPlugins({
  name: `cutcheck ${packageVersion()}`,
  readme: join(root, 'README.md'),
  tsconfig: join(root, 'tsconfig.json'),
  entryPoints: ['src/**/*.ts', 'conformance/protocol/**/*.ts', 'conformance/adapters/serve.ts', 'spec/reasons.ts', 'spec/clauses.ts']
    .map((pattern) => join(root, pattern)),
  basePath: root,
  displayBasePath: root,
  projectDocuments: ['guides', 'spec', 'rules', 'clauses'].map((name) => join(pages, `${name}.md`)),
  out: join(root, 'site'),
  blockTags: [...OptionDefaults.blockTags, '@clause'],
  markdownItLoader: (markdown: Parameters<typeof codeHeadings>[0] & Parameters<typeof diagramBlocks>[0]) => {
    codeHeadings(markdown);
    diagramBlocks(markdown);
  },
  // The build has compiled everything just before.
  skipErrorChecking: true,
  disableGit: true,
  disableSources: true,
  excludePrivate: true,
  hideGenerator: true,
  sort: ['source-order'],
  navigation: { includeGroups: false, includeFolders: true, excludeReferences: true, includeCategories: false, compactFolders: true },
  validation: { invalidLink: true, invalidPath: true, rewrittenLink: true, notExported: false, notDocumented: false, unusedMergeModuleWith: true },
});
diagramScripts(app);
clauseLinks(app, new Map(Object.values(clauses).map(({ id, page }) => [id, join(root, 'spec', page)])));
const project = await app.convert();
if (project !== undefined) {
  app.validate(project);
  await app.generateOutputs(project);
  bringDiagramScript(root, join(root, 'site'));
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error('the site is not in order: see above');
  process.exitCode = 1;
}
