import type { createChallenge } from '#core/devices/create-challenge.ts';
import type { DriverDevices } from '#core/devices/device.ts';
import { toDeviceView } from '#core/devices/device-view.ts';
import type { EnrolOutcome } from '#core/devices/enrol-device.ts';
import type { GovernOutcome } from '#core/devices/govern-devices.ts';
import type { TokenOutcome } from '#core/devices/issue-token.ts';
import { waysOn } from '#core/devices/ways-on.ts';
import { refusalOf } from './refusal.ts';

export const governed = <S extends 200 | 201>(outcome: GovernOutcome, status: S) =>
  outcome.status === 'refused' ? refusalOf(outcome) : { status, body: toDeviceView(outcome.device) };

export const removed = (outcome: GovernOutcome) =>
  outcome.status === 'refused' ? refusalOf(outcome) : { status: 204 as const, body: null };

/** Newest first. */
export const listed = ({ devices }: DriverDevices) => {
  const sorted = [...devices].sort((a, b) => b.enrolledAt - a.enrolledAt);
  return { status: 200 as const, body: { devices: sorted.map(toDeviceView) } };
};

export const challenged = (outcome: Awaited<ReturnType<typeof createChallenge>>) => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { challengeId, challenge, accountId, expiresAt } = outcome.challenge;
  return {
    status: 201 as const,
    body: { challengeId, challenge, accountId, expiresAt: new Date(expiresAt).toISOString() },
  };
};

export const enrolled = (outcome: EnrolOutcome) => {
  if (outcome.status === 'enrolled') return { status: 201 as const, body: toDeviceView(outcome.device) };
  return outcome.code === 'attestation-rejected'
    ? refusalOf({ ...outcome, ways: waysOn('not-verified') })
    : refusalOf(outcome);
};

export const issued = (outcome: TokenOutcome) => {
  if (outcome.status === 'refused') {
    if (outcome.code === 'device-not-eligible')
      return refusalOf({ ...outcome, ways: waysOn(outcome.reason) });
    return refusalOf(outcome);
  }
  const { accessToken, expiresIn, friction, nonce } = outcome;
  const { deviceId, tier, status } = outcome.device;
  return {
    status: 200 as const,
    headers: { 'dpop-nonce': nonce },
    body: {
      accessToken,
      tokenType: 'DPoP' as const,
      expiresIn,
      deviceId,
      tier,
      status,
      ...(friction && { friction, ways: waysOn(friction) }),
    },
  };
};
