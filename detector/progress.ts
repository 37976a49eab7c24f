/** Where progress is shown: stderr, or what a test gives. */
export interface Screen {
  readonly isTTY?: boolean;
  write: (text: string) => unknown;
}

export interface Progress {
  at: (done: number) => void;
  end: () => void;
}

const barWidth = 24;
const bar = (share: number) => {
  const full = Math.round(Math.min(1, share) * barWidth);
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
};

const short = (value: number): string => {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(0)} k` : value.toFixed(0);
};

const clock = (seconds: number): string =>
  Number.isFinite(seconds)
    ? `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')} left`
    : '';

/**
 * Shows how far long work is: a bar with rate and time left on a terminal, a line every ten seconds elsewhere. Work
 * that is done within a second shows nothing.
 */
export const progressOn =
  (screen: Screen, now: () => number) =>
  (what: string, total: number): Progress => {
    const startedAt = now();
    const everyMs = screen.isTTY ? 200 : 10_000;
    let shownAt = startedAt + (screen.isTTY ? 800 : 0);
    let isShown = false;
    const line = (done: number) => {
      const seconds = (now() - startedAt) / 1_000;
      const rate = done / Math.max(seconds, 0.001);
      const share = total > 0 ? done / total : 1;
      const numbers = `${Math.floor(100 * Math.min(1, share))} % of ${short(total)}, ${short(rate)}/s`;
      return `${what} ${screen.isTTY ? `${bar(share)} ` : ''}${numbers} ${clock((total - done) / rate)}`.trimEnd();
    };
    return {
      at: (done) => {
        if (now() - shownAt < everyMs) return;
        shownAt = now();
        isShown = true;
        screen.write(screen.isTTY ? `\r\u001b[K${line(done)}` : `${line(done)}\n`);
      },
      end: () => {
        if (isShown && screen.isTTY) screen.write('\r\u001b[K');
      },
    };
  };

/** For who does not want to see any. */
export const noProgress = (): Progress => ({ at: () => {}, end: () => {} });
