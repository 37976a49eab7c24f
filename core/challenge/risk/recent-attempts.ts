import type { AttemptEvent } from '#contract/events.ts';

/** One claim of a driver, as far as the policy looks at it. Times in milliseconds. */
export interface RecentAttempt {
  /** Of the request: the same attempt is known by it wherever it is seen. */
  id: string;
  at: number;
  /** Since the offer became visible. */
  latencyMs: number;
  missed: boolean;
  deviceId?: string;
}

/** Answers that say nothing about how somebody claims. */
const ignored: readonly string[] = ['repeated', 'error'] satisfies AttemptEvent['outcome'][];

/**
 * What an attempt adds to the driver's last ones; the same wherever its record is read. A claim that was challenged
 * counts once, however often it is sent while the challenge is solved, and its outcome not at all.
 */
export const toRecentAttempt = (event: AttemptEvent): RecentAttempt | undefined => {
  const { type, outcome, blockId, latencyMs, deviceId } = event;
  if (type !== 'claim' || !blockId || latencyMs === undefined || ignored.includes(outcome)) return undefined;
  return {
    id: event.challengeId ?? event.eventId,
    at: Date.parse(event.occurredAt),
    latencyMs,
    missed: outcome === 'lost',
    ...(deviceId && { deviceId }),
  };
};

/** What the policy looks back on at most. */
export const memoryMs = 30 * 60_000;
const mostAttempts = 64;

/** Both lists as one: each attempt once, oldest first, no more than is looked at. Any order of merging gives the same. */
export const mergeAttempts = (
  a: readonly RecentAttempt[],
  b: readonly RecentAttempt[],
  now: number,
): RecentAttempt[] => {
  const latestFirst = [...a, ...b]
    .filter(({ at }) => at > now - memoryMs)
    .sort((one, other) => other.at - one.at || (one.id < other.id ? -1 : 1));
  // The earliest of several of one id stays: a claim is as quick as when it was first made.
  const byId = new Map(latestFirst.map((attempt) => [attempt.id, attempt]));
  return [...byId.values()]
    .sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1))
    .slice(-mostAttempts);
};

export interface RecentAttempts {
  of(driverId: string): readonly RecentAttempt[];
  add(driverId: string, attempt: RecentAttempt): void;
}

/** 20,000 drivers with some attempts each are about 20 MB. */
const mostDrivers = 20_000;

/** What this process has seen of drivers' claims. Others see the rest; `watchedDrivers` brings it together. */
export const recentAttempts = (limit = mostDrivers): RecentAttempts => {
  const known = new Map<string, RecentAttempt[]>();
  return {
    of: (driverId) => known.get(driverId) ?? [],
    add: (driverId, attempt) => {
      const attempts = known.get(driverId) ?? [];
      attempts.push(attempt);
      if (attempts.length > mostAttempts) attempts.shift();
      // Again at the end: who claimed last is forgotten last.
      known.delete(driverId);
      known.set(driverId, attempts);
      if (known.size > limit) known.delete(known.keys().next().value as string);
    },
  };
};
