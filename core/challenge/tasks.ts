import type { ChallengeAnswer, Task, TaskMode } from '#contract/challenges.ts';
import type { UnlockPolicy } from '#contract/device-policy.ts';
import type { RiskPolicy } from '#contract/risk-policy.ts';
import { hashOf } from '#core/attestation/dpop.ts';
import type { Answered, Grade } from './attempt-challenge.ts';
import { acceptedKinds, type Challenge, type TaskKind, taskIdOf, taskSeed } from './challenge.ts';
import { checkTrace } from './grading/check-trace.ts';
import { traceDigests } from './grading/trace-digest.ts';
import { gradeTrace } from './grading/trace-model.ts';
import { pictureFacts, renderPicture } from './picture/picture-task.ts';
import type { TaskProvider } from './providers/provider.ts';
import { renderSound, soundFacts } from './sound/sound-task.ts';
import { verifyUnlock } from './unlock/verify-unlock.ts';
import { makeWork, verifyWork, type WorkSize } from './work/work.ts';

/** A key that a phone unlocks for its owner. */
interface UnlockKey {
  credentialId: string;
  x: string;
  y: string;
}

export interface TaskDeps {
  risk: RiskPolicy;
  /** Left out: no phone is asked to unlock anything. */
  unlock?: UnlockPolicy;
  findUnlockKey: (driverId: string, deviceId: string) => Promise<UnlockKey | undefined>;
  /** Somebody else's object task before ours; ours while it does not answer, and for whoever asks for a mode. */
  provider?: TaskProvider;
}

type AnswerOf<K extends ChallengeAnswer['kind']> = Extract<ChallengeAnswer, { kind: K }>;

const sizeOf = ({ points }: Challenge, { workAt }: RiskPolicy): WorkSize =>
  Math.min(3, Math.max(1, points - workAt + 1)) as WorkSize;

const unlockKeyOf = async ({ unlock, findUnlockKey }: TaskDeps, { driverId, deviceId }: Challenge) =>
  unlock && deviceId !== undefined ? findUnlockKey(driverId, deviceId) : undefined;

/** The task that is due: of the mode asked for, else of the rung. */
export const showTask = async (
  deps: TaskDeps,
  challenge: Challenge,
  mode: TaskMode | undefined,
): Promise<Task> => {
  const due = (kind: TaskKind) => {
    const taskId = taskIdOf(challenge, kind);
    return { taskId, seed: taskSeed(challenge, taskId) };
  };
  if (mode === undefined && challenge.rung === 'work') {
    const { taskId, seed } = due('work');
    return { kind: 'work', taskId, work: await makeWork(seed, sizeOf(challenge, deps.risk)) };
  }
  if (mode === undefined && challenge.rung === 'unlock' && deps.unlock) {
    const key = await unlockKeyOf(deps, challenge);
    const { taskId, seed } = due('unlock');
    const { rpId } = deps.unlock;
    if (key)
      return {
        kind: 'unlock',
        taskId,
        challenge: unlockChallenge(seed),
        rpId,
        credentialId: key.credentialId,
        userVerification: 'required',
      };
  }
  const { provider } = deps;
  if (mode === undefined && provider && !provider.isDown())
    return { ...provider.view, taskId: due('external').taskId };
  const { taskId, seed } = due(mode ?? 'picture');
  return mode === 'sound' ? { ...renderSound(seed), taskId } : { ...renderPicture(seed), taskId };
};

/** Derived once more: what a page is shown says nothing about the seed. */
const unlockChallenge = (seed: string): string => hashOf(Buffer.from(`unlock|${seed}`));

const kindsOf: Readonly<Record<ChallengeAnswer['kind'], readonly TaskKind[]>> = {
  work: ['work'],
  unlock: ['unlock'],
  picks: ['picture', 'sound'],
  token: ['external'],
};

const graded = (result: Extract<Grade, { status: 'graded' }>['result'], reason?: string): Grade => ({
  status: 'graded',
  result,
  ...(reason && { reason }),
  traceDigests: [],
});
const fault = (path: string, message: string): Grade => ({ status: 'invalid', faults: [{ path, message }] });

const isEqual = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** The answer and the way to it: a right one without a way to see is worth half, one that no person gives is none. */
const gradePicks = (
  challenge: Challenge,
  { taskId, picks }: AnswerOf<'picks'>,
  trace: Answered['trace'],
  now: number,
): Grade => {
  const seed = taskSeed(challenge, taskId);
  const facts = taskId.startsWith('sound') ? soundFacts(seed) : pictureFacts(seed);
  const shownAt = challenge.shownAt[taskId];
  if (shownAt === undefined) return { status: 'task-replaced' };
  const faults = trace ? checkTrace(trace, now - shownAt, facts, picks) : [];
  if (faults.length > 0) return { status: 'invalid', faults };
  const digests = trace ? traceDigests(trace) : [];
  if (!isEqual(picks, facts.answer))
    return { status: 'graded', result: 'wrong', reason: 'not-it', traceDigests: digests };
  // By our clock, whatever a trace says: nobody knows the last but one before it was shown. The last can be foreseen.
  if (now - shownAt < (facts.moments.at(-2) ?? 0))
    return { status: 'graded', result: 'wrong', reason: 'too-soon', traceDigests: digests };
  const { verdict } = gradeTrace(facts, trace);
  if (verdict === 'machine-like')
    return { status: 'graded', result: 'wrong', reason: 'not-sure', traceDigests: digests };
  return {
    status: 'graded',
    result: verdict === 'human-like' ? 'right' : 'unsupported',
    traceDigests: digests,
  };
};

const gradeToken = async (
  { provider }: TaskDeps,
  { challengeId, issuedAt }: Challenge,
  { token }: AnswerOf<'token'>,
  headers: Readonly<Record<string, string | undefined>>,
): Promise<Grade> => {
  if (!provider) return fault('answer.kind', 'this stage shows a task of its own');
  const verdict = await provider.verify(token, { challengeId, issuedAt, headers });
  if (verdict.status === 'unavailable') return { status: 'unavailable' };
  // A token that went stale, or that another try of this answer redeemed, says nothing: the widget makes a new one.
  if (verdict.status === 'refused' && (verdict.reason === 'expired-or-used' || verdict.reason === 'too-old'))
    return { status: 'task-replaced' };
  if (verdict.status === 'refused') return graded('wrong', verdict.reason);
  // A token is somebody's single proof: remembered like a trace, it serves no second challenge.
  return { status: 'graded', result: 'right', traceDigests: [hashOf(`token|${token}`)] };
};

/** What an answer is worth. Nothing is spent here. */
export const gradeAnswer = async (
  deps: TaskDeps,
  challenge: Challenge,
  { answer, trace }: Answered,
  { now, headers }: { now: number; headers: Readonly<Record<string, string | undefined>> },
): Promise<Grade> => {
  const kind = answer.taskId.split('.')[0] as TaskKind;
  if (!kindsOf[answer.kind].includes(kind)) return fault('answer.taskId', 'is no task of this kind');
  if (!acceptedKinds[challenge.rung].includes(kind))
    return fault('answer.kind', 'this challenge asks for a harder task');
  if (answer.taskId !== taskIdOf(challenge, kind)) return { status: 'task-replaced' };
  switch (answer.kind) {
    case 'work': {
      const seed = taskSeed(challenge, answer.taskId);
      return (await verifyWork(seed, sizeOf(challenge, deps.risk), answer))
        ? graded('right')
        : graded('wrong', 'not-it');
    }
    case 'unlock': {
      const publicKey = await unlockKeyOf(deps, challenge);
      if (!publicKey || !deps.unlock) return fault('answer.kind', 'this phone has no key to unlock');
      const expected = {
        ...deps.unlock,
        challenge: unlockChallenge(taskSeed(challenge, answer.taskId)),
        publicKey,
      };
      const verdict = verifyUnlock(answer, expected);
      return verdict.status === 'refused' ? graded('wrong', verdict.reason) : graded('right');
    }
    case 'picks':
      return gradePicks(challenge, answer, trace, now);
    case 'token':
      return gradeToken(deps, challenge, answer, headers);
  }
};
