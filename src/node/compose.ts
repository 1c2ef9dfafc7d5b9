/**
 * Composition: the operations of `base`, gathered into one record.
 *
 * Whatever uses an operation looks it up in the record, so that a composition is one object, and an operation put in
 * its place (a mutant) is used by all that depend on it. Nothing inside the operations knows of compositions.
 */
import type { Aead } from '../ports/aead.js';
import { decodeConfChangeContext, decodeReadContext, encodeConfChangeContext, encodeReadContext } from '../base/contexts.js';
import { deriveNodeId, narrowNodeId } from '../base/ids.js';
import { decodeProposal, encodeProposal } from '../base/proposal-envelope.js';

/** The operations of `base` by name. An operation that builds on others takes the record first, and is bound here. */
export interface Operations {
  readonly aead: Aead;
  // Proposal envelope
  readonly encodeProposal: typeof encodeProposal;
  readonly decodeProposal: typeof decodeProposal;
  readonly encodeReadContext: typeof encodeReadContext;
  readonly decodeReadContext: typeof decodeReadContext;
  readonly encodeConfChangeContext: typeof encodeConfChangeContext;
  readonly decodeConfChangeContext: typeof decodeConfChangeContext;
  // Node ids
  readonly deriveNodeId: typeof deriveNodeId;
  readonly narrowNodeId: typeof narrowNodeId;
}

/**
 * @clause base/typed-refusal
 * @param aead the provider of AES-256-GCM
 * @param replaced operations to put in the place of the reference's own
 */
export function composeOperations(aead: Aead, replaced: Partial<Operations> = {}): Operations {
  const operations: Operations = {
    aead,
    encodeProposal, decodeProposal,
    encodeReadContext, decodeReadContext, encodeConfChangeContext, decodeConfChangeContext,
    deriveNodeId, narrowNodeId,
    ...replaced,
  };
  return operations;
}
