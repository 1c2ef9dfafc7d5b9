/** What the tests of a replica are put together from: machines in memory, entries of any kind, and logs of them. */
import type { ExecutionContext } from 'ava';
import type { Reason } from '../spec/reasons.js';
import { hex } from '../src/base/bytes.js';
import { Refusal } from '../src/base/errors.js';
import { keyId, localEpoch, proposalId, raftIndex } from '../src/base/ids.js';
import type { Kek } from '../src/base/kek.js';
import type { LogEntry } from '../src/base/log-entry.js';
import { composeOperations, type Operations } from '../src/node/compose.js';
import { Replica, type ApplyOutcome, type ReplicaPorts } from '../src/node/replica.js';
import type { ReplicaState } from '../src/node/replica-state.js';
import { repairedRules, type Rules } from '../src/node/rules.js';
import { nodeAead } from '../src/ports/aead-node.js';
import { FaultyDisk } from '../src/ports/files-faulty.js';
import { MemoryStores } from '../src/ports/store-memory.js';

export const clock = { now: () => new Date('2026-07-01T00:00:00Z') };
let drawn = 0;
/** Fixed, so that two runs write the same bytes. */
export const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => (drawn += 1) & 0xff);
export const operations = (rules: Rules = repairedRules, replaced: Partial<Operations> = {}): Operations => composeOperations(nodeAead, replaced, rules);
export const sound = operations();
export const kek: Kek = sound.importKek('test', Buffer.alloc(32, 0x42));
export const STORAGE = keyId(7);
export const RAFT = keyId(8);
export const NEXT = keyId(9);
export const dataKey = (id: number): Uint8Array => Buffer.alloc(32, id);
export const wrapped = (id: number): Uint8Array => sound.kekWrap(kek, dataKey(id), (length) => Buffer.alloc(length, id));
export const [n1, n2] = [sound.deriveNodeId('n1'), sound.deriveNodeId('n2')];

/** A machine in memory: what is on it outlives a replica. */
export interface Machine { readonly ports: ReplicaPorts; readonly stores: MemoryStores }
export const machine = (change: Partial<ReplicaPorts> = {}): Machine => {
  const stores = new MemoryStores();
  return { stores, ports: { files: new FaultyDisk(), openStore: stores.open, clock, random, sync: true, ...change } };
};
export const opened = (ports: ReplicaPorts, ops: Operations = sound, as: Kek | null = kek): Promise<Replica> => Replica.open(ops, ports, { directory: '/n1', kek: as });

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────

export const bootstrap = (epoch = 0): Uint8Array => Uint8Array.of(0x04, ...sound.encodeBootstrap({
  storageDekId: STORAGE, wrappedStorage: wrapped(STORAGE), raftDekId: RAFT, wrappedRaft: wrapped(RAFT),
  rows: [STORAGE, RAFT].flatMap((dekId) => [n1, n2].map((fullNodeId) => ({ dekId, fullNodeId, localEpoch: localEpoch(epoch) }))),
}));
export const rotation = (subTag: number, id: number, purpose: number, epoch = 0, wrap = true): Uint8Array => Uint8Array.of(0x05, ...sound.encodeRotation({
  subTag, dekId: keyId(id), purpose, wrapped: wrap ? wrapped(id) : new Uint8Array(), proposer: { dekId: keyId(id), fullNodeId: n1, localEpoch: localEpoch(epoch) },
}));
export const cutover = (epoch = 0, id: number = RAFT): Uint8Array => rotation(0x05, id, 2, epoch, false);
export const registration = (epoch: number, id: number = RAFT): Uint8Array =>
  Uint8Array.of(0x03, ...sound.encodeRegistration({ dekId: keyId(id), fullNodeId: n2, localEpoch: localEpoch(epoch) }));
export const lease = (at: bigint): Uint8Array => Uint8Array.of(0x02, ...sound.encodeLease(at));
export const request = (text: string): Uint8Array => Uint8Array.of(0x00, ...new TextEncoder().encode(text));

/** Entries of a log one after the other, wrapped where it is asked for. */
export function logOf(payloads: readonly (Uint8Array | { readonly sealed: Uint8Array; readonly under?: number } | 'empty' | 'no proposal' | 'membership')[]): LogEntry[] {
  const keys = sound.keyStore();
  for (const id of [RAFT, NEXT]) keys.set(id, dataKey(id));
  const nonces = sound.nonceFactory({ nodeId16: sound.narrowNodeId(n1), localEpoch: localEpoch(1) });
  return payloads.map((payload, at): LogEntry => {
    const entry = { index: raftIndex(BigInt(at + 1)), term: 1n, type: 'normal' as const };
    if (payload === 'empty') return { ...entry, data: new Uint8Array() };
    if (payload === 'no proposal') return { ...entry, data: Uint8Array.of(9, 9) };
    if (payload === 'membership') return { ...entry, type: 'conf-change', data: Uint8Array.of(0x08, 0x01) };
    const inner = 'sealed' in payload ? sound.raftWrap(keys, keyId(payload.under ?? RAFT), nonces.next(), payload.sealed) : payload;
    return { ...entry, data: sound.encodeProposal({ id: proposalId(BigInt(at + 1)), payload: inner }) };
  });
}

export const outcomes = ({ results, halted }: ApplyOutcome): string =>
  [...results.map(({ index, outcome }) => `${index} ${outcome}`), ...(halted === null ? [] : [`${halted.index} halt ${halted.refusal.reasons.join('+')}`])].join(', ');

export async function applied(replica: Replica, log: readonly LogEntry[]): Promise<string> {
  await replica.append(log);
  replica.commit(raftIndex(BigInt(log.length)));
  return outcomes(await replica.apply());
}

/** What two replicas must have in common that have applied the same. */
export const lasting = ({ applied: at, chain, cutover: n, wrap, sidecar, registry, leaseMs, keys }: ReplicaState): unknown => ({
  at, n, wrap, sidecar, registry, leaseMs, chain: hex(chain),
  keys: keys.map(({ id, purpose, loaded, active }) => ({ id, purpose, loaded, active })),
});

export async function refused(t: ExecutionContext, attempt: Promise<unknown> | (() => unknown), reason: Reason): Promise<void> {
  const error = await (typeof attempt === 'function' ? t.throws(attempt, { instanceOf: Refusal }) : t.throwsAsync(attempt, { instanceOf: Refusal }));
  t.is(error?.reason, reason);
}
