/**
 * Watches what has to hold whatever happens (spec/repair/invariants.md, those of level L1): over the outcomes and states
 * of a scenario that was played, the first place at which each invariant is broken.
 *
 * Pure. What should be there (the cutover, the chain) is worked out from the entries of the scenario and the suite's own
 * codec. Where the suite cannot know, because a log was edited or an entry is none that it could read, nothing is said:
 * a watcher that cries without need is worth nothing.
 */
import { createHash } from 'node:crypto';
import { chained, EMPTY_CHAIN } from '../oracle/chain.js';
import type { AppliedMessage, StateMessage } from '../protocol/operations.js';
import type { ExpandedEntry, ExpandedScenario } from '../scenarios/expand.js';
import { cutoverOf } from '../scenarios/facts.js';
import type { Followed, Placed } from '../scenarios/follow.js';
import type { Invariant, ScenarioEntry } from '../scenarios/schema.js';
import { outcomeText } from './nodes.js';
import type { Moment, Played } from './scenario.js';

/** Where an invariant is broken, and how. */
export interface Broken { readonly step: number; readonly node: string; readonly op: string; readonly expected: string; readonly got: string }
export type BrokenInvariants = ReadonlyMap<Invariant, Broken>;

/** What is remembered of a node. */
interface Watched {
  /** The highest index that it said was applied. */
  applied: bigint;
  /** The recorded cutover that it last said. */
  cutover: bigint;
  /** What became of each index. */
  readonly outcomes: Map<bigint, AppliedMessage['outcome']>;
  last: StateMessage | null;
}

/** The first break of each invariant. An invariant that the scenario suspends is watched too: who reads this decides. */
export function brokenInvariants(expanded: ExpandedScenario, followed: readonly Followed[], played: Played): BrokenInvariants {
  const watch = new Watch(expanded);
  const moments = new Map(played.moments.map((moment) => [moment.step, moment]));
  for (const step of followed) {
    const moment = moments.get(step.number);
    if (moment !== undefined) watch.see(step, moment);
  }
  return watch.broken;
}

class Watch {
  readonly broken = new Map<Invariant, Broken>();
  readonly #expanded: ExpandedScenario;
  readonly #nodes = new Map<string, Watched>();
  /** The cutover that was ever recorded, by any node. */
  #recorded: bigint | null = null;
  /** The places up to which a log was applied, by any node. */
  readonly #handled = new Set<string>();
  /** By such a place, what was said of the state machine there. */
  readonly #seen = new Map<string, string>();
  /** The places of a log, entry by entry. */
  readonly #places = new WeakMap<readonly Placed[], readonly string[]>();

  constructor(expanded: ExpandedScenario) {
    this.#expanded = expanded;
  }

  see(step: Followed, moment: Moment): void {
    const { node, op, outcome } = moment;
    const watched = this.#nodes.get(node) ?? { applied: 0n, cutover: 0n, outcomes: new Map(), last: null };
    this.#nodes.set(node, watched);
    const found = (invariant: Invariant, expected: string, got: string): void => {
      if (!this.broken.has(invariant)) this.broken.set(invariant, { step: moment.step, node, op, expected, got });
    };
    const log = step.after.log;

    // What may lie behind the recorded cutover again: a file that was put back, or taken away.
    if ('file' in step.step && !('keep' in step.step.edit) && !('temporary' in step.step.edit)) Object.assign(watched, { cutover: 0n });

    if (op === 'open' && 'refused' in outcome) found('I2', 'a node that starts', outcomeText(outcome));
    if (op === 'apply' && 'halted' in outcome) {
      found('I2', 'a node that does not halt', outcomeText(outcome));
      const at = BigInt((outcome['halted'] as { readonly index?: string }).index ?? '0');
      if (log !== null && this.#handled.has(this.#place(log, at))) found('I10', `index ${at}, which was applied before, to be applied again`, outcomeText(outcome));
      this.#needed(log, at, outcome, found);
    }
    for (const { index, outcome: became } of resultsOf(moment)) {
      // Applied again, an entry keeps what it was at first.
      if (!watched.outcomes.has(BigInt(index)) || became === 'apply') watched.outcomes.set(BigInt(index), became);
      if (log !== null) this.#handled.add(this.#place(log, BigInt(index)));
    }
    for (const state of moment.states) this.#state(state, watched, log, found);
    if (op === 'snapshot.header' && 'ok' in outcome) this.#header((outcome['ok'] as { readonly header: string }).header, watched, log, found);
  }

  #state(state: StateMessage, watched: Watched, log: readonly Placed[] | null, found: Found): void {
    const applied = BigInt(state.applied);
    const cutover = state.cutover === undefined ? null : BigInt(state.cutover);
    const inFile = state.sidecar?.cutover === undefined ? null : BigInt(state.sidecar.cutover);
    watched.last = state;

    // I6
    for (const said of [cutover, inFile]) {
      if (said === null || said === 0n) continue;
      if (this.#recorded !== null && said !== this.#recorded) found('I6', `cutover ${this.#recorded}, as it was recorded first`, `cutover ${said}`);
      this.#recorded ??= said;
    }
    if (cutover !== null && inFile !== null && inFile !== 0n && cutover !== inFile) found('I6', `the cutover of the sidecar, ${inFile}, in the dispatch`, `${cutover}`);
    if (cutover === 0n && watched.cutover !== 0n) found('I6', `cutover ${watched.cutover}, as it was recorded`, 'none');
    if (cutover !== null) watched.cutover = cutover;

    // I8
    const given = log === null ? null : cutoverOf(log, this.#expanded);
    if (state.wrap === false && given !== null && applied >= given && this.#plainlyApplied(given, watched)) {
      found('I8', `the wrap switch on, since the cutover entry at ${given} is applied`, 'it is off');
    }
    if (state.wrap === true && log !== null && (given === null || BigInt(state.log?.last ?? given) < given)) {
      found('I8', 'the wrap switch off, since no cutover entry stands in this log', 'it is on');
    }

    // I9
    const next = log?.find(({ index }) => index === applied + 1n);
    if (next !== undefined && state.keys !== undefined && cutover !== null && cutover !== 0n && next.index > cutover && BigInt(state.log?.commit ?? 0) > applied) {
      const id = this.#keyNeeded(next, log ?? []);
      if (id !== null && !state.keys.some((key) => key.id === id && key.loaded)) found('I9', `the key ${id} loaded, which the entry at ${next.index} needs`, 'it is not');
    }

    // I10 and I13: the state machine.
    if (state.chain !== undefined && log !== null) {
      const expected = this.#chain(log, applied, watched);
      if (expected !== null && expected !== state.chain) found('I13', `the chain over the plain payloads up to ${applied}, ${short(expected)}`, short(state.chain));
      const place = this.#place(log, applied);
      this.#same('I10', `chain at ${applied}`, place, state.chain, found);
      // Rows may be durable before the applied index is: they are compared where nothing is left to be applied again.
      if (state.registry !== undefined && applied >= watched.applied) this.#same('I10', `registry at ${applied}`, place, JSON.stringify(state.registry), found);
    }
    if (applied > watched.applied) watched.applied = applied;
  }

  /** A log, which begins at index 1, up to an index, in a word: equal for two nodes with the same entries there. */
  #place(log: readonly Placed[], to: bigint): string {
    let known = this.#places.get(log);
    if (known === undefined) {
      let digest = '';
      known = log.map(({ entry, index }) => digest = createHash('sha256').update(`${digest} ${index} ${entry}`).digest('hex'));
      this.#places.set(log, known);
    }
    return to === 0n ? '' : known[Number(to) - 1] ?? known.at(-1) ?? '';
  }

  /** Two looks at the same place of the same log have to show the same. */
  #same(invariant: Invariant, what: string, place: string, value: string, found: Found): void {
    const key = `${what} of ${place}`;
    const before = this.#seen.get(key);
    if (before === undefined) this.#seen.set(key, value);
    else if (before !== value) found(invariant, `the ${what} as it was before: ${short(before)}`, short(value));
  }

  /** I7: the header of a snapshot at the applied index. */
  #header(header: string, { last }: Watched, log: readonly Placed[] | null, found: Found): void {
    if (last === null || log === null) return;
    const given = cutoverOf(log, this.#expanded);
    const carried = cutoverIn(header);
    if (carried === null) return;
    const due = given !== null && BigInt(last.applied) >= given ? given : 0n;
    if (carried !== due) found('I7', `a header with the cutover ${due}, at applied index ${last.applied}`, `${carried}`);
    if (carried !== 0n && this.#recorded !== null && carried !== this.#recorded) found('I6', `the recorded cutover ${this.#recorded} in the header`, `${carried}`);
  }

  /** I9 where it ended in a halt: the entry opens under a key of the scenario, and the node does not have it. */
  #needed(log: readonly Placed[] | null, at: bigint, outcome: Moment['outcome'], found: Found): void {
    const placed = log?.find(({ index }) => index === at);
    const reasons = (outcome['halted'] as { readonly reasons?: readonly string[] }).reasons ?? [];
    if (placed !== undefined && this.#keyNeeded(placed, log ?? []) !== null && reasons.includes('key-not-loaded')) found('I9', `the key of the entry at ${at} loaded`, 'it is not');
  }

  /** The chain that the state machine should have; null where the suite cannot know. */
  #chain(log: readonly Placed[], applied: bigint, { outcomes }: Watched): string | null {
    let chain: Uint8Array = EMPTY_CHAIN;
    for (const placed of log) {
      if (placed.index > applied) break;
      const entry = this.#entry(placed);
      const became = outcomes.get(placed.index);
      if (entry === undefined) return null;
      if (entry.type === 'conf-change' || entry.data === '') continue;
      if (entry.plain === null) {
        if (became === 'apply') return null;
        continue;
      }
      if (entry.sealed && !entry.opens) return null;
      chain = chained(chain, placed.index, Buffer.from(entry.plain, 'hex'));
    }
    return log.length === 0 || (log.at(-1)?.index ?? 0n) < applied ? null : Buffer.from(chain).toString('hex');
  }

  /** A cutover entry of which nothing is odd, that was handed over. */
  #plainlyApplied(index: bigint, { outcomes }: Watched): boolean {
    return outcomes.get(index) === 'apply';
  }

  /** The id of the key that a sealed entry opens under, if an entry before it brought that key. */
  #keyNeeded(placed: Placed, log: readonly Placed[]): number | null {
    const entry = this.#entry(placed);
    if (entry?.opens !== true || entry.standing === null) return null;
    const id = Buffer.from(entry.standing, 'hex').readUInt32BE(2);
    const { entries, keys } = this.#expanded.scenario;
    const brought = log.some(({ index, entry: name }) => index < placed.index && keysBrought(entries[name]).some((key) => keys[key] === id));
    return brought ? id : null;
  }

  #entry({ entry }: Placed): ExpandedEntry | undefined {
    return this.#expanded.entries.get(entry);
  }
}

type Found = (invariant: Invariant, expected: string, got: string) => void;

function resultsOf({ op, outcome }: Moment): readonly AppliedMessage[] {
  if (op !== 'apply') return [];
  const members = (outcome['ok'] ?? outcome['halted']) as { readonly results?: readonly AppliedMessage[] } | undefined;
  return members?.results ?? [];
}

/** The names of the keys that an entry brings with it. */
function keysBrought(entry: ScenarioEntry | undefined): readonly string[] {
  const payload = entry === undefined ? null : 'plain' in entry ? entry.plain : 'sealed' in entry ? entry.sealed.payload : null;
  if (payload === null) return [];
  if ('bootstrap' in payload) return [payload.bootstrap.storage, payload.bootstrap.raft];
  return 'rotation' in payload ? [payload.rotation.key] : [];
}

/** The cutover in the bytes of a header of version 1 or 2; null where it is neither. */
function cutoverIn(header: string): bigint | null {
  const bytes = Buffer.from(header, 'hex');
  const magic = bytes.subarray(0, 8).toString('latin1');
  if (magic === 'EKVTHLC1') return 0n;
  return magic === 'EKVTHLC2' && bytes.length >= 26 ? bytes.readBigUInt64BE(18) : null;
}

const short = (text: string): string => text.length <= 24 ? text : `${text.slice(0, 16)}… (${text.length} characters)`;
