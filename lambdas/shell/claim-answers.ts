import type { claimBlock } from '#contract/claims.ts';
import type { AnswerOf } from '#contract/route.ts';
import { toClaimedBlock } from '#core/offers/block-view.ts';
import type { ClaimOutcome, claimBlock as claim } from '#core/offers/claim-block.ts';
import type { Call } from '../http.ts';
import type { Refusal } from './refusal.ts';

/** Who claims what, on which phone. */
export const claimOf = ({
  caller: { accountId: driverId, deviceId, tier, enrolledAt },
  body: { offerToken, alternatives, clearance, position },
  requestId,
}: Call<typeof claimBlock>): Parameters<typeof claim>[1] => ({
  requestId,
  driverId,
  offerToken,
  ...(deviceId && { deviceId }),
  ...(tier && { tier }),
  ...(enrolledAt !== undefined && { enrolledAt }),
  ...(alternatives && { alternatives }),
  ...(clearance && { clearance }),
  ...(position && { position }),
});

export const answeredClaim = (
  outcome: ClaimOutcome,
  releaseLeadMinutes: number,
): AnswerOf<typeof claimBlock> | Refusal => {
  if (outcome.status === 'refused') {
    const { code, reason, challenge, heldUntil, retryAfterSeconds, faults } = outcome;
    return {
      problem: code,
      ...(reason && { reason }),
      ...(faults && { faults }),
      ...(challenge && { challenge }),
      ...(heldUntil !== undefined && { heldUntil: new Date(heldUntil).toISOString() }),
      ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
    };
  }
  if (outcome.status === 'entered') {
    const { offer, choices } = outcome;
    const closesAt = new Date(offer.closesAt).toISOString();
    return {
      status: 202,
      body: { status: 'entered', drawId: offer.drawId, closesAt, choices: [...choices] },
    };
  }
  const block = toClaimedBlock(outcome.offer, releaseLeadMinutes);
  return { status: outcome.status === 'claimed' ? 201 : 200, body: { status: 'claimed', block } };
};
