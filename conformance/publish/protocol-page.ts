/**
 * The reference page of the protocol, `docs/protocol.md`, made from the same schemas as everything else.
 */
import { z } from 'zod';
import { reasons } from '../../spec/reasons.js';
import { formats } from '../protocol/formats/index.js';
import { CALLERS, cutoverAnswer, leaderOperations, PHASES, TICKET_STATES } from '../protocol/leader-operations.js';
import { helloArgs, helloReply, level, MAX_DEPTH, MAX_LINE, MIN_LINE, outcomes, PROTOCOL, request, vecArgs, vecReply } from '../protocol/messages.js';
import { applied, CAPABILITIES, CRASH_STATUS, FILE_ROLES, logEntry, operations } from '../protocol/operations.js';

interface Node {
  readonly type?: string | readonly string[]; readonly description?: string; readonly $ref?: string; readonly enum?: readonly string[]; readonly const?: unknown;
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
  return node.type === undefined ? 'any' : [node.type].flat().join(' | ');
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

/** The members of an object in a few words; of several shapes, one after the other. Where all are optional they are marked only if `marked`. */
function memberList(node: Node, marked = false): string {
  const variants = node.anyOf ?? node.oneOf;
  if (variants !== undefined) return variants.map((variant) => memberList(variant)).join(' — or ');
  const mark = (name: string): string => (node.required ?? (marked ? [] : [name])).includes(name) ? '' : '?';
  return Object.entries(node.properties ?? {}).map(([name, member]) => `\`${name}${mark(name)}\`: ${cell(typeOf(member))}`).join('; ') || '–';
}

/** An answer without its death on a virtual disk. */
const living = (node: Node): Node => ({
  ...node, ...(node.anyOf !== undefined && { anyOf: node.anyOf.filter(({ properties = {} }) => Object.keys(properties).join() !== 'crashed') }),
  ...(node.properties !== undefined && { properties: Object.fromEntries(Object.entries(node.properties).filter(([name]) => name !== 'crashed')) }),
});

/** The members of an answer that are shown one by one: those of the operations that answer more than an acknowledgement. */
const ANSWERS: readonly (keyof typeof operations)[] = ['apply', 'state'];

/** Those that stand in the part of their own about a leader. */
const isOfLeaders = (name: string): boolean => Object.hasOwn(leaderOperations, name);

/** A table of the operations that are chosen by name. */
const operationTable = (chosen: (name: string) => boolean): string[] => [
  '| operation | needs | `args` | `ok` | meaning |', '|---|---|---|---|---|',
  ...Object.entries(operations).filter(([name]) => chosen(name)).map(([name, { args, ok, needs, about }]) =>
    `| \`${name}\` | ${isLevel(needs) ? needs : `\`${needs}\``} | ${memberList(schemaOf(args), true)} | ${ANSWERS.some((long) => long === name) ? 'below' : memberList(isOfLeaders(name) ? living(schemaOf(ok)) : schemaOf(ok), true)} | ${cell(about)} |`), '',
];
const isLevel = (needs: string): boolean => level.options.some((each) => each === needs);

/** Names and what they mean. */
const nameTable = (first: string, names: Readonly<Record<string, string>>): string[] =>
  [`| ${first} | meaning |`, '|---|---|', ...Object.entries(names).map(([name, about]) => `| \`${name}\` | ${cell(about)} |`), ''];

/** The operations of a node that leads. */
const leadersPart = (): string[] => [
  '### A node that leads', '',
  'At level L2 the suite also says who leads. It carries what a leader appends to the others with `append`, and says with `commit` up to where the log stands; a',
  'node decides what it takes, in which form, and when. That a proposal is taken and that it is appended are two requests, and each step of the cutover is one, so',
  'that whatever can come between them does. [Lead under the suite](leader.md) goes through all of it.', '',
  ...operationTable(isOfLeaders),
  'On a virtual disk each of them may answer `crashed` instead, as those of level L1 do. A ticket or a call that this node never gave, or gave before it was started, is nothing that a runner asks for: a `fault`. `unknown` may be the outcome of `propose`, of `admit` and of',
  '`cutover.*`; a node that can say more says it.', '',
  'Who proposes, `source`:', '', ...nameTable('caller', CALLERS),
  'What a ticket may be, in `tickets` of `state`:', '', ...nameTable('state', TICKET_STATES),
  `The phases of a call, in their order: ${PHASES.map((phase) => `\`${phase}\``).join(', ')}, and back to the first. What its caller is told is one of these: ${memberList(schemaOf(cutoverAnswer))}.`, '',
  'Whatever a node implements, its answers have to fit together: tickets and calls are new, what a leader appends stands behind the last entry of its log in its term, a step leads to the next phase and no',
  'further, asking changes nothing, and what a caller was told is never told otherwise.', '',
];

/** The operations of nodes: what they are for, one by one, and what a crash is. */
const operationsPart = (): string[] => [
  '## The operations of a node', '',
  'At level L1 an adapter runs replicas, and the suite is the consensus layer: it gives entries, says up to where they are committed, and has them',
  'applied. `node` of the request names the replica by its raft id. A node owns its log and its state. It refuses with `refused`, and then nothing happened; it',
  'stops with `halted`, and after that it says its `state` and how the calls of the cutover ended, is closed and opened again; whatever would change something is answered',
  'with `refused` and `replica-halted`, or with `halted` again. What the adapter cannot be asked (a node that is not open, a path outside) is a `fault`. Operations of a capability that is not declared are answered with `unsupported`.', '',
  ...operationTable((name) => !isOfLeaders(name)),
  'An entry of the log:', '', ...members(logEntry),
  ...ANSWERS.flatMap((name) => [`Members of \`ok\` of \`${name}\`:`, '', ...members(operations[name].ok)]),
  'What became of one entry:', '', ...members(applied),
  '```',
  '→ {"id":5,"op":"open","node":"n1","args":{"disk":"dir","directory":"/data/run/n1","sync":false}}',
  '← {"id":5,"ok":{}}',
  '→ {"id":6,"op":"append","node":"n1","args":{"entries":[{"index":"1","term":"1","type":"normal","data":""}]}}',
  '← {"id":6,"ok":{"last":"1"}}',
  '→ {"id":7,"op":"commit","node":"n1","args":{"to":"1"}}',
  '← {"id":7,"ok":{}}',
  '→ {"id":8,"op":"apply","node":"n1","args":{}}',
  '← {"id":8,"halted":{"reasons":["envelope-too-short","raft-unwrap-failed"],"index":"1","results":[]}}',
  '```', '', ...leadersPart(),
  '### Capabilities', '', '| capability | meaning |', '|---|---|',
  ...Object.entries(CAPABILITIES).map(([name, about]) => `| \`${name}\` | ${cell(about)} |`), '',
  '### Files', '',
  'With `disk.dir` the suite edits files of a node while it is closed: it cuts them, flips bits, puts older copies back. `files` of the answer to `hello` says where',
  'they are, below the directory of the node; `*` stands for a part of a name, `**` for any directories. A role that a node does not have is left out.', '',
  '| role | file |', '|---|---|',
  ...Object.entries(FILE_ROLES).map(([role, about]) => `| \`${role}\` | ${cell(about)} |`), '',
  '### Crashes', '',
  'With `crash.points` a node dies where it is told to. A point stands behind an effect that the disk can see, and is passed when that effect was made: the',
  'suite arms one for its first passage, then for its second, and so on, until `crash.disarm` says that it was not reached. A point is armed for a node, open or not,',
  'and for one death: after it nothing is armed.', '',
  `- On real files the process of the adapter exits with status ${CRASH_STATUS} in the middle of the operation, without an answer and without closing anything. The suite`,
  '  starts another process and opens the node again in the same directory.',
  '- On a virtual disk the process goes on. The operation answers `ok` with `crashed`, the name of the point; the node is closed, and its disk is as it was then.',
  '- With `power` the virtual disk also loses what was not synced: bytes of files and names in directories, all of them, or some, or some sectors of 512 bytes;',
  '  and the last batches of its stores.', '',
  'After a crash the sidecar and the state are each as before the interrupted step or as after it, the state never ahead of the sidecar; and when the step is done',
  'again, the node comes to where it would have been.', '',
];

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
    ...operationsPart(),
    '## `reset`, `bye`', '', '`reset` closes all nodes and forgets them, their virtual disks and what was armed; files in directories of the suite stay. An adapter that has no nodes answers',
    '`ok`. `bye` is the last request: answer `{"id":…,"ok":{}}` and exit 0.', '',
    '## Vector formats', '',
    'What goes in and what comes out, group by group. A refused input has no outputs unless the group says so.', '',
    ...Object.values(formats).flatMap((format) => [
      `### ${format.name}`, '', format.about, '', '| group | about | `input` | `observed` |', '|---|---|---|---|',
      ...Object.entries(format.groups).map(([name, group]) => `| \`${name}\` | ${cell(group.about)} | ${memberList(schemaOf(group.input))} | ${memberList(schemaOf(group.observed))}${group.seen === undefined ? '' : `; the runner looks for itself: ${memberList(schemaOf(group.seen))}`} |`), '',
    ]),
    '## Reasons', '',
    'The closed list. An implementation whose own names differ maps them once, in `reasons` of its answer to `hello`.', '',
    '| reason | error in the Go implementation | clause | meaning |', '|---|---|---|---|',
    ...Object.entries(reasons).map(([slug, { error, clause, what }]) => `| \`${slug}\` | ${error === null ? '–' : `\`${error}\``} | \`${clause}\` | ${cell(what)} |`), '',
  ].join('\n');
}
