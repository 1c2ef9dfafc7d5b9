/** What a replica of the reference says, as the protocol writes it. */
import { hex } from '../../../src/base/bytes.js';
import type { ApplyOutcome, ReplicaState } from '../../../src/node/replica.js';
import type { AppliedMessage, StateMessage } from '../../protocol/operations.js';

export const stateMessage = (state: ReplicaState): StateMessage => ({
  applied: `${state.applied}`,
  cutover: `${state.cutover}`,
  wrap: state.wrap,
  halted: state.halted && [...state.halted],
  sidecar: state.sidecar && {
    index: `${state.sidecar.index}`, cutover: `${state.sidecar.cutover}`, storage: state.sidecar.storage, storage_cutover: `${state.sidecar.storageCutover}`,
  },
  keys: state.keys.map(({ id, purpose, epoch, loaded, active }) => ({ id, purpose, epoch, loaded, active })),
  epochs: { storage: state.epochs.storage, raft: state.epochs.raft },
  registry: state.registry.map(({ dekId, fullNodeId, firstSeen, lastSeen }) => ({ dek_id: dekId, full_node_id: `${fullNodeId}`, first_seen: firstSeen, last_seen: lastSeen })),
  lease_ms: `${state.leaseMs}`,
  log: { first: `${state.log.first}`, last: `${state.log.last}`, commit: `${state.log.commit}` },
  chain: hex(state.chain),
});

export const resultMessages = (results: ApplyOutcome['results']): AppliedMessage[] =>
  results.map(({ index, outcome, refused }) => ({ index: `${index}`, outcome, ...(refused !== undefined && { refused: [...refused.reasons] }) }));
