/**
 * The verdict on one case: an expectation and what came for it in, nothing or the failure out. Pure.
 *
 * A vector is answered with `ok`, whatever its own result; any other outcome fails the case. The reply is held to the
 * protocol and its outputs to the declaration of the group, before the judge of vectors compares them.
 */
import { vecReply, type HelloReply } from '../protocol/messages.js';
import type { Failure } from '../report/events.js';
import { printable } from '../report/text.js';
import { declaration, shapeProblem } from '../vectors/declared.js';
import { judge } from '../vectors/judge.js';
import type { Expectation } from '../vectors/schema.js';
import type { Breakdown } from './client.js';
import type { Item } from './plan.js';
import type { Seen } from './prepared.js';

/** What came for a case: an answer of the process, or word that it was never asked. */
export type Got = Seen | { readonly kind: 'not-run'; readonly detail: string } | { readonly kind: 'answered-twice' };

// Failures are held until the end of the run, and no true answer has more.
const MOST_REASONS = 20;

/** Null: the case passed. */
export function judgeCase({ check, case: each }: Item, got: Got, hello: HelloReply): Failure | null {
  const expect = each.choice === null ? each.expect : alternative(each.choice, each.alternatives ?? {}, hello);
  if (expect === null) return { kind: 'suite-fault', expected: 'a case with an expectation', got: 'a case without one' };
  if ('undeclared' in expect) return { kind: 'choice-undeclared', expected: expect.undeclared, got: expect.got };
  const expected = describe(expect);

  switch (got.kind) {
    case 'breakdown': return { kind: got.breakdown.kind, expected, got: `the adapter ${got.breakdown.detail}${hint(got.breakdown)}` };
    case 'malformed': return { kind: 'malformed', expected, got: got.detail };
    case 'answered-twice': return { kind: 'answered-twice', expected: `${expected}, answered once`, got: 'a second reply to the same request' };
    case 'not-run': return { kind: 'not-run', expected, got: `not run: ${got.detail}` };
    case 'not-sent': return { kind: 'not-sent', expected, got: `not sent: ${got.detail}` };
    case 'suite-fault': return { kind: 'suite-fault', expected, got: `not sent, a fault of the suite and not of the adapter: ${got.detail}` };
    case 'reply': break;
  }
  if (!('ok' in got.reply)) {
    return { kind: got.outcome === 'ok' ? 'malformed' : got.outcome, expected, got: printable(`the outcome "${got.outcome}"${words(got.reply)}`) };
  }

  const read = vecReply.safeParse(got.reply.ok);
  if (!read.success) return { kind: 'malformed', expected, got: printable(`an answer that is not one of the protocol: ${shapeProblem(read.error, got.reply.ok)}`) };
  const declared = declaration(check.format, check.group)?.observed.safeParse(read.data.observed);
  const answer = { result: read.data.result, reasons: read.data.reasons.slice(0, MOST_REASONS).map((name) => printable(name)) };
  if (declared?.success === false) {
    const wrong = shapeProblem(declared.error, read.data.observed);
    return { kind: 'malformed', expected, got: printable(`outputs that are not those of ${check.format}/${check.group}: observed.${wrong}`), answer };
  }
  const mismatch = judge(got.also === undefined ? expect : { ...expect, observed: { ...expect.observed, ...got.also } }, read.data, hello.reasons);
  if (mismatch === null) return null;
  const of = mismatch.kind === 'observed' ? '' : `${mismatch.kind} `;
  return {
    kind: 'answer', expected: printable(of + mismatch.expected), got: printable(of + mismatch.got), answer,
    ...(mismatch.member !== undefined && { member: mismatch.member }),
  };
}

/** The expectation of the declared alternative, or what is wrong with the declaration. */
function alternative(clause: string, alternatives: Readonly<Record<string, Expectation>>, hello: HelloReply): Expectation | { undeclared: string; got: string } {
  const chosen = Object.hasOwn(hello.choices, clause) ? hello.choices[clause] : undefined;
  const found = chosen !== undefined && Object.hasOwn(alternatives, chosen) ? alternatives[chosen] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(alternatives).map((name) => `"${name}"`).join(' or ');
  return {
    undeclared: `hello to declare in "choices" which alternative of ${clause} the implementation takes, ${names}`,
    got: chosen === undefined ? 'no declaration' : `"${printable(chosen)}"`,
  };
}

/** An expectation in a few words. */
export function describe({ result, reasons, reasons_any_of }: Expectation): string {
  const sets = reasons_any_of ?? (reasons === undefined ? [] : [reasons]);
  return sets.length === 0 ? result : `${result} (${sets.map((set) => set.join(' + ')).join(' or ')})`;
}

function words(reply: object): string {
  if ('unsupported' in reply) return `, of something that the handshake declared: ${(reply.unsupported as { what: string }).what}`;
  if ('fault' in reply) return `: ${(reply.fault as { message: string }).message}`;
  const no = 'refused' in reply ? reply.refused : 'halted' in reply ? reply.halted : null;
  if (no === null) return ', which is none for a vector';
  return ` (${(no as { reasons: readonly string[] }).reasons.join(' + ')}); a refused vector is answered with "ok" and result "invalid"`;
}

/** What helps to understand a breakdown. */
export function hint({ kind, lastWords }: Breakdown): string {
  if (kind === 'garbage') return '; stdout belongs to the protocol, so a log goes to stderr (docs/adapter-guide.md)';
  return kind === 'exited' && lastWords !== undefined ? `; last on stderr: ${lastWords}` : '';
}

/** A breakdown that came when the case had its answer already. */
export const behind = (breakdown: Breakdown): Got => ({ kind: 'breakdown', breakdown: { ...breakdown, detail: `${breakdown.detail} (after it had answered this case)` } });

/** Breakdown in the words of a loss. */
export const lossOf = ({ detail }: Breakdown): string => `the adapter ${detail}`;
