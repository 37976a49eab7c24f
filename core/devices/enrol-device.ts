import { createHash } from 'node:crypto';
import type { Fault } from '#contract/problem-document.ts';
import { readCertificate } from '#core/attestation/certificate.ts';
import { thumbprintOf } from '#core/attestation/dpop.ts';
import { verdictOf } from '#core/attestation/verdict.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { ChallengesStore } from './challenges-store.ts';
import { changeDevices } from './change-devices.ts';
import { type Device, type Evidence, enrol, findDevice } from './device.ts';
import type { Alongside, DevicesStore } from './devices-store.ts';
import {
  type AcceptedEvidence,
  type EnrolmentBody,
  type EvidenceDeps,
  missingEvidence,
  verifyEvidence,
} from './evidence.ts';
import type { Limit, LimitsStore } from './limits-store.ts';
import type { StatusLookup } from './status-list-store.ts';

export interface EnrolDeps extends Surroundings, EvidenceDeps {
  store: DevicesStore;
  challenges: ChallengesStore;
  limits: LimitsStore;
  lookUpSerials: (serials: readonly string[]) => Promise<StatusLookup>;
}

export type EnrolOutcome =
  | { status: 'enrolled'; device: Device }
  | { status: 'refused'; code: 'attestation-rejected'; reason: string }
  | { status: 'refused'; code: 'invalid-request'; faults: Fault[] }
  | {
      status: 'refused';
      code: 'challenge-invalid' | 'device-key-in-use' | 'too-many-device-changes' | 'slow-down' | 'try-again';
      reason?: string;
    };

const hour = 3_600_000;
/** E7. A person needs one or two; a phone model's factory certificate may serve a fleet on its first day. */
const perAccount: Limit = { name: 'enrolments', most: 10, windowMs: 24 * hour };
const perKey: Limit = { name: 'enrolments-of-key', most: 10, windowMs: 24 * hour };
const perSerial: Limit = { name: 'enrolments-of-serial', most: 200, windowMs: 24 * hour };

/** AK9: an older list vouches for nobody. */
const statusListLifetimeMs = 24 * hour;
/** RC5. */
const firstReceiptRefreshMs = 24 * hour;

const deviceIdOf = (accountId: string, jkt: string) =>
  createHash('sha256').update(`device|${accountId}|${jkt}`).digest('base64url').slice(0, 22);

/** What can be read; verification refuses the rest. */
const serialsOf = (chain: readonly string[] = []): string[] =>
  chain.slice(0, 6).flatMap((der) => {
    const verdict = verdictOf(() => readCertificate(Buffer.from(der, 'base64')).serial);
    return verdict.status === 'verified' ? [verdict.facts] : [];
  });

const toEvidence = (
  { tier, reasons, facts, serials, ios }: AcceptedEvidence,
  { platform }: EnrolmentBody,
  names: { deviceId: string; jkt: string },
  now: number,
): Evidence => ({
  ...names,
  platform,
  tier,
  reasons,
  attestedAt: now,
  serials,
  evidence: facts,
  ...(ios && { assertionKey: ios.assertionKey, appId: ios.appId }),
});

const alongsideOf = (
  { serials, needsStatusList, ios }: AcceptedEvidence,
  device: Device,
  now: number,
): Alongside => ({
  at: now,
  notice: {
    kind: device.status === 'pending-approval' ? 'pending' : 'enrolled',
    deviceId: device.deviceId,
    platform: device.platform,
  },
  enrolled: {
    deviceId: device.deviceId,
    keys: [
      { kind: 'jkt', key: device.jkt },
      ...(ios ? [{ kind: 'app-attest' as const, key: ios.keyId }] : []),
    ],
    serials,
    ...(needsStatusList && { statusListSince: now - statusListLifetimeMs }),
    ...(ios && {
      counter: ios.counter,
      receipt: { receipt: ios.receipt, refreshAt: now + firstReceiptRefreshMs },
    }),
  },
});

/**
 * Enrols a phone for a driver. Whatever is missing or out of reach is told before the challenge is spent; then the
 * challenge is consumed by one conditional write, the evidence verified, and its result written in one transaction.
 */
export const enrolDevice = async (
  deps: EnrolDeps,
  { accountId, body, requestId }: { accountId: string; body: EnrolmentBody; requestId: string },
): Promise<EnrolOutcome> => {
  const faults = missingEvidence(body);
  if (faults.length > 0) return { status: 'refused', code: 'invalid-request', faults };
  const now = deps.now();
  const jkt = thumbprintOf(body.dpopJwk);
  const serials = serialsOf(body.certificateChain);
  // The certificate that signed the phone's key: of one phone, or of one factory batch.
  const signer = serials[1];
  const withinLimits =
    (await deps.limits.take(perAccount, accountId, now)) &&
    (await deps.limits.take(perKey, jkt, now)) &&
    (signer === undefined || (await deps.limits.take(perSerial, signer, now)));
  if (!withinLimits) return { status: 'refused', code: 'slow-down' };

  const list = serials.length > 0 ? await deps.lookUpSerials(serials) : { fetchedAt: now, listed: new Map() };
  if (list.fetchedAt < now - statusListLifetimeMs)
    return { status: 'refused', code: 'try-again', reason: 'status-list-stale' };

  const { challengeId, platform } = body;
  const consumed = await deps.challenges.consume({ challengeId, accountId, platform, purpose: 'enrol' }, now);
  if (consumed.status === 'unknown') return { status: 'refused', code: 'try-again', reason: 'challenge' };
  if (consumed.status === 'invalid') return { status: 'refused', code: 'challenge-invalid' };

  const verified = await verifyEvidence(deps, body, {
    challenge: consumed.challenge,
    accountId,
    jkt,
    requestId,
    now,
    list,
  });
  if (verified.status === 'unavailable') return { ...verified, status: 'refused', code: 'try-again' };
  if (verified.status === 'refused')
    return { status: 'refused', code: 'attestation-rejected', reason: verified.reason };

  const deviceId = deviceIdOf(accountId, jkt);
  const sharing = signer === undefined ? [] : await deps.store.phonesWithSerial(signer);
  const otherDrivers = new Set(sharing.map((phone) => phone.accountId).filter((one) => one !== accountId))
    .size;
  const review = signer !== undefined &&
    otherDrivers > 0 && { deviceId, cause: 'shared-serial' as const, serial: signer, otherDrivers };
  const outcome = await changeDevices<'too-many-device-changes'>(deps, accountId, (all) => {
    const step = enrol(all, toEvidence(verified, body, { deviceId, jkt }, now), now);
    if (step.status !== 'done') return { status: 'refused', refusal: step.status };
    const device = findDevice(step.after, deviceId) as Device;
    const alongside = { ...alongsideOf(verified, device, now), ...(review && { review }) };
    return { status: 'change', after: step.after, alongside };
  });
  if (outcome.status === 'refused') {
    const { refusal } = outcome;
    if (refusal === 'key-in-use') return { status: 'refused', code: 'device-key-in-use' };
    if (refusal === 'status-list') return { status: 'refused', code: 'try-again', reason: refusal };
    return { status: 'refused', code: refusal };
  }
  return { status: 'enrolled', device: findDevice(outcome.devices, deviceId) as Device };
};
