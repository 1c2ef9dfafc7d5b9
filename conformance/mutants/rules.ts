/**
 * Mutants of the rules: one for each row of the rule table, the reference without that rule. Base, clause, check and answer
 * are those of the row, and what the reference does without the rule is the dropped rule of that name.
 */
import { rules, type Evidence, type RuleId } from '../../spec/rules.js';
import { droppedRules } from '../../src/node/dropped-rules.js';
import type { Claim, Mutant } from './mutant.js';

/** What is wrong without the rule, in one line. */
const wrong: Readonly<Record<RuleId, string>> = {
  'decode-first': 'unwraps the whole entry and decodes the proposal behind it',
  'strict-greater': 'unwraps the cutover entry itself when it is met again',
  'unset-is-infinity': 'reads "no cutover" as the index 0, and unwraps every entry',
  'undecodable-skipped': 'halts on an entry that is no proposal',
  'unwrap-failure-halts': 'passes over an entry that does not unwrap, and counts it as applied',
  'ordinary-error-advances': 'halts on an ordinary error of the state machine',
  'duplicates-dropped': 'applies an entry again that counts as applied',
  'volatile-reapplied': 'drops a lease that counts as applied, so that the ceiling is lost with the memory',
  'first-cutover-wins': 'lets a second cutover entry move the recorded index',
  'stale-key-no-op': 'cuts over under a key that is no longer the active one',
  'sidecar-before-store': 'writes the batch of the store before the sidecar',
  'every-entry-moves-applied': 'leaves the durable applied index where it is after an encryption entry',
  'apply-installs-wrap': 'leaves the wrap switch alone when the cutover entry is applied',
  'startup-init': 'starts with the wrap switch off behind a recorded cutover',
  'snap-carries-cutover': 'writes the header of a snapshot without the cutover',
  'snap-waits-for-cutover': 'writes the recorded cutover into the header of a snapshot that lies below it',
  'start-raises-epochs': 'starts without raising an epoch',
  'every-start-raises-raft-epoch': 'raises the raft epoch at those starts only that find a cutover recorded',
  'bootstrap-keeps-epoch': 'puts the epochs back to 0 when the same bootstrap comes again',
  'replay-by-marks': 'applies in full what was applied before',
  'log-identity-checked': 'opens any log beside any sidecar',
  'log-identity-not-adopted-late': 'makes a new identity where both are missing, also beside a recorded cutover',
  'sidecar-in-place': 'opens with a sidecar of before what its store has taken over',
  'gate-users': 'takes the writes of clients while a call holds the gate',
  'source-exempt': 'holds everybody, its own cutover entry too, and waits for ever',
  'drain': 'proposes the cutover entry while proposals are in flight',
  'count-at-accept': 'counts a proposal in flight when it is appended, so that the drain does not see one that waits for that',
  'cutover-entry-plain': 'wraps the cutover entry',
  'key-at-append': 'names in the cutover entry the raft key that was active when the call began',
  'waits-for-apply': 'goes on to the switch before it has applied the cutover entry',
  'barrier-switches': 'opens without having set the wrap switch',
  'barrier-opens': 'keeps the gate closed when the call has come to its end',
  'retry-finds-cutover': 'begins a cutover where one is recorded',
  'unwraps-above': 'hands what stands above the cutover to the state machine as it is',
  'wraps-above': 'proposes plain behind the cutover',
  'resolved-by-own-entry': 'knows its entry by the proposal id, which other nodes and other starts have counted too',
  'leader-waits-applied': 'takes proposals before it has applied the first entry of its term',
  'barrier-waits-applied': 'begins a cutover before it has applied the first entry of its term',
  'recheck': 'does not look for a recorded cutover, neither when a call begins nor just before the append',
  'pend-term-check': 'appends in a later term what it accepted in an earlier one',
  'timeout-keeps-hold': 'opens the gate when the caller goes behind the append',
  'exempt-none-but-cutover': 'lets registrations and key changes through the gate until step 6',
  'abort-on-loss': 'keeps the hold of a call whose term is over',
  'append-behind-none': 'appends behind a cutover entry that it has not applied',
  'one-cutover-entry': 'appends a cutover entry where one is recorded',
  'sealed-when-applied': 'appends in whatever form the proposal was accepted',
  'snap-adopts-cutover': 'installs a snapshot without the cutover that its header names',
  'snap-installs-wrap': 'installs a snapshot of behind the cutover and leaves the wrap switch off',
  'snap-refuses-divergence': 'installs a snapshot that names another cutover than the recorded one',
  'snap-needs-keys': 'installs a snapshot without the keys that the entries behind it need',
  'snap-brings-sidecar': 'takes nothing from a snapshot into its sidecar but the cutover',
  'hold-owned': 'lets a second call begin, and open the hold of the first',
  'one-call-at-a-time': 'lets a second call begin while one holds the gate',
  'gate-follows-log': 'opens the gate while a cutover entry stands unapplied in its log',
  'bounded-hold': 'holds the gate for as long as the call takes',
  'lease-is-user-traffic': 'lets lease entries through the hold',
  'no-transfer': 'hands its leadership over while a cutover entry stands unapplied in its log',
  'honest-outcomes': 'says "not appended" of a cutover entry that it has appended',
  'seals-after-own-term': 'wraps before it has applied the first entry of its term',
  'epoch-above-row': 'wraps in an epoch in which another load may have wrapped',
  'registered-by-this-load': 'takes a row that another load wrote for its own registration',
  'no-early-cutover': 'records a cutover without unwrapping and wrapping',
  'no-early-index': 'opens a log with plain proposals above the recorded cutover',
};

const claimsOf = ({ id, crash, outcome, reasons }: Evidence): readonly [Claim, ...Claim[]] => {
  const claim = { check: id, ...(crash !== undefined && { crash }) };
  const [first, ...more] = reasons.map((reason): Claim => ({ ...claim, answers: { result: outcome, reason } }));
  return first === undefined ? [{ ...claim, answers: { result: outcome } }] : [first, ...more];
};

export const ruleMutants: readonly Mutant[] = (Object.keys(rules) as RuleId[]).map((id): Mutant => {
  const { clause, base, check } = rules[id];
  return { id: `without-${id}`, wrong: wrong[id], clause, base, format: 'scenarios', replace: droppedRules[id], claims: claimsOf(check) };
});
