/**
 * The quiescence barrier: the six steps of one call, as one state machine.
 *
 *     idle ─ 1 block ─▶ gated ─ 2 drain ─▶ drained ─ 3 propose ─▶ proposed ─ 4 wait ─▶ applied ─ 5 switch ─▶ switched ─ 6 open ─▶ idle
 *
 * Implements 6E-2/barrier-1-block to 6E-2/barrier-6-open and 6E-2/admin-exempt (spec/6E-2/quiescence-barrier.md); the numbers
 * are those of the steps. Nothing here waits, appends or switches: a step says what is to be done, and whoever leads does it.
 */
import type { Refusal } from '../base/errors.js';
import type { KeyId, RaftIndex } from '../base/ids.js';
import { CUTOVER_ENTRY_TAG, type SourceTag } from './caller-classes.js';

/** Where a call stands. */
export type Phase = 'idle' | 'gated' | 'drained' | 'proposed' | 'applied' | 'switched';

/** What the caller is told; the three answers of repair/honest-outcomes. */
export type Answer =
  | { readonly is: 'applied'; readonly index: RaftIndex; readonly already: boolean }
  | { readonly is: 'not-appended'; readonly refusal: Refusal }
  | { readonly is: 'unknown' };

/** What of a call may release its hold. */
export type HoldEvent =
  /** Step 3: the cutover entry is in the log. */
  | 'appended'
  /** Step 3: the append was refused. */
  | 'refused'
  /** The caller went, or the hold ran out, before the append. */
  | 'expired'
  /** The caller went behind the append. */
  | 'abandoned'
  /** The leader lost the term, or its replica halted. */
  | 'term-lost'
  /** Step 4: the entry was applied, and had no effect. */
  | 'no-effect'
  /** Step 6. */
  | 'finished';

/** How a call ends before its steps do. */
export type CallEnd = 'expired' | 'term-lost' | 'halted';

/** One call. */
export interface BarrierCall {
  readonly name: string;
  readonly phase: Phase;
  /** The raft key that was active when the call began. */
  readonly keyAtBegin: KeyId;
  /** Index of its cutover entry, once that was appended. */
  readonly entry: RaftIndex | null;
  /** What the caller was told; it stays. */
  readonly answer: Answer | null;
}

/** What the leader knows at a step. */
export interface BarrierFacts {
  /** User proposals that are counted in flight. */
  readonly inFlight: number;
  readonly commit: RaftIndex;
  readonly applied: RaftIndex;
  readonly recorded: RaftIndex;
  readonly raftKey: KeyId;
  /** Does it know in which epoch it registers, or why it cannot? */
  readonly knowsEpoch: boolean;
}

/** The decisions that the steps leave open. */
export interface BarrierRules {
  readonly holdStops: (tag: SourceTag) => boolean;
  readonly drained: (inFlight: number) => boolean;
  readonly cutoverKey: (atBegin: KeyId, now: KeyId) => KeyId;
  readonly awaited: (entry: RaftIndex, applied: RaftIndex) => boolean;
}

/**
 * Step 1: a hold stops users, and nobody else. As proposed it does so until step 6.
 *
 * @clause 6E-2/barrier-1-block 6E-2/admin-exempt
 */
export const holdStopsUsers = (tag: SourceTag): boolean => tag === 'user';

/**
 * Step 2: no user proposal is in flight any more.
 *
 * @clause 6E-2/barrier-2-drain
 */
export const drained = (inFlight: number): boolean => inFlight === 0;

/**
 * Step 3, as proposed: the key that the checks of the call found.
 *
 * @clause 6E-2/barrier-3-propose
 */
export const keyOfTheCall = (atBegin: KeyId): KeyId => atBegin;

/**
 * Step 3: the key that is active when the entry is appended.
 *
 * @clause 6E-2/barrier-3-propose repair/append-rule
 */
export const keyAtAppend = (_atBegin: KeyId, now: KeyId): KeyId => now;

/**
 * Step 3: the cutover entry is plain.
 *
 * @clause 6E-2/barrier-3-propose
 */
export const cutoverForm = (): 'plain' => 'plain';

/**
 * Step 4: this leader has applied the entry.
 *
 * @clause 6E-2/barrier-4-wait
 */
export const awaited = (entry: RaftIndex, applied: RaftIndex): boolean => applied >= entry;

/**
 * Step 5, as proposed: it sets the switch.
 *
 * @clause 6E-2/barrier-5-switch
 */
export const setsSwitch = (): boolean => true;

/**
 * Step 5, where apply has set the switch: it finds it on, and turns nothing.
 *
 * @clause 6E-2/barrier-5-switch repair/switch-by-apply
 */
export const confirmsSwitch = (before: boolean): boolean => before;

/** What a step may wait for: 2 the drain; 3 the gate, and the first entry of the leader's own term; 4 commit and apply. */
export type Waits = 'drain' | 'gate' | 'own-term-entry' | 'commit' | 'apply';

/** One enabled step, or what it waits for. */
export type BarrierStep =
  | { readonly does: 'nothing' }
  | { readonly does: 'waits'; readonly for: Waits }
  | { readonly does: 'moves'; readonly call: BarrierCall }
  | { readonly does: 'appends'; readonly key: KeyId }
  | { readonly does: 'switches'; readonly call: BarrierCall }
  | { readonly does: 'opens'; readonly call: BarrierCall }
  | { readonly does: 'ends'; readonly without: 'effect' };

/**
 * Step 1, once the checks of the call have passed: the call holds the gate.
 *
 * @clause 6E-2/barrier-1-block
 */
export const beginCall = (name: string, keyAtBegin: KeyId): BarrierCall => ({ name, phase: 'gated', keyAtBegin, entry: null, answer: null });

/**
 * The next step of a call: 2 to 6. What it says is done by whoever leads; until then the call stands where it stood.
 *
 * @clause 6E-2/barrier-2-drain 6E-2/barrier-3-propose 6E-2/barrier-4-wait 6E-2/barrier-5-switch 6E-2/barrier-6-open
 */
export function barrierStep(ops: BarrierRules, call: BarrierCall, facts: BarrierFacts): BarrierStep {
  switch (call.phase) {
    // 2. Drain.
    case 'gated':
      return ops.drained(facts.inFlight) ? { does: 'moves', call: { ...call, phase: 'drained' } } : { does: 'waits', for: 'drain' };
    // 3. Propose. The hold would stop the cutover entry too, were its source not exempt; and what it registers has to be known.
    case 'drained':
      if (ops.holdStops(CUTOVER_ENTRY_TAG)) return { does: 'waits', for: 'gate' };
      if (!facts.knowsEpoch) return { does: 'waits', for: 'own-term-entry' };
      return { does: 'appends', key: ops.cutoverKey(call.keyAtBegin, facts.raftKey) };
    // 4. Wait. Applied and nothing recorded: its key was stale, and it had no effect (4 of repair/honest-outcomes).
    case 'proposed': {
      const entry = call.entry ?? 0n as RaftIndex;
      if (!ops.awaited(entry, facts.applied)) return { does: 'waits', for: facts.commit < entry ? 'commit' : 'apply' };
      if (facts.applied >= entry && facts.recorded === 0n) return { does: 'ends', without: 'effect' };
      return { does: 'moves', call: { ...call, phase: 'applied' } };
    }
    // 5. Switch.
    case 'applied':
      return { does: 'switches', call: { ...call, phase: 'switched' } };
    // 6. Open.
    case 'switched':
      return { does: 'opens', call: over(call, appliedAt(call, facts.recorded)) };
    // The call is over.
    case 'idle':
      return { does: 'nothing' };
  }
}

/**
 * Step 3 was done.
 *
 * @clause 6E-2/barrier-3-propose
 */
export const proposed = (call: BarrierCall, entry: RaftIndex): BarrierCall => ({ ...call, phase: 'proposed', entry });

/**
 * The call is over. What its caller was told before stays.
 *
 * @clause repair/honest-outcomes
 */
export const over = (call: BarrierCall, answer: Answer): BarrierCall => ({ ...call, phase: 'idle', answer: call.answer ?? answer });

/** 2 of repair/honest-outcomes: applied at N. Where another entry recorded it, it was active already. */
const appliedAt = ({ entry }: BarrierCall, recorded: RaftIndex): Answer => {
  const own = entry ?? recorded;
  return recorded === 0n || recorded === own ? { is: 'applied', index: own, already: false } : { is: 'applied', index: recorded, already: true };
};

/**
 * A call whose caller goes, whose term ends or whose replica halts. The critical section ends with the term, and not with the
 * caller: behind the append the steps go on, and only the answer is given.
 *
 * @clause repair/honest-outcomes repair/gate 6E-2/barrier-6-open
 * @param refusal the reason, where the entry was not appended
 */
export function endCall(
  ops: { readonly fateOfCall: (end: CallEnd, appended: boolean) => 'not-appended' | 'unknown' }, call: BarrierCall, end: CallEnd, refusal: Refusal,
): { readonly call: BarrierCall; readonly event: HoldEvent } {
  // 1. and 3. of repair/honest-outcomes: it is the append that tells them apart.
  const appended = call.entry !== null;
  const answer: Answer = ops.fateOfCall(end, appended) === 'unknown' ? { is: 'unknown' } : { is: 'not-appended', refusal };
  const goesOn = end === 'expired' && appended;
  return {
    call: goesOn ? { ...call, answer: call.answer ?? answer } : over(call, answer),
    event: end !== 'expired' ? 'term-lost' : appended ? 'abandoned' : 'expired',
  };
}
