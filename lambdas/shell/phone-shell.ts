import { type AttestationPlan, modeFor } from '#core/devices/attestation-mode.ts';
import { type CheckProofDeps, checkProof } from '#core/devices/check-proof.ts';
import { proofsStore } from '#core/devices/proofs-store.ts';
import { revocationSnapshot } from '#core/devices/revocations.ts';
import { readRevokedEpochs } from '#core/devices/revocations-store.ts';
import { type Database, dynamoDb } from '#core/shared/dynamodb-store.ts';
import type { Shell } from '../http.ts';
import { oneTry } from '../runtime.ts';
import { deployedKeys } from './deployed-keys.ts';
import { deployedShell, type ShellEnvironment } from './deployed-shell.ts';
import { log } from './log.ts';

export interface PhoneShellEnvironment extends ShellEnvironment {
  ATTESTATION: AttestationPlan;
  DEVICES_TABLE: string;
  DEVICE_TOKEN_KEYS: readonly string[];
  PUBLIC_API_ORIGIN: string;
}

/** The shell of functions that answer drivers on their phones. */
export const phoneShell = (
  env: PhoneShellEnvironment,
  {
    database = dynamoDb(oneTry),
    checkAssertion,
    onUnproven,
  }: Pick<CheckProofDeps, 'checkAssertion'> & Pick<Shell, 'onUnproven'> & { database?: Database } = {},
): Shell & Pick<CheckProofDeps, 'keys'> => {
  const shell = deployedShell(env);
  const keys = deployedKeys(env.DEVICE_TOKEN_KEYS);
  return {
    ...shell,
    keys,
    ...(onUnproven && { onUnproven }),
    checkProof: checkProof({
      signIn: shell.signIn,
      modeOf: modeFor(env.ATTESTATION),
      keys,
      revokedEpochs: revocationSnapshot(
        () => readRevokedEpochs(database, env.DEVICES_TABLE, Date.now()),
        Date.now,
        (error) => log.error('revocations.unread', error),
      ),
      proofs: proofsStore(database, env.DEVICES_TABLE),
      origin: env.PUBLIC_API_ORIGIN,
      now: Date.now,
      ...(checkAssertion && { checkAssertion }),
    }),
  };
};
