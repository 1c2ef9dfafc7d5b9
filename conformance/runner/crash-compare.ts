/**
 * What a node may be after a crash: sidecar and store each as before or as after what was interrupted, the store never
 * ahead of the sidecar; and once the step was done again, what the uncrashed run is. Raised epochs aside. Pure.
 *
 * An interrupted step is looked at entry by entry: the uncrashed run that is compared with applied one at a time.
 */
import type { StateMessage } from '../protocol/operations.js';

/** Where two states part. */
export interface Difference { readonly expected: string; readonly got: string }

type Part = Readonly<Record<string, unknown>>;

/** What lives in the store, as far as the node says it. */
const storeOf = ({ applied, chain, registry }: StateMessage): Part => ({ applied, chain, registry });
/** What lives in the sidecar, without the epochs; whether a key is loaded is a matter of memory. */
const sidecarOf = ({ sidecar, keys }: StateMessage): Part =>
  ({ sidecar, keys: keys?.map(({ id, purpose, active }) => ({ id, purpose, active })) });

const same = (left: Part, right: Part): boolean => firstDifference(left, right) === null;

/** The first member in which two parts differ, where both say it. */
function firstDifference(left: Part, right: Part): string | null {
  return Object.keys(left).find((name) => left[name] !== undefined && right[name] !== undefined && JSON.stringify(left[name]) !== JSON.stringify(right[name])) ?? null;
}

/** Null: the node is one that the crash may have left. `passed`: the states of the uncrashed run from before the step to after it. */
export function afterCrash(passed: readonly StateMessage[], found: StateMessage): Difference | null {
  const stores = passed.flatMap((state, at) => same(storeOf(state), storeOf(found)) ? [at] : []);
  const sidecars = passed.flatMap((state, at) => same(sidecarOf(state), sidecarOf(found)) ? [at] : []);
  if (stores.length === 0) return { expected: `a store as before or after an entry of the step: ${options(passed, storeOf, found)}`, got: said(storeOf(found)) };
  if (sidecars.length === 0) return { expected: `a sidecar as before or after an entry of the step: ${options(passed, sidecarOf, found)}`, got: said(sidecarOf(found)) };
  // The sidecar is written first, and one entry at a time.
  const fits = stores.some((store) => sidecars.some((sidecar) => sidecar === store || sidecar === store + 1));
  return fits ? null : {
    expected: 'a store that is not ahead of the sidecar, and at most one entry behind it',
    got: `a store with applied ${found.applied}, and a sidecar with ${said(sidecarOf(found))}`,
  };
}

/** The same of the log, where a step changes that alone. */
export function logAfterCrash(passed: readonly StateMessage[], { log }: StateMessage): Difference | null {
  const ends = [...new Set(passed.flatMap((state) => state.log === undefined ? [] : [state.log.last]))];
  return log === undefined || ends.length === 0 || ends.includes(log.last) ? null
    : { expected: `a log as before or after the step, with its last entry at ${ends.join(' or ')}`, got: `the last at ${log.last}` };
}

/** Null: two states at the same place of a scenario are the same, epochs and what is counted in memory alone aside, and the switch where it was wrong before. */
export function sameState(uncrashed: StateMessage, found: StateMessage, switchToo: boolean): Difference | null {
  const rest = ({ cutover, wrap, halted, log }: StateMessage): Part =>
    ({ cutover, ...(switchToo && { wrap }), halted: halted === undefined || halted === null ? halted : [...halted].sort(), log });
  for (const part of [storeOf, sidecarOf, rest]) {
    const name = firstDifference(part(uncrashed), part(found));
    if (name !== null) return { expected: `${name} as without the crash: ${short(part(uncrashed)[name])}`, got: short(part(found)[name]) };
  }
  return null;
}

/** A state in which epochs that were raised more often are as they were without the crash. */
export function epochsAside(found: StateMessage, uncrashed: StateMessage): StateMessage {
  const before = new Map(uncrashed.keys?.map(({ id, epoch }) => [id, epoch]) ?? []);
  const back = (epoch: number, without: number | undefined): number => without !== undefined && epoch > without ? without : epoch;
  return {
    ...found,
    ...(found.keys !== undefined && { keys: found.keys.map((key) => ({ ...key, epoch: back(key.epoch, before.get(key.id)) })) }),
    ...(found.epochs !== undefined && {
      epochs: { storage: back(found.epochs.storage, uncrashed.epochs?.storage), raft: back(found.epochs.raft, uncrashed.epochs?.raft) },
    }),
  };
}

function options(passed: readonly StateMessage[], part: (state: StateMessage) => Part, found: StateMessage): string {
  const names = new Set(passed.map((state) => firstDifference(part(state), part(found))).filter((name) => name !== null));
  return [...names].map((name) => `${name} ${[...new Set(passed.map((state) => short(part(state)[name])))].slice(0, 3).join(' or ')}`).join(', ');
}

const said = (part: Part): string => Object.entries(part).filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${short(value)}`).join(', ');

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 76)}…`;
}
