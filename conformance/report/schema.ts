/** Shape of report.json: what a run found, made from its events. */
import { z } from 'zod';
import { level, profile } from '../protocol/messages.js';
import { vectorClass } from '../protocol/formats/format.js';
import { failureKind, REPORT_SCHEMA, unjudgedGroup } from './events.js';

export { events } from './events.js';

const n = z.int().min(0);

export const verdict = z.enum(['conformant', 'nonconformant', 'not-driven', 'nothing-ran']);
export type Verdict = z.infer<typeof verdict>;

export const reportFailure = z.object({
  check: z.string(),
  clause: z.string(),
  case: z.string(),
  kind: failureKind,
  required: z.boolean().describe('False: the profile does not demand it, so that it does not change the verdict.'),
  expected: z.string(),
  got: z.string(),
  order_dependent: z.boolean().optional().describe('The case passes in a fresh process. It has failed all the same.'),
  step: z.object({ number: z.int().min(1), node: z.string(), op: z.string() }).optional().describe('The step of the scenario at which it showed.'),
  again: z.string().describe('The command that runs the check again, for a POSIX shell.'),
  replay: z.string().optional().describe('The command that replays the case step by step, where its transcript was kept.'),
});

export const report = z.object({
  schema: z.literal(REPORT_SCHEMA),
  suite: z.object({ version: z.string(), digest: z.string().describe('Over the vectors and the spec.') }),
  started: z.string(),
  duration_ms: z.number().min(0),
  seed: z.string(),
  profile: profile.describe('The profile that was judged.'),
  command: z.array(z.string()),
  implementation: z.object({
    name: z.string(), version: z.string().optional(), language: z.string().optional(), issues: z.string().optional(),
    level, profile: profile.describe('The profile that it claims.'),
    formats: z.record(z.string(), z.array(vectorClass)), choices: z.record(z.string(), z.string()),
  }).nullable().describe('As declared; null when there was no handshake.'),
  verdict,
  headline: z.string(),
  problem: z.string().nullable().describe('Why the adapter could not be driven.'),
  partial: z.object({ run: z.array(z.string()), skip: z.array(z.string()), fail_fast: z.boolean() }).nullable()
    .describe('What left checks out; null when all that is required was run.'),
  summary: z.object({ total: n, passed: n, failed: n, unsupported: n, deselected: n })
    .describe('Over the checks that profile, declared level and declared formats require; the other members add up to `total`.'),
  notRequired: z.object({ held: n, exposed: n, unsupported: n, not_tried: n.describe('The scenario did not get to them: a step before came to something else.') }).describe('Over all other checks.'),
  undeclared: z.array(z.object({ what: z.string().describe('A level, a capability, or the files of a role.'), checks: n })).describe('What the unsupported checks of scenarios would need.'),
  chapters: z.object({ proposal: z.object({ passed: n, run: n }), repair: z.object({ passed: n, run: n }) })
    .describe('`proposal`: the checks of all other chapters that are required. `repair`: all of that chapter, required or not.'),
  holesExposed: z.array(z.string()),
  vectors: z.object({ cases: n, passed: n, failed: n, not_judged: n, not_ours: n })
    .describe('`cases` of the required checks were sent and judged, and `passed` and `failed` add up to it; the other two stand beside it.'),
  scenarios: z.object({ run: n, passed: n, synced: n })
    .describe('`passed`: no check of theirs that is required failed. `synced`: the node was asked to sync; in the others nothing is about the disk.'),
  crashes: z.object({
    asked: z.string().describe('`all`, `none`, or the name of a point.'),
    run: n, survived: n,
    points: z.array(z.object({ point: z.string(), disk: z.enum(['dir', 'virtual']), power: z.boolean().describe('The power failed with it.'), twice: z.boolean().optional().describe('The node was made to die once more on its way back.'), run: n, survived: n })),
  }).describe('Crashes that were made at the named points, one in a run of a scenario, or two.'),
  clauses: z.object({ exercised: n, required: n, missing: z.array(z.string()) })
    .describe('Clauses of the declared levels in the chapters of the profile; exercised by at least one check that came to its verdict by answers.'),
  failures: z.array(reportFailure),
  unjudged: z.array(unjudgedGroup).describe('Vector groups that this version of the suite keeps and does not judge.'),
  notes: z.array(z.string()),
}).meta({ id: 'Report' });
export type Report = z.infer<typeof report>;
