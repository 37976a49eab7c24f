import type { Fault } from '#contract/describe-problem.ts';
import { readCertificate } from '#core/attestation/certificate.ts';
import { thumbprintOf } from '#core/attestation/dpop.ts';
import { verdictOf } from '#core/attestation/verdict.ts';
import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import type { Limit } from '#core/shared/limit.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import type { ChallengesStore } from './challenges-store.ts';
import { changeDevices } from './change-devices.ts';
import { type Device, type EnrolmentPolicy, enrol, findDevice } from './device.ts';
import type { DevicesStore } from './devices-store.ts';
import { deviceIdOf, enrolmentAlongside, statusListLifetimeMs, toEvidence } from './enrolment-record.ts';
import {
  type AcceptedEvidence,
  type EnrolmentBody,
  type EvidenceDeps,
  evidenceFaults,
  verifyEvidence,
} from './evidence.ts';
import type { LimitsStore, TakeRefusal } from './limits-store.ts';
import { isLoginOver } from './sessions.ts';
import type { StatusLookup } from './status-list-store.ts';

export interface EnrolDeps extends Surroundings, EvidenceDeps {
  store: DevicesStore;
  challenges: ChallengesStore;
  limits: LimitsStore;
  policy: EnrolmentPolicy;
  lookUpSerials: (serials: readonly string[]) => Promise<StatusLookup>;
}

export type EnrolOutcome =
  | { status: 'enrolled'; device: Device }
  | { status: 'refused'; code: 'attestation-rejected'; reason: string }
  | { status: 'refused'; code: 'invalid-request'; faults: Fault[] }
  | {
      status: 'refused';
      code:
        | 'account-restricted'
        | 'sign-in-required'
        | 'challenge-invalid'
        | 'device-key-in-use'
        | 'too-many-device-changes'
        | 'try-again';
      reason?: string;
    }
  | TakeRefusal;

const day = 86_400_000;
/** E7. A person needs one or two; a phone model's factory certificate may serve a fleet on its first day. */
const perAccount: Limit = { name: 'enrolments', most: 10, windowMs: day };
const perSerial: Limit = { name: 'enrolments-of-serial', most: 200, windowMs: day };

/** What can be read; verification refuses the rest. */
const serialsOf = (chain: readonly string[] = []): string[] =>
  chain.slice(0, 6).flatMap((der) => {
    const verdict = verdictOf(() => readCertificate(Buffer.from(der, 'base64')).serial);
    return verdict.status === 'verified' ? [verdict.facts] : [];
  });

/** So many phones of a serial are looked at to see that drivers share it. */
const enoughToReview = 20;

interface Enrolment {
  accountId: string;
  /** Of the login, in milliseconds since the epoch. */
  authenticatedAt?: number;
  body: EnrolmentBody;
  requestId: string;
}

const unsure = (reason: string): EnrolOutcome => ({ status: 'refused', code: 'try-again', reason });

/** Whatever is missing or out of reach, told before the challenge is spent; else the list as it is now. */
const prepare = async (
  deps: EnrolDeps,
  accountId: string,
  body: EnrolmentBody,
): Promise<{ status: 'ready'; list: StatusLookup } | Extract<EnrolOutcome, { status: 'refused' }>> => {
  const faults = evidenceFaults(body);
  if (faults.length > 0) return { status: 'refused', code: 'invalid-request', faults };
  const now = deps.now();
  const taken = await deps.limits.take(perAccount, accountId, now);
  if (taken.status === 'refused') return taken;
  const serials = serialsOf(body.certificateChain);
  if (serials.length === 0) return { status: 'ready', list: { fetchedAt: now, listed: new Map() } };
  const list = await answeredOrUnread(deps.lookUpSerials(serials));
  if (list === 'unread') return { status: 'refused', code: 'try-again', reason: 'status-list-unread' };
  const isStale = list.fetchedAt < now - statusListLifetimeMs;
  return isStale
    ? { status: 'refused', code: 'try-again', reason: 'status-list-stale' }
    : { status: 'ready', list };
};

/**
 * Enrols a phone for a driver: the challenge is consumed by one conditional write, the evidence verified, and its
 * result written in one transaction. A key serves one enrolment, of one driver, for ever (AA13, AK19, E4).
 */
export const enrolDevice = async (deps: EnrolDeps, input: Enrolment): Promise<EnrolOutcome> => {
  const { accountId, body, requestId } = input;
  const prepared = await prepare(deps, accountId, body);
  if (prepared.status === 'refused') return prepared;
  const now = deps.now();
  const { challengeId, platform } = body;
  const consumed = await deps.challenges.consume({ challengeId, accountId, platform, purpose: 'enrol' }, now);
  if (consumed.status === 'unknown') return unsure('challenge');
  if (consumed.status === 'invalid') return { status: 'refused', code: 'challenge-invalid' };

  const jkt = thumbprintOf(body.dpopJwk);
  const { challenge } = consumed;
  const { list } = prepared;
  const verified = await verifyEvidence(deps, body, { challenge, accountId, jkt, requestId, now, list });
  if (verified.status === 'unavailable') return unsure(verified.reason);
  if (verified.status === 'refused')
    return { status: 'refused', code: 'attestation-rejected', reason: verified.reason };
  return record(deps, { ...input, verified, jkt, now });
};

interface Verified extends Enrolment {
  verified: AcceptedEvidence;
  jkt: string;
  now: number;
}

type RecordRefusal = 'account-restricted' | 'sign-in-required' | 'too-many-device-changes' | 'key-in-use';

const record = async (
  deps: EnrolDeps,
  { accountId, authenticatedAt, body, verified, jkt, requestId, now }: Verified,
): Promise<EnrolOutcome> => {
  const deviceId = deviceIdOf(accountId, body, jkt);
  // Of one phone, or of one factory batch: only now, when nobody else's serial can have been sent.
  const signer = verified.serials[1];
  if (signer !== undefined) {
    const taken = await deps.limits.take(perSerial, signer, now);
    if (taken.status === 'refused') return taken;
  }
  const sharing =
    signer === undefined ? [] : await answeredOrUnread(deps.store.phonesWithSerial(signer, enoughToReview));
  if (sharing === 'unread') return unsure('serials-unread');
  const otherDrivers = new Set(sharing.map((phone) => phone.accountId).filter((one) => one !== accountId))
    .size;
  const review = signer !== undefined &&
    otherDrivers > 0 && { deviceId, cause: 'shared-serial' as const, serial: signer, otherDrivers };

  const outcome = await changeDevices<RecordRefusal>(deps, accountId, (all) => {
    if (isLoginOver(all, authenticatedAt)) return { status: 'refused', refusal: 'sign-in-required' };
    const known = findDevice(all, deviceId);
    if (known)
      return known.requestId === requestId
        ? { status: 'unchanged' }
        : { status: 'refused', refusal: 'key-in-use' };
    const evidence = toEvidence(verified, body, { deviceId, jkt, requestId }, now);
    const step = enrol(all, evidence, deps.policy, now);
    if (step.status !== 'done') return { status: 'refused', refusal: step.status };
    const device = findDevice(step.after, deviceId) as Device;
    const alongside = { ...enrolmentAlongside(verified, device, now), ...(review && { review }) };
    return { status: 'change', after: step.after, alongside };
  });
  if (outcome.status !== 'refused')
    return { status: 'enrolled', device: findDevice(outcome.devices, deviceId) as Device };
  const { refusal } = outcome;
  if (refusal === 'key-in-use') return { status: 'refused', code: 'device-key-in-use' };
  if (refusal === 'status-list' || refusal === 'superseded') return unsure(refusal);
  return { status: 'refused', code: refusal };
};
