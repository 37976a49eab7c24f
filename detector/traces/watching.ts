import type { TaskFacts } from '#core/challenge/task-facts.ts';
import type { Chance } from './chance.ts';
import { type Page, playClip } from './page.ts';

/** How a person goes about a clip or sounds. Assumed shares, not measured ones: nobody has watched people do this. */
export type Habit = 'along' | 'after' | 'again' | 'pausing';

export interface Watcher {
  habit: Habit;
  /** Multiplies everything that the mind does. */
  pace: number;
  /** Median from knowing to going for a pick, in milliseconds. */
  reaction: number;
  /** How long before its moment this person knows what comes: sees where a van goes, knows a sound by its start. */
  aheadMs: number;
  /** Median between two picks of somebody who has seen it all, in milliseconds. */
  think: number;
  playsItself: boolean;
  /** Whether the page could tell when the clip started and ended. */
  reportsClip: boolean;
}

/** When a person goes for the next pick, given when the one before was done. */
export type WhenReady = (index: number, done: number) => number;

/** detection.md: between two taps of people, log-normal with mu .657 and sigma 1.30 s. */
const tapPauseMs = (chance: Chance) => Math.min(20_000, chance.logNormal(1_000 * Math.exp(0.657), 1.3));
/** detection.md: reaction and decision, .35 s and a log-normal around 2 s, sigma .6. */
const decisionMs = (chance: Chance) => 350 + chance.logNormal(2_000, 0.6);

const thinkMs = ({ pace, think }: Watcher, chance: Chance) =>
  chance.happens(0.1) ? tapPauseMs(chance) : pace * chance.logNormal(think, 0.5);
const reactMs = ({ pace, reaction }: Watcher, chance: Chance) =>
  chance.happens(0.03) ? decisionMs(chance) : pace * (170 + chance.logNormal(reaction, 0.4));

/** Plays the clip, as often as the person wants to see it, and says when each pick can come. */
export const watch = (
  { page, press, facts }: { page: Page; press: (t: number) => unknown; facts: TaskFacts },
  watcher: Watcher,
  chance: Chance,
): WhenReady => {
  const { moments, durationMs } = facts;
  const hidden: Page = watcher.reportsClip ? page : { ...page, add: () => {} };
  const start = watcher.playsItself ? chance.between(20, 400) : watcher.pace * chance.logNormal(1_800, 0.6);
  if (!watcher.playsItself) press(start);
  if (watcher.habit === 'pausing') return watchInParts(hidden, facts, start, watcher, chance);

  let from = start;
  let end = playClip(hidden, start, durationMs, chance);
  if (watcher.habit === 'again') {
    from = end + watcher.pace * chance.logNormal(1_200, 0.5);
    press(from);
    end = playClip(hidden, from, durationMs, chance);
  }
  if (watcher.habit === 'after')
    return (index, done) =>
      index === 0
        ? end + watcher.pace * (chance.happens(0.3) ? decisionMs(chance) : 250 + chance.logNormal(900, 0.6))
        : done + thinkMs(watcher, chance);
  const slow = Math.max(1, (end - from) / durationMs);
  return (index, done) => {
    const known = from + (moments[index] ?? 0) * slow - watcher.aheadMs + reactMs(watcher, chance);
    // Behind the clip the hand goes on as soon as it can; once the clip is over people think again.
    return Math.max(known, done + (done > end ? thinkMs(watcher, chance) : chance.logNormal(150, 0.5)));
  };
};

/** Stops the clip at each thing to pick, and goes on after the pick. */
const watchInParts = (
  page: Page,
  { moments, durationMs }: TaskFacts,
  start: number,
  watcher: Watcher,
  chance: Chance,
): WhenReady => {
  let [resumed, position] = [start, 0];
  page.add(start, 'play');
  return (index, done) => {
    if (position >= durationMs) return done + thinkMs(watcher, chance);
    if (index > 0) {
      resumed = done + chance.logNormal(500, 0.5);
      page.add(resumed, 'play');
    }
    const moment = Math.max(position, moments[index] ?? 0);
    const stops = Math.min(durationMs, moment + reactMs(watcher, chance));
    const at = resumed + stops - position;
    position = stops;
    page.add(at, stops < durationMs ? 'pause' : 'end');
    return at + thinkMs(watcher, chance) * 0.5;
  };
};
