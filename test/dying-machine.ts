/** A machine in memory that dies between any two durable effects, and the logs that it is tried with. */
import fc from 'fast-check';
import { FaultyDisk } from '../src/ports/files-faulty.js';
import type { WriteHandle } from '../src/ports/files.js';
import type { Store } from '../src/ports/store.js';
import { bootstrap, cutover, lease, logOf, machine, type Machine, NEXT, RAFT, registration, request, rotation, STORAGE } from './replica-logs.js';

/** The death of a machine. */
export class Cut extends Error {}

/** A disk on which every change is one effect. */
class DyingDisk extends FaultyDisk {
  readonly #spend: () => void;
  constructor(spend: () => void) {
    super();
    this.#spend = spend;
  }

  override create(path: string, permissions: number): WriteHandle {
    this.#spend();
    const handle = super.create(path, permissions);
    return { write: (bytes) => handle.write(bytes), close: () => handle.close(), sync: () => { this.#spend(); handle.sync(); } };
  }

  override rename(from: string, to: string): void {
    this.#spend();
    super.rename(from, to);
  }

  override openDirectory(path: string): { sync(): void; close(): void } {
    const handle = super.openDirectory(path);
    return { close: () => handle.close(), sync: () => { this.#spend(); handle.sync(); } };
  }
}

/** A machine that dies after so many durable effects. */
export function dying(after: number): Machine & { readonly disk: FaultyDisk; dieAfter(effects: number): void; revive(): void } {
  let left = after;
  const spend = (): void => {
    if ((left -= 1) < 0) throw new Cut();
  };
  const disk = new DyingDisk(spend);
  const { stores, ports } = machine({ files: disk });
  const openStore = async (path: string): Promise<Store> => {
    const store = await ports.openStore(path);
    return {
      get: (key) => store.get(key), rows: (from, to) => store.rows(from, to), close: () => store.close(),
      batch: async (changes, options) => { spend(); await store.batch(changes, options); },
    };
  };
  return { stores, disk, ports: { ...ports, openStore }, dieAfter(effects) { left = effects; }, revive() { left = Infinity; } };
}

/** Steps of any log that a design by the rules could have written. */
export const anyLog = fc.array(fc.constantFrom('request', 'lease', 'empty', 'junk', 'membership', 'register', 'bootstrap again', 'rotate', 'storage', 'cutover', 'empty payload'), { maxLength: 14 })
  .map((steps) => {
    let [cut, raft, epoch, rotations, begun] = [false, RAFT as number, 0, 0, false];
    const payloads: Parameters<typeof logOf>[0][number][] = [];
    const put = (payload: Uint8Array): void => { payloads.push(cut ? { sealed: payload, under: raft } : payload); };
    for (const [at, step] of ['bootstrap again', ...steps].entries()) {
      if (step === 'request') put(request(`r${at}`));
      else if (step === 'lease') put(lease(BigInt(at * 10)));
      else if (step === 'empty') payloads.push('empty');
      else if (step === 'junk') payloads.push('no proposal');
      else if (step === 'membership') payloads.push('membership');
      else if (step === 'empty payload') put(new Uint8Array());
      else if (step === 'register') put(registration(epoch += 1, STORAGE));
      else if (step === 'bootstrap again' && rotations === 0 && epoch === 0 && !begun) {
        begun = true;
        put(bootstrap());
      } else if (step === 'rotate' && rotations === 0) {
        rotations += 1;
        put(rotation(0x01, NEXT, 2));
        raft = NEXT;
      } else if (step === 'storage') put(rotation(0x04, STORAGE, 1, 0, false));
      else if (step === 'cutover') {
        put(cutover(0, raft));
        cut = true;
      }
    }
    return payloads;
  });
