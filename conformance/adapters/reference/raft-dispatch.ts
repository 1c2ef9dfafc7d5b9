/**
 * Answers the vectors of the format `raft-dispatch` with the reference: the apply hook and cold start that a replica uses,
 * over a state machine that is a test double, or over a node of doubles.
 */
import { hex } from '../../../src/base/bytes.js';
import { Refusal } from '../../../src/base/errors.js';
import type { Dispatched } from '../../../src/base/fsm-dispatch.js';
import { raftIndex, type RaftIndex } from '../../../src/base/ids.js';
import type { AppliedEntry, CommittedEntry, Dispatch, StateMachine } from '../../../src/6E-2/apply-hook.js';
import { ColdStartWalk } from '../../../src/6E-2/cold-start.js';
import type { Operations } from '../../../src/node/compose.js';
import type { z } from 'zod';
import type { CommittedEntryFields, raftDispatch } from '../../protocol/formats/raft-dispatch.js';
import { loadKeys } from './aead-envelope.js';
import { ApplierNode } from './applier-doubles.js';
import { bytes, Verdict, type Handlers } from './handlers.js';

type Groups = (typeof raftDispatch)['groups'];
type Run = z.infer<Groups['single']['input']>;
type Ran = z.infer<Groups['single']['observed']>;
type Outcome = NonNullable<Ran['outcomes']>[number];
type NodeRan = z.infer<Groups['with-state-machine']['observed']>;

/** Above which no entry is. */
const NONE = raftIndex(0xffff_ffff_ffff_ffffn);

const committed = ({ index, type, data }: CommittedEntryFields): CommittedEntry =>
  ({ index: raftIndex(BigInt(index)), type: type === 'conf-change-v2' ? 'conf-change' : type, data: bytes(data) });

const dispatchOf = (ops: Operations, { cutover, keys }: Pick<Run, 'cutover' | 'keys'>): Dispatch =>
  ({ boundary: cutover === null ? NONE : raftIndex(BigInt(cutover)), keys: keys === null ? null : loadKeys(ops, keys) });

/** The applied index after an entry. */
const moved = (applied: RaftIndex, entry: CommittedEntry, { outcome }: { readonly outcome: string }): RaftIndex =>
  outcome === 'apply' || outcome === 'skip' ? entry.index : applied;

const outcomeOf = (entry: CommittedEntry, result: AppliedEntry<unknown>, applied: RaftIndex): Outcome => ({
  index: `${entry.index}`,
  outcome: result.outcome,
  applied_after: `${applied}`,
  ...('payload' in result && result.payload !== null && { payload: hex(result.payload) }),
  ...(result.outcome === 'halt' && { reasons: [...result.refusal.reasons] }),
});

/** `halt` when the replica stopped, `skip` when the one entry of a case is not handed over. */
function verdict<Observed>(halted: Refusal | null, outcomes: readonly { readonly outcome: string }[], observed: Observed): Observed | Verdict<Observed> {
  if (halted !== null) return new Verdict('halt', halted, observed);
  const [one, ...more] = outcomes;
  const passedOver = more.length === 0 && (one?.outcome === 'skip' || one?.outcome === 'drop');
  return passedOver ? new Verdict<Observed>('skip', null, observed) : observed;
}

/** A state machine that notes its calls and answers as it is told. */
class MachineDouble implements StateMachine<null> {
  readonly #ops: Operations;
  readonly #told: Run['state_machine'];
  readonly calls: NonNullable<Ran['events']> = [];

  constructor(ops: Operations, told: Run['state_machine']) {
    this.#ops = ops;
    this.#told = told;
  }

  isVolatile(payload: Uint8Array): boolean {
    return this.#told.classifies_volatile && this.#ops.isVolatilePayload(payload);
  }

  setIndex(index: RaftIndex): void {
    if (this.#told.takes_index) this.calls.push({ set_index: `${index}` });
  }

  apply(payload: Uint8Array): Dispatched<null> {
    this.calls.push({ apply: hex(payload) });
    const told = this.#told.answers?.[hex(payload)] ?? '';
    const refusal = new Refusal('apply-refused', { clause: 'base/encryption-entry-failure-halts', field: 'state machine', expected: 'one that accepts', got: 'one that refuses' });
    if (told.startsWith('halt with')) return { verdict: 'halted', refusal };
    return told === 'ordinary error' ? { verdict: 'refused', refusal } : { verdict: 'answered', answer: null };
  }
}

export const raftDispatchHandlers = (ops: Operations): Handlers<typeof raftDispatch> => {
  const run = (input: Run): Ran | Verdict<Ran> => {
    const machine = new MachineDouble(ops, input.state_machine);
    const dispatch = dispatchOf(ops, input);
    const outcomes: Outcome[] = [];
    let applied = raftIndex(BigInt(input.applied_before));
    let halted: Refusal | null = null;
    for (const entry of input.entries.map(committed)) {
      const result = ops.applyEntry(entry, applied, dispatch, machine);
      applied = moved(applied, entry, result);
      outcomes.push(outcomeOf(entry, result, applied));
      if (result.outcome === 'halt') {
        halted = result.refusal;
        break;
      }
    }
    return verdict(halted, outcomes, { applied_after: `${applied}`, events: machine.calls, outcomes });
  };
  return {
    'single': run,
    'sequence': run,
    'index-hand-over': run,
    'duplicates': run,
    'state-machine-halt': run,

    'cold-start': ({ log, committed: commit, durable_applied, ...input }) => {
      const dispatch = dispatchOf(ops, input);
      const [applied, last] = [raftIndex(BigInt(durable_applied)), BigInt(commit)];
      const walk = new ColdStartWalk();
      let startAfter = 0n;
      const replayed: string[] = [];
      for (const entry of log.map(committed).filter(({ index }) => index <= last)) {
        const cold = walk.next(ops, entry, applied, dispatch);
        if (cold.step === 'begin') break;
        if (cold.step === 'again') replayed.push(hex(cold.payload));
        startAfter = entry.index;
      }
      return { start_after: `${startAfter}`, replayed };
    },

    'with-state-machine': ({ clock, kek, start_document, entries }) => {
      const node = new ApplierNode(ops, {
        kek, has_kek: true, has_key_store: true, has_sidecar_path: true, document: start_document, rows: [], preloaded: [],
        storage_epoch: 0, raft_epoch: 0, installer: 'accepts',
      });
      const { keys, sidecar } = node;
      const start = sidecar?.read() ?? null;
      if (start !== null && keys !== null) {
        ops.hydrateKeyStore(keys, ops.importKek('vector', bytes(kek)), start);
        node.rows.mark = start.raftAppliedIndex;
      }
      let recorded = start?.raftEnvelopeCutover ?? raftIndex(0n);
      const outcomes: NonNullable<NodeRan['outcomes']> = [];
      const log = entries.map(committed);
      let applied = raftIndex((log[0]?.index ?? 1n) - 1n);
      let halted: Refusal | null = null;
      for (const entry of log) {
        const machine: StateMachine<{ readonly cutover: RaftIndex | null } | null> = {
          isVolatile: (payload) => ops.isVolatilePayload(payload),
          setIndex: () => {},
          apply: (payload) => node.apply(payload, `${entry.index}`, clock).dispatched,
        };
        const result = ops.applyEntry(entry, applied, { boundary: ops.dispatchBoundary(recorded), keys }, machine);
        applied = moved(applied, entry, result);
        if (result.outcome === 'apply' && result.answer.verdict === 'answered') recorded = result.answer.answer?.cutover ?? recorded;
        const index = sidecar?.read()?.raftAppliedIndex;
        outcomes.push({
          ...outcomeOf(entry, result, applied),
          ...((result.outcome === 'apply' || result.outcome === 'reapply') && answered(result.answer)),
          cutover_after: recorded === 0n ? 'none' : `${recorded}`,
          ...(index !== undefined && { sidecar_index_after: `${index}` }),
        });
        if (result.outcome === 'halt') {
          halted = result.refusal;
          break;
        }
      }
      return verdict<NodeRan>(halted, outcomes, { outcomes, sidecar: sidecar?.text ?? null, rows: node.rows.all(), loaded_key_ids: [...keys?.ids() ?? []] });
    },
  };
};

const answered = (answer: Dispatched<unknown>): { response: 'none' | 'error'; response_reasons?: string[] } =>
  answer.verdict === 'refused' ? { response: 'error', response_reasons: [...answer.refusal.reasons] } : { response: 'none' };
