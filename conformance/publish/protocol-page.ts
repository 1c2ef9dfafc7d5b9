/**
 * The reference page of the protocol, `docs/protocol.md`, made from the same schemas as everything else.
 */
import { z } from 'zod';
import { reasons } from '../../spec/reasons.js';
import { formats } from '../protocol/formats/index.js';
import { helloArgs, helloReply, MAX_DEPTH, MAX_LINE, MIN_LINE, outcomes, PROTOCOL, request, vecArgs, vecReply } from '../protocol/messages.js';

interface Node {
  readonly type?: string; readonly description?: string; readonly $ref?: string; readonly enum?: readonly string[]; readonly const?: unknown;
  readonly items?: Node; readonly anyOf?: readonly Node[]; readonly oneOf?: readonly Node[]; readonly properties?: Readonly<Record<string, Node>>; readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Node>>; readonly additionalProperties?: Node | boolean; readonly propertyNames?: Node; readonly minimum?: number; readonly maximum?: number;
}

const nameOf = ($ref: string): string => $ref.slice($ref.lastIndexOf('/') + 1);

/** The schema itself, also where it is published as a named definition that the root refers to. */
function schemaOf(schema: z.ZodType): Node {
  const root = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) as Node;
  return root.$ref === undefined ? root : root.$defs?.[nameOf(root.$ref)] ?? root;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A type in a few words; `$ref` names are those of the published definitions. */
function typeOf(node: Node): string {
  if (node.$ref !== undefined) return nameOf(node.$ref);
  if (node.enum !== undefined) return node.enum.map((value) => `"${value}"`).join(' | ');
  if (node.const !== undefined) return JSON.stringify(node.const);
  const variants = node.anyOf ?? node.oneOf;
  if (variants !== undefined) return variants.map(typeOf).join(' | ');
  if (node.type === 'array') return `[${node.items === undefined ? '…' : typeOf(node.items)}]`;
  if (node.properties !== undefined) {
    return `{${Object.entries(node.properties).map(([name, member]) => `${name}${node.required?.includes(name) === true ? '' : '?'}: ${typeOf(member)}`).join(', ')}}`;
  }
  if (typeof node.additionalProperties === 'object') return `{name: ${typeOf(node.additionalProperties)}}`;
  return node.type ?? 'any';
}

const members = (schema: z.ZodType): string[] => {
  const { properties = {}, required = [] } = schemaOf(schema);
  return [
    '| member | type | | meaning |', '|---|---|---|---|',
    ...Object.entries(properties).map(([name, node]) =>
      `| \`${name}\` | \`${cell(typeOf(node))}\` | ${required.includes(name) ? '' : 'optional'} | ${cell(node.description ?? '')} |`),
    '',
  ];
};

/** The members of an object in a few words; of several shapes, one after the other. */
function memberList(node: Node): string {
  const variants = node.anyOf ?? node.oneOf;
  if (variants !== undefined) return variants.map(memberList).join(' — or ');
  // Outputs are all optional and not marked.
  const mark = (name: string): string => node.required === undefined || node.required.includes(name) ? '' : '?';
  return Object.entries(node.properties ?? {}).map(([name, member]) => `\`${name}${mark(name)}\`: ${cell(typeOf(member))}`).join('; ') || '–';
}

/** The whole page in Markdown. */
export function protocolPage(): string {
  return [
    '<!-- Made by `npm run generate` from conformance/protocol; change it there. -->',
    '# The node adapter protocol', '',
    `Version ${PROTOCOL.max}. The runner starts an adapter as a child process and speaks with it over stdin and stdout: UTF-8 JSON, one object`,
    `a line, \`\\n\` at its end, no byte order mark, at most ${MAX_LINE} bytes a line (an adapter may ask for less, down to ${MIN_LINE}) and at`,
    `most ${MAX_DEPTH} levels of nesting. One request is outstanding at a time; the reply repeats its \`id\`. stdout belongs to the protocol;`,
    'stderr is free and is kept for the report. Bytes are lower-case hex, u64 quantities decimal strings, `null` means none.',
    'Members that a reader does not know are ignored. Both directions are validated always. The JSON Schema files are in `schemas/`.', '',
    '```',
    '→ {"id":0,"op":"hello","args":{"protocol":{"min":1,"max":1},…}}',
    '← {"id":0,"ok":{"protocol":1,"implementation":{"name":"my-node"},"level":"L0","profile":"repaired","formats":{"raft-envelope":["codec"]}}}',
    '→ {"id":1,"op":"vec","args":{"format":"raft-envelope","group":"aad","input":{"key_id":8,"version":1}}}',
    '← {"id":1,"ok":{"result":"valid","observed":{"aad":"520100000008"}}}',
    '```', '',
    '## Request', '', ...members(request),
    '## Reply', '',
    'A reply holds its `id` and exactly one of the six outcomes. A refusal is a correct answer and never an error of the adapter.', '',
    '| outcome | members | meaning |', '|---|---|---|',
    ...Object.entries(outcomes).map(([name, schema]) => `| \`${name}\` | \`${cell(typeOf(schemaOf(schema)))}\` | ${cell(schema.description ?? '')} |`), '',
    '## `hello`', '', 'The first request. Arguments:', '', ...members(helloArgs), 'Answer:', '', ...members(helloReply),
    'Directly after it the runner asks for an operation with a random name: it must be answered with `unsupported`.', '',
    '## `vec`', '', 'One vector. Arguments:', '', ...members(vecArgs), 'Answer. A refusal of the operation under test is data here, not an outcome:', '', ...members(vecReply),
    '## `reset`, `bye`', '', '`reset` forgets all nodes and files; an adapter that has none answers `ok`. `bye` is the last request: answer `{"id":…,"ok":{}}` and exit 0.', '',
    '## Vector formats', '',
    'What goes in and what comes out, group by group. A refused input has no outputs unless the group says so.', '',
    ...Object.values(formats).flatMap((format) => [
      `### ${format.name}`, '', format.about, '', '| group | about | `input` | `observed` |', '|---|---|---|---|',
      ...Object.entries(format.groups).map(([name, group]) => `| \`${name}\` | ${cell(group.about)} | ${memberList(schemaOf(group.input))} | ${memberList(schemaOf(group.observed))} |`), '',
    ]),
    '## Reasons', '',
    'The closed list. An implementation whose own names differ maps them once, in `reasons` of its answer to `hello`.', '',
    '| reason | error in the Go implementation | clause | meaning |', '|---|---|---|---|',
    ...Object.entries(reasons).map(([slug, { error, clause, what }]) => `| \`${slug}\` | ${error === null ? '–' : `\`${error}\``} | \`${clause}\` | ${cell(what)} |`), '',
  ].join('\n');
}
