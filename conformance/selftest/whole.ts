/**
 * The whole minus one: every rule of the table dropped from the repaired design as a whole. It `fails` when an invariant of outcomes
 * breaks; else the rest of the design masks it. The checks that see it are named in either case: a gate that stands open shows, and
 * does no harm where the append rule stands behind it. Recorded, so that a rule that begins to bear weight, or ceases to, does not go
 * by unnoticed.
 *
 * Of the rules that are dropped from the whole anyway, the record of kills says what sees them; the others are run.
 */
import { z } from 'zod';
import type { Invariant } from '../scenarios/schema.js';
import type { JudgedSuite } from './judged.js';
import { trialsOf } from './judged.js';
import type { Drive } from './kill-matrix.js';
import type { Finding, KillRecord } from './kills.js';
import { mutantCommand, type ListedMutant } from './mutants.js';
import { inParallel } from './parallel.js';

/** The invariants of outcomes, by the numbers of spec/repair/invariants.md; the others restate rules. */
const OUTCOMES: readonly Invariant[] = ['I1', 'I2', 'I3', 'I4', 'I6', 'I7', 'I10', 'I13'];

/** What comes of the whole without one rule. */
export const wholeMinusOne = z.strictObject({ without: z.string(), comes_to: z.enum(['fails', 'masked']), breaks: z.array(z.string()), checks: z.array(z.string()) });
export type WholeMinusOne = z.infer<typeof wholeMinusOne>;

const WITHOUT = 'without-';
const WHOLE = 'repaired';

export interface WholeOptions {
  readonly mutants: readonly ListedMutant[];
  readonly suite: JudgedSuite;
  /** The whole record of kills. */
  readonly kills: KillRecord;
  readonly drive: Drive;
  readonly jobs?: number;
  readonly onRule?: (done: number, of: number) => void;
}

/** All rules, in the order of the table, and what went wrong beyond answers. */
export async function wholeMinusEach({ mutants, suite, kills, drive, jobs = 2, onRule }: WholeOptions): Promise<{ rows: WholeMinusOne[]; findings: Finding[] }> {
  const rules = mutants.filter(({ id }) => id.startsWith(WITHOUT));
  const others = rules.filter(({ base }) => base !== WHOLE);
  const own = new Set(kills.bases.filter(({ base }) => base === WHOLE).map(({ check }) => check));
  const seen = new Map<string, ReadonlySet<string>>();
  const findings: Finding[] = [];
  let done = 0;
  await inParallel(jobs, others, async (mutant) => {
    const failed = new Set<string>();
    for (const trial of trialsOf(mutant, suite)) {
      const { failures, troubles } = await drive(mutantCommand(mutant.id, WHOLE), trial, WHOLE);
      for (const { check } of failures) if (!own.has(check)) failed.add(check);
      findings.push(...troubles.map((says): Finding => ({ part: 'rules', subject: mutant.id, says })));
    }
    seen.set(mutant.id, failed);
    onRule?.(done += 1, others.length);
  });
  const rows = rules.map(({ id, base }): WholeMinusOne => {
    const checks = [...base === WHOLE ? new Set(kills.kills.filter(({ mutant }) => mutant === id).map(({ check }) => check)) : seen.get(id) ?? []].sort();
    const breaks = [...new Set(suite.invariantChecks.filter((check) => OUTCOMES.includes(check.invariant) && checks.includes(check.id)).map(({ invariant }) => invariant))];
    return { without: id.slice(WITHOUT.length), comes_to: breaks.length > 0 ? 'fails' : 'masked', breaks, checks };
  });
  return { rows, findings };
}

/** The text of the record: a JSON list with one rule a line. */
export const wholeText = (rows: readonly WholeMinusOne[]): string => `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;

/** @throws SyntaxError or ZodError when the text is no record */
export const parseWhole = (text: string): WholeMinusOne[] => z.array(wholeMinusOne).parse(JSON.parse(text));

/** Where the rows differ from the record. */
export function judgeWhole(recorded: readonly WholeMinusOne[], rows: readonly WholeMinusOne[]): Finding[] {
  const was = new Map(recorded.map((row) => [row.without, row]));
  const is = new Map(rows.map((row) => [row.without, row]));
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((rule): Finding[] => {
    const [old, fresh] = [was.get(rule), is.get(rule)];
    const finding = (says: string): Finding[] => [{ part: 'rules', subject: rule, says: `${says} (whole-minus-one.json; selftest --record writes it anew)` }];
    if (fresh === undefined) return finding('stands in the record and is no rule');
    if (old === undefined) return finding(`dropped from the whole it ${words(fresh)}, and the record does not have it`);
    return JSON.stringify(old) === JSON.stringify(fresh) ? [] : finding(`dropped from the whole it ${words(fresh)}; in the record it ${words(old)}`);
  });
}

const words = ({ comes_to: to, breaks, checks }: WholeMinusOne): string => `${to === 'masked' ? 'is masked' : `breaks ${breaks.join(', ')}`}, and ${checks.length} checks see it`;
