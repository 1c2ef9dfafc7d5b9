/**
 * A fresh epoch: no load wraps under an epoch that another load may have wrapped under.
 *
 * Implements repair/fresh-epoch-at-start (spec/repair/fresh-epoch.md); what a leader waits for comes with leadership.
 */
import { refuse } from '../base/errors.js';
import type { LocalEpoch } from '../base/ids.js';
import type { Purpose, SidecarState } from '../base/sidecar.js';

const EPOCH_MAX = 0xffff;

/**
 * The purposes whose epochs a start raises: every one that has a key. A node that starts before the cutover may apply it
 * in the same load, and wrap from then on. A start that is refused for one of them uses up no epoch of the other.
 *
 * @clause repair/fresh-epoch-at-start base/start-raises-epochs
 * @throws Refusal `local-epoch-exhausted`
 */
export function epochsAtEveryStart({ active, keys }: Pick<SidecarState, 'active' | 'keys'>): readonly Purpose[] {
  const raised = (['storage', 'raft'] as const).filter((purpose) => active[purpose] !== 0);
  for (const purpose of raised) {
    const key = active[purpose];
    if (keys?.get(`${key}`)?.localEpoch === EPOCH_MAX) {
      refuse('local-epoch-exhausted', { clause: 'base/start-raises-epochs', field: `epoch of key ${key}`, expected: `below ${EPOCH_MAX}`, got: `${EPOCH_MAX}` });
    }
  }
  return raised;
}

/**
 * The epoch that a bootstrap writes for a key: it never lowers one that is there.
 *
 * @clause repair/fresh-epoch-at-start
 */
export const keepEpoch = (before: LocalEpoch | null): LocalEpoch => before ?? (0 as LocalEpoch);
