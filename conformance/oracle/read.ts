/**
 * Reads what nodes wrote: in what form the data of an entry stand in a log, and what a payload does to keys.
 *
 * The other half of the suite's own codec (envelope.ts, entries.ts), with node:crypto alone. It judges nothing but the
 * form: whether that form was due is for the invariants and the checks to say.
 */
import { PURPOSES, SUB_TAGS } from './entries.js';
import { opened, proposalPayload } from './envelope.js';

/**
 * `sealed`: opens under a key of the run. `cutover`: plain, and a cutover entry. `other`: no proposal, or something else than what was proposed,
 * plain or sealed.
 */
export type Form = 'empty' | 'plain' | 'sealed' | 'cutover' | 'other';

/** What a raft envelope says of its sealing: the id of the key, the nonce as hex, and the epoch in it. */
export interface Seal { readonly key: number; readonly nonce: string; readonly epoch: number }

export interface ReadData {
  readonly form: Form;
  /** Of what opens under a key of the run; else null. */
  readonly seal: Seal | null;
  /** What stands behind the nine bytes of the proposal; null where there is no proposal. */
  readonly standing: Buffer | null;
  /** The payload meant for the state machine, opened where it opens. */
  readonly plain: Buffer | null;
}

/** The data of an entry; with `proposed`, the payload that the entry should hold. */
export function readData(data: Uint8Array, keyOf: (id: number) => Uint8Array | undefined, proposed?: Uint8Array): ReadData {
  if (data.length === 0) return { form: 'empty', seal: null, standing: null, plain: null };
  const standing = proposalPayload(data);
  if (standing === null) return { form: 'other', seal: null, standing, plain: null };
  const inner = opened(standing, keyOf);
  const plain = inner ?? standing;
  const seal = inner === null ? null : { key: standing.readUInt32BE(2), nonce: standing.toString('hex', 6, 18), epoch: standing.readUInt16BE(8) };
  if (proposed !== undefined && !plain.equals(proposed)) return { form: 'other', seal, standing, plain };
  return { seal, form: inner !== null ? 'sealed' : keyChange(standing)?.does === 'cutover' ? 'cutover' : 'plain', standing, plain };
}

/** What a payload does to the keys of a replica. */
export type KeyChange =
  | { readonly does: 'bootstrap'; readonly storage: number; readonly raft: number }
  /** `purpose` as it is written: 1 storage, 2 raft. */
  | { readonly does: 'rotation' | 'storage-cutover' | 'cutover'; readonly key: number; readonly purpose: number; readonly sound: boolean };

/** Null: it changes no keys, or does not parse. */
export function keyChange(payload: Uint8Array): KeyChange | null {
  const bytes = new Reader(payload);
  try {
    const tag = bytes.u8();
    if ((tag !== 0x04 && tag !== 0x05) || bytes.u8() !== 0x01) return null;
    return tag === 0x04 ? bootstrapIn(bytes) : rotationIn(bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function bootstrapIn(bytes: Reader): KeyChange | null {
  const storage = bytes.u32();
  bytes.skip(bytes.u32());
  const raft = bytes.u32();
  bytes.skip(bytes.u32());
  bytes.skip(bytes.u32() * ROW);
  return bytes.left === 0 ? { does: 'bootstrap', storage, raft } : null;
}

/** Bytes of a row of the registry, as entries carry it. */
const ROW = 14;
const NAMES: Readonly<Record<number, 'rotation' | 'storage-cutover' | 'cutover'>> = { [SUB_TAGS.rotation]: 'rotation', [SUB_TAGS.storageCutover]: 'storage-cutover', [SUB_TAGS.cutover]: 'cutover' };

function rotationIn(bytes: Reader): KeyChange | null {
  const does = NAMES[bytes.u8()];
  const key = bytes.u32();
  const purpose = bytes.u8();
  const wrapped = bytes.u32();
  bytes.skip(wrapped);
  const row = bytes.u32();
  bytes.skip(ROW - 4);
  if (does === undefined || bytes.left !== 0) return null;
  // A cutover brings no key, is for the one that its row names, and is of the purpose that its sub-tag has.
  const due = does === 'cutover' ? PURPOSES.raft : does === 'storage-cutover' ? PURPOSES.storage : purpose;
  return { does, key, purpose, sound: row === key && purpose === due && (does === 'rotation') === (wrapped > 0) };
}

/** Big-endian integers one after the other. @throws RangeError behind the end */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    const value = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  u32(): number {
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  skip(count: number): void {
    if (count > this.left) throw new RangeError('behind the end');
    this.#at += count;
  }
}
