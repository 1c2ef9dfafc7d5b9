#!/usr/bin/env node
/**
 * Command of a mutant as an adapter: `main.js --mutant ID [--aead node|noble]`. The reference, composed with the one
 * operation that the mutant replaces, over the same loop.
 */
import { parseArgs } from 'node:util';
import { composeOperations } from '../../src/node/compose.js';
import { aeadByName, referenceAdapter } from '../adapters/reference/adapter.js';
import { serve } from '../adapters/serve.js';
import { mutants } from './index.js';

const { values } = parseArgs({ options: { mutant: { type: 'string' }, aead: { type: 'string' }, profile: { type: 'string' } } });
const mutant = mutants.find(({ id }) => id === values.mutant);
if (mutant === undefined) throw new Error(`--mutant names no mutant: "${values.mutant ?? ''}"; cutcheck selftest lists them`);

const aead = await aeadByName(values.aead);
const operations = composeOperations(aead, mutant.replace(composeOperations(aead)));
await serve(referenceAdapter(operations, { name: `mutant ${mutant.id}` }));
