/**
 * Wrap on propose: the part of a node that turns payloads into envelopes once the cutover is done, and says who may wrap.
 *
 * Implements 6E-2/wrap-switch and 6E-2/writer-registered (spec/6E-2/wrap-on-propose.md). The proposal envelope goes around
 * what comes out of here and stays plain.
 */
import { equal } from '../base/bytes.js';
import { refuse } from '../base/errors.js';
import { registrationPayload, type WriterRow } from '../base/fsm-entries.js';
import type { FullNodeId, KeyId, LocalEpoch, NodeId16, RaftIndex } from '../base/ids.js';
import type { KeyStore } from '../base/key-store.js';
import type { NonceFactory, NoncePin } from '../base/nonce.js';
import type { SidecarState } from '../base/sidecar.js';

/**
 * As proposed, a cutover entry that is applied leaves the wrap switch alone: a start sets it, and step 5 of the barrier.
 *
 * @clause 6E-2/wrap-switch
 */
export const switchStays = (before: boolean): boolean => before;

/**
 * Refuses to install a wrap that could not work: no cutover, or no key.
 *
 * @clause 6E-2/wrap-switch
 * @throws Refusal `argument-zero`
 */
export function checkInstall(cutover: RaftIndex, raftKey: KeyId): void {
  const clause = '6E-2/wrap-switch';
  if (cutover === 0n) refuse('argument-zero', { clause, field: 'cutover', expected: 'an index', got: '0' });
  if (raftKey === 0) refuse('argument-zero', { clause, field: 'raft key', expected: 'a key', got: '0' });
}

/** What the wrapper builds on. */
export interface WrapperParts {
  readonly narrowNodeId: (id: FullNodeId) => NodeId16;
  readonly nonceFactory: (pin: NoncePin) => NonceFactory;
  readonly raftWrap: (keys: KeyStore, keyId: KeyId, nonce: Uint8Array, payload: Uint8Array) => Uint8Array;
  readonly encodeRegistration: (row: WriterRow) => Uint8Array;
  readonly checkInstall: typeof checkInstall;
  readonly checkCutoverKey: (state: Pick<SidecarState, 'active' | 'raftEnvelopeCutover'>) => void;
  readonly mayWrap: typeof mayWrap;
}

/** The node whose proposals are wrapped. */
export interface Wrapping {
  readonly keys: KeyStore;
  readonly nodeId: FullNodeId;
  /** The raft epoch of this load. */
  readonly raftEpoch: LocalEpoch;
  /** The cutover and the raft key at the start; 0 where there is none. */
  readonly cutover: RaftIndex;
  readonly raftKey: KeyId;
  /** Asked when a key is installed: is the row of this node under it exactly that of this load? */
  readonly committed: (dekId: KeyId, epoch: LocalEpoch) => boolean;
}

/**
 * Who may wrap: a load whose registration has committed; before that, its own registration alone.
 *
 * @clause 6E-2/writer-registered
 */
export const mayWrap = (registered: boolean, payload: Uint8Array, ownRegistration: Uint8Array): boolean => registered || equal(payload, ownRegistration);

/**
 * The wrapper of one load. Off until a cutover is there, and never off again.
 *
 * @clause 6E-2/wrap-switch 6E-2/writer-registered 6E-2/start-up-sets-switch
 */
export class ProposalWrapper {
  readonly #parts: WrapperParts;
  readonly #wrapping: Wrapping;
  /** One for the life of the process: a rotation neither resets the counter nor changes the epoch. */
  readonly #nonces: NonceFactory;
  /** The keys under which this load has registered. */
  readonly #registered = new Set<KeyId>();
  #cutover: RaftIndex;
  #raftKey: KeyId;

  constructor(parts: WrapperParts, wrapping: Wrapping) {
    // Behind a cutover the switch is on from the start, and has to have a key.
    parts.checkCutoverKey({ raftEnvelopeCutover: wrapping.cutover, active: { storage: 0 as KeyId, raft: wrapping.raftKey } });
    this.#parts = parts;
    this.#wrapping = wrapping;
    this.#nonces = parts.nonceFactory({ nodeId16: parts.narrowNodeId(wrapping.nodeId), localEpoch: wrapping.raftEpoch });
    this.#cutover = wrapping.cutover;
    this.#raftKey = wrapping.raftKey;
  }

  /** The cutover that was installed last; 0 while the switch is off. */
  get cutover(): RaftIndex {
    return this.#cutover;
  }

  /** The raft key that was installed last; 0 before the first. */
  get raftKey(): KeyId {
    return this.#raftKey;
  }

  /** Has this load registered under a key, as far as it knows? */
  isRegistered(dekId: KeyId): boolean {
    return this.#registered.has(dekId);
  }

  /**
   * What goes into the proposal envelope: the payload as it is while the switch is off, an envelope while it is on.
   *
   * @throws Refusal `writer-not-registered`, which uses up no nonce; `write-count-exhausted`, `key-not-loaded`
   */
  wrap(payload: Uint8Array): Uint8Array {
    // 1. The switch is off.
    if (this.#cutover === 0n) return payload;
    const { nodeId, raftEpoch } = this.#wrapping;
    // 2. Registered, or registering.
    const own = registrationPayload(this.#parts, { dekId: this.#raftKey, fullNodeId: nodeId, localEpoch: raftEpoch });
    if (!this.#parts.mayWrap(this.#registered.has(this.#raftKey), payload, own)) {
      refuse('writer-not-registered', {
        clause: '6E-2/writer-registered', field: 'payload', expected: `the registration for key ${this.#raftKey} and epoch ${raftEpoch}`, got: 'another payload',
      });
    }
    // 3. The next nonce, and the envelope under the active raft key.
    return this.seal(this.#raftKey, payload);
  }

  /**
   * Step 3 alone, whatever switch and registration say.
   *
   * @throws Refusal `write-count-exhausted`, `key-not-loaded`
   */
  seal(raftKey: KeyId, payload: Uint8Array): Uint8Array {
    return this.#parts.raftWrap(this.#wrapping.keys, raftKey, this.#nonces.next(), payload);
  }

  /** A registration of this node that has committed. One for another epoch is of another load. */
  registered(dekId: KeyId, epoch: LocalEpoch): void {
    if (dekId !== 0 && epoch === this.#wrapping.raftEpoch) this.#registered.add(dekId);
  }

  /**
   * The cutover was applied, or the raft key was rotated after it.
   *
   * @throws Refusal `argument-zero`, and nothing has changed
   */
  install(cutover: RaftIndex, raftKey: KeyId): void {
    this.#parts.checkInstall(cutover, raftKey);
    if (this.#wrapping.committed(raftKey, this.#wrapping.raftEpoch)) this.#registered.add(raftKey);
    this.#raftKey = raftKey;
    this.#cutover = cutover;
  }

  /**
   * The raft key was rotated. Before the cutover that is nobody's business here.
   *
   * @throws Refusal `argument-zero`
   */
  rotate(raftKey: KeyId): void {
    if (this.#cutover !== 0n) this.install(this.#cutover, raftKey);
  }
}

/**
 * A wrapper for one load.
 *
 * @clause 6E-2/wrap-switch 6E-2/start-up-sets-switch
 * @throws Refusal `raft-key-absent` for a cutover without a key
 */
export const proposalWrapper = (ops: WrapperParts, wrapping: Wrapping): ProposalWrapper => new ProposalWrapper(ops, wrapping);
