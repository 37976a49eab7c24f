import { randomUUID } from 'node:crypto';
import {
  AwsError,
  epochSeconds,
  type JsonObject,
  optionalInteger,
  optionalString,
  requiredString,
  startAwsJsonServer,
} from './aws-json-server.ts';
import { type Clock, realClock } from './clock.ts';
import { historyOf } from './execution-history.ts';
import { type Execution, openExecutions } from './executions.ts';
import { type Machine, planMachines, type Run, runMachine } from './state-machine-run.ts';
import { TaskFailure } from './state-machine-tasks.ts';
import { createTaskTokens } from './task-tokens.ts';
import type { Service, ServiceDeps } from './types.ts';

const maxInputBytes = 256 * 1024;
/** How long the name of a closed execution stays taken. */
const nameRetentionMs = 90 * 24 * 3_600_000;

/** AWS::StepFunctions::StateMachine behind the API of Step Functions. Executions do not survive the process, their names do. */
export async function startStateMachines(
  deps: ServiceDeps,
  { clock = realClock }: { clock?: Clock } = {},
): Promise<Service> {
  const machines = new Map(planMachines(deps, clock).map((machine) => [machine.arn, machine]));
  const executions = openExecutions(deps.data, clock.now());
  const tokens = createTaskTokens(clock);
  const runs = new Map<string, Run>();
  let stopping = false;

  const findMachine = (input: JsonObject): Machine => {
    const arn = requiredString(input, 'stateMachineArn');
    const machine = machines.get(arn);
    if (machine === undefined)
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  };

  const findExecution = (input: JsonObject): Execution => {
    const arn = requiredString(input, 'executionArn');
    const execution = executions.find(arn);
    if (execution === undefined)
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  };

  const run = async (machine: Machine, execution: Execution): Promise<void> => {
    const started = runMachine(machine, execution, tokens, clock);
    runs.set(execution.arn, started);
    const outcome = await started.outcome;
    tokens.closeAll(execution.arn);
    if (execution.status !== 'RUNNING' || stopping) return;
    executions.close(execution, outcome, clock.now());
    if (outcome.status !== 'SUCCEEDED')
      deps.log(`execution ${execution.name}: ${outcome.status} ${outcome.error ?? ''}`);
  };

  const operations = {
    StartExecution(request: JsonObject) {
      const machine = findMachine(request);
      const name = executionName(request);
      const input = executionInput(request);
      const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
      const earlier = executions.find(arn);
      if (earlier !== undefined && isTaken(earlier, clock.now())) {
        if (earlier.status === 'RUNNING' && earlier.input === input) return started(earlier);
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      }
      const execution: Execution = {
        arn,
        name,
        stateMachineArn: machine.arn,
        input,
        startedAt: clock.now(),
        status: 'RUNNING',
      };
      executions.start(execution);
      void run(machine, execution);
      return started(execution);
    },

    DescribeExecution: (request: JsonObject) => describe(findExecution(request)),

    StopExecution(request: JsonObject) {
      const execution = findExecution(request);
      const [error, cause] = [optionalString(request, 'error'), optionalString(request, 'cause')];
      if (execution.status === 'RUNNING') {
        const reason = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
        executions.close(execution, { status: 'ABORTED', ...reason }, clock.now());
        runs.get(execution.arn)?.abort();
      }
      return { stopDate: epochSeconds(execution.stoppedAt ?? clock.now()) };
    },

    ListExecutions(request: JsonObject) {
      const status = optionalString(request, 'statusFilter');
      const all = executions.of(findMachine(request).arn);
      const { page, nextToken } = paginate(
        all.filter((one) => status === undefined || one.status === status),
        request,
      );
      return { executions: page.map(summarise), ...nextToken };
    },

    GetExecutionHistory(request: JsonObject) {
      const events = historyOf(runs.get(findExecution(request).arn)?.events ?? []);
      const { page, nextToken } = paginate(
        request.reverseOrder === true ? events.reverse() : events,
        request,
      );
      return { events: page, ...nextToken };
    },

    SendTaskSuccess(request: JsonObject) {
      const output = requiredString(request, 'output');
      tokens.succeed(requiredString(request, 'taskToken'), parseJson(output, 'InvalidOutput'));
    },

    SendTaskFailure(request: JsonObject) {
      const [error, cause] = [optionalString(request, 'error'), optionalString(request, 'cause')];
      tokens.fail(
        requiredString(request, 'taskToken'),
        new TaskFailure(error ?? 'States.TaskFailed', cause ?? ''),
      );
    },

    SendTaskHeartbeat: (request: JsonObject) => tokens.heartbeat(requiredString(request, 'taskToken')),
  };

  const server = await startAwsJsonServer({ targetPrefix: 'AWSStepFunctions', operations, log: deps.log });
  return {
    endpoint: server.endpoint,
    async stop() {
      stopping = true;
      await server.stop();
      for (const { abort } of runs.values()) abort();
    },
  };
}

function executionName(request: JsonObject): string {
  const name = optionalString(request, 'name') ?? randomUUID();
  if (name === '' || name.length > 80 || /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u.test(name))
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  return name;
}

function executionInput(request: JsonObject): string {
  const input = optionalString(request, 'input') ?? '{}';
  parseJson(input, 'InvalidExecutionInput');
  if (Buffer.byteLength(input) > maxInputBytes)
    throw new AwsError('InvalidExecutionInput', `The input exceeds ${maxInputBytes} bytes.`);
  return input;
}

function parseJson(text: string, error: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError(error, 'The text is not JSON.');
  }
}

function isTaken({ stoppedAt }: Execution, now: number): boolean {
  return stoppedAt === undefined || now - stoppedAt < nameRetentionMs;
}

function started({ arn, startedAt }: Execution) {
  return { executionArn: arn, startDate: epochSeconds(startedAt) };
}

function summarise({ arn, name, stateMachineArn, status, startedAt, stoppedAt }: Execution) {
  const stopDate = stoppedAt === undefined ? {} : { stopDate: epochSeconds(stoppedAt) };
  return {
    executionArn: arn,
    stateMachineArn,
    name,
    status,
    startDate: epochSeconds(startedAt),
    ...stopDate,
  };
}

/** Absent members stay absent: JSON leaves `undefined` out. */
function describe(execution: Execution) {
  const { input, output, error, cause } = execution;
  const included = { included: true };
  const details = { inputDetails: included, ...(output !== undefined && { outputDetails: included }) };
  return { ...summarise(execution), input, output, error, cause, ...details };
}

/** The token is the offset of the next page. */
function paginate<Item>(items: readonly Item[], request: JsonObject) {
  const size = optionalInteger(request, 'maxResults', { min: 0, max: 1000 }) || 100;
  const offset = Number(optionalString(request, 'nextToken') ?? 0);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  const next = offset + size;
  return {
    page: items.slice(offset, next),
    nextToken: next < items.length ? { nextToken: String(next) } : {},
  };
}
