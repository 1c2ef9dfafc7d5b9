/**
 * The Go adapter: built by the Go tool, and judged through the command as anybody's adapter is. It was written from the
 * spec and the protocol alone, so it shows that these suffice.
 *
 * Where there is no `go`, the test says so and is skipped; with CUTCHECK_REQUIRE_GO set it fails instead.
 */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { packageRoot } from '../conformance/package-root.js';
import { report as reportSchema } from '../conformance/report/schema.js';

const source = join(packageRoot(), 'conformance/adapters/go-codec');
const cli = fileURLToPath(new URL('../conformance/cli/main.js', import.meta.url));
const FORMATS = [
  'aead-envelope', 'fsm-entries', 'kek-wrap', 'proposal-envelope', 'raft-envelope', 'sidecar', 'snapshot-header',
  'storage-envelope', 'writer-registry',
];

const run = (command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> => spawnSync(command, args, {
  cwd, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' },
});
const go = (t: ExecutionContext, ...args: string[]): void => {
  const { error, status, stdout, stderr } = run('go', args, source);
  t.is(status, 0, `go ${args.join(' ')}: ${error?.message ?? stdout + stderr}`);
};

const hasGo = run('go', ['version'], source).status === 0;
const required = (process.env['CUTCHECK_REQUIRE_GO'] ?? '') !== '';

/** A test that needs the Go tool. */
const withGo = (title: string, work: (t: ExecutionContext) => void): void => {
  if (hasGo || required) test(title, work);
  else test.skip(`${title} (not run: no go on this machine)`, work);
};

withGo('the Go adapter builds, and conforms with every check of the class codec', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cutcheck-go-'));
  try {
    const binary = join(directory, 'go-codec');
    go(t, 'build', '-o', binary, '.');
    const { status, stdout, stderr } = run(process.execPath, [cli, 'run', '--json', '--out', join(directory, 'report'), '--', binary], directory);
    t.is(status, 0, stderr);
    const report = reportSchema.parse(JSON.parse(stdout));

    t.is(report.verdict, 'conformant', report.headline);
    t.deepEqual(report.failures, []);
    // All checks, of all formats, and not a part of them.
    t.is(report.partial, null);
    t.like(report.summary, { passed: report.summary.total, failed: 0, unsupported: 0, deselected: 0 });
    t.true(report.summary.total > 100, `${report.summary.total} checks`);
    t.is(report.vectors.passed, report.vectors.cases);
    t.deepEqual(report.clauses.missing, []);
    t.deepEqual(report.unjudged.filter((group) => group.class === 'codec').map(({ id }) => id), []);

    t.deepEqual(report.implementation, {
      name: 'go-codec', version: '1', language: 'Go', level: 'L0', profile: 'repaired',
      formats: Object.fromEntries(FORMATS.map((format) => [format, ['codec']])), choices: { 'base/sidecar-json': 'lenient' },
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

withGo('the Go adapter passes its own examples of the spec, and go vet', (t) => {
  go(t, 'vet', '.');
  go(t, 'test', '-count=1', '.');
});
