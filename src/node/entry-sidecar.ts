/**
 * The sidecar of one entry: its write may have to wait for the batch, where a composition has the order so.
 *
 * Implements base/applied-index as far as the sidecar goes (spec/base/replica.md).
 */
import type { SidecarAtPath } from '../base/applier.js';
import type { SidecarState } from '../base/sidecar.js';

/**
 * The sidecar while one entry is applied.
 *
 * @clause base/applied-index
 */
export class EntrySidecar implements SidecarAtPath {
  readonly #file: SidecarAtPath;
  readonly #waits: boolean;
  #waiting: SidecarState | null = null;

  constructor(file: SidecarAtPath, waits: boolean) {
    this.#file = file;
    this.#waits = waits;
  }

  read(): SidecarState | null {
    return this.#waiting ?? this.#file.read();
  }

  write(state: SidecarState): void {
    if (this.#waits) this.#waiting = state;
    else this.#file.write(state);
  }

  /** The entry is over: what waited is written. */
  settle(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) this.#file.write(waiting);
  }
}
