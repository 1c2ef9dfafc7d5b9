/** Mutants of what a replica makes durable, and when: its log, its applied index, its halt. */
import { refuse } from '../../src/base/errors.js';
import type { RaftIndex } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import type { Started } from '../../src/node/start-replica.js';
import type { StoreChange } from '../../src/ports/store.js';
import type { Mutant } from './mutant.js';
import { batching, over, starting } from './over.js';

const format = 'scenarios';

/** The first byte of the key of an entry. */
const ENTRY = 0x65;

const keyText = ({ key }: StoreChange): string => Buffer.from(key).toString('latin1');
const isRow = (change: StoreChange): boolean => keyText(change).startsWith('!');

/** The state machine never stores what is under these keys. */
const neverStoring = (sound: Operations, ...keys: string[]): Partial<Operations> => batching(sound, 'fsm', (store, changes, options) =>
  store.batch(changes.filter((change) => !keys.includes(keyText(change))), options));

/** The log of a replica, with some of its methods wrong. */
const logging = (sound: Operations, change: (log: Started['log']) => Partial<Started['log']>): Partial<Operations> =>
  starting(sound, (started) => ({ ...started, log: over(started.log, change(started.log)) }));

export const replicaMutants: readonly Mutant[] = [
  {
    id: 'append-not-synced', wrong: 'answers an append before the entries are durable', clause: 'base/log-append', format,
    replace: (sound) => batching(sound, 'log', (store, changes, options) => store.batch(changes, { sync: options.sync && !changes.some(({ key }) => key[0] === ENTRY) })),
    claims: [{ check: 'disk/power/entries-durable', answers: { result: 'ok' } }],
  },
  {
    id: 'append-leaves-tail', wrong: 'leaves behind an overwritten entry what stood there', clause: 'base/log-append', format,
    replace: (sound) => batching(sound, 'log', (store, changes, options) => store.batch(changes.filter(({ value }) => value !== null), options)),
    claims: [{ check: 'disk/log/kept-across-a-restart', answers: { result: 'ok' } }],
  },
  {
    id: 'append-over-committed', wrong: 'overwrites committed entries', clause: 'base/log-append', format,
    replace: (sound) => logging(sound, (log) => ({ append: (entries, _fixed, sync) => log.append(entries, 0n as RaftIndex, sync) })),
    claims: [{ check: 'disk/log/committed-is-not-replaced', answers: { result: 'ok' } }],
  },
  {
    id: 'append-takes-hole', wrong: 'answers an append that leaves a hole as if it had taken it', clause: 'base/log-append', format,
    replace: (sound) => logging(sound, (log) => ({
      append: (entries, fixed, sync) => (entries[0]?.index ?? 0n) > log.last + 1n ? Promise.resolve(log.last) : log.append(entries, fixed, sync),
    })),
    claims: [{ check: 'disk/log/hole-is-refused', answers: { result: 'ok' } }],
  },
  {
    id: 'append-again-refused', wrong: 'refuses what is committed already, the same bytes too', clause: 'base/log-append', format,
    replace: (sound) => logging(sound, (log) => ({
      append: (entries, fixed, sync) => {
        const first = entries[0]?.index ?? 0n;
        if (first > fixed) return log.append(entries, fixed, sync);
        return refuse('log-committed', { clause: 'base/log-append', field: 'first index', expected: `above ${fixed}`, got: `${first}` });
      },
    })),
    claims: [{ check: 'disk/log/same-again-is-no-conflict', answers: { result: 'refused', reason: 'log-committed' } }],
  },
  {
    id: 'append-never-replaces', wrong: 'keeps the entries that it has, and takes only what is new', clause: 'base/log-append', format,
    replace: (sound) => logging(sound, (log) => ({
      append: (entries, fixed, sync) => {
        const fresh = entries.filter(({ index }) => index > log.last);
        return fresh.length === 0 ? log.append(entries.slice(0, 0), fixed, sync) : log.append(fresh, fixed, sync);
      },
    })),
    claims: [{ check: 'disk/log/replaces-what-is-not-committed', answers: { result: 'ok' } }],
  },
  {
    id: 'commit-any-index', wrong: 'commits an index behind the end of the log', clause: 'base/log-append', format,
    replace: (sound) => ({ movedCommit: (before, to, last) => to > last ? to : sound.movedCommit(before, to, last) }),
    claims: [{ check: 'disk/log/commit-behind-the-end', answers: { result: 'ok' } }],
  },
  {
    id: 'commit-moves-back', wrong: 'takes a lower commit index', clause: 'base/log-append', format,
    replace: (sound) => ({ movedCommit: (before, to, last) => to < before ? to : sound.movedCommit(before, to, last) }),
    claims: [{ check: 'disk/log/commit-never-moves-back', answers: { result: 'ok' } }],
  },
  {
    id: 'batch-not-synced', wrong: 'does not sync the batch of an encryption entry', clause: 'base/applied-index', format,
    replace: (sound) => batching(sound, 'fsm', (store, changes) => store.batch(changes, { sync: false })),
    claims: [{ check: 'disk/power/bootstrap-durable', answers: { result: 'ok' } }],
  },
  {
    id: 'rows-apart-from-applied', wrong: 'makes the applied index durable in a batch before that of the rows', clause: 'repair/replay-total', format,
    replace: (sound) => batching(sound, 'fsm', async (store, changes, options) => {
      await store.batch(changes.filter((change) => !isRow(change)), options);
      if (changes.some(isRow)) await store.batch(changes.filter(isRow), options);
    }),
    claims: [{ check: 'invariants/i10-replay-total', crash: { scenario: 'entries/bootstrap', point: 'fsm.batch-written' }, answers: { result: 'broken' } }],
  },
  {
    id: 'rows-never-stored', wrong: 'keeps the rows of the registry in memory only', clause: 'base/registration-cases', format,
    replace: (sound) => batching(sound, 'fsm', (store, changes, options) => store.batch(changes.filter((change) => !isRow(change)), options)),
    claims: [{ check: 'entries/registration/durable', answers: { result: 'ok' } }],
  },
  {
    id: 'applied-never-stored', wrong: 'keeps the applied index in memory only', clause: '6E-2/replay-from-applied', format,
    replace: (sound) => neverStoring(sound, 'applied', 'chain'),
    claims: [{ check: 'entries/leases/nothing-twice', answers: { result: 'ok' } }],
  },
  {
    id: 'applied-before-verdict', wrong: 'advances the applied index past an entry on which it halts', clause: '6E-2/unwrap-failure-halts', format,
    replace: (sound) => starting(sound, (started) => {
      const { machine } = started;
      return {
        ...started,
        machine: over(machine, {
          keep: (sync) => machine.move({ index: machine.applied + 1n as RaftIndex, payload: null }, sync),
        }),
      };
    }),
    claims: [{ check: 'halt/again-after-restart/applied-stays-below', answers: { result: 'ok' } }],
  },
  {
    id: 'halt-forgets-rows', wrong: 'keeps the rows that an entry wrote before it halted in memory only', clause: 'base/applied-index', format,
    replace: (sound) => starting(sound, (started) => ({ ...started, machine: over(started.machine, { keep: () => Promise.resolve() }) })),
    claims: [{ check: 'halt/rows-before-a-refused-row/kept-across-a-restart', answers: { result: 'ok' } }],
  },
  {
    id: 'halted-goes-on', wrong: 'passes over the entry on which it halted when it is asked again', clause: 'base/halted-replica', format,
    replace: (sound) => {
      let halted: RaftIndex | null = null;
      return {
        refuseHalted: () => null,
        startReplica: (ports, options) => {
          halted = null;
          return sound.startReplica(ports, options);
        },
        applyEntry: (entry, applied, dispatch, machine) => {
          if (entry.index === halted) return { outcome: 'skip' };
          const found = sound.applyEntry(entry, applied, dispatch, machine);
          if (found.outcome === 'halt') halted = entry.index;
          return found;
        },
      };
    },
    claims: [{ check: 'halt/again-after-restart/applies-nothing-more', answers: { result: 'ok' } }],
  },
];
