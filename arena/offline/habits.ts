import type { Chance } from './chance.ts';
import type { Cohort } from './cohorts.ts';
import { hour, second } from './market.ts';
import { published } from './published.ts';

/** What one person is like: drawn once per account. Times in milliseconds, unless they are logarithms of seconds. */
export interface Habits {
  /** Local time of getting up, and how much it moves from day to day. */
  wakesAt: number;
  wakesSpread: number;
  asleep: number;
  /** Chance to be at it, by day of the week. */
  workingDays: readonly number[];
  /** Rest-sleep-and-comment cycle. */
  active: number;
  rest: number;
  sigmaActive: number;
  sigmaRest: number;
  restAfterActive: number;
  activeAfterRest: number;
  post: number;
  /** How much slower days off are than others, and the spread of that over days. */
  offDays: number;
  moods: number;
  /** First and last day of a holiday. */
  away: readonly [from: number, until: number];
  /** How much an interval resembles the one before. */
  selfCorrelation: number;
  /** Further looks in a session, in the mean. */
  refreshes: number;
  longestRefresh: number;
  /** Worth of a block, in standard deviations, from which it is looked at and taken. */
  choosy: number;
  taste: number;
  blocksPerWeek: number;
  attendsDrops: number;
  answersPush: number;
  changesMind: number;
  /** Logarithm of the pace of reaction and of reading. */
  slow: number;
  readsSlowly: number;
  reactionSigma: number;
  tapMu: number;
  tapLag: number;
  taps: number;
  holdMu: number;
  holdSigma: number;
  thumb: readonly [x: number, y: number, spread: number];
  /** Pause of a scanning switch; nothing for people who touch. */
  scan: number | undefined;
  /** Chance that a session around a drop turns into hard refreshing, and its tempo. */
  hammers: number;
  tempo: number;
  withinRun: number;
}

const weekOf = (chance: Chance): number[] => {
  const most = chance.between(0.55, 0.98);
  const off = chance.between(0.02, 0.4);
  const free = chance.below(7);
  return Array.from({ length: 7 }, (_, weekday) =>
    weekday === free || (weekday === (free + 1) % 7 && chance.happens(0.75)) ? off : most,
  );
};

/** Some are away for days within the month. */
const holidayOf = (chance: Chance): [number, number] => {
  if (!chance.happens(0.4)) return [0, 0];
  const from = chance.below(26);
  return [from, from + 3 + chance.below(7)];
};

const usualHabits = (chance: Chance): Habits => {
  const { cycle, tap, hold, reaction } = published;
  const keen = chance.normal();
  return {
    wakesAt: chance.normal(6.8, 1.1) * hour,
    wakesSpread: chance.between(0.2, 1) * hour,
    asleep: Math.max(4.5, chance.normal(cycle.sleepHours, 0.8)) * hour,
    workingDays: weekOf(chance),
    active: chance.logNormal(cycle.activeSeconds * second, 0.35),
    rest: chance.logNormal(0.9 * cycle.restSeconds * second, 0.3),
    sigmaActive: Math.max(0.5, chance.normal(cycle.sigmaActive, 0.15)),
    sigmaRest: Math.max(0.3, chance.normal(cycle.sigmaRest, 0.1)),
    restAfterActive: Math.min(0.8, chance.logNormal(cycle.restAfterActive, 0.25)),
    activeAfterRest: Math.min(0.8, chance.logNormal(cycle.activeAfterRest, 0.25)),
    post: Math.min(1, chance.logNormal(cycle.post * 1.15, 0.25)),
    offDays: chance.logBetween(2.5, 12),
    moods: chance.between(0.75, 1.5),
    away: holidayOf(chance),
    selfCorrelation: chance.between(0.7, 0.97),
    refreshes: 0.45 * Math.exp(0.45 * keen + 0.4 * chance.normal()),
    longestRefresh: chance.logBetween(300, 3_600) * second,
    choosy: chance.normal(0.15, 0.55),
    taste: chance.between(0.4, 1),
    blocksPerWeek: Math.max(1, Math.min(10, 3.6 * Math.exp(0.35 * keen + 0.35 * chance.normal()))),
    attendsDrops: Math.min(0.85, chance.between(0.05, 0.35) * Math.exp(0.4 * keen)),
    answersPush: chance.between(0.05, 0.35),
    changesMind: chance.between(0, 0.12),
    slow: chance.normal(0, reaction.accountSigma),
    readsSlowly: chance.normal(0, 0.25),
    reactionSigma: reaction.sigma * chance.between(0.85, 1.15),
    tapMu: chance.normal(tap.mu, tap.accountSigma),
    tapLag: chance.between(tap.lag[0], tap.lag[1]),
    taps: chance.between(0.6, 2),
    holdMu: chance.normal(hold.mu, 0.17),
    holdSigma: hold.sigma * chance.between(0.8, 1.1),
    thumb: [chance.between(90, 330), chance.between(560, 800), chance.between(8, 34)],
    scan: undefined,
    hammers: 0,
    tempo: published.rhythm.tempoMs,
    withinRun: 0.05,
  };
};

/** Cohorts move what is theirs; the rest is everybody's. */
export const habitsOf = (chance: Chance, cohorts: readonly Cohort[]): Habits => {
  const habits = usualHabits(chance);
  const { rhythm } = published;
  for (const cohort of cohorts) {
    if (cohort === 'cheap-phone') habits.slow += chance.between(0, 0.4);
    if (cohort === 'night-worker') habits.wakesAt = chance.normal(17, 1.2) * hour;
    if (cohort === 'accessibility') {
      habits.slow += Math.log(chance.between(2.5, 6));
      habits.readsSlowly += Math.log(chance.between(1.5, 3));
      if (chance.happens(0.6)) habits.scan = chance.between(0.7, 2.2) * second;
    }
    if (cohort === 'hard-refresher') {
      habits.hammers = chance.between(0.25, 0.6);
      habits.attendsDrops = Math.max(habits.attendsDrops, chance.between(0.25, 0.5));
      habits.tempo = Math.max(130, chance.normal(rhythm.tempoMs, rhythm.deviationMs));
      habits.withinRun = chance.between(rhythm.within[0], rhythm.within[1]);
    }
    if (cohort === 'push-bursts') {
      habits.answersPush = chance.between(0.6, 0.95);
      habits.refreshes *= 1.3;
    }
  }
  return habits;
};
