/**
 * The puppet's nodes: as little of a replica as a scenario with plain entries needs, on a disk that is a variable. It
 * answers rightly; what goes wrong is put in the place of an answer by whoever asks.
 */
import { chained, EMPTY_CHAIN } from '../oracle/chain.js';
import { proposalPayload } from '../oracle/envelope.js';
import type { LogEntryMessage, StateMessage } from '../protocol/operations.js';

/** The one point at which they die: behind each entry that was applied. */
export const PUPPET_POINT = 'puppet.applied';

export class PuppetNode {
  protected readonly log: LogEntryMessage[] = [];
  #applied = 0;
  #chain: Uint8Array = EMPTY_CHAIN;
  #commit = 0;
  #armed = 0;
  #reached = false;
  /** It died at least once. */
  died = false;

  protected get applied(): number {
    return this.#applied;
  }

  /** The members of `ok`; null for an operation that it does not know. */
  answer(op: string, args: Readonly<Record<string, unknown>>): object | null {
    switch (op) {
      case 'open':
        this.#commit = 0;
        return {};
      case 'close': return {};
      case 'append': {
        this.log.push(...(args['entries'] as LogEntryMessage[]).filter(({ index }) => Number(index) > this.log.length));
        return { last: `${this.log.length}` };
      }
      case 'commit':
        this.#commit = Number(args['to']);
        return {};
      case 'apply': return this.#apply(Math.min(Number(args['to'] ?? Infinity), this.#commit), args['step'] === true);
      case 'state': return this.#state();
      case 'crash.arm':
        this.#armed = Number(args['nth']);
        this.#reached = false;
        return {};
      case 'crash.disarm':
        this.#armed = 0;
        return { reached: this.#reached };
      default: return null;
    }
  }

  #apply(to: number, step: boolean): object {
    const results = [];
    for (const { index, data } of this.log.slice(this.#applied, step ? Math.min(to, this.#applied + 1) : to)) {
      this.#applied = Number(index);
      const payload = proposalPayload(Buffer.from(data, 'hex'));
      if (payload !== null) this.#chain = chained(this.#chain, BigInt(index), payload);
      results.push({ index, outcome: payload === null ? 'skip' : 'apply' });
      if (this.#armed > 0 && (this.#armed -= 1) === 0) {
        this.#reached = this.died = true;
        return { crashed: PUPPET_POINT };
      }
    }
    return { applied: `${this.#applied}`, results };
  }

  #state(): StateMessage {
    return {
      applied: `${this.#applied}`, cutover: '0', wrap: false, halted: null, sidecar: null, keys: [], epochs: { storage: 0, raft: 0 }, registry: [], lease_ms: '0',
      log: { first: this.log.length === 0 ? '0' : '1', last: `${this.log.length}`, commit: `${this.#commit}` }, chain: Buffer.from(this.#chain).toString('hex'),
    };
  }
}
