/**
 * `npm run bench`: the figures that the project aims at, each as a ratio measured within the same run. Nothing here is a test, and a
 * missed aim is printed, not thrown.
 *
 * - wrap and unwrap against a raw seal and open with the same key object (envelope.ts)
 * - the apply path of a replica, wrapped entries against plain ones (apply.ts)
 * - a round trip of the protocol against a bare echo of lines
 * - the whole run against the bundled reference, ten times the vectors and ten times the scenarios, the crash points
 * - `npm start` of a built tree, and the suite's test of itself over its mutants
 */
import { benchApply } from './apply.js';
import { benchEnvelope } from './envelope.js';
import { benchRoundTrip } from './round-trip.js';
import { benchRun } from './whole-run.js';

for (const bench of [benchEnvelope, benchApply, benchRoundTrip, benchRun]) await bench();
