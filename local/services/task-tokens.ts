import { randomBytes } from 'node:crypto';
import { AwsError } from './aws-json-server.ts';
import type { Clock } from './clock.ts';
import { TaskFailure } from './state-machine-tasks.ts';

interface OpenTask {
  readonly executionArn: string;
  settle(apply: (task: PromiseWithResolvers<unknown>) => void): void;
  heartbeat(): void;
}

interface TokenLimits {
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds?: number;
}

export interface TaskTokens {
  issue(): string;
  /** The output that somebody sends for the token. At the timeout the token closes; the engine fails the task itself. */
  wait(token: string, executionArn: string, limits: TokenLimits): Promise<unknown>;
  succeed(token: string, output: unknown): void;
  fail(token: string, failure: TaskFailure): void;
  heartbeat(token: string): void;
  /** For a task that failed before anybody answered. */
  close(token: string): void;
  closeAll(executionArn: string): void;
}

const tokenForm = /^task-[\w-]{43}$/;

export function createTaskTokens(clock: Clock): TaskTokens {
  const open = new Map<string, OpenTask>();

  const find = (token: string): OpenTask => {
    const task = open.get(token);
    if (task !== undefined) return task;
    // Used, expired, or of an execution that ended, perhaps in an earlier run of this process: AWS does not tell them apart.
    if (tokenForm.test(token))
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  };

  return {
    issue: () => `task-${randomBytes(32).toString('base64url')}`,

    wait(token, executionArn, { timeoutSeconds, heartbeatSeconds }) {
      const result = Promise.withResolvers<unknown>();
      const settle: OpenTask['settle'] = (apply) => {
        open.delete(token);
        stopTimeout();
        stopHeartbeat();
        apply(result);
      };
      const missed = (): void => {
        const failure = new TaskFailure(
          'States.HeartbeatTimeout',
          `no heartbeat within ${heartbeatSeconds} s`,
        );
        settle(({ reject }) => reject(failure));
      };
      const expectHeartbeat = (): (() => void) =>
        heartbeatSeconds === undefined ? () => {} : clock.after(heartbeatSeconds * 1000, missed);
      const stopTimeout = clock.after(timeoutSeconds * 1000, () => settle(() => {}));
      let stopHeartbeat = expectHeartbeat();
      const heartbeat = (): void => {
        stopHeartbeat();
        stopHeartbeat = expectHeartbeat();
      };
      open.set(token, { executionArn, settle, heartbeat });
      return result.promise;
    },

    succeed: (token, output) => find(token).settle(({ resolve }) => resolve(output)),
    fail: (token, failure) => find(token).settle(({ reject }) => reject(failure)),
    heartbeat: (token) => find(token).heartbeat(),
    close: (token) => open.get(token)?.settle(() => {}),
    closeAll(executionArn) {
      for (const task of open.values()) if (task.executionArn === executionArn) task.settle(() => {});
    },
  };
}
