/**
 * Plays a scenario on the reference in one of its compositions, and says what came of each step: what a finding tells is what
 * was seen. Nodes on virtual disks, so that it comes to the same each time.
 */
import { fileURLToPath } from 'node:url';
import type { Composition } from '../../spec/rules.js';
import { Directories } from '../../conformance/runner/directories.js';
import { kekOf } from '../../conformance/runner/handshake.js';
import { brokenInvariants, type BrokenInvariants } from '../../conformance/runner/invariants.js';
import type { Moment, Played } from '../../conformance/runner/played.js';
import { playOnce, prepared } from '../../conformance/runner/scenario-run.js';
import { Sessions } from '../../conformance/runner/sessions.js';
import type { Followed } from '../../conformance/scenarios/follow.js';
import type { LoadedScenario } from '../../conformance/scenarios/load.js';
import type { Scenario } from '../../conformance/scenarios/schema.js';

const SEED = '5e1f02';
const adapter = fileURLToPath(new URL('../../conformance/adapters/reference/main.js', import.meta.url));

/** One step as it went on one node. */
export interface Went {
  readonly followed: Followed;
  /** Its parts in their order; none where it was passed over, or not reached. */
  readonly moments: readonly Moment[];
}

/** How a scenario went on a composition. */
export interface Run {
  readonly scenario: Scenario;
  readonly composition: Composition;
  readonly steps: readonly Went[];
  /** Those that its own steps do not break. */
  readonly broken: BrokenInvariants;
  /** The slugs of the checks that failed by an answer. */
  readonly failed: readonly string[];
  readonly stopped: Played['stopped'];
}

/** Plays scenarios on one composition, one after the other in one process. */
export async function runsOf(composition: Composition, scenarios: readonly LoadedScenario[]): Promise<ReadonlyMap<string, Run>> {
  const directories = Directories.below(null);
  const sessions = new Sessions({
    command: [process.execPath, adapter, '--virtual', '--composition', composition], profile: composition === 'repaired' ? 'repaired' : 'proposal',
    seed: SEED, slow: 4, out: null, dataRoot: directories.root, digest: 'sha256:findings', onEvent: () => {},
  });
  try {
    const runs = new Map<string, Run>();
    for (const loaded of scenarios) {
      const { id, sync } = loaded.scenario;
      const ready = prepared({ loaded, checks: [], invariants: [], ofCrashes: [] }, Buffer.from(kekOf(SEED), 'hex'));
      const { played } = await playOnce(ready, { sessions, directories }, { disk: 'virtual', sync, asked: { case: { id } }, impatient: false });
      runs.set(id, {
        scenario: loaded.scenario, composition, stopped: played.stopped,
        broken: new Map([...brokenInvariants(ready.followed, played)].filter(([name]) => !loaded.scenario.suspends.includes(name))),
        failed: [...played.verdicts].flatMap(([check, failure]) => failure?.kind === 'answer' ? [check] : []),
        steps: ready.followed.map((followed) => ({
          followed, moments: played.moments.filter(({ step, node }) => step === followed.number && node === followed.step.on),
        })),
      });
    }
    return runs;
  } finally {
    await sessions.close();
    await directories.end();
  }
}
