/** Mutants of what a replica makes durable, and when: its log, its applied index, its halt. */
import type { RaftIndex } from '../../src/base/ids.js';
import type { Operations } from '../../src/node/compose.js';
import type { StoreChange } from '../../src/ports/store.js';
import type { Mutant } from './mutant.js';
import { batching, over, starting } from './over.js';

const format = 'scenarios';

const keyText = ({ key }: StoreChange): string => Buffer.from(key).toString('latin1');
const isRow = (change: StoreChange): boolean => keyText(change).startsWith('!');

/** The state machine never stores what is under these keys. */
const neverStoring = (sound: Operations, ...keys: string[]): Partial<Operations> => batching(sound, 'fsm', (store, changes, options) =>
  store.batch(changes.filter((change) => !keys.includes(keyText(change))), options));

export const replicaMutants: readonly Mutant[] = [
  {
    id: 'append-not-synced', wrong: 'answers an append before the entries are durable', clause: 'base/log-append', format,
    replace: (sound) => batching(sound, 'log', (store, changes) => store.batch(changes, { sync: false })),
    claims: [{ check: 'disk/power/entries-durable', answers: { result: 'ok' } }],
  },
  {
    id: 'append-leaves-tail', wrong: 'leaves behind an overwritten entry what stood there', clause: 'base/log-append', format,
    replace: (sound) => batching(sound, 'log', (store, changes, options) => store.batch(changes.filter(({ value }) => value !== null), options)),
    claims: [{ check: 'disk/log/kept-across-a-restart', answers: { result: 'ok' } }],
  },
  {
    id: 'append-over-committed', wrong: 'overwrites committed entries', clause: 'base/log-append', format,
    replace: (sound) => starting(sound, (started) => ({
      ...started, log: over(started.log, { append: (entries, _fixed, sync) => started.log.append(entries, 0n as RaftIndex, sync) }),
    })),
    claims: [{ check: 'disk/log/committed-is-not-replaced', answers: { result: 'ok' } }],
  },
  {
    id: 'batch-not-synced', wrong: 'does not sync the batch of an encryption entry', clause: 'base/applied-index', format,
    replace: (sound) => batching(sound, 'fsm', (store, changes) => store.batch(changes, { sync: false })),
    claims: [{ check: 'disk/power/applied-again-to-the-same', answers: { result: 'ok' } }],
  },
  {
    id: 'rows-apart-from-applied', wrong: 'makes the applied index durable in a batch before that of the rows', clause: 'base/applied-index', format,
    replace: (sound) => batching(sound, 'fsm', async (store, changes, options) => {
      await store.batch(changes.filter((change) => !isRow(change)), options);
      if (changes.some(isRow)) await store.batch(changes.filter(isRow), options);
    }),
    claims: [{ check: 'entries/bootstrap/recorded-before-applied', crash: { scenario: 'entries/bootstrap', point: 'fsm.batch-written' }, answers: { result: 'ok' } }],
  },
  {
    id: 'rows-never-stored', wrong: 'keeps the rows of the registry in memory only', clause: 'base/registration-cases', format,
    replace: (sound) => batching(sound, 'fsm', (store, changes, options) => store.batch(changes.filter((change) => !isRow(change)), options)),
    claims: [{ check: 'entries/registration/durable', answers: { result: 'ok' } }],
  },
  {
    id: 'applied-never-stored', wrong: 'keeps the applied index in memory only', clause: 'base/applied-index', format,
    replace: (sound) => neverStoring(sound, 'applied', 'chain'),
    claims: [{ check: 'disk/power/goes-on', answers: { result: 'ok' } }],
  },
  {
    id: 'applied-before-verdict', wrong: 'advances the applied index past an entry on which it halts', clause: '6E-2/unwrap-failure-halts', format,
    replace: (sound) => starting(sound, (started) => {
      const { machine } = started;
      return {
        ...started,
        machine: over(machine, {
          keep: (sync) => machine.move({ index: machine.applied + 1n as RaftIndex, payload: null, encryptionEntry: false, wroteSidecar: false }, sync),
        }),
      };
    }),
    claims: [{ check: 'halt/again-after-restart/applied-stays-below', answers: { result: 'ok' } }],
  },
  {
    id: 'halted-goes-on', wrong: 'passes over the entry on which it halted when it is asked again', clause: 'base/halted-replica', format,
    replace: (sound) => {
      let halted: RaftIndex | null = null;
      return {
        refuseHalted: () => {},
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
    claims: [{ check: 'halt/again-after-restart/applied-stays-below', answers: { result: 'ok' } }],
  },
];
