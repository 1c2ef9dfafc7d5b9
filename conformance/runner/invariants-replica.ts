/**
 * Watches what a replica keeps by itself: that it does not halt (I2), that its cutover is recorded once (I6), what its
 * snapshots carry (I7), that its switch is on when it has to be (I8), that it has the keys that it needs (I9).
 */
import type { StateMessage } from '../protocol/operations.js';
import { cutoverIn, type Standing } from '../scenarios/standing.js';
import type { Found, Seen, Watched, Watcher } from './invariants.js';
import { outcomeText } from './nodes.js';
import { keysBrought } from './places.js';

export class ReplicaWatch implements Watcher {
  /** The cutover that was ever recorded, by any node. */
  #recorded: bigint | null = null;

  see({ moment, watched, found }: Seen): void {
    const { op, outcome, log } = moment;
    if (op === 'open' && 'refused' in outcome) found('I2', 'a node that starts', outcomeText(outcome));
    if (op === 'apply' && 'halted' in outcome) {
      found('I2', 'a node that does not halt', outcomeText(outcome));
      this.#neededAtHalt(log, outcome['halted'] as { readonly index?: string; readonly reasons?: readonly string[] }, found);
    }
    for (const [at, state] of moment.states.entries()) this.#state(state, moment.states[at - 1]?.cutover, watched, log, found);
    const { last } = watched;
    if (op === 'snapshot.header' && 'ok' in outcome && last !== null) this.#header((outcome['ok'] as { readonly header: string }).header, BigInt(last.applied), log, found);
    if (op === 'snapshot.take' && 'ok' in outcome) {
      const { index, data } = outcome['ok'] as { readonly index: string; readonly data: string };
      this.#header(data, BigInt(index), log, found);
    }
  }

  #state(state: StateMessage, earlier: string | undefined, watched: Watched, log: readonly Standing[] | null, found: Found): void {
    const applied = BigInt(state.applied);
    const cutover = state.cutover === undefined ? null : BigInt(state.cutover);
    const inFile = state.sidecar?.cutover === undefined ? null : BigInt(state.sidecar.cutover);
    const before = earlier === undefined ? watched.cutover : BigInt(earlier);

    // I6
    for (const said of [cutover, inFile]) {
      if (said === null || said === 0n) continue;
      if (this.#recorded !== null && said !== this.#recorded) found('I6', `cutover ${this.#recorded}, as it was recorded first`, `cutover ${said}`);
      this.#recorded ??= said;
    }
    if (cutover !== null && inFile !== null && inFile !== 0n && cutover !== inFile) found('I6', `the cutover of the sidecar, ${inFile}, in the dispatch`, `${cutover}`);
    if (cutover === 0n && before !== 0n) found('I6', `cutover ${before}, as it was recorded`, 'none');

    // I8
    const given = log === null ? null : cutoverIn(log);
    if (state.wrap === false && given !== null && applied >= given && (watched.outcomes.get(given) === 'apply' || watched.installed >= given)) {
      found('I8', `the wrap switch on, since the cutover entry at ${given} is applied`, 'it is off');
    }
    if (state.wrap === true && log !== null && (given === null || BigInt(state.log?.last ?? given) < given)) {
      found('I8', 'the wrap switch off, since no cutover entry stands in this log', 'it is on');
    }

    // I9
    const next = log?.find(({ index }) => index === applied + 1n);
    if (next !== undefined && state.keys !== undefined && cutover !== null && cutover !== 0n && next.index > cutover && BigInt(state.log?.commit ?? 0) > applied) {
      const id = keyNeeded(next, log ?? []);
      if (id !== null && !state.keys.some((key) => key.id === id && key.loaded)) found('I9', `the key ${id} loaded, which the entry at ${next.index} needs`, 'it is not');
    }
  }

  /** I7: the header of a snapshot at an index. */
  #header(header: string, index: bigint, log: readonly Standing[] | null, found: Found): void {
    const carried = cutoverOfHeader(header);
    if (log === null || carried === null) return;
    const given = cutoverIn(log);
    const due = given !== null && index >= given ? given : 0n;
    if (carried !== due) found('I7', `a header with the cutover ${due}, at applied index ${index}`, `${carried}`);
    if (carried !== 0n && this.#recorded !== null && carried !== this.#recorded) found('I6', `the recorded cutover ${this.#recorded} in the header`, `${carried}`);
  }

  /** I9 where it ended in a halt: the entry opens under a key of the scenario, and the node does not have it. */
  #neededAtHalt(log: readonly Standing[] | null, { index = '0', reasons = [] }: { readonly index?: string; readonly reasons?: readonly string[] }, found: Found): void {
    const entry = log?.find((one) => one.index === BigInt(index));
    if (entry !== undefined && keyNeeded(entry, log ?? []) !== null && reasons.includes('key-not-loaded')) found('I9', `the key of the entry at ${index} loaded`, 'it is not');
  }
}

/** The id of the key that a sealed entry opens under, if an entry before it brought that key. */
function keyNeeded({ opens, standing, index }: Standing, log: readonly Standing[]): number | null {
  if (!opens || standing === null) return null;
  const id = Buffer.from(standing, 'hex').readUInt32BE(2);
  return log.some((one) => one.index < index && keysBrought(one).includes(id)) ? id : null;
}

/** The cutover in the bytes of a header of version 1 or 2; null where it is neither. */
function cutoverOfHeader(header: string): bigint | null {
  const bytes = Buffer.from(header, 'hex');
  const magic = bytes.subarray(0, 8).toString('latin1');
  if (magic === 'EKVTHLC1') return 0n;
  return magic === 'EKVTHLC2' && bytes.length >= 26 ? bytes.readBigUInt64BE(18) : null;
}
