/** Sorting of the format `startup-guards`: kept as it came, until replicas are opened. */
import type { FormatSorting } from './rules.js';

const FILES = 'needs a replica that is opened over a prepared directory';
const DOUBLES = 'needs a start with a registry, a log or a state machine that is a test double';

export const startupGuardsSorting: FormatSorting = {
  'epoch-against-registry': { class: 'machine', notJudged: DOUBLES, clauses: ['6E-3/local-epoch-rollback'] },
  'node-id-collision': { class: 'machine', notJudged: DOUBLES, clauses: ['6E-3/node-id-collision'] },
  'member-collision': { class: 'machine', notJudged: DOUBLES, clauses: ['6E-3/node-id-collision'] },
  'start': {
    class: 'file',
    notJudged: FILES,
    clauses: ['6E-3/flag-and-sidecar', '6E-3/kek-mismatch', '6E-3/local-epoch-exhausted', '6E-3/start-up-order'],
  },
  'cutover-against-snapshot-stream': { class: 'file', notJudged: FILES, clauses: ['6E-3/cutover-divergence'] },
  'cutover-against-restored': { class: 'machine', notJudged: DOUBLES, clauses: ['6E-3/cutover-divergence'] },
  'sidecar-behind-log-start': {
    class: 'machine',
    notJudged: DOUBLES,
    clauses: ['6E-3/sidecar-behind-log', '6E-3/cutover-divergence', '6E-3/start-up-order'],
  },
  'load-epochs': { class: 'file', notJudged: FILES, clauses: ['6E-2/start-up-sets-switch', '6E-3/local-epoch-exhausted', '6E-1/single-group'] },
  'raft-epoch-against-registry': { class: 'machine', notJudged: DOUBLES, clauses: ['6E-3/local-epoch-rollback'] },
  'process-start-registration': { class: 'machine', notJudged: DOUBLES, clauses: ['base/registration-gates', '6E-3/local-epoch-rollback'] },
  'registration-committed': { class: 'machine', notJudged: DOUBLES, clauses: ['base/registration-gates'] },
  'log-scan': { class: 'machine', notJudged: DOUBLES, clauses: ['6E-3/sidecar-behind-log'] },
  'sidecar-behind-log': { class: 'machine', notJudged: DOUBLES, clauses: ['6E-3/sidecar-behind-log'] },
};
