/**
 * The names of a scenario: entries, keys, kept copies and saved answers that are used must be there, and the other way round;
 * so must the tickets, calls, entries and snapshots that nodes give and make.
 */
import { lintMade, type MadeNames } from './made-names.js';
import type { Payload, Scenario, ScenarioEntry, WrittenStep } from './schema.js';

/** Every name that leads nowhere, and every entry and key that nothing leads to. */
export function lintNames(scenario: Scenario): string[] {
  const { entries, keys, steps } = scenario;
  const used = { entries: new Set<string>(), keys: new Set<string>() };
  const found: string[] = [];
  const known = (of: Readonly<Record<string, unknown>>, name: string): boolean => Object.hasOwn(of, name);

  for (const [name, entry] of Object.entries(entries)) {
    if (name === 'last') found.push('entries: expected another name than "last", which is the last entry of a log');
    for (const key of keysOf(entry)) {
      used.keys.add(key);
      if (!known(keys, key)) found.push(`entries.${name}: expected a key of this scenario (${listed(keys)}), got "${key}"`);
    }
  }

  const kept = new Map<string, string>();
  const saved = new Set<string>();
  const made: MadeNames = new Map();
  for (const [at, step] of steps.entries()) {
    const place = `step ${at + 1}`;
    found.push(...lintMade(step, made, entries).map((problem) => `${place}: ${problem}`));
    for (const entry of entriesOf(step)) {
      const appends = 'op' in step && step.op === 'append';
      if (appends) used.entries.add(entry);
      if (known(entries, entry)) continue;
      const given = made.get(entry);
      if (given === undefined) found.push(`${place}: expected an entry of this scenario (${listed(entries)}${madeEntries(made)}), got "${entry}"`);
      else if (given.what !== 'entry') found.push(`${place}: expected an entry, got "${entry}", which is a ${given.what}`);
      else if (appends) found.push(`${place}: expected an entry that is written in the scenario, got "${entry}", which ${given.node} made: a step "replicate" carries it over`);
    }
    for (const key of 'op' in step && step.op === 'propose' && step.payload !== undefined ? keysOfPayload(step.payload) : []) {
      used.keys.add(key);
      if (!known(keys, key)) found.push(`${place}: payload: expected a key of this scenario (${listed(keys)}), got "${key}"`);
    }
    for (const { member, name } of lookups(step)) {
      if (member === '$key') used.keys.add(name);
      if (member === '$key' && !known(keys, name)) found.push(`${place}: $key: expected a key of this scenario (${listed(keys)}), got "${name}"`);
      if (member === '$node' && !/^(n\d+|\d+)$/.test(name)) found.push(`${place}: $node: expected a raft id such as n1 or a full node id, got "${name}"`);
      const first = name.split('.')[0] ?? '';
      if (member === '$saved' && !saved.has(first)) found.push(`${place}: $saved: expected something that an earlier step saved (${[...saved].join(', ') || 'none did'}), got "${first}"`);
    }
    if ('file' in step) {
      if ('restore' in step.edit) {
        const role = kept.get(step.edit.restore);
        if (role === undefined) found.push(`${place}: restore: expected a copy that an earlier step kept (${[...kept.keys()].join(', ') || 'none did'}), got "${step.edit.restore}"`);
        else if (role !== step.file) found.push(`${place}: restore: expected a copy of the role ${step.file}, got "${step.edit.restore}", which is of ${role}`);
      }
      if ('keep' in step.edit) {
        if (kept.has(step.edit.keep)) found.push(`${place}: keep: expected a name that no earlier step kept, got "${step.edit.keep}"`);
        kept.set(step.edit.keep, step.file);
      }
    }
    if ('save' in step && step.save !== undefined) {
      if (saved.has(step.save)) found.push(`${place}: save: expected a name that no earlier step saved, got "${step.save}"`);
      saved.add(step.save);
    }
  }
  for (const name of Object.keys(entries)) if (!used.entries.has(name)) found.push(`entries.${name}: expected an entry that a step appends, got one that none does`);
  for (const name of Object.keys(keys)) if (!used.keys.has(name)) found.push(`keys.${name}: expected a key that an entry, a proposal or a check names, got one that none does`);
  return found;
}

const madeEntries = (made: MadeNames): string => [...made].flatMap(([name, { what }]) => what === 'entry' ? [`, ${name}`] : []).join('');

const listed = (of: Readonly<Record<string, unknown>>): string => Object.keys(of).join(', ') || 'it has none';

/** The names of keys in an entry. */
function keysOf(entry: ScenarioEntry): string[] {
  if ('plain' in entry) return keysOfPayload(entry.plain);
  return 'sealed' in entry ? [entry.sealed.key, ...(entry.sealed.as === undefined ? [] : [entry.sealed.as]), ...keysOfPayload(entry.sealed.payload)] : [];
}

function keysOfPayload(payload: Payload): string[] {
  if ('registration' in payload) return [payload.registration.key];
  if ('bootstrap' in payload) return [payload.bootstrap.storage, payload.bootstrap.raft, ...payload.bootstrap.writers.map(({ key }) => key)];
  const of = 'rotation' in payload ? payload.rotation : 'storage_cutover' in payload ? payload.storage_cutover : 'cutover' in payload ? payload.cutover : null;
  return of === null ? [] : [of.key, ...(of.proposer.key === undefined ? [] : [of.proposer.key])];
}

/** The names of entries that a step works with, and those that its patterns look up. */
function entriesOf(step: WrittenStep): string[] {
  const worked = !('op' in step) ? [] : step.op === 'append' ? step.entries
    : (step.op === 'commit' || step.op === 'apply' || step.op === 'replicate') && step.to !== undefined && !/^(\d|last$)/.test(step.to) ? [step.to] : [];
  return [...worked, ...lookups(step).filter(({ member }) => ['$index', '$before', '$entry', '$chain', '$header'].includes(member)).map(({ name }) => name)];
}

/** What the patterns of a step look up by name. */
function lookups(step: WrittenStep): { readonly member: string; readonly name: string }[] {
  const found: { member: string; name: string }[] = [];
  JSON.stringify('checks' in step ? step.checks ?? [] : [], (member, value: unknown) => {
    if (['$index', '$before', '$entry', '$key', '$node', '$saved'].includes(member)) found.push({ member, name: nameOf(value) });
    if (member === '$chain' && Array.isArray(value)) {
      for (const item of value as unknown[]) {
        const standing: unknown = typeof item === 'object' && item !== null && 'standing' in item ? item.standing : item;
        found.push({ member, name: nameOf(standing) });
      }
    }
    if (member === '$header' && typeof value === 'object' && value !== null && 'cutover' in value && typeof value.cutover === 'string' && !/^\d/.test(value.cutover)) {
      found.push({ member, name: value.cutover });
    }
    return value;
  });
  return found;
}

/** What stands in the place of a name, whatever it is. */
const nameOf = (value: unknown): string => typeof value === 'string' ? value : JSON.stringify(value) ?? '';
