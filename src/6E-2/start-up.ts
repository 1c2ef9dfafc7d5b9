/**
 * Start-up initialisation: what a node sets from its sidecar before it takes its first entry or proposal.
 *
 * Implements 6E-2/start-up-sets-switch (spec/6E-2/wrap-on-propose.md) and the epochs of a load as the proposal has them
 * (spec/base/sidecar-file.md).
 */
import { refuse } from '../base/errors.js';
import type { RaftIndex } from '../base/ids.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';

/**
 * The wrap switch of a node that starts: on exactly if its sidecar records a cutover.
 *
 * @clause 6E-2/start-up-sets-switch
 */
export const switchAtStart = (recorded: RaftIndex): boolean => recorded !== 0n;

/**
 * Refuses a recorded cutover without a raft key: whoever proposed from there could not wrap.
 *
 * @clause 6E-2/start-up-sets-switch
 * @throws Refusal `raft-key-absent`
 */
export function checkCutoverKey({ raftEnvelopeCutover, active }: Pick<SidecarState, 'active' | 'raftEnvelopeCutover'>): void {
  if (raftEnvelopeCutover !== 0n && active.raft === 0) {
    refuse('raft-key-absent', { clause: '6E-2/start-up-sets-switch', field: 'active.raft', expected: `a key, for the cutover at ${raftEnvelopeCutover}`, got: 'none' });
  }
}

/**
 * The purposes whose epochs a start raises, as proposed: storage when it has a key, raft only behind the cutover.
 *
 * @clause base/sidecar-bump-epoch
 */
export function epochsAtCutover({ active, raftEnvelopeCutover }: Pick<SidecarState, 'active' | 'raftEnvelopeCutover'>): readonly Purpose[] {
  const raised: Purpose[] = [];
  if (active.storage !== 0) raised.push('storage');
  if (active.raft !== 0 && raftEnvelopeCutover !== 0n) raised.push('raft');
  return raised;
}
