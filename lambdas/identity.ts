import './shell/people-problems.ts';
import { sessionsStore } from '#core/identity/sessions-store.ts';
import { staffCodesStore } from '#core/identity/staff-codes-store.ts';
import { identityEnvironment, readEnvironment } from './env.ts';
import { httpFunction } from './http.ts';
import { attemptRecorder } from './shell/attempt-recorder.ts';
import { consentRoutes } from './shell/consent-routes.ts';
import { deployedIdentity } from './shell/deployed-identity.ts';
import { phoneShell } from './shell/phone-shell.ts';
import { selfieRoutes } from './shell/selfie-routes.ts';

const env = readEnvironment(identityEnvironment);
const deps = deployedIdentity(env);

export const handler = httpFunction(phoneShell(env), [
  ...consentRoutes(deps, env.RECORD_RETENTION_DAYS),
  ...selfieRoutes({
    ...deps,
    sessions: sessionsStore(deps.database, env.IDENTITY_TABLE),
    staffCodes: staffCodesStore(deps.database, env.IDENTITY_TABLE, env.RECORD_RETENTION_DAYS),
    attempted: attemptRecorder(env).attempted,
    stream: { region: env.AWS_REGION, url: env.AWS_ENDPOINT_URL_REKOGNITION },
  }),
]);
