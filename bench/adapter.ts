/** A handshake with the bundled reference, for benchmarks that speak with it directly. */
import { PROTOCOL } from '../conformance/protocol/messages.js';
import type { Client } from '../conformance/runner/client.js';

export async function handshake(client: Client): Promise<void> {
  await client.request('hello', {
    protocol: PROTOCOL, suite: '0', digest: 'sha256:0', profile: 'repaired', seed: '00', dataRoot: '/nonexistent', kek: '42'.repeat(32), nodeIds: [],
  });
}
