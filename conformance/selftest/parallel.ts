/** Runs `work` over the items, at most `jobs` at a time, started in their order. */
export async function inParallel<T>(jobs: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  // All workers draw from the one iterator, so that each item is taken once.
  await Promise.all(Array.from({ length: jobs }, async () => {
    for (const item of left) await work(item);
  }));
}
