/**
 * Writes out the entries of a scenario: readable form in, the bytes that are appended out, and what the suite knows of them.
 *
 * All bytes come from the suite's own codec (conformance/oracle). They follow from the scenario and the KEK of the run
 * alone, so a scenario sends the same bytes on every run with the same KEK.
 */
import { bootstrap, isEncryptionEntry, lease, PURPOSES, registration, request, rotation, SUB_TAGS, type Row } from '../oracle/entries.js';
import { nonce, opened, proposal, proposalPayload, sealed } from '../oracle/envelope.js';
import { dataKey, fullNodeId, nodeId16, wrapped } from '../oracle/keys.js';
import { InputError } from '../errors.js';
import type { Damage, Payload, Scenario, ScenarioEntry } from './schema.js';

/** A data key of a scenario. */
export interface ExpandedKey {
  readonly name: string;
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Under the KEK of the run. */
  readonly wrapped: Uint8Array;
}

/** An entry of a scenario, as it is appended and as the suite understands it. */
export interface ExpandedEntry {
  readonly name: string;
  readonly type: 'normal' | 'conf-change';
  /** Data of the entry, as hex. */
  readonly data: string;
  /** The payload meant for the state machine, before it was sealed, as hex; null where there is none: an empty entry, a membership change, data that are no proposal. */
  readonly plain: string | null;
  /** What stands behind the nine bytes of the proposal, as hex; null where there is no proposal. */
  readonly standing: string | null;
  /** Written as `sealed`, whether it opens or not. */
  readonly sealed: boolean;
  /** What stands there opens under the key of the scenario that has the id it names. */
  readonly opens: boolean;
  /** The plain payload is one of those that change keys. */
  readonly encryptionEntry: boolean;
  /** The key that a cutover entry names. */
  readonly cutover: string | null;
}

export interface ExpandedScenario {
  readonly scenario: Scenario;
  readonly entries: ReadonlyMap<string, ExpandedEntry>;
  readonly keys: ReadonlyMap<string, ExpandedKey>;
  /** The plain payloads that are proposed, as hex, by the names of their tickets; of a registration that the node makes itself there is none. */
  readonly proposed: ReadonlyMap<string, string>;
}

/** The proposal id of the n-th proposal of a scenario is this and n. */
const FIRST_PROPOSAL = 0x0100n;

/** @throws InputError on the name of a key that the scenario does not have */
export function expandScenario(scenario: Scenario, { kek }: { readonly kek: Uint8Array }): ExpandedScenario {
  const keys = new Map(Object.entries(scenario.keys).map(([name, id]): [string, ExpandedKey] => {
    const bytes = dataKey(name);
    return [name, { name, id, bytes, wrapped: wrapped(kek, bytes, `cutcheck wrap ${name}`) }];
  }));
  const writer = new EntryWriter(keys, kek);
  const entries = new Map(Object.entries(scenario.entries).map(([name, entry]) => [name, writer.write(name, entry)]));
  const proposed = new Map(scenario.steps.flatMap((step): [string, string][] =>
    'op' in step && step.op === 'propose' && step.payload !== undefined ? [[step.ticket, writer.payload(step.payload).toString('hex')]] : []));
  return { scenario, keys, entries, proposed };
}

/** Full node id of a raft id, or the one that is given itself. */
export const nodeIdOf = (named: string): bigint => named.startsWith('n') ? fullNodeId(named) : BigInt(named);

/** Writes entries in their order: proposal ids and nonces are counted on. */
class EntryWriter {
  readonly #keys: ReadonlyMap<string, ExpandedKey>;
  readonly #kek: Uint8Array;
  readonly #counts = new Map<string, bigint>();
  #proposals = FIRST_PROPOSAL;

  constructor(keys: ReadonlyMap<string, ExpandedKey>, kek: Uint8Array) {
    this.#keys = keys;
    this.#kek = kek;
  }

  write(name: string, entry: ScenarioEntry): ExpandedEntry {
    const facts = { name, type: 'normal' as const, sealed: false, opens: false, encryptionEntry: false, cutover: null };
    if ('empty' in entry) return { ...facts, data: '', plain: null, standing: null };
    if ('membership' in entry) return { ...facts, type: 'conf-change', data: entry.membership, plain: null, standing: null };
    if ('raw' in entry) return { ...facts, ...this.#read(Buffer.from(entry.raw, 'hex')) };
    if ('plain' in entry) {
      const plain = this.payload(entry.plain);
      const data = damaged(this.#proposal(plain), entry.damage);
      return entry.damage === undefined ? { ...facts, ...this.#read(data), cutover: cutoverKey(entry.plain) } : { ...facts, ...this.#read(data) };
    }
    const { payload, key, node = 'n1', epoch = 1, count, flag, as, damage } = entry.sealed;
    const plain = this.payload(payload);
    const envelope = damaged(sealed({
      key: this.#key(key).bytes, keyId: this.#key(as ?? key).id, payload: plain,
      nonce: nonce(nodeId16(fullNodeId(node)), epoch, count === undefined ? this.#count(`${node} ${epoch}`) : BigInt(count)),
      ...(flag !== undefined && { flag }),
    }), damage);
    return {
      ...facts, ...this.#read(this.#proposal(envelope)), plain: plain.toString('hex'), sealed: true,
      encryptionEntry: isEncryptionEntry(plain), cutover: cutoverKey(payload),
    };
  }

  #proposal(payload: Uint8Array): Buffer {
    this.#proposals += 1n;
    return proposal(this.#proposals, payload);
  }

  /** What is in finished data, taken for plain. */
  #read(data: Buffer): Pick<ExpandedEntry, 'data' | 'plain' | 'standing' | 'opens' | 'encryptionEntry'> {
    const standing = proposalPayload(data);
    const text = standing?.toString('hex') ?? null;
    const keyOf = (id: number): Uint8Array | undefined => [...this.#keys.values()].find((key) => key.id === id)?.bytes;
    return {
      data: data.toString('hex'), plain: text, standing: text,
      opens: standing !== null && opened(standing, keyOf) !== null,
      encryptionEntry: standing !== null && isEncryptionEntry(standing),
    };
  }

  #count(factory: string): bigint {
    const count = (this.#counts.get(factory) ?? 0n) + 1n;
    this.#counts.set(factory, count);
    return count;
  }

  #key(name: string): ExpandedKey {
    const found = this.#keys.get(name);
    if (found === undefined) throw new InputError(`expected a key of this scenario (${[...this.#keys.keys()].join(', ') || 'it has none'}), got "${name}"`);
    return found;
  }

  #row({ key, node, epoch }: { readonly key: string; readonly node: string; readonly epoch: number }): Row {
    return { keyId: this.#key(key).id, node: nodeIdOf(node), epoch };
  }

  #wrapped(name: string, how: 'sound' | 'other-wrap' | 'broken' | 'empty' = 'sound'): Uint8Array {
    const key = this.#key(name);
    switch (how) {
      case 'sound': return key.wrapped;
      case 'other-wrap': return wrapped(this.#kek, key.bytes, `cutcheck other wrap ${name}`);
      case 'broken': return damaged(Buffer.from(key.wrapped), { flip: -1 });
      case 'empty': return Buffer.alloc(0);
    }
  }

  /** The bytes of a payload of the state machine. @throws InputError on the name of a key that the scenario does not have */
  payload(payload: Payload): Buffer {
    if ('text' in payload) return request(payload.text);
    if ('hex' in payload) return Buffer.from(payload.hex, 'hex');
    if ('lease' in payload) return lease(BigInt(payload.lease));
    if ('registration' in payload) return registration(this.#row(payload.registration));
    if ('bootstrap' in payload) {
      const { storage, raft, writers, wrapped: how } = payload.bootstrap;
      return bootstrap({
        storage: { keyId: this.#key(storage).id, wrapped: this.#wrapped(storage, how) },
        raft: { keyId: this.#key(raft).id, wrapped: this.#wrapped(raft, how === 'other-wrap' ? how : 'sound') },
        rows: writers.map((one) => this.#row(one)),
      });
    }
    if ('rotation' in payload) {
      const { key, purpose, proposer, wrapped: how, sub_tag: subTag = SUB_TAGS.rotation } = payload.rotation;
      return rotation({ subTag, keyId: this.#key(key).id, purpose: PURPOSES[purpose], wrapped: this.#wrapped(key, how), proposer: this.#row({ ...proposer, key: proposer.key ?? key }) });
    }
    const [subTag, usual, { key, proposer, purpose = usual, wrapped: bytes = '' }] = 'cutover' in payload
      ? [SUB_TAGS.cutover, PURPOSES.raft, payload.cutover] as const
      : [SUB_TAGS.storageCutover, PURPOSES.storage, payload.storage_cutover] as const;
    return rotation({ subTag, keyId: this.#key(key).id, purpose, wrapped: Buffer.from(bytes, 'hex'), proposer: this.#row({ ...proposer, key: proposer.key ?? key }) });
  }
}

const cutoverKey = (payload: Payload): string | null => 'cutover' in payload ? payload.cutover.key : null;

/** @throws InputError on an offset that the bytes do not have */
function damaged(bytes: Buffer, damage: Damage | undefined): Buffer {
  if (damage === undefined) return bytes;
  if ('behind' in damage) return Buffer.concat([bytes, Buffer.from(damage.behind, 'hex')]);
  if ('cut' in damage) {
    if (damage.cut >= bytes.length) throw new InputError(`expected a cut below the ${bytes.length} bytes that there are, got ${damage.cut}`);
    return bytes.subarray(0, damage.cut);
  }
  const given = 'flip' in damage ? damage.flip : damage.byte.at;
  const at = given < 0 ? bytes.length + given : given;
  const old = bytes[at];
  if (old === undefined) throw new InputError(`expected an offset into ${bytes.length} bytes, got ${given}`);
  const changed = Buffer.from(bytes);
  changed[at] = 'flip' in damage ? old ^ 1 : damage.byte.is;
  return changed;
}
