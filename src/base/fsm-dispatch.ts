/**
 * First-byte dispatch: which handler of the state machine takes a payload, and whether its refusal is an ordinary
 * answer or stops the replica.
 *
 * Implements base/first-byte-dispatch, base/reserved-opcodes-halt, base/encryption-entry-failure-halts and
 * base/lease-entry (spec/base/fsm-dispatch.md). The table of handlers comes from the caller; requests are opaque.
 */
import { reasons } from '../../spec/reasons.js';
import { hexByte } from './bytes.js';
import { Refusal } from './errors.js';
import { OPCODE, type Bootstrap, type Rotation, type WriterRow } from './fsm-entries.js';
import type { RaftIndex } from './ids.js';

/** What a payload is by its first byte. */
export type PayloadClass = 'empty' | 'request' | 'lease' | 'registration' | 'bootstrap' | 'rotation' | 'reserved';

/** Takes the encryption entries. A handler that cannot apply one throws a Refusal. */
export interface EntryHandlers<Answer> {
  readonly registration: (entry: WriterRow, index: RaftIndex) => Answer;
  readonly bootstrap: (entry: Bootstrap, index: RaftIndex) => Answer;
  readonly rotation: (entry: Rotation, index: RaftIndex) => Answer;
}

/** The table of handlers of one state machine. */
export interface PayloadHandlers<Answer> {
  /** The whole payload, its first byte included. */
  readonly request: (payload: Uint8Array) => Answer;
  /** The ceiling that the lease asks for; 0 or below is to be ignored. */
  readonly lease: (asked: bigint) => Answer;
  /** Null where nothing is wired to take encryption entries. */
  readonly entries: EntryHandlers<Answer> | null;
}

/** What became of a payload: answered, refused by an ordinary answer, or the replica must stop before it. */
export type Dispatched<Answer> =
  | { readonly verdict: 'answered'; readonly answer: Answer }
  | { readonly verdict: 'refused'; readonly refusal: Refusal }
  | { readonly verdict: 'halted'; readonly refusal: Refusal };

/** The decoders that the dispatch looks up. */
export interface PayloadDecoders {
  readonly classifyPayload: typeof classifyPayload;
  readonly decodeLease: (body: Uint8Array) => bigint;
  readonly decodeRegistration: (body: Uint8Array) => WriterRow;
  readonly decodeBootstrap: (body: Uint8Array) => Bootstrap;
  readonly decodeRotation: (body: Uint8Array) => Rotation;
}

/**
 * What a payload is, by its first byte alone.
 *
 * @clause base/first-byte-dispatch base/reserved-opcodes-halt
 */
export function classifyPayload(payload: Uint8Array): PayloadClass {
  switch (payload[0]) {
    case undefined: return 'empty';
    case 0x02: return 'lease';
    case OPCODE.registration: return 'registration';
    case OPCODE.bootstrap: return 'bootstrap';
    case OPCODE.rotation: return 'rotation';
    case 0x06: case 0x07: return 'reserved';
    // 00 and 01 tag a request; 08 and up can only be the first byte of an untagged one.
    default: return 'request';
  }
}

/**
 * Applied again after a restart although the applied index is past it: the lease lives in memory only.
 *
 * @clause base/lease-entry
 */
export const isVolatilePayload = (ops: Pick<PayloadDecoders, 'classifyPayload'>, payload: Uint8Array): boolean => ops.classifyPayload(payload) === 'lease';

/**
 * Hands a payload to its handler.
 *
 * @clause base/first-byte-dispatch base/reserved-opcodes-halt base/encryption-entry-failure-halts
 */
export function dispatchPayload<Answer>(ops: PayloadDecoders, handlers: PayloadHandlers<Answer>, payload: Uint8Array, index: RaftIndex): Dispatched<Answer> {
  const body = payload.subarray(1);
  const kind = ops.classifyPayload(payload);
  switch (kind) {
    // An empty payload is an empty request.
    case 'empty':
      return {
        verdict: 'refused',
        refusal: new Refusal('request-invalid', { clause: 'base/first-byte-dispatch', field: 'payload', expected: 'at least one byte', got: 'nothing' }),
      };
    // A refusal of a request or a lease is an ordinary answer.
    case 'request':
      return attempt('refused', () => handlers.request(payload));
    case 'lease':
      return attempt('refused', () => handlers.lease(ops.decodeLease(body)));
    // The reserved bytes halt, whatever is wired.
    case 'reserved':
      return { verdict: 'halted', refusal: notWired(payload) };
    // An encryption entry halts where nothing is wired, before it is decoded,
    case 'registration': case 'bootstrap': case 'rotation': {
      const { entries } = handlers;
      if (entries === null) return { verdict: 'halted', refusal: notWired(payload) };
      // and where it does not decode or cannot be applied.
      return attempt('halted', () => {
        if (kind === 'registration') return entries.registration(ops.decodeRegistration(body), index);
        if (kind === 'bootstrap') return entries.bootstrap(ops.decodeBootstrap(body), index);
        return entries.rotation(ops.decodeRotation(body), index);
      });
    }
  }
}

const notWired = (payload: Uint8Array): Refusal => new Refusal('apply-refused', {
  clause: 'base/reserved-opcodes-halt', field: 'first byte', expected: 'one that something is wired to take', got: hexByte(payload[0]),
});

function attempt<Answer>(onRefusal: 'refused' | 'halted', handler: () => Answer): Dispatched<Answer> {
  try {
    return { verdict: 'answered', answer: handler() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { verdict: onRefusal, refusal: onRefusal === 'halted' ? halting(error) : error };
  }
}

/** A refusal that halts carries the outer mark `apply-refused`; a cause whose slug is only informative gives way to it, and leaves its details. */
const halting = (refusal: Refusal): Refusal => reasons[refusal.reason].error === null ? new Refusal('apply-refused', refusal)
  : refusal.reasons.includes('apply-refused') ? refusal : refusal.marked('apply-refused');
