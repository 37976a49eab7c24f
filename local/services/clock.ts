/** Time as an argument: milliseconds since 1970, timers of any length. */
export interface Clock {
  now(): number;
  /** Calls back once; returns the cancellation. */
  after(delayMs: number, callback: () => void): () => void;
  /** Tells the clock that work outside of it is under way. A virtual clock stands still until it settles. */
  during<Result>(work: Promise<Result>): Promise<Result>;
}

/** A Node timer holds a signed 32-bit delay and fires at once beyond it: longer waits are made of legs. */
const longestLegMs = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const dueAt = Date.now() + delayMs;
    let timer: NodeJS.Timeout;
    const leg = (): void => {
      const remainingMs = Math.max(0, dueAt - Date.now());
      const last = remainingMs <= longestLegMs;
      timer = setTimeout(last ? callback : leg, last ? remainingMs : longestLegMs);
      // A wait of 30 days must not keep a stopped process alive.
      timer.unref();
    };
    leg();
    return () => clearTimeout(timer);
  },
  during: (work) => work,
};
