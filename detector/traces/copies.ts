import type { Family } from './machines.ts';
import { retarget } from './replay.ts';

/** Programs that have a trace of a person, which passed, and make others of it. */
export const copyFamilies: readonly Family[] = [
  {
    name: 'replay',
    method: "a person's trace of another task with the names of the picks changed",
    trace: (facts, picks, chance, record) => retarget(record(), facts, picks, chance, {}),
  },
  {
    name: 'jittered replay',
    method: 'the same with noise in time and space',
    trace: (facts, picks, chance, record) =>
      retarget(record(), facts, picks, chance, {
        jitterMs: chance.between(2, 60),
        jitter: chance.between(0.001, 0.02),
        stretch: chance.between(0.9, 1.1),
      }),
  },
  {
    name: 'moved, jittered replay',
    weight: 8,
    method: 'the same with noise in time and space and a clip of the right length',
    trace: (facts, picks, chance, record) =>
      retarget(record(), facts, picks, chance, {
        moves: true,
        fitsClip: true,
        jitterMs: chance.between(4, 40),
        jitter: chance.between(0.0005, 0.005),
      }),
  },
  {
    name: 'warped replay',
    method: 'the same without noise, but with the time between two picks drawn out or shortened a little',
    weight: 8,
    trace: (facts, picks, chance, record) =>
      retarget(record(), facts, picks, chance, {
        moves: true,
        fitsClip: true,
        warp: chance.between(0.03, 0.15),
      }),
  },
  {
    name: 'sound replay',
    weight: 8,
    method: "a person's trace of other sounds with noise in time, or warped",
    mode: 'sound',
    trace: (facts, picks, chance, record) =>
      retarget(record(), facts, picks, chance, {
        fitsClip: true,
        ...(chance.happens(0.5) ? { jitterMs: chance.between(2, 60) } : { warp: chance.between(0.03, 0.15) }),
      }),
  },
  {
    name: 'moved replay',
    method: 'a trace of another task, its ways turned and scaled to the new places, its times as they were',
    isHeldOut: true,
    trace: (facts, picks, chance, record) => retarget(record(), facts, picks, chance, { moves: true }),
  },
  {
    name: 'faster replay',
    method: 'a moved trace of another task at twice its speed',
    isHeldOut: true,
    trace: (facts, picks, chance, record) =>
      retarget(record(), facts, picks, chance, { moves: true, stretch: 0.5, jitterMs: 5 }),
  },
];
