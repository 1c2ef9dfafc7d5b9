/**
 * The identity of a log in its two places: 16 random bytes under a key of the log store, and as text in a file beside the sidecar.
 *
 * Implements the form that repair/log-identity gives to them, and how they are made (spec/repair/log-identity.md). Which
 * combinations may open is in log-identity.ts. What stands in the file is never told: it may be anything.
 */
import { dirname } from 'node:path';
import { equal, hex } from '../base/bytes.js';
import { quietly, Refusal, refusingSystem, refusingSystemLater, systemCode } from '../base/errors.js';
import type { SidecarState } from '../base/sidecar.js';
import { clearTemporary, createTemporary, replaceSidecar, sidecarTemporary, syncSidecarDirectory, syncTemporary, writeTemporary } from '../base/sidecar-write.js';
import type { Files } from '../ports/files.js';
import type { RandomBytes } from '../ports/random.js';
import type { Store } from '../ports/store.js';

const IDENTITY_LENGTH = 16;
const TEXT_LENGTH = 2 * IDENTITY_LENGTH + 1;
const TEXT = /^[0-9a-f]{32}\n$/;
/** The key of the identity in the log store. */
const KEY = new TextEncoder().encode('id');

/** What stands in one of the two places: nothing, an identity, or something else. */
export type FoundAt = Uint8Array | 'other' | 'none';

/** What a start finds of the identity. */
export interface FoundPlaces {
  readonly inLog: FoundAt;
  /** Also where the file has not got its name yet. */
  readonly besideSidecar: FoundAt;
  /** Was it being made when the process died? The log has it then, and the file is still to be named. */
  readonly unfinished: boolean;
}

/** The same with the sidecar beside it. */
export interface FoundIdentity extends FoundPlaces {
  readonly sidecar: Pick<SidecarState, 'raftEnvelopeCutover'> | null;
  /** Has the state machine taken over an entry that leaves a sidecar? Then there was one. */
  readonly sidecarDue: boolean;
}

/** Where the two copies are. */
export interface IdentityPlaces {
  readonly files: Files;
  readonly path: string;
  readonly log: Store;
}

/**
 * The two copies as a start finds them. Nothing is changed.
 *
 * @clause repair/log-identity
 * @throws Refusal `log-unreadable` where a place cannot be read: it is not empty
 */
export function findIdentity({ files, path, log }: IdentityPlaces): FoundPlaces {
  const stored = refusingSystem(() => log.get(KEY), unreadable);
  const inLog = stored === null ? 'none' : stored.length === IDENTITY_LENGTH ? stored : 'other';
  const besideSidecar = readIdentity(files, path);
  if (besideSidecar !== 'none' || typeof inLog === 'string') return { inLog, besideSidecar, unfinished: false };
  const prepared = readIdentity(files, sidecarTemporary(path));
  const unfinished = typeof prepared !== 'string' && equal(prepared, inLog);
  return { inLog, besideSidecar: unfinished ? prepared : besideSidecar, unfinished };
}

/** The steps in which an identity is made. */
export interface IdentitySteps {
  readonly prepareIdentity: typeof prepareIdentity;
  readonly storeIdentity: typeof storeIdentity;
  readonly publishIdentity: typeof publishIdentity;
}

/**
 * Makes an identity, so that a crash at any step leaves none, or one that the next start finishes.
 *
 * @clause repair/log-identity
 * @throws Refusal `write-failed`, `unsupported-filesystem`
 */
export async function adoptIdentity(ops: IdentitySteps, places: IdentityPlaces, random: RandomBytes): Promise<void> {
  const identity = random(IDENTITY_LENGTH);
  // 1. The file under a temporary name, durable.
  ops.prepareIdentity(places, identity);
  // 2. The log, durable.
  await ops.storeIdentity(places, identity);
  // 3. The name.
  ops.publishIdentity(places);
}

/**
 * Step 1: the file, written as the temporary file of a sidecar is, and its temporary name durable. After a failure there is none.
 *
 * @clause repair/log-identity
 * @throws Refusal `write-failed`, `unsupported-filesystem`
 */
export function prepareIdentity({ files, path }: Omit<IdentityPlaces, 'log'>, identity: Uint8Array): void {
  const temporary = sidecarTemporary(path);
  writeTemporary({ clearTemporary, createTemporary, syncTemporary }, files, temporary, new TextEncoder().encode(`${hex(identity)}\n`));
  try {
    syncSidecarDirectory(files, dirname(path));
  } catch (error) {
    quietly(() => files.remove(temporary));
    throw error;
  }
}

/**
 * Step 2: the log. When it fails, whether the log has it cannot be known, and the file stays for the start that finds out.
 *
 * @clause repair/log-identity
 * @throws Refusal `write-failed`
 */
export const storeIdentity = ({ log }: Pick<IdentityPlaces, 'log'>, identity: Uint8Array): Promise<void> => refusingSystemLater(
  () => log.batch([{ key: KEY, value: identity }], { sync: true }),
  (got) => new Refusal('write-failed', { clause: 'repair/log-identity', field: 'identity in the log', expected: 'a store that takes it', got }),
);

/**
 * Step 3: the file gets its name, durably.
 *
 * @clause repair/log-identity
 * @throws Refusal `write-failed`, `unsupported-filesystem`
 */
export function publishIdentity({ files, path }: Omit<IdentityPlaces, 'log'>): void {
  replaceSidecar(files, sidecarTemporary(path), path);
  syncSidecarDirectory(files, dirname(path));
}

/** Only a file that is not there is none. @throws Refusal `log-unreadable` */
function readIdentity(files: Files, path: string): FoundAt {
  try {
    const handle = files.openToRead(path);
    try {
      const text = new TextDecoder().decode(handle.read(TEXT_LENGTH + 1));
      return TEXT.test(text) ? Uint8Array.from(Buffer.from(text.trimEnd(), 'hex')) : 'other';
    } finally {
      handle.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return 'none';
    throw code === null ? error : unreadable(code);
  }
}

const unreadable = (got: string): Refusal =>
  new Refusal('log-unreadable', { clause: 'repair/log-identity', field: 'identity of the log', expected: 'a place that can be read', got });
