/**
 * The kill matrix as data: which check kills which mutant, by which answers. Here it is compared with what the mutants
 * claim and with the record that is kept in the repository.
 */
import { z } from 'zod';
import type { Claim, ListedMutant } from './mutants.js';

/** One check that failed on a mutant's own answers. */
export const kill = z.object({
  mutant: z.string(),
  check: z.string(),
  /** What the mutant answered, such as `valid` or `invalid wire-version`, to the failing cases that it answered so. */
  answers: z.record(z.string(), z.array(z.string()).min(1)),
}).strict();
export type Kill = z.infer<typeof kill>;

/** One thing that is wrong: with a mutant, a check, the record or the runner. A self-test without findings passes. */
export interface Finding {
  readonly part: 'mutants' | 'puppet';
  /** Id of the mutant or name of the misbehaviour. */
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

/** Survivors, and claims that do not hold. */
export function judgeClaims(mutants: readonly ListedMutant[], kills: readonly Kill[]): Finding[] {
  return mutants.flatMap((mutant): Finding[] => {
    const finding = (says: string): Finding => ({ part: 'mutants', subject: mutant.id, says });
    const own = kills.filter((each) => each.mutant === mutant.id);
    if (own.length === 0) return [finding(`survives: no check of ${mutant.format} fails on it (${mutant.wrong})`)];
    const slug = mutant.clause.slice(mutant.clause.indexOf('/') + 1);
    const claims = mutant.claims.flatMap(({ check, answers }): Finding[] => {
      const found = own.find((each) => each.check === check);
      if (found === undefined) return [finding(`claims to be killed by ${check}, which does not fail on it; these do: ${own.map((each) => each.check).join(', ')}`)];
      const got = Object.keys(found.answers);
      if (got.some((answer) => meets(answers, answer))) return [];
      return [finding(`claims to answer "${showClaim(answers)}" in ${check}; where that fails it answers ${got.map((answer) => `"${answer}"`).join(', ')}`)];
    });
    return mutant.claims.some(({ check }) => check.endsWith(`/${slug}`)) ? claims
      : [...claims, finding(`breaks ${mutant.clause} and claims no check of that clause`)];
  });
}

// ── The record ──────────────────────────────────────────────────────────────────────────────────────────────────

const byText = (left: string, right: string): number => left < right ? -1 : left > right ? 1 : 0;

/** The one order in which kills are written: by mutant in the order of the table, then by check. */
export function ordered(mutants: readonly ListedMutant[], kills: readonly Kill[]): Kill[] {
  const place = new Map(mutants.map(({ id }, at) => [id, at]));
  return kills
    .map(({ mutant, check, answers }) => ({
      mutant, check,
      answers: Object.fromEntries(Object.entries(answers).sort(([left], [right]) => byText(left, right)).map(([answer, cases]) => [answer, [...cases].sort(byText)])),
    }))
    .sort((left, right) => (place.get(left.mutant) ?? 0) - (place.get(right.mutant) ?? 0) || byText(left.check, right.check));
}

/** The text of the record: a JSON list with one kill a line. */
export const recordText = (kills: readonly Kill[]): string => kills.length === 0 ? '[]\n' : `[\n${kills.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`;

/** @throws SyntaxError or ZodError when the text is no record */
export const parseRecord = (text: string): Kill[] => z.array(kill).parse(JSON.parse(text));

/** Where the kills differ from the record. Only mutants that ran are compared, and the record must know no others. */
export function judgeRecord(recorded: readonly Kill[], kills: readonly Kill[], ran: ReadonlySet<string>, known: ReadonlySet<string>): Finding[] {
  const keyed = (list: readonly Kill[]): Map<string, Kill> => new Map(list.filter(({ mutant }) => ran.has(mutant) || !known.has(mutant)).map((each) => [`${each.mutant} ${each.check}`, each]));
  const [before, now] = [keyed(recorded), keyed(kills)];
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((key): Finding[] => {
    const [was, is] = [before.get(key), now.get(key)];
    const { mutant, check } = (was ?? is) as Kill;
    const finding = (says: string): Finding[] => [{ part: 'mutants', subject: mutant, says: `${says} (kills.json; selftest --record writes it anew)` }];
    if (!known.has(mutant)) return finding('stands in the record and is no mutant');
    if (is === undefined) return finding(`${check} killed it in the record and does so no longer`);
    if (was === undefined) return finding(`${check} kills it, which the record does not have`);
    if (JSON.stringify(was.answers) !== JSON.stringify(is.answers)) {
      return finding(`${check}: the record has ${counts(was)}, now it is ${counts(is)}`);
    }
    return [];
  });
}

const counts = ({ answers }: Kill): string => Object.entries(answers).map(([answer, cases]) => `"${answer}" in ${cases.length}`).join(', ');
