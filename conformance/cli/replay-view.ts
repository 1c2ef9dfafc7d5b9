/**
 * A replay as people read it: a step with its number and words, beneath it what was asked (→), what was answered (←), what
 * that changed of what the node says of itself (~), and the checks. Values are cut to what fits; `--json` has them whole.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Colors } from 'picocolors/types.js';
import type { EventOf, Failure } from '../report/events.js';
import { count, printable, shellQuote } from '../report/text.js';
import type { Change } from '../runner/changes.js';
import type { ReplayEvent } from '../runner/replay.js';
import { show } from '../scenarios/words.js';

const WIDTH = 320;
const SHOWN_CHANGES = 12;
const INDENT = '    ';

type Told<T extends ReplayEvent['type']> = Extract<ReplayEvent, { type: T }>;

/** Gives the listener that writes. */
export function replayView(write: (text: string) => void, colors: Colors): (event: ReplayEvent) => void {
  const view = new View(colors);
  return (event) => {
    const lines = view.lines(event);
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
  };
}

const value = (of: unknown): string => printable(show(of, WIDTH), WIDTH + 40);

/** Of a change: what came, what went, or what became what. */
function changeWords({ member, ...change }: Change): string {
  const [before, after] = ['before' in change ? value(change.before) : null, 'after' in change ? value(change.after) : null];
  if (before === null) return `${member} ${after ?? ''}`;
  return `${member} ${before} → ${after ?? 'gone'}`;
}

const changesWords = (all: readonly Change[]): string => {
  const more = all.length > SHOWN_CHANGES ? `, and ${all.length - SHOWN_CHANGES} more` : '';
  return printable(all.slice(0, SHOWN_CHANGES).map(changeWords).join(', '), 4 * WIDTH) + more;
};

class View {
  readonly #colors: Colors;
  /** The requests that are not shown: what is asked of a node behind the step, to see what it says. */
  readonly #hidden = new Set<string>();
  #stepAsked = 0;
  /** Shown before the next line that is: a heading beneath which there may be nothing. */
  #heading: string[] = [];
  #what: Told<'replay'>['what'] = 'scenario';
  #answers = 0;
  #different = 0;
  #ended = false;
  readonly #counts = { passed: 0, failed: 0, held: 0, exposed: 0 };
  readonly #invariants = { kept: 0, broken: 0 };

  constructor(colors: Colors) {
    this.#colors = colors;
  }

  lines(event: ReplayEvent): string[] {
    const lines = this.#lines(event);
    if (event.type === 'step') {
      this.#heading = lines;
      // What belongs to no step is most often nothing that is shown.
      return event.step === null ? [] : this.#headed([]);
    }
    return lines.length === 0 ? [] : this.#headed(lines);
  }

  #headed(lines: string[]): string[] {
    return [...this.#heading.splice(0), ...lines];
  }

  #lines(event: ReplayEvent): string[] {
    const { dim, red, yellow } = this.#colors;
    switch (event.type) {
      case 'replay': return this.#head(event);
      case 'step':
        this.#stepAsked = 0;
        return ['', event.step === null ? dim('for none of the steps') : this.#colors.bold(`step ${event.step} · ${printable(event.words)}`)];
      case 'request': return this.#request(event);
      case 'reply': return this.#reply(event);
      case 'files': return [`${INDENT}→ ${event.node} ${value(event.does)}`, ...Object.keys(event.got).length === 0 ? [] : [`${INDENT}← ${value(event.got)}`]];
      case 'breakdown': return [`${INDENT}${red(`✗ the adapter ${printable(event.detail)}`)}`];
      case 'failed-start': return [`${INDENT}${red(`✗ a start failed: the adapter ${printable(event.detail)}`)}`];
      case 'changed': return [`${INDENT}${dim('~')} ${event.node} ${changesWords(event.changes)}`];
      case 'stopped': return [`${INDENT}${red('stopped')} ${printable(event.got)}`];
      case 'differs':
        this.#different += 1;
        return [`${INDENT}${yellow('differs')} from what was recorded: ${changesWords(event.changes)}`];
      case 'judged': return this.#judged(event);
      case 'again': return this.#again(event);
      case 'replayed': return this.#end(event);
      default: return [];
    }
  }

  #head({ what, id, title, profile, seed, disk, declared, crash }: Told<'replay'>): string[] {
    this.#what = what;
    const { name, version } = declared.implementation;
    return [
      `${what === 'scenario' ? 'scenario' : 'failing case'} ${printable(id)}`, printable(title),
      `${printable([name, version].filter((word) => word !== undefined).join(' '), 100)} · profile ${profile} · disk ${disk} · seed ${seed}`,
      ...crash.map(({ node, point, nth, power }) => `${node} is to die at passage ${nth} of ${printable(point)}${power === true ? ', with the power' : ''}`),
    ];
  }

  #request({ process, id, op, args, node, case: of }: EventOf<'request'>): string[] {
    if (of === undefined || op === 'reset' || (op === 'state' && this.#stepAsked > 0)) {
      this.#hidden.add(`${process} ${id}`);
      return [];
    }
    this.#stepAsked += 1;
    return [`${INDENT}→ ${node === undefined ? '' : `${node} `}${op} ${value(args)}`];
  }

  #reply({ process, id, ms, reply, malformed }: EventOf<'reply'>): string[] {
    this.#answers += 1;
    if (this.#hidden.has(`${process} ${id}`)) return [];
    const { dim, red } = this.#colors;
    if (malformed !== undefined) return [`${INDENT}← ${red('no reply of the protocol')}: ${printable(malformed)}`];
    const outcome = Object.entries(reply ?? {}).filter(([name]) => name !== 'id').map(([name, of]) => `${name} ${value(of)}`).join(' ');
    return [`${INDENT}← ${printable(outcome, 2 * WIDTH)} ${dim(`${ms} ms`)}`];
  }

  #judged({ check, clause, says, required, failure }: Told<'judged'>): string[] {
    const { green, red, yellow } = this.#colors;
    const invariant = check.startsWith('invariants/');
    if (invariant && failure === null) this.#invariants.kept += 1;
    else if (invariant) this.#invariants.broken += 1;
    const word = failure === null ? required ? 'passed' : 'held' : required ? 'failed' : 'exposed';
    if (!invariant) this.#counts[word] += 1;
    if (failure === null && invariant) return [];
    const lead = invariant ? ['', ''].slice(this.#ended ? 1 : 0, 1) : [];
    this.#ended ||= invariant;
    const name = `${check} · ${clause}${required ? '' : ' (the profile does not demand it)'}`;
    if (failure === null) return [`${INDENT}${green(word)} ${name}`];
    return [...lead, `${INDENT}${(required ? red : yellow)(word)} ${name}`, `${INDENT}  ${printable(says)}`, ...failureLines(failure)];
  }

  #again({ failure, came, changes: all }: Told<'again'>): string[] {
    const { green, red, yellow } = this.#colors;
    const lead = this.#ended ? [] : ['', 'What failed when this was recorded:'];
    this.#heading = [];
    this.#ended = true;
    const { check, clause, required } = failure;
    const word = { 'again': red('the same again'), 'otherwise': green('came out in another way'), 'led-away': yellow('went another way before it'), 'not-reached': yellow('not reached') }[came];
    const unique = all.filter((change, at) => all.findIndex((other) => isDeepStrictEqual(other, change)) === at);
    return [
      ...lead, `${INDENT}${word} ${check} · ${clause}${required ? '' : ' (the profile does not demand it)'}`, ...failureLines(failure),
      ...came === 'otherwise' ? [`${INDENT}  now      ${changesWords(unique)}`, `${INDENT}  whether that is right a run judges: cutcheck run --run ${shellQuote(check)}`] : [],
    ];
  }

  #end({ failed, quit, unable }: Told<'replayed'>): string[] {
    const { green, red } = this.#colors;
    if (unable.length > 0) return ['', `not played: the adapter does not declare ${unable.map((what) => printable(what)).join(', ')}`];
    if (this.#what === 'transcript') {
      const as = `${this.#different} of ${count(this.#answers, 'answer')} ${this.#different === 1 ? 'differs' : 'differ'} from what was recorded`;
      return ['', `${failed ? red('failed') : green('no failure that the profile demands is there again')} · ${as}${quit ? ' · ended before its end' : ''}`];
    }
    const { passed, failed: lost, held, exposed } = this.#counts;
    const { kept, broken } = this.#invariants;
    const checks = passed + lost + held + exposed;
    const words = [
      ...checks === 0 ? [] : [`${count(checks, 'check')}: ${[`${passed} passed`, ...lost > 0 ? [`${lost} failed`] : [], ...held + exposed > 0 ? [`not required: ${held} held, ${exposed} exposed`] : []].join(', ')}`],
      ...kept + broken === 0 ? [] : [`invariants: ${kept} kept${broken > 0 ? `, ${broken} broken` : ''}`],
      ...quit ? ['ended before its end'] : [],
    ];
    return ['', `${failed ? red('failed') : green('nothing failed')}${words.length === 0 ? '' : ` · ${words.join(' · ')}`}`];
  }
}

function failureLines({ kind, expected, got, member, step }: Failure): string[] {
  const where = [...step === undefined ? [] : [`step ${step.number}, ${step.node}.${step.op}`], ...member === undefined ? [] : [member], ...kind === 'answer' ? [] : [kind]].join(' · ');
  return [...where === '' ? [] : [`${INDENT}  at       ${where}`], `${INDENT}  expected ${expected}`, `${INDENT}  got      ${got}`];
}
