import type { ActivityEvent } from '#contract/activity.ts';
import { minute, second } from './market.ts';
import { published } from './published.ts';

export interface Figure {
  what: string;
  published: readonly number[];
  found: readonly number[];
  /** Largest difference, in the figure's own unit, at which it fits. */
  tolerance: number;
  fits: boolean;
}

const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
const deviation = (list: readonly number[]) => {
  const middle = mean(list);
  return Math.sqrt(mean(list.map((value) => (value - middle) ** 2)));
};
const quantile = (list: readonly number[], share: number) => {
  const sorted = [...list].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
};
const lagOne = (list: readonly number[]) => {
  const [first, next] = [list.slice(0, -1), list.slice(1)];
  const [firstMean, nextMean] = [mean(first), mean(next)];
  const together = mean(first.map((value, at) => (value - firstMean) * ((next[at] ?? 0) - nextMean)));
  return together / (deviation(first) * deviation(next));
};

/** Goh and Barabasi (2008): -1 regular, 0 random, 1 all in bursts. */
const burstinessOf = (intervals: readonly number[]) => {
  const [middle, spread] = [mean(intervals), deviation(intervals)];
  return (spread - middle) / (spread + middle);
};

const intervalsOf = (times: readonly number[]) =>
  times.slice(1).map((at, before) => at - (times[before] ?? 0));
const centred = (lists: readonly number[][]) =>
  lists.flatMap((list) => {
    const middle = mean(list);
    return list.map((value) => value - middle);
  });

/** Looks that are a visit of their own: what follows within a minute belongs to the same one. */
const visitsOf = (events: readonly ActivityEvent[]) => {
  const looks = events.filter(({ route }) => route === 'offers.list').map(({ ts }) => ts);
  return looks.filter((at, place) => place === 0 || at - (looks[place - 1] ?? 0) > minute);
};

/** Logarithms of the seconds between taps inside one offer; the tap that claims it is no part of reading it. */
const tapsOf = (events: readonly ActivityEvent[]) => {
  const taps: number[] = [];
  for (let at = 1; at < events.length; at += 1) {
    const [before, after] = [events[at - 1], events[at]];
    const claims = events[at + 1]?.route === 'offers.claim';
    if (before?.route === 'ui.pointer' && after?.route === 'ui.pointer' && !claims)
      taps.push(Math.log(Math.max(1, after.ts - before.ts) / second));
  }
  return taps;
};

/** Logarithms of the seconds from opening an offer to being back at the feed. */
const dwellsOf = (events: readonly ActivityEvent[]) => {
  const pages = events.filter(({ route }) => route.startsWith('offers.'));
  return pages.flatMap((page, at) => {
    const next = pages[at + 1];
    if (page.route !== 'offers.view' || next?.route !== 'offers.list') return [];
    const seconds = (next.ts - page.ts) / second;
    return seconds > 0 && seconds < 900 ? [Math.log(seconds)] : [];
  });
};

/** Mean and spread of the runs of at least eight looks in a row, less than 0.6 s apart by the client's clock. */
const runsOf = (events: readonly ActivityEvent[]) => {
  const looks = events.filter(({ route, outcome }) => route === 'offers.list' && outcome === 'ok');
  const times = looks.map(({ clientTs }) => clientTs ?? 0).sort((one, other) => one - other);
  const runs: number[][] = [[]];
  for (const interval of intervalsOf(times)) {
    if (interval < 600) runs.at(-1)?.push(interval);
    else runs.push([]);
  }
  return runs.filter(({ length }) => length >= 8);
};

/** What was simulated of usual people, and of those who refresh hard, beside what was published. */
export const figuresOf = (usual: readonly ActivityEvent[][], hard: readonly ActivityEvent[][]): Figure[] => {
  const figure = (
    what: string,
    expected: readonly number[],
    found: readonly number[],
    tolerance: number,
  ) => ({
    what,
    published: expected,
    found,
    tolerance,
    fits: expected.every((value, at) => Math.abs(value - (found[at] ?? Number.NaN)) <= tolerance),
  });
  const { tap, hold, dwell, reaction, rhythm } = published;
  const spread = (list: readonly number[]) => [0.05, 0.5, 0.95].map((share) => quantile(list, share));
  const visits = usual
    .map(visitsOf)
    .map(intervalsOf)
    .filter(({ length }) => length >= 60);
  const taps = usual.map(tapsOf).filter(({ length }) => length >= 15);
  const lags = taps.filter(({ length }) => length >= 40).map(lagOne);
  const all = usual.flat();
  const holds = all.flatMap(({ holdMs }) => (holdMs ? [Math.log(holdMs / second)] : []));
  const dwells = usual.map(dwellsOf).filter(({ length }) => length >= 5);
  const looked = all.flatMap(({ route, latencyMs }) =>
    route === 'offers.view' && latencyMs ? [latencyMs] : [],
  );
  const runs = hard.flatMap(runsOf);
  const solved = (task: string) =>
    all.flatMap(({ reason, durationMs }) => (reason === task && durationMs ? [durationMs / second] : []));
  return [
    figure('burstiness of visits, 5/50/95 %', published.burstiness, spread(visits.map(burstinessOf)), 0.1),
    figure('memory of visits, 5/50/95 %', published.memory, spread(visits.map(lagOne)), 0.1),
    figure(
      'ln s between taps: mean, sd',
      [tap.mu, tap.sigma],
      [mean(taps.flat()), deviation(taps.flat())],
      0.1,
    ),
    figure('ln s between taps: sd within accounts', [1.28], [deviation(centred(taps))], 0.1),
    figure('ln s between taps: lag 1, mean', [mean(tap.lag)], [mean(lags)], 0.12),
    figure('ln s of tap holds: mean, sd', [hold.mu, hold.sigma], [mean(holds), deviation(holds)], 0.06),
    figure(
      'ln s on a page: mean, sd',
      [dwell.mu, dwell.sigma],
      [mean(dwells.flat()), deviation(dwells.flat())],
      0.15,
    ),
    figure(
      's from list to offer: median',
      [(reaction.floorMs + reaction.medianMs) / second],
      [quantile(looked, 0.5) / second],
      0.4,
    ),
    figure(
      's of the tempo of fast runs: mean, sd',
      [rhythm.tempoMs / second, rhythm.deviationMs / second],
      [mean(runs.map(mean)) / second, deviation(runs.map(mean)) / second],
      0.05,
    ),
    figure(
      'spread within fast runs',
      [mean(rhythm.within)],
      [
        quantile(
          runs.map((run) => deviation(run) / mean(run)),
          0.5,
        ),
      ],
      0.02,
    ),
    figure('s to solve a text puzzle: median', [11.6], [quantile(solved('text'), 0.5)], 2.5),
    figure('s to solve a game: median', [27.5], [quantile(solved('game'), 0.5)], 7),
  ];
};
