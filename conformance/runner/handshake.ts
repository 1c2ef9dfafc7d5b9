/**
 * The handshake: hello, then one operation that does not exist, which an adapter answers with `unsupported`. One that
 * says anything else to it says yes to everything, and nothing that it says can be trusted.
 *
 * Input: a command. Output: a session, that is a client and what its adapter declared; or what it did instead.
 */
import { createHash, randomBytes } from 'node:crypto';
import { packageVersion } from '../package-root.js';
import { helloReply, PROTOCOL, type HelloReply, type Profile } from '../protocol/messages.js';
import { printable } from '../report/text.js';
import { Client, type Answer, type ClientOptions } from './client.js';

export interface SessionOptions extends ClientOptions {
  readonly profile: Profile;
  readonly seed: string;
  readonly digest: string;
  readonly dataRoot: string;
}

export interface Session { readonly client: Client; readonly hello: HelloReply }

/** What the adapter did instead of a handshake; the message goes on from "the adapter". */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  /** It was understood and it is wrong: another try would end the same way. */
  readonly final: boolean;
  constructor(message: string, final: boolean) {
    super(message);
    this.final = final;
  }
}

/** The operation of the probe and of the fences: a name that nobody can know. */
export const unknownOperation = (): string => `no-such-operation-${randomBytes(6).toString('hex')}`;

/** The key-encryption key of the nodes of a run, 32 bytes as hex: it follows from the seed, and is no secret. */
export const kekOf = (seed: string): string => createHash('sha256').update(`cutcheck kek ${seed}`).digest('hex');

/** Starts a process and shakes hands. @throws SpawnError; HandshakeError, when its process is ended already */
export async function openSession(options: SessionOptions): Promise<Session> {
  const client = await Client.start(options);
  try {
    return { client, hello: await shakeHands(client, options) };
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function shakeHands(client: Client, { profile, seed, digest, dataRoot }: SessionOptions): Promise<HelloReply> {
  const started = performance.now();
  const answer = await client.request('hello', {
    protocol: PROTOCOL, suite: packageVersion(), digest, profile, seed, dataRoot,
    kek: kekOf(seed),
    nodeIds: ['n1', 'n2', 'n3'],
  }, client.limits.firstReplyMs);
  const hello = readHello(answer, client, started);
  client.maxLine = Math.min(client.maxLine, hello.limits.maxLine ?? client.maxLine);

  const probe = await client.request(unknownOperation(), {}, client.limits.firstReplyMs);
  if (probe.kind === 'breakdown') throw broken(probe, client, 'an operation that does not exist, which is answered with "unsupported"', started);
  if (probe.kind !== 'reply' || probe.outcome !== 'unsupported') {
    const said = probe.kind === 'reply' ? `"${probe.outcome}"` : probe.detail;
    throw new HandshakeError(`answered ${said} to an operation that does not exist, where "unsupported" is due, so that no answer of it can be trusted`, true);
  }
  return hello;
}

function readHello(answer: Answer, client: Client, started: number): HelloReply {
  if (answer.kind === 'breakdown') throw broken(answer, client, 'hello', started);
  if (answer.kind !== 'reply') throw new HandshakeError(`answered hello with ${answer.detail}`, true);
  const { reply, outcome } = answer;
  if (!('ok' in reply)) throw new HandshakeError(`answered hello with "${outcome}": ${printable(JSON.stringify(reply))}`, true);
  const read = helloReply.safeParse(reply.ok);
  if (!read.success) {
    const issues = read.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw new HandshakeError(`answered hello with a declaration that is not one of the protocol (${printable(issues)})`, true);
  }
  const { protocol } = read.data;
  if (protocol < PROTOCOL.min || protocol > PROTOCOL.max) {
    throw new HandshakeError(`speaks protocol ${protocol}, and this suite speaks ${PROTOCOL.min} to ${PROTOCOL.max}`, true);
  }
  return read.data;
}

function broken({ breakdown }: Extract<Answer, { kind: 'breakdown' }>, client: Client, to: string, started: number): HandshakeError {
  const did = breakdown.kind === 'timed-out' ? `stayed silent for ${Math.round((performance.now() - started) / 100) / 10} s after it was asked for ${to}`
    : `${breakdown.detail}, before it answered ${to}`;
  const last = client.stderrTail();
  const hint = breakdown.kind === 'garbage' ? '; stdout belongs to the protocol, so a log goes to stderr'
    : breakdown.kind === 'timed-out' ? '; most often the output is buffered: flush after every line' : '';
  return new HandshakeError(`${did}${hint}; ${last.length === 0 ? 'nothing was written to stderr' : `last on stderr: ${last.join(' | ')}`}`, false);
}
