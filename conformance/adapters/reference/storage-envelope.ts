/** Answers the vectors of the format `storage-envelope` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { Refusal } from '../../../src/base/errors.js';
import { keyId, localEpoch, millis, nodeId16, writeCount } from '../../../src/base/ids.js';
import type { PlainValue } from '../../../src/base/storage-envelope.js';
import type { Operations } from '../../../src/node/compose.js';
import type { storageEnvelope } from '../../protocol/formats/storage-envelope.js';
import { loadKeys } from './aead-envelope.js';
import { bytes, RefusedWith, type Handlers } from './handlers.js';

interface Header { readonly tombstone: boolean; readonly state: number; readonly expire_at: string }
const header = ({ tombstone, state, expire_at }: Header) => ({ tombstone, state, expireAt: millis(BigInt(expire_at)) });

type Item = { readonly user_key: string } & ({ readonly value: string; readonly expire_at: string } | { readonly delete: true });

const ACTIVE = 7;

export const storageEnvelopeHandlers = (ops: Operations): Handlers<typeof storageEnvelope> => ({
  'value-encode': ({ body, ...input }) => ({ stored: hex(ops.encodeValue({ ...header(input), body: bytes(body) })) }),
  'value-decode': (input) => {
    const { tombstone, state, expireAt, body } = ops.decodeValue(bytes(input.stored));
    return { tombstone, state, expire_at: `${expireAt}`, body: hex(body) };
  },
  'store-key': ({ user_key, commit_ts }) => ({ store_key: hex(ops.storeKey(bytes(user_key), millis(BigInt(commit_ts)))) }),
  'aad': ({ version, flag, key_id, store_key, ...input }) => {
    const encoded = ops.encodeValueHeader(header(input));
    return { aad: hex(ops.storageAad({ version, flag, keyId: keyId(key_id) }, encoded, bytes(store_key))), header: hex(encoded) };
  },
  'write': (input) => {
    const write = (item: Item, put: (key: Uint8Array, value: PlainValue) => Uint8Array) => {
      const key = ops.storeKey(bytes(item.user_key), millis(BigInt(input.commit_ts)));
      const stored = 'delete' in item ? ops.deletion() : put(key, { value: bytes(item.value), expireAt: millis(BigInt(item.expire_at)) });
      return { store_key: hex(key), stored: hex(stored) };
    };
    if (input.keys === null || 'delete' in input) {
      const clear = (_key: Uint8Array, value: PlainValue) => ops.clearValue(value);
      return 'batch' in input ? { stored: input.batch.map((item) => write(item, clear).stored) } : write(input, clear);
    }
    const store = loadKeys(ops, input.keys);
    const pin = { nodeId16: nodeId16(input.node_id16), localEpoch: localEpoch(input.local_epoch) };
    // The count of a vector is that of its first nonce; a factory is made for how many were handed out before.
    const nonces = ops.nonceFactory(pin, writeCount(BigInt(input.write_count) - 1n));
    const sealed = (key: Uint8Array, value: PlainValue) => ops.sealValue(store, keyId(input.key_id), nonces.next(), key, value);
    return 'batch' in input ? { stored: input.batch.map((item) => write(item, sealed).stored) } : write(input, sealed);
  },
  'value-size': ({ value_length }) => {
    ops.checkValueSize(value_length);
    return {};
  },
  'read': ({ keys, user_key, commit_ts, stored, read_ts }) => {
    const result = ops.readValue(keys === null ? null : loadKeys(ops, keys), {
      userKey: bytes(user_key), commitTs: millis(BigInt(commit_ts)), stored: bytes(stored), readTs: millis(BigInt(read_ts)),
    });
    return result.found ? { found: true, value: hex(result.value) } : { found: false };
  },
  'write-decision': (input) => {
    const pin = { nodeId16: nodeId16(1), localEpoch: localEpoch(1) };
    const nonces = ops.nonceFactory(pin, writeCount(input.factory === 'exhausted' ? 0xffff_ffff_ffff_ffffn : 0n));
    let used = 0;
    const site = {
      keys: input.has_cipher ? loadKeys(ops, input.active_key === 'loaded' ? [{ key_id: ACTIVE, key: '5a'.repeat(32) }] : []) : null,
      nonces: {
        next: () => {
          used += 1;
          return nonces.next();
        },
      },
      activeKey: input.active_key === 'none' ? null : keyId(ACTIVE),
      cutoverGate: input.cutover_gate, registrationGate: input.registration_gate, path: input.path,
    };
    try {
      const stored = ops.writeValue(site, ops.storeKey(bytes('6b'), millis(1n)), { value: bytes('76'), expireAt: millis(0n) });
      return { sealed: ops.decodeValue(stored).state === 1, nonces_used: used };
    } catch (error) {
      if (error instanceof Refusal) return new RefusedWith(error, { nonces_used: used });
      throw error;
    }
  },
});
