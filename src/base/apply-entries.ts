/**
 * The encryption entries of one node: which applier takes which entry. The table that the first-byte dispatch is wired with.
 *
 * Implements base/first-byte-dispatch and base/encryption-entry-failure-halts as far as they speak of the applier
 * (spec/base/fsm-dispatch.md, spec/base/apply-entries.md).
 */
import type { Applied, ApplierParts } from './applier.js';
import { hexByte } from './bytes.js';
import { refuse } from './errors.js';
import type { EntryHandlers } from './fsm-dispatch.js';
import { SUB_TAG, type Bootstrap, type Rotation, type WriterRow } from './fsm-entries.js';
import type { RaftIndex } from './ids.js';

type Applier<Entry> = (parts: ApplierParts, entry: Entry, index: RaftIndex) => Applied;

/** The appliers, one an entry. */
export interface Appliers {
  readonly applyRegistration: Applier<WriterRow>;
  readonly applyBootstrap: Applier<Bootstrap>;
  readonly applyRotation: Applier<Rotation>;
  readonly applyStorageCutover: Applier<Rotation>;
  readonly applyCutoverEntry: Applier<Rotation>;
}

/**
 * The handlers of the encryption entries over the parts of a node.
 *
 * @clause base/first-byte-dispatch base/encryption-entry-failure-halts
 */
export const entryHandlers = (ops: Appliers, parts: ApplierParts): EntryHandlers<Applied> => ({
  registration: (entry, index) => ops.applyRegistration(parts, entry, index),
  bootstrap: (entry, index) => ops.applyBootstrap(parts, entry, index),
  rotation: (entry, index) => {
    switch (entry.subTag) {
      case SUB_TAG.rotateDek: return ops.applyRotation(parts, entry, index);
      case SUB_TAG.enableStorageEnvelope: return ops.applyStorageCutover(parts, entry, index);
      case SUB_TAG.enableRaftEnvelope: return ops.applyCutoverEntry(parts, entry, index);
      // No decoder lets another one through.
      default:
        return refuse('apply-refused',
          { clause: 'base/encryption-entry-failure-halts', field: 'sub-tag', expected: '01, 04 or 05', got: hexByte(entry.subTag) });
    }
  },
});
