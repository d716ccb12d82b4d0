/** Maps, with at most `atOnce` at work at a time; keeps the order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()
  const workers = Array.from({ length: atOnce }, async () => {
    for (const [index, item] of left) results[index] = await work(item)
  })
  await Promise.all(workers)
  return results
}
