import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  AwsError,
  epochSeconds,
  type JsonObject,
  listenOnLoopback,
  optionalString,
  requiredString,
  startAwsJsonServer,
} from './aws-json-server.ts';
import { openSecretStore, type StoredSecret } from './secret-store.ts';
import type { Service, ServiceDeps } from './types.ts';

export interface Secrets extends Service {
  /** Port of the AWS Parameters and Secrets Lambda extension protocol on 127.0.0.1. */
  readonly extensionPort: number;
  /** What a function has to send to the extension; it belongs into its AWS_SESSION_TOKEN. */
  readonly extensionToken: string;
  /** The whole secret string; throws for an unknown secret. */
  secretValue(idOrArn: string): string;
}

/** AWS::SecretsManager::Secret behind GetSecretValue and behind the Lambda extension. Values never reach the log. */
export async function startSecrets(
  deps: ServiceDeps,
  { extensionToken = randomBytes(24).toString('base64url') }: { extensionToken?: string } = {},
): Promise<Secrets> {
  const secrets = openSecretStore(deps.resources, deps.data);

  const find = (idOrArn: string): StoredSecret => {
    const secret = secrets.find(({ arn, name }) => isNamedBy(idOrArn, arn, name));
    if (secret === undefined)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  };

  const getSecretValue = (input: JsonObject): SecretAnswer => {
    const secret = find(requiredString(input, 'SecretId'));
    const { versionId } = secret;
    const stage = optionalString(input, 'VersionStage') ?? 'AWSCURRENT';
    if (stage !== 'AWSCURRENT' || (optionalString(input, 'VersionId') ?? versionId) !== versionId)
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
      );
    return {
      ARN: secret.arn,
      CreatedDate: epochSeconds(secret.createdAt),
      Name: secret.name,
      SecretString: secret.value,
      VersionId: versionId,
      VersionStages: ['AWSCURRENT'],
    };
  };

  const server = await startAwsJsonServer({
    targetPrefix: 'secretsmanager',
    operations: { GetSecretValue: getSecretValue },
    log: deps.log,
  });
  const extension = await listenOnLoopback((request, response) => {
    const { status, body } = answerExtension(request, extensionToken, getSecretValue);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });

  return {
    endpoint: server.endpoint,
    extensionPort: Number(new URL(extension.endpoint).port),
    extensionToken,
    secretValue: (idOrArn) => find(idOrArn).value,
    stop: async () => {
      await Promise.all([server.stop(), extension.stop()]);
    },
  };
}

interface SecretAnswer {
  readonly ARN: string;
  readonly CreatedDate: number;
  readonly Name: string;
  readonly SecretString: string;
  readonly VersionId: string;
  readonly VersionStages: readonly string[];
}

/** An ARN ends with a hyphen and six characters that Secrets Manager adds; the ARN without them is accepted too. */
function isNamedBy(idOrArn: string, arn: string, name: string): boolean {
  return idOrArn === arn || idOrArn === name || idOrArn === arn.replace(/-[A-Za-z0-9]{6}$/, '');
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html */
function answerExtension(
  request: IncomingMessage,
  token: string,
  getSecretValue: (input: JsonObject) => SecretAnswer,
): { status: number; body: unknown } {
  const url = URL.parse(request.url ?? '', 'http://127.0.0.1');
  if (request.method !== 'GET' || url?.pathname !== '/secretsmanager/get')
    return { status: 404, body: { message: 'The extension answers GET /secretsmanager/get?secretId=...' } };
  if (!isSame(request.headers['x-aws-parameters-secrets-token'], token))
    return {
      status: 401,
      body: { message: 'X-Aws-Parameters-Secrets-Token is missing or not the AWS_SESSION_TOKEN' },
    };
  try {
    const answer = getSecretValue({
      SecretId: url.searchParams.get('secretId'),
      VersionId: url.searchParams.get('versionId'),
      VersionStage: url.searchParams.get('versionStage'),
    });
    // The extension relays the answer of its Go client, which writes a time as text.
    const CreatedDate = new Date(answer.CreatedDate * 1000).toISOString();
    return { status: 200, body: { ...answer, CreatedDate, ResultMetadata: {} } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: error.status, body: { __type: error.name, message: error.message } };
  }
}

function isSame(given: string | string[] | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(String(given ?? '')), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
