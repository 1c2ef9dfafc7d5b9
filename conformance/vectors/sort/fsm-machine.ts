/** Sorting of the groups of the format `fsm-entries` that need a state machine. */
import { asProposed, bytesOf, isMembers, normative, notOurs, u64Of, type FormatSorting, type Input, type Members, type Rule } from './rules.js';

const membersOf = (value: unknown): Members => isMembers(value) ? value : {};

// ── First byte ──────────────────────────────────────────────────────────────────────────────────────────────

const SUB_TAGS = [1, 4, 5];
const firstByte = (input: Input): number | undefined => bytesOf(input, 'payload')[0];
const isRequest = (input: Input): boolean => {
  const first = firstByte(input);
  return first !== undefined && (first < 0x02 || first > 0x07);
};
const isReserved = (input: Input): boolean => {
  const first = firstByte(input) ?? 0;
  return [0x06, 0x07].includes(first) || (input['applier'] === 'none' && [0x03, 0x04, 0x05].includes(first));
};

interface BootstrapParts {
  readonly keys: readonly { readonly id: number; readonly wrapped: Buffer }[];
  readonly count: number;
  readonly whole: boolean;
}

/** The keys of a bootstrap body, its row count, and whether it is as long as it says; null where it is cut before the count. */
export function bootstrapParts(body: Buffer): BootstrapParts | null {
  const keys = [];
  let at = 1;
  for (let key = 0; key < 2; key += 1) {
    if (body.length < at + 8) return null;
    const [id, length] = [body.readUInt32BE(at), body.readUInt32BE(at + 4)];
    keys.push({ id, wrapped: body.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  if (body.length < at + 4) return null;
  const count = body.readUInt32BE(at);
  return { keys, count, whole: body.length === at + 4 + count * 14 };
}

/** Whether the body behind the first byte is that of an encryption entry, of its length, version, sub-tag and purpose. */
function isWhole(payload: Buffer): boolean {
  const body = payload.subarray(1);
  if (body[0] !== 0x01) return false;
  switch (payload[0]) {
    case 0x03: return body.length === 15;
    case 0x04: return bootstrapParts(body)?.whole === true;
    case 0x05:
      return body.length >= 11 && SUB_TAGS.includes(body.readUInt8(1)) && [1, 2].includes(body.readUInt8(6)) && body.length === 11 + body.readUInt32BE(7) + 14;
    default: return false;
  }
}
const isRefusedEntry = (input: Input): boolean => input['applier'] === 'failing' || !isWhole(bytesOf(input, 'payload'));

const firstByteRules: readonly Rule[] = [
  notOurs('a request, which belongs to the store and is opaque to this suite', isRequest),
  normative('base/first-byte-dispatch', 'an empty payload', (input) => firstByte(input) === undefined),
  normative('base/lease-entry', 'a lease', (input) => firstByte(input) === 0x02),
  normative('base/reserved-opcodes-halt', 'a reserved first byte, or an encryption entry that nothing is wired to take', isReserved),
  normative('base/encryption-entry-failure-halts', 'an encryption entry that does not decode, or that the applier refuses', isRefusedEntry),
  normative('base/first-byte-dispatch', 'an encryption entry that is handed to the applier'),
];

// ── Scripts ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Step { readonly entry: Buffer; readonly index: bigint }

const stepsOf = (input: Input): readonly Step[] => (Array.isArray(input['steps']) ? input['steps'] : []).map(membersOf)
  .map((step) => ({ entry: bytesOf(step, 'entry'), index: u64Of(step, 'raft_index') }));

/** The members of the sidecar that the node starts with; none where there is no such document. */
function sidecarOf(input: Input): Members {
  const document = membersOf(input['setup'])['document'];
  if (typeof document !== 'string') return {};
  try {
    return membersOf(JSON.parse(document));
  } catch {
    return {};
  }
}
const numberOf = (members: Members, name: string): bigint => Number.isInteger(members[name]) ? BigInt(members[name] as number) : 0n;

/** The first byte of an entry and, of a rotation, its sub-tag. */
const kindOf = (entry: Buffer): string => entry[0] === 0x05 ? `05/${entry[2] ?? 0}` : `0${entry[0] ?? 0}`;
const holds = (kind: string) => (input: Input): boolean => stepsOf(input).some(({ entry }) => kindOf(entry) === kind);

/**
 * Does an entry come at or below the mark of what was done, the index of the sidecar, raised by the entries before it? A registration leaves
 * the sidecar alone, and it makes no difference where the same entry comes once more at an index that no mark knows.
 */
function replays(input: Input): boolean {
  let mark = numberOf(sidecarOf(input), 'raft_applied_index');
  const steps = stepsOf(input).map(({ entry, index }) => {
    const again = entry[0] !== 0x03 && index !== 0n && index <= mark;
    if (index > mark) mark = index;
    return { entry, again };
  });
  return steps.some(({ entry, again }, at) => again && !steps.slice(at + 1).some((later) => !later.again && later.entry.equals(entry)));
}
/** The bootstrap that a sidecar came from, over an epoch that was raised since. */
const epochStands = (input: Input): boolean => stepsOf(input).some(({ entry }) => {
  const { active, keys } = sidecarOf(input);
  const asked = entry[0] === 0x04 ? bootstrapParts(entry.subarray(1))?.keys ?? [] : [];
  const held = asked.map(({ id }) => membersOf(membersOf(keys)[`${id}`]));
  return asked.length === 2 && ['storage', 'raft'].every((slot, at) => membersOf(active)[slot] === asked[at]?.id)
    && asked.every(({ wrapped }, at) => held[at]?.['wrapped'] === wrapped.toString('base64'))
    && held.some((entryHeld) => numberOf(entryHeld, 'local_epoch') > 0n);
});

/** A cutover entry meets a cutover: one that the sidecar records, or one that an earlier entry did. */
const cutoverStands = (input: Input): boolean => holds('05/5')(input)
  && (numberOf(sidecarOf(input), 'raft_envelope_cutover_index') > 0n || stepsOf(input).filter(({ entry }) => kindOf(entry) === '05/5').length > 1);
const staleKey = (input: Input): boolean => stepsOf(input).some(({ entry }) =>
  kindOf(entry) === '05/5' && entry.length >= 7 && BigInt(entry.readUInt32BE(3)) !== numberOf(membersOf(sidecarOf(input)['active']), 'raft'))
  && Object.keys(sidecarOf(input)).length > 0;

const scriptRules: readonly Rule[] = [
  normative('base/storage-view', 'a node that does not start, or starts and is handed nothing', (input) => stepsOf(input).length === 0),
  asProposed('base/apply-bootstrap', 'a bootstrap at or below what was applied, or over a raised epoch',
    (input) => holds('04')(input) && (replays(input) || epochStands(input))),
  asProposed('base/apply-rotation', 'a rotation at or below what was applied', (input) => holds('05/1')(input) && replays(input)),
  asProposed('base/apply-storage-cutover', 'a storage cutover at or below what was applied', (input) => holds('05/4')(input) && replays(input)),
  asProposed('6E-1/cutover-recorded', 'a cutover entry at or below what was applied', (input) => holds('05/5')(input) && replays(input)),
  normative('6E-1/first-cutover-wins', 'a cutover entry that meets a recorded cutover', cutoverStands),
  normative('6E-1/stale-key-no-op', 'a cutover entry for another key than the active one', staleKey),
  normative('6E-1/cutover-recorded', 'a cutover entry', holds('05/5')),
  normative('base/apply-storage-cutover', 'a storage cutover', holds('05/4')),
  normative('base/apply-rotation', 'a rotation', holds('05/1')),
  normative('base/apply-bootstrap', 'a bootstrap', holds('04')),
  normative('base/registration-cases', 'registrations', holds('03')),
  normative('base/encryption-entry-failure-halts', 'payloads of no known kind'),
];

export const fsmMachineSorting: FormatSorting = {
  'first-byte': { class: 'machine', rules: firstByteRules },
  'applier-script': { class: 'machine', rules: scriptRules },
  'applier-construction': { class: 'machine', rules: [notOurs('an applier that is built with a part left out: misuse of one interface')] },
};
