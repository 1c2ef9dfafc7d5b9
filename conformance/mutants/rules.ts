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
