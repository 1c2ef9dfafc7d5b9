/**
 * The ledger of a run: what came for each case, and the verdict once its group is over.
 *
 * A group is judged only when it has ended, because a second answer to the same request can come late. One that comes
 * later still turns a verdict that was given.
 */
import type { HelloReply } from '../protocol/messages.js';
import type { RunEvent } from '../report/events.js';
import type { Breakdown } from './client.js';
import type { Item } from './plan.js';
import { behind, judgeCase, type Got } from './verdict.js';

// Once judged, an answer is only known to have been there: a run has many, and each can be a long line.
type Kept = Got | { readonly kind: 'judged-reply' };
interface Entry { readonly item: Item; got: Kept; orderDependent: boolean; settled: boolean }

export class Ledger {
  readonly #hello: HelloReply;
  readonly #emit: (event: RunEvent) => void;
  readonly #entries = new Map<Item, Entry>();

  constructor(hello: HelloReply, emit: (event: RunEvent) => void) {
    this.#hello = hello;
    this.#emit = emit;
  }

  /** Notes what came for a case. The first word stands, unless a later one is worse. */
  note(item: Item, got: Got): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) this.#entries.set(item, { item, got, orderDependent: false, settled: false });
    else if (entry.got.kind === 'reply') entry.got = got;
  }

  /** Nothing is asked any more and the process broke down all the same: the case that was answered last answers for it. */
  blameLast(breakdown: Breakdown): void {
    const last = [...this.#entries.values()].filter(({ got }) => got.kind === 'judged-reply' || got.kind === 'malformed').at(-1);
    if (last?.got.kind === 'judged-reply') this.#judge(last, behind(breakdown));
  }

  /** The case passes in a fresh process. */
  orderDependent(item: Item): void {
    const entry = this.#entries.get(item);
    if (entry !== undefined) entry.orderDependent = true;
  }

  passes(item: Item, got: Got): boolean {
    return judgeCase(item, got, this.#hello) === null;
  }

  /** The request of this case was answered again. The case answers for it, whenever it was judged. */
  answeredTwice(item: Item): true {
    const entry = this.#entries.get(item);
    const got = { kind: 'answered-twice' } as const;
    // The second reply can come before the first was noted.
    if (entry === undefined) this.#entries.set(item, { item, got, orderDependent: false, settled: false });
    else if (entry.got.kind !== 'answered-twice') {
      entry.got = got;
      if (entry.settled) this.#judge(entry, got);
    }
    return true;
  }

  /** Gives the verdicts on these cases. */
  settle(items: readonly Item[]): void {
    for (const item of items) {
      const entry = this.#entries.get(item) ?? { item, got: { kind: 'not-run', detail: 'the run had ended' }, orderDependent: false, settled: false };
      entry.settled = true;
      if (entry.got.kind === 'judged-reply') continue;
      this.#judge(entry, entry.got);
      if (entry.got.kind === 'reply') entry.got = { kind: 'judged-reply' };
    }
  }

  #judge({ item, orderDependent }: Entry, got: Got): void {
    const failure = judgeCase(item, got, this.#hello);
    const at = { type: 'verdict', check: item.check.id, case: item.case.id } as const;
    if (failure === null) return this.#emit({ ...at, verdict: 'passed' });
    this.#emit({ ...at, verdict: failure.kind === 'unsupported' ? 'unsupported' : 'failed', failure: { ...failure, ...(orderDependent && { order_dependent: true }) } });
  }
}
