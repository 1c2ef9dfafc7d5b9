/** Answers the vectors of the format `storage-envelope` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { keyId, localEpoch, millis, nodeId16, writeCount } from '../../../src/base/ids.js';
import type { Operations } from '../../../src/node/compose.js';
import type { storageEnvelope } from '../../protocol/formats/storage-envelope.js';
import { loadKeys } from './aead-envelope.js';
import { bytes, needed, type Handlers } from './handlers.js';

interface Header { readonly tombstone: boolean; readonly state: number; readonly expire_at: string }
const header = ({ tombstone, state, expire_at }: Header) => ({ tombstone, state, expireAt: millis(BigInt(expire_at)) });

type Item = Partial<Record<'user_key' | 'value' | 'expire_at', string | undefined>> & { readonly delete?: boolean | undefined };

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
  'write': ({ keys, batch, commit_ts, ...input }) => {
    const store = keys === null ? null : loadKeys(ops, keys);
    // The count of a vector is that of its first nonce; a factory is made for how many were handed out before.
    const nonces = input.write_count === undefined ? null : ops.nonceFactory(
      { nodeId16: nodeId16(needed('node_id16', input.node_id16)), localEpoch: localEpoch(needed('local_epoch', input.local_epoch)) },
      writeCount(BigInt(input.write_count) - 1n),
    );
    const write = (item: Item) => {
      const key = ops.storeKey(bytes(needed('user_key', item.user_key)), millis(BigInt(commit_ts)));
      if (item.delete === true) return { store_key: hex(key), stored: hex(ops.deletion()) };
      const value = { value: bytes(needed('value', item.value)), expireAt: millis(BigInt(needed('expire_at', item.expire_at))) };
      const stored = store === null ? ops.clearValue(value)
        : ops.sealValue(store, keyId(needed('key_id', input.key_id)), needed('write_count', nonces ?? undefined).next(), key, value);
      return { store_key: hex(key), stored: hex(stored) };
    };
    return batch === undefined ? write(input) : { stored: batch.map((item) => write(item).stored) };
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
});
