const windowMs = 60_000;
/** 20,000 drivers with some requests each are a few MB. */
const mostDrivers = 20_000;

/**
 * Counts requests of each driver in this process. Gives the seconds after which one more is not too many, or nothing when
 * there is room.
 */
export const requestRate = (most: number, limit = mostDrivers) => {
  const known = new Map<string, number[]>();
  return (driverId: string, now: number): number | undefined => {
    const times = (known.get(driverId) ?? []).filter((at) => at > now - windowMs);
    known.delete(driverId);
    known.set(driverId, times);
    if (known.size > limit) known.delete(known.keys().next().value as string);
    const oldest = times.length >= most ? times[times.length - most] : undefined;
    if (oldest !== undefined) return Math.max(1, Math.ceil((oldest + windowMs - now) / 1_000));
    times.push(now);
    return undefined;
  };
};
