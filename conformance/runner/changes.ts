/** What differs between two values, member by member: the states of a node before and behind a step, two answers to one request. Pure. */
import { isDeepStrictEqual } from 'node:util';

/** A member by its path, such as `keys[1].epoch`; without `before` it came, without `after` it is gone. */
export interface Change { readonly member: string; readonly before?: unknown; readonly after?: unknown }

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

export function changes(before: unknown, after: unknown, path = ''): readonly Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isMembers(before) && isMembers(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => changes(before[name], after[name], path === '' ? name : `${path}.${name}`));
  }
  if (Array.isArray(before) && Array.isArray(after)) return ofItems(before as readonly unknown[], after as readonly unknown[], path);
  return [{ member: path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

/** Lists of one length place by place; of others the items that the one has and the other has not. */
function ofItems(before: readonly unknown[], after: readonly unknown[], path: string): readonly Change[] {
  if (before.length === after.length) return before.flatMap((item, at) => changes(item, after[at], `${path}[${at}]`));
  const without = (items: readonly unknown[], others: readonly unknown[]): [number, unknown][] => [...items.entries()].filter(([, item]) => !others.some((other) => isDeepStrictEqual(item, other)));
  const found: Change[] = [
    ...without(before, after).map(([at, item]) => ({ member: `${path}[${at}]`, before: item })),
    ...without(after, before).map(([at, item]) => ({ member: `${path}[${at}]`, after: item })),
  ];
  return found.length > 0 ? found : [{ member: path, before, after }];
}
