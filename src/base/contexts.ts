/**
 * Contexts: the two encodings beside the proposal envelope that carry a request id through the raft core, one for a
 * linearizable read and one for a membership change. Neither reaches the state machine.
 *
 * Implements base/read-context, base/conf-change-context, base/conf-change-text-limit (spec/base/proposal-envelope.md).
 */
import { concat, hexByte, u16be, u64be, view } from './bytes.js';
import { refuse } from './errors.js';
import type { FullNodeId, ProposalId } from './ids.js';

const READ = 0x02;
const READ_LENGTH = 9; // version, request id
const CONF_CHANGE = 0x03;
const CONF_CHANGE_FIXED_LENGTH = 21; // version, request id, peer node id, two text lengths
const TEXT_LIMIT = 0xffff;

/** Who joins or leaves: the peer of a membership change. Texts are at most 65535 bytes of UTF-8. */
export interface ConfChangeContext {
  readonly requestId: ProposalId;
  readonly peerNodeId: FullNodeId;
  readonly peerId: string;
  readonly peerAddress: string;
}

/**
 * The nine bytes of a read context.
 *
 * @clause base/read-context
 */
export const encodeReadContext = (requestId: ProposalId): Uint8Array => concat(Uint8Array.of(READ), u64be(requestId));

/**
 * The request id of a read context.
 *
 * @clause base/read-context
 * @throws Refusal `length`, `version-byte`
 */
export function decodeReadContext(context: Uint8Array): ProposalId {
  const clause = 'base/read-context';
  // 1. Another length.
  if (context.length !== READ_LENGTH) refuse('length', { clause, field: 'read context', expected: `${READ_LENGTH} bytes`, got: `${context.length}` });
  // 2. Another first byte.
  if (context[0] !== READ) refuse('version-byte', { clause, field: 'version', expected: '02', got: hexByte(context[0]) });
  return view(context).getBigUint64(1) as ProposalId;
}

/**
 * A membership-change context: 21 bytes and the two texts in UTF-8.
 *
 * @clause base/conf-change-context base/conf-change-text-limit
 * @throws Refusal `text-too-long`
 */
export function encodeConfChangeContext(change: ConfChangeContext): Uint8Array {
  const peerId = new TextEncoder().encode(change.peerId);
  const address = new TextEncoder().encode(change.peerAddress);
  for (const [field, text] of [['peer id', peerId], ['peer address', address]] as const) {
    if (text.length > TEXT_LIMIT) refuse('text-too-long', { clause: 'base/conf-change-text-limit', field, expected: `at most ${TEXT_LIMIT} bytes`, got: `${text.length}` });
  }
  return concat(Uint8Array.of(CONF_CHANGE), u64be(change.requestId), u64be(change.peerNodeId),
    u16be(peerId.length), u16be(address.length), peerId, address);
}

/**
 * Splits a membership-change context. Texts that are not UTF-8 are not refused: they come out with U+FFFD.
 *
 * @clause base/conf-change-context
 * @throws Refusal `length`, `version-byte`
 */
export function decodeConfChangeContext(context: Uint8Array): ConfChangeContext {
  const clause = 'base/conf-change-context';
  // 1. Shorter than the fixed part.
  if (context.length < CONF_CHANGE_FIXED_LENGTH) {
    refuse('length', { clause, field: 'membership-change context', expected: `at least ${CONF_CHANGE_FIXED_LENGTH} bytes`, got: `${context.length}` });
  }
  // 2. Another first byte.
  if (context[0] !== CONF_CHANGE) refuse('version-byte', { clause, field: 'version', expected: '03', got: hexByte(context[0]) });
  // 3. Not exactly as long as its two texts make it.
  const fields = view(context);
  const peerEnd = CONF_CHANGE_FIXED_LENGTH + fields.getUint16(17);
  const end = peerEnd + fields.getUint16(19);
  if (context.length !== end) refuse('length', { clause, field: 'membership-change context', expected: `${end} bytes`, got: `${context.length}` });
  const text = (from: number, to: number): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(context.subarray(from, to));
  return {
    requestId: fields.getBigUint64(1) as ProposalId,
    peerNodeId: fields.getBigUint64(9) as FullNodeId,
    peerId: text(CONF_CHANGE_FIXED_LENGTH, peerEnd),
    peerAddress: text(peerEnd, end),
  };
}
