/**
 * The self-test as a whole and what it stands on: the loop of an adapter, the reference as one, the puppet, the skeleton,
 * and the adapter guide, whose code and commands are executed here. The kill matrix has tests of its own.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { serve, Unsupported, type AdapterHandlers } from '../conformance/adapters/serve.js';
import { packageRoot } from '../conformance/package-root.js';
import { MAX_LINE } from '../conformance/protocol/messages.js';
import { allKinds, dueOf, judgeTrial, survivors, trialChecks, trials, type Outcome } from '../conformance/selftest/trials.js';
import { loadLibrary } from '../conformance/vectors/library.js';

const built = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const library = loadLibrary();
const HELLO = { protocol: { min: 1, max: 1 }, suite: '0', digest: 'd', profile: 'repaired', seed: '00', dataRoot: '/nowhere', kek: '00'.repeat(32), nodeIds: [] };

interface Ended { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs a command to its end. */
const command = (file: string, args: readonly string[], options: { readonly cwd?: string; readonly input?: string } = {}): Promise<Ended> => new Promise((resolve) => {
  const child = execFile(file, args, { maxBuffer: 1 << 26, ...(options.cwd !== undefined && { cwd: options.cwd }) }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
  });
  child.stdin?.end(options.input ?? '');
});
const cli = (args: readonly string[], cwd?: string): Promise<Ended> => command(process.execPath, [built('conformance/cli/main.js'), ...args], cwd === undefined ? {} : { cwd });

async function withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'cutcheck-test-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

// ── The loop ────────────────────────────────────────────────────────────────────────────────────────────────────

const handlers: AdapterHandlers = {
  hello: () => ({ implementation: { name: 'here' }, level: 'L0', profile: 'repaired', formats: {} }),
  vec: ({ group, input }) => {
    if (group === 'other') throw new Unsupported('vec other');
    if (group === 'broken') throw new TypeError('it broke');
    return { result: 'valid', observed: input };
  },
};

/** What the loop answers to these chunks of stdin. */
async function conversation(chunks: readonly (string | Uint8Array)[]): Promise<unknown[]> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let text = '';
  output.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  const over = serve(handlers, { input, output });
  for (const chunk of chunks) input.write(chunk);
  input.end();
  await over;
  return text.split('\n').slice(0, -1).map((line): unknown => JSON.parse(line));
}
const asked = (id: number, op: string, args: object): string => `${JSON.stringify({ id, op, args })}\n`;
const vec = (id: number, group: string): string => asked(id, 'vec', { format: 'f', group, input: { a: 1 } });

test('the loop answers each request with one outcome under its id, and ends with bye', async (t) => {
  t.deepEqual(await conversation([
    asked(3, 'hello', HELLO), vec(4, 'good') + vec(5, 'other'), vec(9, 'broken'), asked(10, 'no-such-operation', {}), asked(11, 'vec', { format: 'f' }),
    asked(12, 'reset', {}), asked(13, 'bye', {}), vec(14, 'good'),
  ]), [
    { id: 3, ok: { protocol: 1, implementation: { name: 'here' }, level: 'L0', profile: 'repaired', formats: {} } },
    { id: 4, ok: { result: 'valid', observed: { a: 1 } } },
    { id: 5, unsupported: { what: 'vec other' } },
    { id: 9, fault: { message: 'it broke' } },
    { id: 10, unsupported: { what: 'no-such-operation' } },
    { id: 11, fault: { message: 'the arguments of vec are not those of the protocol: group: Invalid input: expected string, received undefined; input: Invalid input: expected record, received undefined' } },
    { id: 12, ok: {} },
    { id: 13, ok: {} },
  ]);
});

test('the loop agrees on the highest common protocol number, and on none when there is none', async (t) => {
  const of = (min: number, max: number): string => asked(0, 'hello', { ...HELLO, protocol: { min, max } });
  t.like((await conversation([of(1, 7)]))[0], { ok: { protocol: 1 } });
  t.deepEqual(await conversation([of(2, 7)]), [{ id: 0, unsupported: { what: 'protocol 2 to 7' } }]);
});

test('the loop takes lines in pieces and characters in halves, and ends at the end of stdin', async (t) => {
  const line = Buffer.from(asked(1, 'vec', { format: 'f', group: 'g', input: { a: 'ü' } }));
  const pieces = Array.from(line, (_, at) => line.subarray(at, at + 1));
  t.deepEqual(await conversation([...pieces, asked(2, 'reset', {}).trimEnd()]), [{ id: 1, ok: { result: 'valid', observed: { a: 'ü' } } }]);
});

test('the loop gives up on what can have no reply', async (t) => {
  await t.throwsAsync(conversation(['hello\n']), { instanceOf: SyntaxError });
  await t.throwsAsync(conversation([Uint8Array.of(0x22, 0xff, 0x22, 0x0a)]), { instanceOf: TypeError });
  await t.throwsAsync(conversation(['{"op":"vec","args":{}}\n']), { message: /not a request of the protocol: id/ });
  await t.throwsAsync(conversation([`${' '.repeat(MAX_LINE)}\n`]), { message: /more than 1048576 bytes/ });
});

// ── The reference as an adapter ─────────────────────────────────────────────────────────────────────────────────

const talk = async (args: readonly string[], ...lines: string[]): Promise<unknown[]> => {
  const { code, stdout, stderr } = await command(process.execPath, [built('conformance/adapters/reference/main.js'), ...args], { input: lines.join('') });
  return code === 0 ? stdout.trim().split('\n').map((line): unknown => JSON.parse(line)) : [code, stderr];
};

test('the reference declares its formats, claims the profile that is asked for, and tells bad vectors from refused ones', async (t) => {
  const decode = (id: number, input: object): string => asked(id, 'vec', { format: 'proposal-envelope', group: 'decode', input });
  const [hello, valid, invalid, bad, none] = await talk(['--aead', 'noble'], asked(0, 'hello', { ...HELLO, profile: 'proposal' }),
    decode(1, { entry_data: '010000000000000001e7d5' }), decode(2, { entry_data: '' }), decode(3, { entry_data: 'e7D5' }),
    asked(4, 'vec', { format: 'proposal-envelope', group: 'toString', input: {} }));
  t.like(hello, { ok: { level: 'L2', profile: 'proposal', choices: { 'base/sidecar-json': 'strict', '6E-1/follower-call': 'refuse' }, formats: { 'proposal-envelope': ['codec'] } } });
  t.deepEqual(valid, { id: 1, ok: { result: 'valid', observed: { proposal_id: '1', payload: 'e7d5' } } });
  t.deepEqual(invalid, { id: 2, ok: { result: 'invalid', reasons: ['too-short'] } });
  t.regex(JSON.stringify(bad), /"fault".*the input is not that of proposal-envelope\/decode: entry_data/);
  t.deepEqual(none, { id: 4, unsupported: { what: 'vec proposal-envelope/toString' } });
});

test('the reference keeps to a pinned profile, and does not start on what it does not know', async (t) => {
  t.like((await talk(['--profile', 'proposal'], asked(0, 'hello', HELLO)))[0], { ok: { profile: 'proposal' } });
  for (const [args, says] of [[['--aead', 'rot13'], /--aead is "node" or "noble"/], [['--profile', 'x'], /--profile is/], [['--composition', 'x'], /--composition is "proposal", "upstream", .* or "base-b", not "x"/], [['--no-such'], /no-such/]] as const) {
    const [code, stderr] = await talk(args);
    t.not(code, 0);
    t.regex(String(stderr), says);
  }
});

// ── The puppet ──────────────────────────────────────────────────────────────────────────────────────────────────

test.serial('the suite holds: every mutant is found out as recorded, and the runner survives every misbehaviour of the puppet', async (t) => {
  t.timeout(600_000);
  const { code, stdout, stderr } = await cli(['selftest', '--json']);
  const document = JSON.parse(stdout) as { ok: boolean; findings: unknown[]; mutants: { run: number; kills: unknown[] }; puppet: { run: number } };
  t.deepEqual(document.findings, [], stderr);
  t.is(code, 0);
  t.true(document.ok && document.mutants.run > 30 && document.mutants.kills.length >= document.mutants.run);
  t.is(document.puppet.run, allKinds().length);
});

test('some misbehaviours are lawful, and the trials know them from the others', async (t) => {
  t.timeout(60_000);
  t.deepEqual(await trials(['splits-line', 'sends-event', 'answers-twice', 'bad-hello', 'node-exits-86', 'node-comes-back-wrong', 'node-cannot-forget'], library, { jobs: 1 }), []);
  t.deepEqual(allKinds().filter((kind) => dueOf(kind) === 'conformant'), ['talks-on-stderr', 'splits-line', 'sends-event', 'node-cannot-forget']);
});

test('a trial that goes otherwise is a finding', (t) => {
  const HERE = 'proposal-envelope/decode-rejects/proposal-decode';
  const good: Outcome = { verdict: 'nonconformant', problem: null, failures: [{ check: HERE, kind: 'fault' }, { check: HERE, kind: 'fault' }], ended: true, leftBehind: [] };
  const found = (kind: Parameters<typeof judgeTrial>[0], outcome: Partial<Outcome>): string => judgeTrial(kind, { ...good, ...outcome }).map(({ says: what }) => what).join('; ');
  t.is(found('fault', {}), '');
  t.regex(found('fault', { verdict: 'conformant', failures: [] }), /the verdict is conformant, and the adapter misbehaved; 2 cases fail as fault; the run has none/);
  t.regex(found('fault', { failures: [{ check: HERE, kind: 'exited' }, { check: HERE, kind: 'fault' }] }), /the run has exited, fault/);
  t.regex(found('fault', { failures: [...good.failures, { check: 'proposal-envelope/decode/proposal-decode', kind: 'fault' }] }), /fails .* too, where the adapter behaved/);
  t.regex(found('fault', { ended: false }), /did not end within/);
  t.is(found('fault', { leftBehind: [1, 2] }), 'left 2 processes behind');
  t.is(found('splits-line', { verdict: 'conformant', failures: [] }), '');
  t.regex(found('splits-line', {}), /is lawful, and the verdict is nonconformant/);
  t.is(found('stays-silent', { verdict: 'not-driven', problem: 'the adapter stayed silent', failures: [] }), '');
  t.regex(found('stays-silent', { verdict: 'not-driven', problem: 'something is wrong', failures: [] }), /does not name it/);
  t.regex(found('stays-silent', {}), /nothing could be driven/);
  const onNode = (...cases: string[]): Partial<Outcome> => ({ failures: cases.map((id) => ({ check: 'c', case: id, kind: 'exited' })) });
  t.is(found('node-exits-86', onNode('trials/here', 'trials/here@puppet.applied#1')), '');
  t.regex(found('node-exits-86', onNode()), /the scenario fails as exited; the run has none/);
  t.regex(found('node-exits-86', onNode('trials/here', 'trials/there')), /fails c too/);
  t.deepEqual(trialChecks(library).slice(0, 1).map(({ id, cases }) => [id, cases.length]), [[HERE, 2]]);
});

test('a process that was left behind is seen, and ended', async (t) => {
  const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => { sleeper.once('exit', (_, signal) => resolve(signal)); });
  t.deepEqual(await survivors([sleeper.pid ?? 0]), [sleeper.pid]);
  t.is(await ended, 'SIGKILL');
  t.deepEqual(await survivors([sleeper.pid ?? 0]), []);
});

// ── The skeleton and the guide ──────────────────────────────────────────────────────────────────────────────────

const skeleton = readFileSync(join(packageRoot(), 'conformance/adapters/skeleton/skeleton.ts'), 'utf8');

test('the skeleton is short and stands alone', (t) => {
  t.true(skeleton.split('\n').length < 100);
  t.deepEqual(skeleton.match(/^import .*$/gm), ["import { createInterface } from 'node:readline';", "import type { HelloAnswer, Reply, Request, VecAnswer } from 'cutcheck/protocol';"]);
});

test('the skeleton can be driven, and nothing of it is scored', async (t) => {
  const { code, stdout } = await withDirectory((directory) => cli(['run', '--json', '--out', directory, '--', process.execPath, built('conformance/adapters/skeleton/skeleton.js')]));
  t.is(code, 5);
  t.like(JSON.parse(stdout), { verdict: 'nothing-ran', problem: null, summary: { total: 0 } });
});

/** A transcript without what differs from run to run, or grows with the spec and the vectors. */
const steady = (transcript: string): string => transcript.split('\n').filter((line) => !line.startsWith('not exercised: ')).map((line) => line
  .replace(/ · seed [0-9a-f]+ · [\d.]+ s$/, '')
  .replace(/ · clauses \d+\/\d+ exercised/, '').replace(/ · not judged yet: .*$/, '').replace(/^not required: .*$/, 'not required')).join('\n');

test.serial('the guide leads from the skeleton to a green check, and its transcripts are what a run prints', async (t) => {
  t.timeout(120_000);
  const guide = readFileSync(join(packageRoot(), 'docs/adapter-guide.md'), 'utf8');
  const compile = (/^npx (tsc .*)$/m.exec(guide)?.[1] ?? '').split(' ');
  let adapter = skeleton;
  let compiledFrom = '';
  let runs = 0;
  await withDirectory(async (directory) => {
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(packageRoot(), join(directory, 'node_modules/cutcheck'));
    symlinkSync(join(packageRoot(), 'node_modules/@types'), join(directory, 'node_modules/@types'));
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    for (const [, marker, block = ''] of guide.matchAll(/^<!-- (run|in the place of: \w+) -->\n```\w+\n([^]*?)^```$/gm)) {
      const before = adapter;
      if (marker === 'in the place of: formats') adapter = adapter.replace('  formats: {},\n', () => block);
      if (marker === 'in the place of: vectors') adapter = adapter.replace(/^const vectors[^]*?^\};\n/m, () => block);
      if (marker !== 'run') {
        t.not(adapter, before, `${marker}: the skeleton has no such place`);
        continue;
      }
      runs += 1;
      if (adapter !== compiledFrom) {
        writeFileSync(join(directory, 'adapter.ts'), adapter);
        const compiled = await command(process.execPath, [join(packageRoot(), 'node_modules/typescript/bin/tsc'), ...compile.slice(1)], { cwd: directory });
        t.is(compiled.code, 0, compiled.stdout);
        compiledFrom = adapter;
      }
      const line = /^\$ npx cutcheck (.*)\n/.exec(block);
      const args = (line?.[1] ?? '').split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
      const { code, stdout } = await cli(args, directory);
      t.is(steady(`${line?.[0] ?? ''}${stdout}$ echo $?\n${code}\n`), steady(block));
    }
  });
  t.is(runs, 3);
});
