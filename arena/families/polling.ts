import { logNormal, uniform } from '../chance.ts';
import { grabber } from './grabber.ts';

/** Families that differ by how they poll and how fast they tap. */

export const fixedPoller = grabber({
  name: 'fixed-poller',
  about: 'Polls every half second by the clock and claims 120 ms later.',
  pause: () => 500,
  reaction: () => 120,
});

export const jitteredUniform = grabber({
  name: 'jittered-uniform',
  about: 'Polls after 300 to 900 ms, claims after 100 to 500 ms, all evenly drawn.',
  pause: (chance) => uniform(chance, 300, 900),
  reaction: (chance) => uniform(chance, 100, 500),
});

export const jitteredLognormal = grabber({
  name: 'jittered-lognormal',
  about: 'Polls and claims after log-normal times around 600 and 400 ms, as it thinks that people do.',
  pause: (chance) => logNormal(chance, 600, 0.5),
  reaction: (chance) => logNormal(chance, 400, 0.4),
});

export const fastClaimer = grabber({
  name: 'fast-claimer',
  about: 'Polls all the time and claims the best blocks the moment they are there.',
  pause: () => 150,
  reaction: () => 1,
  again: () => 20,
});

export const slowAndLow = grabber({
  name: 'slow-and-low',
  about: 'Polls seldom, reacts like a person, never tires.',
  pause: (chance) => uniform(chance, 6_000, 14_000),
  reaction: (chance) => 350 + logNormal(chance, 1_600, 0.5),
});

export const puzzleFarm = grabber({
  name: 'puzzle-farm',
  about: 'A fast claimer that has its puzzles solved by people elsewhere, 10 to 30 s each.',
  pause: () => 300,
  reaction: (chance) => uniform(chance, 5, 80),
  again: (chance) => uniform(chance, 20, 120),
  hands: (chance) => ({ kind: 'bought', lookMs: () => uniform(chance, 10_000, 30_000) }),
});

export const passwordHolder = grabber({
  name: 'password-holder',
  about: 'A service that was given passwords: a fast claimer without a phone.',
  phone: 'none',
  network: 'shared',
  pause: () => 300,
  reaction: () => 1,
  again: () => 20,
});
