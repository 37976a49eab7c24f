/** A bounded memory of what was found out at a cost; the oldest goes first. */
export const remembered = <T>(limit: number) => {
  const known = new Map<string, T>();
  return {
    get: (key: string): T | undefined => known.get(key),
    set: (key: string, value: T): void => {
      if (known.size >= limit && !known.has(key)) known.delete(known.keys().next().value as string);
      known.set(key, value);
    },
  };
};
