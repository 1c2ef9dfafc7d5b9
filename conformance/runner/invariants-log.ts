/**
 * Watches what nodes append: that committed entries have the form that is due at their index (I1), that there is one cutover
 * entry (I4), that nothing is appended behind an unapplied one (I5), and that a call which was told "not appended" has no
 * entry that commits (I12).
 *
 * Judged are entries that nodes made. Of those that the suite wrote into a log by itself nobody is to blame.
 */
import type { CutoverAnswerMessage } from '../protocol/leader-operations.js';
import { cutoverIn, type Standing } from '../scenarios/standing.js';
import type { Found, Seen, Watcher } from './invariants.js';
import { markersOf } from './places.js';

/** A call of the cutover, by the name that it has in the scenario. */
interface Call { readonly entries: Standing[]; notAppended: boolean }

const sameEntry = (one: Standing | undefined, other: Standing): boolean => one !== undefined && one.term === other.term && one.data === other.data;

export class LogWatch implements Watcher {
  /** By index, what was committed there first, with the log in which it was. */
  readonly #committed = new Map<bigint, Standing>();
  readonly #calls = new Map<string, Call>();

  see({ moment, step, watched, found }: Seen): void {
    const { op, outcome, made, before, log, commit } = moment;
    if (made !== null && (op === 'admit' || op === 'cutover.step')) this.#appended(made, before, watched.last?.applied, found);
    if ('call' in step && 'ok' in outcome) {
      const call = this.#calls.get(step.call) ?? { entries: [], notAppended: false };
      this.#calls.set(step.call, call);
      if (made !== null) call.entries.push(made);
      const { answer } = outcome['ok'] as { readonly answer?: CutoverAnswerMessage };
      if (answer?.is === 'not-appended') call.notAppended = true;
    }
    if (log !== null) this.#commit(log, commit, found);
    this.#never(log, found);
  }

  /** I5 */
  #appended(made: Standing, before: readonly Standing[] | null, applied: string | undefined, found: Found): void {
    if (before === null || applied === undefined || made.form === 'empty') return;
    const unapplied = markersOf(before).find(({ index }) => index > BigInt(applied));
    if (unapplied !== undefined) found('I5', `nothing appended behind the cutover entry at ${unapplied.index}, of which ${applied} is applied`, `"${made.entry}" at ${made.index}`);
  }

  /** I1 and I4, of what is committed for the first time. */
  #commit(log: readonly Standing[], commit: bigint, found: Found): void {
    const fresh = log.filter(({ index }) => index <= commit && !this.#committed.has(index));
    if (fresh.length === 0) return;
    const committed = log.filter(({ index }) => index <= commit);
    const cutover = cutoverIn(committed);
    const [, ...further] = markersOf(committed);
    for (const entry of fresh) {
      this.#committed.set(entry.index, entry);
      if (entry.by === null || entry.type !== 'normal' || entry.form === 'empty') continue;
      const { index, form } = entry;
      if (cutover !== null && index > cutover && form !== 'sealed') found('I1', `a sealed entry at ${index}, above the cutover ${cutover}`, words(entry));
      if ((cutover === null || index < cutover) && form === 'sealed') found('I1', `a plain entry at ${index}, ${cutover === null ? 'since there is no cutover' : `below the cutover ${cutover}`}`, words(entry));
      if (further.includes(entry)) found('I4', `one cutover entry, at ${cutover ?? '?'}`, `another at ${index}`);
    }
  }

  /** I12 */
  #never(log: readonly Standing[] | null, found: Found): void {
    for (const [name, { entries, notAppended }] of this.#calls) {
      if (!notAppended) continue;
      const there = entries.find((entry) => sameEntry(this.#committed.get(entry.index), entry) && log !== null && markersOf(log).some((marker) => marker.index === entry.index));
      if (there !== undefined) found('I12', `no entry of the call "${name}" committed, which was told that it is not appended`, `"${there.entry}" is committed at ${there.index}`);
    }
  }
}

const words = ({ entry, form }: Standing): string => form === 'other' ? `"${entry}", in neither form of what was proposed` : `"${entry}", ${form === 'cutover' ? 'a cutover entry' : form}`;
