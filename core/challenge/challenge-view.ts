import type { ChallengeSummary, TaskMode } from '#contract/challenges.ts';
import { attemptsLeft, type Challenge } from './challenge.ts';

const waysOn: Readonly<Record<TaskMode | 'person', { way: string; text: string }>> = {
  picture: { way: 'picture', text: 'Follow something in a short clip instead.' },
  sound: { way: 'sound', text: 'Listen to sounds instead. You get more time for it.' },
  person: { way: 'person', text: 'Let a person look instead: nothing has to be solved.' },
};

/** Everybody can change the mode while answers are left, and ask a person at any time. */
export const otherWays = (challenge: Challenge) =>
  challenge.state === 'open' && attemptsLeft(challenge) > 0
    ? [waysOn.picture, waysOn.sound, waysOn.person]
    : [waysOn.person];

export const summaryOf = (challenge: Challenge): ChallengeSummary => ({
  challengeId: challenge.challengeId,
  state: challenge.state,
  rung: challenge.rung,
  expiresAt: new Date(challenge.expiresAt).toISOString(),
  attemptsLeft: attemptsLeft(challenge),
  otherWays: otherWays(challenge),
});
