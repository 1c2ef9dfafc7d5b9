/**
 * Watches what a leader owes to whom it told that the cutover is applied (I11): as long as it leads, it can seal, and it takes
 * writes.
 */
import type { CutoverAnswerMessage } from '../protocol/leader-operations.js';
import type { StateMessage } from '../protocol/operations.js';
import { outcomeText, reasonsOf } from './nodes.js';
import type { Found, Seen, Watcher } from './invariants.js';

/** What was told, by the node that leads since. */
interface Told { readonly call: string; readonly at: string; /** It was this call that did it. */ readonly own: boolean }

/** With these a leader that can seal, and whose gate is open, refuses nobody. */
const UNABLE: ReadonlySet<string> = new Set(['writer-not-registered', 'key-not-loaded', 'cutover-in-progress', 'leader-not-ready']);

export class LeaderWatch implements Watcher {
  readonly #leads = new Set<string>();
  readonly #told = new Map<string, Told>();
  /** The calls that have their answer: it is told once. */
  readonly #answered = new Set<string>();

  see({ moment, step, found }: Seen): void {
    const { node, op, outcome } = moment;
    if (op === 'role' && 'ok' in outcome && 'is' in step) {
      this.#told.delete(node);
      if (step.is === 'leader') this.#leads.add(node);
      else this.#leads.delete(node);
    }
    if (['open', 'close', 'crash.now'].includes(op) || op.startsWith('edit ') || 'halted' in outcome) this.#gone(node);
    if (op.startsWith('cutover.') && 'ok' in outcome && 'call' in step) {
      const { answer } = outcome['ok'] as { readonly answer?: CutoverAnswerMessage };
      if (answer?.is === 'applied' && this.#leads.has(node) && !this.#answered.has(step.call)) this.#told.set(node, { call: step.call, at: answer.index, own: !answer.already });
      if (answer !== undefined) this.#answered.add(step.call);
    }
    const told = this.#told.get(node);
    if (told === undefined) return;
    if (op === 'propose' && 'refused' in outcome && told.own && reasonsOf(outcome).some((reason) => UNABLE.has(reason))) {
      found('I11', `a leader that takes writes, since the call "${told.call}" was told that the cutover is applied at ${told.at}`, outcomeText(outcome));
    }
    for (const state of moment.states) this.#state(state, told, found);
  }

  #state({ wrap, gate, keys, role }: StateMessage, { call, at }: Told, found: Found): void {
    if (role?.is === 'follower') return;
    const since = `since the call "${call}" was told that the cutover is applied at ${at}`;
    if (wrap === false) found('I11', `the wrap switch on, ${since}`, 'it is off');
    if (gate?.users === 'closed') found('I11', `the gate open, ${since}`, 'it is closed');
    const key = keys?.find(({ purpose, active }) => purpose === 'raft' && active);
    if (key !== undefined && !key.loaded) found('I11', `the active raft key ${key.id} loaded, ${since}`, 'it is not');
  }

  #gone(node: string): void {
    this.#leads.delete(node);
    this.#told.delete(node);
  }
}
