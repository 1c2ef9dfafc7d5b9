/**
 * The calls of the cutover on one leader: each runs the quiescence barrier step by step, and one at a time may hold the gate.
 *
 * Puts together the checks of the call (spec/6E-1/enable-raft-envelope.md), the steps of the barrier
 * (spec/6E-2/quiescence-barrier.md), whose numbers stand beside the lines, and the hold (spec/repair/gate.md).
 */
import { cutoverPayload } from '../6E-1/cutover-entry.js';
import { checkCall } from '../6E-1/enable-raft-envelope.js';
import type { Intake } from '../6E-2/intake.js';
import {
  barrierStep, beginCall, endCall, over, proposed, type Answer, type BarrierCall, type CallEnd, type HoldEvent, type Phase,
} from '../6E-2/quiescence-barrier.js';
import { Refusal } from '../base/errors.js';
import type { KeyId } from '../base/ids.js';
import type { LogEntry } from '../base/log-entry.js';
import { holdAfter, type GateFacts, type Hold } from '../repair/gate.js';
import type { AppendPoint } from './append-point.js';
import type { Operations } from './compose.js';
import type { Replica } from './replica.js';

/** Where a call stands, and what its caller was told. */
export interface CallReport {
  readonly phase: Phase;
  readonly answer: Answer | null;
}

/** The same after a step: what it waits for, in a word that nobody judges, or the entry that it appended. */
export interface StepReport extends CallReport {
  readonly waits: string | null;
  readonly entry: LogEntry | null;
}

/** What the calls of a leader share with it. */
export interface CallParts {
  readonly replica: Replica;
  readonly point: AppendPoint;
  readonly intake: Pick<Intake, 'inFlight'>;
  /** In front of the names of the calls. */
  readonly prefix: string;
}

/**
 * The calls of one start.
 *
 * @clause 6E-2/barrier-1-block 6E-2/barrier-2-drain 6E-2/barrier-3-propose 6E-2/barrier-4-wait 6E-2/barrier-5-switch 6E-2/barrier-6-open
 *   repair/gate repair/honest-outcomes repair/bounded-hold repair/ok-means-writable
 */
export class CutoverCalls {
  readonly #ops: Operations;
  readonly #parts: CallParts;
  readonly #calls = new Map<string, BarrierCall>();
  #hold: Hold | null = null;

  constructor(ops: Operations, parts: CallParts) {
    this.#ops = ops;
    this.#parts = parts;
  }

  get gate(): GateFacts {
    return { hold: this.#hold, pending: this.#parts.point.pending };
  }

  /**
   * The checks of a call and step 1, or the answer that it was active already.
   *
   * @throws Refusal of the checks: nothing is held
   */
  begin(): CallReport & { readonly call: string } {
    const { point, replica: { recorded, sealing: { raftKey } }, prefix } = this.#parts;
    const { leads, pending, ownTermApplied } = point;
    const waiting = [...this.#calls.values()].some(({ answer }) => answer === null);
    const checked = checkCall(this.#ops, { leads, raftKey, recorded, held: this.#hold !== null, waiting, pending, ownTermApplied });
    const call = beginCall(`${prefix}c${this.#calls.size + 1}`, raftKey);
    if (checked === 'active') return { call: call.name, ...this.#keep(over(call, { is: 'applied', index: recorded, already: true })) };
    // 1. Block.
    this.#hold = { call: call.name, ageMs: 0n };
    return { call: call.name, ...this.#keep(call) };
  }

  /**
   * Exactly one step, or what it waits for. A call that is over does nothing.
   *
   * @throws Refusal `store-failure`, where nobody knows what the log has; of a sidecar that cannot be read
   */
  async step(name: string): Promise<StepReport> {
    const call = this.#find(name);
    const { replica: { sealing, recorded, commitIndex: commit, applied }, intake: { inFlight } } = this.#parts;
    const { raftKey, knowsEpoch } = sealing;
    const step = barrierStep(this.#ops, call, { inFlight, commit, applied, recorded, raftKey, knowsEpoch });
    switch (step.does) {
      case 'nothing':
        return reportStep(call);
      case 'waits':
        return reportStep(call, { waits: step.for });
      // 2. Drain, and 4. Wait.
      case 'moves':
        return reportStep(this.#keep(step.call));
      // 3. Propose.
      case 'appends':
        return await this.#propose(call, step.key);
      // 5. Switch.
      case 'switches':
        sealing.confirm();
        return reportStep(this.#keep(step.call));
      // 6. Open.
      case 'opens':
        this.#release(call, 'finished');
        return reportStep(this.#keep(step.call));
      // 4. Applied without effect.
      case 'ends':
        this.#release(call, 'no-effect');
        return reportStep(this.#keep(over(call, { is: 'not-appended', refusal: new Refusal('cutover-key-stale', {
          clause: '6E-1/stale-key-no-op', field: 'key of the cutover entry', expected: 'the active one', got: 'one that was not active any more',
        }) })));
    }
  }

  /** Where a call stands; nothing changes. */
  poll(name: string): CallReport {
    return reportOf(this.#find(name));
  }

  /** The caller goes, and takes its answer with it. */
  expire(name: string): CallReport {
    this.#end(this.#find(name), 'expired',
      new Refusal('call-expired', { clause: 'repair/honest-outcomes', field: 'caller', expected: 'one that waits', got: 'none' }));
    return reportOf(this.#find(name));
  }

  /** Time goes by. */
  tick(ms: bigint): void {
    if (this.#hold === null) return;
    const hold = { ...this.#hold, ageMs: this.#hold.ageMs + ms };
    this.#hold = hold;
    if (!this.#ops.holdRunsOut(hold.ageMs)) return;
    this.#end(this.#find(hold.call), 'expired', new Refusal('hold-expired', {
      clause: 'repair/bounded-hold', field: 'age of the hold', expected: 'less than its bound', got: `${hold.ageMs} ms`,
    }));
  }

  /** The term is over, or the replica has halted: so are the calls. */
  endAll(end: CallEnd, refusal: Refusal): void {
    for (const call of this.#calls.values()) this.#end(call, end, refusal);
  }

  /** 3. The cutover entry, plain, by the rule of the append, and without a ticket. */
  async #propose(call: BarrierCall, key: KeyId): Promise<StepReport> {
    const { point, replica: { sealing } } = this.#parts;
    let appended = false;
    try {
      const plain = cutoverPayload(this.#ops, key, sealing.proposer());
      const { payload } = this.#ops.cutoverForm() === 'sealed' ? sealing.sealAnyway(plain) : { payload: plain };
      const data = this.#ops.encodeProposal({ id: point.nextProposal(), payload });
      const entry = await point.put(data, { cutoverEntry: true, key: null }, ({ index }) => {
        appended = true;
        this.#keep(proposed(call, index));
      });
      this.#release(call, 'appended');
      return reportStep(this.#find(call.name), { entry });
    } catch (error) {
      if (appended || !(error instanceof Refusal)) throw error;
      this.#release(call, 'refused');
      return reportStep(this.#keep(over(call, { is: 'not-appended', refusal: error })));
    }
  }

  #end(call: BarrierCall, end: CallEnd, refusal: Refusal): void {
    if (call.phase === 'idle') return;
    const ended = endCall(this.#ops, call, end, refusal);
    this.#keep(ended.call);
    this.#release(call, ended.event);
  }

  #release({ name }: BarrierCall, event: HoldEvent): void {
    this.#hold = holdAfter(this.#ops, this.#hold, name, event);
  }

  #keep(call: BarrierCall): CallReport {
    this.#calls.set(call.name, call);
    return reportOf(call);
  }

  #find(name: string): BarrierCall {
    const call = this.#calls.get(name);
    if (call === undefined) throw new Error(`this start has given no call "${name}"`);
    return call;
  }
}

const reportOf = ({ phase, answer }: CallReport): CallReport => ({ phase, answer });

const reportStep = (call: CallReport, more: Partial<Pick<StepReport, 'waits' | 'entry'>> = {}): StepReport => ({ ...reportOf(call), waits: null, entry: null, ...more });
