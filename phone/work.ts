import { type ChallengeParameters, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import type { ChallengeAnswer, TaskOf } from '#contract/challenges.ts';

/** Does the work as an app does: with WebCrypto, one counter after the other. */
export const solveWork = async ({ taskId, work }: TaskOf<'work'>): Promise<ChallengeAnswer> => {
  const parameters = work.parameters as unknown as ChallengeParameters;
  const solution = await solveChallenge({ challenge: { parameters }, deriveKey });
  if (!solution) throw new Error('the work was not done in time');
  const { counter, derivedKey } = solution;
  return { kind: 'work', taskId, counter, derivedKey };
};
