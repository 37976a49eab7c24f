import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  /** The JSON text as it was sent: whether a repeated start is the same start depends on it. */
  readonly input: string;
  readonly startedAt: number;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
}

export type Outcome = Pick<Execution, 'output' | 'error' | 'cause'> & {
  readonly status: Exclude<Execution['status'], 'RUNNING'>;
};

export interface Executions {
  find(arn: string): Execution | undefined;
  /** The youngest first. */
  of(stateMachineArn: string): Execution[];
  start(execution: Execution): void;
  close(execution: Execution, outcome: Outcome, now: number): void;
}

/**
 * Executions by ARN. With a data folder each start and each end is one line of JSON, written before it is
 * acknowledged, so that a name stays taken across restarts, also after a SIGKILL.
 *
 * The position inside a machine is not kept: the engine cannot be resumed. What ran when the process ended
 * is ABORTED after the restart, and says why.
 */
export function openExecutions(data: string | undefined, now: number): Executions {
  const file = data === undefined ? undefined : join(data, 'executions.jsonl');
  const executions = new Map(readLines(file).map((execution) => [execution.arn, execution]));

  const record = (execution: Execution): void => {
    // An input may be about a person.
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(execution)}\n`, { mode: 0o600 });
  };
  const close: Executions['close'] = (execution, outcome, closedAt) => {
    Object.assign(execution, outcome, { stoppedAt: closedAt });
    record(execution);
  };

  if (data !== undefined) mkdirSync(data, { recursive: true });
  for (const execution of executions.values()) {
    if (execution.status === 'RUNNING') close(execution, interrupted, now);
  }

  return {
    find: (arn) => executions.get(arn),
    of: (stateMachineArn) =>
      [...executions.values()].filter((execution) => execution.stateMachineArn === stateMachineArn).reverse(),
    start(execution) {
      record(execution);
      // A name used again after its retention is the youngest again.
      executions.delete(execution.arn);
      executions.set(execution.arn, execution);
    },
    close,
  };
}

const interrupted: Outcome = {
  status: 'ABORTED',
  error: 'Local.Restarted',
  cause: 'The local system stopped while this execution ran; its position is not kept across restarts.',
};

function readLines(file: string | undefined): Execution[] {
  if (file === undefined || !existsSync(file)) return [];
  const content = readFileSync(file);
  // A process killed while it wrote leaves a last line without an end; nobody was told of that one.
  const whole = content.subarray(0, content.lastIndexOf('\n') + 1);
  if (whole.length < content.length) truncateSync(file, whole.length);
  const lines = whole.toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Execution);
}
