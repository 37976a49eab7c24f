import type { Trace } from '#contract/challenge-trace.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import type { Chance } from './chance.ts';
import { copyFamilies } from './copies.ts';
import {
  bezierWay,
  fixedSpeedWay,
  lineWay,
  noisyWay,
  overshootWay,
  smoothWay,
  windWay,
} from './machine-ways.ts';
import type { Recording } from './replay.ts';
import {
  humanHold,
  humanPause,
  patience,
  pointerOrTouch,
  scripted,
  smallOffset,
  someBeginning,
  someHold,
  somePause,
} from './script.ts';

/** A way to make traces. All families are given the right picks: only how they are made is judged. */
export interface Family {
  name: string;
  method: string;
  mode?: TaskFacts['mode'];
  /** Kept out of the training: shows what the model makes of what it has not seen. */
  isHeldOut?: true;
  /** In training. Families that are hard to tell from people would drown in the many simple ones. */
  weight?: number;
  /** Of `facts` all but those that say so use only what is served. */
  trace: (facts: TaskFacts, picks: readonly number[], chance: Chance, record: () => Recording) => Trace;
}

export const families: readonly Family[] = [
  {
    name: 'instant',
    method: 'clicks all at once, as soon as the answer is known',
    trace: scripted((chance) => ({
      begins: (start) => start + chance.between(0, 3_000),
      pause: () => chance.between(0, 40),
      hold: () => chance.below(3),
    })),
  },
  {
    name: 'headless',
    method: 'clicks in the centre of elements without moving there',
    trace: scripted(() => ({})),
  },
  {
    name: 'patient clicks',
    method: 'clicks in the centre of elements with log-normal delays after the end of the clip',
    weight: 2,
    trace: scripted((chance) => ({
      ...patience(chance),
      input: chance.pick(['mouse', 'touch', 'other']),
      hold: () => chance.below(3),
    })),
  },
  {
    name: 'patient taps',
    method: 'taps with scatter and log-normal holds and delays, after the end of the clip',
    weight: 4,
    trace: scripted((c) => ({ ...patience(c), input: 'touch', offset: smallOffset(c), hold: humanHold(c) })),
  },
  {
    name: 'patient sound taps',
    method: 'the same with sounds',
    mode: 'sound',
    weight: 4,
    trace: scripted((c) => ({ ...patience(c), input: 'touch', hold: humanHold(c) })),
  },
  {
    name: 'patient keys',
    method: 'keys with log-normal delays after the end of the clip',
    weight: 2,
    trace: scripted((c) => ({ ...patience(c), input: 'keyboard', hold: undefined })),
  },
  {
    name: 'line',
    method: 'moves in a straight line, in equal steps',
    trace: scripted((c) => ({ way: lineWay(c) })),
  },
  {
    name: 'fixed speed',
    method: 'straight lines at one speed, presses with some scatter',
    trace: scripted((c) => ({ way: fixedSpeedWay(c), offset: smallOffset(c) })),
  },
  {
    name: 'centre hits',
    method: 'smooth movements and times like a person, always into the very centre',
    trace: scripted((c) => ({ way: smoothWay(c), pause: humanPause(c), hold: humanHold(c) })),
  },
  {
    name: 'timer',
    method: 'acts when a timer of round numbers fires',
    trace: scripted((chance) => {
      const grid = chance.pick([50, 100, 200, 250, 500]);
      const round = (ms: number) => Math.ceil(ms / grid) * grid;
      return {
        input: pointerOrTouch(chance),
        begins: (_start, end) => round(chance.happens(0.5) ? end + 100 : chance.between(500, 5_000)),
        pause: () => round(chance.between(200, 2_000)) - 50,
        hold: () => 50,
        offset: smallOffset(chance),
      };
    }),
  },
  {
    name: 'uniform jitter',
    method: 'waits and hits evenly spread around an average',
    trace: scripted((chance) => {
      const [low, high, size] = [
        chance.between(100, 600),
        chance.between(700, 2_000),
        chance.between(0.005, 0.05),
      ];
      return {
        input: pointerOrTouch(chance),
        pause: () => chance.between(low, high),
        hold: () => chance.between(30, 150),
        offset: () => chance.between(-size, size),
      };
    }),
  },
  {
    name: 'Gaussian jitter',
    method: 'waits and hits normally spread around an average',
    trace: scripted((chance) => {
      const base = chance.between(300, 1_200);
      return {
        input: pointerOrTouch(chance),
        pause: () => Math.max(30, chance.normal(base, base * 0.2)),
        hold: () => Math.max(10, chance.normal(90, 20)),
        offset: smallOffset(chance),
      };
    }),
  },
  {
    name: 'Bezier, even',
    method: 'curves at one speed',
    trace: scripted((c) => ({ way: bezierWay(c, false), offset: smallOffset(c), hold: humanHold(c) })),
  },
  {
    name: 'Bezier, eased',
    method: 'curves that start and end slowly, log-normal delays',
    trace: scripted((c) => ({
      way: bezierWay(c, true),
      offset: smallOffset(c),
      hold: humanHold(c),
      pause: humanPause(c),
    })),
  },
  {
    name: 'template',
    method: 'noisy curves, log-normal delays and scatter like a person, blind to what the clip shows',
    trace: scripted((c) => ({
      way: noisyWay(c),
      offset: smallOffset(c),
      hold: humanHold(c),
      pause: humanPause(c),
      begins: c.happens(0.5) ? someBeginning(c) : (_start, end) => end + c.logNormal(1_200, 0.5),
    })),
  },
  {
    name: 'touch template',
    method: 'taps with scatter and log-normal delays, blind to what the clip shows',
    trace: scripted((c) => ({
      input: 'touch',
      offset: smallOffset(c),
      hold: humanHold(c),
      pause: humanPause(c),
    })),
  },
  {
    name: 'keys',
    method: 'keys at the pace of a timer or with random delays',
    trace: scripted((c) => ({
      input: 'keyboard',
      hold: undefined,
      pause: c.happens(0.5) ? somePause(c) : humanPause(c),
    })),
  },
  {
    name: 'sound keys',
    method: 'the same with sounds',
    mode: 'sound',
    trace: scripted((c) => ({
      input: 'keyboard',
      hold: undefined,
      pause: c.happens(0.5) ? somePause(c) : humanPause(c),
    })),
  },
  {
    name: 'sound taps',
    method: 'taps with random holds and delays, blind to what is heard',
    mode: 'sound',
    trace: scripted((c) => ({
      input: 'touch',
      hold: c.happens(0.5) ? someHold(c) : humanHold(c),
      pause: c.happens(0.5) ? somePause(c) : humanPause(c),
    })),
  },
  {
    name: 'informed taps',
    method:
      'knows the moments of the clip, as a program that solves it does, and taps a human reaction later',
    isHeldOut: true,
    trace: (facts, picks, chance) =>
      scripted((c) => {
        const reaction = c.between(350, 900);
        return {
          input: 'touch',
          offset: smallOffset(c),
          hold: humanHold(c),
          begins: (start) => start,
          pause: () => c.logNormal(500, 0.3),
          ready: (index, start) => start + (facts.moments[index] ?? 0) + c.logNormal(reaction, 0.4),
          tellsClip: true,
        };
      })(facts, picks, chance),
  },
  {
    name: 'overshoot',
    method: 'as ghost-cursor: curves past the target and back, timed by Fitts',
    isHeldOut: true,
    trace: scripted((c) => ({
      way: overshootWay(c),
      offset: smallOffset(c),
      hold: () => c.between(30, 120),
      pause: () => c.between(200, 1_500),
    })),
  },
  {
    name: 'wind',
    method: 'WindMouse: a pull to the target and a wind that wanders',
    isHeldOut: true,
    trace: scripted((c) => ({
      way: windWay(c),
      offset: smallOffset(c),
      hold: humanHold(c),
      pause: humanPause(c),
    })),
  },
  ...copyFamilies,
];
