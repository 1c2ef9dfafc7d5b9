/** Shapes of the names, payloads and entries of a scenario, in readable form. */
import { z } from 'zod';
import { hex, u16, u64 } from '../protocol/values.js';

/** Names begin with a letter, so that the members of a JSON object keep the order in which they are written. */
export const name = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
export const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
export const node = z.enum(['n1', 'n2', 'n3']);
export type NodeName = z.infer<typeof node>;
/** A step on several nodes is done on one after the other. */
export const nodes = z.union([node, z.array(node).min(2)]).describe('A node (n1, n2, n3), or a list of several: one after the other.');

/** A data key by name: its id here, its bytes derived from the name, its wrapped form made under the KEK of the run. */
export const keyName = name;
export const named = name.describe('The name of an entry of this scenario: one that is written in it, or one that a step makes.');
/** Whose row it is: a raft id, from which the full node id follows, or the full node id itself. */
const writer = z.union([z.string().regex(/^n[0-9]+$/), u64]).describe('A raft id, or a full node id as a decimal string.');
const row = z.strictObject({ key: keyName, node: writer, epoch: u16 });
const proposer = z.strictObject({ node: writer, epoch: u16, key: keyName.optional().describe('That of the entry.') });

/** A payload of the state machine, before it is sealed. */
export const payload = z.union([
  z.strictObject({ text: z.string().describe('A request: `00` and the text in UTF-8.') }),
  z.strictObject({ hex: hex.describe('Exactly these bytes.') }),
  z.strictObject({ lease: z.string().regex(/^-?[0-9]+$/).describe('A lease: `02` and the milliseconds.') }),
  z.strictObject({ registration: row }),
  z.strictObject({
    bootstrap: z.strictObject({
      storage: keyName, raft: keyName,
      writers: z.array(row).describe('The rows.'),
      wrapped: z.enum(['sound', 'other-wrap', 'broken', 'empty']).optional().describe('`other-wrap`: the same keys, wrapped again. `broken`: a bit of the storage key\'s is flipped; `empty`: the storage key\'s has no bytes.'),
    }),
  }),
  z.strictObject({
    rotation: z.strictObject({
      key: keyName, purpose: z.enum(['storage', 'raft']), proposer,
      wrapped: z.enum(['sound', 'broken', 'empty']).optional(), sub_tag: z.int().min(0).max(255).optional(),
    }),
  }),
  z.strictObject({
    storage_cutover: z.strictObject({
      key: keyName, proposer, purpose: z.int().min(0).max(255).optional(), wrapped: hex.optional(),
    }),
  }),
  z.strictObject({
    cutover: z.strictObject({
      key: keyName, proposer, purpose: z.int().min(0).max(255).optional(), wrapped: hex.optional(),
    }).describe('The cutover entry: sub-tag 05.'),
  }),
]).meta({ id: 'ScenarioPayload' });
export type Payload = z.infer<typeof payload>;

/** Something that is done to finished bytes: a bit flipped at an offset (from the end where negative), cut to a length, bytes put behind. */
const damage = z.union([
  z.strictObject({ flip: z.int().describe('Offset of the byte whose lowest bit is flipped; negative counts from the end.') }),
  z.strictObject({ cut: z.int().min(0).describe('Keep so many bytes.') }),
  z.strictObject({ behind: hex }),
  z.strictObject({ byte: z.strictObject({ at: z.int(), is: z.int().min(0).max(255) }) }),
]);
export type Damage = z.infer<typeof damage>;

/** An entry of the log in readable form. All but `empty`, `membership` and `raw` are put into a proposal envelope, under a proposal id of their own. */
export const entry = z.union([
  z.strictObject({ empty: z.literal(true).describe('The entry of a new leader.') }),
  z.strictObject({ raw: hex.describe('The data of the entry, as they are.') }),
  z.strictObject({ membership: hex.describe('Data of a membership change: a `conf-change` entry. Published ones are a `ConfChange` of etcd\'s raftpb.') }),
  z.strictObject({ plain: payload, damage: damage.optional() }),
  z.strictObject({
    sealed: z.strictObject({
      payload, key: keyName, node: node.optional().describe('Of the nonce; n1.'), epoch: u16.optional().describe('Of the nonce; 1.'),
      count: u64.optional().describe('Of the nonce; counted from 1 for each node and epoch, in the order of the entries.'),
      flag: z.int().min(0).max(255).optional().describe('The flag byte; 0.'),
      as: keyName.optional().describe('The key whose id is written, in the associated data too; `key`.'),
      damage: damage.optional().describe('Done to the envelope, behind the nine bytes of the proposal.'),
    }),
  }),
]).meta({ id: 'ScenarioEntry' });
export type ScenarioEntry = z.infer<typeof entry>;
