/**
 * The lint of the published vector files: are they whole, sorted as the rules sort them, judged by what their groups
 * declare, and do they exercise every clause that vectors can reach?
 *
 * A finding is something wrong in a file that can be read; a file that cannot is an InputError.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import { InputError } from '../errors.js';
import type { Group, VectorClass } from '../protocol/formats/format.js';
import { declaration, inputProblem, outputProblem, shapeProblem } from './declared.js';
import { expandInput } from './expand.js';
import { clausesOf, parseJson, publishedText, readJsonFiles, sortCase } from './import.js';
import { checkId, FOLDERS, profileOf } from './library.js';
import { vectorFile, type Expectation, type VectorCase, type VectorFile, type VectorGroup } from './schema.js';
import { sorting } from './sort/index.js';
import type { GroupSorting, Input } from './sort/rules.js';

export interface Finding {
  /** File, and case or group. */
  readonly where: string;
  readonly problem: string;
}

type Folder = (typeof FOLDERS)[number];

/** Everything wrong with the published files below a directory. @throws InputError on a file that cannot be read as JSON */
export function lint(directory: string): Finding[] {
  const findings: Finding[] = [];
  const report = (where: string, problem: string): void => {
    findings.push({ where, problem });
  };
  const state: State = { ids: new Map(), inputs: new Map(), exercised: new Set(), checks: new Map(), report };
  const folders = FOLDERS.filter((folder) => existsSync(join(directory, folder)));
  if (folders.length === 0) throw new InputError(`${directory}: expected published vectors (folders ${FOLDERS.join(' and ')}), got neither`);
  for (const folder of folders) {
    for (const source of readJsonFiles(join(directory, folder))) {
      const where = `${folder}/${basename(source.name)}`;
      const value = parseJson(source);
      const parsed = vectorFile.safeParse(value);
      if (!parsed.success) {
        report(where, `schema: ${shapeProblem(parsed.error, value)}`);
        continue;
      }
      if (publishedText(parsed.data) !== Buffer.from(source.bytes).toString()) report(where, 'not in the published form (one case on one line); write it anew');
      lintFile(state, folder, where, parsed.data);
    }
  }
  for (const [id, clause] of Object.entries(clauses) as [ClauseId, (typeof clauses)[ClauseId]][]) {
    if (clause.level === 'L0' && clause.implemented && !state.exercised.has(id)) report(id, 'a clause of L0 that no case exercises');
  }
  return findings;
}

interface State {
  /** Where an id was seen first: by format and id. */
  readonly ids: Map<string, string>;
  /** Where an input was seen first: by format, group and input. */
  readonly inputs: Map<string, { readonly where: string; readonly folder: Folder }>;
  readonly exercised: Set<ClauseId>;
  /** The clause of every check id. */
  readonly checks: Map<string, ClauseId>;
  readonly report: (where: string, problem: string) => void;
}

function lintFile(state: State, folder: Folder, where: string, file: VectorFile): void {
  const groups = Object.hasOwn(sorting, file.format) ? sorting[file.format] : undefined;
  if (groups === undefined) return state.report(where, `format: expected a known one (${Object.keys(sorting).join(', ')}), got "${file.format}"`);
  if (where !== `${folder}/${file.format}.json`) state.report(where, `file name: expected ${file.format}.json, after its format`);
  if (folder === 'golden' && file.source.sha256 === undefined) state.report(where, 'source: expected the sha256 of the imported file, got none');
  const seen = new Set<string>();
  for (const group of file.groups) {
    const rules = Object.hasOwn(groups, group.id) ? groups[group.id] : undefined;
    const place = `${where}: group ${group.id}`;
    if (seen.has(group.id)) state.report(place, 'a second group of this id');
    seen.add(group.id);
    if (rules === undefined) state.report(place, `expected a known group (${Object.keys(groups).join(', ')}), got another`);
    else lintGroup(state, folder, where, file.format, group, rules);
  }
}

function lintGroup(state: State, folder: Folder, where: string, format: string, group: VectorGroup, rules: GroupSorting): void {
  const place = `${where}: group ${group.id}`;
  if (group.class !== rules.class) state.report(place, `class: expected ${rules.class}, got ${group.class}`);
  const named = 'clauses' in rules ? rules.clauses : clausesOf(group.cases);
  if (named.join() !== group.clauses.join()) state.report(place, `clauses: expected ${named.join(', ')}, got ${group.clauses.join(', ') || 'none'}`);
  for (const one of group.cases) {
    const at = `${where}: case ${one.id}`;
    if (!one.id.startsWith(`${group.id}/`)) state.report(at, `id: expected one that begins with "${group.id}/"`);
    const earlier = state.ids.get(`${format} ${one.id}`);
    if (earlier !== undefined) state.report(at, `id: ${earlier} has it already`);
    else state.ids.set(`${format} ${one.id}`, where);
    lintCase(state, folder, at, format, group.id, one, rules);
  }
}

function lintCase(state: State, folder: Folder, at: string, format: string, groupId: string, one: VectorCase, rules: GroupSorting): void {
  const report = (problem: string): void => state.report(at, problem);
  if ('notJudged' in rules) {
    if (one.sort !== 'not-judged') report(`sort: expected not-judged (${rules.notJudged}), got ${one.sort}`);
    return;
  }
  if (one.sort === 'not-judged') return report('sort: expected a sorted case, since its group is judged; got not-judged');
  let expanded: Input;
  try {
    expanded = expandInput(one.input);
  } catch (error) {
    if (error instanceof InputError) return report(`input: ${error.message}`);
    throw error;
  }
  const key = `${format}/${groupId} ${canonical(expanded)}`;
  const twin = state.inputs.get(key);
  if (twin === undefined) state.inputs.set(key, { where: at, folder });
  else if (folder === 'own') report(`repeats the input of ${twin.where}`);
  if (folder === 'golden') lintSort(report, one, rules, expanded);
  else if (one.sort === 'not-ours') report('sort: expected a case that is judged, got not-ours');
  if (one.sort === 'not-ours') return;
  const declared = declaration(format, groupId);
  if (declared === undefined) return report(`expected a group that the protocol declares, got ${format}/${groupId}`);
  lintClause(state, report, checkId(format, groupId, one.clause, profileOf(one)), one.clause, rules.class);
  const problem = inputProblem(declared, expanded);
  if (problem !== null) report(problem);
  if (one.sort === 'normative') lintExpectation(report, declared, one.expect);
  else {
    const names = Object.keys(one.alternatives);
    const choices = clauses[one.clause].choices;
    if ([...names].sort().join() !== [...choices].sort().join()) {
      report(`alternatives: expected those of ${one.clause} (${choices.join(', ') || 'none'}), got ${names.join(', ') || 'none'}`);
    }
    for (const expect of Object.values(one.alternatives)) lintExpectation(report, declared, expect);
  }
}

/** Golden cases are sorted as the rules sort them. */
function lintSort(report: (problem: string) => void, one: VectorCase, rules: Extract<GroupSorting, { rules: unknown }>, expanded: Input): void {
  const rule = sortCase(rules.rules, expanded);
  if (rule === undefined) return report('sort: no rule of its group fits it');
  const want = rule.sort === 'not-ours' ? rule.sort : `${rule.sort} of ${rule.clause}`;
  const got = 'clause' in one ? `${one.sort} of ${one.clause}` : one.sort;
  if (want !== got) report(`sort: expected ${want} (${rule.why}), got ${got}`);
  else if ((rule.sort === 'normative' ? rule.profile : undefined) !== (one.sort === 'normative' ? one.profile : undefined)) report(`profile: expected that of its rule (${rule.why}), got another`);
  else if (rule.why !== one.why) report(`why: expected "${rule.why}", got "${one.why}"`);
}

function lintClause(state: State, report: (problem: string) => void, check: string, id: ClauseId, of: VectorClass): void {
  const clause = clauses[id];
  state.exercised.add(id);
  if (!clause.implemented) report(`clause: ${id} is still to come, and yet a case exercises it`);
  if (of === 'codec' && clause.level !== 'L0') report(`clause: ${id} is of ${clause.level ?? 'no level'}, and vectors of class codec exercise L0`);
  const other = state.checks.get(check);
  if (other !== undefined && other !== id) report(`check ${check} stands for ${other} too`);
  state.checks.set(check, id);
}

function lintExpectation(report: (problem: string) => void, declared: Group, expect: Expectation): void {
  const [one, any] = [expect.reasons !== undefined, expect.reasons_any_of !== undefined];
  if (expect.result === 'valid' && (one || any)) report('expect: reasons of a refusal, and the result is valid');
  if (one && any) report('expect: expected reasons or reasons_any_of, got both');
  try {
    const problem = outputProblem(declared, expect);
    if (problem !== null) report(problem);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    report(error.message);
  }
}

/** JSON with the members of objects in order, so that equal inputs read equal. */
const canonical = (value: unknown): string => JSON.stringify(value, (_name, inner: unknown) => {
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
  return Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)));
});
