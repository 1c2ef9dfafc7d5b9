/**
 * Cases of class file: the runner lays out a directory, asks about a path in it, and then looks for itself at what came of
 * it. So an adapter is told nothing but the path, and what it says of its own doing is not taken for it.
 *
 * Input: a case, and how to ask. Output: the answer, with what the runner saw beside what the adapter said.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { sidecarText, type SidecarFields } from '../oracle/sidecar-text.js';
import { vecReply, type VecReply } from '../protocol/messages.js';
import type { mode as modeSchema } from '../protocol/values.js';
import { declaration, shapeProblem } from '../vectors/declared.js';
import type { Input } from '../vectors/sort/rules.js';
import type { Answer } from './client.js';

type Outputs = Readonly<Record<string, unknown>>;

/** A directory that is laid out. */
interface Laid {
  /** What is sent. */
  readonly input: Record<string, unknown>;
  /** Outputs that the runner adds to an answer, or puts in the place of its own. */
  readonly seen?: (answer: VecReply) => Outputs;
  /** Outputs that are expected of a refusal beyond those of the case. */
  readonly ofRefusal?: Outputs;
}

/** An answer with what is expected of it beyond its case. */
export type Seen = Answer & { readonly also?: Outputs };

/** The request of a case. */
export interface VectorRequest { readonly format: string; readonly group: string; readonly input: Record<string, unknown> }

/**
 * Asks for one case. One of class file gets a directory of its own below `dataRoot`, which is gone afterwards.
 *
 * @throws what `ask` throws
 */
export async function askCase(dataRoot: string, { format, group, input }: VectorRequest, ask: (request: VectorRequest) => Promise<Answer>): Promise<Seen> {
  const layOut = LAYOUTS[`${format}/${group}`];
  if (layOut === undefined) return ask({ format, group, input });
  let directory: string | undefined;
  try {
    let laid: Laid;
    try {
      directory = mkdtempSync(join(dataRoot, 'vector-'));
      laid = layOut(directory, input);
    } catch (error) {
      return { kind: 'suite-fault', detail: `its directory could not be laid out: ${codeOf(error)}` };
    }
    const problem = declaration(format, group)?.input.safeParse(laid.input).error;
    if (problem !== undefined) return { kind: 'suite-fault', detail: `input ${shapeProblem(problem, laid.input)}` };
    return withSeen(await ask({ format, group, input: laid.input }), laid);
  } finally {
    if (directory !== undefined) discard(directory);
  }
}

function withSeen(answer: Answer, { seen, ofRefusal }: Laid): Seen {
  if (answer.kind !== 'reply' || !('ok' in answer.reply)) return answer;
  const read = vecReply.safeParse(answer.reply.ok);
  // What is no answer to a vector is left for the judge as it came.
  if (!read.success) return answer;
  let outputs: Outputs;
  try {
    outputs = seen?.(read.data) ?? {};
  } catch (error) {
    return { kind: 'malformed', detail: `left a directory behind that cannot be looked at: ${codeOf(error)}` };
  }
  return {
    ...answer, reply: { ...answer.reply, ok: { ...answer.reply.ok, observed: { ...read.data.observed, ...outputs } } },
    ...(ofRefusal !== undefined && read.data.result === 'invalid' && { also: ofRefusal }),
  };
}

/** An adapter may have left there what cannot be removed; the whole data directory is, at the end. */
function discard(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // It stays until then.
  }
}

const codeOf = (error: unknown): string => error instanceof Error && 'code' in error ? String(error.code) : String(error);

// ── Layouts, one a group ────────────────────────────────────────────────────────────────────────────────────────

type Mode = z.infer<typeof modeSchema>;
const octal = (mode: Mode): number => Number.parseInt(mode, 8);
const PERMISSIONS = 0o777;

/** What lies in a file that is there before: longer than any sidecar, so that what is left of it shows. */
const LEFTOVER = 'left over from before\n'.repeat(1000);
const SIDECAR = 'keys.json';

/** By `<format>/<group>`: the inputs are as the group's declaration of what is laid out has them. */
const LAYOUTS: Readonly<Record<string, (directory: string, input: Input) => Laid>> = {
  'kek-wrap/file-checks': (directory, input) => layKekFile(directory, input as unknown as KekFile),
  'sidecar/file-state': (directory, { at_path }) => ({ input: { path: atPath(directory, String(at_path)) } }),
  'sidecar/write-effects': (directory, input) => layBefore(directory, input as unknown as WriteEffects),
  'sidecar/bump-epoch': layDocument,
  'snapshot-header/payload-file': layPayloadFile,
};

interface KekFile { readonly path: string; readonly kind: 'file' | 'directory' | 'fifo' | 'symlink' | 'nothing'; readonly content?: string; readonly mode?: Mode }

function layKekFile(directory: string, { path: name, kind, content = '', mode = '0600' }: KekFile): Laid {
  const path = join(directory, name);
  const target = kind === 'symlink' ? `${path}.target` : path;
  if (kind === 'directory') mkdirSync(path);
  else if (kind === 'fifo') execFileSync('mkfifo', [path]);
  else if (kind !== 'nothing') writeFileSync(target, Buffer.from(content, 'hex'));
  if (kind === 'symlink') symlinkSync(target, path);
  if (kind !== 'nothing') chmodSync(target, octal(mode));
  return {
    input: { path },
    // The name of the provider is told with the path as it stands in the vector.
    seen: ({ observed: { provider_name: said } }) => typeof said === 'string' ? { provider_name: said.replace(path, () => name) } : {},
  };
}

/** The path of a sidecar that is no readable file. */
function atPath(directory: string, what: string): string {
  const path = join(directory, ...(what === 'parent directory missing' ? ['missing'] : []), SIDECAR);
  if (what === 'directory') mkdirSync(path);
  return path;
}

type Before = { readonly name: string } & (
  | { readonly kind: 'file'; readonly mode: Mode } | { readonly kind: 'symlink'; readonly to: string } | { readonly kind: 'directory'; readonly contains?: string });
interface WriteEffects { readonly before: readonly Before[]; readonly file_name: string; readonly state: SidecarFields }

function layBefore(directory: string, { before, file_name, state }: WriteEffects): Laid {
  for (const each of before) {
    const path = join(directory, each.name);
    if (each.kind === 'symlink') symlinkSync(each.to, path);
    else if (each.kind === 'file') {
      writeFileSync(path, LEFTOVER);
      chmodSync(path, octal(each.mode));
    } else {
      mkdirSync(path);
      if (each.contains !== undefined) writeFileSync(join(path, each.contains), LEFTOVER);
    }
  }
  const text = sidecarText(state);
  return { input: { path: join(directory, file_name), state }, seen: () => ({ after: readdirSync(directory).sort().map((name) => found(join(directory, name), name, text)) }) };
}

/** One name of a directory; of a file also whether it holds this text. */
function found(path: string, name: string, text: string): Outputs {
  const stat = lstatSync(path);
  if (!stat.isFile()) return { name, kind: stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'other' };
  const mode = `0${(stat.mode & PERMISSIONS).toString(8).padStart(3, '0')}`;
  return { name, kind: 'file', mode, content: readFileSync(path).equals(Buffer.from(text)) ? 'new-state' : 'other' };
}

/** A sidecar with a text, one that is not there, or no path at all. */
function layDocument(directory: string, { path: given, at_path, document, document_hex, dek_id }: Input): Laid {
  if (given !== undefined) return { input: { path: given, dek_id } };
  if (at_path !== undefined) return { input: { path: atPath(directory, String(at_path)), dek_id } };
  const path = join(directory, SIDECAR);
  const content = typeof document === 'string' ? Buffer.from(document) : Buffer.from(String(document_hex), 'hex');
  writeFileSync(path, content, { mode: 0o600 });
  return { input: { path, dek_id }, seen: () => ({ text: existsSync(path) ? readFileSync(path, 'utf8') : '' }), ofRefusal: { text: content.toString('utf8') } };
}

function layPayloadFile(directory: string, { operation, index, payload, file, token_crc32c }: Input): Laid {
  const path = join(directory, 'payload.fsm');
  if (operation === 'name') return { input: { operation, index } };
  if (operation === 'write') return { input: { operation, path, payload }, seen: () => existsSync(path) ? { file: readFileSync(path).toString('hex') } : {} };
  writeFileSync(path, Buffer.from(String(file), 'hex'));
  return { input: { operation, path, token_crc32c } };
}
