/** All mutants: first those that vectors judge, in the order of their formats, then those that scenarios do. */
import { aeadEnvelopeMutants } from './aead-envelope.js';
import { appendRuleMutants } from './append-rule.js';
import { applyHookMutants } from './apply-hook.js';
import { barrierMutants } from './barrier.js';
import { callerMutants } from './callers.js';
import { cutoverEntryMutants } from './cutover-entry.js';
import { durableWriteMutants } from './durable-write.js';
import { entryMutants } from './entries.js';
import { fileMutants } from './files.js';
import { applierMutants } from './appliers.js';
import { firstByteMutants } from './fsm-dispatch.js';
import { freshEpochLeaderMutants } from './fresh-epoch-leader.js';
import { fsmEntriesMutants } from './fsm-entries.js';
import { gateMutants } from './gate.js';
import { intakeMutants } from './intake.js';
import { kekWrapMutants } from './kek-wrap.js';
import { leaderFormMutants } from './leader-form.js';
import { leadershipMutants } from './leadership.js';
import { milestoneMutants } from './milestones.js';
import type { Mutant } from './mutant.js';
import { proposalEnvelopeMutants } from './proposal-envelope.js';
import { proposalWrappingMutants } from './proposal-wrapping.js';
import { raftDispatchMutants } from './raft-dispatch.js';
import { raftEnvelopeMutants } from './raft-envelope.js';
import { replayMutants } from './replay.js';
import { replicaMutants } from './replica.js';
import { ruleMutants } from './rules.js';
import { sidecarMutants } from './sidecar.js';
import { snapshotHeaderMutants } from './snapshot-header.js';
import { snapshotInstallMutants } from './snapshot-install.js';
import { startMutants } from './start.js';
import { startUpMutants } from './start-up.js';
import { storageEnvelopeMutants } from './storage-envelope.js';
import { writerRegistryMutants } from './writer-registry.js';

/** @throws Error when an id is used twice: it is what the record of kills and the command line go by */
function distinct(all: readonly Mutant[]): readonly Mutant[] {
  const seen = new Set<string>();
  for (const { id } of all) {
    if (seen.has(id)) throw new Error(`two mutants are called "${id}"`);
    seen.add(id);
  }
  return all;
}

export const mutants: readonly Mutant[] = distinct([
  ...proposalEnvelopeMutants,
  ...aeadEnvelopeMutants,
  ...raftEnvelopeMutants,
  ...proposalWrappingMutants,
  ...storageEnvelopeMutants,
  ...fsmEntriesMutants,
  ...firstByteMutants,
  ...applierMutants,
  ...sidecarMutants,
  ...kekWrapMutants,
  ...snapshotHeaderMutants,
  ...writerRegistryMutants,
  ...raftDispatchMutants,
  ...fileMutants,
  ...ruleMutants,
  ...applyHookMutants,
  ...cutoverEntryMutants,
  ...entryMutants,
  ...replicaMutants,
  ...replayMutants,
  ...startUpMutants,
  ...startMutants,
  ...durableWriteMutants,
  ...intakeMutants,
  ...callerMutants,
  ...barrierMutants,
  ...gateMutants,
  ...leadershipMutants,
  ...leaderFormMutants,
  ...appendRuleMutants,
  ...snapshotInstallMutants,
  ...freshEpochLeaderMutants,
  ...milestoneMutants,
]);
