import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Assembly } from '../assembly.ts';
import { LocalFailure } from '../failure.ts';
import type { Reaper } from '../reaper.ts';
import type { ResolvedResource } from '../services/types.ts';
import type { FunctionDefinition } from './child.ts';
import { LogSink } from './log-sink.ts';
import { FunctionPool } from './pool.ts';

interface FunctionsDeps {
  readonly resources: readonly ResolvedResource[];
  readonly assembly: Assembly;
  readonly region: string;
  readonly endpoints: Readonly<Record<string, string>>;
  /** What functions find out about this machine besides. */
  readonly variables: Readonly<Record<string, string>>;
  readonly extension: { readonly port: number; readonly token: string };
  /** Replaces `{{resolve:secretsmanager:...}}`. */
  readonly resolveSecrets: (text: string) => string;
  readonly compileCache: string;
  readonly logFolder: string;
  readonly reaper: Reaper;
}

/**
 * Processes per function. On 2 cores a third only takes turns with the first two and costs 60 MB;
 * handlers that wait for the engine are what makes the second worth it.
 */
const processesPerFunction = 2;

/** The AWS SDK reads these; names as in https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html */
const endpointVariables: Readonly<Record<string, string>> = {
  cognito: 'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER',
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  events: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
  kms: 'AWS_ENDPOINT_URL_KMS',
  organizations: 'AWS_ENDPOINT_URL_ORGANIZATIONS',
  rekognition: 'AWS_ENDPOINT_URL_REKOGNITION',
  s3: 'AWS_ENDPOINT_URL_S3',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  ses: 'AWS_ENDPOINT_URL_SESV2',
  sns: 'AWS_ENDPOINT_URL_SNS',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  states: 'AWS_ENDPOINT_URL_SFN',
};

/** Every AWS::Lambda::Function of the template. */
export class Functions {
  readonly #byName = new Map<string, FunctionPool>();
  readonly #pools: FunctionPool[] = [];

  constructor(deps: FunctionsDeps) {
    for (const resource of deps.resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
      const sink = new LogSink(join(deps.logFolder, `${resource.logicalId}.log`));
      const pool = new FunctionPool(defineFunction(resource, deps), sink, deps.reaper, processesPerFunction);
      this.#pools.push(pool);
      this.#byName.set(resource.logicalId, pool).set(resource.physicalId, pool);
    }
  }

  /** Takes a logical id, a name, an ARN with or without a qualifier, or an integration URI around one. */
  invoke(nameOrArn: string, event: unknown): Promise<unknown> {
    return this.find(nameOrArn).invoke(event);
  }

  find(nameOrArn: string): FunctionPool {
    const name = /:function:([^:/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
    const pool = this.#byName.get(name);
    if (pool === undefined) throw new LocalFailure(`the template has no function "${nameOrArn}"`);
    return pool;
  }

  pids(): number[] {
    return this.#pools.flatMap((pool) => pool.pids());
  }

  async stop(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.stop()));
  }
}

function defineFunction(resource: ResolvedResource, deps: FunctionsDeps): FunctionDefinition {
  const { logicalId, physicalId: name, attributes } = resource;
  const { Code, Handler, MemorySize, Timeout, Environment } = resource.properties as FunctionProperties;
  const folder = Code?.S3Key === undefined ? undefined : deps.assembly.assetFolder(Code.S3Key);
  if (folder === undefined || !existsSync(folder))
    throw new LocalFailure(`${logicalId} has no asset folder in the assembly: ${JSON.stringify(Code)}`);
  const timeoutSeconds = Number(Timeout ?? lambdaDefaults.timeoutSeconds);
  const memory = String(MemorySize ?? lambdaDefaults.memoryMb);
  const arn = attributes.Arn ?? '';
  const endpoints = Object.entries(endpointVariables).flatMap(([engine, variable]) => {
    const endpoint = deps.endpoints[engine];
    return endpoint ? [[variable, endpoint]] : [];
  });
  return {
    logicalId,
    name,
    folder,
    handler: Handler ?? '',
    timeoutMs: timeoutSeconds * 1000,
    environment: {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: deps.compileCache,
      TZ: ':UTC',
      ...mapValues(Environment?.Variables ?? {}, deps.resolveSecrets),
      AWS_REGION: deps.region,
      AWS_DEFAULT_REGION: deps.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: deps.extension.token,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory,
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutSeconds),
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: Handler ?? '',
      INVOKED_FUNCTION_ARN: arn,
      PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(deps.extension.port),
      ...Object.fromEntries(endpoints),
      ...deps.variables,
    },
  };
}

interface FunctionProperties {
  readonly Code?: { readonly S3Key?: string };
  readonly Handler?: string;
  readonly MemorySize?: number | string;
  readonly Timeout?: number | string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

const lambdaDefaults = { timeoutSeconds: 3, memoryMb: 128 };

const mapValues = (values: Readonly<Record<string, unknown>>, change: (text: string) => string) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(String(value))]));
