/** Answers the vectors of the format `aead-envelope` with the reference. */
import { hex } from '../../../src/base/bytes.js';
import { keyId } from '../../../src/base/ids.js';
import type { KeyStore } from '../../../src/base/key-store.js';
import type { Operations } from '../../../src/node/compose.js';
import type { aeadEnvelope } from '../../protocol/formats/aead-envelope.js';
import { attempt, bytes, type Handlers } from './handlers.js';

/** A key store that holds the keys of a vector. */
export function loadKeys(ops: Operations, keys: readonly { readonly key_id: number; readonly key: string }[]): KeyStore {
  const store = ops.keyStore();
  for (const { key_id, key } of keys) store.set(keyId(key_id), bytes(key));
  return store;
}

interface Fields { readonly version: number; readonly flag: number; readonly key_id: number; readonly nonce: string; readonly body: string }

export const aeadEnvelopeHandlers = (ops: Operations): Handlers<typeof aeadEnvelope> => {
  const encode = ({ version, flag, key_id, nonce, body }: Fields) =>
    ({ envelope: hex(ops.encodeEnvelope({ version, flag, keyId: keyId(key_id), nonce: bytes(nonce), body: bytes(body) })) });
  const decode = (input: { envelope: string }) => {
    const { version, flag, keyId: id, nonce, body } = ops.decodeEnvelope(bytes(input.envelope));
    return { version, flag, key_id: id, nonce: hex(nonce), body: hex(body) };
  };
  return {
    'encode': encode,
    'encode-rejects': encode,
    'decode': decode,
    'decode-rejects': decode,
    'header-aad': ({ version, flag, key_id }) => ({ aad: hex(ops.headerAad(version, flag, keyId(key_id))) }),
    'encrypt': ({ keys, key_id, nonce, aad, plaintext }) =>
      ({ body: hex(ops.seal(loadKeys(ops, keys), keyId(key_id), bytes(nonce), bytes(aad), bytes(plaintext))) }),
    'cipher-rejects': (input) => {
      const use = [loadKeys(ops, input.keys), keyId(input.key_id), bytes(input.nonce), bytes(input.aad)] as const;
      return input.operation === 'encrypt' ? { body: hex(ops.seal(...use, bytes(input.plaintext))) } : { plaintext: hex(ops.open(...use, bytes(input.body))) };
    },
    'key-store': ({ operations }) => {
      const store = ops.keyStore();
      return {
        outcomes: operations.map((operation) => attempt(() => {
          if (operation.op === 'ids') return { key_ids: [...store.ids()] };
          const id = keyId(operation.key_id);
          if (operation.op === 'set') store.set(id, bytes(operation.key));
          if (operation.op === 'delete') store.delete(id);
          if (operation.op !== 'get') return {};
          const key = store.get(id);
          return key === null ? { present: false } : { present: true, key: hex(key) };
        })),
      };
    },
  };
};
