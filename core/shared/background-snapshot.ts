/**
 * What was read last, never waited for: nothing before the first read has ended, and something older while the next one
 * runs beside the request. For what may come a little later but must not cost anybody time.
 */
export const backgroundSnapshot = <T>(
  load: () => Promise<T>,
  freshMs: number,
  now: () => number,
  failed: (error: unknown) => void,
): (() => T | undefined) => {
  let known: T | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (now() - askedAt >= freshMs) {
      askedAt = now();
      load().then((loaded) => {
        known = loaded;
      }, failed);
    }
    return known;
  };
};
