/**
 * What can be said of a scenario without running it: which of its entries and edits the design could not have produced.
 *
 * Such a log breaks invariants by the suite's own doing; a scenario names those in `suspends`, and may name none without
 * such a fact. The facts are about the readable form, so they hold whatever an implementation makes of the bytes.
 */
import { nodeId16 } from '../oracle/keys.js';
import { nodeIdOf, type ExpandedEntry, type ExpandedScenario } from './expand.js';
import { follow, putInto, type Followed, type Placed } from './follow.js';
import type { Payload, ScenarioEntry } from './schema.js';
import { cutoverIn, written, type Standing } from './standing.js';

/** How an entry stands in a log, and what is wrong with that by the index of the cutover entry that takes effect. */
export interface LogFact extends Placed {
  readonly node: string;
  /** Number of the step that appended it, from 1. */
  readonly step: number;
  /** `other`: a membership change, or data that are no proposal. */
  readonly form: 'plain' | 'sealed' | 'empty' | 'other';
  /** It is the first cutover entry that names the key that is active then. */
  readonly cutover: boolean;
  /** `plain-above`, `sealed-at-or-below` the cutover; `shut`: sealed, and it does not open; `unreadable`: no proposal. */
  readonly breaks: 'plain-above' | 'sealed-at-or-below' | 'shut' | 'unreadable' | null;
}

const formOf = ({ type, data, standing, sealed, opens }: ExpandedEntry): LogFact['form'] =>
  type === 'conf-change' ? 'other' : data === '' ? 'empty' : standing === null ? 'other' : sealed || opens ? 'sealed' : 'plain';

/** The payload of an entry in readable form. */
const payloadOf = (entry: ScenarioEntry | undefined): Payload | null =>
  entry === undefined ? null : 'plain' in entry && entry.damage === undefined ? entry.plain : 'sealed' in entry ? entry.sealed.payload : null;

/** Every append of the suite that was let in, and the log that it made. */
const letIn = ({ scenario }: ExpandedScenario): (Followed & { readonly log: readonly Placed[] })[] => follow(scenario).flatMap((one) => {
  const { placed, before, after } = one;
  return placed.length === 0 || after === before || before.log === null ? [] : [{ ...one, log: putInto(before.log, placed) }];
});

/** Every entry that an append puts into a log, with how it stands there. */
export const followLogs = (expanded: ExpandedScenario): LogFact[] => letIn(expanded).flatMap(({ step, number, placed, log }) => {
  const cutover = cutoverOf(log, expanded);
  return placed.flatMap((one): LogFact[] => {
    const entry = expanded.entries.get(one.entry);
    if (entry === undefined) return [];
    const form = formOf(entry);
    return [{ ...one, node: step.on, step: number, form, cutover: one.index === cutover, breaks: breach(entry, form, one.index, cutover) }];
  });
});

function breach(entry: ExpandedEntry, form: LogFact['form'], index: bigint, cutover: bigint | null): LogFact['breaks'] {
  if (form === 'other') return entry.type === 'normal' ? 'unreadable' : null;
  if (form === 'empty') return null;
  const above = cutover !== null && index > cutover;
  if (form === 'plain') return above ? 'plain-above' : null;
  return !above ? 'sealed-at-or-below' : entry.opens ? null : 'shut';
}

/** Index of the first cutover entry of a log whose key is the active raft key by then; null when there is none. */
export const cutoverOf = (log: readonly (Placed | Standing)[], expanded: ExpandedScenario): bigint | null =>
  cutoverIn(log.flatMap((one) => 'form' in one ? [one] : written(one, expanded) ?? []));

const WORDS: Readonly<Record<NonNullable<LogFact['breaks']>, string>> = {
  'plain-above': 'stands plain above the cutover',
  'sealed-at-or-below': 'is sealed at or below the cutover',
  'shut': 'is sealed and does not open',
  'unreadable': 'is no proposal',
};

/** Why the design could not have produced this run, in words; none when it could. */
export function unnatural(expanded: ExpandedScenario): string[] {
  const { scenario: { steps, entries, keys } } = expanded;
  const edits = steps.flatMap((step, at) => !('file' in step) || 'keep' in step.edit || 'temporary' in step.edit ? [] : [`step ${at + 1} edits the ${step.file}`]);
  const logs = followLogs(expanded).flatMap(({ entry, breaks }) => breaks === null ? [] : [`"${entry}" ${WORDS[breaks]}`]);
  const zero = Object.entries(keys).flatMap(([name, id]) => id === 0 ? [`the key "${name}" has the id 0`] : []);
  const proposed = steps.flatMap((step): [string, ScenarioEntry][] => 'op' in step && step.op === 'propose' && step.payload !== undefined ? [[step.ticket, { plain: step.payload }]] : []);
  const strange = [...Object.entries(entries), ...proposed].flatMap(([name, entry]) => strangeness(entry).map((what) => `"${name}" ${what}`));
  return [...new Set([...edits, ...logs, ...zero, ...strange, ...disorder(expanded)])];
}

/** What no implementation would have written into one entry. */
function strangeness(entry: ScenarioEntry): string[] {
  if ('membership' in entry) return entry.membership === '' ? [] : ['is a membership change in bytes'];
  const payload = 'plain' in entry ? entry.plain : 'sealed' in entry ? entry.sealed.payload : null;
  if (payload === null) return [];
  if ('hex' in payload) return /^0[3-7]/.test(payload.hex) ? ['is an encryption entry in bytes'] : [];
  if ('bootstrap' in payload) return ['broken', 'empty'].includes(payload.bootstrap.wrapped ?? 'sound') || payload.bootstrap.storage === payload.bootstrap.raft ? ['is a bootstrap that nobody proposes'] : [];
  const of = 'rotation' in payload ? payload.rotation : 'storage_cutover' in payload ? payload.storage_cutover : 'cutover' in payload ? payload.cutover : null;
  if (of === null) return [];
  const odd = (of.wrapped !== undefined && of.wrapped !== 'sound') || (of.proposer.key !== undefined && of.proposer.key !== of.key)
    || ('sub_tag' in of && of.sub_tag !== undefined) || (typeof of.purpose === 'number');
  return odd ? ['names what does not belong together'] : [];
}

/** Entries that come in an order in which they cannot be applied: before a bootstrap, a second one, a writer with an earlier epoch or the place of another. */
const disorder = (expanded: ExpandedScenario): string[] => letIn(expanded).flatMap(({ log }) => {
  const found: string[] = [];
  const rows = new Map<string, { readonly node: bigint; readonly epoch: number }>();
  let bootstraps = 0;
  for (const { entry: name } of log) {
    const payload = payloadOf(expanded.scenario.entries[name]);
    if (payload === null) continue;
    if ('bootstrap' in payload) bootstraps += 1;
    if ('bootstrap' in payload && bootstraps > 1) found.push(`"${name}" is a second bootstrap`);
    if (bootstraps === 0 && ('rotation' in payload || 'cutover' in payload || 'storage_cutover' in payload)) found.push(`"${name}" stands before a bootstrap`);
    for (const row of rowsOf(payload)) {
      const full = nodeIdOf(row.node);
      const key = `${row.key} ${nodeId16(full)}`;
      const earlier = rows.get(key);
      if (earlier !== undefined && earlier.node !== full) found.push(`"${name}" takes the row of another node`);
      if (earlier !== undefined && earlier.epoch > row.epoch) found.push(`"${name}" has an earlier epoch than its row`);
      rows.set(key, { node: full, epoch: row.epoch });
    }
  }
  return found;
});

function rowsOf(payload: Payload): readonly { readonly key: string; readonly node: string; readonly epoch: number }[] {
  if ('registration' in payload) return [payload.registration];
  if ('bootstrap' in payload) return payload.bootstrap.writers;
  const of = 'rotation' in payload ? payload.rotation : 'storage_cutover' in payload ? payload.storage_cutover : 'cutover' in payload ? payload.cutover : null;
  return of === null ? [] : [{ ...of.proposer, key: of.proposer.key ?? of.key }];
}
