/**
 * From events to what they say of each check: the fold that every rendering begins with. Pure.
 *
 * A check is failed by one failed case, and unsupported when nothing failed and at least one case was answered with
 * `unsupported`; so the two are disjoint.
 */
import type { EventOf, Failure, PlannedCheck, RunEvent } from './events.js';

export type CheckVerdict = 'passed' | 'failed' | 'unsupported' | 'deselected' | 'not-declared';

export interface TalliedCase { readonly id: string; readonly verdict: EventOf<'verdict'>['verdict']; readonly failure: Failure | undefined }
export interface TalliedCheck {
  readonly check: PlannedCheck;
  readonly verdict: CheckVerdict;
  readonly cases: readonly TalliedCase[];
  /** Its clause was put to the test: the verdict came from answers. */
  readonly exercised: boolean;
}

export interface Tally {
  readonly run: EventOf<'run'>;
  readonly hello: EventOf<'hello'>['declared'] | null;
  readonly plan: EventOf<'plan'> | null;
  readonly end: EventOf<'end'>;
  readonly checks: readonly TalliedCheck[];
  /** Answers that took longer than the soft limit. */
  readonly slowAnswers: number;
  readonly scenarios: readonly EventOf<'scenario'>[];
  readonly crashes: readonly EventOf<'crash'>[];
  /** By case, the file of its transcript. */
  readonly kept: ReadonlyMap<string, string>;
}

/** Where a check stands: its format, the folder of its scenario, the invariants or the crashes. */
export const shelfOf = ({ id, kind, format, scenario }: PlannedCheck): string =>
  kind === 'invariant' ? id.slice(0, id.indexOf('/')) : kind === 'scenario' ? `scenarios/${(scenario ?? '').slice(0, (scenario ?? '').lastIndexOf('/'))}` : format ?? '';

export function tally(events: readonly RunEvent[]): Tally {
  let [run, hello, plan, end]: [EventOf<'run'> | null, EventOf<'hello'> | null, EventOf<'plan'> | null, EventOf<'end'> | null] = [null, null, null, null];
  const cases = new Map<string, Map<string, TalliedCase>>();
  for (const event of events) {
    if (event.type === 'run') run = event;
    else if (event.type === 'hello') hello = event;
    else if (event.type === 'plan') plan = event;
    else if (event.type === 'end') end = event;
    else if (event.type === 'verdict') {
      const of = cases.get(event.check) ?? new Map<string, TalliedCase>();
      cases.set(event.check, of);
      of.set(event.case, { id: event.case, verdict: event.verdict, failure: event.failure });
    }
  }
  if (run === null || end === null) throw new Error('a log without its first or its last event is no report');
  const { stopped } = end;
  const { crash } = run;
  const checks = (plan?.checks ?? []).map((check): TalliedCheck => {
    const of = [...cases.get(check.id)?.values() ?? []];
    return {
      check, cases: of,
      verdict: verdictOf(check, of, stopped !== null || (isOfCrashes(check) && crash !== 'all')),
      exercised: of.length > 0 && (of.every(({ verdict }) => verdict === 'passed') || of.some(({ failure }) => failure?.kind === 'answer')),
    };
  });
  const all = <T extends RunEvent['type']>(type: T): EventOf<T>[] => events.filter((event): event is EventOf<T> => event.type === type);
  return { run, hello: hello?.declared ?? null, plan, end, checks, slowAnswers: all('slow').length, scenarios: all('scenario'), crashes: all('crash'), kept: new Map(all('kept').map(({ case: id, file }) => [id, file])) };
}

/** Of one point alone that nobody passes there is nothing to judge. */
const isOfCrashes = ({ kind, id }: PlannedCheck): boolean => kind === 'invariant' && id.startsWith('crashes/');

/** `maybe`: it is no failure that there is no case. */
function verdictOf(check: PlannedCheck, cases: readonly TalliedCase[], maybe: boolean): CheckVerdict {
  if (check.run === 'deselected') return 'deselected';
  if (check.run === 'unsupported') return 'not-declared';
  if (cases.length === 0) return maybe ? 'deselected' : 'failed';
  const has = (verdict: TalliedCase['verdict']): boolean => cases.some((each) => each.verdict === verdict);
  return has('failed') ? 'failed' : has('unsupported') ? 'unsupported' : 'passed';
}
