import type { CaseState } from '#contract/enforcement.ts';

/** A state in which the workflow waits: for a person, for a driver, or for a clock. */
const waits = {
  review: 'AwaitPerson',
  securing: 'AwaitDriver',
  observing: 'Observe',
  proposed: 'AwaitApproval',
  notice: 'NoticePeriod',
  offboarded: 'AppealWindow',
} as const satisfies Partial<Record<CaseState, string>>;

const invoke = 'arn:aws:states:::lambda:invoke';
/** A process that was killed, a table that is busy: for some minutes. What stays undone then is the sweeper’s. */
const retry = [
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 7,
    MaxDelaySeconds: 120,
    JitterStrategy: 'FULL',
  },
];

/** Does what is due and says where the case stands. */
const advance = (functionArn: string) => ({
  Type: 'Task',
  Resource: invoke,
  Parameters: { FunctionName: functionArn, Payload: { step: 'advance', 'caseId.$': '$.caseId' } },
  OutputPath: '$.Payload',
  Retry: retry,
  Next: 'Route',
});

/** Until somebody moves the case, or its clock runs out: either way the case itself says what follows. */
const wait = (functionArn: string, state: string) => ({
  Type: 'Task',
  Resource: `${invoke}.waitForTaskToken`,
  Parameters: {
    FunctionName: functionArn,
    Payload: { step: 'await', state, 'caseId.$': '$.caseId', 'token.$': '$$.Task.Token' },
  },
  TimeoutSecondsPath: '$.waitSeconds',
  ResultPath: null,
  // Anything but the clock itself, and often: nobody waits for this call.
  Retry: [{ ...retry[0], ErrorEquals: ['States.TaskFailed'], MaxAttempts: 20 }],
  Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: null, Next: 'Advance' }],
  Next: 'Advance',
});

/**
 * Warn, then offboard: one execution for each case, in JSONPath. It waits and it calls; which way a case goes is decided by
 * conditional writes, from the table in core/enforcement/transitions.ts, so that a timer that fires late, twice or never
 * changes nothing.
 */
export const workflowDefinition = (functionArn: string) => ({
  Comment:
    'Warn, then offboard: friction, a person, a warning, an observation; two people and a notice period.',
  StartAt: 'FrictionOn',
  States: {
    FrictionOn: advance(functionArn),
    Route: {
      Type: 'Choice',
      Choices: Object.entries(waits).map(([state, name]) => ({
        Variable: '$.state',
        StringEquals: state,
        Next: name,
      })),
      Default: 'Done',
    },
    ...Object.fromEntries(Object.entries(waits).map(([state, name]) => [name, wait(functionArn, state)])),
    Advance: advance(functionArn),
    Done: { Type: 'Succeed' },
  },
});
