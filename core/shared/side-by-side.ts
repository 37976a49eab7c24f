/** Does the work for every item, at most `limit` at a time. The first failure ends it, after what has begun. */
export const sideBySide = async <T>(
  limit: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const rest = items[Symbol.iterator]();
  const workOff = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  const ended = await Promise.allSettled(Array.from({ length: limit }, workOff));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
};
