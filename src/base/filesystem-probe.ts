/**
 * File system probe: tries at the start what every durable write will hang on.
 *
 * Implements base/filesystem-probe (spec/base/sidecar-file.md).
 */
import { dirname, join } from 'node:path';
import type { Reason } from '../../spec/reasons.js';
import type { Files } from '../ports/files.js';
import type { RandomBytes } from '../ports/random.js';
import { hex } from './bytes.js';
import { quietly, Refusal, refusingSystem } from './errors.js';

const CLAUSE = 'base/filesystem-probe';
const RANDOM_LENGTH = 8;
const PERMISSIONS = 0o600;
const LINE = new TextEncoder().encode('a file to sync\n');

/**
 * Writes, syncs, renames and removes a file beside the sidecar, which need not be there. What earlier probes left is left
 * alone.
 *
 * @clause base/filesystem-probe
 * @throws Refusal `unsupported-filesystem` when file or directory do not sync; `write-failed`
 */
export function probeFilesystem(files: Files, sidecarPath: string, random: RandomBytes): void {
  const directory = dirname(sidecarPath);
  const probe = join(directory, `.encryption-probe-${hex(random(RANDOM_LENGTH))}.tmp`);
  const renamed = `${probe}.final`;
  try {
    // 1. A new file.
    const file = orRefused(() => files.create(probe, PERMISSIONS));
    // 2. A short line, synced; closed.
    closing(file, () => {
      orRefused(() => file.write(LINE));
      orRefused(() => file.sync(), 'unsupported-filesystem');
    });
    // 3. Renamed.
    orRefused(() => files.rename(probe, renamed));
    // 4. The directory synced; the file removed.
    const opened = orRefused(() => files.openDirectory(directory));
    closing(opened, () => orRefused(() => opened.sync(), 'unsupported-filesystem'));
    orRefused(() => files.remove(renamed));
  } catch (error) {
    for (const left of [probe, renamed]) quietly(() => files.remove(left));
    throw error;
  }
}

const orRefused = <T>(step: () => T, reason: Reason = 'write-failed'): T => refusingSystem(step, (got) => new Refusal(reason, {
  clause: CLAUSE, field: 'file system', expected: 'a file and a directory that can be written and synced', got,
}));

/** A step with what is open, which is closed behind it; of two failures the first is told. */
function closing(open: { close(): void }, step: () => void): void {
  try {
    step();
  } catch (error) {
    quietly(() => open.close());
    throw error;
  }
  orRefused(() => open.close());
}
