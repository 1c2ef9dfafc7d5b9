/**
 * Answers vectors with the reference: joins the handlers of all formats, checks an input by the declaration of its
 * group, and turns what a handler returns or throws into a verdict.
 *
 * A Refusal is the verdict `invalid`. Any other error is one of the adapter or of the vector, and is left to become a
 * `fault`.
 */
import { Refusal } from '../../../src/base/errors.js';
import type { Operations } from '../../../src/node/compose.js';
import type { Format, VectorClass } from '../../protocol/formats/format.js';
import { aeadEnvelope } from '../../protocol/formats/aead-envelope.js';
import { fsmEntries } from '../../protocol/formats/fsm-entries.js';
import { kekWrap } from '../../protocol/formats/kek-wrap.js';
import { proposalEnvelope } from '../../protocol/formats/proposal-envelope.js';
import { raftDispatch } from '../../protocol/formats/raft-dispatch.js';
import { raftEnvelope } from '../../protocol/formats/raft-envelope.js';
import { sidecar } from '../../protocol/formats/sidecar.js';
import { snapshotHeader } from '../../protocol/formats/snapshot-header.js';
import { storageEnvelope } from '../../protocol/formats/storage-envelope.js';
import { writerRegistry } from '../../protocol/formats/writer-registry.js';
import { sorting } from '../../vectors/sort/index.js';
import { problems, Unsupported, type VecAnswer, type VecArgs } from '../serve.js';
import { aeadEnvelopeHandlers } from './aead-envelope.js';
import { fsmEntriesHandlers } from './fsm-entries.js';
import { RefusedWith, Verdict, type Handlers } from './handlers.js';
import { kekWrapHandlers } from './kek-wrap.js';
import { proposalEnvelopeHandlers } from './proposal-envelope.js';
import { raftDispatchHandlers } from './raft-dispatch.js';
import { raftEnvelopeHandlers } from './raft-envelope.js';
import { sidecarHandlers } from './sidecar.js';
import { snapshotHeaderHandlers } from './snapshot-header.js';
import { storageEnvelopeHandlers } from './storage-envelope.js';
import { writerRegistryHandlers } from './writer-registry.js';

type AnyHandler = (input: never) => unknown;
interface Entry { readonly format: Format; readonly handlers: Readonly<Record<string, AnyHandler>> }

// Declaration and handlers meet here with their types; beyond, the check of each input by the declaration stands for them.
const entry = <F extends Format>(format: F, handlers: Handlers<F>): Entry => ({ format, handlers });

/** Answers one vector, and names the formats that it knows with the classes of their groups. @throws Unsupported for a group that is none of them */
export type VectorAnswerer = ((args: VecArgs) => VecAnswer) & { readonly formats: Record<string, VectorClass[]> };

/** The classes of the groups that have a handler. */
const classesOf = ({ format, handlers }: Entry): VectorClass[] =>
  [...new Set(Object.keys(handlers).map((group) => sorting[format.name]?.[group]?.class ?? 'codec'))];

export function vectorAnswerer(operations: Operations): VectorAnswerer {
  const entries = new Map([
    entry(proposalEnvelope, proposalEnvelopeHandlers(operations)),
    entry(aeadEnvelope, aeadEnvelopeHandlers(operations)),
    entry(raftEnvelope, raftEnvelopeHandlers(operations)),
    entry(storageEnvelope, storageEnvelopeHandlers(operations)),
    entry(fsmEntries, fsmEntriesHandlers(operations)),
    entry(sidecar, sidecarHandlers(operations)),
    entry(kekWrap, kekWrapHandlers(operations)),
    entry(snapshotHeader, snapshotHeaderHandlers(operations)),
    entry(writerRegistry, writerRegistryHandlers(operations)),
    entry(raftDispatch, raftDispatchHandlers(operations)),
  ].map((each) => [each.format.name, each]));

  const answer = ({ format, group, input }: VecArgs): VecAnswer => {
    const found = entries.get(format);
    const declared = found !== undefined && Object.hasOwn(found.format.groups, group) ? found.format.groups[group] : undefined;
    const handler = found?.handlers[group];
    if (declared === undefined || handler === undefined) throw new Unsupported(`vec ${format}/${group}`);
    const parsed = declared.input.safeParse(input);
    if (!parsed.success) throw new Error(`the input is not that of ${format}/${group}: ${problems(parsed.error)}`);
    try {
      // The input as it came: in a map, zod leaves out a member that is called __proto__.
      const answered = handler(input as never);
      if (answered instanceof RefusedWith) return { result: 'invalid', reasons: [...answered.refusal.reasons], observed: { ...answered.observed } };
      if (answered instanceof Verdict) return { result: answered.result, reasons: [...answered.refusal?.reasons ?? []], observed: { ...answered.observed } };
      return { result: 'valid', observed: { ...(answered as object) } };
    } catch (error) {
      if (error instanceof Refusal) return { result: 'invalid', reasons: [...error.reasons] };
      throw error;
    }
  };
  return Object.assign(answer, { formats: Object.fromEntries([...entries].map(([name, each]) => [name, classesOf(each)])) });
}
