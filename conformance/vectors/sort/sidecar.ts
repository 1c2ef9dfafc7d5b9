/**
 * Sorting of the format `sidecar`.
 *
 * A document that holds something of the choice base/sidecar-json is a case of the choice. Any other is sorted by what it
 * has against it; one that is accepted, by what it shows.
 */
import { sidecarDocument, type JsonFeature, type SidecarDocument } from '../../oracle/json-features.js';
import { sidecarFindings, type SidecarFault, type SidecarFindings } from '../../oracle/sidecar-faults.js';
import { bytesOf, normative, notOurs, u64Of, type FormatSorting, type Input, type Rule } from './rules.js';

const DOUBLE_EXACT = 2n ** 53n;

// ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────

interface Read { readonly document: SidecarDocument; readonly findings: SidecarFindings }
const readings = new WeakMap<Input, Read>();

/** The document of a case and its findings; looked at once, since many rules ask. */
function read(input: Input): Read {
  const known = readings.get(input);
  if (known !== undefined) return known;
  const text = input['document'];
  const document = sidecarDocument(typeof text === 'string' ? Buffer.from(text) : bytesOf(input, 'document_hex'));
  const reading = { document, findings: sidecarFindings(document) };
  readings.set(input, reading);
  return reading;
}

const has = (fault: SidecarFault) => (input: Input): boolean => read(input).findings.faults.has(fault);

/** The stages of validation. Faults of one stage are no question of order. */
const STAGES: readonly (readonly SidecarFault[])[] = [['syntax', 'type', 'number', 'base64'], ['version'], ['key-id'], ['purpose'], ['active']];
const ofSeveralStages = (input: Input): boolean => {
  const { faults } = read(input).findings;
  return STAGES.filter((stage) => stage.some((fault) => faults.has(fault))).length > 1;
};

/** The rows of the table in the clause: what the strict alternative refuses, and the lenient one reads as golden. */
const CHOICES: Readonly<Record<JsonFeature, string>> = {
  'repeated-name': 'a member name that stands twice in an object',
  'folded-name': 'a member name that is known but for its letter case',
  'wrapped-array': 'a wrapped key as an array',
  'line-break': 'a line break inside base64',
  'spare-bits': 'spare bits of base64 that are not 0',
  'invalid-utf8': 'bytes in a string that are not UTF-8',
  'lone-surrogate': 'half of a surrogate pair',
  'nesting': 'nesting over 64',
};
const choices: readonly Rule[] = (Object.entries(CHOICES) as [JsonFeature, string][]).map(([feature, why]) => ({
  sort: 'choice', clause: 'base/sidecar-json', alternatives: { lenient: 'golden', strict: 'refused' }, why,
  when: (input) => read(input).document.features.includes(feature),
}));

/** White space around the value, escapes, or characters that stand as they are. */
const showsSyntax = ({ text }: SidecarDocument): boolean => text !== text.trim() || /[^\n\x20-\x7e]|\\/.test(text);
const LONGEST_ID = '4294967295';

const reading: readonly Rule[] = [
  ...choices,
  // Refused
  normative('base/sidecar-json-syntax', 'a document that is not JSON', has('syntax')),
  normative('base/sidecar-check-order', 'faults of several stages, of which the first counts', ofSeveralStages),
  normative('base/sidecar-types', 'a member of the wrong type', has('type')),
  normative('base/sidecar-u64', 'a number of another form or out of range', has('number')),
  normative('base/sidecar-base64', 'a wrapped key that is no base64', has('base64')),
  normative('base/sidecar-versions', 'a version other than 1 and 2', has('version')),
  normative('base/sidecar-key-ids', 'a key id that is none', has('key-id')),
  normative('base/sidecar-purposes', 'a purpose that is none', has('purpose')),
  normative('base/sidecar-active', 'an active id without an entry of its purpose', has('active')),
  // Accepted
  normative('base/sidecar-versions', 'a document of version 1', (input) => read(input).findings.version === 1n),
  normative('base/sidecar-u64', 'an index that a double does not hold', (input) => read(input).findings.indexes.some((index) => index > DOUBLE_EXACT)),
  normative('base/sidecar-key-ids', 'a key id with leading zeros, or the greatest', (input) =>
    read(input).findings.ids.some((id) => id.startsWith('0') || id === LONGEST_ID)),
  normative('base/sidecar-base64', 'a wrapped key that is null or empty', (input) => read(input).findings.emptyWrapped),
  normative('base/sidecar-json-syntax', 'white space around the value, or characters beyond the printable ones', (input) => showsSyntax(read(input).document)),
  normative('base/sidecar-text', 'a document with all members in their order', (input) => read(input).findings.complete),
  normative('base/sidecar-defaults', 'a document with members missing, null or unknown'),
];

// ── States ──────────────────────────────────────────────────────────────────────────────────────────────────

type Members = Readonly<Record<string, unknown>>;
const members = (value: unknown): Members => typeof value === 'object' && value !== null ? value as Members : {};
const state = (input: Input): Members => members(input['state']);

const noState = notOurs('no state at all: what a language makes of a missing argument', (input) => input['state'] === null || input['state'] === undefined);

const needsEscapes = (input: Input): boolean => Object.entries(members(state(input)['keys']))
  .some(([id, entry]) => [id, members(entry)['purpose'], members(entry)['created']].some((text) => typeof text === 'string' && /[^\x20-\x7e]|["\\<>&]/.test(text)));
const beyondDouble = (input: Input): boolean => ['raft_applied_index', 'storage_envelope_cutover_index', 'raft_envelope_cutover_index']
  .some((name) => u64Of(state(input), name) > DOUBLE_EXACT);

// ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────

export const sidecarSorting: FormatSorting = {
  'serialise': {
    class: 'codec',
    rules: [
      noState,
      normative('base/sidecar-escapes', 'a text with characters that are escaped, or that might be', needsEscapes),
      normative('base/sidecar-written-version', 'a state of another version than 2', (input) => state(input)['version'] !== 2),
      normative('base/sidecar-u64', 'an index that a double does not hold', beyondDouble),
      normative('base/sidecar-text', 'the text of a state'),
    ],
  },
  'serialise-rejects': { class: 'codec', rules: [noState, normative('base/sidecar-write-checks', 'a state that a reader would refuse')] },
  'read-accepts': { class: 'codec', rules: reading },
  'read-rejects': { class: 'codec', rules: reading },
  'json-rules': { class: 'codec', rules: reading },
  'hydrate': {
    class: 'codec',
    rules: [
      notOurs('a part of the call that is not there: misuse of one interface', (input) => input['absent'] !== undefined),
      ...choices,
      normative('base/sidecar-hydrate', 'a key store filled from a sidecar'),
    ],
  },
  'file-state': { class: 'file', rules: [normative('base/sidecar-file-state', 'a path where there is no sidecar to read')] },
  'write-effects': {
    class: 'file',
    rules: [
      noState,
      normative('base/sidecar-durable-write', 'what a write makes of a directory'),
    ],
  },
  'bump-epoch': {
    class: 'file',
    rules: [
      normative('base/sidecar-file-state', 'a path where there is no sidecar to raise an epoch in', (input) => input['at_path'] !== undefined),
      ...choices,
      normative('base/sidecar-bump-epoch', 'an epoch raised, or not'),
    ],
  },
};
