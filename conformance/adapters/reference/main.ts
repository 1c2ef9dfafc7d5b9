#!/usr/bin/env node
/**
 * Command of the reference as an adapter: `main.js [--aead node|noble] [--composition NAME] [--profile proposal|repaired] [--virtual]`. It is
 * what `cutcheck run` drives when it is given no command. It composes itself to the profile that the run judges, and claims that one,
 * unless it is told otherwise; the names of compositions are those of the rule table.
 */
import { parseArgs } from 'node:util';
import type { Composition } from '../../../spec/rules.js';
import { composeOperations } from '../../../src/node/compose.js';
import { compositions } from '../../../src/node/compositions.js';
import type { Profile } from '../../protocol/messages.js';
import { serve } from '../serve.js';
import { aeadByName, compositionByName, profileByName, referenceAdapter } from './adapter.js';

const { values } = parseArgs({ options: { aead: { type: 'string' }, composition: { type: 'string' }, profile: { type: 'string' }, virtual: { type: 'boolean' } } });
const aead = await aeadByName(values.aead);
const composition = compositionByName(values.composition);
const pinned = profileByName(values.profile);
/** What the whole designs claim to be; a part of one claims what is judged. */
const claims: Readonly<Partial<Record<Composition, Profile>>> = { proposal: 'proposal', upstream: 'proposal', repaired: 'repaired' };
const claim = composition === null ? undefined : claims[composition];
const claimed = claim === undefined ? {} : { profile: claim };
await serve(referenceAdapter(
  (profile) => composeOperations(aead, {}, compositions[composition ?? pinned.profile ?? profile]), { ...claimed, ...pinned, virtual: values.virtual === true }));
