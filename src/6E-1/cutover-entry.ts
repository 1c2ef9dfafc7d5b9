/**
 * The cutover entry as a leader writes it, and how one is known in a log that anybody may have written.
 *
 * Implements what 6E-1/cutover-recorded (spec/6E-1/apply-cutover-entry.md) asks of the entry; what applying it does is in
 * apply-cutover-entry.ts.
 */
import { concat } from '../base/bytes.js';
import { Refusal } from '../base/errors.js';
import { OPCODE, PURPOSE, SUB_TAG, type Rotation, type WriterRow } from '../base/fsm-entries.js';
import type { KeyId, RaftIndex } from '../base/ids.js';
import type { LogEntry } from '../base/log-entry.js';
import type { Proposal } from '../base/proposal-envelope.js';

/**
 * The payload of a cutover entry: it wraps no key, and registers its proposer under the key that it names.
 *
 * @clause 6E-1/cutover-recorded
 */
export const cutoverPayload = (ops: { readonly encodeRotation: (entry: Rotation) => Uint8Array }, dekId: KeyId, proposer: WriterRow): Uint8Array =>
  concat(Uint8Array.of(OPCODE.rotation), ops.encodeRotation({
    subTag: SUB_TAG.enableRaftEnvelope, dekId, purpose: PURPOSE.raft, wrapped: new Uint8Array(), proposer: { ...proposer, dekId },
  }));

/** What knowing a cutover entry builds on. */
export interface EntryParts {
  readonly decodeProposal: (data: Uint8Array) => Proposal;
  readonly decodeRotation: (body: Uint8Array) => Rotation;
}

/**
 * Is a plain payload that of a cutover entry? A wrapped one begins with another byte, and nobody has to open it: above N there is no
 * second cutover.
 *
 * @clause 6E-1/cutover-recorded repair/append-rule
 */
export function isCutoverPayload(ops: Pick<EntryParts, 'decodeRotation'>, payload: Uint8Array): boolean {
  return payload[0] === OPCODE.rotation && read(() => ops.decodeRotation(payload.subarray(1)).subTag === SUB_TAG.enableRaftEnvelope);
}

/**
 * Is an entry of the log a cutover entry?
 *
 * @clause 6E-1/cutover-recorded repair/append-rule
 */
export function isCutoverEntry(ops: EntryParts, { type, data }: Pick<LogEntry, 'type' | 'data'>): boolean {
  return type === 'normal' && data.length > 0 && read(() => isCutoverPayload(ops, ops.decodeProposal(data).payload));
}

/** What cannot be read is none. */
function read(what: () => boolean): boolean {
  try {
    return what();
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/**
 * The cutover entries of one log, whoever wrote them and in whatever term: kept up with what is appended and truncated.
 *
 * @clause repair/append-rule
 */
export class CutoverEntries {
  readonly #ops: EntryParts;
  #indices: RaftIndex[] = [];

  constructor(ops: EntryParts) {
    this.#ops = ops;
  }

  /** Entries were put into the log, and whatever stood at their place or behind the last of the log is gone. */
  appended(entries: readonly LogEntry[], last: RaftIndex): void {
    const overwritten = new Set(entries.map(({ index }) => index));
    const found = entries.filter((entry) => entry.index <= last && isCutoverEntry(this.#ops, entry)).map(({ index }) => index);
    this.#indices = [...this.#indices.filter((index) => index <= last && !overwritten.has(index)), ...found];
  }

  /** The first of them above an index: one that stands unapplied, if the index is the applied one. */
  above(applied: RaftIndex): RaftIndex | null {
    return this.#indices.filter((index) => index > applied).reduce<RaftIndex | null>((first, index) => first === null || index < first ? index : first, null);
  }
}
