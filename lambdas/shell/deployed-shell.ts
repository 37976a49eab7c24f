import { cached } from '#core/shared/cached.ts';
import { providerKeys } from '#core/shared/key-set-gateway.ts';
import { type ReadSecret, secretsExtension } from '#core/shared/secrets-gateway.ts';
import { signIn } from '#core/shared/sign-in.ts';
import type { Shell } from '../http.ts';
import type { EdgeSecrets } from './behind-edge.ts';

/** As long as the extension caches by default: a rotated secret is known everywhere within ten minutes. */
export const secretLifetimeMs = 300_000;

export const readSecret: ReadSecret = (arn) =>
  secretsExtension({
    port: Number(process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT ?? 2773),
    sessionToken: process.env.AWS_SESSION_TOKEN ?? '',
  })(arn);

export interface ShellEnvironment {
  AWS_REGION: string;
  AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER?: string | undefined;
  USER_POOL_ID: string;
  CLIENT_ID: string;
  EDGE_SECRETS: readonly string[];
}

/** Where the identity provider answers. */
export const identityEndpoint = (env: ShellEnvironment) =>
  env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER ?? `https://cognito-idp.${env.AWS_REGION}.amazonaws.com`;

export const deployedEdgeSecrets = (arns: readonly string[]): EdgeSecrets =>
  cached(
    () => Promise.all(arns.map(async (arn) => Buffer.from(await readSecret(arn)))),
    secretLifetimeMs,
    Date.now,
  );

export const deployedShell = (env: ShellEnvironment): Shell => {
  const issuer = `${identityEndpoint(env).replace(/\/$/, '')}/${env.USER_POOL_ID}`;
  return {
    edgeSecrets: deployedEdgeSecrets(env.EDGE_SECRETS),
    signIn: signIn({
      issuer,
      clientId: env.CLIENT_ID,
      keys: providerKeys(issuer, Date.now),
      now: Date.now,
    }),
  };
};
