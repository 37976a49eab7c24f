import aslValidator from 'asl-validator';
import { beforeAll, expect, it } from 'vitest';
import { caseState } from '#contract/enforcement.ts';
import { appealTransitions, caseTransitions, isOver } from '#core/enforcement/transitions.ts';
import { workflowGateway } from '#core/enforcement/workflow-gateway.ts';
import { readAssembly } from '#local/assembly.ts';
import { readDefinition } from '#local/services/state-machine-definition.ts';
import type { ResolvedResource } from '#local/services/types.ts';
import { synthesise } from '#local/synthesis.ts';
import { Template } from '#local/template.ts';

interface State {
  Type: string;
  Next?: string;
  Resource?: string;
  Choices?: { Variable: string; StringEquals: string; Next: string }[];
  Default?: string;
  Parameters?: { FunctionName: string; Payload: Record<string, string> };
  TimeoutSecondsPath?: string;
  Catch?: { ErrorEquals: string[]; Next: string }[];
}

let machine: ResolvedResource;
let worker: ResolvedResource;
let definition: { StartAt: string; States: Record<string, State> };
beforeAll(async () => {
  const { document, region, stackName } = readAssembly(await synthesise(() => {}));
  const place = { account: '000000000000', region, stackName, endpoints: {} };
  const resources = new Template(document, place).resources();
  const find = (type: string, name: string) =>
    resources.find((one) => one.type === type && one.logicalId.startsWith(name)) as ResolvedResource;
  machine = find('AWS::StepFunctions::StateMachine', 'EnforcementMachine');
  worker = find('AWS::Lambda::Function', 'EnforcementWorkflow');
  definition = readDefinition(machine) as unknown as typeof definition;
});

const route = () => definition.States.Route as State;
const waitOf = (state: string) =>
  definition.States[route().Choices?.find(({ StringEquals }) => StringEquals === state)?.Next ?? ''];

it('the workflow is a valid standard one of at most 12 states, in JSONPath alone', () => {
  const { isValid, errorsText } = aslValidator(structuredClone(definition));
  expect(isValid, errorsText('\n')).toBe(true);
  expect(machine.properties.StateMachineType ?? 'STANDARD').toBe('STANDARD');
  expect(Object.keys(definition.States).length).toBeLessThanOrEqual(12);
  expect(JSON.stringify(definition)).not.toMatch(/"(QueryLanguage|Assign|Arguments|Output|Condition)":/);
});

it('it waits in every state of a case in which something can still happen by itself, and ends in all others', () => {
  const unfinished = caseState.options.filter((state) => !isOver(state));
  expect(
    route()
      .Choices?.map(({ StringEquals }) => StringEquals)
      .sort(),
  ).toEqual([...unfinished].sort());
  expect(definition.States[route().Default ?? '']).toEqual({ Type: 'Succeed' });
  // Each by its own state, so that a look at the execution says where the case is.
  expect(new Set(route().Choices?.map(({ Next }) => Next)).size).toBe(unfinished.length);
  for (const state of unfinished)
    expect(waitOf(state)).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        FunctionName: worker.attributes.Arn,
        Payload: { step: 'await', state, 'token.$': '$$.Task.Token' },
      },
      TimeoutSecondsPath: '$.waitSeconds',
      Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Advance' }],
      Next: 'Advance',
    });
});

it('it asks the case before it goes anywhere: what follows a wait is the same, whether somebody or a clock ended it', () => {
  for (const name of [definition.StartAt, 'Advance'])
    expect(definition.States[name]).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { Payload: { step: 'advance', 'caseId.$': '$.caseId' } },
      Next: 'Route',
    });
});

it('every state of the table can be reached, and none that restricts is reached by a machine alone', () => {
  const reached = new Set<string>(['review', 'securing']);
  for (const _ of caseState.options)
    for (const { from, to } of Object.values(caseTransitions))
      if (from.some((state) => reached.has(state))) reached.add(to);
  expect([...reached].sort()).toEqual([...caseState.options].sort());
  const byMachine = new Set<string>(['review', 'securing']);
  for (const _ of caseState.options)
    for (const { from, to, by } of Object.values(caseTransitions))
      if ((by === 'clock' || by === 'event') && from.some((state) => byMachine.has(state))) byMachine.add(to);
  expect([...byMachine].sort()).toEqual(['lapsed', 'review', 'securing']);
  expect(appealTransitions.overturn.by).toBe('third-person');
});

it('an execution has the name of its case, so that a second start of it starts nothing', async () => {
  const asked: object[] = [];
  const { start } = workflowGateway(async (target, body) => {
    asked.push({ target, ...body });
    throw Object.assign(new Error(), { name: 'ExecutionAlreadyExists' });
  }, machine.physicalId);
  const caseId = 'a'.repeat(22);
  await start(caseId);
  const target = 'AWSStepFunctions.StartExecution';
  const input = JSON.stringify({ caseId });
  expect(asked).toEqual([{ target, stateMachineArn: machine.physicalId, name: `case-${caseId}`, input }]);
});
