import { verifyProof } from '#core/attestation/dpop.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import { changeDevices } from './change-devices.ts';
import {
  type Device,
  type DriverDevices,
  type EnrolmentPolicy,
  type Friction,
  frictionOf,
  isSettled,
  may,
  renewalFrom,
  settle,
} from './device.ts';
import { type DeviceTokenClaims, signDeviceToken, tokenLifetime } from './device-token.ts';
import type { DevicesStore } from './devices-store.ts';
import { issueNonce } from './nonce.ts';
import type { ProofsStore } from './proofs-store.ts';
import { isLoginOver } from './sessions.ts';

export interface IssueTokenDeps extends Surroundings {
  store: DevicesStore;
  proofs: ProofsStore;
  keys: () => Promise<KeyGenerations>;
  policy: EnrolmentPolicy;
}

export type TokenOutcome =
  | {
      status: 'issued';
      accessToken: string;
      expiresIn: number;
      device: Device;
      friction?: Friction;
      /** When the phone should enrol a new key, in milliseconds since the epoch. */
      renewFrom?: number;
      nonce: string;
    }
  | { status: 'refused'; code: 'proof-invalid'; reason: string }
  | {
      status: 'refused';
      code: 'device-not-eligible';
      reason: Ineligible;
    }
  | { status: 'refused'; code: 'account-restricted' | 'sign-in-required' | 'try-again' };

type Ineligible = 'not-enrolled' | 'pending-approval' | 'suspended';

const claimsOf = (
  { accountId, epoch }: DriverDevices,
  device: Device,
  friction: Friction | undefined,
  now: number,
): DeviceTokenClaims => {
  const issuedAt = Math.floor(now / 1_000);
  // A phone that starts to claim sooner asks again then.
  const until = Math.min(
    issuedAt + tokenLifetime,
    Math.ceil((device.claimsFrom ?? Number.POSITIVE_INFINITY) / 1_000),
  );
  return {
    sub: accountId,
    did: device.deviceId,
    cnf: { jkt: device.jkt },
    pf: device.platform,
    tier: device.tier,
    ...(friction && { fr: friction }),
    ep: epoch,
    ...(device.assertionKey && { ak: device.assertionKey }),
    ...(device.appId && { app: device.appId }),
    ...(device.evidence.category !== undefined && { vc: true as const }),
    en: Math.floor(device.enrolledAt / 1_000),
    iat: issuedAt,
    exp: until,
  };
};

/**
 * Gives an enrolled phone an access token for ten minutes. A login alone gets none (E6), and neither does a phone that
 * waits for approval. A phone whose cooling-off is over takes over here. A restricted account, and a login from before
 * all sessions were ended, get none from the moment of the write on.
 */
export const issueToken = async (
  deps: IssueTokenDeps,
  input: {
    accountId: string;
    /** Of the login, in milliseconds since the epoch. */
    authenticatedAt?: number;
    proof: string | undefined;
    url: string;
    requestId: string;
  },
): Promise<TokenOutcome> => {
  const now = deps.now();
  const verdict = verifyProof(input.proof, { method: 'POST', url: input.url, now });
  if (verdict.status === 'refused')
    return { status: 'refused', code: 'proof-invalid', reason: verdict.reason };
  const { jkt } = verdict.facts;
  const find = ({ devices }: DriverDevices) =>
    devices.find((device) => device.jkt === jkt && may('remove', device));

  const use = await deps.proofs.useProof(verdict.facts, input.requestId, now);
  if (use === 'unknown') return { status: 'refused', code: 'try-again' };
  if (use === 'used') return { status: 'refused', code: 'proof-invalid', reason: 'proof-used' };

  const outcome = await changeDevices<'account-restricted' | 'sign-in-required' | Ineligible>(
    deps,
    input.accountId,
    (all) => {
      if (all.restrictedBy !== undefined) return { status: 'refused', refusal: 'account-restricted' };
      if (isLoginOver(all, input.authenticatedAt)) return { status: 'refused', refusal: 'sign-in-required' };
      const device = find(all);
      if (!device) return { status: 'refused', refusal: 'not-enrolled' };
      if (device.status === 'pending-approval' || device.status === 'suspended')
        return { status: 'refused', refusal: device.status };
      return isSettled(device, now)
        ? { status: 'change', after: settle(all, device, now), alongside: { at: now } }
        : { status: 'unchanged' };
    },
  );
  if (outcome.status === 'refused') {
    const { refusal } = outcome;
    if (refusal === 'account-restricted' || refusal === 'sign-in-required')
      return { status: 'refused', code: refusal };
    return refusal === 'not-enrolled' || refusal === 'pending-approval' || refusal === 'suspended'
      ? { status: 'refused', code: 'device-not-eligible', reason: refusal }
      : { status: 'refused', code: 'try-again' };
  }
  const device = find(outcome.devices);
  if (!device) throw new Error('a phone that was just read is gone');
  const friction = frictionOf(outcome.devices, device, deps.policy, now);
  const renewFrom = renewalFrom(device, deps.policy);
  const keys = await deps.keys();
  const claims = claimsOf(outcome.devices, device, friction, now);
  return {
    status: 'issued',
    accessToken: signDeviceToken(keys, claims),
    expiresIn: claims.exp - claims.iat,
    device,
    ...(friction && { friction }),
    ...(renewFrom !== undefined && { renewFrom }),
    nonce: issueNonce(keys, now),
  };
};
