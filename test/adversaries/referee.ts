import type { Trace } from '#contract/challenge-trace.ts';
import type { Task, TaskMode } from '#contract/challenges.ts';
import { nextStep, resultOfStep } from '#core/challenge/attempt-challenge.ts';
import { type Challenge, taskSeed } from '#core/challenge/challenge.ts';
import { pictureFacts } from '#core/challenge/picture/picture-task.ts';
import { soundFacts } from '#core/challenge/sound/sound-task.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import { gradeAnswer, showTask, type TaskDeps } from '#core/challenge/tasks.ts';
import { someRisk } from '#test/support/challenges.ts';

const deps: TaskDeps = { risk: someRisk, findUnlockKey: async () => undefined };

export type Ruling = 'passed' | 'continue' | 'failed' | 'over';

export interface Bout {
  task(): Promise<Task>;
  /** What nobody but the server knows; adversaries are given of it what their table row says. */
  facts(): TaskFacts;
  answer(picks: readonly number[], trace: Trace | undefined, elapsedMs: number): Promise<Ruling>;
}

/** One challenge after the other by the deployed rules, without a table: what is spent is remembered here. */
export const referee = () => {
  const seenTraces = new Set<string>();
  return {
    challenge: (mode: TaskMode, seed: string): Bout => {
      let challenge: Challenge = {
        challengeId: `c-${seed}`,
        driverId: 'driver',
        blockId: 'block',
        version: 1,
        state: 'open',
        rung: 'task',
        seed,
        points: 5,
        reasons: [],
        covered: [],
        issuedAt: 0,
        expiresAt: 600_000,
        attempts: [],
        shownAt: {},
      };
      const taskId = () => `${mode}.${challenge.attempts.length}`;
      return {
        task: () => showTask(deps, challenge, mode),
        facts: () => {
          const seed = taskSeed(challenge, taskId());
          return mode === 'sound' ? soundFacts(seed) : pictureFacts(seed);
        },
        answer: async (picks, trace, elapsedMs) => {
          if (challenge.state !== 'open') return 'over';
          const answer = { kind: 'picks' as const, taskId: taskId(), picks: [...picks] };
          challenge = { ...challenge, shownAt: { ...challenge.shownAt, [answer.taskId]: 0 } };
          const grade = await gradeAnswer(
            deps,
            challenge,
            { answer, trace },
            { now: elapsedMs, headers: {} },
          );
          if (grade.status !== 'graded') return 'failed';
          const isCopied = grade.traceDigests.some((digest) => seenTraces.has(digest));
          for (const digest of grade.traceDigests) seenTraces.add(digest);
          const ruled = isCopied ? { ...grade, result: 'wrong' as const } : grade;
          const step = nextStep(challenge, ruled);
          const result = resultOfStep(step, ruled.result);
          const state = step === 'pass' ? 'passed' : step === 'fail' ? 'failed' : 'open';
          challenge = { ...challenge, state, attempts: [...challenge.attempts, { digest: '', result }] };
          return result;
        },
      };
    },
  };
};
