/**
 * The mutants as the self-test knows them: by what they say of themselves. They live in processes of their own, since they
 * are made of the reference, which nothing in the suite loads.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

/** What a mutant answers in at least one failing case of a check. */
const claim = z.object({ check: z.string(), answers: z.object({ result: z.enum(['valid', 'invalid']), reason: z.string().optional() }) });
export type Claim = z.infer<typeof claim>;

/** A mutant without its replacement, as `conformance/mutants/main.js --list` prints it. */
export const listedMutant = z.object({ id: z.string(), wrong: z.string(), clause: z.string(), format: z.string(), claims: z.array(claim).min(1) });
export type ListedMutant = z.infer<typeof listedMutant>;

const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const referenceCommand: readonly string[] = [process.execPath, built('../adapters/reference/main.js')];
export const mutantCommand = (id: string): readonly string[] => [process.execPath, built('../mutants/main.js'), '--mutant', id];

/** All mutants, in the order of their table. */
export async function listMutants(): Promise<ListedMutant[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [built('../mutants/main.js'), '--list'], { maxBuffer: 1 << 24 });
  return z.array(listedMutant).parse(JSON.parse(stdout));
}
