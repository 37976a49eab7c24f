import type { AttemptEvent } from '#contract/events.ts';
import type { RiskPolicy } from '#contract/risk-policy.ts';
import { sideBySide } from '#core/shared/side-by-side.ts';
import { pause, type Surroundings } from '#core/shared/tries.ts';
import { decide } from './decide.ts';
import { mergeAttempts, type RecentAttempt, toRecentAttempt } from './recent-attempts.ts';
import { signalsOf } from './signals.ts';
import type { AttemptsStore } from './watched-store.ts';

export interface RememberDeps extends Surroundings {
  store: AttemptsStore;
  policy: RiskPolicy;
}

const maxTries = 5;
const atATime = 8;

/** Anything that gives a point stands out: what is seen by other functions may complete it. */
const pointsOf = (policy: RiskPolicy, attempts: readonly RecentAttempt[]): number => {
  const last = attempts.at(-1);
  return last ? decide(policy, signalsOf(attempts.slice(0, -1), last, policy.quickMs, {})).points : 0;
};

const remember = async (
  deps: RememberDeps,
  driverId: string,
  fresh: readonly RecentAttempt[],
): Promise<void> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const now = deps.now();
    const { attempts: known, version } = await deps.store.read(driverId);
    const attempts = mergeAttempts(known, fresh, now);
    const isNews = attempts.some(({ id }) => known.every((one) => one.id !== id));
    if (!isNews) return;
    const written = await deps.store.write(
      driverId,
      { attempts, version },
      pointsOf(deps.policy, attempts),
      now,
    );
    if (written === 'written') return;
    await pause(deps);
  }
  // A flood of one driver must not send the batches of all others back: what is missing here, others have written.
};

/**
 * Brings what all functions have seen of each driver together. Every event counts once by its identifier, so that
 * duplicates, late ones and any order give the same.
 */
export const rememberAttempts = async (
  deps: RememberDeps,
  events: readonly AttemptEvent[],
): Promise<void> => {
  const byDriver = new Map<string, RecentAttempt[]>();
  for (const event of events) {
    const attempt = toRecentAttempt(event);
    if (attempt) byDriver.set(event.driverId, [...(byDriver.get(event.driverId) ?? []), attempt]);
  }
  await sideBySide(atATime, byDriver, ([driverId, fresh]) => remember(deps, driverId, fresh));
};
