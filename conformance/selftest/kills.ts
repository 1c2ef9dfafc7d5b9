/**
 * The kill matrix as data: which check kills which mutant, by which answers, and what a composition fails before anything
 * is wrong with it. Here it is compared with what the mutants claim and with the record that is kept in the repository.
 */
import { z } from 'zod';
import type { Claim, ListedMutant } from './mutants.js';

/** What was answered, such as `valid`, `invalid wire-version` or `broken`, to the failing cases that were answered so. */
const answers = z.record(z.string(), z.array(z.string()).min(1));

/** One check that failed by answers. */
export interface Failure { readonly check: string; readonly answers: z.infer<typeof answers> }

/** One check that failed on a mutant's own answers, in cases that its base passes. */
export const kill = z.strictObject({ mutant: z.string(), check: z.string(), answers });
export type Kill = z.infer<typeof kill>;

/** One check that a composition of the reference fails by itself: there it kills nobody. */
export const baseFailure = z.strictObject({ base: z.string(), check: z.string(), answers });
export type BaseFailure = z.infer<typeof baseFailure>;

/** All of it, each list in the order of the record. */
export interface KillRecord { readonly bases: readonly BaseFailure[]; readonly kills: readonly Kill[] }

/** One thing that is wrong: with a mutant, a check, the record or the runner. A self-test without findings passes. */
export interface Finding {
  readonly part: 'mutants' | 'rules' | 'puppet';
  /** Id of the mutant or check, or name of the misbehaviour. */
  readonly subject: string;
  readonly says: string;
}

/** An answer in the words of the record. */
export const answerText = (result: string, reasons: readonly string[]): string => [result, reasons.join('+')].filter((part) => part !== '').join(' ');

const meets = (claim: Claim['answers'], answer: string): boolean => {
  const [result, reasons = ''] = answer.split(' ');
  return result === claim.result && (claim.reason === undefined || reasons.split('+').includes(claim.reason));
};

const showClaim = ({ result, reason }: Claim['answers']): string => answerText(result, reason === undefined ? [] : [reason]);

/** The cases of a check that a claim speaks of: those of its crash where it names one, all others where it does not. */
const isCaseOf = ({ crash }: Claim) => (id: string): boolean =>
  crash === undefined ? !id.includes('@') : [crash.point, `virtual:${crash.point}`].some((point) => id.startsWith(`${crash.scenario}@${point}#`));

/** Survivors, and claims that do not hold. `clauseOf` is that of a check, by id. */
export function judgeClaims(mutants: readonly ListedMutant[], kills: readonly Kill[], clauseOf: ReadonlyMap<string, string>): Finding[] {
  return mutants.flatMap((mutant): Finding[] => {
    const finding = (says: string): Finding => ({ part: 'mutants', subject: mutant.id, says });
    const own = kills.filter((each) => each.mutant === mutant.id);
    if (own.length === 0) return [finding(`survives: no check of ${mutant.format} fails on it (${mutant.wrong})`)];
    const claims = mutant.claims.flatMap((claim): Finding[] => {
      const { check, crash, answers: claimed } = claim;
      const where = crash === undefined ? check : `${check}, in a crash at ${crash.point} in ${crash.scenario}`;
      const found = Object.entries(own.find((each) => each.check === check)?.answers ?? {}).filter(([, cases]) => cases.some(isCaseOf(claim))).map(([answer]) => answer);
      if (found.length === 0) return [finding(`claims to be killed by ${where}, which does not fail on it; these do: ${own.map((each) => each.check).join(', ')}`)];
      if (found.some((answer) => meets(claimed, answer))) return [];
      return [finding(`claims to answer "${showClaim(claimed)}" in ${where}; where that fails it answers ${found.map((answer) => `"${answer}"`).join(', ')}`)];
    });
    return mutant.claims.some(({ check }) => clauseOf.get(check) === mutant.clause) ? claims
      : [...claims, finding(`breaks ${mutant.clause} and claims no check of that clause`)];
  });
}

// ── The record ──────────────────────────────────────────────────────────────────────────────────────────────────

const byText = (left: string, right: string): number => left < right ? -1 : left > right ? 1 : 0;

const orderedAnswers = (found: Failure['answers']): Failure['answers'] =>
  Object.fromEntries(Object.entries(found).sort(([left], [right]) => byText(left, right)).map(([answer, cases]) => [answer, [...cases].sort(byText)]));

/** The one order in which kills are written: by mutant in the order of the table, then by check. */
export function ordered(mutants: readonly ListedMutant[], kills: readonly Kill[]): Kill[] {
  const place = new Map(mutants.map(({ id }, at) => [id, at]));
  return kills.map(({ mutant, check, answers: found }) => ({ mutant, check, answers: orderedAnswers(found) }))
    .sort((left, right) => (place.get(left.mutant) ?? 0) - (place.get(right.mutant) ?? 0) || byText(left.check, right.check));
}

/** The one order in which the failures of bases are written. */
export const orderedBases = (bases: readonly BaseFailure[]): BaseFailure[] => bases.map(({ base, check, answers: found }) => ({ base, check, answers: orderedAnswers(found) }))
  .sort((left, right) => byText(left.base, right.base) || byText(left.check, right.check));

/** The text of the record: a JSON list with one failure of a base or one kill a line. */
export function recordText({ bases, kills }: KillRecord): string {
  const all = [...bases, ...kills];
  return all.length === 0 ? '[]\n' : `[\n${all.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`;
}

/** @throws SyntaxError or ZodError when the text is no record */
export function parseRecord(text: string): KillRecord {
  const all = z.array(z.union([kill, baseFailure])).parse(JSON.parse(text));
  return { bases: all.filter((each) => 'base' in each), kills: all.filter((each) => 'mutant' in each) };
}

/** A record with kills of a part of it put in the place of those that it has: what is no longer there is left out. */
export function joined(record: KillRecord, { bases, kills }: KillRecord, { mutants, suite }: {
  readonly mutants: readonly ListedMutant[];
  readonly suite: { readonly checks: readonly { readonly id: string }[]; readonly scenarioChecks: readonly { readonly id: string }[]; readonly invariantChecks: readonly { readonly id: string }[] };
}): KillRecord {
  const keyOf = ({ mutant, check }: Kill): string => `${mutant} ${check}`;
  const known = new Set(mutants.map(({ id }) => id));
  const checks = new Set([...suite.checks, ...suite.scenarioChecks, ...suite.invariantChecks].map(({ id }) => id));
  const all = new Map(record.kills.filter(({ mutant, check }) => known.has(mutant) && checks.has(check)).map((each) => [keyOf(each), each]));
  for (const each of kills) all.set(keyOf(each), { ...each, answers: { ...all.get(keyOf(each))?.answers, ...each.answers } });
  // What a base fails by itself was seen where it ran; the rest stays as it was.
  const failing = new Map([...record.bases, ...bases].map((each) => [`${each.base} ${each.check}`, each]));
  return { bases: orderedBases([...failing.values()]), kills: ordered(mutants, [...all.values()]) };
}

interface Compared { readonly subject: string; readonly check: string; readonly answers: Failure['answers'] }

/** Where two lists differ, in the words of each. */
function differences(before: readonly Compared[], now: readonly Compared[], words: { readonly gone: string; readonly come: string }): Finding[] {
  const keyed = (list: readonly Compared[]): Map<string, Compared> => new Map(list.map((each) => [`${each.subject} ${each.check}`, each]));
  const [was, is] = [keyed(before), keyed(now)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key): Finding[] => {
    const [old, fresh] = [was.get(key), is.get(key)];
    const { subject, check } = (old ?? fresh) as Compared;
    const finding = (says: string): Finding[] => [{ part: 'mutants', subject, says: `${says} (kills.json; selftest --record writes it anew)` }];
    if (fresh === undefined) return finding(`${check} ${words.gone}`);
    if (old === undefined) return finding(`${check} ${words.come}, which the record does not have`);
    return JSON.stringify(old.answers) === JSON.stringify(fresh.answers) ? [] : finding(`${check}: the record has ${counts(old)}, now it is ${counts(fresh)}`);
  });
}

/** Where the kills differ from the record. Only mutants that ran are compared, and the record must know no others. */
export function judgeRecord(recorded: readonly Kill[], kills: readonly Kill[], ran: ReadonlySet<string>, known: ReadonlySet<string>): Finding[] {
  const strangers = new Set(recorded.map(({ mutant }) => mutant).filter((id) => !known.has(id)));
  const compared = (list: readonly Kill[]): Compared[] => list.filter(({ mutant }) => ran.has(mutant)).map(({ mutant, ...rest }) => ({ subject: mutant, ...rest }));
  return [
    ...[...strangers].map((subject): Finding => ({ part: 'mutants', subject, says: 'stands in the record and is no mutant (kills.json; selftest --record writes it anew)' })),
    ...differences(compared(recorded), compared(kills), { gone: 'killed it in the record and does so no longer', come: 'kills it' }),
  ];
}

/** Where kills that are a part of all differ from the record of all: one that it does not have, and what it names that there is not any more. */
export function judgePart(recorded: readonly Kill[], found: readonly Kill[], { mutants, checks }: { readonly mutants: ReadonlySet<string>; readonly checks: ReadonlySet<string> }): Finding[] {
  const finding = (subject: string, says: string): Finding => ({ part: 'mutants', subject, says: `${says} (kills.json; selftest --record writes it anew)` });
  const record = new Map(recorded.map((each) => [`${each.mutant} ${each.check}`, each]));
  const dead = new Set(recorded.map(({ mutant }) => mutant));
  return [
    ...[...mutants].filter((id) => !dead.has(id)).map((id) => finding(id, 'has no kill in the record')),
    ...recorded.filter(({ mutant, check }) => !mutants.has(mutant) || !checks.has(check)).map(({ mutant, check }) => finding(mutant, `${check} is in the record, and mutant or check is no more`)),
    ...found.flatMap(({ mutant, check, answers: fresh }): Finding[] => {
      const old = record.get(`${mutant} ${check}`)?.answers ?? {};
      const same = Object.entries(fresh).every(([answer, cases]) => cases.every((id) => old[answer]?.includes(id) === true));
      return same ? [] : [finding(mutant, `${check} kills it otherwise than the record has it`)];
    }),
  ];
}

/** Where what the compositions fail by themselves differs from the record. All of them ran. */
export function judgeBases(recorded: readonly BaseFailure[], found: readonly BaseFailure[]): Finding[] {
  const compared = (list: readonly BaseFailure[]): Compared[] => list.map(({ base, ...rest }) => ({ subject: `the composition ${base}`, ...rest }));
  return differences(compared(recorded), compared(found), { gone: 'fails on it in the record and does so no longer', come: 'fails on it' });
}

const counts = ({ answers: found }: Compared): string => Object.entries(found).map(([answer, cases]) => `"${answer}" in ${cases.length}`).join(', ');
