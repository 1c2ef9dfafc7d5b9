/**
 * Mutants and compositions as adapters, by the command line that names them: `--mutant ID`, the reference in the composition that the
 * mutant is made from, with what it replaces; `--composition NAME`, a composition as it is; or both, the mutant made from another
 * composition than its own.
 */
import { parseArgs } from 'node:util';
import { composeOperations, type Operations } from '../../src/node/compose.js';
import { compositions } from '../../src/node/compositions.js';
import { aeadByName, compositionByName, referenceAdapter } from '../adapters/reference/adapter.js';
import { serve, type Streams } from '../adapters/serve.js';
import { mutants } from './index.js';

/** @throws Error for a mutant or a composition that there is not */
export async function serveCommand(args: readonly string[], streams?: Streams): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { mutant: { type: 'string' }, composition: { type: 'string' }, aead: { type: 'string' }, virtual: { type: 'boolean' } } });
  const aead = await aeadByName(values.aead);
  const virtual = values.virtual === true;
  if (values.mutant === undefined) {
    const composition = compositionByName(values.composition) ?? 'repaired';
    const operations = composeOperations(aead, {}, compositions[composition]);
    await serve(referenceAdapter(operations, { profile: composition.endsWith('repaired') ? 'repaired' : 'proposal', virtual }), streams);
    return;
  }
  const mutant = mutants.find((each) => each.id === values.mutant);
  if (mutant === undefined) throw new Error(`--mutant names no mutant: "${values.mutant}"; --list prints them`);
  const rules = compositions[compositionByName(values.composition) ?? mutant.base ?? 'repaired'];
  const operations: Operations = composeOperations(aead, mutant.replace(composeOperations(aead, {}, rules)), rules);
  await serve(referenceAdapter(operations, { name: `mutant ${mutant.id}`, virtual }), streams);
}
