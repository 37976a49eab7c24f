import type { DeployedEnvironment } from '#lambdas/env.ts';
import type { Accounts } from './accounts.ts';
import type { HttpFunctionName } from './operations.ts';
import type { SecretGenerations } from './secrets.ts';
import { type StageConfig, stationsVariable } from './stage-config.ts';

/** What every function behind the API shares: who signs in where, and which edge it answers. */
export interface HttpContext {
  readonly environment: Pick<
    DeployedEnvironment<HttpFunctionName>,
    'STAGE' | 'EDGE_SECRETS' | 'USER_POOL_ID' | 'CLIENT_ID'
  >;
  readonly edgeSecret: SecretGenerations;
  /** The stations as functions read them: JSON. */
  readonly stations: string;
}

export const httpContext = (
  stage: StageConfig,
  accounts: Accounts,
  edgeSecret: SecretGenerations,
): HttpContext => ({
  environment: {
    STAGE: stage.name,
    EDGE_SECRETS: edgeSecret.arns,
    USER_POOL_ID: accounts.pool.userPoolId,
    CLIENT_ID: accounts.client.userPoolClientId,
  },
  edgeSecret,
  stations: stationsVariable(stage.stations),
});
