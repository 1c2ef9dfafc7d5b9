/**
 * A node of test doubles for the encryption entries: sidecar, registry rows, clock and installer in memory, around the same
 * appliers that a replica uses.
 */
import { hex } from '../../../src/base/bytes.js';
import type { Applied, ApplierParts, RegistryRows, SidecarAtPath, StorageView } from '../../../src/base/applier.js';
import { refuse } from '../../../src/base/errors.js';
import { localEpoch, raftIndex, type KeyId, type RaftIndex } from '../../../src/base/ids.js';
import type { KeyStore } from '../../../src/base/key-store.js';
import type { Dispatched } from '../../../src/base/fsm-dispatch.js';
import type { Operations } from '../../../src/node/compose.js';
import type { ApplierSetup, RowFields } from '../../protocol/formats/fsm-entries.js';
import { loadKeys } from './aead-envelope.js';
import { bytes } from './handlers.js';

/** What a store throws whose disk fails. */
const failure = (): Error => Object.assign(new Error('the store of the vector fails'), { code: 'EIO' });

/** The rows of a registry in memory, and a store that fails when it is told to. */
export class RowsInMemory implements RegistryRows {
  readonly #values = new Map<string, string>();
  readonly #fault: 'read' | 'write' | undefined;
  mark = 0n as RaftIndex;
  /** Rows that were written so far. */
  writes = 0;

  constructor(rows: readonly RowFields[], fault?: 'read' | 'write') {
    for (const { key, value } of rows) this.#values.set(key, value);
    this.#fault = fault;
  }

  get(key: Uint8Array): Uint8Array | null {
    if (this.#fault === 'read') throw failure();
    const value = this.#values.get(hex(key));
    return value === undefined ? null : bytes(value);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    if (this.#fault === 'write') throw failure();
    this.#values.set(hex(key), hex(value));
    this.writes += 1;
  }

  /** By ascending key. */
  all(): RowFields[] {
    return [...this.#values].sort(([left], [right]) => left < right ? -1 : 1).map(([key, value]) => ({ key, value }));
  }
}

/** A sidecar whose file is a text. */
export class SidecarInMemory implements SidecarAtPath {
  readonly #ops: Operations;
  /** Null is no file. */
  text: string | null;

  constructor(ops: Operations, text: string | null) {
    this.#ops = ops;
    this.text = text;
  }

  read(): ReturnType<SidecarAtPath['read']> {
    return this.text === null ? null : this.#ops.readSidecar(new TextEncoder().encode(this.text));
  }

  write(state: Parameters<SidecarAtPath['write']>[0]): void {
    this.text = this.#ops.serialiseSidecar(state);
  }
}

/** One call of the installer. */
interface InstallerCall { readonly cutover: RaftIndex; readonly raftKey: KeyId }

/** What an entry came to, the installer calls that it brought, and the view of the node afterwards. */
export interface AppliedEntry {
  readonly dispatched: Dispatched<Applied | null>;
  readonly installerCalls: readonly InstallerCall[];
  readonly view: StorageView;
}

/** A node that has started. */
export class ApplierNode {
  readonly #ops: Operations;
  readonly #parts: ApplierParts;
  readonly sidecar: SidecarInMemory | null;
  readonly rows: RowsInMemory;
  readonly keys: KeyStore | null;
  #now = new Date(0);
  #calls: InstallerCall[] = [];
  #view: StorageView;

  /** @throws Refusal when the sidecar is there and cannot be read */
  constructor(ops: Operations, setup: ApplierSetup) {
    this.#ops = ops;
    this.sidecar = setup.has_sidecar_path ? new SidecarInMemory(ops, setup.document) : null;
    this.rows = new RowsInMemory(setup.rows, setup.store_fault);
    this.keys = setup.has_key_store ? loadKeys(ops, setup.preloaded) : null;
    this.#view = ops.storageView(this.sidecar?.read() ?? null);
    if (setup.document_later !== undefined && this.sidecar !== null) this.sidecar.text = setup.document_later;
    this.#parts = {
      kek: setup.has_kek ? ops.importKek('vector', bytes(setup.kek)) : null,
      keys: this.keys,
      sidecar: this.sidecar,
      rows: this.rows,
      epochs: { storage: localEpoch(setup.storage_epoch), raft: localEpoch(setup.raft_epoch) },
      clock: { now: () => this.#now },
      installer: setup.installer === 'none' ? null : (cutover, raftKey) => {
        this.#calls.push({ cutover, raftKey });
        if (setup.installer === 'refuses') {
          refuse('apply-refused', { clause: 'base/apply-rotation', field: 'installer', expected: 'one that accepts', got: 'one that refuses' });
        }
      },
      keepView: (view) => { this.#view = view; },
    };
  }

  /** Hands one entry, its opcode first, to the state machine. */
  apply(entry: Uint8Array, index: string, clock: string): AppliedEntry {
    this.#calls = [];
    this.#now = new Date(clock);
    const at = raftIndex(BigInt(index));
    const dispatched = this.#ops.dispatchPayload<Applied | null>(
      { request: () => null, lease: () => null, entries: this.#ops.entryHandlers(this.#parts) }, entry, at);
    // The mark of the rows is written with them.
    if (dispatched.verdict === 'answered') this.rows.mark = this.#ops.raiseAppliedIndex(this.rows.mark, at);
    return { dispatched, installerCalls: this.#calls, view: this.#view };
  }
}
