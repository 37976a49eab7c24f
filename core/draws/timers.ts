import { sideBySide } from '#core/shared/side-by-side.ts';
import type { Due } from './due-store.ts';

/** Tells the worker of what is due, so many seconds from now. */
export type SetTimer = (due: Due, delaySeconds: number) => Promise<void>;

/** No timer takes longer. */
export const longestDelaySeconds = 900;
/** The worker waits the rest itself: it is warm when the time comes. */
const leadMs = 1_500;
const atOnce = 10;

/** Whole seconds until shortly before a time; none where that is too far for a timer. */
export const delayUntil = (at: number, now: number): number | undefined => {
  const seconds = Math.max(0, Math.floor((at - leadMs - now) / 1_000));
  return seconds <= longestDelaySeconds ? seconds : undefined;
};

/** Sets a timer for each that one reaches; the rest is for whoever sweeps. */
export const setTimers = (
  { setTimer, now }: { setTimer: SetTimer; now: () => number },
  due: readonly Due[],
): Promise<void> =>
  sideBySide(atOnce, due, async (one) => {
    const delay = delayUntil(one.at, now());
    if (delay !== undefined) await setTimer(one, delay);
  });

/** Seconds until somebody looks again at what could not be done: never none, or the looking would not end. */
export const pauseUntil = (at: number, now: number): number =>
  Math.min(longestDelaySeconds, Math.max(1, delayUntil(at, now) ?? longestDelaySeconds));
