/** An entry as it stands in a log, with what the suite can read in it: one that the suite wrote, or one that a node made. */
import { isEncryptionEntry } from '../oracle/entries.js';
import { keyChange, readData, type Form, type Seal } from '../oracle/read.js';
import type { LogEntryMessage } from '../protocol/operations.js';
import type { ExpandedEntry, ExpandedScenario } from './expand.js';
import type { Placed } from './follow.js';

export type { Form, Seal } from '../oracle/read.js';

/** At its index, under its name. */
export interface Standing extends Placed, Omit<ExpandedEntry, 'name' | 'cutover'> {
  readonly form: Form;
  /** How it is sealed, where it opens under a key of the scenario. */
  readonly seal: Seal | null;
  /** The ticket or the call from which it came; null of one that the suite wrote, and of the empty one of a new leader. */
  readonly by: string | null;
}

/** The key with an id, of those of the scenario. */
export const keyWithId = ({ keys }: Pick<ExpandedScenario, 'keys'>) => (id: number): Uint8Array | undefined => [...keys.values()].find((key) => key.id === id)?.bytes;

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** An entry of the scenario where it is placed; null for a name that it does not have. */
export function written(placed: Placed, expanded: ExpandedScenario): Standing | null {
  const entry = expanded.entries.get(placed.entry);
  if (entry === undefined) return null;
  const { type, data, plain, standing, sealed, opens, encryptionEntry } = entry;
  const read = readData(bytesOf(data), keyWithId(expanded));
  const form = sealed ? 'sealed' : type === 'conf-change' ? 'other' : read.form;
  return { ...placed, type, data, plain, standing, sealed, opens, encryptionEntry, form, seal: read.seal, by: null };
}

/** What is known of an entry that a node made, beside what it says. */
export interface Maker {
  /** Its name in the scenario. */
  readonly name: string;
  /** The ticket or the call. */
  readonly by: string | null;
  /** The plain payload that was proposed, as hex; null where the node chose it. */
  readonly proposed: string | null;
}

/** An entry that a node made, as it says that it stands in its log. */
export function made(message: LogEntryMessage, { name, by, proposed }: Maker, expanded: ExpandedScenario): Standing {
  const read = readData(bytesOf(message.data), keyWithId(expanded), proposed === null ? undefined : bytesOf(proposed));
  const plain = proposed ?? read.plain?.toString('hex') ?? null;
  return {
    entry: name, index: BigInt(message.index), term: BigInt(message.term), type: message.type, data: message.data, plain, standing: read.standing?.toString('hex') ?? null,
    sealed: read.form === 'sealed', opens: read.form === 'sealed', encryptionEntry: plain !== null && isEncryptionEntry(bytesOf(plain)), form: read.form, seal: read.seal, by,
  };
}

/** The entry as the protocol carries it. */
export const messageOf = ({ index, term, type, data }: Standing): LogEntryMessage => ({ index: `${index}`, term: `${term}`, type, data });

/** What the suite reads in an entry that a node made, beside what the node says of it. */
export const readings = ({ form, seal }: Standing): { readonly form: Form } & Partial<Seal> => ({ form, ...seal });

/** Index of the first cutover entry of a log whose key is the active raft key by then; null when there is none. What is sealed below it reaches no applier. */
export function cutoverIn(log: readonly Standing[]): bigint | null {
  let active: number | null = null;
  for (const { form, plain, index } of log) {
    const change = (form === 'plain' || form === 'cutover') && plain !== null ? keyChange(bytesOf(plain)) : null;
    if (change === null) continue;
    if (change.does === 'bootstrap') active ??= change.raft;
    else if (change.does === 'rotation' && change.purpose === 2) active = change.key;
    else if (change.does === 'cutover' && change.sound && change.key === active) return index;
  }
  return null;
}
