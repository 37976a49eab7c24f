/** A release shortly before the start of its block. */
export interface LateRelease {
  blockId: string;
  /** In milliseconds since the epoch. */
  at: number;
}

/** So long a late release counts. */
export const lateReleaseDays = 14;
const countedMs = lateReleaseDays * 86_400_000;

export const countsUntil = ({ at }: Pick<LateRelease, 'at'>): number => at + countedMs;
/** What is older counts for nothing at this time. */
export const countedSince = (now: number): number => now - countedMs;

export const isLate = (block: { startsAt: number }, at: number, lateHours: number): boolean =>
  block.startsAt - at < lateHours * 3_600_000;

/**
 * Until when a driver with these releases is drawn after the others: until so few of them count that they have no effect.
 * Nothing where so few do already.
 */
export const behindUntil = (
  releases: readonly Pick<LateRelease, 'at'>[],
  most: number,
  now: number,
): number | undefined => {
  const counted = releases
    .map(({ at }) => countsUntil({ at: Math.min(at, now) }))
    .filter((until) => until > now)
    .sort((a, b) => b - a);
  return counted[most];
};
