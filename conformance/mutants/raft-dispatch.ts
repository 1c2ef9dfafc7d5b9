/** Mutants of the apply hook and of cold start, as the vectors of the format `raft-dispatch` judge them. */
import type { CommittedEntry, StateMachine } from '../../src/6E-2/apply-hook.js';
import { refuse } from '../../src/base/errors.js';
import type { KeyId, RaftIndex } from '../../src/base/ids.js';
import type { SidecarState } from '../../src/base/sidecar.js';
import { droppedRules } from '../../src/node/dropped-rules.js';
import type { Mutant } from './mutant.js';

const format = 'raft-dispatch';
const NONE = 0xffff_ffff_ffff_ffffn;

const EMPTY: SidecarState = {
  version: 2, raftAppliedIndex: 0n as RaftIndex, storageEnvelopeActive: false, storageEnvelopeCutover: 0n as RaftIndex, raftEnvelopeCutover: 0n as RaftIndex,
  active: { storage: 0 as KeyId, raft: 0 as KeyId }, keys: new Map(),
};

export const raftDispatchMutants: readonly Mutant[] = [
  {
    id: 'dispatch-at-cutover-too', wrong: 'unwraps the entry at the cutover as well', clause: '6E-2/dispatch-is-strict', format,
    replace: () => ({ mustUnwrap: (index, boundary) => index >= boundary }),
    claims: [
      { check: 'raft-dispatch/single/dispatch-is-strict', answers: { result: 'halt', reason: 'envelope-too-short' } },
      { check: 'raft-dispatch/sequence/dispatch-is-strict', answers: { result: 'halt', reason: 'envelope-too-short' } },
      { check: 'raft-dispatch/index-hand-over/dispatch-is-strict', answers: { result: 'halt', reason: 'envelope-too-short' } },
      { check: 'raft-dispatch/with-state-machine/first-cutover-wins', answers: { result: 'halt', reason: 'raft-unwrap-failed' } },
    ],
  },
  {
    id: 'dispatch-one-late', wrong: 'leaves the first entry above the cutover as it is', clause: '6E-2/dispatch-is-strict', format,
    replace: () => ({ mustUnwrap: (index, boundary) => index > boundary + 1n }),
    claims: [
      { check: 'raft-dispatch/single/dispatch-is-strict', answers: { result: 'valid' } },
      { check: 'raft-dispatch/with-state-machine/dispatch-is-strict', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'dispatch-everything-without-cutover', wrong: 'unwraps every entry where there is no cutover', clause: '6E-2/unset-cutover-is-infinity', format,
    replace: (sound) => ({ mustUnwrap: (index, boundary) => boundary === NONE || sound.mustUnwrap(index, boundary) }),
    claims: [
      { check: 'raft-dispatch/single/unset-cutover-is-infinity', answers: { result: 'halt', reason: 'raft-unwrap-failed' } },
      { check: 'raft-dispatch/with-state-machine/cutover-recorded', answers: { result: 'halt', reason: 'raft-unwrap-failed' } },
    ],
  },
  {
    id: 'dispatch-unwraps-first', wrong: 'unwraps the data of the entry, and looks for the proposal inside', clause: '6E-2/decode-first', format,
    replace: droppedRules['decode-first'],
    claims: [
      { check: 'raft-dispatch/single/decode-first', answers: { result: 'halt', reason: 'raft-unwrap-failed' } },
      { check: 'raft-dispatch/single/undecodable-entry-skipped', answers: { result: 'halt', reason: 'raft-unwrap-failed' } },
    ],
  },
  {
    id: 'dispatch-undecodable-halts', wrong: 'halts on an entry that is no proposal', clause: '6E-2/undecodable-entry-skipped', format,
    replace: () => ({ onUndecodable: () => 'halt' }),
    claims: [
      { check: 'raft-dispatch/single/undecodable-entry-skipped', answers: { result: 'halt' } },
      { check: 'raft-dispatch/index-hand-over/undecodable-entry-skipped', answers: { result: 'halt' } },
    ],
  },
  {
    id: 'dispatch-failure-skipped', wrong: 'passes over an entry that does not unwrap', clause: '6E-2/unwrap-failure-halts', format,
    replace: () => ({ onUnwrapFailure: () => 'skip' }),
    claims: [
      { check: 'raft-dispatch/single/unwrap-failure-halts', answers: { result: 'skip' } },
      { check: 'raft-dispatch/sequence/unwrap-failure-halts', answers: { result: 'valid' } },
      { check: 'raft-dispatch/index-hand-over/unwrap-failure-halts', answers: { result: 'skip' } },
      { check: 'raft-dispatch/duplicates/unwrap-failure-halts', answers: { result: 'skip' } },
    ],
  },
  {
    id: 'dispatch-membership-unread', wrong: 'passes over a membership entry without looking whether it parses', clause: '6E-2/membership-entry-plain', format,
    replace: () => ({ checkMembershipEntry: () => {} }),
    claims: [{ check: 'raft-dispatch/single/membership-entry-plain', answers: { result: 'skip' } }],
  },
  {
    id: 'dispatch-ordinary-error-halts', wrong: 'halts on an ordinary error of the state machine', clause: '6E-2/ordinary-error-advances', format,
    replace: () => ({ onOrdinaryError: () => 'halt' }),
    claims: [{ check: 'raft-dispatch/state-machine-halt/ordinary-error-advances', answers: { result: 'halt' } }],
  },
  {
    id: 'dispatch-halt-ignored', wrong: 'takes an answer that asks for a halt for an ordinary one', clause: 'base/encryption-entry-failure-halts', format,
    replace: (sound) => ({
      applyEntry: (entry, applied, dispatch, machine) => sound.applyEntry(entry, applied, dispatch, deaf(machine)),
    }),
    claims: [{ check: 'raft-dispatch/state-machine-halt/encryption-entry-failure-halts', answers: { result: 'valid' } }],
  },
  {
    id: 'duplicates-all-dropped', wrong: 'drops a volatile duplicate', clause: '6E-2/replay-from-applied', format,
    replace: () => ({ onDuplicate: () => 'drop' }),
    claims: [
      { check: 'raft-dispatch/duplicates/replay-from-applied', answers: { result: 'skip' } },
      { check: 'raft-dispatch/cold-start/replay-from-applied', answers: { result: 'valid' } },
    ],
  },
  {
    id: 'duplicates-applied', wrong: 'applies what was applied before', clause: '6E-2/replay-from-applied', format,
    replace: () => ({ onDuplicate: () => 'apply' }),
    claims: [{ check: 'raft-dispatch/duplicates/replay-from-applied', answers: { result: 'valid' } }],
  },
  {
    id: 'cold-start-passes-unopenable', wrong: 'passes over an entry that does not open, and over a membership entry, when it looks where to begin', clause: '6E-2/replay-from-applied', format,
    replace: (sound) => ({
      coldStart: (entry, dispatch) => {
        const found = sound.coldStart(entry, dispatch);
        return found.step === 'begin' ? { step: 'pass' } : found;
      },
    }),
    claims: [{ check: 'raft-dispatch/cold-start/replay-from-applied', answers: { result: 'valid' } }],
  },
  {
    id: 'node-epoch-behind-accepted', wrong: 'takes a registration for an epoch behind its row for one that is done', clause: 'base/registration-cases', format,
    replace: (sound) => ({
      decideRegistration: (row, writer) => row !== null && writer.localEpoch < row.lastSeen && row.fullNodeId === writer.fullNodeId
        ? { effect: 'done' } : sound.decideRegistration(row, writer),
    }),
    claims: [{ check: 'raft-dispatch/with-state-machine/registration-cases', answers: { result: 'valid' } }],
  },
  {
    id: 'node-stale-key-cuts-over', wrong: 'records the cutover of an entry whose key is not the active one', clause: '6E-1/stale-key-no-op', format,
    replace: () => ({ cutoverVerdict: ({ recorded }) => recorded === 0n ? 'records' : 'recorded' }),
    claims: [{ check: 'raft-dispatch/with-state-machine/stale-key-no-op', answers: { result: 'halt', reason: 'raft-unwrap-failed' } }],
  },
  {
    id: 'node-second-bootstrap-refused', wrong: 'halts on the identical bootstrap', clause: 'base/apply-bootstrap', format,
    replace: (sound) => ({
      checkSecondBootstrap: (before, entry) => before.active.storage === 0 ? sound.checkSecondBootstrap(before, entry)
        : refuse('apply-refused', { clause: 'base/apply-bootstrap', field: 'bootstrap', expected: 'one', got: 'a second' }),
    }),
    claims: [{ check: 'raft-dispatch/with-state-machine/apply-bootstrap', answers: { result: 'halt', reason: 'apply-refused' } }],
  },
  {
    id: 'node-replayed-bootstrap-keeps-epochs', wrong: 'leaves the epochs as they are when the bootstrap comes again, which only the repair demands', clause: 'base/apply-bootstrap', format,
    base: 'proposal',
    replace: () => ({ bootstrapEpoch: (before) => before ?? 0 as NonNullable<typeof before> }),
    claims: [{ check: 'raft-dispatch/with-state-machine/apply-bootstrap-as-proposed', answers: { result: 'valid' } }],
  },
  {
    id: 'node-absent-sidecar-empty', wrong: 'takes a sidecar that is not there for an empty one', clause: 'base/apply-rotation', format,
    replace: (sound) => ({
      applyRotation: (parts, entry, index) => {
        const { sidecar } = parts;
        const never = sidecar && { read: () => sidecar.read() ?? EMPTY, write: (state: SidecarState) => sidecar.write(state) };
        return sound.applyRotation({ ...parts, sidecar: never }, entry, index);
      },
    }),
    claims: [{ check: 'raft-dispatch/with-state-machine/apply-rotation', answers: { result: 'valid' } }],
  },
];

/** The same state machine, whose wish to halt nobody hears. */
const deaf = <Answer>(machine: StateMachine<Answer>): StateMachine<Answer> => ({
  isVolatile: (payload) => machine.isVolatile(payload),
  setIndex: (index: CommittedEntry['index']) => machine.setIndex(index),
  apply: (payload) => {
    const answer = machine.apply(payload);
    return answer.verdict === 'halted' ? { verdict: 'refused', refusal: answer.refusal } : answer;
  },
});
