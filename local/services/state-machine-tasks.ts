import { describeError } from '../failure.ts';
import { FunctionFailed } from '../functions/protocol.ts';
import { callAwsJson, placeholderSignature, readAnswer } from './aws-json-client.ts';
import { AwsError, isJsonObject, type JsonObject } from './aws-json-server.ts';
import type { ServiceDeps } from './types.ts';

/** What fails a task: `name` is what Retry and Catch match, `message` becomes the cause. */
export class TaskFailure extends Error {
  constructor(error: string, cause: string) {
    super(cause);
    this.name = error;
  }
}

export interface TaskResource {
  /** The result of the task; with `waitsForToken` only the request, whose result is dropped. */
  readonly run: RunTask;
  readonly waitsForToken: boolean;
}

type RunTask = (input: unknown, execution: { arn: string; stateMachineArn: string }) => Promise<unknown>;

const waiting = '.waitForTaskToken';

/** Nothing for a resource that has no stand-in here. */
export function findTaskResource(resource: string, deps: ServiceDeps): TaskResource | undefined {
  const waitsForToken = resource.endsWith(waiting);
  const plain = waitsForToken ? resource.slice(0, -waiting.length) : resource;
  if (/^arn:[\w-]+:lambda:/.test(plain)) {
    return waitsForToken ? undefined : { waitsForToken, run: (input) => invoke(deps, plain, input) };
  }
  const [, integration] = /^arn:[\w-]+:states:::(.+)$/.exec(plain) ?? [];
  const run = integration === undefined ? undefined : findIntegration(integration, deps);
  if (run === undefined || (waitsForToken && !tokenIntegrations.has(integration ?? ''))) return undefined;
  return { waitsForToken, run };
}

/** Those that AWS can pause: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
const tokenIntegrations = new Set([
  'lambda:invoke',
  'sqs:sendMessage',
  'events:putEvents',
  'aws-sdk:sesv2:sendEmail',
]);

function findIntegration(integration: string, deps: ServiceDeps): RunTask | undefined {
  if (Object.hasOwn(integrations, integration)) return integrations[integration]?.(deps);
  const [, sdk, action] =
    /^(aws-sdk:)?dynamodb:(getItem|putItem|updateItem|deleteItem|query|transactWriteItems)$/.exec(
      integration,
    ) ?? [];
  if (action === undefined) return undefined;
  const operation = `${action[0]?.toUpperCase()}${action.slice(1)}`;
  // The names of errors differ between the two kinds of integration.
  const prefix = sdk === undefined ? 'DynamoDB' : 'DynamoDb';
  return (input) =>
    failingAs(
      prefix,
      callAwsJson(deps.endpoints.dynamodb, `DynamoDB_20120810.${operation}`, parameters(input)),
    );
}

const integrations: Readonly<Record<string, (deps: ServiceDeps) => RunTask>> = {
  'lambda:invoke': (deps) => async (input) => {
    const { FunctionName, Payload = {} } = parameters(input);
    const payload = await invoke(deps, String(FunctionName), Payload);
    return { ExecutedVersion: '$LATEST', Payload: payload ?? null, StatusCode: 200 };
  },

  'events:putEvents':
    (deps) =>
    async (input, { arn, stateMachineArn }) => {
      const { Entries: entries } = parameters(input);
      const Entries = (Array.isArray(entries) ? entries : []).filter(isJsonObject).map((entry) => ({
        ...entry,
        Detail: asText(entry.Detail),
        // Step Functions adds itself to the resources of every event.
        Resources: [...(Array.isArray(entry.Resources) ? entry.Resources : []), arn, stateMachineArn],
      }));
      const answer = await failingAs(
        'EventBridge',
        callAwsJson(deps.endpoints.events, 'AWSEvents.PutEvents', { Entries }),
      );
      if (answer.FailedEntryCount !== 0)
        throw new TaskFailure('EventBridge.FailedEntry', JSON.stringify(answer));
      return answer;
    },

  'sqs:sendMessage': (deps) => (input) => {
    const message = parameters(input);
    const body = { ...message, MessageBody: asText(message.MessageBody) };
    return failingAs('SQS', callAwsJson(deps.endpoints.sqs, 'AmazonSQS.SendMessage', body));
  },

  'aws-sdk:sesv2:sendEmail': (deps) => (input) =>
    failingAs('SesV2', sendEmail(deps.endpoints.ses, parameters(input))),
};

/** SES v2 is REST: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html */
async function sendEmail(endpoint: string | undefined, email: JsonObject): Promise<JsonObject> {
  if (endpoint === undefined) throw new AwsError('ServiceUnavailable', 'No endpoint runs for e-mail.', 503);
  const response = await fetch(new URL('/v2/email/outbound-emails', endpoint), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: placeholderSignature },
    body: JSON.stringify(email),
  });
  return readAnswer(response, 'SendEmail');
}

async function invoke(deps: ServiceDeps, functionName: string, payload: unknown): Promise<unknown> {
  try {
    return await deps.invoke(functionName, payload);
  } catch (error) {
    throw functionFailure(error);
  }
}

/** Step Functions makes the type that Lambda reports the error, and the whole report the cause. */
function functionFailure(error: unknown): TaskFailure {
  if (!(error instanceof FunctionFailed)) return new TaskFailure('Lambda.Unknown', describeError(error));
  return new TaskFailure(error.detail.errorType, JSON.stringify(error.detail));
}

async function failingAs<Answer>(prefix: string, call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new TaskFailure(`${prefix}.${error.name}`, error.message);
  }
}

function parameters(input: unknown): JsonObject {
  if (!isJsonObject(input))
    throw new TaskFailure('States.Runtime', 'The parameters of the task are not an object.');
  return input;
}

/** These integrations accept an object where the API takes text. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {});
}
