/** Mutants of the apply hook and of what it unwraps with, beyond its rules. */
import { Refusal } from '../../src/base/errors.js';
import type { ProposalId, RaftIndex } from '../../src/base/ids.js';
import type { CommittedEntry, Dispatch, OpenedEntry } from '../../src/6E-2/apply-hook.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';

const format = 'scenarios';

/** Entries are opened in another way. */
const opening = (open: (entry: CommittedEntry, dispatch: Dispatch) => OpenedEntry): Partial<Operations> => ({ openEntry: open });

const failed = (field: string): OpenedEntry =>
  ({ opened: 'halt', refusal: new Refusal('raft-unwrap-failed', { clause: '6E-2/unwrap-failure-halts', field, expected: 'an envelope', got: 'another' }) });

/** An entry of the log as it stands: its payload, unopened. */
const standing = (sound: Operations, entry: CommittedEntry): OpenedEntry => sound.openEntry(entry, { boundary: entry.index, keys: null });

const isAbove = ({ index, type, data }: CommittedEntry, { boundary }: Dispatch): boolean => type === 'normal' && data.length > 0 && index > boundary;

/** Above the cutover, what looks as `plain` says is taken as it stands. */
const exempting = (sound: Operations, plain: (payload: Uint8Array) => boolean): Partial<Operations> => opening((entry, dispatch) => {
  const as = isAbove(entry, dispatch) ? standing(sound, entry) : null;
  return as?.opened === 'payload' && plain(as.payload) ? as : sound.openEntry(entry, dispatch);
});

export const applyHookMutants: readonly Mutant[] = [
  {
    id: 'unwraps-one-late', wrong: 'begins to unwrap with the second entry above the cutover', clause: '6E-2/dispatch-is-strict', format,
    replace: () => ({ mustUnwrap: (index, boundary) => index - 1n > boundary }),
    claims: [{ check: 'dispatch/around-the-cutover/clear-payload-above', answers: { result: 'ok' } }],
  },
  {
    id: 'unwraps-always', wrong: 'unwraps every entry, with or without a cutover', clause: '6E-2/unset-cutover-is-infinity', format,
    replace: () => ({ mustUnwrap: () => true }),
    claims: [{ check: 'dispatch/nothing-recorded/sealed-look-is-not-opened', answers: { result: 'halted', reason: 'raft-unwrap-failed' } }],
  },
  {
    id: 'unwraps-what-opens', wrong: 'unwraps by look: whatever opens is opened, whatever its index', clause: '6E-2/dispatch-is-strict', format,
    replace: (sound) => opening((entry, dispatch) => {
      const opened = entry.type === 'normal' ? sound.openEntry(entry, { ...dispatch, boundary: 0n as RaftIndex }) : null;
      return opened?.opened === 'payload' ? opened : sound.openEntry(entry, dispatch);
    }),
    claims: [{ check: 'dispatch/sealed-at-or-below/below-stays-closed', answers: { result: 'ok' } }],
  },
  {
    id: 'hands-over-what-does-not-open', wrong: 'hands an entry that does not unwrap to the state machine as it stands', clause: '6E-2/unwrap-failure-halts', format,
    replace: (sound) => opening((entry, dispatch) => {
      const opened = sound.openEntry(entry, dispatch);
      return opened.opened === 'halt' && isAbove(entry, dispatch) ? standing(sound, entry) : opened;
    }),
    claims: [{ check: 'halt/what-does-not-open/flipped-tag', answers: { result: 'ok' } }],
  },
  {
    id: 'empty-entry-unwrapped', wrong: 'unwraps the empty entry of a new leader', clause: '6E-2/undecodable-entry-skipped', format,
    replace: (sound) => opening((entry, dispatch) =>
      entry.data.length === 0 && entry.index > dispatch.boundary ? failed('empty entry') : sound.openEntry(entry, dispatch)),
    claims: [{ check: 'dispatch/around-the-cutover/empty-entry-above', answers: { result: 'halted', reason: 'raft-unwrap-failed' } }],
  },
  {
    id: 'membership-unwrapped', wrong: 'unwraps the data of a membership entry above the cutover', clause: '6E-2/membership-entry-plain', format,
    replace: (sound) => opening((entry, dispatch) =>
      entry.type === 'conf-change' && entry.index > dispatch.boundary ? failed('membership entry') : sound.openEntry(entry, dispatch)),
    claims: [
      { check: 'append/what-is-free/passed-and-counted', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
      { check: 'dispatch/around-the-cutover/membership-above-is-not-opened', answers: { result: 'halted', reason: 'raft-unwrap-failed' } },
    ],
  },
  {
    id: 'undecodable-handed-over', wrong: 'hands what is no proposal to the state machine as it stands', clause: '6E-2/undecodable-entry-skipped', format,
    replace: (sound) => opening((entry, dispatch) => {
      const opened = sound.openEntry(entry, dispatch);
      return opened.opened === 'nothing' && entry.type === 'normal' && entry.data.length > 0
        ? { opened: 'payload', proposal: 0n as ProposalId, payload: entry.data.with(0, 0x00) } : opened;
    }),
    claims: [{ check: 'dispatch/around-the-cutover/passed-over-is-not-handed-over', answers: { result: 'ok' } }],
  },
  {
    id: 'opened-refusal-halts', wrong: 'halts when the state machine refuses a payload that was unwrapped', clause: '6E-2/ordinary-error-advances', format,
    replace: (sound) => ({
      applyEntry: (entry, applied, dispatch, machine) => {
        const found = sound.applyEntry(entry, applied, dispatch, machine);
        return isAbove(entry, dispatch) && found.outcome === 'apply' && found.answer.verdict === 'refused'
          ? { outcome: 'halt', refusal: found.answer.refusal, payload: found.payload } : found;
      },
    }),
    claims: [{ check: 'dispatch/ordinary-refusals/wrong-lease-above-is-answered', answers: { result: 'halted' } }],
  },
  {
    id: 'sealed-nothing-halts', wrong: 'takes an envelope without a payload for one that does not unwrap', clause: '6E-2/ordinary-error-advances', format,
    replace: (sound) => opening((entry, dispatch) => {
      const opened = sound.openEntry(entry, dispatch);
      return isAbove(entry, dispatch) && opened.opened === 'payload' && opened.payload.length === 0 ? failed('payload') : opened;
    }),
    claims: [{ check: 'dispatch/ordinary-refusals/sealed-nothing-is-answered', answers: { result: 'halted', reason: 'raft-unwrap-failed' } }],
  },
  {
    id: 'short-is-plain', wrong: 'takes a payload above the cutover that is shorter than an envelope for a plain one', clause: '6E-2/unwrap-failure-halts', format,
    replace: (sound) => exempting(sound, (payload) => payload.length < 34),
    claims: [{ check: 'halt/what-does-not-open/too-short', answers: { result: 'ok' } }],
  },
  {
    id: 'encryption-entries-exempt', wrong: 'takes encryption entries above the cutover plain', clause: '6E-2/unwrap-failure-halts', format,
    replace: (sound) => exempting(sound, ([first = 0]) => first >= 0x03 && first <= 0x07),
    claims: [{ check: 'halt/what-does-not-open/plain-registration-above', answers: { result: 'ok' } }],
  },
  {
    id: 'key-of-the-leader', wrong: 'unwraps with the first loaded key where the named one is not loaded', clause: '6E-2/unwrap-failure-halts', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        const { version, keyId, nonce, body } = sound.viewEnvelope(bytes);
        const named = keys.aeadKey(keyId) === null ? keys.ids().at(-1) ?? keyId : keyId;
        return sound.open(keys, named, nonce, sound.raftAad(version, keyId), body);
      },
    }),
    claims: [{ check: 'halt/what-does-not-open/key-not-loaded', answers: { result: 'ok' } }],
  },
  {
    id: 'flag-refused', wrong: 'refuses an envelope of the log with a flag byte other than 00', clause: 'base/raft-flag-ignored', format,
    replace: (sound) => ({
      raftUnwrap: (keys, bytes) => {
        const payload = sound.raftUnwrap(keys, bytes);
        if (bytes[1] === 0x00) return payload;
        throw new Refusal('envelope-version-unknown', { clause: 'base/raft-flag-ignored', field: 'flag', expected: '00', got: 'another' });
      },
    }),
    claims: [{ check: 'halt/what-does-not-open/any-flag-opens', answers: { result: 'halted', reason: 'raft-unwrap-failed' } }],
  },
  {
    id: 'lease-tail-ignored', wrong: 'reads the first eight bytes of a lease, whatever its length', clause: 'base/lease-entry', format,
    replace: (sound) => ({
      decodeLease: (body) => sound.decodeLease(Buffer.concat([body, new Uint8Array(8)]).subarray(0, 8)),
    }),
    claims: [{ check: 'dispatch/ordinary-refusals/wrong-lease-changes-nothing', answers: { result: 'ok' } }],
  },
  {
    id: 'skips-what-did-not-open-before', wrong: 'drops a duplicate that does not unwrap instead of beginning there', clause: '6E-2/replay-from-applied', format,
    replace: (sound) => ({
      coldStart: (entry, dispatch) => {
        const found = sound.coldStart(entry, dispatch);
        return found.step === 'begin' && entry.type === 'normal' ? { step: 'pass' } : found;
      },
    }),
    claims: [{ check: 'halt/duplicate-that-does-not-open/does-not-open-though-applied', answers: { result: 'ok' } }],
  },
];
