import type { ChallengeAnswer } from '#contract/challenges.ts';
import type { AttemptEvent } from '#contract/events.ts';
import { type Circumstances, commonOf } from '#core/offers/attempt.ts';
import type { AttemptOutcome } from './attempt-challenge.ts';

const outcomeOf = (outcome: AttemptOutcome): AttemptEvent['outcome'] => {
  if (outcome.status !== 'refused') return outcome.status;
  if (outcome.code === 'challenge-failed') return 'failed';
  if (outcome.code === 'challenge-expired') return 'expired';
  return outcome.code === 'try-again' ? 'error' : 'refused';
};

/** The record of one answer: how it ended, and nothing of the answer or the trace. A failure is no evidence of anything. */
export const answerAttempt = (
  outcome: AttemptOutcome,
  { answer }: { answer: ChallengeAnswer },
  challengeId: string,
  circumstances: Circumstances,
): AttemptEvent => {
  const { challenge } = outcome;
  const shownAt = challenge?.shownAt[answer.taskId];
  const reason =
    outcome.status === 'refused'
      ? outcome.code === 'challenge-failed'
        ? outcome.reason
        : outcome.code
      : undefined;
  return {
    ...commonOf(circumstances),
    type: 'challenge',
    challengeId,
    task: answer.taskId.split('.')[0] ?? '',
    ...(challenge && { blockId: challenge.blockId, version: challenge.version }),
    ...(shownAt !== undefined && { solvedMs: Math.max(0, circumstances.startedAt - shownAt) }),
    outcome: outcomeOf(outcome),
    ...(reason && { reason }),
  };
};
