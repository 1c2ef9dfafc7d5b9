/**
 * Which provider of the AEAD port is used: by name, or the platform's own where it has one.
 *
 * Implements base/aead-algorithm. A provider is loaded when it is chosen, so that none has to be there for the other.
 */
import type { Aead } from './aead.js';

/**
 * The names of the providers, the default first.
 *
 * @clause base/aead-algorithm
 */
export const AEAD_PROVIDERS = ['node', 'noble'] as const satisfies readonly Aead['name'][];

/**
 * Narrows any string to the name of a provider.
 *
 * @clause base/aead-algorithm
 */
export const isAeadProvider = (name: string): name is Aead['name'] => AEAD_PROVIDERS.some((known) => known === name);

const load = {
  node: async (): Promise<Aead> => (await import('./aead-node.js')).nodeAead,
  noble: async (): Promise<Aead> => (await import('./aead-noble.js')).nobleAead,
} satisfies Record<Aead['name'], () => Promise<Aead>>;

/**
 * A provider by name; without one, node:crypto where it exists and else the one in plain JavaScript.
 *
 * @clause base/aead-algorithm
 */
export async function aeadProvider(name?: Aead['name']): Promise<Aead> {
  if (name !== undefined) return load[name]();
  try {
    return await load.node();
  } catch {
    return load.noble();
  }
}
