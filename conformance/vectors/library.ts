/**
 * The library: the published vector files of the package, and golden files that a user adds, as checks.
 *
 * A check is the cases of one group that the sorting assigned to one clause. Its id is
 * `<format>/<group>/<clause slug>`; checks from added files carry the prefix `extra/`.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { clauses, type ClauseId } from '../../spec/clauses.js';
import type { Level } from '../protocol/messages.js';
import type { VectorClass } from '../protocol/formats/format.js';
import { packageRoot } from '../package-root.js';
import { InputError } from '../errors.js';
import { shapeProblem } from './declared.js';
import { importDirectory, parseJson, readJsonFiles, type SourceFile } from './import.js';
import { vectorFile, type Expectation, type VectorCase, type VectorFile } from './schema.js';
import type { Input } from './sort/rules.js';

/** A case that is judged. */
export interface JudgedCase {
  /** `<group>/<slug>`. */
  readonly id: string;
  /** As it stands in the file, long runs unexpanded. */
  readonly input: Input;
  /** Null in a choice, where the declared alternative says it. */
  readonly expect: Expectation | null;
  readonly alternatives: Readonly<Record<string, Expectation>> | null;
  readonly choice: ClauseId | null;
}

export interface Check {
  readonly id: string;
  readonly kind: 'vectors';
  readonly format: string;
  readonly group: string;
  readonly class: VectorClass;
  readonly clause: ClauseId;
  readonly level: Level;
  /** The profiles that it judges. */
  readonly profile: 'both' | 'proposal' | 'repaired';
  readonly cases: readonly JudgedCase[];
}

/** A group that is published and not judged yet. */
export interface UnjudgedGroup {
  /** `<format>/<group>`. */
  readonly id: string;
  readonly format: string;
  readonly group: string;
  readonly class: VectorClass;
  /** The clauses that it will exercise. */
  readonly clauses: readonly ClauseId[];
  readonly cases: number;
  readonly why: string;
}

export interface Library {
  /** `sha256:…` over the published files, the added ones and the clauses. */
  readonly digest: string;
  readonly checks: readonly Check[];
  readonly unjudged: readonly UnjudgedGroup[];
  /** Cases that were sorted out: misuse of one language's own interface. */
  readonly notOurs: number;
}

/** A published file with its path below the directory of vectors. */
export interface PublishedFile { readonly path: string; readonly bytes: Uint8Array; readonly file: VectorFile }

/** Where the package keeps its vectors. */
export const vectorsDirectory = (): string => join(packageRoot(), 'conformance', 'vectors');

/** The folders of published files, those of golden cases first. */
export const FOLDERS = ['golden', 'own'] as const;

/** Reads one published file. @throws InputError on a shape that is none */
export function readPublished(source: SourceFile, path: string): PublishedFile {
  const value = parseJson(source);
  const parsed = vectorFile.safeParse(value);
  if (!parsed.success) throw new InputError(`${source.name}: ${shapeProblem(parsed.error, value)}`);
  return { path, bytes: source.bytes, file: parsed.data };
}

/** The published files of a directory that holds `golden/` and `own/`. @throws InputError */
export const readPublishedFiles = (directory: string): PublishedFile[] => FOLDERS.flatMap((folder) =>
  readJsonFiles(join(directory, folder)).map((source) => readPublished(source, source.name.slice(join(directory, '/').length))));

/** Loads what is judged. @throws InputError naming the file, the case, what was expected and what came */
export function loadLibrary(options: { readonly extra?: string } = {}): Library {
  const published = readPublishedFiles(vectorsDirectory());
  const hash = createHash('sha256');
  const digested = (name: string, bytes: string | Uint8Array): void => {
    hash.update(`${name}\0${Buffer.byteLength(bytes)}\0`).update(bytes);
  };
  digested('clauses', JSON.stringify(clauses));
  for (const { path, bytes } of published) digested(path, bytes);

  const shelves = new Shelves();
  for (const { file } of published) shelves.add(file, '');
  for (const { source, file } of options.extra === undefined ? [] : importDirectory(options.extra)) {
    digested(`extra/${file.format}`, source.bytes);
    shelves.add(file, 'extra/');
  }
  return { digest: `sha256:${hash.digest('hex')}`, ...shelves.library() };
}

/** Gathers the cases of files into checks, in the order in which they come. */
class Shelves {
  readonly #checks = new Map<string, Omit<Check, 'cases'> & { readonly cases: JudgedCase[] }>();
  readonly #unjudged: UnjudgedGroup[] = [];
  #notOurs = 0;

  add({ format, groups }: VectorFile, prefix: string): void {
    for (const group of groups) {
      for (const one of group.cases) {
        if (one.sort === 'not-ours') this.#notOurs += 1;
        if (one.sort !== 'normative' && one.sort !== 'choice') continue;
        const profile = profileOf(one);
        const id = `${prefix}${checkId(format, group.id, one.clause, profile)}`;
        let check = this.#checks.get(id);
        if (check === undefined) {
          check = {
            id, kind: 'vectors', format, group: group.id, class: group.class,
            clause: one.clause, level: levelOf(one.clause, group.class), profile, cases: [],
          };
          this.#checks.set(id, check);
        }
        check.cases.push(judged(one));
      }
      const waiting = group.cases.filter((one) => one.sort === 'not-judged');
      const [first] = waiting;
      if (first !== undefined) {
        this.#unjudged.push({
          id: `${prefix}${format}/${group.id}`, format, group: group.id, class: group.class, clauses: group.clauses, cases: waiting.length, why: first.why,
        });
      }
    }
  }

  library(): Omit<Library, 'digest'> {
    return { checks: [...this.#checks.values()], unjudged: this.#unjudged, notOurs: this.#notOurs };
  }
}

/**
 * The level that a check of vectors needs. Test doubles and prepared directories stand in for what lies above a replica, so that none of
 * them needs more than L1, whatever its clause needs to be seen in a running node.
 */
function levelOf(clause: ClauseId, of: VectorClass): Level {
  const { level } = clauses[clause];
  return level === null || level === 'L0' ? 'L0' : of === 'codec' ? level : 'L1';
}

/** The profiles that judge a case. */
export const profileOf = (one: VectorCase): 'both' | 'proposal' => one.sort === 'normative' && one.profile === 'proposal' ? 'proposal' : 'both';

/** The permanent id of a check. What the profile `proposal` alone judges stands apart. */
export const checkId = (format: string, group: string, clause: ClauseId, profile: 'both' | 'proposal'): string =>
  `${format}/${group}/${clause.slice(clause.indexOf('/') + 1)}${profile === 'proposal' ? '-as-proposed' : ''}`;

const judged = (one: Extract<VectorCase, { clause: ClauseId }>): JudgedCase => one.sort === 'normative'
  ? { id: one.id, input: one.input, expect: one.expect, alternatives: null, choice: null }
  : { id: one.id, input: one.input, expect: null, alternatives: one.alternatives, choice: one.clause };
