/** Vector groups of the format `raft-dispatch`: committed entries, applied, passed over, dropped, or halting the replica. */
import { z } from 'zod';
import { hex, loadedKeys, positiveU64, registryRow, u32, u64 } from '../values.js';
import { format, group } from './format.js';

const MOST_ENTRIES = 64;

const entry = z.strictObject({
  index: u64,
  type: z.enum(['normal', 'conf-change', 'conf-change-v2', 'other']).describe('Membership changes come in two forms; `other` is what a raft core may keep in its log beside these.'),
  data: hex,
}).meta({ id: 'CommittedEntry' });
const entries = z.array(entry).max(MOST_ENTRIES);
/** As a log has them: nothing stands at index 0. */
const logged = z.array(entry.extend({ index: positiveU64 })).max(MOST_ENTRIES);
export type CommittedEntryFields = z.infer<typeof entry>;

/** `null`: there is no cipher. `[]` is a cipher over an empty store. */
const keys = loadedKeys.nullable().describe('`null` is no cipher, `[]` a cipher over an empty store.');
const cutover = u64.nullable().describe('The index above which entries are unwrapped, as it stands: 0 is an index here. `null` and 18446744073709551615: none is above it.');

const stateMachine = z.strictObject({
  takes_index: z.boolean().describe('Is it told the index of each payload?'),
  classifies_volatile: z.boolean().describe('Can it say which payloads are volatile? If not, none is.'),
  answers: z.record(hex, z.string()).optional().describe('What it answers to a payload: `ordinary error`, `halt with …`, or `halt request without an error`, which is none. To others nothing.'),
}).meta({ id: 'StateMachineDouble', description: 'A state machine that is a test double.' });

/** What became of one entry. */
const appliedEntry = z.object({
  index: u64,
  outcome: z.enum(['apply', 'skip', 'drop', 'reapply', 'halt']),
  reasons: z.array(z.string()).optional(),
  applied_after: u64,
  payload: hex.optional().describe('What the state machine was handed.'),
});
const call = z.union([z.strictObject({ set_index: u64 }), z.strictObject({ apply: hex })]);

const run = { applied_before: u64, cutover, entries, keys, state_machine: stateMachine };
const ran = {
  applied_after: u64,
  events: z.array(call).describe('The calls that the state machine saw, in order.'),
  outcomes: z.array(appliedEntry).describe('One an entry, up to the first halt.'),
};

export const raftDispatch = format('raft-dispatch', 'Committed entries, and what a replica does with each. The case is `halt` when it stops, and `skip` when it has one entry that is not handed over.', {
  'single': group('One entry against a fixed cutover.', run, ran),
  'sequence': group('Several entries in order, up to the first halt.', run, ran),
  'index-hand-over': group('A state machine that is told the index of what it is handed.', run, ran),
  'duplicates': group('Entries at or below the applied index.', run, ran),
  'state-machine-halt': group('A state machine that answers with an ordinary error, or asks for a halt.', run, ran),
  'cold-start': group('Where replay begins after a restart.', {
    log: logged.describe('From index 1 on.'), committed: u64, durable_applied: u64, cutover, keys,
  }, {
    start_after: u64.describe('Replay begins with the entry behind this one.'),
    replayed: z.array(hex).describe('The volatile payloads up to there, which are handed over again.'),
  }),
  'with-state-machine': group('A node with its state machine, sidecar and registry, epochs 0 and 0. It starts from a sidecar and an empty registry, or empty; with a sidecar, '
    + 'the registry counts as complete up to the index of the sidecar.', {
    clock: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/).describe('The time at which its clock stands still, UTC.'),
    kek: hex, start_document: z.string().nullable(), entries: logged,
  }, {
    outcomes: z.array(appliedEntry.extend({
      response: z.enum(['none', 'error']).optional().describe('`error`: refused by an ordinary answer. Of entries that were handed over and did not halt.'),
      response_reasons: z.array(z.string()).optional(),
      cutover_after: z.union([u64, z.literal('none')]).describe('By which the next entry is dispatched.'),
      sidecar_index_after: u64.optional().describe('Not there while there is no sidecar.'),
    })),
    sidecar: z.string().nullable(), rows: z.array(registryRow), loaded_key_ids: z.array(u32),
  }),
});
