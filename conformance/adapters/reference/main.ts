#!/usr/bin/env node
/**
 * Command of the reference as an adapter: `main.js [--aead node|noble] [--composition proposal|upstream|repaired] [--profile
 * proposal|repaired] [--virtual]`. It is what `cutcheck run` drives when it is given no command. It composes itself to the profile that
 * the run judges, and claims that one, unless it is told otherwise.
 */
import { parseArgs } from 'node:util';
import { composeOperations } from '../../../src/node/compose.js';
import { serve } from '../serve.js';
import { aeadByName, compositionByName, compositions, profileByName, referenceAdapter } from './adapter.js';

const { values } = parseArgs({ options: { aead: { type: 'string' }, composition: { type: 'string' }, profile: { type: 'string' }, virtual: { type: 'boolean' } } });
const aead = await aeadByName(values.aead);
const composition = compositionByName(values.composition);
const pinned = profileByName(values.profile);
const claimed = composition === null ? {} : { profile: composition === 'repaired' ? 'repaired' as const : 'proposal' as const };
await serve(referenceAdapter(
  (profile) => composeOperations(aead, {}, compositions[composition ?? pinned.profile ?? profile]), { ...claimed, ...pinned, virtual: values.virtual === true }));
