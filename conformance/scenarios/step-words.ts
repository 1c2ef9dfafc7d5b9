/** Steps in one line each, as `cutcheck show` prints them and as findings and replays name them. */
import type { Edit, Payload, Step, WrittenStep } from './schema.js';
import { compact } from './words.js';

/** A step in one line. */
export function stepWords(step: WrittenStep | Step): string {
  const on = [step.on].flat().join(', ');
  if ('file' in step) return `${on} ${step.file}: ${edited(step.edit)}`;
  if ('find' in step) return `${on} find ${compact(step.find.text)} in ${step.find.in.join(', ')}`;
  const may = 'may' in step && step.may !== undefined ? ` (may be ${step.may.join(' or ')})` : '';
  const kept = 'save' in step && step.save !== undefined ? `, saved as ${step.save}` : '';
  const when = 'if' in step && step.if !== undefined ? `, if there is ${step.if}` : '';
  return `${on} ${doing(step)}${when}${kept}${may}`;
}

type Operation = Extract<WrittenStep | Step, { op: unknown }>;

function doing(step: Operation): string {
  switch (step.op) {
    case 'append': return `append ${step.entries.join(', ')}${given(' at', step.at)}${given(', term', step.term)}`;
    case 'open': return `open${given(', its disk refusing', step.fails)}`;
    case 'commit': return `commit to ${step.to}`;
    case 'apply': return `apply${given(' to', step.to)}${step.step === true ? ', one entry' : ''}`;
    case 'crash.now': return step.power === true ? 'the power fails' : 'dies';
    case 'role': return step.is === 'leader' ? `leads${given(' in term', step.term)}: entry ${step.entry ?? ''}` : `follows${given(' term', step.term)}`;
    case 'propose': return `propose as ${step.source}${step.payload === undefined ? '' : ` ${payloadWords(step.payload)}`}: ticket ${step.ticket}`;
    case 'admit': return `admit ${step.ticket}: entry ${step.entry}`;
    case 'cancel': return `cancel ${step.ticket}`;
    case 'cutover.begin': return `cutover.begin: call ${step.call}`;
    case 'cutover.step': return `cutover.step of ${step.call}${given(' until', step.until)}${given(': entry', step.entry)}`;
    case 'cutover.poll': case 'cutover.expire': return `${step.op} of ${step.call}`;
    case 'transfer': return `transfer to ${step.to}`;
    case 'tick': return `tick ${step.ms} ms`;
    case 'snapshot.take': return `snapshot.take: ${step.snapshot}`;
    case 'snapshot.install': return `snapshot.install ${step.snapshot}`;
    case 'replicate': return `takes the log of ${step.from}${given(' up to', step.to)}${step.apply === true ? ', commits and applies it' : step.commit === true ? ', and commits it' : ''}`;
    case 'close': case 'state': case 'snapshot.header': return step.op;
  }
}

const given = (before: string, value: string | undefined): string => value === undefined ? '' : `${before} ${value}`;

/** A payload by what it is. */
function payloadWords(payload: Payload): string {
  const [what, value] = Object.entries(payload)[0] as [string, unknown];
  return typeof value === 'string' ? `${what} ${compact(value)}` : what;
}

/** An edit has one member. */
const edited = (edit: Edit): string => Object.entries(edit).map(([what, value]) => value === true ? what : `${what} ${compact(value)}`).join();
