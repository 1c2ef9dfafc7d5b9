#!/usr/bin/env node
/**
 * Command of the mutants. `main.js --mutant ID [--aead node|noble]` is one of them as an adapter: the reference, composed
 * with the one operation that it replaces, over the same loop. `main.js --list` prints what they are and claim, as JSON.
 */
import { parseArgs } from 'node:util';
import { composeOperations } from '../../src/node/compose.js';
import { aeadByName, referenceAdapter } from '../adapters/reference/adapter.js';
import { serve } from '../adapters/serve.js';
import { mutants } from './index.js';

const { values } = parseArgs({ options: { list: { type: 'boolean' }, mutant: { type: 'string' }, aead: { type: 'string' } } });

async function adapter(id: string): Promise<void> {
  const mutant = mutants.find((each) => each.id === id);
  if (mutant === undefined) throw new Error(`--mutant names no mutant: "${id}"; --list prints them`);
  const aead = await aeadByName(values.aead);
  const operations = composeOperations(aead, mutant.replace(composeOperations(aead)));
  await serve(referenceAdapter(operations, { name: `mutant ${id}` }));
}

if (values.list === true) console.log(JSON.stringify(mutants));
else await adapter(values.mutant ?? '');
