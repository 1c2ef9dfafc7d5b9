/**
 * What wrapping and unwrapping a payload cost, against the bare platform: a raw createCipheriv seal and createDecipheriv
 * open with the same key object and additional data, over the same bytes, each result in one buffer.
 *
 * Raw and ours take turns of about a millisecond, and what is compared is the median of the ratios of turns that stand
 * next to each other: so the ratio holds still where the microseconds do not.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { keyId, localEpoch, nodeId16 } from '../src/base/ids.js';
import { composeOperations } from '../src/node/compose.js';
import { nodeAead } from '../src/ports/aead-node.js';
import { aim as verdict, median, table } from './figures.js';

/** One operation at one size. */
export interface Row {
  readonly operation: 'wrap' | 'unwrap';
  /** Length of the payload. */
  readonly bytes: number;
  /** Medians, in microseconds a call. */
  readonly raw: number;
  readonly ours: number;
  /** Median of the ratios of neighbouring turns. */
  readonly ratio: number;
  /** The ratio aimed at; null where none is. */
  readonly aim: number | null;
}

const SIZES = [64, 256, 1024, 4096, 16384, 65536];
const aimAt = (bytes: number): number | null => bytes === 64 ? 1.5 : bytes >= 1024 ? 1.1 : null;

const ROUNDS = 201;
const TURN_MICROS = 1000;
const WARM_UP = 3000;

/** Microseconds a call, over one turn. */
function turn(call: () => unknown, calls: number): number {
  const begin = process.hrtime.bigint();
  for (let done = 0; done < calls; done += 1) call();
  return Number(process.hrtime.bigint() - begin) / 1000 / calls;
}

type Times = Pick<Row, 'raw' | 'ours' | 'ratio'>;

/** Two calls that take turns. */
function paired(raw: () => unknown, ours: () => unknown): Times {
  for (const call of [raw, ours, raw, ours]) turn(call, WARM_UP);
  const calls = Math.max(10, Math.round(TURN_MICROS / turn(raw, 200)));
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    // Who begins changes, so that neither always pays for the other's garbage.
    if (round % 2 === 0) return { raw: turn(raw, calls), ours: turn(ours, calls) };
    const second = turn(ours, calls);
    return { raw: turn(raw, calls), ours: second };
  });
  return {
    raw: median(rounds.map((round) => round.raw)),
    ours: median(rounds.map((round) => round.ours)),
    ratio: median(rounds.map((round) => round.ours / round.raw)),
  };
}

function rows(): Row[] {
  const operations = composeOperations(nodeAead);
  const keys = operations.keyStore();
  const [id, keyBytes] = [keyId(8), randomBytes(32)];
  keys.set(id, keyBytes);
  const keyObject = createSecretKey(keyBytes);
  const nonce = operations.nonceFactory({ nodeId16: nodeId16(0xd4c0), localEpoch: localEpoch(1) }).next();
  const aad = operations.raftAad(1, id);
  const options = { authTagLength: 16 } as const;

  return SIZES.flatMap((bytes) => {
    const payload = Uint8Array.from(randomBytes(bytes));
    const envelope = operations.raftWrap(keys, id, nonce, payload);
    const wrap = paired(() => {
      const cipher = createCipheriv('aes-256-gcm', keyObject, nonce, options);
      cipher.setAAD(aad);
      const ciphertext = cipher.update(payload);
      cipher.final();
      return Buffer.concat([ciphertext, cipher.getAuthTag()]);
    }, () => operations.raftWrap(keys, id, nonce, payload));
    const unwrap = paired(() => {
      const decipher = createDecipheriv('aes-256-gcm', keyObject, envelope.subarray(6, 18), options);
      decipher.setAAD(aad);
      decipher.setAuthTag(envelope.subarray(18 + bytes));
      const plaintext = decipher.update(envelope.subarray(18, 18 + bytes)); // already one buffer: nothing comes after it
      decipher.final();
      return plaintext;
    }, () => operations.raftUnwrap(keys, envelope));
    return [{ operation: 'wrap', bytes, ...wrap, aim: aimAt(bytes) }, { operation: 'unwrap', bytes, ...unwrap, aim: aimAt(bytes) }];
  });
}

/** Measures, prints the table, and gives its rows. */
export function benchEnvelope(): Promise<Row[]> {
  const measured = rows();
  console.log('Wrap and unwrap against a raw seal and open (node:crypto, one key object; medians, µs a call)');
  table(['operation', 'bytes', 'raw', 'ours', 'ratio', 'aim'], measured.map(({ operation, bytes, raw, ours, ratio, aim }) =>
    [operation, `${bytes}`, raw.toFixed(2), ours.toFixed(2), ratio.toFixed(3), aim === null ? '' : verdict(ratio, aim)]));
  return Promise.resolve(measured);
}
