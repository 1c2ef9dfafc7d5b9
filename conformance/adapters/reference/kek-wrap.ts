/** Answers the vectors of the format `kek-wrap` with the reference, those about files with the files of this machine. */
import { equal, hex } from '../../../src/base/bytes.js';
import { refuse } from '../../../src/base/errors.js';
import type { Operations } from '../../../src/node/compose.js';
import { NONCE_LENGTH } from '../../../src/ports/aead.js';
import { posixFiles } from '../../../src/ports/files-posix.js';
import { systemRandom } from '../../../src/ports/random.js';
import type { kekWrap } from '../../protocol/formats/kek-wrap.js';
import { bytes, type Handlers } from './handlers.js';

const allDiffer = (all: readonly string[]): boolean => new Set(all).size === all.length;

export const kekWrapHandlers = (ops: Operations): Handlers<typeof kekWrap> => {
  const load = (kek: string) => ops.importKek('vector', bytes(kek));
  const unwrap = ({ kek, wrapped }: { kek: string; wrapped: string }) => ({ dek: hex(ops.kekUnwrap(load(kek), bytes(wrapped))) });
  return {
    'file-checks': ({ path }) => ({ provider_name: ops.readKekFile(posixFiles, path).provider }),
    'unwrap': unwrap,
    'unwrap-rejects': unwrap,
    'wrap-rejects': ({ kek, dek }) => {
      ops.kekWrap(load(kek), bytes(dek), systemRandom);
      return {};
    },
    'wrap': ({ kek, dek, times }) => {
      const [loaded, key] = [load(kek), bytes(dek)];
      const outputs = Array.from({ length: times }, () => ops.kekWrap(loaded, key, systemRandom));
      for (const output of outputs) {
        if (!equal(ops.kekUnwrap(loaded, output), key)) {
          refuse('kek-unwrap-failed', { clause: 'base/kek-wrap-layout', field: 'wrapped key', expected: 'the data key that was wrapped', got: 'another' });
        }
      }
      const [first] = outputs;
      return {
        ...(first !== undefined && outputs.every((output) => output.length === first.length) && { wrapped_length: first.length }),
        all_outputs_differ: allDiffer(outputs.map(hex)),
        all_nonces_differ: allDiffer(outputs.map((output) => hex(output.subarray(0, NONCE_LENGTH)))),
      };
    },
  };
};
