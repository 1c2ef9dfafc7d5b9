/**
 * No early index: where 6E-1 alone recorded N, it went on writing plain and applied what it wrote, and the whole design can only halt on that.
 *
 * Implements step 2 of repair/no-early-index, that of the start (spec/repair/no-early-index.md); step 1, that of the call, is in 6E-1/enable-raft-envelope.ts.
 */
import { ENVELOPE_OVERHEAD, ENVELOPE_VERSION } from '../base/aead-envelope.js';
import { Refusal, refuse } from '../base/errors.js';
import type { RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import type { LogEntry } from '../base/log-entry.js';
import type { Proposal } from '../base/proposal-envelope.js';

/**
 * Does a plain proposal above the recorded cutover refuse the start?
 *
 * @clause repair/no-early-index
 */
export const refusesEarlyIndex = (): boolean => true;

/** What looking for plain proposals builds on. */
export interface EarlyIndexParts {
  readonly decodeProposal: (data: Uint8Array) => Proposal;
  readonly raftUnwrap: (keys: KeyStore, envelope: Uint8Array) => Uint8Array;
  readonly refusesEarlyIndex: () => boolean;
}

/**
 * Looks through the entries above the recorded cutover that are applied. Nothing but 6E-1 alone has applied a plain one there.
 *
 * @clause repair/no-early-index
 * @throws Refusal `early-cutover-index`
 */
export async function checkEarlyIndex(
  ops: EarlyIndexParts, above: AsyncIterable<readonly LogEntry[]>, recorded: RaftIndex, keys: KeyStore | null,
): Promise<void> {
  if (!ops.refusesEarlyIndex()) return;
  for await (const entries of above) {
    for (const { index, type, data } of entries) {
      const payload = type === 'normal' && data.length > 0 ? payloadOf(ops, data) : null;
      if (payload === null || isWrapped(ops, payload, keys)) continue;
      refuse('early-cutover-index', {
        clause: 'repair/no-early-index', field: `entry at ${index}`, expected: `a wrapped payload, above the cutover at ${recorded}`, got: 'a plain one',
      });
    }
  }
}

/**
 * By its form, so that an envelope that was damaged, or whose key is missing, is still one: the hook halts on it and says why. Every writer sets the
 * flag to 0, and a batch, the one payload that begins with the same byte, never has a 0 there; an envelope with another flag is known by opening it.
 */
function isWrapped(ops: EarlyIndexParts, payload: Uint8Array, keys: KeyStore | null): boolean {
  if (payload.length < ENVELOPE_OVERHEAD || payload[0] !== ENVELOPE_VERSION) return false;
  return payload[1] === 0 || (keys !== null && unlessRefused(() => ops.raftUnwrap(keys, payload)) !== null);
}

/** What is no proposal is passed over, above the cutover too. */
const payloadOf = (ops: EarlyIndexParts, data: Uint8Array): Uint8Array | null => unlessRefused(() => ops.decodeProposal(data).payload);

function unlessRefused<T>(step: () => T): T | null {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
