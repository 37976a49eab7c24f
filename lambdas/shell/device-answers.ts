import { hashOf, thumbprintOf } from '#core/attestation/dpop.ts';
import type { createChallenge } from '#core/devices/create-challenge.ts';
import type { DriverDevices } from '#core/devices/device.ts';
import { toDeviceView } from '#core/devices/device-view.ts';
import type { EnrolOutcome } from '#core/devices/enrol-device.ts';
import type { EnrolUnlockKeyOutcome } from '#core/devices/enrol-unlock-key.ts';
import type { EnrolmentBody } from '#core/devices/evidence.ts';
import type { GovernOutcome } from '#core/devices/govern-devices.ts';
import type { TokenOutcome } from '#core/devices/issue-token.ts';
import { waysOn } from '#core/devices/ways-on.ts';
import { log } from './log.ts';
import { type Refusal, refusalOf } from './refusal.ts';

export const governed = <S extends 200 | 201>(outcome: GovernOutcome, status: S) =>
  outcome.status === 'refused' ? governRefusal(outcome) : { status, body: toDeviceView(outcome.device) };

/** Only the phone that claims approves, and only a phone that waits is approved: a person can do both. */
const governRefusal = (outcome: Extract<GovernOutcome, { status: 'refused' }>): Refusal =>
  refusalOf({
    ...outcome,
    ...(outcome.code === 'device-not-eligible' && { ways: waysOn('not-the-claimer') }),
  });

export const removed = (outcome: GovernOutcome) =>
  outcome.status === 'refused' ? governRefusal(outcome) : { status: 204 as const, body: null };

/** Nobody needs to unlock anything: who cannot goes another way. */
export const unlockKeyEnrolled = (outcome: EnrolUnlockKeyOutcome) => {
  if (outcome.status === 'enrolled')
    return { status: 200 as const, body: { deviceId: outcome.deviceId, unlockKey: true as const } };
  return refusalOf({ ...outcome, ...('reason' in outcome && { ways: waysOn('no-unlock') }) });
};

/** Newest first. */
export const listed = ({ devices }: DriverDevices) => {
  const sorted = [...devices].sort((a, b) => b.enrolledAt - a.enrolledAt);
  return { status: 200 as const, body: { devices: sorted.map(toDeviceView) } };
};

/** A refusal that says when to come back, where it knows. */
const soonerOrLater = (
  outcome: Parameters<typeof refusalOf>[0] & { retryAfterSeconds?: number },
): Refusal => {
  const { retryAfterSeconds } = outcome;
  const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
  return { ...refusalOf(outcome), ...(headers && { headers }) };
};

export const challenged = (outcome: Awaited<ReturnType<typeof createChallenge>>) => {
  if (outcome.status === 'refused') return soonerOrLater(outcome);
  const { challengeId, challenge, accountId, expiresAt } = outcome.challenge;
  return {
    status: 201 as const,
    body: { challengeId, challenge, accountId, expiresAt: new Date(expiresAt).toISOString() },
  };
};

/** G7: which check refused which key, named by a hash; nothing of what was sent. */
export const enrolled = (outcome: EnrolOutcome, { platform, dpopJwk }: EnrolmentBody) => {
  if (outcome.status === 'refused') {
    const { code } = outcome;
    const reason = 'reason' in outcome ? outcome.reason : undefined;
    const keyHash = hashOf(thumbprintOf(dpopJwk)).slice(0, 16);
    log.info('device.refused', { refusal: code, platform, keyHash, ...(reason && { reason }) });
  }
  if (outcome.status === 'enrolled') return { status: 201 as const, body: toDeviceView(outcome.device) };
  return outcome.code === 'attestation-rejected'
    ? refusalOf({ ...outcome, ways: waysOn('not-verified') })
    : soonerOrLater(outcome);
};

export const issued = (outcome: TokenOutcome) => {
  if (outcome.status === 'refused') {
    if (outcome.code === 'device-not-eligible')
      return refusalOf({ ...outcome, ways: waysOn(outcome.reason) });
    return refusalOf(outcome);
  }
  const { accessToken, expiresIn, friction, nonce, renewFrom } = outcome;
  const { deviceId, tier, status, claimsFrom } = toDeviceView(outcome.device);
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
      ...(claimsFrom && { claimsFrom }),
      ...(renewFrom !== undefined && { renewFrom: new Date(renewFrom).toISOString() }),
      ...(friction && { friction, ways: waysOn(friction) }),
    },
  };
};
