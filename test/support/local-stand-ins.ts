import { afterEach, expect } from 'vitest';
import { callAwsJson } from '#local/services/aws-json-client.ts';
import { startEventBus } from '#local/services/event-bus.ts';
import { startStateMachines } from '#local/services/state-machines.ts';
import type { ResolvedResource, Service, ServiceDeps } from '#local/services/types.ts';
import { VirtualClock } from '#local/services/virtual-clock.ts';

export const dayMs = 86_400_000;
export const newYear = new Date('2027-01-01T00:00:00Z');
export const arn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:000000000000:${rest}`;
export const machineArn = arn('states', 'stateMachine:Notice');
export const lambda = (name: string) => arn('lambda', `function:${name}`);

/** A case is warned, waits for 30 days, acts, and asks a person. Like the real one it branches, retries and catches. */
export const notice = {
  StartAt: 'Known',
  States: {
    Known: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.detail.caseId', IsPresent: false, Next: 'Nothing' },
        { Variable: '$.detail.score', NumericGreaterThan: 0.5, Next: 'Notice period' },
      ],
      Default: 'Nothing',
    },
    Nothing: { Type: 'Succeed' },
    'Notice period': { Type: 'Wait', Seconds: 30 * 86_400, Next: 'Act' },
    Act: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: {
        FunctionName: lambda('act'),
        Payload: { 'caseId.$': '$.detail.caseId', 'state.$': '$$.State.Name' },
      },
      ResultSelector: { 'count.$': '$.Payload.count', 'status.$': '$.StatusCode' },
      ResultPath: '$.act',
      Retry: [{ ErrorEquals: ['Throttled'], IntervalSeconds: 60, MaxAttempts: 2, BackoffRate: 2 }],
      Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: 'Failed' }],
      Next: 'Ask',
    },
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        FunctionName: lambda('ask'),
        Payload: { 'token.$': '$$.Task.Token', 'execution.$': '$$.Execution.Name' },
      },
      TimeoutSeconds: 60 * 86_400,
      HeartbeatSeconds: 86_400 * 10,
      Catch: [
        { ErrorEquals: ['States.HeartbeatTimeout'], ResultPath: '$', Next: 'Unattended' },
        { ErrorEquals: ['Declined'], Next: 'Failed' },
      ],
      ResultPath: '$.answer',
      End: true,
    },
    Unattended: { Type: 'Pass', End: true },
    Failed: { Type: 'Fail', Error: 'Case.Failed', Cause: 'see the input' },
  },
};

export const aMachine = (definition: object, logicalId = 'Notice'): ResolvedResource => ({
  logicalId,
  type: 'AWS::StepFunctions::StateMachine',
  physicalId: machineArn,
  attributes: { Arn: machineArn, Name: 'Notice' },
  properties: { DefinitionString: JSON.stringify(definition) },
});

export const aRule = (logicalId: string, properties: object): ResolvedResource => ({
  logicalId,
  type: 'AWS::Events::Rule',
  physicalId: `Bus|${logicalId}`,
  attributes: { Arn: arn('events', `rule/Bus/${logicalId}`) },
  properties: { EventBusName: 'Bus', ...properties },
});

export const aBus: ResolvedResource = {
  logicalId: 'Bus',
  type: 'AWS::Events::EventBus',
  physicalId: 'Bus',
  attributes: { Arn: arn('events', 'event-bus/Bus') },
  properties: {},
};

export const suspicion = { source: ['detection'], 'detail-type': ['bot-suspected'] };
export const toMachine = aRule('ToMachine', {
  EventPattern: suspicion,
  Targets: [{ Id: 'M', Arn: machineArn }],
});

type Handler = (event: never) => unknown;

export const running: Service[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

export async function aSystem(
  resources: ResolvedResource[],
  functions: Record<string, Handler> = {},
  { data, ...endpointsGiven }: { data?: string; sqs?: string; states?: string } = {},
) {
  const clock = new VirtualClock(newYear);
  const endpoints: Record<string, string> = {};
  const lines: string[] = [];
  const deps: ServiceDeps = {
    resources,
    endpoints,
    log: (line) => lines.push(line),
    invoke: async (name, event) => functions[name.split(':').at(-1) ?? '']?.(event as never),
    ...(data !== undefined && { data }),
  };
  const states = await startStateMachines(deps, { clock });
  running.push(states);
  endpoints.states = states.endpoint;
  const events = await startEventBus(deps, { clock });
  running.push(events);
  Object.assign(endpoints, { events: events.endpoint }, endpointsGiven);
  const call = (operation: string, input: object) =>
    callAwsJson(states.endpoint, `AWSStepFunctions.${operation}`, { ...input });
  return {
    clock,
    lines,
    call,
    start: (input: unknown, name?: string) =>
      call('StartExecution', {
        stateMachineArn: machineArn,
        input: JSON.stringify(input),
        ...(name && { name }),
      }),
    put: (...entries: object[]) => callAwsJson(events.endpoint, 'AWSEvents.PutEvents', { Entries: entries }),
    describe: async (name: string) =>
      call('DescribeExecution', { executionArn: arn('states', `execution:Notice:${name}`) }),
    onlyExecution: async () => {
      const { executions } = (await call('ListExecutions', { stateMachineArn: machineArn })) as {
        executions: { executionArn: string }[];
      };
      expect(executions).toHaveLength(1);
      return call('DescribeExecution', { executionArn: executions[0]?.executionArn });
    },
  };
}

export const anEntry = (detail: object, more: object = {}) => ({
  EventBusName: 'Bus',
  Source: 'detection',
  DetailType: 'bot-suspected',
  Detail: JSON.stringify(detail),
  ...more,
});
