/**
 * The steps of a scenario that was played, as a person follows them: a sentence each, and the lines of a sequence diagram. What is
 * said of a step is what came of it.
 */
import type { CutoverAnswerMessage, Phase } from '../../conformance/protocol/leader-operations.js';
import type { FileRole, LogEntryMessage } from '../../conformance/protocol/operations.js';
import { reasonsOf } from '../../conformance/runner/nodes.js';
import type { Moment } from '../../conformance/runner/played.js';
import type { Step } from '../../conformance/scenarios/schema.js';
import { stepWords } from '../../conformance/scenarios/step-words.js';
import type { Run, Went } from './play.js';

/** Something that happens. */
export interface Beat {
  /** Numbers of the steps of the scenario. */
  readonly from: number;
  readonly to: number;
  readonly says: string;
  /** Lines of the diagram. */
  readonly draws: readonly string[];
  /** What belongs together stands in one item of the list. */
  readonly kind: 'carries' | 'looks' | 'other';
}

type Op<Name> = Extract<Step, { op: Name }>;

/** The last outcome of a step; null where it was passed over. */
const outcomeOf = ({ moments }: Went): Moment['outcome'] | null => moments.at(-1)?.outcome ?? null;
const okOf = (went: Went): Readonly<Record<string, unknown>> | null => {
  const outcome = outcomeOf(went);
  return outcome !== null && 'ok' in outcome ? outcome['ok'] as Readonly<Record<string, unknown>> : null;
};

export const listed = (names: readonly string[]): string => names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
const code = (text: string): string => `\`${text}\``;
const because = (went: Went): string => reasonsOf(outcomeOf(went) ?? { ok: {} }).map(code).join(' and ');

/** Who asks, as the diagram calls them, and what for. */
const CALLERS: Readonly<Record<Op<'propose'>['source'], readonly [who: string, what: string]>> = {
  'client-write': ['client', 'a write of a client'],
  'forwarded-write': ['client', 'a write that another node passed on'],
  'lease-renewal': ['timer', 'the renewal of the lease'],
  'registration': ['self', 'its own registration as a writer'],
  'pre-registration': ['operator', 'the registration of a member that is to join'],
  'rotation': ['operator', 'the rotation of a data key'],
  'storage-cutover': ['operator', 'the storage cutover'],
  'bootstrap': ['operator', 'the first keys'],
};

const PHASES: Readonly<Record<Phase, string>> = {
  idle: 'the gate is open', gated: 'the gate is held', drained: 'nothing is in flight any more', proposed: 'the cutover entry is proposed',
  applied: 'the cutover entry is applied here', switched: 'the wrap switch is on',
};

function answerWords(answer: CutoverAnswerMessage): string {
  switch (answer.is) {
    case 'applied': return `*applied at ${answer.index}${answer.already ? ', before this call' : ''}*`;
    case 'not-appended': return `*not appended* (${answer.reasons.map(code).join(', ')})`;
    case 'unknown': return '*unknown*';
  }
}

/** The form of an entry, as a word before it. */
const FORMS: Readonly<Record<string, string>> = { plain: 'plain', sealed: 'wrapped', cutover: 'plain', empty: 'empty', other: 'neither plain nor wrapped as it is due' };

/** One step on one node. */
function tell(went: Went): Omit<Beat, 'from' | 'to'> {
  const { step } = went.followed;
  const { on } = step;
  const ok = okOf(went);
  const other = (says: string, ...draws: string[]): Omit<Beat, 'from' | 'to'> => ({ says, draws, kind: 'other' });
  if (!('op' in step)) return 'find' in step ? { says: '', draws: [], kind: 'looks' } : edited(step);
  switch (step.op) {
    case 'state': case 'snapshot.header': return { says: '', draws: [], kind: 'looks' };
    case 'open': return ok === null
      ? other(`${on} refuses to start: ${because(went)}.`, note(on, `refuses to start: ${plain(because(went))}`)) : other(`${on} starts.`, note(on, 'starts'));
    case 'close': return other(`${on} is stopped.`, note(on, 'is stopped'));
    case 'crash.now': return other(`${on} ${step.power === true ? 'loses its power' : 'dies'}.`, note(on, step.power === true ? 'loses its power' : 'dies'));
    case 'role': return lead(went, step, ok);
    case 'append': return carried(went, `${on} is given ${step.entries.map(code).join(', ')}`, []);
    case 'replicate': return carried(went, `${on} gets the log of ${step.from}`, [`${step.from}->>${on}: its log${step.to === undefined || step.to === 'last' ? '' : ` up to ${step.to}`}`]);
    case 'commit': return carried(went, '', []);
    case 'apply': return carried(went, '', []);
    case 'propose': {
      const [who, what] = CALLERS[step.source];
      const ask = who === 'self' ? `${on}->>${on}: ${what}` : `${who}->>${on}: ${what}`;
      if (ok === null) return other(`${capital(what)} comes to ${on}, and is refused: ${because(went)}.`, ask, who === 'self' ? note(on, `refused: ${plain(because(went))}`) : `${on}--x${who}: ${plain(because(went))}`);
      return other(`${on} accepts ${what} (${code(step.ticket)}). It is not appended yet.`, `${ask} (${step.ticket})`);
    }
    case 'admit': {
      if (ok === null) return other(`${on} does not append ${code(step.ticket)}: ${because(went)}.`, note(on, `${step.ticket} refused: ${plain(because(went))}`));
      const form = FORMS[String(ok['form'])] ?? '';
      return other(`${on} appends ${code(step.ticket)} at ${String(ok['index'])}, ${form}${step.entry === step.ticket ? '' : ` (${code(step.entry)})`}.`,
        note(on, `${String(ok['index'])}: ${step.entry}, ${form}`));
    }
    case 'cancel': return other(`The caller of ${code(step.ticket)} goes.`, note(on, `the caller of ${step.ticket} goes`));
    case 'transfer': return ok === null
      ? other(`${on} is asked to hand over to ${step.to}, and refuses: ${because(went)}.`, `operator->>${on}: hand over to ${step.to}`, `${on}--xoperator: ${plain(because(went))}`)
      : other(`${on} is asked to hand over to ${step.to}, and agrees.`, `operator->>${on}: hand over to ${step.to}`, `${on}->>${step.to}: leadership`);
    case 'tick': return other(`${step.ms / 1000} seconds go by on ${on}.`, note(on, `${step.ms / 1000} s go by`));
    case 'snapshot.take': return other(`${on} takes a snapshot at ${String(ok?.['index'])} (${code(step.snapshot)}).`, note(on, `snapshot ${step.snapshot} at ${String(ok?.['index'])}`));
    case 'snapshot.install': return ok === null
      ? other(`${on} refuses to install ${code(step.snapshot)}: ${because(went)}.`, note(on, `refuses ${step.snapshot}: ${plain(because(went))}`))
      : other(`${on} installs ${code(step.snapshot)}.`, note(on, `installs ${step.snapshot}`));
    case 'cutover.begin': return begun(went, step, ok);
    case 'cutover.step': return stepped(went, step, ok);
    case 'cutover.poll': {
      const answer = ok?.['answer'] as CutoverAnswerMessage | undefined;
      const stands = answer === undefined ? PHASES[String(ok?.['phase']) as Phase] : `the answer is ${answerWords(answer)}`;
      return other(`${on} is asked how ${code(step.call)} stands: ${stands}.`, ...answer === undefined ? [] : [`${on}-->>operator: ${plain(answerWords(answer))}`]);
    }
    case 'cutover.expire': {
      const answer = ok?.['answer'] as CutoverAnswerMessage | undefined;
      const told = answer === undefined ? '' : `: the answer is ${answerWords(answer)}`;
      return other(`The operator does not wait for ${code(step.call)} any longer${told}.`, `operator--x${on}: goes away${answer === undefined ? '' : ` (${plain(answerWords(answer))})`}`);
    }
  }
}

/** The files of a node by their roles. */
const FILES: Readonly<Record<FileRole, string>> = { sidecar: 'sidecar', identity: 'file with the identity of the log', log: 'log', fsm: 'store of the state machine' };

function edited(step: Extract<Step, { file: unknown }>): Omit<Beat, 'from' | 'to'> {
  const { on, file, edit } = step;
  const tells = (says: string, draws: string): Omit<Beat, 'from' | 'to'> => ({ says, draws: [note(on, draws)], kind: 'other' });
  const what = FILES[file];
  if ('remove' in edit) return tells(`${on} loses its ${what}.`, `loses its ${what}`);
  if ('keep' in edit) return tells(`A copy is kept of the ${what} of ${on}.`, `a copy of its ${what} is kept`);
  if ('restore' in edit) return tells(`The kept copy is put back as the ${what} of ${on}.`, `gets an older ${what}`);
  if ('replace' in edit) return tells(`In the ${what} of ${on}, ${code(edit.replace.this)} becomes ${code(edit.replace.by)}.`, `its ${what} is changed`);
  return tells(`${stepWords(step)}.`, `its ${what} is changed`);
}

function lead({ followed }: Went, { on, is, entry }: Op<'role'>, ok: Readonly<Record<string, unknown>> | null): Omit<Beat, 'from' | 'to'> {
  const made = ok?.['entry'] as LogEntryMessage | undefined;
  if (is === 'follower') return { says: `${on} leads no more.`, draws: [note(on, 'leads no more')], kind: 'other' };
  if (made === undefined) return { says: `${on} does not take the lead in term ${followed.term ?? '?'}.`, draws: [note(on, 'does not take the lead')], kind: 'other' };
  return { says: `${on} leads in term ${made.term}, and appends the empty entry of the term at ${made.index} (${code(entry ?? '')}).`, draws: [note(on, `leads in term ${made.term}<br/>${made.index}: empty`)], kind: 'other' };
}

function begun(went: Went, { on, call }: Op<'cutover.begin'>, ok: Readonly<Record<string, unknown>> | null): Omit<Beat, 'from' | 'to'> {
  const ask = `operator->>${on}: cut over (${call})`;
  if (ok === null) return { says: `The operator calls for the cutover on ${on} (${code(call)}), and is refused: ${because(went)}.`, draws: [ask, `${on}--xoperator: ${plain(because(went))}`], kind: 'other' };
  const answer = ok['answer'] as CutoverAnswerMessage | undefined;
  if (answer !== undefined) return { says: `The operator calls for the cutover on ${on} (${code(call)}): ${answerWords(answer)}.`, draws: [ask, `${on}-->>operator: ${plain(answerWords(answer))}`], kind: 'other' };
  return { says: `The operator calls for the cutover on ${on} (${code(call)}), which holds the gate.`, draws: [ask, note(on, 'holds the gate')], kind: 'other' };
}

function stepped(went: Went, { on, call }: Op<'cutover.step'>, ok: Readonly<Record<string, unknown>> | null): Omit<Beat, 'from' | 'to'> {
  if (ok === null) return { says: `${code(call)} goes on, and is refused: ${because(went)}.`, draws: [note(on, `${call} refused`)], kind: 'other' };
  const entry = ok['entry'] as LogEntryMessage & { readonly form?: string } | undefined;
  const answer = ok['answer'] as CutoverAnswerMessage | undefined;
  const words = [
    ...entry === undefined ? [] : [`${on} appends the cutover entry at ${entry.index}${entry.form === 'cutover' ? ', plain' : ', wrapped'}`],
    ...entry === undefined && ok['waits'] === undefined && answer === undefined ? [PHASES[ok['phase'] as Phase]] : [],
    ...ok['waits'] === undefined ? [] : [`it waits (${String(ok['waits'])})`],
    ...answer === undefined ? [] : [`the answer is ${answerWords(answer)}`],
  ];
  return {
    says: `${code(call)} goes on: ${words.join('; ')}.`, kind: 'other',
    draws: [
      ...entry === undefined ? [] : [note(on, `${entry.index}: cutover entry`)],
      ...answer === undefined ? [] : [`${on}-->>operator: ${plain(answerWords(answer))}`],
      ...entry === undefined && answer === undefined ? [note(on, `${call}: ${plain(words.join('; '))}`)] : [],
    ],
  };
}

/** A step of the suite as the consensus layer: what is appended, committed, applied, on one node. */
function carried(went: Went, words: string, draws: readonly string[]): Omit<Beat, 'from' | 'to'> {
  const { on } = went.followed.step;
  const sentences = [...words === '' ? [] : [words]];
  const lines = [...draws];
  for (const { op, outcome, commit } of went.moments) {
    const members = ('ok' in outcome ? outcome['ok'] : 'halted' in outcome ? outcome['halted'] : null) as Readonly<Record<string, unknown>> | null;
    if ('refused' in outcome) {
      sentences.push(`${on} refuses to ${op}: ${reasonsOf(outcome).map(code).join(' and ')}`);
      lines.push(note(on, `refuses to ${op}: ${reasonsOf(outcome).join(', ')}`));
    } else if ('halted' in outcome) {
      const { index } = outcome['halted'] as { readonly index: string };
      sentences.push(`**${on} halts before ${index}**: ${reasonsOf(outcome).map(code).join(' and ')}`);
      lines.push(note(on, `HALTS before ${index}`));
    } else if (op === 'commit') sentences.push(`${on} knows that everything up to ${commit} is committed`);
    else if (op === 'apply') {
      sentences.push(`${on} has applied up to ${String(members?.['applied'])}`);
      lines.push(note(on, `applies up to ${String(members?.['applied'])}`));
    }
  }
  return { says: sentences.map((sentence) => `${sentence}.`).join(' '), draws: lines, kind: 'carries' };
}

const note = (on: string, text: string): string => `Note over ${on}: ${text}`;
const plain = (markdown: string): string => markdown.replace(/[`*]/g, '');
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** The same words of several nodes in one sentence. */
function together(number: number, told: readonly (Omit<Beat, 'from' | 'to'> & { readonly on: string })[]): Beat {
  const same = new Map<string, string[]>();
  for (const { on, says } of told) {
    const general = says.replaceAll(`**${on} halts`, '**@ halts').replace(new RegExp(`(^|\\. )${on} `, 'g'), '$1@ ');
    same.set(general, [...same.get(general) ?? [], on]);
  }
  const says = [...same].map(([general, on]) => on.length === 1 ? general.replaceAll('@', on[0] ?? '') : plural(general).replaceAll('@', listed(on))).join(' ');
  return { from: number, to: number, says, draws: told.flatMap(({ draws }) => draws), kind: told[0]?.kind ?? 'other' };
}

const plural = (text: string): string => [['@ gets', '@ get'], ['@ is ', '@ are '], ['@ knows', '@ know'], ['@ has ', '@ have '], ['@ halts', '@ halt'], ['@ starts', '@ start'], ['@ refuses', '@ refuse'], ['@ dies', '@ die'], ['@ loses its', '@ lose their']]
  .reduce((changed, [one = '', many = '']) => changed.replaceAll(one, many), text);

/** A replica that has halted refuses everything, and what lacks nothing is given nothing: neither is told of. */
const isOver = ({ moments }: Went): boolean => moments.every(({ op, outcome }) => op === 'replicate' || reasonsOf(outcome).includes('replica-halted'));

/** All of a run, step by step; what only looks says nothing, and what was passed over does not happen. */
export function beatsOf({ steps }: Run): Beat[] {
  const numbers = [...new Set(steps.map(({ followed }) => followed.number))];
  return numbers.flatMap((number) => {
    const told = steps.filter((went) => went.followed.number === number && went.moments.length > 0 && !isOver(went)).map((went) => ({ ...tell(went), on: went.followed.step.on }));
    return told.length === 0 ? [] : [together(number, told)];
  }).filter(({ kind }) => kind !== 'looks');
}

/** How many steps at the beginning only bring up the nodes, one leader, and the first keys. */
export function setUp({ steps }: Run): number {
  const keys = new Set(steps.flatMap(({ followed: { step } }) => 'op' in step && step.op === 'propose' && step.source === 'bootstrap' ? [step.ticket] : []));
  const leaders = new Set<string>();
  const brings = (step: Step): boolean => {
    if (!('op' in step)) return false;
    switch (step.op) {
      case 'open': case 'commit': case 'apply': case 'replicate': case 'state': return true;
      case 'role': return step.is === 'leader' && leaders.add(step.on).size === 1;
      case 'propose': case 'admit': return keys.has(step.ticket);
      default: return false;
    }
  };
  const first = steps.find(({ followed: { step } }) => !brings(step));
  return first === undefined ? 0 : first.followed.number - 1;
}

/** What a step came to, to tell two runs apart by. */
export const cameTo = (went: Went): string => went.moments.length === 0 ? '' : tell(went).says;
