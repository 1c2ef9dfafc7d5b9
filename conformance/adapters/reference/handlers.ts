/**
 * What a vector handler of the reference is: a function from a group's input to its outputs, which throws a Refusal
 * when the operation refuses. Both shapes come from the group's declaration in the protocol.
 */
import type { z } from 'zod';
import { Refusal } from '../../../src/base/errors.js';
import type { Format, Group } from '../../protocol/formats/format.js';

type Answer<G extends Group> = z.infer<G['observed']> | RefusedWith<z.infer<G['observed']>> | Verdict<z.infer<G['observed']>>;

/** The handlers of one format, one a group. */
export type Handlers<F extends Format> = {
  readonly [G in keyof F['groups']]: (input: z.infer<F['groups'][G]['input']>) => Answer<F['groups'][G]>;
};

/** A refusal that has outputs all the same. */
export class RefusedWith<Observed> {
  readonly refusal: Refusal;
  readonly observed: Observed;
  constructor(refusal: Refusal, observed: Observed) {
    this.refusal = refusal;
    this.observed = observed;
  }
}

/** A verdict in its own words: of a group in which an entry can be passed over, or can stop a replica. */
export class Verdict<Observed> {
  readonly result: 'valid' | 'invalid' | 'skip' | 'halt';
  /** Null where nothing was refused. */
  readonly refusal: Refusal | null;
  readonly observed: Observed;
  constructor(result: Verdict<Observed>['result'], refusal: Refusal | null, observed: Observed) {
    this.result = result;
    this.refusal = refusal;
    this.observed = observed;
  }
}

/** The outputs of one operation of several: a refusal becomes its verdict instead of ending the case. */
export function attempt<O extends object>(operation: () => O): ({ result: 'valid' } & O) | { result: 'invalid'; reasons: string[] } {
  try {
    return { result: 'valid', ...operation() };
  } catch (error) {
    if (error instanceof Refusal) return { result: 'invalid', reasons: [...error.reasons] };
    throw error;
  }
}

export const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
