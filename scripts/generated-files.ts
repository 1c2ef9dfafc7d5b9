/** The files that are made from the code and kept in the repository: path from the root to text. */
import { mutants } from '../conformance/mutants/index.js';
import { loadSuite } from '../conformance/scenarios/library.js';
import { ownVectorFiles } from '../conformance/vectors/own-vectors.js';
import { publishedSchemas } from '../conformance/publish/json-schema.js';
import { protocolPage } from '../conformance/publish/protocol-page.js';
import { findingPages } from './findings/pages.js';

/** Those that are made by running the reference: the pages of the findings. */
export const playedFiles = (root: string): Promise<ReadonlyMap<string, string>> => findingPages(root, { scenarios: loadSuite().scenarios, mutants });

export const generatedFiles = (): ReadonlyMap<string, string> => new Map([
  ...[...publishedSchemas()].map(([name, schema]) => [`schemas/${name}`, `${JSON.stringify(schema, null, 2)}\n`] as const),
  ...[...ownVectorFiles()].map(([name, text]) => [`conformance/vectors/own/${name}`, text] as const),
  ['docs/protocol.md', protocolPage()],
]);
