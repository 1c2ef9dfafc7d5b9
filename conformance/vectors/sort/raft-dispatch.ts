/** Sorting of the format `raft-dispatch`. */
import { opened, proposalPayload } from '../../oracle/envelope.js';
import { asProposed, isMembers, listOf, normative, type FormatSorting, type Input } from './rules.js';

interface Entry { readonly index: bigint; readonly type: string; readonly data: Buffer }

/** Decimal digits; 0 for anything else, since a rule copes with whatever stands there. */
const digits = (value: unknown): bigint => typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;

const entriesOf = (input: Input, member = 'entries'): readonly Entry[] => listOf(input[member])
  .map(({ index, type, data }) => ({ index: digits(index), type: String(type), data: Buffer.from(String(data), 'hex') }));

const NONE = 2n ** 64n - 1n;
const cutoverOf = (input: Input): bigint => input['cutover'] === null ? NONE : digits(input['cutover']);

const keyOf = (input: Input) => (id: number): Uint8Array | undefined => {
  const found = listOf(input['keys']).find(({ key_id }) => key_id === id);
  return found === undefined ? undefined : Buffer.from(String(found['key']), 'hex');
};

/** What an entry is against the cutover of its case. */
type Form = 'membership' | 'nothing' | 'at-or-below' | 'opens' | 'does-not-open';
function formOf(input: Input, { index, type, data }: Entry): Form {
  if (type.startsWith('conf-change')) return 'membership';
  const payload = type === 'normal' ? proposalPayload(data) : null;
  if (payload === null) return 'nothing';
  if (index <= cutoverOf(input)) return 'at-or-below';
  return opened(payload, keyOf(input)) === null ? 'does-not-open' : 'opens';
}
const forms = (input: Input): readonly Form[] => entriesOf(input).map((entry) => formOf(input, entry));
const has = (form: Form) => (input: Input): boolean => forms(input).includes(form);
const only = (form: Form) => (input: Input): boolean => forms(input).every((each) => each === form);

const noCutover = (input: Input): boolean => cutoverOf(input) === NONE;
const behindTheFirst = (input: Input): boolean => entriesOf(input).some(({ index }) => index > cutoverOf(input) + 1n);

const halts = normative('6E-2/unwrap-failure-halts', 'an entry above the cutover that does not unwrap', has('does-not-open'));

/** A payload of one of the entries to which the double answers with a halt. */
const askedToHalt = (input: Input): boolean => {
  const machine = input['state_machine'];
  const answers = isMembers(machine) && isMembers(machine['answers']) ? machine['answers'] : {};
  return entriesOf(input).some((entry) => {
    const payload = proposalPayload(entry.data);
    const plain = payload !== null && formOf(input, entry) === 'opens' ? opened(payload, keyOf(input)) : payload;
    return plain !== null && String(answers[plain.toString('hex')] ?? '').startsWith('halt with');
  });
};

/** The plain payloads of a whole node's case, by their first bytes. */
const plainly = (input: Input, begins: RegExp): readonly Buffer[] => entriesOf(input)
  .flatMap(({ data }) => proposalPayload(data) ?? []).filter((payload) => begins.test(payload.toString('hex')));
const BOOTSTRAP = /^0401/;
const REGISTRATION = /^0301.{28}$/;
const CUTOVER = /^050105.{8}02/;
const started = (input: Input): boolean => input['start_document'] !== null;
const cutovers = (input: Input): readonly Buffer[] => plainly(input, CUTOVER);
/** Cutover entries for more than one key: at least one of them was stale. */
const forSeveralKeys = (input: Input): boolean => new Set(cutovers(input).map((payload) => payload.readUInt32BE(3))).size > 1;

export const raftDispatchSorting: FormatSorting = {
  'single': {
    class: 'machine',
    rules: [
      normative('6E-2/membership-entry-plain', 'a membership change', has('membership')),
      normative('6E-2/undecodable-entry-skipped', 'an entry without data, of no known type, or that is no proposal', has('nothing')),
      normative('6E-2/unset-cutover-is-infinity', 'no cutover', noCutover),
      halts,
      normative('6E-2/decode-first', 'a wrapped entry, not the first above the cutover', behindTheFirst),
      normative('6E-2/dispatch-is-strict', 'at the cutover, below it, or just above it'),
    ],
  },
  'sequence': {
    class: 'machine',
    rules: [halts, normative('6E-2/dispatch-is-strict', 'entries on both sides of the cutover')],
  },
  'index-hand-over': {
    class: 'machine',
    rules: [
      halts,
      normative('6E-2/undecodable-entry-skipped', 'nothing is handed over, and no index', only('nothing')),
      normative('6E-2/dispatch-is-strict', 'the index goes before each payload'),
    ],
  },
  'duplicates': {
    class: 'machine',
    rules: [
      normative('6E-2/unwrap-failure-halts', 'a duplicate above the cutover that does not unwrap', has('does-not-open')),
      normative('6E-2/replay-from-applied', 'a duplicate that is dropped, or handed over again'),
    ],
  },
  'state-machine-halt': {
    class: 'machine',
    rules: [
      normative('base/encryption-entry-failure-halts', 'an answer that asks for a halt', askedToHalt),
      normative('6E-2/ordinary-error-advances', 'an answer that does not'),
    ],
  },
  'cold-start': {
    class: 'machine',
    rules: [normative('6E-2/replay-from-applied', 'where replay begins')],
  },
  'with-state-machine': {
    class: 'machine',
    rules: [
      asProposed('base/apply-bootstrap', 'a bootstrap that was applied before puts the epochs back', (input) => started(input) && plainly(input, BOOTSTRAP).length > 0),
      normative('6E-1/first-cutover-wins', 'the cutover entry met again after a restart', (input) => started(input) && cutovers(input).length > 0),
      normative('6E-2/dispatch-is-strict', 'a restart behind the cutover', started),
      normative('base/apply-rotation', 'a rotation or a cutover before any bootstrap', (input) => plainly(input, BOOTSTRAP).length === 0),
      normative('6E-1/stale-key-no-op', 'cutover entries for several keys', forSeveralKeys),
      normative('base/registration-cases', 'registrations in the log', (input) => plainly(input, REGISTRATION).length > 0),
      normative('6E-1/cutover-recorded', 'a cutover and what stands around it', (input) => cutovers(input).length > 0),
      normative('base/apply-bootstrap', 'a bootstrap and no cutover'),
    ],
  },
};
