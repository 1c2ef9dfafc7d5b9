#!/usr/bin/env node
/**
 * Command of the mutants. `main.js --mutant ID [--aead node|noble] [--virtual]` is one of them as an adapter: the reference in the
 * composition that the mutant is made from, with what it replaces, over the same loop. `main.js --list` prints what they are
 * and claim, as JSON.
 */
import { parseArgs } from 'node:util';
import { composeOperations } from '../../src/node/compose.js';
import { compositions } from '../../src/node/compositions.js';
import { aeadByName, referenceAdapter } from '../adapters/reference/adapter.js';
import { serve } from '../adapters/serve.js';
import { mutants } from './index.js';

const { values } = parseArgs({ options: { list: { type: 'boolean' }, mutant: { type: 'string' }, aead: { type: 'string' }, virtual: { type: 'boolean' } } });

async function adapter(id: string): Promise<void> {
  const mutant = mutants.find((each) => each.id === id);
  if (mutant === undefined) throw new Error(`--mutant names no mutant: "${id}"; --list prints them`);
  const aead = await aeadByName(values.aead);
  const rules = compositions[mutant.base ?? 'repaired'];
  const operations = composeOperations(aead, mutant.replace(composeOperations(aead, {}, rules)), rules);
  await serve(referenceAdapter(operations, { name: `mutant ${id}`, virtual: values.virtual === true }));
}

if (values.list === true) console.log(JSON.stringify(mutants));
else await adapter(values.mutant ?? '');
