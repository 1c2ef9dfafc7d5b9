/**
 * The mutants as the self-test knows them: by what they say of themselves. They live in processes of their own, since they
 * are made of the reference, which nothing in the suite loads.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { COMPOSITIONS, type Composition, type Evidence } from '../../spec/rules.js';

const OUTCOMES = ['valid', 'invalid', 'skip', 'halt', 'ok', 'refused', 'halted', 'broken'] as const satisfies readonly Evidence['outcome'][];
const bases = z.enum(Object.keys(COMPOSITIONS) as [Composition, ...Composition[]]);

/** What a mutant answers in at least one failing case of a check. */
const claim = z.object({
  check: z.string(),
  crash: z.object({ scenario: z.string(), point: z.string() }).optional(),
  answers: z.object({ result: z.enum(OUTCOMES), reason: z.string().optional() }),
});
export type Claim = z.infer<typeof claim>;

/** In the place of a format: the mutant is judged by the scenarios. */
export const SCENARIOS = 'scenarios';

/** A mutant without its replacement, as `conformance/mutants/main.js --list` prints it. */
export const listedMutant = z.object({
  id: z.string(), wrong: z.string(), clause: z.string(), format: z.string(), base: bases.default('repaired'), claims: z.array(claim).min(1),
});
export type ListedMutant = z.infer<typeof listedMutant>;

// Nodes on virtual disks: hundreds of runs need not wait for real ones, and come to the same each time.
const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const referenceCommand: readonly string[] = [process.execPath, built('../adapters/reference/main.js')];
export const baseCommand = (base: Composition): readonly string[] => [...referenceCommand, '--virtual', '--composition', base];
/** @param from what it is made from, where that is not its own composition */
export const mutantCommand = (id: string, from?: Composition): readonly string[] =>
  [process.execPath, built('../mutants/main.js'), '--virtual', '--mutant', id, ...from === undefined ? [] : ['--composition', from]];

/** The module that serves mutants and compositions without processes. */
export const servedInProcess = new URL('../mutants/serve.js', import.meta.url).href;

/** All mutants, in the order of their table. */
export async function listMutants(): Promise<ListedMutant[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [built('../mutants/main.js'), '--list'], { maxBuffer: 1 << 24 });
  return z.array(listedMutant).parse(JSON.parse(stdout));
}
