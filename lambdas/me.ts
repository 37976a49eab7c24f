import './shell/people-problems.ts';
import * as contract from '#contract/me.ts';
import { describeIdentity } from '#core/identity/describe-identity.ts';
import { cached } from '#core/shared/cached.ts';
import { keyService, keysGateway } from '#core/shared/keys-gateway.ts';
import { meEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedMe } from './shell/deployed-me.ts';
import { deployedShell, secretLifetimeMs } from './shell/deployed-shell.ts';
import { driversOnly } from './shell/device-calls.ts';
import { liveLogins } from './shell/live-logins.ts';
import { exported, meOf, receiptsListed } from './shell/me-answers.ts';

const env = readEnvironment(meEnvironment);
const deps = deployedMe(env);
const { policy, profiles, now } = deps;
const gateway = keysGateway(keyService());
const signingKey = cached(() => gateway.publicKey(env.SIGNING_KEY_ID), secretLifetimeMs, now);

export const handler = httpFunction(liveLogins(deployedShell(env), deps.devices), [
  on(contract.getMe)(
    driversOnly(async ({ caller }) => ({ status: 200, body: await meOf(deps, caller.accountId) })),
  ),
  on(contract.listReceipts)(
    driversOnly(async ({ caller, query }) => receiptsListed(deps, caller.accountId, query.cursor)),
  ),
  on(contract.exportMe)(
    driversOnly(async ({ caller: { accountId: driverId } }) => {
      const [state, profile] = await Promise.all([deps.faceChecks(), profiles.read(driverId)]);
      const identity = describeIdentity(policy, state, profile, env.RECORD_RETENTION_DAYS, now());
      return exported(deps, driverId, identity);
    }),
  ),
  on(contract.getKeys)(async () => ({ status: 200, body: { keys: [await signingKey()] } })),
]);
