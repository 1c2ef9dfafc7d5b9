/**
 * The reference as an adapter, around any record of operations: what it says of itself, and how it is chosen and started.
 * The mutants are served by it too, so that they differ from the reference in what is wrong with them and nothing else.
 */
import type { Composition } from '../../../spec/rules.js';
import type { Operations } from '../../../src/node/compose.js';
import { compositions } from '../../../src/node/compositions.js';
import type { Aead } from '../../../src/ports/aead.js';
import { AEAD_PROVIDERS, aeadProvider, isAeadProvider } from '../../../src/ports/aead-provider.js';
import { packageVersion } from '../../package-root.js';
import { profile as profiles, type Profile } from '../../protocol/messages.js';
import { CAPABILITIES } from '../../protocol/operations.js';
import type { AdapterHandlers } from '../serve.js';
import { CRASH_POINTS } from './crash-points.js';
import { bytes } from './handlers.js';
import { files } from './layout.js';
import { Nodes } from './nodes.js';
import { vectorAnswerer, type VectorAnswerer } from './vectors.js';

export interface ReferenceOptions {
  readonly name?: string;
  /** Pins what it claims; otherwise it claims what the run judges. */
  readonly profile?: Profile;
  /** True: it runs its nodes on virtual disks only, which is faster and leaves nothing behind. */
  readonly virtual?: boolean;
}

/** The handlers of the adapter. The operations may follow from the profile that the run judges. */
export function referenceAdapter(composed: Operations | ((profile: Profile) => Operations), options: ReferenceOptions = {}): AdapterHandlers {
  const operationsFor = typeof composed === 'function' ? composed : () => composed;
  const nodes = new Nodes();
  let vec: VectorAnswerer | undefined;
  return {
    async hello({ profile, kek, dataRoot, seed }) {
      const operations = operationsFor(profile);
      vec = vectorAnswerer(operations);
      await nodes.begin({ operations, kek: kek === '' ? null : operations.importKek('of the run', bytes(kek)), dataRoot, seed });
      return {
        implementation: { name: options.name ?? 'cutcheck reference', version: packageVersion(), language: 'TypeScript' },
        level: 'L2',
        profile: options.profile ?? profile,
        formats: vec.formats,
        caps: Object.keys(CAPABILITIES).filter((capability) => options.virtual !== true || capability !== 'disk.dir'),
        files,
        crashPoints: [...CRASH_POINTS],
        choices: { 'base/sidecar-json': 'strict', '6E-1/follower-call': 'refuse' },
      };
    },
    vec: (args) => (vec ??= vectorAnswerer(operationsFor(options.profile ?? 'repaired')))(args),
    operations: nodes.operations,
    reset: () => nodes.reset(),
    bye: () => nodes.reset(),
  };
}

/** The provider of the AEAD port that a command line names. */
export async function aeadByName(name: string | undefined): Promise<Aead> {
  if (name !== undefined && !isAeadProvider(name)) throw new Error(`--aead is ${oneOf(AEAD_PROVIDERS)}, not "${name}"`);
  return aeadProvider(name);
}

/** The profile named on a command line. */
export function profileByName(name: string | undefined): { profile?: Profile } {
  if (name === undefined) return {};
  const known = profiles.safeParse(name);
  if (!known.success) throw new Error(`--profile is ${oneOf(profiles.options)}, not "${name}"`);
  return { profile: known.data };
}

/** The composition named on a command line; null where none is, and it follows from the profile. */
export function compositionByName(name: string | undefined): Composition | null {
  if (name === undefined) return null;
  const known = names.find((each) => each === name);
  if (known === undefined) throw new Error(`--composition is ${oneOf(names)}, not "${name}"`);
  return known;
}

const names = Object.keys(compositions) as Composition[];
const oneOf = (choices: readonly string[]): string => choices.map((choice, at) => `${at === 0 ? '' : at === choices.length - 1 ? ' or ' : ', '}"${choice}"`).join('');
