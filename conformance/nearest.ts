/** What a user may have meant: the known ids nearest to one that nobody knows. */

/** Up to `count` ids, the nearest first: those that contain it, then those with the fewest changed characters. */
export function nearest(given: string, ids: Iterable<string>, count = 3): string[] {
  const wanted = given.toLowerCase();
  return [...new Set(ids)]
    .map((id) => ({ id, distance: distance(wanted, id.toLowerCase()) - (wanted.length > 2 && id.toLowerCase().includes(wanted) ? id.length : 0) }))
    .sort((left, right) => left.distance - right.distance || (left.id < right.id ? -1 : 1))
    .slice(0, count).map(({ id }) => id);
}

/** The sentence that ends an error about an unknown id. */
export const didYouMean = (given: string, ids: Iterable<string>): string => {
  const found = nearest(given, ids);
  return found.length === 0 ? '' : `; nearest: ${found.join(', ')}`;
};

/** Levenshtein distance, cut off for ids that are far too long to be meant. */
function distance(left: string, right: string): number {
  if (left.length > 200) return left.length;
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [i, a] of [...left].entries()) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j += 1) {
      next.push(Math.min((row[j] ?? 0) + (a === right[j] ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
