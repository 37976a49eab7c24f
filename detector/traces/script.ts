import type { Trace } from '#contract/challenge-trace.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import type { Chance } from './chance.ts';
import type { Spot } from './hand.ts';
import { noWay, type Way } from './machine-ways.ts';
import { emptyPage, playClip } from './page.ts';

/** What a program is served of a task: everything but the answer and its moments. */
export type Served = Pick<TaskFacts, 'mode' | 'choices' | 'durationMs' | 'places'>;

/** A number that is drawn each time. */
export type Draw = () => number;

/** How one bot acts; what is not drawn each time is its own constant. */
interface Script {
  input: Trace['input'];
  /** When the first pick comes, given when the clip starts and ends. */
  begins: (start: number, end: number) => number;
  pause: Draw;
  /** No pick is begun before, given its index and when the clip starts. */
  ready?: (index: number, start: number) => number;
  way: Way;
  hold: Draw | undefined;
  /** In both directions around the centre of a place. */
  offset: Draw;
  tellsClip: boolean;
}

const nothing = () => 0;

/** Most programs care about the clip in one of these ways. */
export const someBeginning = (chance: Chance): Script['begins'] => {
  const wait = chance.pick([() => 0, () => chance.between(0, 1_000), () => chance.logNormal(1_200, 0.7)]);
  return chance.pick<Script['begins']>([
    (start) => start + wait(),
    (start, end) => start + chance.between(0.1, 0.9) * (end - start),
    (_start, end) => end + wait(),
  ]);
};

export const somePause = (chance: Chance): Draw => {
  const [fixed, base] = [
    chance.pick([20, 50, 100, 150, 250, 300, 500, 750, 1_000]),
    chance.between(100, 900),
  ];
  return chance.pick<Draw>([
    () => fixed,
    () => fixed + chance.below(4),
    () => chance.between(base, base * 2),
    () => Math.max(10, chance.normal(base, base * 0.1)),
  ]);
};
export const humanPause = (chance: Chance): Draw => {
  const median = chance.logNormal(900, 0.6);
  return () => chance.logNormal(median, 0.5);
};
/** Waits for the end of the clip, and takes its time. */
export const patience = (chance: Chance): Pick<Script, 'begins' | 'pause'> => {
  const median = chance.logNormal(1_200, 0.5);
  return {
    begins: (_start, end) => end + chance.logNormal(median, 0.5),
    pause: () => chance.logNormal(median, 0.5),
  };
};
export const someHold = (chance: Chance): Draw => {
  const fixed = chance.pick([0, 0, 10, 50, 80, 100]);
  return chance.pick<Draw>([() => fixed, () => fixed + chance.below(3), () => chance.between(40, 140)]);
};
export const humanHold = (chance: Chance): Draw => {
  const median = chance.between(80, 140);
  return () => chance.logNormal(median, 0.4);
};

const play = (served: Served, picks: readonly number[], chance: Chance, script: Script): Trace => {
  const page = emptyPage();
  const start = chance.between(5, 300);
  const silent = { ...page, add: () => {} };
  const end = playClip(script.tellsClip ? page : silent, start, served.durationMs, chance);
  let t = script.begins(start, end);
  let at: Spot = { x: chance.next(), y: chance.next() };
  for (const [index, n] of picks.entries()) {
    if (index > 0) t += script.pause();
    t = Math.max(t, script.ready?.(index, start) ?? 0);
    const place = served.places?.[n];
    const goal = place && { x: place.x + script.offset(), y: place.y + script.offset() };
    if (goal) {
      t = script.way(page, at, goal, t);
      at = goal;
    }
    if (script.hold) {
      page.add(t, 'down', goal);
      t += script.hold();
      page.add(t, 'up', goal);
    } else if (script.input === 'keyboard') page.add(t, 'key');
    page.add(t, 'pick', { n });
  }
  return page.trace(script.input);
};

export const scripted =
  (draw: (chance: Chance) => Partial<Script>) =>
  (served: Served, picks: readonly number[], chance: Chance): Trace =>
    play(served, picks, chance, {
      input: 'mouse',
      begins: someBeginning(chance),
      pause: somePause(chance),
      way: noWay,
      hold: someHold(chance),
      offset: nothing,
      tellsClip: chance.happens(0.85),
      ...draw(chance),
    });

export const pointerOrTouch = (chance: Chance): Trace['input'] => chance.pick(['mouse', 'touch']);
export const smallOffset = (chance: Chance): Draw => {
  const size = chance.between(0.005, 0.03);
  return () => chance.normal(0, size);
};
