import type { TaskMode } from '#contract/challenges.ts';
import type { Answered } from '#core/challenge/attempt-challenge.ts';
import type { Challenge } from '#core/challenge/challenge.ts';
import { challengesStore } from '#core/challenge/challenges-store.ts';
import type { TaskProvider } from '#core/challenge/providers/provider.ts';
import { taskProvider } from '#core/challenge/providers/task-provider.ts';
import { gradeAnswer, showTask, type TaskDeps } from '#core/challenge/tasks.ts';
import { listWaiting } from '#core/challenge/waiting-store.ts';
import { unlockKeysStore } from '#core/devices/unlock-keys-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import type { EnvironmentOf } from '../env.ts';
import { runtime } from '../runtime.ts';
import { attemptRecorder } from './attempt-recorder.ts';
import { deployedKeys } from './deployed-keys.ts';
import { readSecret } from './deployed-shell.ts';
import { log } from './log.ts';
import { phoneShell } from './phone-shell.ts';

type Environment = EnvironmentOf<'challenges'>;
type Headers = Readonly<Record<string, string | undefined>>;

/** That somebody else's service fails is ours to hear; drivers are shown our own task meanwhile. */
const heard = (provider: TaskProvider): TaskProvider => ({
  ...provider,
  verify: async (token, context) => {
    const verdict = await provider.verify(token, context);
    if (verdict.status === 'unavailable')
      log.error('challenge-provider.unavailable', new Error(verdict.reason), {
        provider: provider.view.provider,
      });
    return verdict;
  },
});

/** What the use cases of challenges need, made once. */
export const deployedChallenges = (env: Environment) => {
  const database = dynamoDb();
  const { risk, holds } = env.CHALLENGE;
  const tables = { challenges: env.CHALLENGES_TABLE, offers: env.OFFERS_TABLE };
  const unlockKeys = unlockKeysStore(database, env.DEVICES_TABLE);
  const provider = taskProvider(env.PROVIDER, {
    readSecret,
    now: Date.now,
    ...(env.CHALLENGE_PROVIDER_URL && { url: env.CHALLENGE_PROVIDER_URL }),
  });
  const tasks: TaskDeps = {
    risk,
    ...(env.UNLOCK && { unlock: env.UNLOCK }),
    findUnlockKey: unlockKeys.find,
    ...(provider && { provider: heard(provider) }),
  };
  const deps = {
    ...runtime,
    holds,
    store: challengesStore(database, tables, holds, env.RECORD_RETENTION_DAYS),
    keys: deployedKeys(env.CHALLENGE_KEYS),
    show: (challenge: Challenge, mode: TaskMode | undefined) => showTask(tasks, challenge, mode),
  };
  return {
    shell: phoneShell(env, { database }),
    /** A provider may vouch in a header of the request. */
    forCall: (headers: Headers) => ({
      ...deps,
      grade: (challenge: Challenge, answered: Answered, now: number) =>
        gradeAnswer(tasks, challenge, answered, { now, headers }),
    }),
    deps,
    attempted: attemptRecorder(env).attempted,
    listWaiting: (after?: string) => listWaiting(database, tables.challenges, after),
  };
};
