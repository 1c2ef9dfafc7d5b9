/** Mutants of the append rule, each with what stands in front of it out of the way; and of what becomes of the entries behind it. */
import type { RaftIndex } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import type { Mutant } from './mutant.js';
import { over, starting } from './over.js';

const format = 'scenarios';

/** A state machine that counts some payloads as applied and hands them to nobody. */
const losing = (sound: Operations, lost: (payload: Uint8Array, above: boolean) => boolean): Partial<Operations> => starting(sound, (started) => {
  const { machine, sidecar } = started;
  return {
    ...started,
    machine: over(machine, {
      move: (moved, sync) => {
        const recorded = sidecar.read()?.raftEnvelopeCutover ?? 0n as RaftIndex;
        const gone = moved.payload !== null && lost(moved.payload, recorded !== 0n && moved.index > recorded);
        return machine.move(gone ? { ...moved, payload: null } : moved, sync);
      },
    }),
  };
});

/** The first bytes of the encryption entries. */
const isEncryption = ([first]: Uint8Array): boolean => first === 0x03 || first === 0x04 || first === 0x05;

export const appendRuleMutants: readonly Mutant[] = [
  {
    id: 'form-not-asked', wrong: 'appends what it accepted in whatever form that was', clause: 'repair/append-rule', format,
    replace: () => ({ formIsDue: () => true }),
    claims: [{ check: 'append/form-not-due/plain-is-refused', answers: { result: 'ok' } }],
  },
  {
    id: 'key-not-asked', wrong: 'appends what is wrapped, under whatever key', clause: 'repair/append-rule', format,
    replace: () => ({ formIsDue: (key, { recorded }) => (key !== null) === (recorded !== 0n) }),
    claims: [
      { check: 'append/rotated-key/new-key-goes-on', answers: { result: 'ok' } },
      { check: 'append/rotated-key/nothing-appended', answers: { result: 'ok' } },
      { check: 'append/rotated-key/old-key-is-refused', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'form-not-asked-in-a-later-term', wrong: 'appends in a later term what it accepted in an earlier one, in the form that it had', clause: 'repair/no-halt', format,
    replace: () => ({ formIsDue: () => true, outlivesTerm: () => true }),
    claims: [{ check: 'holes/h8/no-replica-halts', answers: { result: 'ok' } }],
  },
  {
    id: 'appends-behind', wrong: 'takes and appends anything behind an unapplied cutover entry', clause: 'repair/append-rule', format,
    replace: () => ({ mayAppendBehind: () => true, pendingStops: () => false }),
    claims: [{ check: 'append/behind-an-unapplied-cutover/no-replica-halts', answers: { result: 'halted', reason: 'raft-unwrap-failed' } }],
  },
  {
    id: 'admins-append-behind', wrong: 'exempts what changes encryption from the rule of the append', clause: 'repair/no-halt', format,
    replace: () => ({ mayAppendBehind: () => true, pendingStops: (tag) => tag === 'user' }),
    claims: [{ check: 'holes/h7/no-replica-halts', answers: { result: 'ok' } }],
  },
  {
    id: 'second-entry-behind-the-first', wrong: 'lets a second call begin, and append its cutover entry behind the first', clause: 'repair/one-cutover-entry', format,
    replace: () => ({ mayBegin: () => true, mayAppendBehind: () => true }),
    claims: [{ check: 'append/second-cutover/one-entry', answers: { result: 'ok' } }],
  },
  {
    id: 'second-entry-when-the-first-is-applied', wrong: 'lets a second call begin, and append its cutover entry above the first', clause: 'repair/no-halt', format,
    replace: () => ({ mayBegin: () => true, mayAppendCutover: () => true }),
    claims: [{ check: 'holes/h5/no-replica-halts', answers: { result: 'ok' } }],
  },
  {
    id: 'second-entry-of-the-next-leader', wrong: 'lets a new leader call and append at once, whatever stands in its log', clause: 'repair/no-halt', format,
    replace: () => ({ mayBegin: () => true, mayAppendBehind: () => true, mayWrapInTerm: () => true }),
    claims: [{ check: 'holes/h5-next-leader/no-replica-halts', answers: { result: 'ok' } }],
  },
  {
    id: 'record-not-looked-for', wrong: 'does not look for a recorded cutover, neither when a call begins nor when it appends', clause: '6E-1/already-active', format,
    replace: () => ({ alreadyActive: () => false, mayAppendCutover: () => true }),
    claims: [
      { check: 'append/call-behind-the-cutover/no-second-entry', answers: { result: 'ok' } },
      { check: 'leader/entry-in-the-old-log-alone/retry-on-the-old-leader', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'wrapped-never-due', wrong: 'appends nothing that is wrapped, also behind the cutover', clause: 'repair/append-rule', format,
    replace: (sound) => ({ formIsDue: (key, due) => sound.formIsDue(key, due) && key === null }),
    claims: [
      { check: 'append/behind-an-unapplied-cutover/sealed-when-applied', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'append/form-not-due/again-is-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
      { check: 'epochs/leader-behind-the-cutover/registration-is-sealed', answers: { result: 'refused', reason: 'form-not-due' } },
    ],
  },
  {
    id: 'writes-lost-above', wrong: 'counts what clients wrote above the cutover as applied, and hands it to nobody', clause: 'repair/no-sealed-bytes', format,
    replace: (sound) => losing(sound, (payload, above) => above && !isEncryption(payload)),
    claims: [
      { check: 'append/second-cutover/all-equal', answers: { result: 'ok' } },
      { check: 'epochs/cutover-in-a-fresh-epoch/lands', answers: { result: 'ok' } },
      { check: 'leader/after-the-cutover/nothing-lost', answers: { result: 'ok' } },
      { check: 'leader/before-the-call/lands-everywhere', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'registrations-lost-above', wrong: 'takes the rows of registrations above the cutover, and leaves them out of its state', clause: 'repair/no-sealed-bytes', format,
    replace: (sound) => losing(sound, (payload, above) => above && isEncryption(payload)),
    claims: [
      { check: 'append/behind-an-unapplied-cutover/all-equal', answers: { result: 'ok' } },
      { check: 'append/form-not-due/all-equal', answers: { result: 'ok' } },
      { check: 'leader/applied-on-the-old-leader-alone/all-equal', answers: { result: 'ok' } },
      { check: 'leader/committed-unknown-to-the-new-leader/all-equal', answers: { result: 'ok' } },
      { check: 'leader/crashed-behind-the-append/all-equal', answers: { result: 'ok' } },
      { check: 'leader/entry-in-the-old-log-alone/all-equal', answers: { result: 'ok' } },
      { check: 'leader/entry-uncommitted-in-the-new-log/all-equal', answers: { result: 'ok' } },
      { check: 'leader/re-elected-inside-the-call/all-equal', answers: { result: 'ok' } },
      { check: 'leader/switched-and-not-opened/all-equal', answers: { result: 'ok' } },
      { check: 'leader/switched-and-not-opened/sealed-tail-truncated', answers: { result: 'ok' } },
      { check: 'snapshot/across-the-cutover/all-equal', answers: { result: 'ok' } },
    ],
  },
  {
    id: 'writes-lost-below', wrong: 'counts what clients wrote below the cutover as applied, and hands it to nobody', clause: '6E-1/cutover-recorded', format,
    replace: (sound) => losing(sound, (payload, above) => !above && !isEncryption(payload)),
    claims: [
      { check: 'leader/during-the-hold/nothing-recorded', answers: { result: 'ok' } },
      { check: 'milestones/data-of-6e-1-alone/nothing-was-changed', answers: { result: 'ok' } },
    ],
  },
];
