/** Mutants of the writer registry. */
import { concat, u16be, u32be } from '../../src/base/bytes.js';
import { refuse } from '../../src/base/errors.js';
import type { NodeId16 } from '../../src/base/ids.js';
import { swapped16 } from './byte-order.js';
import type { Mutant } from './mutant.js';

const format = 'writer-registry';
const KEY_LENGTH = 27;
const SEPARATOR_AT = 24;

export const writerRegistryMutants: readonly Mutant[] = [
  {
    id: 'registry-key-node-id-little-endian', wrong: 'writes and reads the node_id16 of a row key little-endian', clause: 'base/registry-key', format,
    replace: (sound) => ({
      encodeRegistryKey: ({ dekId, nodeId16 }) => sound.encodeRegistryKey({ dekId, nodeId16: swapped16(nodeId16) }),
      decodeRegistryKey: (key) => {
        const { dekId, nodeId16 } = sound.decodeRegistryKey(key);
        return { dekId, nodeId16: swapped16(nodeId16) };
      },
    }),
    claims: [
      { check: 'writer-registry/key/registry-key', answers: { result: 'valid' } },
      { check: 'writer-registry/key-decode/registry-key', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'registry-prefix-dek-id-little-endian', wrong: 'writes the dek_id of the prefix little-endian', clause: 'base/registry-prefix', format,
    replace: (sound) => ({
      registryPrefix: (dekId) => {
        const prefix = sound.registryPrefix(dekId);
        return concat(prefix.subarray(0, 20), u32be(dekId).reverse(), prefix.subarray(SEPARATOR_AT));
      },
    }),
    claims: [
      { check: 'writer-registry/prefix/registry-prefix', answers: { result: 'valid' } },
      { check: 'writer-registry/key/registry-key', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'registry-separator-unchecked', wrong: 'takes any byte for the separator of a row key', clause: 'base/registry-key-checks', format,
    replace: (sound) => ({
      decodeRegistryKey: (key) => sound.decodeRegistryKey(key.length === KEY_LENGTH
        ? concat(key.subarray(0, SEPARATOR_AT), Uint8Array.of(0x7c), key.subarray(SEPARATOR_AT + 1)) : key),
    }),
    claims: [{ check: 'writer-registry/key-decode/registry-key-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'registry-key-suffix-accepted', wrong: 'takes a longer key that begins like a row key for one', clause: 'base/registry-key-checks', format,
    replace: (sound) => ({ decodeRegistryKey: (key) => sound.decodeRegistryKey(key.subarray(0, KEY_LENGTH)) }),
    claims: [{ check: 'writer-registry/key-decode/registry-key-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'registry-epochs-swapped', wrong: 'puts last seen before first seen', clause: 'base/registry-value', format,
    replace: (sound) => ({
      encodeRegistryValue: (row) => concat(sound.encodeRegistryValue(row).subarray(0, 8), u16be(row.lastSeen), u16be(row.firstSeen)),
      decodeRegistryValue: (value) => {
        const row = sound.decodeRegistryValue(value);
        return { ...row, firstSeen: row.lastSeen, lastSeen: row.firstSeen };
      },
    }),
    claims: [
      { check: 'writer-registry/value/registry-value', answers: { result: 'valid' } },
      { check: 'writer-registry/value-decode/registry-value', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'registry-value-longer-accepted', wrong: 'ignores bytes behind a row value', clause: 'base/registry-value-checks', format,
    replace: (sound) => ({ decodeRegistryValue: (value) => sound.decodeRegistryValue(value.subarray(0, 12)) }),
    claims: [{ check: 'writer-registry/value-decode/registry-value-checks', answers: { result: 'valid' } }],
  },
  {
    id: 'registry-value-order-checked', wrong: 'refuses a row whose first seen is above its last seen', clause: 'base/registry-value-checks', format,
    replace: (sound) => ({
      decodeRegistryValue: (value) => {
        const row = sound.decodeRegistryValue(value);
        return row.firstSeen <= row.lastSeen ? row
          : refuse('registry-value-malformed',
            { clause: 'base/registry-value-checks', field: 'first_seen', expected: `at most ${row.lastSeen}`, got: `${row.firstSeen}` });
      },
    }),
    claims: [{ check: 'writer-registry/value-decode/registry-value-checks', answers: { result: 'invalid', reason: 'registry-value-malformed' } }],
  },
  {
    id: 'registry-node-id16-high-bits', wrong: 'narrows a node id to its upper 16 bits', clause: 'base/node-id16', format,
    replace: () => ({ narrowNodeId: (id) => Number(id >> 48n) as NodeId16 }),
    claims: [{ check: 'writer-registry/node-id16/node-id16', answers: { result: 'valid' } }],
  },
  {
    id: 'registration-epoch-before-node', wrong: 'looks at the epoch of a registration before it looks whose row it meets',
    clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, entry) => row !== null && entry.localEpoch === row.lastSeen ? { effect: 'done' } : sound.decideRegistration(row, entry),
    }),
    claims: [{ check: 'writer-registry/apply/registration-cases', answers: { result: 'valid' } }],
  },
  {
    id: 'registration-repeat-writes', wrong: 'writes the row again when a registration repeats it', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, entry) => {
        const decided = sound.decideRegistration(row, entry);
        return decided.effect === 'done' && row !== null ? { effect: 'raise', row } : decided;
      },
    }),
    claims: [
      { check: 'writer-registry/apply/registration-cases', answers: { result: 'valid' } },
      { check: 'writer-registry/apply/registration-cases', answers: { result: 'halt', reason: 'store-failure' } },
    ],
  },
  {
    id: 'registration-moves-first-seen', wrong: 'moves first seen with last seen', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, entry) => {
        const decided = sound.decideRegistration(row, entry);
        return decided.effect === 'raise' ? { ...decided, row: { ...decided.row, firstSeen: entry.localEpoch } } : decided;
      },
    }),
    claims: [{ check: 'writer-registry/apply/registration-cases', answers: { result: 'valid' } }],
  },
  {
    id: 'registration-equal-epoch-refused', wrong: 'refuses a registration whose epoch is that of its row', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, entry) => {
        const decided = sound.decideRegistration(row, entry);
        return decided.effect === 'done'
          ? refuse('apply-refused', { clause: 'base/registration-cases', field: 'local_epoch', expected: 'a later one', got: `${entry.localEpoch}` }) : decided;
      },
    }),
    claims: [{ check: 'writer-registry/apply/registration-cases', answers: { result: 'halt', reason: 'apply-refused' } }],
  },
  {
    id: 'pre-registration-storage-alone', wrong: 'looks for the row of the storage key alone before it adds a member',
    clause: 'base/pre-registration', format,
    replace: (sound) => ({ preRegistrations: (parts, member) => sound.preRegistrations({ ...parts, sidecar: null }, member) }),
    claims: [{ check: 'writer-registry/pre-registration/pre-registration', answers: { result: 'valid' } }],
  },
  {
    id: 'pre-registration-sidecar-first', wrong: 'reads the sidecar before it looks for the row of the storage key',
    clause: 'base/pre-registration', format,
    replace: (sound) => ({
      preRegistrations: (parts, member) => {
        parts.sidecar?.read();
        return sound.preRegistrations(parts, member);
      },
    }),
    claims: [{ check: 'writer-registry/pre-registration/pre-registration', answers: { result: 'invalid', reason: 'sidecar-version' } }],
  },
  {
    id: 'pre-registration-any-row', wrong: 'takes any row under the 16 bits of the member for its own', clause: 'base/pre-registration', format,
    replace: (sound) => ({
      preRegistrations: (parts, member) => sound.preRegistrations({
        ...parts,
        rows: {
          get: (key) => {
            const value = parts.rows.get(key);
            return value === null ? null : sound.encodeRegistryValue({ ...sound.decodeRegistryValue(value), fullNodeId: member });
          },
        },
      }, member),
    }),
    claims: [{ check: 'writer-registry/pre-registration/pre-registration', answers: { result: 'valid' } }],
  },
];
