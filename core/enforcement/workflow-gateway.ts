import type { AwsCall } from '#core/shared/aws-json-gateway.ts';

/** The workflow of Step Functions, as far as cases start it and wake it up. */
export interface Workflow {
  /** Once for a case, however often it is asked for: the execution has its name. */
  start(caseId: string): Promise<void>;
  /** Nothing where nobody waits with this token any more. */
  signal(token: string): Promise<void>;
}

/** Of tokens that were used, that expired, or whose execution ended. */
const nobodyWaits = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

const ignoring =
  (names: ReadonlySet<string>) =>
  (error: unknown): void => {
    if (!names.has((error as Error).name)) throw error;
  };

export const workflowGateway = (call: AwsCall, stateMachineArn: string): Workflow => ({
  start: async (caseId) => {
    await call('AWSStepFunctions.StartExecution', {
      stateMachineArn,
      name: `case-${caseId}`,
      input: JSON.stringify({ caseId }),
    }).catch(ignoring(new Set(['ExecutionAlreadyExists'])));
  },
  signal: async (token) => {
    await call('AWSStepFunctions.SendTaskSuccess', { taskToken: token, output: '{}' }).catch(
      ignoring(nobodyWaits),
    );
  },
});
