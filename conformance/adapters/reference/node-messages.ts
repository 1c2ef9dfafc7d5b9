/** What a node of the reference says, as the protocol writes it. */
import type { Answer } from '../../../src/6E-2/quiescence-barrier.js';
import { hex } from '../../../src/base/bytes.js';
import { raftIndex } from '../../../src/base/ids.js';
import type { LogEntry } from '../../../src/base/log-entry.js';
import type { LeaderState } from '../../../src/node/leader.js';
import type { ApplyOutcome } from '../../../src/node/replica.js';
import type { ReplicaState } from '../../../src/node/replica-state.js';
import type { Snapshot } from '../../../src/node/state-machine.js';
import type { CutoverAnswerMessage, SnapshotMessage } from '../../protocol/leader-operations.js';
import type { AppliedMessage, LogEntryMessage, StateMessage } from '../../protocol/operations.js';
import { bytes } from './handlers.js';

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

export const entryMessage = ({ index, term, type, data }: LogEntry): LogEntryMessage => ({ index: `${index}`, term: `${term}`, type, data: hex(data) });

/** What the node says of itself beyond its replica. */
export const leaderStateMessage = ({ role, term, gate, inFlight, tickets }: LeaderState): Partial<StateMessage> => ({
  role: { is: role, term: `${term}` },
  gate: { users: door(gate.users), admins: door(gate.admins) },
  in_flight: inFlight,
  tickets: tickets.map(({ ticket, state, index, refused }) => ({ ticket, state, ...(index !== null && { index: `${index}` }), ...(refused !== null && { refused: [...refused] }) })),
});

const door = (open: boolean): 'open' | 'closed' => open ? 'open' : 'closed';

export function answerMessage(answer: Answer): CutoverAnswerMessage {
  switch (answer.is) {
    case 'applied': return { is: 'applied', index: `${answer.index}`, already: answer.already };
    case 'not-appended': return { is: 'not-appended', reasons: [answer.refusal.reason, ...answer.refusal.marks] };
    case 'unknown': return { is: 'unknown' };
  }
}

export const snapshotMessage = ({ index, term, data }: Snapshot): SnapshotMessage => ({ index: `${index}`, term: `${term}`, data: hex(data) });
export const snapshotOf = ({ index, term, data }: SnapshotMessage): Snapshot => ({ index: raftIndex(BigInt(index)), term: BigInt(term), data: bytes(data) });
