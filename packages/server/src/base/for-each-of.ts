/** Does `what` with each of `items`, with at most `atOnce` of them at the same time. Rejects as soon as one does. */
export async function forEachOf<T>(
  items: readonly T[],
  atOnce: number,
  what: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const item of waiting) await what(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
}
