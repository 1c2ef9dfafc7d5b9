/**
 * The identity of a log in its two places: 16 random bytes under a key of the log store, and as text in a file beside the sidecar.
 *
 * Implements the form that repair/log-identity gives to them (spec/repair/log-identity.md). Which combinations may open is a
 * decision of the composition.
 */
import { basename, dirname } from 'node:path';
import type { Files } from '../ports/files.js';
import type { RandomBytes } from '../ports/random.js';
import type { Store } from '../ports/store.js';
import { equal, hex } from './bytes.js';
import { systemCode } from './errors.js';
import type { SidecarState } from './sidecar.js';

const IDENTITY_LENGTH = 16;
const TEXT_LENGTH = 2 * IDENTITY_LENGTH + 1;
const TEXT = /^[0-9a-f]{32}\n$/;
/** The key of the identity in the log store. */
const KEY = new TextEncoder().encode('id');
const PERMISSIONS = 0o600;

/** What a start finds of the identity, and of the sidecar beside it. */
export interface FoundIdentity {
  readonly inLog: Uint8Array | null;
  readonly besideSidecar: Uint8Array | null;
  readonly sidecar: Pick<SidecarState, 'raftEnvelopeCutover'> | null;
  /** Has the state machine taken over what an entry wrote into a sidecar? Then there was one. */
  readonly sidecarDue: boolean;
}

/**
 * As proposed, a log has no identity.
 *
 * @clause base/log-append
 */
export const noIdentity = (): 'none' => 'none';

/** Where the two copies are. */
export interface IdentityPlaces {
  readonly files: Files;
  readonly path: string;
  readonly log: Store;
}

const temporary = (path: string): string => `${path}.tmp`;

/**
 * The two copies as a start finds them. An identity that was being made when the process died is finished first: the log has
 * it, and the file has not got its name yet.
 *
 * @clause repair/log-identity
 */
export function findIdentity({ files, path, log }: IdentityPlaces): Pick<FoundIdentity, 'inLog' | 'besideSidecar'> {
  const inLog = log.get(KEY);
  const besideSidecar = readIdentity(files, path);
  if (inLog !== null && besideSidecar === null) {
    const prepared = readIdentity(files, temporary(path));
    if (prepared !== null && equal(prepared, inLog)) {
      publish(files, path);
      return { inLog, besideSidecar: prepared };
    }
  }
  return { inLog, besideSidecar };
}

/**
 * Makes an identity, so that a crash at any step leaves none, or one that the next start finishes.
 *
 * @clause repair/log-identity
 */
export async function adoptIdentity({ files, path, log }: IdentityPlaces, random: RandomBytes): Promise<void> {
  const identity = random(IDENTITY_LENGTH);
  // 1. The file under a temporary name, durable.
  if (files.list(dirname(path)).includes(basename(temporary(path)))) files.remove(temporary(path));
  const file = files.create(temporary(path), PERMISSIONS);
  try {
    file.write(new TextEncoder().encode(`${hex(identity)}\n`));
    file.sync();
  } finally {
    file.close();
  }
  syncDirectory(files, path);
  // 2. The log, durable.
  await log.batch([{ key: KEY, value: identity }], { sync: true });
  // 3. The name.
  publish(files, path);
}

function publish(files: Files, path: string): void {
  files.rename(temporary(path), path);
  syncDirectory(files, path);
}

function syncDirectory(files: Files, path: string): void {
  const directory = files.openDirectory(dirname(path));
  try {
    directory.sync();
  } finally {
    directory.close();
  }
}

/** What a file has in the place of an identity; null when there is none that can be read. A file that holds something else differs from every identity. */
function readIdentity(files: Files, path: string): Uint8Array | null {
  try {
    const handle = files.openToRead(path);
    try {
      const bytes = handle.read(TEXT_LENGTH + 1);
      const text = new TextDecoder().decode(bytes);
      return TEXT.test(text) ? Uint8Array.from(Buffer.from(text.trimEnd(), 'hex')) : bytes;
    } finally {
      handle.close();
    }
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}
