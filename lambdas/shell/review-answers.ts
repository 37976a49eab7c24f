import type * as contract from '#contract/identity-review.ts';
import type { AnswerOf } from '#contract/route.ts';
import type { createStaffCode } from '#core/identity/choose-way.ts';
import { type decideCheck, listWaitingChecks, type viewCheck } from '#core/identity/review-check.ts';
import { foreignCursor } from '#core/shared/page.ts';
import { type Refusal, refusalOf } from './refusal.ts';

const iso = (at: number) => new Date(at).toISOString();
const position = /^\d{4}-[\d:.TZ-]+#[\w-]+#[\w-]+$/;

export const waitingChecks = async (
  deps: Parameters<typeof listWaitingChecks>[0],
  cursor: string | undefined,
): Promise<AnswerOf<typeof contract.listSelfieChecks> | Refusal> => {
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
  if (after !== undefined && !position.test(after)) return refusalOf(foreignCursor);
  const { waiting, next } = await listWaitingChecks(deps, after);
  return {
    status: 200,
    body: {
      waiting: waiting.map(({ askedAt, photoUntil, ...check }) => ({
        ...check,
        askedAt: iso(askedAt),
        ...(photoUntil !== undefined && { photoUntil: iso(photoUntil) }),
      })),
      ...(next !== undefined && { cursor: Buffer.from(next).toString('base64url') }),
    },
  };
};

export const viewed = (
  outcome: Awaited<ReturnType<typeof viewCheck>>,
): AnswerOf<typeof contract.viewSelfieCheck> | Refusal => {
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { viewId, viewedAt, blurred, photos } = outcome;
  return {
    status: 201,
    body: {
      viewId,
      viewedAt: iso(viewedAt),
      blurred,
      photos: photos.map(({ kind, jpeg }) => ({ kind, jpeg: jpeg.toString('base64') })),
    },
  };
};

export const decided = (
  outcome: Awaited<ReturnType<typeof decideCheck>>,
): AnswerOf<typeof contract.decideSelfieCheck> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : { status: 201, body: { checkId: outcome.check.checkId, state: outcome.check.state } };

export const codeCreated = (
  stationId: string,
  outcome: Awaited<ReturnType<typeof createStaffCode>>,
): AnswerOf<typeof contract.createStaffCode> | Refusal =>
  outcome.status === 'refused'
    ? refusalOf(outcome)
    : { status: 201, body: { code: outcome.code, stationId, expiresAt: iso(outcome.expiresAt) } };
