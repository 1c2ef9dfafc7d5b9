/** Mutants of the sidecar: its text, how it is read, the order of its checks, and the filling of a key store. */
import { Refusal, refuse } from '../../src/base/errors.js';
import type { RaftIndex } from '../../src/base/ids.js';
import type { SidecarState } from '../../src/base/sidecar.js';
import { serialiseSidecar } from '../../src/base/sidecar-text.js';
import type { Reason } from '../../spec/reasons.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';

const format = 'sidecar';

/** A reader that tries once more with a changed text when the text was refused for that reason. */
const forgiving = (reason: Reason, change: (text: string) => string) => (sound: Operations): Partial<Operations> => ({
  parseSidecarJson: (file) => {
    try {
      return sound.parseSidecarJson(file);
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason !== reason) throw error;
      return sound.parseSidecarJson(new TextEncoder().encode(change(new TextDecoder().decode(file))));
    }
  },
});

/** The same, changing the state that was read. */
const reading = (change: (state: SidecarState) => SidecarState) => (sound: Operations): Partial<Operations> =>
  ({ parseSidecarJson: (file) => change(sound.parseSidecarJson(file)) });

const throughDouble = (index: RaftIndex): RaftIndex => BigInt.asUintN(64, BigInt(Number(index))) as RaftIndex;

function lastWins(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** The text of a sidecar with its entries in the order of their numbers. */
function numericOrder(text: string): string {
  const entries = text.match(/^ {4}"[0-9]+": \{\n[^]*?\n {4}\}/gm) ?? [];
  const number = (entry: string): number => Number(/[0-9]+/.exec(entry)?.[0]);
  const sorted = [...entries].sort((a, b) => number(a) - number(b));
  let at = 0;
  return text.replace(/^ {4}"[0-9]+": \{\n[^]*?\n {4}\}/gm, () => sorted[at++] ?? '');
}

export const sidecarMutants: readonly Mutant[] = [
  {
    id: 'sidecar-number-through-double', wrong: 'reads the indexes as doubles', clause: 'base/sidecar-u64', format,
    replace: reading((state) => ({
      ...state, raftAppliedIndex: throughDouble(state.raftAppliedIndex),
      storageEnvelopeCutover: throughDouble(state.storageEnvelopeCutover), raftEnvelopeCutover: throughDouble(state.raftEnvelopeCutover),
    })),
    claims: [{ check: 'sidecar/read-accepts/sidecar-u64', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-number-forms-accepted', wrong: 'takes 10.0 and 1e3 for whole numbers', clause: 'base/sidecar-u64', format,
    replace: forgiving('json-number', (text) => text.replace(/:[0-9]+(?:\.0+|e[0-9]+)(?=[,}])/g, (number) => `:${Number(number.slice(1))}`)),
    claims: [{ check: 'sidecar/json-rules/sidecar-u64', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-number-for-boolean', wrong: 'takes 1 for true', clause: 'base/sidecar-types', format,
    replace: forgiving('json-type', (text) => text.replace(/("storage_envelope_active":)1/, '$1true')),
    claims: [{ check: 'sidecar/read-rejects/sidecar-types', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-keys-sorted-by-number', wrong: 'sorts the entries of keys by the numbers of their ids', clause: 'base/sidecar-text', format,
    replace: (sound) => ({ serialiseSidecar: (state) => numericOrder(sound.serialiseSidecar(state)) }),
    claims: [{ check: 'sidecar/serialise/sidecar-text', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-line-break-at-end', wrong: 'ends the text with a line break', clause: 'base/sidecar-text', format,
    replace: (sound) => ({ serialiseSidecar: (state) => `${sound.serialiseSidecar(state)}\n` }),
    claims: [
      { check: 'sidecar/serialise/sidecar-text', answers: { result: 'valid' } },
      { check: 'sidecar/read-accepts/sidecar-text', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'sidecar-html-unescaped', wrong: 'writes <, > and & as they are', clause: 'base/sidecar-escapes', format,
    replace: (sound) => ({
      sidecarString: (text) => sound.sidecarString(text).replaceAll('\\u003c', '<').replaceAll('\\u003e', '>').replaceAll('\\u0026', '&'),
    }),
    claims: [{ check: 'sidecar/serialise/sidecar-escapes', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-version-kept', wrong: 'writes the version that the state says', clause: 'base/sidecar-written-version', format,
    replace: (sound) => ({ serialiseSidecar: (state) => sound.serialiseSidecar(state).replace('"version": 2', `"version": ${state.version}`) }),
    claims: [
      { check: 'sidecar/serialise/sidecar-written-version', answers: { result: 'valid' } },
      { check: 'sidecar/read-accepts/sidecar-versions', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'sidecar-version-3-accepted', wrong: 'reads version 3', clause: 'base/sidecar-versions', format,
    replace: (sound) => ({
      checkSidecarVersion: (version) => {
        if (version !== 3) sound.checkSidecarVersion(version);
      },
    }),
    claims: [
      { check: 'sidecar/read-rejects/sidecar-versions', answers: { result: 'valid' } },
      { check: 'sidecar/read-rejects/sidecar-check-order', answers: { result: 'invalid', reason: 'sidecar-key-id-reserved' } },
    ],
  },
  {
    id: 'sidecar-version-1-members-dropped', wrong: 'ignores in version 1 the member that came with version 2', clause: 'base/sidecar-versions', format,
    replace: reading((state) => state.version === 1 ? { ...state, storageEnvelopeCutover: 0n as RaftIndex } : state),
    claims: [{ check: 'sidecar/read-accepts/sidecar-versions', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-null-keys-as-empty', wrong: 'takes keys that are not there for an empty map', clause: 'base/sidecar-defaults', format,
    replace: reading((state) => ({ ...state, keys: state.keys ?? new Map() })),
    claims: [{ check: 'sidecar/read-accepts/sidecar-defaults', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-leading-zeros-refused', wrong: 'refuses key ids with leading zeros', clause: 'base/sidecar-key-ids', format,
    replace: (sound) => ({
      sidecarKeyId: (name) => /^0+[1-9]/.test(name)
        ? refuse('sidecar-key-id-format', { clause: 'base/sidecar-key-ids', field: 'key id', expected: 'no leading zeros', got: 'some' })
        : sound.sidecarKeyId(name),
    }),
    claims: [
      { check: 'sidecar/read-accepts/sidecar-key-ids', answers: { result: 'invalid', reason: 'sidecar-key-id-format' } },
      { check: 'sidecar/serialise/sidecar-text', answers: { result: 'invalid', reason: 'sidecar-key-id-format' } },
      { check: 'sidecar/hydrate/sidecar-hydrate', answers: { result: 'invalid', reason: 'sidecar-key-id-format' } },
    ],
  },
  {
    id: 'sidecar-key-ids-trimmed', wrong: 'ignores a sign and white space around a key id', clause: 'base/sidecar-key-ids', format,
    replace: (sound) => ({ sidecarKeyId: (name) => sound.sidecarKeyId(name.trim().replace(/^\+/, '')) }),
    claims: [{ check: 'sidecar/read-rejects/sidecar-key-ids', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-purpose-any-case', wrong: 'compares purposes without regard to case', clause: 'base/sidecar-purposes', format,
    replace: (sound) => ({ checkSidecarPurpose: (purpose) => { sound.checkSidecarPurpose(purpose.toLowerCase()); } }),
    claims: [{ check: 'sidecar/read-rejects/sidecar-purposes', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-active-before-entries', wrong: 'checks the active ids before the entries', clause: 'base/sidecar-check-order', format,
    replace: (sound) => ({
      readSidecar: (file) => {
        const state = sound.parseSidecarJson(file);
        sound.checkSidecarVersion(state.version);
        sound.checkSidecarActive(state);
        sound.checkSidecarEntries(state.keys);
        return state;
      },
    }),
    claims: [{ check: 'sidecar/read-rejects/sidecar-check-order', answers: { result: 'invalid', reason: 'sidecar-active-key-missing' } }],
  },
  {
    id: 'sidecar-purpose-before-id', wrong: 'checks the purpose of an entry before its id', clause: 'base/sidecar-check-order', format,
    replace: (sound) => ({
      checkSidecarEntries: (keys) => {
        for (const entry of keys?.values() ?? []) sound.checkSidecarPurpose(entry.purpose);
        sound.checkSidecarEntries(keys);
      },
    }),
    claims: [
      { check: 'sidecar/read-rejects/sidecar-check-order', answers: { result: 'invalid', reason: 'sidecar-purpose' } },
      { check: 'sidecar/serialise-rejects/sidecar-write-checks', answers: { result: 'invalid', reason: 'sidecar-purpose' } },
    ],
  },
  {
    id: 'sidecar-raft-before-storage', wrong: 'checks the active raft id before the storage id', clause: 'base/sidecar-active', format,
    replace: (sound) => ({
      checkSidecarActive: ({ active, keys }) => {
        sound.checkSidecarActive({ active: { ...active, storage: 0 as typeof active.storage }, keys });
        sound.checkSidecarActive({ active, keys });
      },
    }),
    claims: [
      { check: 'sidecar/read-rejects/sidecar-active', answers: { result: 'invalid', reason: 'sidecar-active-purpose-mismatch' } },
      { check: 'sidecar/serialise-rejects/sidecar-write-checks', answers: { result: 'invalid', reason: 'sidecar-active-key-missing' } },
    ],
  },
  {
    id: 'sidecar-active-by-number', wrong: 'takes an entry with leading zeros for the active one', clause: 'base/sidecar-active', format,
    replace: (sound) => ({
      checkSidecarActive: ({ active, keys }) => {
        sound.checkSidecarActive({ active, keys: keys && new Map([...keys].map(([name, entry]) => [name.replace(/^0+(?=[0-9])/, ''), entry])) });
      },
    }),
    claims: [{ check: 'sidecar/read-rejects/sidecar-active', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-written-unchecked', wrong: 'writes whatever state it is given', clause: 'base/sidecar-write-checks', format,
    replace: (sound) => ({ serialiseSidecar: (state) => serialiseSidecar({ ...sound, checkSidecarEntries: () => {}, checkSidecarActive: () => {} }, state) }),
    claims: [{ check: 'sidecar/serialise-rejects/sidecar-write-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-text-after-value-ignored', wrong: 'ignores what stands behind the value', clause: 'base/sidecar-json-syntax', format,
    replace: forgiving('json-syntax', (text) => text.slice(0, text.lastIndexOf('}') + 1)),
    claims: [
      { check: 'sidecar/read-rejects/sidecar-json-syntax', answers: { result: 'valid' } },
      { check: 'sidecar/json-rules/sidecar-json-syntax', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'sidecar-base64-unpadded-accepted', wrong: 'takes base64 without its padding', clause: 'base/sidecar-base64', format,
    replace: forgiving('base64', (text) => text.replace(/("wrapped":")([A-Za-z0-9+/]*)"/g,
      (_, name: string, digits: string) => `${name}${digits.padEnd(Math.ceil(digits.length / 4) * 4, '=')}"`)),
    claims: [{ check: 'sidecar/json-rules/sidecar-base64', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-repeated-names-last-wins', wrong: 'declares the strict alternative and lets the last of repeated members win', clause: 'base/sidecar-json', format,
    replace: forgiving('json-strict', lastWins),
    claims: [{ check: 'sidecar/json-rules/sidecar-json', answers: { result: 'valid' } }],
  },
  {
    id: 'sidecar-hydrate-skips-empty', wrong: 'skips entries without a wrapped key instead of refusing', clause: 'base/sidecar-hydrate', format,
    replace: (sound) => ({
      hydrateKeyStore: (store, kek, { keys }) => {
        sound.hydrateKeyStore(store, kek, { keys: keys && new Map([...keys].filter(([, { wrapped }]) => wrapped !== null && wrapped.length > 0)) });
      },
    }),
    claims: [{ check: 'sidecar/hydrate/sidecar-hydrate', answers: { result: 'valid' } }],
  },
];
