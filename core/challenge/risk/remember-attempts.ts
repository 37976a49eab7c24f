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

/** Anything that gives a point: what is seen by other functions may complete it. */
const standsOut = (policy: RiskPolicy, attempts: readonly RecentAttempt[]): boolean => {
  const last = attempts.at(-1);
  return (
    last !== undefined &&
    decide(policy, signalsOf(attempts.slice(0, -1), last, policy.quickMs, {})).points > 0
  );
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
      standsOut(deps.policy, attempts),
      now,
    );
    if (written === 'written') return;
    await pause(deps);
  }
  throw new Error(`the attempts of a driver were overtaken ${maxTries} times`);
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
