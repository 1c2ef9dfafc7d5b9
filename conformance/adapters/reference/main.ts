#!/usr/bin/env node
/**
 * Command of the reference as an adapter: `main.js [--aead node|noble] [--profile proposal|repaired]`. It is what
 * `cutcheck run` drives when it is given no command.
 */
import { parseArgs } from 'node:util';
import { composeOperations } from '../../../src/node/compose.js';
import { serve } from '../serve.js';
import { aeadByName, profileByName, referenceAdapter } from './adapter.js';

const { values } = parseArgs({ options: { aead: { type: 'string' }, profile: { type: 'string' } } });
await serve(referenceAdapter(composeOperations(await aeadByName(values.aead)), profileByName(values.profile)));
