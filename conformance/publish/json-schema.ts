/**
 * The published JSON Schema files (2020-12), made from the zod schemas that the code itself validates with.
 *
 * A schema that JSON Schema could not say in full (a refinement, a transformation) would be published weaker than it
 * is; so the schemas of the protocol use none, and what cannot be represented throws here.
 */
import { z } from 'zod';
import type { Format } from '../protocol/formats/format.js';
import { formats } from '../protocol/formats/index.js';
import { event, helloArgs, helloReply, replySchema, request, vecArgs, vecReply } from '../protocol/messages.js';
import { operations } from '../protocol/operations.js';
import { events, report } from '../report/schema.js';
import { transcriptLine } from '../report/transcripts.js';
import { scenario } from '../scenarios/schema.js';
import { goldenVectors } from '../vectors/import.js';
import { vectorFile } from '../vectors/schema.js';

/** Of the branches of a reply exactly one holds: its outcome. zod has no word for that, and the client counts outcomes itself. */
function exactlyOne([name, schema]: [string, object]): [string, object] {
  const { $defs, ...rest } = schema as { $defs: Record<string, { anyOf?: unknown }> };
  const { anyOf, ...reply } = $defs['Reply'] ?? {};
  if (anyOf === undefined) throw new Error('the schema of a reply is no union');
  return [name, { ...rest, $defs: { ...$defs, Reply: { ...reply, oneOf: anyOf } } }];
}

const published = (name: string, schema: z.ZodType, io: 'input' | 'output', title: string): [string, object] => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return [`${name}.schema.json`, { $schema, $id: `urn:cutcheck:schema:${name.replaceAll('/', ':')}:1`, title, ...rest }];
};

/** One schema a format: its groups as definitions, `<group>.input` and `<group>.observed`. */
function formatSchema(format: Format): [string, object] {
  const members = Object.entries(format.groups).flatMap(([name, group]) => [
    [`${name}.input`, group.input] as const,
    [`${name}.observed`, group.observed] as const,
  ]);
  const all = z.object(Object.fromEntries(members)).partial();
  const [name, schema] = published(`formats/${format.name}`, all, 'input', `Vector format ${format.name}: inputs and outputs by group`);
  return [name, { ...schema, description: format.about }];
}

/** The two schemas of an operation: its arguments, and the members of `ok`. */
const operationSchemas = ([name, { args, ok, about }]: [string, (typeof operations)[keyof typeof operations]]): [string, object][] => [
  published(`operations/${name}.args`, args, 'input', `Arguments of ${name}. ${about}`),
  published(`operations/${name}.ok`, ok, 'input', `Answer to ${name}`),
];

/** Name below `schemas/` to schema. */
export const publishedSchemas = (): ReadonlyMap<string, object> => new Map([
  published('request', request, 'input', 'Request of the runner'),
  exactlyOne(published('reply', replySchema, 'input', 'Reply of an adapter')),
  published('event', event, 'input', 'Event of an adapter'),
  published('hello.args', helloArgs, 'input', 'Arguments of hello'),
  published('hello.ok', helloReply, 'input', 'Answer to hello'),
  published('vec.args', vecArgs, 'input', 'Arguments of vec'),
  published('vec.ok', vecReply, 'input', 'Answer to vec'),
  ...Object.entries(operations).flatMap(operationSchemas),
  ...Object.values(formats).map(formatSchema),
  published('vectors', vectorFile, 'input', 'Published vector file'),
  published('golden', goldenVectors, 'input', 'Golden file: a recording before it is sorted'),
  published('scenario', scenario, 'input', 'Scenario'),
  published('report', report, 'output', 'report.json'),
  published('events', events, 'output', 'One line of events.ndjson'),
  published('transcript', transcriptLine, 'output', 'One line of the transcript of a failing case'),
]);
