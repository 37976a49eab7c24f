import type * as contract from '#contract/identity.ts';
import type { SelfieAnswer } from '#contract/identity.ts';
import type { IdentityPolicy } from '#contract/identity-policy.ts';
import type * as movement from '#contract/movement.ts';
import type { AnswerOf, Route } from '#contract/route.ts';
import type { ReferenceOutcome } from '#core/identity/add-reference.ts';
import { type Check, photosLeft } from '#core/identity/check.ts';
import type { WayOutcome } from '#core/identity/choose-way.ts';
import { describeCheck, waysOf } from '#core/identity/describe-check.ts';
import type { ErasureOutcome } from '#core/identity/erasure/request-erasure.ts';
import type { ConsentOutcome } from '#core/identity/give-consent.ts';
import { type ImageRefusalReason, imageRefusalTexts } from '#core/identity/images/selfie-image.ts';
import type { MovementOutcome, SessionOutcome } from '#core/identity/movement.ts';
import type { openCheck } from '#core/identity/open-check.ts';
import { referencesWanted } from '#core/identity/profile.ts';
import { inWords, type SelfieReason } from '#core/identity/rules/reasons.ts';
import { facelessText, waysOpen } from '#core/identity/rules/ways.ts';
import type { SelfieOutcome } from '#core/identity/send-selfie.ts';
import type { Call } from '../http.ts';
import { type Refusal, refusalOf } from './refusal.ts';

const iso = (at: number) => new Date(at).toISOString();

/** Whose, and from which phone. */
export const senderOf = <R extends Route>({ caller }: Call<R>) => ({
  driverId: caller.accountId,
  ...(caller.deviceId && { deviceId: caller.deviceId }),
});

/** Whoever is refused a photo is told the ways without one. */
const withWays = (outcome: Parameters<typeof refusalOf>[0]): Refusal => {
  const message = imageRefusalTexts[outcome.reason as ImageRefusalReason];
  return refusalOf({
    ...outcome,
    ...(message && { faults: [{ path: 'body', message }] }),
    ways: waysOpen({ selfie: false, movement: false }),
  });
};

export const consented = (outcome: ConsentOutcome): AnswerOf<typeof contract.putConsent> | Refusal =>
  outcome.status === 'refused'
    ? withWays(outcome)
    : { status: 200, body: { ...outcome.consent, givenAt: iso(outcome.consent.givenAt) } };

export const erasing = (outcome: ErasureOutcome): AnswerOf<typeof contract.eraseIdentity> | Refusal => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { erasureId, requestedAt } = outcome.erasure;
  return { status: 202, body: { erasureId, requestedAt: iso(requestedAt), receiptAt: '/v1/me/receipts' } };
};

export const referenceAdded = (
  outcome: ReferenceOutcome,
): AnswerOf<typeof contract.addReference> | Refusal => {
  if (outcome.status === 'refused') return withWays(outcome);
  if (outcome.status === 'looked')
    return {
      status: 200,
      body: {
        result: outcome.result,
        reasons: inWords(outcome.reasons),
        otherWays: waysOpen({ selfie: false, movement: false }),
      },
    };
  const { reference, references } = outcome;
  const { addedAt, expiresAt, ...named } = reference;
  return {
    status: 201,
    body: {
      ...named,
      addedAt: iso(addedAt),
      expiresAt: iso(expiresAt),
      result: 'passed',
      references,
      wanted: references < referencesWanted.least,
    },
  };
};

export const checkOpened = (
  policy: IdentityPolicy,
  outcome: Awaited<ReturnType<typeof openCheck>>,
): AnswerOf<typeof contract.createSelfieCheck> | Refusal =>
  outcome.status === 'refused'
    ? withWays(outcome)
    : { status: 201, body: describeCheck(policy, outcome.check) };

export const checkShown = (
  policy: IdentityPolicy,
  check: Check | undefined,
): AnswerOf<typeof contract.getSelfieCheck> | Refusal =>
  check ? { status: 200, body: describeCheck(policy, check) } : { problem: 'unknown-check' };

const answerOf = (
  policy: IdentityPolicy,
  {
    result,
    reasons,
    next,
    check,
  }: {
    result: SelfieAnswer['result'];
    reasons: readonly SelfieReason[];
    next?: NonNullable<SelfieAnswer['next']>;
    check?: Check;
  },
): SelfieAnswer => ({
  result,
  reasons: inWords(reasons),
  otherWays:
    result === 'passed' ? [] : check ? waysOf(policy, check) : waysOpen({ selfie: false, movement: false }),
  photosLeft: check?.state === 'open' && result !== 'passed' ? photosLeft(check, policy.check.photos) : 0,
  ...(next && { next }),
});

export const selfieLookedAt = (
  policy: IdentityPolicy,
  outcome: SelfieOutcome,
): AnswerOf<typeof contract.sendSelfie> | Refusal =>
  outcome.status === 'refused' ? withWays(outcome) : { status: 200, body: answerOf(policy, outcome) };

export const wayChosen = (outcome: WayOutcome): AnswerOf<typeof contract.chooseWay> | Refusal => {
  if (outcome.status === 'refused') return withWays(outcome);
  const { check, way } = outcome;
  const text = check.state === 'passed' ? 'Done. You can check in now.' : facelessText(way);
  return { status: 200, body: { state: check.state, way, text } };
};

const whatMovementShows = {
  aws: 'The app films you while you follow its hints.',
  local:
    'The app films you while you turn your head. This development engine cannot tell that somebody is really there.',
} as const;

export const movementStarted = (
  outcome: SessionOutcome,
  { region, url }: { region: string; url: string | undefined },
): AnswerOf<typeof movement.createMovementSession> | Refusal => {
  if (outcome.status === 'refused') return withWays(outcome);
  const { sessionId, component, expiresAt } = outcome;
  const text = whatMovementShows[component];
  const where = component === 'aws' ? { region } : { ...(url && { url: `${url}/liveness/${sessionId}` }) };
  return { status: 201, body: { sessionId, component, ...where, expiresAt: iso(expiresAt), text } };
};

export const movementFinished = (
  policy: IdentityPolicy,
  outcome: MovementOutcome,
): AnswerOf<typeof movement.finishMovementSession> | Refusal =>
  outcome.status === 'refused' ? withWays(outcome) : { status: 200, body: answerOf(policy, outcome) };
