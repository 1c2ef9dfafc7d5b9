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

// ── 2. Your functions, one a group of vectors ───────────────────────────────────────────────────────────────────

/** A correct no of the operation under test; `reasons` are the cause and its outer marks. */
class Refused extends Error {
  readonly reasons: string[];
  constructor(...reasons: string[]) {
    super(reasons.join(', '));
    this.reasons = reasons;
  }
}

/** Takes the members of `input`, calls your implementation, gives the members of `observed`; throws Refused for a no. */
type Vector = (input: Record<string, unknown>) => Record<string, unknown>;

const vectors: Record<string, Vector> = {
  // 'proposal-envelope/decode': ({ entry_data }) => { … return { proposal_id: '1', payload: 'e7d5273f' }; },
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

function answer({ id, op, args }: Request): Reply {
  try {
    if (op === 'hello') return { id, ok: declaration };
    if (op === 'bye' || op === 'reset') return { id, ok: {} };
    const group = `${String(args['format'])}/${String(args['group'])}`;
    const vector = op === 'vec' ? vectors[group] : undefined;
    // Whatever you do not know, now or in a later version of the suite, is unsupported: never a crash, never silence.
    if (vector === undefined) return { id, unsupported: { what: op === 'vec' ? group : op } };
    return { id, ok: answerVector(vector, args['input'] as Record<string, unknown>) };
  } catch (error) {
    // Something in the adapter broke. This always fails the check; never let it pass for a refusal.
    return { id, fault: { message: String(error) } };
  }
}

// ── 5. The loop: one JSON object a line on stdin and stdout. Logs go to stderr (console.error), never to stdout ─

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  process.stdout.write(`${JSON.stringify(answer(request))}\n`);
  if (request.op === 'bye') break;
}
