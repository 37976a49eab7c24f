import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedResource } from '../services/types.ts';
import type { PoolDefinition } from './cognito-thread.ts';
import { type EngineThread, startEngineThread } from './worker.ts';

export interface Cognito {
  readonly endpoint: string;
  define(resources: readonly ResolvedResource[]): Promise<void>;
  /** A confirmed user with this password, as an operator's invitation that was accepted; an existing one is left as it is. */
  createUser(
    poolId: string,
    user: { email: string; password: string; groups: readonly string[] },
  ): Promise<void>;
  signIn(clientId: string, email: string, password: string): Promise<string>;
  stop(): Promise<void>;
}

/** On the port of the last start, since tokens name it as their issuer. */
export async function startCognito(
  folder: string,
  logFile: string,
  log: (line: string) => void,
): Promise<Cognito> {
  const portFile = join(folder, 'cognito-port');
  const wanted = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  const module = new URL('./cognito-thread.ts', import.meta.url);
  const thread = await startEngineThread(module, { folder, port: wanted }, logFile);
  const port = Number(new URL(thread.endpoint).port);
  if (port !== wanted) writeFileSync(portFile, String(port));
  if (port !== wanted && wanted !== 0)
    log(`the sign-in's port ${wanted} is taken, ${port} replaces it: earlier sign-ins are no longer valid`);
  return {
    endpoint: thread.endpoint,
    define: (resources) => define(thread, resources),
    async createUser(poolId, user) {
      await thread.call('createUser', { poolId, ...user });
    },
    signIn: (clientId, email, password) => signIn(thread.endpoint, clientId, email, password),
    stop: () => thread.stop(),
  };
}

async function define(thread: EngineThread, resources: readonly ResolvedResource[]): Promise<void> {
  const ofPool = (type: string, poolId: string) =>
    resources.filter((r) => r.type === type && r.properties.UserPoolId === poolId);
  for (const pool of resources.filter(({ type }) => type === 'AWS::Cognito::UserPool')) {
    const definition: PoolDefinition = {
      id: pool.physicalId,
      arn: pool.attributes.Arn ?? '',
      properties: pool.properties,
      clients: ofPool('AWS::Cognito::UserPoolClient', pool.physicalId).map(({ physicalId, properties }) => ({
        id: physicalId,
        properties,
      })),
      groups: ofPool('AWS::Cognito::UserPoolGroup', pool.physicalId).map(({ physicalId }) => physicalId),
    };
    await thread.call('definePool', definition);
  }
}

async function signIn(endpoint: string, clientId: string, email: string, password: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      ClientId: clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  });
  const answer = (await response.json()) as {
    AuthenticationResult?: { AccessToken: string };
    message?: string;
  };
  if (answer.AuthenticationResult === undefined)
    throw new Error(`sign-in of ${email} was refused: ${answer.message ?? response.status}`);
  return answer.AuthenticationResult.AccessToken;
}

/** The `sub` of a seeded user is the same on every machine, so that figures and transcripts can be compared. */
export function subjectOf(email: string): string {
  const hex = createHash('sha256').update(email).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
