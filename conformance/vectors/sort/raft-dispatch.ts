/** Sorting of the format `raft-dispatch`: kept as it came, until replicas are driven. */
import type { FormatSorting } from './rules.js';

const ONE_ENTRY = 'needs a replica that applies given entries to a state machine that is a test double';

export const raftDispatchSorting: FormatSorting = {
  'single': {
    class: 'machine',
    notJudged: ONE_ENTRY,
    clauses: [
      '6E-2/decode-first', '6E-2/undecodable-entry-skipped', '6E-2/dispatch-is-strict', '6E-2/unset-cutover-is-infinity',
      '6E-2/unwrap-failure-halts', '6E-2/membership-entry-plain',
    ],
  },
  'sequence': { class: 'machine', notJudged: ONE_ENTRY, clauses: ['6E-2/dispatch-is-strict', '6E-2/unwrap-failure-halts'] },
  'index-hand-over': { class: 'machine', notJudged: ONE_ENTRY, clauses: ['6E-2/decode-first', '6E-2/unwrap-failure-halts'] },
  'duplicates': { class: 'machine', notJudged: ONE_ENTRY, clauses: ['base/lease-entry', '6E-2/unwrap-failure-halts', '6E-2/replay-from-applied'] },
  'state-machine-halt': { class: 'machine', notJudged: ONE_ENTRY, clauses: ['base/encryption-entry-failure-halts', '6E-2/ordinary-error-advances'] },
  'cold-start': {
    class: 'machine',
    notJudged: 'needs a replica that opens over a given log',
    clauses: ['base/lease-entry', '6E-2/replay-from-applied', '6E-2/unwrap-failure-halts'],
  },
  'with-state-machine': {
    class: 'machine',
    notJudged: 'needs a whole replica with its state machine, sidecar and registry, and a clock that stands still',
    clauses: [
      'base/first-byte-dispatch', 'base/apply-bootstrap', 'base/apply-rotation', 'base/apply-storage-cutover', 'base/registration-cases',
      '6E-1/cutover-recorded', '6E-1/first-cutover-wins', '6E-1/stale-key-no-op', '6E-2/dispatch-is-strict', '6E-2/ordinary-error-advances',
    ],
  },
};
