import type { RunOptions, StateMachine, StateMachineDefinition } from 'aws-local-stepfunctions';
import { LocalFailure } from '../failure.ts';
import type { Clock } from './clock.ts';
import type { EngineEvent } from './execution-history.ts';
import type { Execution, Outcome } from './executions.ts';
import { readDefinition, statesOf } from './state-machine-definition.ts';
import { loadEngine } from './state-machine-engine.ts';
import { rewriteForEngine, type WrappedInput } from './state-machine-rewrite.ts';
import { findTaskResource, TaskFailure, type TaskResource } from './state-machine-tasks.ts';
import type { TaskTokens } from './task-tokens.ts';
import type { ResolvedResource, ServiceDeps } from './types.ts';

/** A machine that can be run: checked, rewritten, each task with its resource. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly engine: StateMachine;
  readonly tasks: readonly PlannedTask[];
}

interface PlannedTask {
  readonly state: string;
  readonly resource: TaskResource;
  /** Whether the handler gets the limits along with the input. */
  readonly wrapped: boolean;
}

export function planMachines(deps: ServiceDeps, clock: Clock): Machine[] {
  const resources = deps.resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachine');
  if (resources.length === 0) return [];
  const engine = loadEngine(clock);
  return resources.map((resource) => {
    const definition = readDefinition(resource);
    // The definition is valid by now, and the rewritten one need not be.
    const options = { validationOptions: { noValidate: true } };
    const rewritten = rewriteForEngine(definition) as unknown as StateMachineDefinition;
    const arn = resource.attributes.Arn ?? resource.physicalId;
    return {
      arn,
      name: arn.split(':').at(-1) ?? arn,
      roleArn: String(resource.properties.RoleArn ?? ''),
      engine: new engine.StateMachine(rewritten, options),
      tasks: [...planTasks(resource, definition, deps)],
    };
  });
}

function* planTasks(
  { logicalId }: ResolvedResource,
  definition: ReturnType<typeof readDefinition>,
  deps: ServiceDeps,
): Generator<PlannedTask> {
  for (const { name, state } of statesOf(definition)) {
    if (state.Type !== 'Task') continue;
    const resource = findTaskResource(String(state.Resource), deps);
    if (resource === undefined)
      throw new LocalFailure(
        `state machine ${logicalId}, state ${name}: no local stand-in for ${state.Resource}`,
      );
    yield { state: name, resource, wrapped: state.Parameters !== undefined };
  }
}

export interface Run {
  readonly outcome: Promise<Outcome>;
  readonly events: EngineEvent[];
  abort(): void;
}

type Handlers = NonNullable<NonNullable<RunOptions['overrides']>['taskResourceLocalHandlers']>;

/** States hand on at most 256 KiB. */
const maxPayloadBytes = 256 * 1024;

export function runMachine(machine: Machine, execution: Execution, tokens: TaskTokens, clock: Clock): Run {
  // A path to the token is read while the engine builds a task's input, and the task's handler is called
  // right after, without a turn in between: the token offered last belongs to the handler called next.
  let offered: string | undefined;

  const runTask = async ({ resource, wrapped }: PlannedTask, given: unknown): Promise<unknown> => {
    const token = offered;
    offered = undefined;
    // A retry that was waiting when the execution stopped is woken up by that.
    if (execution.status !== 'RUNNING') throw new TaskFailure('Local.Stopped', 'The execution has ended.');
    const { input, ...limits } = wrapped ? (given as WrappedInput) : { input: given, timeoutSeconds: 0 };
    if (!resource.waitsForToken || token === undefined) return clock.during(resource.run(input, execution));
    const answer = tokens.wait(token, execution.arn, limits);
    const request = clock.during(resource.run(input, execution));
    try {
      // The answer may come before the request has ended; a failed request fails the task.
      return await Promise.race([answer, request.then(() => answer)]);
    } finally {
      tokens.close(token);
    }
  };

  const handlers = machine.tasks.map((task) => [
    task.state,
    async (input: unknown) => withinLimit((await runTask(task, input)) ?? null),
  ]);
  const { result, eventLogs, abort } = machine.engine.run(JSON.parse(execution.input), {
    overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) as Handlers },
    context: {
      Execution: { Id: execution.arn, Name: execution.name, RoleArn: machine.roleArn },
      StateMachine: { Id: machine.arn, Name: machine.name },
      State: {
        get EnteredTime() {
          return new Date(clock.now()).toISOString();
        },
      },
      Task: {
        get Token() {
          offered ??= tokens.issue();
          return offered;
        },
      },
    },
  });
  const events: EngineEvent[] = [];
  void collect(eventLogs, events);
  return { outcome: result.then(succeeded, failed), events, abort };
}

async function collect(from: AsyncIterable<EngineEvent>, into: EngineEvent[]): Promise<void> {
  for await (const event of from) into.push(event);
}

function withinLimit(result: unknown): unknown {
  if (Buffer.byteLength(JSON.stringify(result)) <= maxPayloadBytes) return result;
  throw new TaskFailure(
    'States.DataLimitExceeded',
    `The result of the task exceeds ${maxPayloadBytes} bytes.`,
  );
}

function succeeded(output: unknown): Outcome {
  return { status: 'SUCCEEDED', output: JSON.stringify(output) };
}

/** The engine's errors are told by name: its classes are those of the copy that it was loaded as. */
function failed(error: Error): Outcome {
  if (error.name === 'ExecutionTimeoutError') return { status: 'TIMED_OUT' };
  if (error.name === 'ExecutionAbortedError') return { status: 'ABORTED' };
  const fault = error.name === 'ExecutionError' ? (error.cause as Error) : error;
  return { status: 'FAILED', error: fault.name, cause: fault.message };
}
