import type { Trace } from '#contract/challenge-trace.ts';
import type { ChallengeAnswer } from '#contract/challenges.ts';
import type { Fault } from '#contract/describe-problem.ts';
import type { HoldPolicy } from '#contract/risk-policy.ts';
import { hashOf } from '#core/attestation/dpop.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import { type Attempt, attemptsLeft, type Challenge, isExpired } from './challenge.ts';
import { otherWays } from './challenge-view.ts';
import type { ChallengesStore, Step } from './challenges-store.ts';
import { clearanceOf, coverOf } from './clear.ts';
import { attemptsAgainIn } from './hold-limits.ts';

export interface Answered {
  answer: ChallengeAnswer;
  trace?: Trace | undefined;
}

/** What an answer is worth, whatever it was given to. */
export type Grade =
  | {
      status: 'graded';
      result: 'right' | 'unsupported' | 'wrong';
      reason?: string;
      traceDigests: readonly string[];
    }
  /** Not an answer to the task that is due: nothing is counted. */
  | { status: 'task-replaced' }
  | { status: 'invalid'; faults: Fault[] }
  | { status: 'unavailable' };

export interface AttemptDeps extends Surroundings {
  store: ChallengesStore;
  keys: () => Promise<KeyGenerations>;
  holds: HoldPolicy;
  grade: (challenge: Challenge, answered: Answered, now: number) => Promise<Grade>;
}

export type AttemptOutcome = { challenge?: Challenge; attempt?: Attempt } & (
  | { status: 'passed'; clearance: string; expiresAt: number }
  | { status: 'continue'; attemptsLeft: number }
  | {
      status: 'refused';
      code: 'challenge-failed';
      reason?: string;
      attemptsLeft: number;
      otherWays: ReturnType<typeof otherWays>;
    }
  | { status: 'refused'; code: 'invalid-request'; faults: Fault[] }
  | {
      status: 'refused';
      code: 'slow-down';
      retryAfterSeconds: number;
    }
  | {
      status: 'refused';
      code: 'unknown-challenge' | 'challenge-expired' | 'challenge-spent' | 'task-replaced' | 'try-again';
    }
);

/** Right with nothing to show how: one more right answer makes it a pass. */
export const nextStep = (
  challenge: Challenge,
  { result }: Pick<Extract<Grade, { status: 'graded' }>, 'result'>,
): Step['step'] => {
  if (result === 'wrong') return attemptsLeft(challenge) <= 1 ? 'fail' : 'attempt';
  const isSecond = challenge.attempts.some((earlier) => earlier.result === 'continue');
  return result === 'right' || isSecond ? 'pass' : 'attempt';
};

const resultOf = { pass: 'passed', fail: 'failed', attempt: 'failed' } as const;

/** What a step means for the answer that it spends. */
export const resultOfStep = (
  step: Step['step'],
  result: Extract<Grade, { status: 'graded' }>['result'],
): Attempt['result'] => (step === 'attempt' && result !== 'wrong' ? 'continue' : resultOf[step]);

/**
 * Grades an answer and spends it, in this order: whatever dies in between, nothing is lost. The same answer again gets
 * the same outcome; of several at the same time one counts, and the others learn that the task was replaced.
 */
export const attemptChallenge = async (
  deps: AttemptDeps,
  input: { driverId: string; deviceId?: string; challengeId: string } & Answered,
): Promise<AttemptOutcome> => {
  const { driverId, deviceId, challengeId, answer, trace } = input;
  const digest = hashOf(JSON.stringify([answer, trace ?? null]));
  const now = deps.now();
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const challenge = await answeredOrUnread(deps.store.find(driverId, challengeId));
    if (challenge === 'unread') break;
    if (!challenge || challenge.deviceId !== deviceId)
      return { status: 'refused', code: 'unknown-challenge' };
    const earlier = challenge.attempts.find((one) => one.digest === digest);
    if (earlier) return tell(deps, challenge, earlier);
    if (challenge.state === 'passed') return { status: 'refused', code: 'challenge-spent', challenge };
    if (isExpired(challenge, now)) return { status: 'refused', code: 'challenge-expired', challenge };
    if (challenge.state === 'failed') return failed(challenge);

    const grade = await deps.grade(challenge, { answer, trace }, now);
    if (grade.status === 'invalid')
      return { status: 'refused', code: 'invalid-request', faults: grade.faults, challenge };
    if (grade.status === 'task-replaced') return replaced(deps, challenge, digest);
    if (grade.status === 'unavailable') return { status: 'refused', code: 'try-again', challenge };

    const outcome = await spend(deps, challenge, digest, grade, now);
    if (outcome) return outcome;
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', code: 'try-again' };
};

/** The same answer may have been spent while this one was graded: then that is its outcome. */
const replaced = async (deps: AttemptDeps, challenge: Challenge, digest: string): Promise<AttemptOutcome> => {
  const newer = await answeredOrUnread(deps.store.find(challenge.driverId, challenge.challengeId));
  const spent = newer === 'unread' ? undefined : newer?.attempts.find((one) => one.digest === digest);
  return newer && newer !== 'unread' && spent
    ? tell(deps, newer, spent)
    : { status: 'refused', code: 'task-replaced', challenge };
};

/** Nothing when another answer came first or no answer came: what is stored then decides. */
const spend = async (
  deps: AttemptDeps,
  challenge: Challenge,
  digest: string,
  grade: Extract<Grade, { status: 'graded' }>,
  now: number,
): Promise<AttemptOutcome | undefined> => {
  const step = nextStep(challenge, grade);
  const result = resultOfStep(step, grade.result);
  const attempt: Attempt = { digest, result, ...(grade.reason && { reason: grade.reason }) };
  const answer = await deps.store.recordAttempt(
    challenge,
    {
      step,
      attempt,
      traceDigests: grade.traceDigests,
      ...(step === 'pass' && { covered: coverOf(challenge, deps.holds, now) }),
    },
    now,
  );
  if (answer.status === 'slow-down')
    return { status: 'refused', code: 'slow-down', challenge, retryAfterSeconds: attemptsAgainIn(now) };
  if (answer.status === 'copied')
    return spend(
      deps,
      challenge,
      digest,
      { status: 'graded', result: 'wrong', reason: 'copied-trace', traceDigests: [] },
      now,
    );
  if (answer.status !== 'recorded') return undefined;
  // Nobody waits for a block that its driver cannot have any more.
  if (step === 'fail' && (challenge.heldUntil ?? 0) > now) await deps.store.endHold(challenge);
  const state = step === 'pass' ? 'passed' : step === 'fail' ? 'failed' : 'open';
  const after = { ...challenge, state, attempts: [...challenge.attempts, attempt] } as const;
  return tell(deps, step === 'pass' ? { ...after, passedAt: now } : after, attempt);
};

const failed = (challenge: Challenge, attempt?: Attempt): AttemptOutcome => ({
  status: 'refused',
  code: 'challenge-failed',
  challenge,
  ...(attempt && { attempt }),
  ...(attempt?.reason && { reason: attempt.reason }),
  attemptsLeft: challenge.state === 'open' ? attemptsLeft(challenge) : 0,
  otherWays: otherWays(challenge),
});

/** What an answer that was spent led to. */
const tell = async (deps: AttemptDeps, challenge: Challenge, attempt: Attempt): Promise<AttemptOutcome> => {
  if (attempt.result === 'passed') {
    const keys = await deps.keys();
    return { status: 'passed', challenge, attempt, ...clearanceOf(keys, challenge, challenge.passedAt ?? 0) };
  }
  if (attempt.result === 'continue')
    return { status: 'continue', challenge, attempt, attemptsLeft: attemptsLeft(challenge) };
  return failed(challenge, attempt);
};
