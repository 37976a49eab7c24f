/**
 * A value that is loaded when first needed and again after its lifetime. While a reload fails the old value
 * serves on; a first load that fails is tried again by the next caller.
 */
export const cached = <T>(
  load: () => Promise<T>,
  lifetimeMs: number,
  now: () => number,
): (() => Promise<T>) => {
  let known: { value: Promise<T>; until: number } | undefined;
  return () => {
    if (known && known.until > now()) return known.value;
    const earlier = known?.value;
    const value = load().catch((error: unknown) => {
      if (earlier) return earlier;
      known = undefined;
      throw error;
    });
    known = { value, until: now() + lifetimeMs };
    return value;
  };
};
