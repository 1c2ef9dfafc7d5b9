/**
 * How the groups of a vector format are declared: for each group what goes in and what comes out.
 *
 * A group's declaration is the one source of the TypeScript types of its handler, of the JSON Schema that adapter
 * writers read, and of what the runner compares: the members of `observed` are the outputs, and nothing else is.
 */
import { z } from 'zod';

/** What a group asks of an adapter: a pure function, a prepared directory, or test doubles inside the node. */
export const vectorClass = z.enum(['codec', 'file', 'machine']);
export type VectorClass = z.infer<typeof vectorClass>;

type Shape = z.core.$ZodLooseShape;

/** One group of a format. */
export interface Group<Input extends z.ZodType = z.ZodType, Observed extends z.ZodType = z.ZodType> {
  readonly about: string;
  readonly input: Input;
  readonly observed: Observed;
  /** Of class file: what a vector file says, from which the runner lays out a directory. The adapter is sent `input` instead. */
  readonly laid?: z.ZodType;
  /** Of class file: outputs for which the runner looks by itself, beside those of the adapter. */
  readonly seen?: z.ZodObject;
}

/** The codec groups of one format by name. */
export interface Format<Groups extends Record<string, Group> = Record<string, Group>> {
  readonly name: string;
  readonly about: string;
  readonly groups: Groups;
}

type Declared<Input extends z.ZodType, Observed extends Shape> = Group<Input, z.ZodObject<{ [Name in keyof Observed]: z.ZodOptional<Observed[Name]> }>>;

/**
 * Declares a group: what it is about, its inputs (members, or a union where one member decides which others there are),
 * and its outputs (all optional, since a refusal has none). An adapter can answer whatever fits the inputs.
 */
export function group<I extends z.ZodUnion, O extends Shape>(about: string, input: I, observed: O): Declared<I, O>;
export function group<I extends Shape, O extends Shape>(about: string, input: I, observed: O): Declared<z.ZodObject<I, z.core.$strict>, O>;
export function group(about: string, input: Shape | z.ZodUnion, observed: Shape): Group {
  return { about, input: input instanceof z.ZodUnion ? input : z.strictObject(input), observed: z.object(observed).partial() };
}

/** Declares a group of class file: also what a vector file says of the directory, and what the runner looks for in it afterwards. */
export const fileGroup = <I extends z.ZodUnion | z.ZodObject, O extends Shape>(about: string, { input, observed, laid, seen }: {
  readonly input: I; readonly observed: O; readonly laid: z.ZodType; readonly seen?: Shape;
}): Declared<I, O> => ({ about, input, observed: z.object(observed).partial(), laid, ...(seen && { seen: z.object(seen).partial() }) } as Declared<I, O>);

export const format = <G extends Record<string, Group>>(name: string, about: string, groups: G): Format<G> => ({ name, about, groups });

/** The verdict on one operation of several in a case: its result, and its reasons when it was refused. */
export const outcome = <O extends Shape>(observed: O) => z.object({
  result: z.enum(['valid', 'invalid']),
  reasons: z.array(z.string()).optional(),
  ...observed,
});
