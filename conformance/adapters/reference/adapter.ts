/**
 * The reference as an adapter, around any record of operations: what it says of itself, and how it is chosen and started.
 * The mutants are served by it too, so that they differ from the reference in their wrong operation and nothing else.
 */
import type { Operations } from '../../../src/node/compose.js';
import type { Aead } from '../../../src/ports/aead.js';
import { AEAD_PROVIDERS, aeadProvider, isAeadProvider } from '../../../src/ports/aead-provider.js';
import { packageVersion } from '../../package-root.js';
import { profile as profiles, type Profile } from '../../protocol/messages.js';
import type { AdapterHandlers } from '../serve.js';
import { vectorAnswerer } from './vectors.js';

/** The provider of the AEAD port that a command line names. */
export async function aeadByName(name: string | undefined): Promise<Aead> {
  if (name !== undefined && !isAeadProvider(name)) throw new Error(`--aead is ${AEAD_PROVIDERS.map((known) => `"${known}"`).join(' or ')}, not "${name}"`);
  return aeadProvider(name);
}

/** The handlers of the adapter. `profile` pins what it claims; otherwise it claims what the run judges. */
export function referenceAdapter(operations: Operations, options: { readonly name?: string; readonly profile?: Profile } = {}): AdapterHandlers {
  const vec = vectorAnswerer(operations);
  return {
    hello: ({ profile }) => ({
      implementation: { name: options.name ?? 'cutcheck reference', version: packageVersion(), language: 'TypeScript' },
      level: 'L0',
      profile: options.profile ?? profile,
      formats: Object.fromEntries(vec.formats.map((format) => [format, ['codec' as const]])),
      choices: { 'base/sidecar-json': 'strict' },
    }),
    vec,
  };
}

/** The profile named on a command line. */
export function profileByName(name: string | undefined): { profile?: Profile } {
  if (name === undefined) return {};
  const known = profiles.safeParse(name);
  if (!known.success) throw new Error(`--profile is ${profiles.options.map((option) => `"${option}"`).join(' or ')}, not "${name}"`);
  return { profile: known.data };
}
