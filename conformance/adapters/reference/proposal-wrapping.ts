/** Answers the group `proposal-wrapping` of the format `raft-envelope` with the wrapper of the reference. */
import { hex } from '../../../src/base/bytes.js';
import { keyId, localEpoch, raftIndex } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import type { ProposalWrapper } from '../../../src/6E-2/wrap-on-propose.js';
import type { raftEnvelope, WrapperOperation } from '../../protocol/formats/raft-envelope.js';
import { loadKeys } from './aead-envelope.js';
import { attempt, bytes, type Handlers } from './handlers.js';

export const proposalWrappingHandler = (ops: Operations): Pick<Handlers<typeof raftEnvelope>, 'proposal-wrapping'> => ({
  'proposal-wrapping': ({ raft_id, raft_epoch, keys, start_cutover, start_raft_dek_id, commits, operations = [] }) => {
    const wrapper = ops.proposalWrapper({
      keys: loadKeys(ops, keys), nodeId: ops.deriveNodeId(raft_id), raftEpoch: localEpoch(raft_epoch),
      cutover: raftIndex(BigInt(start_cutover)), raftKey: keyId(start_raft_dek_id), committed: () => commits === 'known',
    });
    return {
      outcomes: operations.map((operation) => {
        const verdict = attempt(() => done(wrapper, operation));
        return { ...verdict, dispatch_cutover: `${ops.dispatchBoundary(wrapper.cutover)}` };
      }),
    };
  },
});

function done(wrapper: ProposalWrapper, operation: WrapperOperation): { sent?: 'clear' | 'sealed'; envelope?: string } {
  switch (operation.op) {
    case 'propose': {
      const payload = bytes(operation.payload);
      const sent = wrapper.wrap(payload);
      return sent === payload ? { sent: 'clear' } : { sent: 'sealed', envelope: hex(sent) };
    }
    case 'mark':
      wrapper.registered(keyId(operation.dek_id), localEpoch(operation.local_epoch));
      return {};
    case 'install':
      wrapper.install(raftIndex(BigInt(operation.cutover)), keyId(operation.raft_dek_id));
      return {};
    case 'rotate':
      wrapper.rotate(keyId(operation.raft_dek_id));
      return {};
  }
}
