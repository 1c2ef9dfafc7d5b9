/** What the operations of several levels share: an entry of the log, arguments and answers without members, and the death of a node on a virtual disk. */
import { z } from 'zod';
import { hex, positiveU64 } from './values.js';

/** One entry of the log. */
export const logEntry = z.object({
  index: positiveU64,
  term: positiveU64,
  type: z.enum(['normal', 'conf-change']).describe('`conf-change`: the data are a `ConfChange` of etcd\'s raftpb. A node with another encoding passes over them, and counts the entry as applied.'),
  data: hex.describe('The data of the entry as they stand in the log; empty for the entry of a new leader.'),
}).meta({ id: 'LogEntry' });
export type LogEntryMessage = z.infer<typeof logEntry>;

export const noArgs = z.object({}).meta({ id: 'NoArgs' });
export const nothing = z.object({}).meta({ id: 'Nothing' });

export const crashed = z.string().optional().describe('On a virtual disk: the armed point at which the node died instead, and then nothing else is said. Of `crash.now`: "now".');

/** Members of `ok` of which some may not be missing, unless the node died instead. */
export const unlessCrashed = <Members extends z.ZodObject>(members: Members) =>
  z.union([z.object({ crashed: z.string().describe('On a virtual disk: the armed point at which the node died instead.') }), members]);
