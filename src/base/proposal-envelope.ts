/**
 * Proposal envelope: what stands around a payload in the data of a normal log entry.
 *
 * Implements base/proposal-layout and base/proposal-decode (spec/base/proposal-envelope.md). The two context
 * encodings of the same chapter are in contexts.ts.
 */
import { concat, hexByte, u64be, view } from './bytes.js';
import { refuse } from './errors.js';
import type { ProposalId } from './ids.js';

const VERSION = 0x01;
const HEADER_LENGTH = 9; // version, proposal id

/** A proposal: its id and the bytes meant for the state machine (above the cutover, a raft envelope). */
export interface Proposal {
  readonly id: ProposalId;
  readonly payload: Uint8Array;
}

/**
 * Entry data for a proposal. Never refuses.
 *
 * @clause base/proposal-layout
 * @example hex(encodeProposal({ id: proposalId(1n), payload: new TextEncoder().encode('tail') })) // 01 0000000000000001 7461696c
 */
export const encodeProposal = ({ id, payload }: Proposal): Uint8Array => concat(Uint8Array.of(VERSION), u64be(id), payload);

/**
 * Splits entry data. The payload is a view into it.
 *
 * @clause base/proposal-decode
 * @throws Refusal `too-short`, `version-byte`
 */
export function decodeProposal(data: Uint8Array): Proposal {
  const clause = 'base/proposal-decode';
  // 1. Fewer than nine bytes is no proposal, whatever they are.
  if (data.length < HEADER_LENGTH) refuse('too-short', { clause, field: 'entry data', expected: `at least ${HEADER_LENGTH} bytes`, got: `${data.length}` });
  // 2. Nor is any other first byte.
  if (data[0] !== VERSION) refuse('version-byte', { clause, field: 'version', expected: '01', got: hexByte(data[0]) });
  // 3. The rest is id and payload.
  return { id: view(data).getBigUint64(1) as ProposalId, payload: data.subarray(HEADER_LENGTH) };
}
