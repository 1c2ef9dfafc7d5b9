/** Counts of published cases by format, class and sort: the one place from which documents take their numbers. */
import { vectorClass, type VectorClass } from '../protocol/formats/format.js';
import type { VectorCase, VectorFile } from './schema.js';

/** The cases of one format and class. */
export interface CountRow {
  readonly format: string;
  readonly class: VectorClass;
  /** Groups that hold such cases. */
  readonly groups: number;
  readonly normative: number;
  readonly choice: number;
  readonly notOurs: number;
  readonly notJudged: number;
  readonly cases: number;
}

/** One row a format and class, in the order of the files. */
export function countsOf(files: readonly VectorFile[]): CountRow[] {
  return [...new Set(files.map(({ format }) => format))].flatMap((format) => vectorClass.options.flatMap((name) => {
    const groups = files.filter((file) => file.format === format).flatMap((file) => file.groups).filter((group) => group.class === name);
    const cases = groups.flatMap((group) => group.cases);
    const count = (sort: VectorCase['sort']): number => cases.filter((one) => one.sort === sort).length;
    return cases.length === 0 ? [] : [{
      format, class: name, groups: new Set(groups.map(({ id }) => id)).size,
      normative: count('normative'), choice: count('choice'), notOurs: count('not-ours'), notJudged: count('not-judged'), cases: cases.length,
    }];
  }));
}

/** All rows together. */
export function sumOf(rows: readonly CountRow[]): Omit<CountRow, 'format' | 'class'> {
  const sum = (of: (row: CountRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    groups: sum((row) => row.groups), normative: sum((row) => row.normative), choice: sum((row) => row.choice),
    notOurs: sum((row) => row.notOurs), notJudged: sum((row) => row.notJudged), cases: sum((row) => row.cases),
  };
}
