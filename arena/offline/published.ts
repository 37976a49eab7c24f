/**
 * How people behave, as measured by others and by us; seconds where nothing else is said. The generator draws its
 * hyper-parameters from here and `--check` compares what came out with it.
 */
export const published = {
  /** Rest-sleep-and-comment model (Costa et al., KDD 2015): probabilities per step, spreads of the log intervals. */
  cycle: {
    restAfterActive: 0.365,
    activeAfterRest: 0.285,
    post: 0.547,
    sigmaRest: 0.84,
    sigmaActive: 1.38,
    activeSeconds: 336,
    restSeconds: 10_400,
    sleepHours: 7.2,
  },
  /** Power law of the time between two looks at a phone, from a second to hours. */
  checking: { exponent: 1.5, lowSeconds: 1, highSeconds: 7_200 },
  /** Of the intervals between looks, over accounts: 5, 50 and 95 %. */
  burstiness: [0.25, 0.4, 0.66],
  memory: [0.08, 0.21, 0.39],
  /** Log-normal interval between taps; correlation of neighbours from one account to another. */
  tap: { mu: 0.657, sigma: 1.3, accountSigma: 0.23, lag: [0.11, 0.44] },
  hold: { mu: -2.219, sigma: 0.468 },
  dwell: { mu: 2.965, sigma: 0.821 },
  /** Fast tapping in a rhythm: milliseconds, and the spread within a run as a share of its tempo. */
  rhythm: { tempoMs: 265, deviationMs: 74, within: [0.03, 0.06] },
  /** Assumed: what a choice takes after the eye has found it. */
  reaction: {
    floorMs: 350,
    medianMs: 2_000,
    sigma: 0.6,
    accountSigma: 0.35,
    daySigma: 0.15,
    lapses: 0.02,
  },
  /** Assumed: from the phone to the server. */
  network: { medianMs: 120, sigma: 0.5, stalls: 0.01 },
  /** Work of a person at a challenge. */
  puzzles: { simple: [3.7, 3.7], text: [9, 15], game: [18, 42] },
} as const;

export type Puzzle = keyof typeof published.puzzles;
