/**
 * What the tests of the runner share: a small library of checks, and an adapter that can misbehave, whose processes can be
 * found again.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helloReply, type HelloReply } from '../conformance/protocol/messages.js';
import type { RunEvent } from '../conformance/report/events.js';
import type { Report } from '../conformance/report/schema.js';
import { run, type RunOptions } from '../conformance/runner/run.js';
import type { Check, JudgedCase, Library } from '../conformance/vectors/library.js';

export const toyCase = (id: string, input: Record<string, unknown>, expect: JudgedCase['expect'] = { result: 'valid', observed: { n: 1 } }): JudgedCase =>
  ({ id, input: { n: 1, ...input }, expect, alternatives: null, choice: null });
export const toyCheck = (group: string, cases: readonly JudgedCase[], more: Partial<Check> = {}): Check => ({
  id: `toy/${group}/proposal-decode`, kind: 'vectors', format: 'toy', group, class: 'codec', clause: 'base/proposal-decode', level: 'L0', profile: 'both', cases, ...more,
});
export const toyLibrary = (...checks: Check[]): Library => ({ digest: 'sha256:toy', checks, unjudged: [], notOurs: 3 });

/** Three cases of which the second makes the adapter misbehave, and a second group where all is well. */
export const troubled = (): Library => toyLibrary(
  toyCheck('bad', [toyCase('bad/before', {}), toyCase('bad/at', { act: true }), toyCase('bad/after', {})]),
  toyCheck('good', [toyCase('good/one', {}), toyCase('good/two', {})]),
);

export const ADAPTER = `
const [, , mode] = process.argv;
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const formats = { toy: ['codec'], other: ['codec'] };
const hello = { protocol: 1, implementation: { name: 'misfit', version: '1' }, level: 'L0', profile: 'repaired', formats };
let vectors = 0;
const acts = {
  hang: () => {},
  crash: () => { console.error('boom \\u001b[31m'); process.exit(3); },
  killed: () => process.kill(process.pid, 'SIGKILL'),
  garbage: (id, right) => { process.stdout.write('INFO hello\\n'); say(right); },
  wrongId: (id, right) => say({ ...right, id: id + 4711 }),
  future: (id, right) => { say(right); say({ ...right, id: id + 1e6 }); },
  unterminated: (id, right) => { process.stdout.write(JSON.stringify(right), () => process.exit(0)); },
  closedStdin: (id, right) => { require('fs').closeSync(0); say(right); setInterval(() => {}, 1e5); },
  twice: (id, right) => { say(right); say(right); },
  twiceLate: (id, right) => { say(right); setTimeout(() => say(right), 300); },
  refused: (id) => say({ id, refused: { reasons: ['too-short'] } }),
  halted: (id) => say({ id, halted: { reasons: ['too-short'] } }),
  unknown: (id) => say({ id, unknown: {} }),
  badShape: (id) => say({ id, ok: { result: 'perhaps' } }),
  noId: (id, right) => say({ ok: right.ok }),
  wrong: (id) => say({ id, ok: { result: 'invalid', reasons: ['too-short'] } }),
  exitAfter: (id, right) => { process.stdout.write(JSON.stringify(right) + '\\n', () => process.exit(0)); },
  once: (id, right) => (globalThis.answered ? process.exit(3) : say(right)),
  orphan: () => {
    require('child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e5)", process.argv[3]], { stdio: 'inherit' });
    setTimeout(() => process.exit(3), 100);
  },
};
require('readline').createInterface({ input: process.stdin }).on('line', (text) => {
  const { id, op, args } = JSON.parse(text);
  if (op === 'hello') {
    if (mode === 'helloTwice') { say({ id, ok: hello }); say({ id, ok: hello }); return; }
    if (mode === 'helloRefused') { say({ id, refused: { reasons: ['too-short'] } }); return; }
    if (mode === 'changes') hello.formats = { ...formats, [String(process.pid)]: ['codec'] };
    if (mode === 'choosy') hello.choices = { 'base/sidecar-json': 'sideways', 'base/nothing': 'x' };
    if (mode === 'small') hello.limits = { maxLine: 65536 };
    if (mode === 'bare') hello.formats = {};
    say({ id, ok: hello });
  } else if (op === 'vec') {
    if (mode === 'dead') return;
    const right = { id, ok: { result: 'valid', observed: { n: args.input.n, extra: 'ignored' }, more: 1 } };
    if (args.group === 'later') setTimeout(() => say(right), 200);
    else if (args.input.act && (acts[mode] || mode === 'changes')) (acts[mode] || acts.crash)(id, right); else say(right);
    globalThis.answered = true;
  } else if (op === 'bye') { say({ id, ok: {} }); if (mode !== 'lingers') process.exit(0);
  } else say({ id, unsupported: { what: op } });
});
if (mode === 'stubborn') process.on('SIGTERM', () => {});
if (mode === 'lingers') setInterval(() => {}, 1e5);
`;

export const home = mkdtempSync(join(tmpdir(), 'cutcheck-test-'));
export const adapterFile = join(home, 'misfit.cjs');
writeFileSync(adapterFile, ADAPTER);
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

/** A word in the adapter's arguments, by which its processes can be found. */
export const marker = (): string => `cutcheck-test-${randomUUID()}`;
export const misfit = (mode: string, mark = marker()): string[] => [process.execPath, adapterFile, mode, mark];

/** Processes that have the mark in their arguments and still run. */
export const alive = (mark: string): string[] => existsSync('/proc/self/cmdline') ? readdirSync('/proc').filter((name) => {
  if (!/^\d+$/.test(name)) return false;
  try {
    return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(mark) && !/\) Z /.test(readFileSync(`/proc/${name}/stat`, 'utf8'));
  } catch {
    return false;
  }
}) : [];

export async function judged(command: readonly string[], library: Library, more: Partial<RunOptions> = {}): Promise<{ report: Report; events: RunEvent[]; seconds: number }> {
  const events: RunEvent[] = [];
  const begun = performance.now();
  const report = await run({
    command, library, profile: 'repaired', run: [], skip: [], out: null, seed: '5eed', slow: 1, ...more, onEvent: (event) => events.push(event),
  });
  return { report, events, seconds: (performance.now() - begun) / 1000 };
}

export const kinds = ({ failures }: Report): string[] => failures.map((failure) => `${failure.case} ${failure.kind}`);

/** A declaration, with what a test is about. */
export const declares = (more: Partial<HelloReply> = {}): HelloReply => helloReply.parse({
  protocol: 1, implementation: { name: 'toy' }, level: 'L0', profile: 'repaired', formats: { toy: ['codec'] }, ...more,
});
