/**
 * An adapter to start from: copy this file and fill it in. It answers the handshake, declares nothing, and says
 * `unsupported` to the rest, which is a lawful adapter with nothing to score.
 *
 * It needs Node and nothing else: the import is of types only and is gone once the file is compiled. For another
 * language, write the same five parts there; docs/adapter-guide.md goes through them.
 */
import { createInterface } from 'node:readline';
import type { HelloAnswer, Reply, Request, VecAnswer } from 'cutcheck/protocol';

// ── 1. Who you are, and what you answer ─────────────────────────────────────────────────────────────────────────

const declaration: HelloAnswer = {
  protocol: 1,
  implementation: { name: 'my-node', version: '0.0.0', language: 'TypeScript' },
  // "L1" once the operations of part 2 are there: then also `files`, `caps` and `crashPoints`, as far as you have them. "L2" with
  // those of a leader.
  level: 'L0',
  // "proposal" if you follow the proposal to the letter, "repaired" if you follow its repair rules.
  profile: 'repaired',
  // Each vector format that you answer, with its classes: { 'proposal-envelope': ['codec'] }. What stands here is required
  // of you, so add a format when its functions below are there.
  formats: {},
  // For each clause that leaves a choice, the alternative that you take: { 'base/sidecar-json': 'strict' }.
  choices: {},
  // Your own error names to reasons of the table, where they differ: { BadVersion: 'version-byte' }.
  reasons: {},
};

// ── 2. Your functions: one a group of vectors, and from level L1 on one an operation of a node ───────────────────────

/** A correct no; `reasons` are the cause and its outer marks. With an index: the node stopped before that one. */
class Refused extends Error {
  readonly reasons: string[];
  readonly halted: { index: string } | null;
  constructor(reasons: string | string[], haltedBefore?: string) {
    super(String(reasons));
    this.reasons = [reasons].flat();
    this.halted = haltedBefore === undefined ? null : { index: haltedBefore };
  }
}

/** Takes the members of `input`, calls your implementation, gives the members of `observed`; throws Refused for a no. */
type Vector = (input: Record<string, unknown>) => Record<string, unknown>;

const vectors: Record<string, Vector> = {
  // 'proposal-envelope/decode': ({ entry_data }) => { … return { proposal_id: '1', payload: 'e7d5273f' }; },
};

/** Takes the arguments and the node that is meant, gives the members of `ok`; throws Refused for a no or a halt. */
type Operation = (args: Record<string, unknown>, node: string) => object | Promise<object>;

const operations: Record<string, Operation> = {
  // 'open': async ({ directory }, node) => { … return {}; },  then append, commit, apply, state, close, reset: docs/replica.md
  // 'role': async ({ is, term }, node) => { … return { entry }; },  then propose, admit, cancel, cutover.begin and the rest: docs/leader.md
};

// ── 3. One vector: a refusal is an answer, and not an error ─────────────────────────────────────────────────────

function answerVector(vector: Vector, input: Record<string, unknown>): VecAnswer {
  try {
    return { result: 'valid', observed: vector(input) };
  } catch (error) {
    if (error instanceof Refused) return { result: 'invalid', reasons: error.reasons };
    throw error;
  }
}

// ── 4. One request: exactly one outcome, under the id of the request ────────────────────────────────────────────

async function answer({ id, op, node = '', args }: Request): Promise<Reply> {
  try {
    if (op === 'hello') return { id, ok: declaration };
    if (Object.hasOwn(operations, op)) return { id, ok: { ...await operations[op]?.(args, node) } };
    if (op === 'bye' || op === 'reset') return { id, ok: {} };
    const group = `${String(args['format'])}/${String(args['group'])}`;
    const vector = op === 'vec' ? vectors[group] : undefined;
    // Whatever you do not know, now or in a later version of the suite, is unsupported: never a crash, never silence.
    if (vector === undefined) return { id, unsupported: { what: op === 'vec' ? group : op } };
    return { id, ok: answerVector(vector, args['input'] as Record<string, unknown>) };
  } catch (error) {
    if (error instanceof Refused) return error.halted === null ? { id, refused: { reasons: error.reasons } } : { id, halted: { reasons: error.reasons, ...error.halted } };
    // Something in the adapter broke. This always fails the check; never let it pass for a refusal.
    return { id, fault: { message: String(error) } };
  }
}

// ── 5. The loop: one JSON object a line on stdin and stdout. Logs go to stderr (console.error), never to stdout ─

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  process.stdout.write(`${JSON.stringify(await answer(request))}\n`);
  if (request.op === 'bye') break;
}
