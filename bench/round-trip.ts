/**
 * A round trip of the protocol against a bare echo: the same request over the same kind of pipe to a child process,
 * once through the client with everything that it checks, once as a line that comes back unread.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { packageRoot } from '../conformance/package-root.js';
import { Client } from '../conformance/runner/client.js';
import { handshake } from './adapter.js';
import { median, table } from './figures.js';

const ROUNDS = 4_000;
const BATCH = 100;
const VECTOR = { format: 'raft-envelope', group: 'aad', input: { key_id: 8, version: 1 } };
const ECHO = "process.stdin.on('data', (line) => process.stdout.write(line))";

/** Batches of both, in turns, so that a slower moment of the machine meets both alike. */
export async function benchRoundTrip(): Promise<void> {
  const echo = spawn(process.execPath, ['-e', ECHO], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: echo.stdout })[Symbol.asyncIterator]();
  const line = `${JSON.stringify({ id: 1, op: 'vec', args: VECTOR })}\n`;
  const client = await Client.start({ command: [process.execPath, join(packageRoot(), 'dist/conformance/adapters/reference/main.js')] });
  await handshake(client);

  const bare: number[] = [];
  const spoken: number[] = [];
  for (let round = 0; round < ROUNDS / BATCH; round += 1) {
    bare.push(await perCall(async () => {
      echo.stdin.write(line);
      await lines.next();
    }));
    spoken.push(await perCall(async () => {
      const answer = await client.vec(VECTOR);
      if (answer.kind !== 'reply' || answer.outcome !== 'ok') throw new Error('the reference did not answer');
    }));
  }
  await client.close();
  echo.stdin.end();
  await once(echo, 'exit');

  console.log('\nProtocol round trip, median of batches');
  table(['', 'µs', 'ratio'], [
    ['bare echo of the line', median(bare).toFixed(1), '1.00'],
    ['client, reference, one vector', median(spoken).toFixed(1), (median(spoken) / median(bare)).toFixed(2)],
  ]);
}

async function perCall(call: () => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let at = 0; at < BATCH; at += 1) await call();
  return (performance.now() - start) * 1_000 / BATCH;
}
