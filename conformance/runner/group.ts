/**
 * Runs the cases of one group through a session. Whatever the adapter does costs this group at most, and never the run.
 *
 * A case whose process broke down fails, and a fresh process takes up with the next case. Three in a row cost the rest
 * of the group. An adapter that lost a group by time-outs is on probation: in the next one a single time-out of the soft
 * limit is enough, until it answers again; so a dead adapter costs minutes and not hours.
 */
import { InputError } from '../errors.js';
import type { RunEvent } from '../report/events.js';
import { declaration, inputProblem } from '../vectors/declared.js';
import { expandInput } from '../vectors/expand.js';
import type { Client } from './client.js';
import { unknownOperation } from './handshake.js';
import type { Ledger } from './ledger.js';
import { BROKEN_IN_A_ROW } from './limits.js';
import type { Batch, Item } from './plan.js';
import { askCase, type VectorRequest } from './prepared.js';
import { NotDriven, type Sessions } from './sessions.js';
import { behind, lossOf, type Got } from './verdict.js';

export interface GroupContext {
  readonly sessions: Sessions;
  readonly ledger: Ledger;
  readonly emit: (event: RunEvent) => void;
  /** Carried from group to group. */
  readonly probation: { on: boolean };
}

/** Runs them, and gives the verdicts; also when the adapter can be driven no further. @throws NotDriven, Interrupted */
export async function runGroup(batch: Batch, context: GroupContext): Promise<void> {
  try {
    await askAll(batch, context);
  } catch (error) {
    if (error instanceof NotDriven) context.ledger.settle(batch.items);
    throw error;
  }
  context.ledger.settle(batch.items);
}

async function askAll(batch: Batch, { sessions, ledger, emit, probation }: GroupContext): Promise<void> {
  const begun = performance.now();
  let brokenInARow = 0;
  let timeOutsInARow = 0;
  let lost: string | null = null;
  /** The last case that the running process answered: it answers for what comes behind it. */
  let last: { readonly item: Item; readonly client: Client } | null = null;

  for (const item of batch.items) {
    if (lost !== null) {
      ledger.note(item, { kind: 'not-run', detail: lost });
      continue;
    }
    const prepared = prepare(item);
    if ('kind' in prepared) {
      ledger.note(item, prepared);
      continue;
    }
    const { client } = await sessions.current();
    const left = client.limits.groupMs - (performance.now() - begun);
    if (left <= 0) {
      lost = `the group had taken its ${client.limits.groupMs / 1000} s`;
      ledger.note(item, { kind: 'not-run', detail: lost });
      continue;
    }
    const limit = Math.min(left, probation.on ? client.limits.softMs : client.limits.hardMs);
    const got = await askCase(sessions.dataRoot, prepared, (request) => client.vec(request, limit, item));
    sessions.throwIfInterrupted();
    ledger.note(item, got);
    if (got.kind !== 'breakdown') {
      // A request that was not sent says nothing about the process.
      if (got.kind === 'reply' || got.kind === 'malformed') {
        [brokenInARow, timeOutsInARow, probation.on, last] = [0, 0, false, { item, client }];
      }
      continue;
    }

    last = null;
    brokenInARow += 1;
    timeOutsInARow = got.breakdown.kind === 'timed-out' ? timeOutsInARow + 1 : 0;
    if (brokenInARow === BROKEN_IN_A_ROW || (probation.on && timeOutsInARow > 0)) {
      lost = brokenInARow === BROKEN_IN_A_ROW ? `${BROKEN_IN_A_ROW} processes in a row broke down, at last ${lossOf(got.breakdown)}`
        : `${lossOf(got.breakdown)}, as in the group before`;
      probation.on = timeOutsInARow === brokenInARow;
    } else if (!probation.on) {
      // Once more in a fresh process, only to tell whether it hangs on what came before.
      const fresh = (await sessions.current()).client;
      const again = await askCase(sessions.dataRoot, prepared, (request) => fresh.vec(request, client.limits.softMs));
      sessions.throwIfInterrupted();
      if (ledger.passes(item, again)) ledger.orderDependent(item);
      await sessions.close();
    }
  }

  if (last !== null) await fence(last.item, last.client, ledger);
  sessions.throwIfInterrupted();
  if (lost !== null) emit({ type: 'group-lost', group: batch.name, detail: lost });
}

/** The request of a case, or why there is none. */
function prepare({ check, case: each }: Item): VectorRequest | Got {
  try {
    const input = expandInput(each.input);
    const declared = declaration(check.format, check.group);
    const problem = declared === undefined ? null : inputProblem(declared, input);
    return problem === null ? { format: check.format, group: check.group, input } : { kind: 'suite-fault', detail: problem };
  } catch (error) {
    if (error instanceof InputError) return { kind: 'suite-fault', detail: error.message };
    throw error;
  }
}

/**
 * One request that is not a case: behind its answer nothing can still be on the way for this group. Saying no takes no work,
 * so that the soft limit is patience enough.
 */
async function fence(item: Item, client: Client, ledger: Ledger): Promise<void> {
  const got = await client.request(unknownOperation(), {}, client.limits.softMs);
  if (got.kind === 'breakdown') ledger.note(item, behind(got.breakdown));
  else if (got.kind !== 'reply' || got.outcome !== 'unsupported') {
    ledger.note(item, { kind: 'malformed', detail: 'an answer other than "unsupported" to an operation that does not exist, right after this case' });
  }
}
